"""What the provider's answers about a payment mean, a webhook's claims included. Pure."""

import re
from typing import Literal, TypeAlias

from bot.domain.catalog import Catalog, ServiceName
from bot.domain.inquiry import Float, FloatAnswer, FloatUnavailable
from bot.domain.outcome import (
    NO_DETAILS,
    Delivered,
    NotSent,
    Outcome,
    Processing,
    ProviderDetails,
    Refused,
    TokenAwaited,
    Unknown,
    WebhookClaim,
)
from bot.gateway.wire.calls import Reply
from bot.gateway.wire.reading import (
    NOT_AUTHORIZED,
    Document,
    beginning,
    flag,
    folded,
    layer_of,
    public_text,
    read,
    whole,
    word,
)

Verdict: TypeAlias = Literal["success", "failed", "cancelled", "pending"]

_VERDICTS: dict[str, Verdict] = {
    "SUCCESS": "success",
    "COMPLETED": "success",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
    "PENDING": "pending",
    "PROCESSING": "pending",
}
_CLAIMS: dict[str, Literal["success", "failed", "pending"]] = {
    "success": "success",
    "failed": "failed",
    "cancelled": "failed",
    "pending": "pending",
}
# Documented as "nobody knows", whatever the HTTP status around them.
UNSURE_CODES = frozenset({"OPERATOR_ERROR", "TIMEOUT_ERROR"})
CREDENTIAL_CODES = frozenset({"INVALID_API_KEY", "EXPIRED_API_KEY", "MISSING_API_KEY"})
_REFUSED_BY_CODE: dict[str, Literal["invalid", "float", "failed"]] = {
    "INSUFFICIENT_FUNDS": "float",
    "INVALID_AMOUNT": "invalid",
    "INVALID_PHONE": "invalid",
    "INVALID_CURRENCY": "invalid",
    "MISSING_REQUIRED_FIELD": "invalid",
    "TRANSACTION_FAILED": "failed",
}
# The provider's texts are documented nowhere. These words only make a 400 *less* certain, or name its reason.
_TROUBLE = re.compile(
    r"time[ -]?out|timed out|operat(?:or|eur)|unavailable|indisponible|again|essay|later|plus tard|pending|process"
    r"|progress|en cours|attente|intern|network|reseau|connect|unknown|inconnue? erreur|unexpected|inattendu"
)
_DUPLICATE = re.compile(
    r"duplicate|doublon|already (?:been )?(?:used|exist)|deja (?:ete )?(?:utilis|exist)|existe deja"
)
_FLOAT = re.compile(r"insufficient|insuffisan|not enough")
_ALREADY_PAID = re.compile(r"already (?:been )?(?:paid|settled)|deja (?:ete )?(?:paye|regle|solde)")

_CATALOG = Catalog()
# Another service's code says that another payment is meant; a code that nobody knows says nothing.
_OTHER_CODES = {one.name: {other.code for other in _CATALOG if other.name != one.name} for one in _CATALOG}


def pay_outcome(reply: Reply, *, service: ServiceName, external_id: str, replay: bool) -> Outcome:
    """What an answer to a pay call means; `replay` says that the same body was sent before."""
    document = read(reply.body)
    code = None if document is None else document.code()
    if document is not None and document.word("externaltransactionid") not in (None, external_id):
        return _foreign(reply, document)
    if reply.status == 409:
        return _conflict(document, replay, service)
    if code in UNSURE_CODES:
        return _no_verdict(f"HTTP {reply.status} {code}", reply, document, _details(document, service), service)
    if (turned_away := not_sent(reply, code)) is not None:
        return turned_away
    if reply.is_2xx:
        return _read_verdict(reply, document, _details(document, service), service)
    if 400 <= reply.status < 500 and document is not None and not replay:
        return _refusal(reply, document, service)
    return _no_verdict(f"HTTP {reply.status}", reply, document, _details(document, service), service)


def look_up_outcome(reply: Reply, *, service: ServiceName, transaction_id: str) -> Outcome:
    """What an answer to a look-up tells of the payment. `Unknown` and `NotSent` mean that nothing was learned.

    It is about the payment that was asked for, unless it names another one. What its `Number` means is documented
    nowhere (the meter, the bill, a telephone), so that is noted and proves nothing.
    """
    document = read(reply.body)
    code = None if document is None else document.code()
    if code in UNSURE_CODES:
        return _no_verdict(f"HTTP {reply.status} {code}", reply, document, NO_DETAILS, service)
    if (turned_away := not_sent(reply, code)) is not None:
        return turned_away
    if not reply.is_2xx:
        return _no_verdict(f"HTTP {reply.status}", reply, document, NO_DETAILS, service)
    if document is not None and (
        document.word("transactionid") not in (None, transaction_id)
        or (document.word("servicecode") or "").upper() in _OTHER_CODES[service]
    ):
        return _foreign(reply, document)
    return _read_verdict(reply, document, _details(document, service, transaction_id), service)


