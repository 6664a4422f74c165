"""Which of the unpaid bills: one of them, or all that can be paid together. Pure."""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.at_counter import buyer_balance
from bot.dialogue.context import IDLE, Context, Deciding
from bot.dialogue.flows.purchase.lookup import meter_lines, sold
from bot.dialogue.flows.purchase.quote import offer, quote_of, twin_of
from bot.dialogue.menu import home_row, menu_rows
from bot.dialogue.pending import MeterKnown
from bot.dialogue.under_way import under_way
from bot.domain.ids import derived_id
from bot.domain.inquiry import Inquiry
from bot.domain.period import day_of
from bot.domain.quote import MAX_AMOUNT_XOF, Quote
from bot.i18n import Safe
from bot.notices.layout import Rows, lines, paragraphs, truncate
from bot.repositories import own_orders
from bot.store import Script

MAX_BILLS_SHOWN: Final = 8
# No more are paid together: with the button for it, and two more, some channels show no more choices.
MOST_TOGETHER: Final = 7


def owed(ctx: Context, inquiry: Inquiry) -> Deciding:
    """The unpaid bills: none, one, or several to choose from."""
    payable = (bill for bill in inquiry.bills if 0 < bill.amount_xof <= MAX_AMOUNT_XOF)
    # The oldest first: it is the one that cuts somebody off.
    bills = sorted(payable, key=lambda bill: bill.due_on or "9999")
    if not bills:
        return (yield from _nothing_owed(ctx, inquiry))
    known = ctx.pending(MeterKnown)
    ctx.session = replace(ctx.session, pending=replace(known, inquiry=replace(inquiry, bills=tuple(bills))))
    if len(bills) == 1:
        return (yield from take_bill(ctx, "0"))
    return (yield from ask_bill(ctx))


def _nothing_owed(ctx: Context, inquiry: Inquiry) -> Deciding:
    """Nothing to pay; where a payment for the same contract is under way, that is why."""
    opened = yield from own_orders.open_of(ctx.person.whose)
    is_own = any((each.service, each.reference) == (inquiry.service, inquiry.reference) for each in opened)
    waits = (yield from under_way(ctx)) if is_own else None
    none = ctx.t("bill.none" if waits is None else "bill.none_else")
    text = paragraphs(None if waits is None else waits[0], meter_lines(ctx, inquiry), none)
    rows = menu_rows(ctx) if waits is None else (*waits[1], home_row(ctx))
    return ctx.ask(IDLE, text, rows, base=ctx.afresh())


def ask_bill(ctx: Context) -> Deciding:
    """Several bills: which one?"""
    t, inquiry = ctx.t, ctx.pending(MeterKnown).inquiry
    listed: list[Safe] = []
    rows: Rows = ()
    paying = yield from _being_paid(ctx, inquiry)
    for at, bill in enumerate(inquiry.bills[:MAX_BILLS_SHOWN]):
        facture, due = truncate(bill.reference_facture, 40), due_text(ctx, bill.due_on)
        if bill.reference_facture in paying:
            due = Safe(" · " + t("bill.paying"))
        listed.append(t("bill.line", number=at + 1, bill=facture, amount=t.money(bill.amount_xof), due=due))
        label = t.label("bill.label", amount=t.short_money(bill.amount_xof), bill=truncate(bill.reference_facture, 24))
        rows += ((ctx.choice(label, "bill", str(at)),),)
    more = t("bill.more") if len(inquiry.bills) > MAX_BILLS_SHOWN else None
    together, pay_all = yield from _together(ctx, inquiry)
    text = paragraphs(
        meter_lines(ctx, inquiry), t.plural("bill.which", len(inquiry.bills)), lines(*listed), more or together
    )
    back = (ctx.button("button.other_reference", "back"), ctx.button("button.cancel", "cancel"))
    return ctx.ask("bill", text, (*rows, *pay_all, back))


