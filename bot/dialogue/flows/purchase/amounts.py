"""What the provider answered, and how much to pay: the amount, or the bill. Pure."""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.purchase.lookup import (
    ask_reference,
    ask_retry,
    inquire,
    meter_lines,
    sold,
    unusual,
)
from bot.dialogue.flows.purchase.quote import offer
from bot.dialogue.menu import home_row, menu_rows
from bot.dialogue.parsing.amounts import MIN_NUMBER_DIGITS, parse_amount
from bot.dialogue.parsing.lines import parse_line
from bot.dialogue.pending import BeingLookedUp, MeterKnown
from bot.dialogue.session import LookedUp
from bot.dialogue.tasks import InquiryAnswered, InquiryLimited
from bot.dialogue.under_way import under_way
from bot.domain.inquiry import Inquiry, InquiryRefused, InquiryUnavailable
from bot.domain.period import day_of
from bot.domain.quote import MAX_AMOUNT_XOF
from bot.i18n import Safe
from bot.notices.layout import Rows, lines, paragraphs, truncate
from bot.repositories import orders
from bot.store import Script

MAX_BILLS_SHOWN = 8
_UNAVAILABLE: Final[dict[str, str]] = {"busy": "inquiry.busy", "maintenance": "inquiry.maintenance"}


def answered(ctx: Context, event: InquiryAnswered) -> Deciding:
    """The provider answered. An answer to another inquiry than the session's is stale."""
    answer, t, purchase = event.answer, ctx.t, _awaited(ctx, event.inquiry_id)
    if purchase is None:
        return ctx.nothing()
    if isinstance(answer, InquiryRefused):
        key = "inquiry.refused.woyofal" if sold(ctx).prepaid else "inquiry.refused.bill"
        ctx.prefix = paragraphs(t(key, reference=purchase.reference), unusual(ctx, purchase.reference))
        return (yield from ask_reference(ctx))
    if isinstance(answer, InquiryUnavailable):
        return ask_retry(ctx, _UNAVAILABLE.get(answer.cause, "inquiry.unavailable"))
    amount_xof = purchase.amount_xof
    known = MeterKnown(service=purchase.service, amount_xof=amount_xof, inquiry=answer)
    looked_up = LookedUp(answer.service, answer.reference, answer.holder, ctx.now)
    ctx.session = replace(ctx.session, pending=known, looked_up=looked_up)
    if not sold(ctx).prepaid:
        return (yield from _owed(ctx, answer))
    return ask_amount(ctx) if amount_xof is None else (yield from take_amount(ctx, amount_xof))


def limited(ctx: Context, event: InquiryLimited) -> Answer:
    """Too many numbers for now: when look-ups go on, and that everything else still works."""
    purchase = _awaited(ctx, event.inquiry_id)
    if purchase is None:
        return ctx.nothing()
    text = ctx.t("inquiry.limited", reference=purchase.reference, clock=ctx.t.clock(event.until))
    return ctx.ask(IDLE, text, menu_rows(ctx), base=ctx.afresh())


def _awaited(ctx: Context, inquiry_id: str) -> BeingLookedUp | None:
    """What waits for an inquiry; None where nothing does any more."""
    purchase = ctx.awaits(BeingLookedUp)
    return purchase if purchase is not None and purchase.inquiry_id == inquiry_id else None


def ask_amount(ctx: Context) -> Answer:
    """Whose meter it is, and how much to buy."""
    t, service, inquiry = ctx.t, sold(ctx), ctx.pending(MeterKnown).inquiry
    offered = [amount for amount in service.suggestions_xof if service.minimum_xof <= amount <= service.maximum_xof]
    buttons = [ctx.choice(t.short_money(amount), "amount", str(amount)) for amount in offered]
    text = paragraphs(
        meter_lines(ctx, inquiry),
        unusual(ctx, inquiry.reference),
        t("amount.ask", smallest=t.money(service.minimum_xof)),
    )
    rows = tuple(tuple(buttons[at : at + 3]) for at in range(0, len(buttons), 3))
    last = (ctx.button("button.other_meter", "back"), ctx.button("button.cancel", "cancel"))
    return ctx.ask("amount", text, (*rows, last))


def amount(ctx: Context, argument: str) -> Deciding:
    """A suggested amount was picked."""
    return (yield from take_amount(ctx, int(argument)))


def read_amount(ctx: Context, text: str) -> Script[Answer | None]:
    """An amount was typed, or another meter's number."""
    if (other := read_other(ctx, text)) is not None:
        return other
    typed = parse_amount(text)
    return None if typed is None else (yield from take_amount(ctx, typed))


