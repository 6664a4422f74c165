"""DEXCHANGE's collecting: links (`merchant/get-link`), pushes (`transaction/init` with a …_CASHOUT code), and pay-backs
(`transaction/init` with a …_CASHIN code). Pure.

A push is one transaction and is looked up by the provider's id. A link is a session of its own, and its look-up is
documented nowhere: whatever payments it tells are read, and where it tells one sum alone, that is one payment without
an id. `init` wants nine digits for a number.
"""

from typing import Any, Final
from urllib.parse import quote

import msgspec

from bot.collectors.wire.creating import not_created, pay_back_result, pay_back_told
from bot.collectors.wire.reading import (
    CLAIMS,
    amount_in,
    ended,
    learned,
    link_in,
    listed_payments,
    payer_in,
    payment_of,
    says_no,
    turned_away,
    verdict,
    verdict_of,
)
from bot.domain.collecting import (
    Abilities,
    CodeRefused,
    CodeResult,
    Collected,
    CollectionClaim,
    CollectionRequest,
    CreateResult,
    LookUpResult,
    LookUpUnknown,
    Method,
    Open,
    Opened,
    OpeningUnknown,
    PayBackLookUp,
    PayBackRequest,
    PayBackResult,
    PayBackUnknown,
    Way,
    payer_number,
)
from bot.gateway.wire.calls import Call, Reply
from bot.gateway.wire.payment import UNSURE_CODES
from bot.gateway.wire.reading import Document, beginning, read

_OPERATORS: dict[Method, str] = {"wave": "WAVE", "orange_money": "OM", "free_money": "FM", "wizall": "WIZALL"}
_LEAST_XOF, _MOST_XOF = 200, 1_000_000
_PAYS_BACK = tuple(Way(method, "prompt", _LEAST_XOF, _MOST_XOF, True) for method in _OPERATORS)
_URLS = ("paymenturl", "cashouturl", "deeplink", "checkouturl", "url")

LINK: Final = Abilities((Way("any", "link", 100),), _PAYS_BACK, "provider_id", refuses_twice=True)
PUSH: Final = Abilities(
    (
        Way("wave", "link", _LEAST_XOF, _MOST_XOF, True),
        Way("orange_money", "prompt", _LEAST_XOF, _MOST_XOF, True),
        Way("free_money", "prompt", _LEAST_XOF, _MOST_XOF, True),
        Way("wizall", "code", _LEAST_XOF, _MOST_XOF, True),
    ),
    _PAYS_BACK,
    "provider_id",
    refuses_twice=True,
)


# Requests.


def link_call(request: CollectionRequest) -> Call:
    """A link. `customData` is marked as required on one of the pages."""
    asked: dict[str, str | int] = {
        "externalTransactionId": request.id,
        "ItemName": request.about,
        "ItemPrice": request.amount_xof,
        **_addresses(request),
        "customData": request.id,
    }
    if request.payer is not None:
        asked["ClientPhone"] = request.payer
    return Call("POST", "/transaction/merchant/get-link", msgspec.json.encode(asked))


def push_call(request: CollectionRequest) -> Call:
    """A push to the payer's telephone, or a link that opens their application."""
    return _init(f"{_OPERATORS[request.method]}_SN_CASHOUT", request, request.payer or "")


def pay_back_call(request: PayBackRequest) -> Call:
    """Money for a number."""
    return _init(f"{_OPERATORS[request.method]}_SN_CASHIN", request, request.payer)


def _init(code: str, request: CollectionRequest | PayBackRequest, number: str) -> Call:
    asked: dict[str, str | int] = {
        "serviceCode": code,
        "amount": request.amount_xof,
        "number": payer_number(number) or number,
        "externalTransactionId": request.id,
        **_addresses(request),
        "customData": request.id,
    }
    return Call("POST", "/transaction/init", msgspec.json.encode(asked))


def _addresses(request: CollectionRequest | PayBackRequest) -> dict[str, str]:
    return {
        "callBackURL": request.callback_url,
        "successUrl": request.success_url,
        "failureUrl": request.failure_url,
    }


def code_call(provider_id: str, code: str) -> Call:
    """The code that Wizall sent to the payer."""
    asked = {"transactionId": provider_id, "otp": code}
    return Call("POST", "/transaction/confirm/wizall", msgspec.json.encode(asked))


def link_look_up_call(provider_id: str) -> Call:
    """What became of a link; the path is seen in the SDK alone."""
    return Call("GET", f"/transaction/merchant/{_in_path(provider_id)}")


def look_up_call(provider_id: str) -> Call:
    """What became of a push or a pay-back."""
    return Call("GET", f"/transaction/{_in_path(provider_id)}")


def _in_path(text: str) -> str:
    """An id came from outside: nothing in it may leave its place in the path."""
    return quote(text, safe="").replace(".", "%2E")


# Answers.


