"""A line in the notebook of debts: written, and taken back. Pure.

No money moves here: a line is what a reseller says of their own client. What was sold today to somebody who owes just
that much is taken for that sale, so that it does not count as cash.
"""

from bot.dialogue.clients import MAX_ID_DIGITS, own_client
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.flows.debts import showing
from bot.dialogue.menu import home_row, reply_beside
from bot.dialogue.parsing.amounts import MAX_AMOUNT_DIGITS
from bot.domain.outbound import Choice
from bot.domain.period import DAY_MS
from bot.i18n import Safe
from bot.notices.layout import STAYS, lines, truncate
from bot.repositories import debts
from bot.repositories.clients import Client

MAX_DEBT_XOF = 5_000_000


def owes(ctx: Context, client: Client, amount_xof: int | None) -> Deciding:
    """A client owes more: so much, or what was sold to them today."""
    t, name = ctx.t, truncate(client.name, 40)
    sale = yield from debts.unnoted_sale(ctx.customer, client.id, ctx.now // DAY_MS * DAY_MS)
    if amount_xof is None and sale is None:
        ctx.prefix = t("debt.how_much", name=name)
        return (yield from showing.page(ctx, str(client.id)))
    if amount_xof is None and sale is not None:
        amount_xof = sale.price_xof
    if amount_xof is None or not 0 < amount_xof <= MAX_DEBT_XOF:
        return _not_so_much(ctx)
    is_for_sale = sale is not None and amount_xof in (sale.price_xof, sale.amount_xof)
    order_id = sale.id if sale is not None and is_for_sale else None
    line_id = yield from debts.add(ctx.customer, client.id, amount_xof, ctx.now, order_id)
    owed_xof = yield from debts.owed_by(client.id)
    awaited = sale is not None and is_for_sale and sale.state != "delivered"
    text = lines(
        t("debt.noted", name=name, amount=t.money(amount_xof)),
        t("debt.for_sale", moment=t.short_moment(sale.confirmed_at)) if sale is not None and is_for_sale else None,
        t("debt.when_delivered") if awaited else None,
        t("debt.total", owed=t.money(owed_xof)) if owed_xof not in (0, amount_xof) else None,
    )
    return _written(ctx, client, line_id, text)


def paid(ctx: Context, client: Client, amount_xof: int | None, *, everything: bool = False) -> Deciding:
    """A client paid so much of what they owe, or all of it."""
    t, name = ctx.t, truncate(client.name, 40)
    owed_xof = yield from debts.owed_by(client.id)
    if everything:
        amount_xof = owed_xof
    if owed_xof <= 0:
        return Reply(t("debt.owes_nothing", name=name), (_page_row(ctx, client), home_row(ctx)), separate=True)
    if amount_xof is None:
        ctx.prefix = t("debt.paid_how_much", name=name)
        return (yield from showing.page(ctx, str(client.id)))
    if amount_xof <= 0:
        return _not_so_much(ctx)
    if amount_xof > owed_xof:
        ctx.prefix = t("debt.paid_more", amount=t.money(amount_xof), owed=t.money(owed_xof))
        return (yield from showing.page(ctx, str(client.id)))
    line_id = yield from debts.add(ctx.customer, client.id, -amount_xof, ctx.now)
    left_xof = owed_xof - amount_xof
    text = lines(
        t("debt.received", name=name, amount=t.money(amount_xof)),
        t("debt.left", left=t.money(left_xof)) if left_xof else t("debt.settled"),
    )
    return _written(ctx, client, line_id, text)


def paid_all(ctx: Context, argument: str) -> Deciding:
    """A client paid all of it, by a button that says how much that was: where it is another sum by now, it is shown."""
    client_id, _, figure = argument.partition(" ")
    client = yield from own_client(ctx, client_id)
    if client is None:
        return (yield from ctx.flows.follow(ctx, "client"))
    amount_xof = int(figure) if figure.isdecimal() and len(figure) <= MAX_AMOUNT_DIGITS + 3 else 0
    owed_xof = yield from debts.owed_by(client.id)
    if owed_xof > 0 and amount_xof != owed_xof:
        ctx.prefix = ctx.t("debt.changed")
        return (yield from showing.page(ctx, client_id))
    ctx.replaces = None
    return (yield from paid(ctx, client, owed_xof))


def undo(ctx: Context, argument: str) -> Deciding:
    """Take the newest line of a client back; where newer ones follow, they are shown."""
    client_id, _, line = argument.partition(" ")
    client = yield from own_client(ctx, client_id)
    if client is None:
        return (yield from ctx.flows.follow(ctx, "client"))
    line_id = int(line) if line.isdecimal() and len(line) <= MAX_ID_DIGITS else 0
    gone = yield from debts.undo(ctx.customer, client.id, line_id)
    ctx.prefix = (
        ctx.t("debt.undo_late")
        if gone is None
        else ctx.t("debt.undone", name=truncate(client.name, 40), amount=ctx.t.money(abs(gone.amount_xof)))
    )
    return (yield from showing.page(ctx, client_id))


def _written(ctx: Context, client: Client, line_id: int | None, text: Safe) -> Answer:
    undo_row = (ctx.link("button.debt_undo", "debtundo", f"{client.id} {line_id or 0}"),)
    return Reply(text, (undo_row, _page_row(ctx, client), home_row(ctx)), separate=True)


def _page_row(ctx: Context, client: Client) -> tuple[Choice, ...]:
    return (ctx.link("button.debt_page", "debt", str(client.id), STAYS),)


def _not_so_much(ctx: Context) -> Answer:
    return reply_beside(ctx, ctx.t("debt.bad_amount", most=ctx.t.money(MAX_DEBT_XOF)))
