"""What the provider answered, and how much to pay: the amount, or the bill. Pure."""

from collections.abc import Generator
from typing import Any, Final

from msgspec.structs import replace

from bot.dialogue import read
from bot.dialogue.effects import InquiryAnswered, InquiryLimited
from bot.dialogue.here import IDLE, Answer, Aside, Deciding, Here, Rows, brief, lines, paragraphs
from bot.dialogue.looks import Look
from bot.dialogue.menus import menu_rows
from bot.dialogue.quote import offer
from bot.dialogue.whose import (
    ask_reference,
    ask_retry,
    inquire,
    is_usual,
    known_inquiry,
    meter_lines,
    sold,
    unusual,
)
from bot.model import MAX_AMOUNT_XOF, Inquiry, InquiryRefused, InquiryUnavailable, ServiceName

MAX_BILLS_SHOWN = 8
_NOT_FOUND: Final[dict[ServiceName, str]] = {
    "woyofal": "inquiry.refused.woyofal",
    "senelec": "inquiry.refused.bill",
    "seneau": "inquiry.refused.bill",
}
_UNAVAILABLE: Final[dict[str, str]] = {"busy": "inquiry.busy", "maintenance": "inquiry.maintenance"}


def answered(here: Here, event: InquiryAnswered) -> Deciding:
    """The provider answered. An answer to another inquiry than the session's is stale."""
    session, answer, t = here.session, event.answer, here.t
    if session.state != "inquiring" or session.inquiry_id != event.inquiry_id:
        return here.nothing()
    here.session = session = replace(session, inquiry_id=None, inquiry_at=None)
    service = session.service or "woyofal"
    if isinstance(answer, InquiryRefused):
        here.lead = paragraphs(
            t(_NOT_FOUND[service], reference=session.reference), unusual(here, session.reference or "")
        )
        return (yield from ask_reference(here))
    if isinstance(answer, InquiryUnavailable):
        return ask_retry(here, _UNAVAILABLE.get(answer.cause, "inquiry.unavailable"))
    here.session = session = replace(session, inquiry=answer)
    if not sold(here).prepaid:
        return (yield from _owed(here, answer))
    amount = session.amount_xof
    return ask_amount(here) if amount is None else (yield from take_amount(here, amount))


def limited(here: Here, event: InquiryLimited) -> Answer:
    """Too many numbers for now: when it goes on, and that everything else does."""
    text = here.t("inquiry.limited", reference=here.session.reference, clock=here.t.clock(event.until))
    return here.ask(IDLE, text, menu_rows(here), base=here.afresh())


def ask_amount(here: Here) -> Answer:
    """Whose meter it is, and how much to buy."""
    t, service, inquiry = here.t, sold(here), known_inquiry(here.session)
    offered = [amount for amount in service.suggestions_xof if service.minimum_xof <= amount <= service.maximum_xof]
    buttons = [here.choice(t.short_money(amount), "amount", str(amount)) for amount in offered]
    text = paragraphs(
        meter_lines(here, inquiry),
        unusual(here, inquiry.reference),
        t("amount.ask", smallest=t.money(service.minimum_xof)),
    )
    rows = tuple(tuple(buttons[at : at + 3]) for at in range(0, len(buttons), 3))
    last = (here.button("button.other_meter", "back"), here.button("button.cancel", "cancel"))
    return here.ask("amount", text, (*rows, last))


def amount(here: Here, argument: str) -> Deciding:
    """A suggested amount was picked."""
    return (yield from take_amount(here, int(argument)))


def read_amount(here: Here, text: str) -> Generator[Look, Any, Answer | None]:
    """An amount was typed, or another meter's number."""
    if (other := read_other(here, text)) is not None:
        return other
    typed = read.amount(text)
    return None if typed is None else (yield from take_amount(here, typed))


def read_other(here: Here, text: str) -> Answer | None:
    """A number was typed where another one is spoken of: that one is meant now."""
    service = sold(here)
    found = [one for one in read.line(text, service) if is_usual(service, one.reference)]
    if len(found) != 1 or len(found[0].reference) < read.MIN_NUMBER_DIGITS:
        return None
    return inquire(here, service.name, found[0].reference, found[0].amount_xof)


def take_amount(here: Here, amount_xof: int) -> Deciding:
    """An amount within the limits makes a quote; another one is asked again."""
    t, service = here.t, sold(here)
    if amount_xof < service.minimum_xof:
        here.lead = t("amount.too_small", smallest=t.money(service.minimum_xof))
    elif amount_xof > service.maximum_xof:
        here.lead = t("amount.too_large", largest=t.money(service.maximum_xof))
    else:
        return (yield from offer(here, known_inquiry(here.session), amount_xof, None))
    return ask_amount(here)


# Which bill?


def _owed(here: Here, inquiry: Inquiry) -> Deciding:
    """The unpaid bills: none, one, or several to choose from."""
    bills = [bill for bill in inquiry.bills if 0 < bill.amount_xof <= MAX_AMOUNT_XOF]
    if not bills:
        text = paragraphs(meter_lines(here, inquiry), here.t("bill.none"))
        return here.ask(IDLE, text, menu_rows(here), base=here.afresh())
    here.session = replace(here.session, inquiry=replace(inquiry, bills=tuple(bills)))
    if len(bills) == 1:
        return (yield from take_bill(here, "0"))
    return ask_bill(here)


def ask_bill(here: Here) -> Answer:
    """Several bills: which one?"""
    t, inquiry = here.t, known_inquiry(here.session)
    listed: list[str] = []
    rows: Rows = ()
    for at, bill in enumerate(inquiry.bills[:MAX_BILLS_SHOWN]):
        due = t("bill.due", day=t.day(bill.due_on)) if bill.due_on else ""
        facture, owed = brief(bill.reference_facture, 40), t.money(bill.amount_xof)
        listed.append(t("bill.line", number=at + 1, bill=facture, amount=owed, due=due))
        label = t.label("bill.label", amount=t.short_money(bill.amount_xof), bill=brief(bill.reference_facture, 24))
        rows += ((here.choice(label, "bill", str(at)),),)
    more = t("bill.more") if len(inquiry.bills) > MAX_BILLS_SHOWN else None
    text = paragraphs(meter_lines(here, inquiry), t.plural("bill.which", len(inquiry.bills)), lines(*listed), more)
    back = (here.button("button.other_reference", "back"), here.button("button.cancel", "cancel"))
    return here.ask("bill", text, (*rows, back))


def take_bill(here: Here, argument: str) -> Deciding:
    """A bill was chosen, or is the only one."""
    inquiry = known_inquiry(here.session)
    bill = inquiry.bills[int(argument)]
    if bill.amount_xof > sold(here).maximum_xof:
        t = here.t
        text = paragraphs(
            meter_lines(here, inquiry),
            t("bill.too_large", amount=t.money(bill.amount_xof), largest=t.money(sold(here).maximum_xof)),
        )
        return here.ask(IDLE, text, menu_rows(here), base=here.afresh())
    here.session = replace(here.session, bill=int(argument))
    return (yield from offer(here, inquiry, bill.amount_xof, bill))


def read_quote(here: Here, text: str) -> Generator[Look, Any, Answer | None]:
    """An amount typed at the quote changes it; a bill's is not the person's to choose."""
    quote = here.session.quote
    if sold(here).prepaid:
        return (yield from read_amount(here, text))
    if (other := read_other(here, text)) is not None:
        return other
    typed = read.amount(text)
    if quote is None or typed is None or typed > sold(here).maximum_xof:
        return None
    return Aside(here.t("quote.bill_sets", amount=here.t.money(quote.amount_xof)))
