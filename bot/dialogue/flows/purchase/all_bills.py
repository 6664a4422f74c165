"""Several bills of one contract, paid by one Confirm. Pure.

Each bill stays an order of its own, with its own id, hold, pay call and receipt: one that fails gives back its own
money and nothing else. All of them are placed in one transaction, and only where the balance covers them together, so
that none is left without money half-way. Their ids follow from the id of the offer: a second Confirm meets the orders.

A bill like one that is under way, or was just paid, is never among them: it is paid by itself, after a warning.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.blocked import purchase_blocked
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.purchase.amounts import read_other
from bot.dialogue.flows.purchase.bills import ask_bill, due_text, is_covered, quotes_of, whole
from bot.dialogue.flows.purchase.lookup import inquire
from bot.dialogue.flows.purchase.quote import confirmed_before, expired, twin_of
from bot.dialogue.menu import home_row
from bot.dialogue.pending import AllBills, ConfirmBills, MeterKnown
from bot.domain.order.states import is_sale
from bot.domain.quote import Quote
from bot.domain.text import fold
from bot.i18n import Safe
from bot.languages import answers
from bot.notices.layout import lines, offers, paragraphs, truncate
from bot.notices.orders import bought, sums, total
from bot.store import Script
from bot.transactions import purchases

ALL: Final = answers("all_bills")


def read_bill(ctx: Context, text: str) -> Script[Answer | None]:
    """“All of them” was typed, or another contract's number. Where all are not offered, the question says why."""
    if fold(text) not in ALL:
        return read_other(ctx, text)
    return (yield from take_all(ctx)) if offers(ctx.session.choices, "all") else Reply(Safe(""))


def take_all(ctx: Context, _: str = "") -> Deciding:
    """All bills were chosen: offer them together, as they stand now."""
    known = ctx.pending(MeterKnown)
    quotes = yield from quotes_of(ctx, known.inquiry)
    if not quotes or not (yield from is_covered(ctx, whole(quotes).total_xof)):
        return (yield from _changed(ctx, known))
    offered = AllBills(service=known.service, inquiry=known.inquiry, quotes=quotes)
    return (yield from _show(ctx, offered))


def _show(ctx: Context, offered: AllBills) -> Deciding:
    t, together = ctx.t, whole(offered.quotes)
    balance = yield from ctx.balance()
    after = t("quote.balance_after", balance=t.money(balance.available_xof - together.total_xof))
    label = t.label("button.confirm", total=t.short_money(together.total_xof))
    costs = lines(total(t, together), after)
    if is_sale(together):
        label = t.label("button.sell_for", price=t.short_money(together.price_xof))
        costs = lines(sums(t, together), after)
    text = paragraphs(
        t("quote.title"),
        bought(t, together),
        lines(t.plural("bills.together", len(offered.quotes)), *(_line(ctx, quote) for quote in offered.quotes)),
        costs,
    )
    rows = (
        (ctx.choice(label, "confirm", offered.quotes[0].id),),
        (ctx.button("button.one_bill", "back"), ctx.button("button.cancel", "cancel")),
    )
    return ctx.ask("bills", text, rows, quote=None, pending=offered)


def _line(ctx: Context, quote: Quote) -> Safe:
    facture = truncate(quote.reference_facture or "", 40)
    return ctx.t("bills.line", bill=facture, amount=ctx.t.money(quote.amount_xof), due=due_text(ctx, quote.due_on))


def ask_all(ctx: Context) -> Deciding:
    """Put the offer again; after its time the bills are looked up again, for one may have been paid meanwhile."""
    offered = ctx.pending(AllBills)
    if _is_over(ctx, offered):
        ctx.prefix = paragraphs(ctx.prefix, ctx.t("quote.expired"))
        return inquire(ctx, offered.service, offered.inquiry.reference)
    return (yield from _show(ctx, offered))


def _is_over(ctx: Context, offered: AllBills) -> bool:
    return any(expired(ctx, quote) for quote in offered.quotes)


def ask_one_bill(ctx: Context, _: str = "") -> Deciding:
    """Back to the bills, one of which is chosen."""
    offered = ctx.pending(AllBills)
    return (yield from _put_bills(ctx, MeterKnown(service=offered.service, inquiry=offered.inquiry)))


def _changed(ctx: Context, known: MeterKnown) -> Deciding:
    """What was offered does not hold any more: nothing was paid, and the bills are put again."""
    ctx.prefix = ctx.t("bills.changed")
    return (yield from _put_bills(ctx, known))


def _put_bills(ctx: Context, known: MeterKnown) -> Deciding:
    ctx.session = replace(ctx.session, pending=known)
    return (yield from ask_bill(ctx))


# Pay.


def confirm(ctx: Context, _: str) -> Deciding:
    """The bills were confirmed together: place an order for each, once, after what guards them."""
    return (yield from _confirm(ctx, ctx.pending(AllBills), known=False))


def confirm_guarded(ctx: Context, what: ConfirmBills) -> Deciding:
    """Exactly as Confirm, once nothing stands in its way."""
    ctx.session = replace(ctx.session, state="bills", pending=what.purchase)
    return (yield from _confirm(ctx, what.purchase, known=True))


def back_from_guard(ctx: Context, what: ConfirmBills) -> Deciding:
    """Back to the offer."""
    ctx.session = replace(ctx.session, state="bills", pending=what.purchase)
    return (yield from ask_all(ctx))


def _confirm(ctx: Context, offered: AllBills, *, known: bool) -> Deciding:
    """Everything is looked at again: what was placed, the time, the money, the limit, what is under way, the PIN."""
    if (order := (yield from ctx.own_order(offered.quotes[0].id))) is not None:
        return (yield from confirmed_before(ctx, order))
    if (closed := purchase_blocked(ctx, offered.service)) is not None:
        return closed
    if _is_over(ctx, offered):
        return (yield from ask_all(ctx))
    together = whole(offered.quotes)
    holds = yield from is_covered(ctx, together.total_xof)
    for quote in offered.quotes:
        # One of them was begun after the offer had been shown, in another chat of the same account.
        holds = holds and (yield from twin_of(ctx, quote)) is None
    if not holds:
        return (yield from _changed(ctx, MeterKnown(service=offered.service, inquiry=offered.inquiry)))
    if not known and (asked := ctx.flows.guard(ctx, together.total_xof, ConfirmBills(offered))) is not None:
        return asked
    for quote in offered.quotes:
        yield from purchases.place(ctx.unit, quote)
    t = ctx.t
    text = paragraphs(
        t("sent.title"),
        lines(bought(t, together), t("sent.held", total=t.money(together.total_xof))),
        t.plural("bills.sent", len(offered.quotes)),
    )
    return ctx.ask(IDLE, text, ((ctx.link("menu.history", "history"), *home_row(ctx)),), base=ctx.afresh(), quote=None)