def _being_paid(ctx: Context, inquiry: Inquiry) -> Script[frozenset[str]]:
    """The bills of a contract of which a payment of the person's is under way."""
    opened = yield from own_orders.open_of(ctx.person.whose)
    return frozenset(
        order.reference_facture
        for order in opened
        if order.service == inquiry.service and order.reference == inquiry.reference and order.reference_facture
    )


def take_bill(ctx: Context, argument: str) -> Deciding:
    """A bill was chosen, or is the only one."""
    known = ctx.pending(MeterKnown)
    inquiry, bill = known.inquiry, known.inquiry.bills[int(argument)]
    if bill.amount_xof > sold(ctx).maximum_xof:
        t = ctx.t
        text = paragraphs(
            meter_lines(ctx, inquiry),
            t("bill.too_large", amount=t.money(bill.amount_xof), largest=t.money(sold(ctx).maximum_xof)),
        )
        return ctx.ask(IDLE, text, menu_rows(ctx), base=ctx.afresh())
    return (yield from offer(ctx, inquiry, bill.amount_xof, bill, on_credit=known.on_credit))


def due_text(ctx: Context, due_on: str | None) -> Safe:
    """When a bill is due, behind what it says besides; a late one says so."""
    if not due_on:
        return Safe("")
    key = "bill.late" if due_on < day_of(ctx.now) else "bill.due"
    return Safe(" · " + ctx.t(key, day=ctx.t.day(due_on)))


# All together.


def _together(ctx: Context, inquiry: Inquiry) -> Script[tuple[Safe | None, Rows]]:
    """What all come to that can be paid together, and the button for it where the balance reaches for them."""
    quotes = yield from quotes_of(ctx, inquiry)
    if not quotes or ctx.pending(MeterKnown).on_credit:
        # What is paid for later is one purchase at a time.
        return None, ()
    t, together, some = ctx.t, whole(quotes), len(quotes) < len(inquiry.bills)
    cost, short = t.money(together.price_xof), t.short_money(together.price_xof)
    text = t.plural("bills.total_some", len(quotes), total=cost) if some else t("bills.total", total=cost)
    if not (yield from is_covered(ctx, together.total_xof)):
        may_have = ctx.shop.keeps_advances or ctx.flows.has_float(ctx)
        return lines(text, t("bills.short") if may_have else None), ()
    label = t.label("button.some_bills", count=len(quotes), total=short) if some else None
    return text, ((ctx.choice(label or t.label("button.all_bills", total=short), "all"),),)


def quotes_of(ctx: Context, inquiry: Inquiry) -> Script[tuple[Quote, ...]]:
    """A quote for each bill that can be paid together with others; none where these are fewer than two, or too many.
    Who sells for a shop sells them one by one.
    """
    if ctx.at_counter or len(inquiry.bills) > MOST_TOGETHER:
        return ()
    most_xof = ctx.shop.catalog[inquiry.service].maximum_xof
    quotes: list[Quote] = []
    for at, bill in enumerate(inquiry.bills):
        if bill.amount_xof <= most_xof:
            quote = yield from quote_of(ctx, derived_id(ctx.person.fresh[0], at), inquiry, bill.amount_xof, bill)
            if (yield from twin_of(ctx, quote)) is None:
                quotes.append(quote)
    worth_xof = sum(quote.price_xof for quote in quotes)
    return tuple(quotes) if len(quotes) > 1 and worth_xof <= MAX_AMOUNT_XOF else ()


def whole(quotes: tuple[Quote, ...]) -> Quote:
    """What some quotes come to, as one that can be shown."""
    return replace(
        quotes[0],
        amount_xof=sum(quote.amount_xof for quote in quotes),
        fee_xof=sum(quote.fee_xof for quote in quotes),
        commission_xof=sum(quote.commission_xof for quote in quotes),
        reference_facture=None,
        due_on=None,
    )


def is_covered(ctx: Context, total_xof: int) -> Script[bool]:
    """Whether the balance and the day's limit reach for so much."""
    balance = yield from buyer_balance(ctx)
    left_xof = yield from ctx.flows.spending_limit_xof(ctx, 0)
    return total_xof <= balance.spendable_xof and (left_xof is None or total_xof <= left_xof)
