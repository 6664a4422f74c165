"""What is the person's own: balance, codes and orders. Pure."""

from typing import Any

from msgspec.structs import replace

from bot.dialogue.at_counter import money_of, receipt_of
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.menu import contact_row, home_row, menu_rows
from bot.dialogue.pending import HistoryPage, OneOrder
from bot.dialogue.under_way import money_now
from bot.domain.order import Order
from bot.i18n import Safe
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs, truncate
from bot.notices.orders import (
    STATE,
    codes,
    copies,
    list_label,
    list_line,
    next_button,
    next_line,
    short_label,
)
from bot.notices.own_account import how_to_pay_in, movement_line
from bot.repositories import own_orders
from bot.repositories.money import movements_of
from bot.shop import is_prepaid
from bot.store.together import together
from bot.transactions import purchases

PAGE_SIZE = 5
# Among so many codes one is looked for that somebody else bought for the person.
MAX_GIVEN = 20


# Money.


def balance(ctx: Context, _: str = "") -> Deciding:
    """What may be spent, what is held, the last movements; to who sells for a shop, their till."""
    if ctx.at_counter:
        return (yield from ctx.flows.follow(ctx, "till"))
    t = ctx.t
    money = yield from ctx.balance()
    moves = yield from movements_of(ctx.customer)
    text = paragraphs(
        lines(
            t("balance.available", balance=t.money(money.available_xof)),
            t("balance.held", held=t.money(money.held_xof)) if money.held_xof else None,
            t("balance.credit", limit=t.money(money.credit_limit_xof)) if money.credit_limit_xof else None,
        ),
        *(yield from ctx.flows.balance_lines(ctx, money)),
        lines(t("balance.movements"), *(movement_line(t, move) for move in moves)) if moves else None,
        None
        if money.spendable_xof > 0
        else how_to_pay_in(ctx.t, ctx.shop, ctx.person.address, has_float=ctx.flows.has_float(ctx)),
    )
    return Reply(text, (home_row(ctx, "~"),))


# Codes.


def last_codes(ctx: Context, _: str = "") -> Deciding:
    """`/code`: the last codes again, for free, at any time; and what is still to come."""
    t = ctx.t
    whose = ctx.person.whose
    paid, opened = yield from together(own_orders.codes_of(whose, 4), own_orders.open_of(whose))
    coming = [order for order in opened if is_prepaid(order.service)]
    unpaid = yield from ctx.flows.unpaid(ctx)
    pending = tuple(text for text, _ in unpaid) + tuple(
        t("code.pending", amount=t.money(order.amount_xof), reference=order.reference, state=t(STATE[order.state]))
        for order in coming
    )
    if not paid:
        rows: Rows = (*(row for _, rows in unpaid for row in rows), *((_see(ctx, order),) for order in coming))
        return Reply(paragraphs(t("code.none") if not pending else None, *pending), (*rows, home_row(ctx)))
    return _show_code(ctx, paid[0], paid[1:], pending)


def code(ctx: Context, order_id: str) -> Deciding:
    """The codes of one order again."""
    order = yield from ctx.own_order(order_id)
    if order is None:
        given = yield from own_orders.codes_of(ctx.person.whose, MAX_GIVEN)
        order = next((one for one in given if one.id == order_id), None)
    if order is None or not order.tokens:
        return (yield from open_order(ctx, order_id))
    return _show_code(ctx, order, (), ())


def _show_code(ctx: Context, order: Order, others: tuple[Order, ...], pending: tuple[Safe, ...]) -> Answer:
    t = ctx.t
    text = paragraphs(
        t(
            "code.again",
            amount=t.money(order.amount_xof),
            reference=order.reference,
            holder=truncate(order.holder),
            moment=t.moment(order.confirmed_at),
        ),
        codes(t, order),
        *pending,
    )
    older: Rows = tuple(
        (free(t.label("button.code_of", what=short_label(t, other)), "code", other.id, STAYS),) for other in others
    )
    ctx.replaces = None
    return Reply(text, (*copies(t, order), *older, home_row(ctx)), separate=True)


def _see(ctx: Context, order: Order) -> Any:
    return free(list_label(ctx.t, order), "order", order.id)


# Orders.


def history(ctx: Context, skip: str = "") -> Deciding:
    """Orders with their state and money, a page at a time."""
    t = ctx.t
    start = int(skip) if skip.isdecimal() and len(skip) < 7 else 0
    page = yield from own_orders.page_of(ctx.person.whose, start, PAGE_SIZE)
    unpaid = yield from ctx.flows.unpaid(ctx)
    if not page.orders:
        if unpaid:
            return Reply(unpaid[0][0], (*unpaid[0][1], home_row(ctx)))
        return Reply(t("history.none"), menu_rows(ctx))
    rows: Rows = tuple((_see(ctx, order),) for order in page.orders)
    paging = (
        *((ctx.link_to("button.newer", "history", max(0, start - PAGE_SIZE)),) if start else ()),
        *((ctx.link_to("button.older", "history", start + PAGE_SIZE),) if page.more else ()),
    )
    listed = (list_line(t, number, order) for number, order in enumerate(page.orders, 1))
    text = paragraphs(t("history.title"), *(line for line, _ in unpaid), *listed, t("history.open"))
    return ctx.ask(
        "history",
        text,
        (*rows, *((paging,) if paging else ()), home_row(ctx, "~")),
        base=ctx.afresh(),
        pending=HistoryPage(start),
    )