def read_other(ctx: Context, text: str) -> Answer | None:
    """A number was typed where another one is spoken of: that one is meant now."""
    service = sold(ctx)
    numbered = [one for one in parse_line(text, service) if service.is_usual(one.reference)]
    if len(numbered) != 1 or len(numbered[0].reference) < MIN_NUMBER_DIGITS:
        return None
    return inquire(ctx, service.name, numbered[0].reference, numbered[0].amount_xof)


def take_amount(ctx: Context, amount_xof: int) -> Deciding:
    """An amount within the limits makes a quote; another one is asked again."""
    t, service = ctx.t, sold(ctx)
    if amount_xof < service.minimum_xof:
        ctx.prefix = t("amount.too_small", smallest=t.money(service.minimum_xof))
    elif amount_xof > service.maximum_xof:
        ctx.prefix = t("amount.too_large", largest=t.money(service.maximum_xof))
    else:
        return (yield from offer(ctx, ctx.pending(MeterKnown).inquiry, amount_xof, None))
    return ask_amount(ctx)


# Which bill?


def _owed(ctx: Context, inquiry: Inquiry) -> Deciding:
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
    return ask_bill(ctx)


def _nothing_owed(ctx: Context, inquiry: Inquiry) -> Deciding:
    """Nothing to pay; where a payment for the same contract is under way, that is why."""
    opened = yield from orders.open_of(ctx.customer)
    is_own = any((each.service, each.reference) == (inquiry.service, inquiry.reference) for each in opened)
    waits = (yield from under_way(ctx)) if is_own else None
    none = ctx.t("bill.none" if waits is None else "bill.none_else")
    text = paragraphs(None if waits is None else waits[0], meter_lines(ctx, inquiry), none)
    rows = menu_rows(ctx) if waits is None else (*waits[1], home_row(ctx))
    return ctx.ask(IDLE, text, rows, base=ctx.afresh())


def ask_bill(ctx: Context) -> Answer:
    """Several bills: which one?"""
    t, inquiry = ctx.t, ctx.pending(MeterKnown).inquiry
    listed: list[Safe] = []
    rows: Rows = ()
    today = day_of(ctx.now)
    for at, bill in enumerate(inquiry.bills[:MAX_BILLS_SHOWN]):
        due: Safe | str = ""
        if bill.due_on:
            late = bill.due_on < today
            due = Safe(" · " + t("bill.late" if late else "bill.due", day=t.day(bill.due_on)))
        facture, owed = truncate(bill.reference_facture, 40), t.money(bill.amount_xof)
        listed.append(t("bill.line", number=at + 1, bill=facture, amount=owed, due=due))
        label = t.label("bill.label", amount=t.short_money(bill.amount_xof), bill=truncate(bill.reference_facture, 24))
        rows += ((ctx.choice(label, "bill", str(at)),),)
    more = t("bill.more") if len(inquiry.bills) > MAX_BILLS_SHOWN else None
    text = paragraphs(meter_lines(ctx, inquiry), t.plural("bill.which", len(inquiry.bills)), lines(*listed), more)
    back = (ctx.button("button.other_reference", "back"), ctx.button("button.cancel", "cancel"))
    return ctx.ask("bill", text, (*rows, back))


def take_bill(ctx: Context, argument: str) -> Deciding:
    """A bill was chosen, or is the only one."""
    inquiry = ctx.pending(MeterKnown).inquiry
    bill = inquiry.bills[int(argument)]
    if bill.amount_xof > sold(ctx).maximum_xof:
        t = ctx.t
        text = paragraphs(
            meter_lines(ctx, inquiry),
            t("bill.too_large", amount=t.money(bill.amount_xof), largest=t.money(sold(ctx).maximum_xof)),
        )
        return ctx.ask(IDLE, text, menu_rows(ctx), base=ctx.afresh())
    return (yield from offer(ctx, inquiry, bill.amount_xof, bill))


def read_quote(ctx: Context, text: str) -> Script[Answer | None]:
    """An amount typed at the quote changes it; a bill's is not the person's to choose."""
    quote = ctx.session.quote
    if sold(ctx).prepaid:
        return (yield from read_amount(ctx, text))
    if (other := read_other(ctx, text)) is not None:
        return other
    typed = parse_amount(text)
    if quote is None or typed is None or typed > sold(ctx).maximum_xof:
        return None
    return Reply(ctx.t("quote.bill_sets", amount=ctx.t.money(quote.amount_xof)))