def created(reply: Reply, request: CollectionRequest, abilities: Abilities, *, again: bool) -> CreateResult:
    """What an answer to `link_call` or `push_call` means."""
    document = read(reply.body)
    if document is not None and _is_foreign(document, request.id):
        return OpeningUnknown("foreign answer")
    provider_id = None if document is None else _id_in(document)
    if (other := not_created(reply, document, provider_id, again)) is not None or document is None:
        return other or OpeningUnknown("unreadable answer")
    way = abilities.way(request.method)
    url = link_in(document, *_URLS)
    if way is not None and way.kind == "link" and url is None:
        return OpeningUnknown("no address to pay at", provider_id)
    if provider_id is None:
        return OpeningUnknown("no transaction id")
    return Opened(provider_id, url)


def link_looked_up(reply: Reply, request_id: str, provider_id: str) -> LookUpResult:
    """What an answer says of a link. It may name the payment by an id of its own, beside our reference."""
    document = learned(reply)
    if not isinstance(document, Document):
        return document
    ours = document.word("externaltransactionid") == request_id
    if _is_foreign(document, request_id) or (not ours and _id_in(document) not in (None, provider_id)):
        return LookUpUnknown("foreign", "foreign answer", strange=True)
    if payments := listed_payments(document):
        return Collected(payments)
    return _read(document, None, provider_id)


def push_looked_up(reply: Reply, request_id: str, provider_id: str) -> LookUpResult:
    """What an answer says of a push: one transaction, which bears the provider's id."""
    document = learned(reply)
    if not isinstance(document, Document):
        return document
    if _is_foreign(document, request_id) or document.word("transactionid") not in (None, provider_id):
        return LookUpUnknown("foreign", "foreign answer", strange=True)
    return _read(document, provider_id, provider_id)


def code_taken(reply: Reply, provider_id: str) -> CodeResult:
    """What an answer to a payer's code means. That the code was right is no proof of a payment: a look-up is."""
    document = read(reply.body)
    if (away := turned_away(reply, document)) is not None:
        return LookUpUnknown(away[0], f"HTTP {reply.status}", away[1])
    if document is None or reply.status not in (200, 201, 400, 404, 422) or document.code() in UNSURE_CODES:
        return LookUpUnknown("unreadable", f"HTTP {reply.status}")
    return Open(provider_id) if reply.is_2xx and not says_no(document) else CodeRefused(document.message())


def paid_back(reply: Reply, request: PayBackRequest, *, again: bool) -> PayBackResult:
    """What an answer to `pay_back_call` means."""
    document = read(reply.body)
    if document is None:
        return pay_back_result(reply, None, again=again)
    if _is_foreign(document, request.id):
        return PayBackUnknown("foreign answer")
    return pay_back_result(reply, _id_in(document), again=again)


def pay_back_looked_up(reply: Reply, request_id: str, provider_id: str) -> PayBackLookUp:
    """What an answer says of a pay-back."""
    document = learned(reply)
    if not isinstance(document, Document):
        return document
    if _is_foreign(document, request_id) or document.word("transactionid") not in (None, provider_id):
        return LookUpUnknown("foreign", "foreign answer", strange=True)
    return pay_back_told(document, provider_id)


def read_claim(raw: bytes) -> CollectionClaim:
    """What a webhook claims; nothing on the wire says who sent it."""
    document = read(raw)
    if document is None:
        return CollectionClaim("unknown", raw=beginning(raw))
    words = document.statuses()
    said = " ".join(sorted(words))
    how = verdict_of(said)
    kind = " ".join(filter(None, (document.word("transactiontype"), document.word("servicecode")))).upper()
    claimed_id = _id_in(document)
    return CollectionClaim(
        CLAIMS[how] if how is not None else "unknown",
        "payback" if "CASHIN" in kind else "collection" if kind else "unknown",
        reference=document.word("externaltransactionid", "customdata"),
        provider_id=claimed_id,
        transaction_id=claimed_id,
        amount_xof=amount_in(document),
        payer=payer_in(document.subject),
        word=said or None,
        raw="" if how is not None else beginning(raw),
    )


def _read(document: Document, transaction_id: str | None, provider_id: str) -> LookUpResult:
    how: Any = verdict(document)
    if how == "paid" and not says_no(document):
        amount_xof = amount_in(document)
        if amount_xof is None:
            return LookUpUnknown("unreadable", "paid, but no sum is told", strange=True)
        payment = payment_of(document.subject, amount_xof, transaction_id)
        if transaction_id is None and payment.transaction_id == provider_id:
            payment = msgspec.structs.replace(payment, transaction_id=None)
        return Collected((payment,))
    if how == "open":
        return Open(provider_id, link_in(document, *_URLS))
    if (end := ended(how, document)) is not None:
        return end
    reason = "paid, but not success" if how == "paid" else how
    return LookUpUnknown("unreadable", reason, strange=True)


def _is_foreign(document: Document, request_id: str) -> bool:
    return document.word("externaltransactionid") not in (None, request_id)


def _id_in(document: Document) -> str | None:
    return document.word("transactionid", "id")
