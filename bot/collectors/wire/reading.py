"""What the answers of every collector have in common: status words, causes, sums, links and numbers. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

from bot.domain.collecting import LookUpUnknown, Method, NoSuch, NotPaid, Payment, payer_number
from bot.gateway.wire.calls import Reply
from bot.gateway.wire.payment import CREDENTIAL_CODES, UNSURE_CODES, speaks_of_trouble
from bot.gateway.wire.reading import (
    NOT_AUTHORIZED,
    Document,
    Layer,
    flag,
    folded,
    layer_of,
    public_text,
    read,
    whole,
    word,
)

Verdict: TypeAlias = Literal["paid", "open", "refused", "cancelled", "expired"]
Cause: TypeAlias = Literal["credentials", "not_authorized", "unverified", "maintenance", "busy"]
Complaint: TypeAlias = Literal["duplicate", "float", "number", "failed", "invalid", "unsure"]

# What the pages, the public SDKs and other merchants' code show; a word that is not here decides nothing.
VERDICTS: dict[str, Verdict] = {
    "SUCCESS": "paid",
    "SUCCESSFUL": "paid",
    "COMPLETED": "paid",
    "PAID": "paid",
    "INITIATED": "open",
    "PENDING": "open",
    "PROCESSING": "open",
    "FAILED": "refused",
    "REJECTED": "refused",
    "CANCELLED": "cancelled",
    "CANCELED": "cancelled",
    "EXPIRED": "expired",
}
CLAIMS: dict[Verdict, Literal["paid", "open", "not_paid"]] = {
    "paid": "paid",
    "open": "open",
    "refused": "not_paid",
    "cancelled": "not_paid",
    "expired": "not_paid",
}
# Where an answer tells the payments of one collection one by one.
_LISTS = ("payments", "transactions", "paymentattempts", "attempts")
_UNVERIFIED = re.compile(r"company not found|entreprise (?:non trouvee|introuvable)")
_DUPLICATE = re.compile(
    r"identi(?:que|cal)|duplica|doublon|already (?:been )?(?:used|exist)|deja (?:ete )?(?:utilis|exist)"
)
_FLOAT = re.compile(r"\bsolde\b|insufficient|insuffisan|not enough")
_NUMBER = re.compile(r"numero|\bnumber\b|phone|telephone|msisdn")
_COMPLAINTS: dict[str, Complaint] = {
    "INSUFFICIENT_FUNDS": "float",
    "INVALID_AMOUNT": "invalid",
    "INVALID_PHONE": "number",
    "INVALID_CURRENCY": "invalid",
    "MISSING_REQUIRED_FIELD": "invalid",
    "TRANSACTION_FAILED": "failed",
    "DUPLICATE_TRANSACTION": "duplicate",
}
_LINK = re.compile(r"https://[!-~]+|http://(?:127\.0\.0\.1|localhost)(?::[0-9]+)?/[!-~]*")
_METHODS: tuple[tuple[re.Pattern[str], Method], ...] = (
    (re.compile(r"wave"), "wave"),
    (re.compile(r"orange|^om(?:_|$)"), "orange_money"),
    (re.compile(r"free|^fm(?:_|$)"), "free_money"),
    (re.compile(r"wizall"), "wizall"),
)
MAX_LINK_CHARACTERS = 1_000
MAX_PAYMENTS = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def verdict(document: Document) -> Verdict | str:
    """The one verdict of an answer, or a cause (with a blank in it) for giving none."""
    words = document.statuses()
    if len(words) != 1:
        return "contradicting statuses" if words else "no status"
    (status,) = words
    return verdict_of(status) or f"status {public_text(status)[:40]}"


def verdict_of(status: str | None) -> Verdict | None:
    """What a status word means; None when it has never been seen."""
    return None if status is None else VERDICTS.get(status.upper())


def turned_away(reply: Reply, document: Document | None) -> tuple[Cause, float | None] | None:
    """Why a request was turned away unread, and after how many seconds it may come again; None when it was read."""
    if reply.status == 429:
        return "busy", reply.retry_seconds
    if not 400 <= reply.status <= 404:
        return None
    code = None if document is None else document.code()
    text = folded(reply.body[:4096].decode("utf-8", "replace") if document is None else _said(document))
    if code not in CREDENTIAL_CODES and NOT_AUTHORIZED.search(text):
        return "not_authorized", reply.retry_seconds
    if _UNVERIFIED.search(text):
        return "unverified", reply.retry_seconds
    if reply.status == 403 and (code == "SERVICE_UNAVAILABLE" or "maintenance" in text):
        return "maintenance", reply.retry_seconds
    if reply.status in (401, 403) or code in CREDENTIAL_CODES:
        return "credentials", reply.retry_seconds
    return None


def _said(document: Document) -> str:
    """Everything that an error says in words."""
    values = document.values("message", "error")
    texts = [text for value in values for text in (value if isinstance(value, list) else [value])]
    return " ".join(text for text in texts if isinstance(text, str))[:1000]


def complaint(reply: Reply, document: Document) -> Complaint:
    """What a 4xx complains of, read as the answer to a first attempt; `unsure` wherever it proves nothing."""
    code = document.code()
    text = folded(document.message() or "")
    if code in UNSURE_CODES:
        return "unsure"
    if code in _COMPLAINTS:
        return _COMPLAINTS[code]
    if _DUPLICATE.search(text):
        return "duplicate"
    if reply.status not in (400, 409, 422):
        return "unsure"
    if _FLOAT.search(text):
        return "float"
    if reply.status == 409:
        return "duplicate"
    if not text or speaks_of_trouble(document):
        return "unsure"
    return "number" if _NUMBER.search(text) else "invalid"


def learned(reply: Reply) -> Document | LookUpUnknown | NoSuch:
    """What there is to be read in the answer to a look-up, or why there is nothing."""
    document = read(reply.body)
    if (away := turned_away(reply, document)) is not None:
        return LookUpUnknown(away[0], f"HTTP {reply.status}", away[1])
    if document is not None and document.code() in UNSURE_CODES:
        return LookUpUnknown("unreachable", f"HTTP {reply.status} {document.code()}")
    if reply.status == 404:
        # A web page may be anybody's; and an address that the API does not have says nothing about the one asked for.
        no_address = document is None or _said(document).startswith("Cannot ")
        return LookUpUnknown("unreadable", "HTTP 404, no such address", strange=True) if no_address else NoSuch()
    if not reply.is_2xx:
        cause: Literal["unreachable", "unreadable"] = "unreachable" if reply.status >= 500 else "unreadable"
        return LookUpUnknown(cause, f"HTTP {reply.status}", reply.retry_seconds)
    return LookUpUnknown("unreadable", "unreadable answer", strange=True) if document is None else document


def ended(how: Verdict, document: Document) -> NotPaid | None:
    """How a collection ended without a payment; None when it did not."""
    if how not in ("refused", "cancelled", "expired"):
        return None
    return NotPaid(how, document.message())


def listed_payments(document: Document) -> tuple[Payment, ...]:
    """The successful payments of an answer that tells them one by one; those without a sum have the whole's."""
    whole_xof = amount_in(document)
    for value in document.values(*_LISTS):
        items = value[:MAX_PAYMENTS] if isinstance(value, list) else []
        layers = [layer_of(item) for item in items if isinstance(item, dict)]
        paid = [layer for layer in layers if verdict_of(_first_word(layer, "status")) == "paid"]
        payments = [payment_of(layer, amount) for layer in paid if (amount := amount_of(layer) or whole_xof)]
        if payments:
            # One that is told twice is one payment; those without an id are told apart by nothing, and are as many.
            named = {each.transaction_id: each for each in payments if each.transaction_id is not None}
            return (*named.values(), *(each for each in payments if each.transaction_id is None))
    return ()


