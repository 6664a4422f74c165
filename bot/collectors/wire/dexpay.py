"""DEXPAY: checkout sessions under our own reference, attempts by one operator, pay-outs, signed webhooks. Pure.

The public SDK and merchants' plugins disagree on nesting (`data`, or flat) and on names (`payment_url`,
`checkout_url`); every variant is read. A session is looked up by our reference. It may have had several attempts: each
that succeeded is a payment.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec

from bot.collectors.wire.creating import not_created, pay_back_result, pay_back_told
from bot.collectors.wire.reading import (
    CLAIMS,
    amount_in,
    ended,
    iso_time,
    learned,
    link_in,
    listed_payments,
    payer_in,
    payment_of,
    says_no,
    time_of,
    turned_away,
    verdict,
    verdict_of,
)
from bot.collectors.wire.signature import signature_of
from bot.domain.collecting import (
    Abilities,
    CannotExpire,
    Collected,
    CollectionClaim,
    CollectionRequest,
    CreateResult,
    Expired,
    ExpireResult,
    LookUpResult,
    LookUpUnknown,
    Method,
    Open,
    Opened,
    OpeningUnknown,
    PayBackLookUp,
    PayBackRequest,
    PayBackResult,
    Way,
    payer_number,
)
from bot.gateway.wire.calls import Call, Reply
from bot.gateway.wire.reading import Document, beginning, layer_of, read, word

_OPERATORS: dict[Method, str] = {
    "wave": "wave",
    "orange_money": "orange_money",
    "free_money": "free_money",
    "wizall": "wizall",
}
_URLS = ("paymenturl", "checkouturl", "sandboxpaymenturl", "deeplink", "url")
_IDS = ("id", "sessionid", "checkoutsessionid", "payoutid")

ABILITIES: Final = Abilities(
    (Way("wave", "link", 100), Way("orange_money", "link", 100), Way("card", "link", 100), Way("any", "link", 100)),
    tuple(Way(method, "prompt", 100, 1_000_000, True) for method in _OPERATORS),
    "our_id",
    expires=True,
)


def headers(api_key: str, api_secret: str) -> dict[str, str]:
    """What every request carries."""
    return {
        "x-api-key": api_key,
        "x-api-secret": api_secret,
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "taal",
    }


# Requests.


def session_call(request: CollectionRequest) -> Call:
    """A checkout session. The sum is the exact one: whether the payer bears a fee is in it already."""
    asked: dict[str, Any] = {
        "reference": request.id,
        "item_name": request.about,
        "amount": request.amount_xof,
        "currency": "XOF",
        "success_url": request.success_url,
        "failure_url": request.failure_url,
        "webhook_url": request.callback_url,
        "metadata": {"id": request.id},
        "client_support_fee": False,
    }
    if request.expires_at is not None:
        asked["expires_at"] = iso_time(request.expires_at)
    return Call("POST", "/checkout-sessions", msgspec.json.encode(asked))


def attempt_call(request: CollectionRequest) -> Call | None:
    """The payer's operator, so that the link opens their application; None where the page asks them."""
    operator = _OPERATORS.get(request.method)
    if operator is None or request.payer is None:
        return None
    asked = {
        "payment_method": "MOBILE_MONEY",
        "operator": operator,
        "countryISO": "SN",
        "customer": {"name": "Client", "phone": f"+221{payer_number(request.payer) or request.payer}", "email": ""},
    }
    path = f"/checkout-sessions/{_in_path(request.id)}/transaction-attempt"
    return Call("POST", path, msgspec.json.encode(asked))


def look_up_call(request_id: str) -> Call:
    """What became of a session, by our reference."""
    return Call("GET", f"/checkout-sessions/reference/{_in_path(request_id)}")


def expire_call(request_id: str, provider_id: str | None) -> Call:
    """End a session: by its id, else by our reference."""
    return Call("DELETE", f"/checkout-sessions/{_in_path(provider_id or request_id)}")


def pay_back_call(request: PayBackRequest) -> Call:
    """Money for a number."""
    asked = {
        "amount": request.amount_xof,
        "currency": "XOF",
        "destination_phone": f"+221{payer_number(request.payer) or request.payer}",
        "destination_details": {
            "operator": _OPERATORS[request.method],
            "countryISO": "SN",
            "recipient_name": "Client",
        },
        "reference": request.id,
        "metadata": {"id": request.id},
    }
    return Call("POST", "/payouts", msgspec.json.encode(asked))


def pay_back_look_up_call(request_id: str, provider_id: str | None) -> Call:
    """What became of a pay-out: by its id, else by our reference."""
    return Call("GET", f"/payouts/{_in_path(provider_id or request_id)}")


def _in_path(text: str) -> str:
    return quote(text, safe="").replace(".", "%2E")


# Answers.


