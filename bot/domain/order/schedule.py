"""When an order is looked at again, and what a webhook's claim is worth. Pure.

A claim is kept with its order as long as it may still matter: until a look-up has confirmed it, or, when it brought
recharge codes that nobody has seen, until an admin decides on them. Nothing of it is shown before that.
"""

from msgspec.structs import replace

from bot.domain.catalog import Catalog
from bot.domain.order.states import Next, Order
from bot.domain.outcome import NO_DETAILS, ProviderDetails, WebhookClaim

# When a payment that was accepted is asked about, in seconds after it was; past the last one a person is needed.
POLL_AFTER_SECONDS = (5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 57600, 86400)
STILL_PENDING_AFTER_POLLS = 3
# The poll after an hour: whoever still waits hears once more, and until when we ask.
LONG_PENDING_AFTER_POLLS = 7
# When a payment that was certainly not sent is tried again; the last figure repeats.
RESEND_AFTER_SECONDS = (5, 15, 30, 60)
# How long an unknown outcome rests before the same body with the same id is sent once more.
REPLAY_AFTER_SECONDS = 15
# How often a look-up is repeated when a webhook said more than the look-up did.
HINT_AFTER_SECONDS = (1, 3, 10)
# An order that has been open for so long deserves an admin's look.
STUCK_AFTER_MS = 900_000
# How long an order may wait in line before the customer is told.
WAITING_NOTICE_MS = 5_000
# For so long after a Confirm its customer is not told again that the payment is under way.
JUST_SENT_MS = 60_000
# Pay calls for one order, counting those that a crash cut short, which say nothing about the provider.
MAX_PAY_ATTEMPTS = 6
MAX_REPLAYS = 1
# So many codes that nobody confirmed are kept with an order; what came beyond is kept with what the provider said.
MAX_CLAIMED_TOKENS = 12

_PREPAID = frozenset(service.name for service in Catalog() if service.prepaid)


def next_step(order: Order) -> Next:
    """What to do for an order that is due."""
    if order.state == "waiting":
        return "pay"
    if known_transaction(order) is not None and (not order.is_final or order.webhook_claim is not None):
        return "look_up"
    if (
        order.state == "unknown"
        and order.replays < MAX_REPLAYS
        and order.pay_attempts < MAX_PAY_ATTEMPTS
        and order.reason != "conflict"
    ):
        return "replay"
    return "tick"


def known_transaction(order: Order) -> str | None:
    """The provider's id for this payment: told by an answer, else claimed by a webhook that names our own id."""
    if order.details.transaction_id is not None:
        return order.details.transaction_id
    return (
        order.webhook_claim.details.transaction_id
        if order.webhook_claim is not None and hint_matches(order, order.webhook_claim)
        else None
    )


def hint_matches(order: Order, webhook_claim: WebhookClaim) -> bool:
    """Whether every id that a webhook names is this order's."""
    ours = {order.id, None}
    theirs = webhook_claim.details.transaction_id
    known = order.details.transaction_id
    return (
        webhook_claim.external_id in ours
        and webhook_claim.custom_data in ours
        and (theirs is None or known is None or theirs == known)
    )


def unseen(order: Order) -> tuple[str, ...]:
    """The recharge codes that were claimed for an order and are not among those that its buyer has."""
    if order.webhook_claim is None or order.service not in _PREPAID:
        return ()
    return tuple(token for token in order.webhook_claim.tokens if token not in order.tokens)


def promises(webhook_claim: WebhookClaim) -> bool:
    """Whether a claim, if it is true, means that the payment succeeded: it says so, or it brings a code."""
    return webhook_claim.status == "success" or (bool(webhook_claim.tokens) and webhook_claim.status != "failed")


def claim(order: Order, webhook_claim: WebhookClaim) -> tuple[WebhookClaim, bool]:
    """A claim added to what was claimed before for an order, and whether the two name different codes.

    Webhooks come in any order: an older claim takes nothing away from what a newer one brought.
    """
    tokens = webhook_claim.tokens if order.service in _PREPAID else ()
    kept = order.webhook_claim
    if kept is None:
        return replace(webhook_claim, tokens=tokens, raw=""), False
    fresh = tuple(token for token in tokens if token not in kept.tokens)
    status = kept.status if kept.status == "success" or webhook_claim.status == "unknown" else webhook_claim.status
    merged = replace(
        webhook_claim,
        status=status,
        tokens=(kept.tokens + fresh)[:MAX_CLAIMED_TOKENS],
        external_id=webhook_claim.external_id or kept.external_id,
        custom_data=webhook_claim.custom_data or kept.custom_data,
        details=_later_details(kept.details, webhook_claim.details),
        raw="",
    )
    return merged, bool(kept.tokens and fresh)


def _later_details(old: ProviderDetails, new: ProviderDetails) -> ProviderDetails:
    """What a newer webhook tells, with the ids and the fee that only an older one told."""
    if new == NO_DETAILS:
        return old
    fee_xof = new.fee_xof if new.fee_xof is not None else old.fee_xof
    return replace(new, transaction_id=new.transaction_id or old.transaction_id, fee_xof=fee_xof)


def soon_seconds(order: Order) -> int | None:
    """In how many seconds to ask again while a webhook says more than the look-up; None when that was done enough."""
    webhook_claim = order.webhook_claim
    if webhook_claim is None or order.webhook_claim_tries >= len(HINT_AFTER_SECONDS):
        return None
    if webhook_claim.status in ("pending", "unknown") and not webhook_claim.tokens:
        return None
    return HINT_AFTER_SECONDS[order.webhook_claim_tries]


def resend_seconds(order: Order, asked_seconds: float | None) -> float:
    """When to try again what was not sent: when the provider asked for it, else later with each attempt."""
    if asked_seconds is not None:
        return asked_seconds
    return RESEND_AFTER_SECONDS[min(max(order.pay_attempts, 1), len(RESEND_AFTER_SECONDS)) - 1]


def last_poll_seconds(polls: int) -> int:
    """How long after so many polls the last one is due."""
    return POLL_AFTER_SECONDS[-1] - POLL_AFTER_SECONDS[min(polls, len(POLL_AFTER_SECONDS)) - 1]


def poll_seconds(polls: int) -> int | None:
    """How long after the poll before it a poll is due; None past the end of the poll table."""
    if polls >= len(POLL_AFTER_SECONDS):
        return None
    return POLL_AFTER_SECONDS[polls] - (POLL_AFTER_SECONDS[polls - 1] if polls else 0)
