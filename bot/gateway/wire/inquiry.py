"""What the provider's answer to an inquiry means. Pure.

Nothing here moves money, but everything a customer trusts before they pay is read here: the holder's name, and for a
bill what is owed. So an answer about another reference, or a bill without an amount or a number, is `unreadable` as a
whole: a list that silently lacks a bill would say "nothing to pay".
"""

import re
from typing import Any

from bot.domain.catalog import Catalog, ServiceName, digits_of, same_reference
from bot.domain.inquiry import Bill, Inquiry, InquiryAnswer, InquiryRefused, InquiryUnavailable
from bot.gateway.wire.calls import Reply
from bot.gateway.wire.payment import CREDENTIAL_CODES, UNSURE_CODES, not_sent, speaks_of_trouble
from bot.gateway.wire.reading import Document, Layer, flag, layer_of, read, whole, word

MAX_HOLDER_CHARACTERS = 80
MAX_ADDRESS_CHARACTERS = 120
# What the provider's own systems write for "nothing".
_NOTHING = frozenset({"", "null", "none", "undefined", "n/a", "na", "nan", "-", "--", "."})
_CATALOG = Catalog()


def inquiry_answer(reply: Reply, *, service: ServiceName, reference: str) -> InquiryAnswer:
    """Whose meter or contract it is and what is owed; for 400, 404 and 422 in a documented shape, a refusal."""
    document = read(reply.body)
    code = None if document is None else document.code()
    if (turned_away := not_sent(reply, code)) is not None:
        return _unavailable(turned_away.cause, turned_away.retry_seconds)
    if reply.status >= 500 or code in UNSURE_CODES or code == "SERVICE_UNAVAILABLE":
        return _unavailable("unreachable", reply.retry_seconds)
    if document is None:
        return InquiryUnavailable("unreadable")
    if code in CREDENTIAL_CODES:
        return InquiryUnavailable("credentials")
    if document.says("success", False):
        # Any word of trouble makes it worth another try; a refusal tells the person that the number is wrong.
        if speaks_of_trouble(document):
            return InquiryUnavailable("unreachable")
        return InquiryRefused(document.message() or code or f"HTTP {reply.status}")
    return _inquiry(document, service, reference) if reply.is_2xx else InquiryUnavailable("unreadable")


def _unavailable(cause: Any, retry_seconds: float | None) -> InquiryUnavailable:
    return InquiryUnavailable(cause) if retry_seconds is None else InquiryUnavailable(cause, retry_seconds)


def _inquiry(document: Document, service: ServiceName, reference: str) -> InquiryAnswer:
    bill_list = next((value for value in document.values("bills") if isinstance(value, list)), None)
    if bill_list is None or not all(isinstance(bill, dict) for bill in bill_list):
        return InquiryUnavailable("unreadable")
    bills = [layer_of(bill) for bill in bill_list]
    named = [
        *document.values("referenceclient"),
        *(value for bill in bills for value in bill.get("referenceclient", ())),
    ]
    if not all(same_reference(digits_of(text), reference) for text in map(word, named) if text is not None):
        return InquiryUnavailable("unreadable")
    prepaid = _CATALOG[service].prepaid
    if prepaid and not bills:
        # The one pseudo bill describes the meter: without it there is no meter to show, and nobody pays unseen.
        return InquiryRefused("no such meter")
    owed: list[Bill] = []
    for layer in [] if prepaid else bills:
        if any(_is_paid(value) for value in layer.get("paid", ())):
            continue
        bill = _bill(layer)
        if bill is None:
            return InquiryUnavailable("unreadable")
        if bill.amount_xof > 0:
            owed.append(bill)
    first = bills[0] if bills else {}
    return Inquiry(
        service,
        reference,
        holder=_holder(first),
        address_line=_line(first, "address", MAX_ADDRESS_CHARACTERS),
        meter_status=_line(first, "meterstatus", MAX_HOLDER_CHARACTERS),
        bills=tuple(owed),
    )


def _bill(layer: Layer) -> Bill | None:
    """A bill, or None when what must be confirmed and sent back cannot be read."""
    amounts = [amount for value in layer.get("montant", ()) if (amount := whole(value)) is not None and amount >= 0]
    numbers = [text for value in layer.get("referencefacture", ()) if (text := word(value)) is not None]
    if not amounts or not numbers:
        return None
    fees = [fee for value in layer.get("frais", ()) if (fee := whole(value)) is not None and fee >= 0]
    due_on = next(filter(None, map(_day, layer.get("dateecheance", ()))), None)
    return Bill(numbers[0], amounts[0], fees[0] if fees else 0, due_on)


def _is_paid(value: Any) -> bool:
    return bool(flag(value)) or (isinstance(value, str) and value.strip().lower() in ("paid", "oui"))


def _day(value: Any) -> str | None:
    """The day of a date or of a date with a time, when the calendar has it."""
    match = re.match(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])", value) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day = map(int, match.groups())
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return match[0] if year > 0 and 1 <= month <= 12 and 1 <= day <= days[month - 1] else None


def _holder(layer: Layer) -> str:
    """First name and name. Often the whole name stands in `nom`, or the first name is repeated in it."""
    first, last = (_line(layer, name, MAX_HOLDER_CHARACTERS) for name in ("prenom", "nom"))
    if f" {first} ".casefold() in f" {last} ".casefold():
        return last
    if f" {last} ".casefold() in f" {first} ".casefold():
        return first
    return f"{first} {last}"[:MAX_HOLDER_CHARACTERS].strip()


def _line(layer: Layer, name: str, limit: int) -> str:
    """One line of text for a person; what the provider writes for "nothing" is nothing."""
    text = next((value for value in layer.get(name, ()) if isinstance(value, str)), "")
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())[:limit].strip()
    return "" if text.lower() in _NOTHING else text