def session_created(reply: Reply, request: CollectionRequest, *, again: bool) -> CreateResult:
    """What an answer to `session_call` means."""
    document = read(reply.body)
    if document is not None and _is_foreign(document, request.id):
        return OpeningUnknown("foreign answer")
    provider_id = None if document is None else document.word(*_IDS)
    if (other := not_created(reply, document, provider_id, again)) is not None or document is None:
        return other or OpeningUnknown("unreadable answer")
    url = _link(document)
    if url is None:
        return OpeningUnknown("no address to pay at", provider_id)
    return Opened(provider_id, url, _expires_at(document))


def attempt_url(reply: Reply) -> str | None:
    """The address that an attempt opened; without one the session's page serves."""
    document = read(reply.body) if reply.is_2xx else None
    return None if document is None or says_no(document) else _link(document)


def looked_up(reply: Reply, request_id: str) -> LookUpResult:
    """What an answer says of a session."""
    document = learned(reply)
    if not isinstance(document, Document):
        return document
    if _is_foreign(document, request_id):
        return LookUpUnknown("foreign", "foreign answer", strange=True)
    if payments := listed_payments(document):
        return Collected(payments)
    how: Any = verdict(document)
    amount_xof = amount_in(document)
    if how == "paid" and amount_xof is not None:
        payment = payment_of(document.subject, amount_xof, document.word("transactionid"))
        # The session's own id is not a payment's.
        named = document.word("transactionid") is not None
        return Collected((payment if named else msgspec.structs.replace(payment, transaction_id=None),))
    if how == "open":
        return Open(document.word(*_IDS), _link(document), _expires_at(document))
    if (end := ended(how, document)) is not None:
        return end
    reason = "paid, but no sum is told" if how == "paid" else how
    return LookUpUnknown("unreadable", reason, strange=True)


def expired(reply: Reply) -> ExpireResult:
    """What an answer to `expire_call` means. A 4xx in a readable shape says that it cannot be ended any more."""
    document = read(reply.body)
    if (away := turned_away(reply, document)) is not None:
        return LookUpUnknown(away[0], f"HTTP {reply.status}", away[1])
    if reply.is_2xx and (document is None or not says_no(document)):
        return Expired()
    if document is not None and (reply.is_2xx or reply.status in (400, 404, 409, 422)):
        return CannotExpire()
    return LookUpUnknown("unreadable", f"HTTP {reply.status}")


def paid_back(reply: Reply, *, again: bool) -> PayBackResult:
    """What an answer to `pay_back_call` means. Its `reference` is the provider's own (`PO_…`)."""
    document = read(reply.body)
    return pay_back_result(reply, None if document is None else document.word(*_IDS, "reference"), again=again)


def pay_back_looked_up(reply: Reply, request_id: str, provider_id: str | None) -> PayBackLookUp:
    """What an answer says of a pay-out."""
    document = learned(reply)
    if not isinstance(document, Document):
        return document
    named = {document.word(*_IDS), document.word("reference"), _ours(document)}
    if provider_id is not None and not named & {None, provider_id, request_id}:
        return LookUpUnknown("foreign", "foreign answer", strange=True)
    return pay_back_told(document, provider_id or document.word(*_IDS, "reference"))


def read_claim(sent: Mapping[str, str], raw: bytes, secrets: tuple[str, ...]) -> CollectionClaim:
    """What a webhook claims, and whether its signature over the raw bytes is one by any of the secrets."""
    signature = signature_of(sent, raw, secrets)
    document = read(raw)
    if document is None:
        return CollectionClaim("unknown", signature=signature, raw=beginning(raw))
    event = (document.word("event", "type") or "").upper()
    words = document.statuses()
    said = " ".join(sorted(words)) or event.replace(".", "_").rpartition("_")[2]
    how = verdict_of(said)
    payout = "PAYOUT" in event or document.word("payoutid") is not None
    return CollectionClaim(
        CLAIMS[how] if how is not None else "unknown",
        "payback" if payout else "collection" if event else "unknown",
        reference=_ours(document) or document.word("reference"),
        provider_id=document.word("payoutid", "id") if payout else document.word("checkoutsessionid", "sessionid"),
        transaction_id=document.word("transactionid"),
        amount_xof=amount_in(document),
        payer=payer_in(document.subject),
        word=said or None,
        signature=signature,
        raw="" if how is not None else beginning(raw),
    )


def _is_foreign(document: Document, request_id: str) -> bool:
    return document.word("reference") not in (None, request_id)


def _ours(document: Document) -> str | None:
    """Our id, as we put it into the metadata."""
    layers = (layer_of(value) for value in document.values("metadata") if isinstance(value, dict))
    return next((text for layer in layers for value in layer.get("id", ()) if (text := word(value))), None)


def _link(document: Document) -> str | None:
    """The address to pay at; an attempt's is nearer to the payer than the page's."""
    for value in document.values("paymentattempt", "attempt"):
        if isinstance(value, dict) and (url := link_in(Document(value), *_URLS)) is not None:
            return url
    return link_in(document, *_URLS)


def _expires_at(document: Document) -> int | None:
    return next((at for value in document.values("expiresat") if (at := time_of(value)) is not None), None)
