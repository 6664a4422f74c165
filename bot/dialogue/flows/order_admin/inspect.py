"""An admin looks at orders, and asks the provider about one. Pure."""

from typing import Final

from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.menu import home_row
from bot.dialogue.parsing.references import parse_order_id
from bot.domain.order import STUCK_AFTER_MS, Order, unseen
from bot.i18n import Safe
from bot.notices.causes import cause
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs, truncate
from bot.notices.orders import STATE, money_line, next_line, order_number, receipt
from bot.notices.person_names import beside
from bot.notices.trail import books_line, trail_line
from bot.repositories import orders
from bot.repositories.person_names import called_as
from bot.store import Script
from bot.transactions import purchases
from bot.transactions.paybacks import payback_of

MAX_TRAIL_LINES = 20
_STATES: Final[dict[str, str]] = {str(state): key for state, key in STATE.items()}


def order_of(text: str) -> Script[Order | None]:
    """The order whose id was typed; None where there is none."""
    order_id = parse_order_id(text)
    return None if order_id is None else (yield from orders.find_order(order_id))


def inspect(ctx: Context, rest: str) -> Deciding:
    """`/order ID`: everything about one order, without its codes."""
    t = ctx.t
    order = yield from order_of(rest)
    if order is None:
        return Reply(t("admin.order.none"))
    trail = yield from orders.trail_of(order.id)
    called = yield from called_as(order.address)
    payback = yield from payback_of(order)
    past, moves = trail.lines[-MAX_TRAIL_LINES:], trail.movements
    text = paragraphs(
        receipt(t, order, separate=True),
        lines(
            Safe(t("admin.order.owner", address=str(order.address)) + beside(t, called)),
            t("admin.order.batch", batch=order.batch_id, line=order.line or "—")
            if order.batch_id is not None
            else None,
            t("detail.state", state=t(STATE[order.state])),
            t("admin.order.reason", reason=cause(t, order.reason)) if order.reason else None,
            money_line(t, order, separate=True),
            t("admin.order.payback", id=payback.id) if payback is not None else None,
            next_line(t, order, ctx.person.now),
            t.plural("admin.order.codes", len(order.tokens), endings=endings(order.tokens)) if order.tokens else None,
            t.plural("admin.order.unseen", len(unseen(order)), endings=endings(unseen(order)), id=order.id)
            if unseen(order)
            else None,
            t(
                "admin.order.provider",
                transaction=truncate(order.details.transaction_id or "—", 60),
                attempts=order.pay_attempts,
                replays=order.replays,
                polls=order.polls,
            ),
            t("admin.order.delivered", moment=t.moment(order.delivered_at)) if order.delivered_at is not None else None,
            t("admin.order.message", message=truncate(order.details.message, 200)) if order.details.message else None,
        ),
        lines(t("admin.order.trail"), *(trail_line(t, line, _STATES) for line in past)) if past else None,
        lines(t("admin.order.books"), *(books_line(t, account, xof) for account, xof in moves)) if moves else None,
        None if order.is_final else t("admin.order.resolve", id=order.id),
    )
    rows: Rows = ((free(t.label("button.check_now"), "askany", order.id, STAYS),),) if not order.is_final else ()
    return Reply(text, (*rows, home_row(ctx)), separate=True)


def endings(tokens: tuple[str, ...]) -> str:
    return ", ".join(f"…{token[-4:]}" for token in tokens)


def ask_any(ctx: Context, order_id: str) -> Deciding:
    """Ask the provider about an order now."""
    order = yield from orders.find_order(order_id)
    if order is None:
        return Reply(ctx.t("admin.order.none"))
    yield from purchases.ask_about(ctx.unit, order)
    return Reply(ctx.t("admin.asked", order=order_number(order.id)), separate=True)


def stuck(ctx: Context, _: str = "") -> Deciding:
    """`/stuck`: the orders that need a person."""
    t, now = ctx.t, ctx.person.now
    waiting = yield from orders.stuck(now - STUCK_AFTER_MS)
    if not waiting:
        return Reply(t("admin.stuck.none"))
    listed = (
        t(
            "admin.stuck.line",
            order=order_number(order.id),
            id=order.id,
            total=t.money(order.total_xof),
            moment=t.moment(order.confirmed_at),
            state=t(STATE[order.state]),
        )
        for order in waiting
    )
    rows: Rows = tuple((free(order_number(order.id), "inspect", order.id, STAYS),) for order in waiting)
    return Reply(paragraphs(t("admin.stuck.title"), *listed), rows, separate=True)