def ask_history(ctx: Context) -> Deciding:
    """The page that was shown last."""
    return (yield from history(ctx, str(_page(ctx))))


def _page(ctx: Context) -> int:
    """Which page of the history is shown, or was before an order was opened."""
    pending = ctx.session.pending
    return pending.skip if isinstance(pending, HistoryPage | OneOrder) else 0


def open_order(ctx: Context, order_id: str) -> Deciding:
    """One order: its receipt, and one honest line: where the money is, what happens next and when."""
    t = ctx.t
    order = yield from ctx.own_order(order_id)
    if order is None:
        return Reply(t("order.none"), menu_rows(ctx))
    text = paragraphs(
        receipt_of(ctx, order),
        lines(
            t("detail.state", state=t(STATE[order.state])),
            (yield from money_now(ctx, order)),
            next_line(t, order, ctx.person.now),
            *(yield from ctx.flows.order_notes(ctx, order)),
        ),
    )
    rows: Rows = ()
    if order.tokens:
        rows += ((ctx.link("button.code_again", "code", order.id, STAYS),),)
    rows += ctx.flows.order_rows(ctx, order)
    if order.state == "waiting":
        rows += ((ctx.link("button.recall", "recall", order.id, STAYS),),)
    if not order.is_final:
        rows += ((ctx.link("button.check_now", "ask", order.id, STAYS),),)
    else:
        rows += ((next_button(t, order),),)
    if order.stuck_at is not None:
        rows += (contact_row(ctx, order.id),)
    back = ctx.link("button.history", "history", str(_page(ctx)), STAYS)
    pending = OneOrder(order.id, _page(ctx))
    return ctx.ask("order", text, (*rows, (back, *home_row(ctx))), base=ctx.afresh(), pending=pending)


def ask_open_order(ctx: Context) -> Deciding:
    """The order that was shown last."""
    return (yield from open_order(ctx, ctx.pending(OneOrder).order_id))


def last_order(ctx: Context, _: str = "") -> Deciding:
    """The newest order, for who asks for it in words."""
    if unpaid := (yield from ctx.flows.unpaid(ctx)):
        return Reply(unpaid[0][0], (*unpaid[0][1], home_row(ctx)))
    order = yield from own_orders.newest_of(ctx.person.whose)
    return Reply(ctx.t("history.none"), menu_rows(ctx)) if order is None else (yield from open_order(ctx, order.id))


def recall(ctx: Context, order_id: str = "") -> Deciding:
    """Call back an order that was not sent yet (in words: the newest); its own notice tells the rest."""
    order: Order | None
    if order_id:
        order = yield from ctx.own_order(order_id)
    else:
        waiting = [order for order in (yield from own_orders.open_of(ctx.person.whose)) if order.state == "waiting"]
        order = waiting[0] if waiting else (yield from own_orders.newest_of(ctx.person.whose))
    if order is None:
        return Reply(ctx.t("order.none"), menu_rows(ctx))
    if order.state == "waiting":
        yield from purchases.call_back_one(ctx.unit, order)
        return ctx.become(replace(ctx.session, updated_at=ctx.now))
    ctx.prefix = ctx.t("recall.final" if order.is_final else "recall.too_late")
    return (yield from open_order(ctx, order.id))


def ask_now(ctx: Context, order_id: str) -> Deciding:
    """“Where is my code?”: the same question to the provider as a poll, now."""
    order = yield from ctx.own_order(order_id)
    if order is None or order.is_final:
        return (yield from open_order(ctx, order_id))
    yield from purchases.ask_about(ctx.unit, order)
    t = ctx.t
    text = lines(t("ask.now"), money_of(ctx, order))
    return Reply(text, ((ctx.link("button.see_order", "order", order.id, STAYS), *home_row(ctx)),))


def again(ctx: Context, order_id: str = "") -> Deciding:
    """The same meter and amount once more: looked up again, quoted again, confirmed again."""
    order = yield from own_orders.meant(ctx.person.whose, order_id)
    if order is None:
        return Reply(ctx.t("order.none"), menu_rows(ctx))
    return ctx.flows.inquire(
        ctx, order.service, order.reference, order.amount_xof if is_prepaid(order.service) else None
    )


def check_or_again(ctx: Context, _: str = "") -> Deciding:
    """“Check” or “try again” in words: an order that is open is asked about, and never bought again; else once more."""
    order = yield from own_orders.newest_of(ctx.person.whose)
    return (yield from again(ctx) if order is None or order.is_final else ask_now(ctx, order.id))