def payment_of(layer: Layer, amount_xof: int, transaction_id: str | None = None) -> Payment:
    """One payment as an object tells it."""
    fees = (whole(value) for name in ("transactionfee", "feeamount", "fee", "fees") for value in layer.get(name, ()))
    return Payment(
        amount_xof,
        transaction_id or _first_word(layer, "transactionid", "id"),
        next((fee for fee in fees if fee is not None and fee >= 0), None),
        payer_in(layer),
        next(
            (at for name in ("completedat", "paidat") for value in layer.get(name, ()) if (at := time_of(value))), None
        ),
        method_in(layer),
    )


def method_in(layer: Layer) -> Method | None:
    """What was paid with, as far as an operator's or a service's name says so."""
    names = ("operator", "servicecode", "operatorapi", "servicename")
    texts = (folded(text) for name in names for value in layer.get(name, ()) if (text := word(value)) is not None)
    found = (method for text in texts for pattern, method in _METHODS if pattern.search(text))
    return next(found, None)


def payer_in(layer: Layer) -> str | None:
    """The number that paid, nine digits; also of an object that speaks of the customer."""
    layers = [layer, *(layer_of(value) for value in layer.get("customer", ()) if isinstance(value, dict))]
    names = ("number", "phonenumber", "phone", "customerphone", "clientphone")
    texts = (word(value) for each in layers for name in names for value in each.get(name, ()))
    return next((number for text in texts if text is not None and (number := payer_number(text)) is not None), None)


def _first_word(layer: Layer, *names: str) -> str | None:
    return next((text for name in names for value in layer.get(name, ()) if (text := word(value)) is not None), None)


def amount_of(layer: Layer) -> int | None:
    """The sum that an object tells, at least one franc."""
    amounts = (whole(value) for name in ("amount", "itemprice") for value in layer.get(name, ()))
    return next((amount for amount in amounts if amount is not None and amount > 0), None)


def amount_in(document: Document) -> int | None:
    """The sum that an answer tells, at least one franc."""
    return next((amount for layer in document.layers if (amount := amount_of(layer)) is not None), None)


def link_in(document: Document, *names: str) -> str | None:
    """The first address of one of the names that a payer may safely be sent to."""
    for value in document.values(*names):
        if isinstance(value, str) and len(value) <= MAX_LINK_CHARACTERS and _LINK.fullmatch(value.strip()):
            return value.strip()
    return None


def time_of(value: Any) -> int | None:
    """Milliseconds since 1970 of an ISO time; None for anything else, and for one without an offset read as UTC's."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return (at - _EPOCH) // timedelta(milliseconds=1)


def iso_time(at: int) -> str:
    """A time in milliseconds since 1970 as ISO text, in UTC."""
    return (_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def says_no(document: Document) -> bool:
    """Whether an envelope or the subject says that the request did not succeed."""
    return any(flag(value) is False for value in document.values("success"))