def float_answer(reply: Reply) -> FloatAnswer:
    """The operator's float, flat or nested under `balance`."""
    if (turned_away := not_sent(reply, None)) is not None:
        if turned_away.cause == "credentials" and _means_our_address(reply):
            return FloatUnavailable("not_authorized", answered=True)
        return FloatUnavailable(turned_away.cause, turned_away.cause != "maintenance")
    document = read(reply.body) if reply.is_2xx else None
    if document is None:
        cause = f"HTTP {reply.status}" if not reply.is_2xx else "unreadable"
        return FloatUnavailable(cause, 400 <= reply.status < 500)
    for value in document.values("balance"):
        inner = layer_of(value).get("balance", [None])[0] if isinstance(value, dict) else value
        if (balance_xof := whole(inner)) is not None:
            return Float(balance_xof)
    return FloatUnavailable("unreadable", answered=True)


def read_webhook_claim(body: bytes) -> WebhookClaim:
    """What a webhook claims; its billing form is documented nowhere. What cannot be read claims nothing."""
    document = read(body)
    if document is None:
        return WebhookClaim("unknown", raw=beginning(body))
    status: Literal["success", "failed", "pending", "unknown"] = _CLAIMS.get(_verdict(document), "unknown")
    return WebhookClaim(
        status,
        tokens=document.tokens(),
        external_id=document.word("externaltransactionid"),
        custom_data=document.word("customdata"),
        details=_details(document, None),
        # A code may stand under a name that we do not know.
        raw=beginning(body) if status == "unknown" else "",
    )


def not_sent(reply: Reply, code: str | None) -> NotSent | None:
    """The three ways of being turned away unread, or None. A 403 is documented as maintenance; it is believed to
    be that only when it says so, for a key without rights would otherwise be waited for in silence."""
    if reply.status == 429:
        return NotSent("busy", reply.retry_seconds)
    if reply.status == 403:
        text = folded(reply.body[:4096].decode("utf-8", "replace"))
        if code == "SERVICE_UNAVAILABLE" or "maintenance" in text:
            return NotSent("maintenance", reply.retry_seconds)
    return NotSent("credentials", reply.retry_seconds) if reply.status in (401, 403) else None


def _means_our_address(reply: Reply) -> bool:
    """Whether a refusal speaks of who may ask from where, and not of the key."""
    document = read(reply.body)
    if document is not None and document.code() in CREDENTIAL_CODES:
        return False
    return NOT_AUTHORIZED.search(folded(reply.body[:4096].decode("utf-8", "replace"))) is not None


def speaks_of_trouble(document: Document) -> bool:
    """Whether an error's text sounds like the provider's own trouble rather than like a refusal."""
    return _TROUBLE.search(folded(document.message() or "")) is not None


def _conflict(document: Document | None, replay: bool, service: ServiceName) -> Outcome:
    """409: the id was used before. By a first attempt that is a bug of ours; on a replay it says "received"."""
    message = None if document is None else document.message()
    if not replay:
        return Unknown("409 to a first attempt", conflict=True, details=ProviderDetails(message=message), heard="error")
    # The body of a 409 is documented nowhere. An id called just `id` could be anything's; a status is not taken either.
    transaction_id = None if document is None else document.word("transactionid")
    return Processing(ProviderDetails(transaction_id, message=message), _tokens(document, service))


