"""What the answers to a create and to a pay-back mean, whoever the collector is. Pure.

One question rules both: *is it certain that nothing happened?* A create that may have worked leaves something that can
be paid; a pay-back that may have worked has sent money. Certain are only the ways of being turned away unread, and a
400, 409 or 422 in a documented shape to a *first* attempt that says what is wrong. Everything else is unknown.
"""

from bot.collectors.wire.reading import (
    amount_in,
    complaint,
    says_no,
    turned_away,
    verdict,
)
from bot.domain.collecting import (
    Abilities,
    CollectionRequest,
    CreateResult,
    Exists,
    LookUpUnknown,
    NotOpened,
    OpeningUnknown,
    PaidBack,
    PayBackLookUp,
    PayBackNotSent,
    PayBackProcessing,
    PayBackRefused,
    PayBackRequest,
    PayBackResult,
    PayBackUnknown,
    payer_number,
)
from bot.gateway.wire.calls import Reply
from bot.gateway.wire.reading import Document, read


def unfit(abilities: Abilities, request: CollectionRequest) -> NotOpened | None:
    """Why a request cannot be sent at all; None when it can."""
    way = abilities.way(request.method)
    if way is None or not way.takes(request.amount_xof):
        return NotOpened("invalid")
    if way.needs_number and (request.payer is None or payer_number(request.payer) is None):
        return NotOpened("number")
    return None


def unfit_pay_back(abilities: Abilities, request: PayBackRequest) -> PayBackRefused | None:
    """Why a pay-back cannot be sent at all; None when it can."""
    way = next((way for way in abilities.pays_back if way.method == request.method), None)
    if way is None or not way.takes(request.amount_xof):
        return PayBackRefused("invalid")
    return PayBackRefused("number") if payer_number(request.payer) is None else None


def not_created(reply: Reply, document: Document | None, provider_id: str | None, again: bool) -> CreateResult | None:
    """What an answer to a create means that is no success; None for a 2xx that can be read."""
    if reply.status == 409:
        return Exists(provider_id)
    if (away := turned_away(reply, document)) is not None:
        return NotOpened(*away)
    if document is not None and not reply.is_2xx and 400 <= reply.status < 500:
        said = complaint(reply, document)
        if said == "duplicate":
            return Exists(provider_id)
        if said != "unsure" and not again:
            return NotOpened("number" if said == "number" else "invalid", message=document.message())
    if not reply.is_2xx:
        return OpeningUnknown(f"HTTP {reply.status}", provider_id)
    if document is None:
        return OpeningUnknown("unreadable answer")
    return OpeningUnknown("2xx, but not success", provider_id) if says_no(document) else None


def pay_back_result(reply: Reply, provider_id: str | None, *, again: bool) -> PayBackResult:
    """What an answer to a pay-back means."""
    document = read(reply.body)
    if reply.status != 409 and (away := turned_away(reply, document)) is not None:
        return PayBackNotSent(*away)
    if document is None:
        return PayBackUnknown(f"HTTP {reply.status}, unreadable", reply.status == 409)
    if reply.is_2xx:
        result = _decided(document, provider_id)
        if result == "no status" and provider_id is not None:
            # The documented answer has no status: it was taken, and a look-up decides.
            return PayBackProcessing(provider_id)
        return PayBackUnknown(result, provider_id=provider_id) if isinstance(result, str) else result
    said = complaint(reply, document) if 400 <= reply.status < 500 else "unsure"
    if again or said == "unsure" or said == "duplicate":
        return PayBackUnknown(f"HTTP {reply.status}", said == "duplicate", provider_id)
    return PayBackRefused(said, provider_id, document.message())


def pay_back_told(document: Document, provider_id: str | None) -> PayBackLookUp:
    """What a readable answer to a look-up says of a pay-back."""
    result = _decided(document, provider_id)
    return LookUpUnknown("unreadable", result, strange=True) if isinstance(result, str) else result


def _decided(document: Document, provider_id: str | None) -> PaidBack | PayBackProcessing | PayBackRefused | str:
    """What a readable answer says of a pay-back; a cause (with a blank in it) where it decides nothing."""
    how = verdict(document)
    if says_no(document) and how not in ("refused", "cancelled"):
        return "not success, and no failure"
    match how:
        case "paid":
            fee_xof = document.amount_xof("transactionfee", "fees", "feeamount", "fee")
            return PaidBack(provider_id, fee_xof, amount_in(document))
        case "open":
            return PayBackProcessing(provider_id)
        case "refused" | "cancelled":
            return PayBackRefused("failed" if how == "refused" else "cancelled", provider_id, document.message())
    return "status EXPIRED" if how == "expired" else how
