"""An admin looks at orders and decides what became of one. Pure.

What a decision would do is found by doing it, in the pure, and shown before it is confirmed.
"""

import re
from typing import Final, Literal

from bot.dialogue import read
from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, Two, ask, begin, done, reason
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.menus import home_row
from bot.domain.acts import ResolveOrder
from bot.domain.catalog import split_tokens
from bot.domain.ledger import customer_account
from bot.domain.model import Delivered, Outcome, Refused
from bot.domain.order import STUCK_AFTER_MS, Applied, Order, State, apply, next_step, unseen
from bot.i18n import Safe
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs, truncate
from bot.notices.orders import STATE, money_line, next_line, order_number, receipt
from bot.repositories import orders
from bot.repositories.acts import Touched
from bot.repositories.money import balance_of
from bot.repositories.orders import TrailLine
from bot.store import Script
from bot.transactions import purchases

# The provider has such an order, or may have it: only a look-up can prove that it was not paid.
MAY_BE_PAID: Final[frozenset[State]] = frozenset({"processing", "unknown"})
MAX_TRAIL_LINES = 20
_VERDICTS: Final[dict[str, Literal["delivered", "refused"]]] = {"delivered": "delivered", "refused": "refused"}


def inspect(ctx: Context, rest: str) -> Deciding:
    """`/order ID`: everything about one order, without its codes."""
    t = ctx.t
    wanted = read.order_id(rest)
    order: Order | None = None
    if wanted is not None:
        order = yield from orders.find_order(wanted)
    if order is None:
        return Reply(t("admin.order.none"))
    trail = yield from orders.trail_of(order.id)
    past, moves = trail.lines[-MAX_TRAIL_LINES:], trail.movements
    text = paragraphs(
        receipt(t, order, separate=True),
        lines(
            t("admin.order.owner", address=str(order.address)),
            t("admin.order.batch", batch=order.batch_id, line=order.line or "—")
            if order.batch_id is not None
            else None,
            t("detail.state", state=f"{t(STATE[order.state])} ({order.state})"),
            t("admin.order.reason", reason=truncate(order.reason, 100)) if order.reason else None,
            money_line(t, order),
            next_line(t, order, ctx.person.now),
            t.plural("admin.order.codes", len(order.tokens), endings=_endings(order.tokens)) if order.tokens else None,
            t.plural("admin.order.unseen", len(unseen(order)), endings=_endings(unseen(order)), id=order.id)
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
        lines(t("admin.order.trail"), *(_trail_line(ctx, line) for line in past)) if past else None,
        lines(t("admin.order.books"), *(Safe(f"{t.escaped(account)} {t.money(amount)}") for account, amount in moves))
        if moves
        else None,
        None if order.is_final else t("admin.order.resolve", id=order.id),
    )
    rows: Rows = ((free(t.label("button.check_now"), "askany", order.id, STAYS),),) if not order.is_final else ()
    return Reply(text, (*rows, home_row(ctx)), separate=True)


def _trail_line(ctx: Context, line: TrailLine) -> Safe:
    more = f" ({truncate(line.detail, 80)})" if line.detail else ""
    return Safe(f"{ctx.t.short_moment(line.at)} · {ctx.t.escaped(f'{line.what} → {line.state}{more}')}")


def _endings(tokens: tuple[str, ...]) -> str:
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
    found = yield from orders.stuck(now - STUCK_AFTER_MS)
    if not found:
        return Reply(t("admin.stuck.none"))
    listed = (
        t(
            "admin.stuck.line",
            order=order_number(order.id),
            id=order.id,
            total=t.money(order.total_xof),
            moment=t.moment(order.confirmed_at),
            state=f"{t(STATE[order.state])} ({order.state})",
        )
        for order in found
    )
    rows: Rows = tuple((free(order_number(order.id), "inspect", order.id, STAYS),) for order in found)
    return Reply(paragraphs(t("admin.stuck.title"), *listed), rows, separate=True)


def resolve(ctx: Context, rest: str) -> Deciding:
    """`/resolve ID delivered CODE… [reason]`, `/resolve ID refused [reason]`."""
    words = rest.split(None, 2)
    wanted = read.order_id(words[0]) if words else None
    verdict = _VERDICTS.get(words[1].lower()) if len(words) > 1 else None
    codes, why = _codes_and_why(words[2] if len(words) > 2 else "")
    if wanted is None or verdict is None or (verdict == "refused" and codes):
        return Reply(ctx.t("admin.resolve.usage"))
    order = yield from orders.find_order(wanted)
    if order is None:
        return Reply(ctx.t("admin.order.none"))
    # Without a code: those that the provider sent and nobody has confirmed.
    chosen = unseen(order) if verdict == "delivered" and not codes.strip() else split_tokens(codes)
    if verdict == "refused" and order.state in MAY_BE_PAID and next_step(order) == "look_up":
        # The best proof is the provider's own: if it says that the payment failed, the money goes back by itself.
        yield from purchases.ask_about(ctx.unit, order)
    return (yield from begin(ctx, ResolveOrder(order.id, verdict, chosen), why))


def _codes_and_why(text: str) -> tuple[str, str]:
    """The codes, and the reason after them, which begins with the first word of letters alone."""
    for word in re.finditer(r"\S+", text):
        if any(sign.isalpha() for sign in word[0]) and not any(sign.isdecimal() for sign in word[0]):
            return text[: word.start()], text[word.start() :]
    return text, ""


def _decided(ctx: Context, act: ResolveOrder) -> Script[Reply | tuple[Order, Outcome, Applied]]:
    """What a decision would do, found by doing it, in the pure; or why it cannot be."""
    t, now = ctx.t, ctx.person.now
    outcome: Outcome = Refused("admin") if act.verdict == "refused" else Delivered(act.tokens)
    order = yield from orders.find_order(act.order_id)
    if order is None:
        return Reply(t("admin.order.none"))
    service = ctx.shop.catalog[order.service]
    if isinstance(outcome, Delivered) and service.prepaid and not outcome.tokens:
        return Reply(t("admin.resolve.no_code"))
    if isinstance(outcome, Refused) and order.state == "token_awaited":
        # It is paid: the code will come, or the provider gives the money back and says so.
        return Reply(
            paragraphs(t("admin.resolve.awaited", order=order_number(order.id), id=order.id), money_line(t, order))
        )
    owner = yield from balance_of(order.customer, ctx.default_limit_xof)
    applied = apply(order, outcome, source="admin", service=service, now=now, available_xof=owner.spendable_xof)
    if not applied.moved:
        return Reply(t("admin.resolve.impossible", order=order_number(order.id), state=t(STATE[order.state])))
    return order, outcome, applied


def _given_back_xof(order: Order, applied: Applied) -> int:
    """What of the order's money the customer would have again."""
    own = customer_account(order.customer)
    entries = (entry for transfer in applied.transfers for entry in transfer.entries if entry.account == own)
    return max(0, sum(entry.amount_xof for entry in entries))


def ask_resolve(ctx: Context, act: ResolveOrder, why: str) -> Deciding:
    """What the decision would do, and to whom."""
    t = ctx.t
    found = yield from _decided(ctx, act)
    if isinstance(found, Reply):
        return found
    order, outcome, applied = found
    tokens = outcome.tokens if isinstance(outcome, Delivered) else ()
    text = paragraphs(
        t("admin.resolve.ask", order=order_number(order.id)),
        lines(receipt(t, order, separate=True), t("admin.order.owner", address=str(order.address))),
        lines(
            t("admin.resolve.moves", before=t(STATE[order.state]), after=t(STATE[applied.order.state])),
            money_line(t, applied.order),
            t.plural("admin.order.codes", len(tokens), endings=_endings(tokens)) if tokens else None,
            _odd_lengths(ctx, tokens),
            t("admin.resolve.told"),
        ),
        _unproved(ctx, order) if isinstance(outcome, Refused) else None,
    )
    return ask(ctx, text, act, why, must=_given_back_xof(order, applied) > 0)


def _unproved(ctx: Context, order: Order) -> Safe | None:
    """That the provider may have been paid, and what it said last in its own words."""
    if order.state not in MAY_BE_PAID:
        return None
    return ctx.t("admin.resolve.unproved", words=reason(order.details.message or "—"))


def unproved(ctx: Context, act: ResolveOrder) -> Script[Two | None]:
    """Giving back what may have been paid takes a second person, whatever the amount."""
    found = yield from _decided(ctx, act)
    if isinstance(found, Reply) or isinstance(found[1], Delivered) or found[0].state not in MAY_BE_PAID:
        return None
    return Two("admin.two.unproved", words=found[0].details.message or "")


def _odd_lengths(ctx: Context, tokens: tuple[str, ...]) -> Safe | None:
    if all(len(token) == 20 and token.isdecimal() for token in tokens):
        return None
    return ctx.t("admin.resolve.odd_code")


def do_resolve(ctx: Context, act: ResolveOrder, why: str) -> Deciding:
    """Decide it."""
    found = yield from _decided(ctx, act)
    if isinstance(found, Reply):
        return found
    order, outcome, applied = found
    what = "resolve delivered" if isinstance(outcome, Delivered) else "resolve refused"
    yield from audit(ctx, what, order.id, why, _given_back_xof(order, applied))
    yield from ctx.write(purchases.decide(ctx.unit, order, outcome))
    return done(ctx, ctx.t("admin.resolve.done", order=order_number(order.id), id=order.id))


def returned(ctx: Context, act: ResolveOrder) -> Script[int]:
    """How much a decision gives back."""
    found = yield from _decided(ctx, act)
    return 0 if isinstance(found, Reply) else _given_back_xof(found[0], found[2])


RESOLVE = ActKind(
    ask=ask_resolve,
    do=do_resolve,
    who="operator",
    touches=lambda act: Touched(order=act.order_id),
    counts="sum and two",
    because="what goes back counts; what the provider may have been paid for takes two; a code moves nothing",
    moves=returned,
    two=unproved,
    own_words=("word.resolve",),
)