def _refusal(reply: Reply, document: Document, service: ServiceName) -> Outcome:
    """A 4xx to a first attempt.

    404, 405, 415, 422 and the like are documented for no pay call: they may come from a proxy or a wrong base URL as
    well as from the provider, after it did who knows what. They refuse only with a documented error code. A 400 does
    so too, or in the documented shape without a code. With a wrong base URL nothing can be bought anyway, for the
    inquiry comes first: being strict here costs nothing.
    """
    status, details = reply.status, _details(document, service)
    unsure = _no_verdict(f"HTTP {status}", reply, document, details, service)
    if document.statuses():
        outcome = _read_verdict(reply, document, details, service)
        return outcome if isinstance(outcome, Refused) else unsure
    if not document.says("success", False) or document.says("success", True):
        return unsure
    code = document.code()
    if code in CREDENTIAL_CODES:
        return NotSent("credentials")
    if code == "DUPLICATE_TRANSACTION":
        return Unknown(f"HTTP {status} {code}", conflict=True, details=details, heard="error")
    if code is not None:
        reason = _REFUSED_BY_CODE.get(code)
        if reason is not None:
            return Refused(reason, details)
        return _no_verdict(f"HTTP {status} {public_text(code)}", reply, document, details, service)
    text = folded(document.message() or "")
    if status != 400 or not text:
        return unsure
    if _DUPLICATE.search(text):
        return Unknown("HTTP 400, our id was already used", conflict=True, details=details, heard="error")
    if _ALREADY_PAID.search(text):
        return Refused("already_paid", details)
    if _FLOAT.search(text):
        return Refused("float", details)
    return unsure if _TROUBLE.search(text) else Refused("invalid", details)


def _verdict(document: Document) -> Verdict | str:
    """The one verdict that a document gives, or a cause (with a blank in it) for giving none."""
    words = document.statuses()
    if len(words) != 1:
        return "contradicting statuses" if words else "no status"
    (status,) = words
    verdict = _VERDICTS.get(status)
    if verdict is None:
        return f"status {public_text(status)[:40]}"
    if verdict == "success" and document.says("success", False):
        return "SUCCESS but not success"
    # In an envelope `success` says that the request was served; beside a nested status it speaks of the payment.
    nested = len(document.layers) > 1 and any(flag(value) for value in document.subject.get("success", ()))
    if verdict in ("failed", "cancelled") and (nested or document.tokens()):
        return f"{status} with signs of success"
    return verdict


def _read_verdict(reply: Reply, document: Document | None, details: ProviderDetails, service: ServiceName) -> Outcome:
    if document is None:
        # A web page, say, of whoever stands between us and the provider.
        return Unknown("unreadable answer", raw=beginning(reply.body))
    tokens = _tokens(document, service)
    match _verdict(document):
        case "success":
            if not _CATALOG[service].prepaid:
                return Delivered(details=details)
            return Delivered(tokens, details) if tokens else TokenAwaited(details)
        case "failed":
            return Refused("failed", details)
        case "cancelled":
            return Refused("cancelled", details)
        case "pending":
            return Processing(details, tokens)
        case cause:
            return Unknown(cause, details=details, heard="strange", tokens=tokens, raw=beginning(reply.body))


def _no_verdict(
    cause: str, reply: Reply, document: Document | None, details: ProviderDetails, service: ServiceName
) -> Unknown:
    """An error that decides nothing. A 5xx is a trouble of the provider's own: it was as good as not there."""
    answered: Literal["nothing", "error"] = "nothing" if reply.status >= 500 else "error"
    return Unknown(cause, details=details, heard=answered, tokens=_tokens(document, service))


def _foreign(reply: Reply, document: Document) -> Unknown:
    """An answer that names another payment: whatever it brings is kept, and is not taken for ours."""
    return Unknown("foreign answer", heard="foreign", tokens=document.tokens(), raw=beginning(reply.body))


def _tokens(document: Document | None, service: ServiceName) -> tuple[str, ...]:
    """The recharge codes in an answer; a bill has none."""
    return () if document is None or not _CATALOG[service].prepaid else document.tokens()


def _details(
    document: Document | None, service: ServiceName | None, transaction_id: str | None = None
) -> ProviderDetails:
    """What an answer tells besides its verdict. For Woyofal `referenceFacture` is a session token and is not kept."""
    if document is None:
        return NO_DETAILS if transaction_id is None else ProviderDetails(transaction_id)
    own_id = next(filter(None, map(word, document.subject.get("id", ()))), None)
    return ProviderDetails(
        transaction_id=transaction_id or document.word("transactionid") or own_id,
        # An amount of zero would say that nothing was paid: no payment says that of itself.
        amount_xof=document.amount_xof("amount") or None,
        fee_xof=document.amount_xof("transactionfee", "fee", "frais"),
        reference=document.word("number", "referenceclient", "phonenumber"),
        reference_facture=document.word("referencefacture")
        if service is not None and not _CATALOG[service].prepaid
        else None,
        previous_balance_xof=document.balance_xof("previousbalance"),
        current_balance_xof=document.balance_xof("currentbalance", "balance"),
        message=document.message(),
    )
