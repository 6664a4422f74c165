"""A case: an order, what happened to it, and who brought it. An answer is read into a case before the table is asked.

Pure. Every answer goes through `read` on its way to the table. `read` decides nothing: it says what the answer means
for this order (`READINGS`), keeps the codes of an answer that decides nothing, and collects the details.
"""

from collections.abc import Callable
from typing import Generic, TypeAlias, TypedDict, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.catalog import FeeRule, Service
from bot.domain.order.schedule import HINT_AFTER_SECONDS, claim, promises, unseen
from bot.domain.order.states import Bringer, Order, Source, paid_xof
from bot.domain.outcome import (
    NO_DETAILS,
    Delivered,
    NotSent,
    Outcome,
    Processing,
    ProviderDetails,
    TokenAwaited,
    Unknown,
    WebhookClaim,
)


class AnotherAmount(Struct, frozen=True):
    """A look-up told an amount that cannot be this order's, whatever else it says. `tokens` are kept as a claim."""

    details: ProviderDetails
    tokens: tuple[str, ...] = ()


class Claim(Struct, frozen=True):
    """A webhook spoke. `kept` is its claim with what was claimed before; `differs`: the two name different codes."""

    webhook_claim: WebhookClaim
    kept: WebhookClaim
    differs: bool


class Begun(Struct, frozen=True):
    """A pay call is about to leave."""


class Queued(Struct, frozen=True):
    """The provider's budget makes an order wait for its first pay call, for `wait_ms` from now."""

    wait_ms: int


class Cancelled(Struct, frozen=True):
    """The customer calls the order back."""


class Due(Struct, frozen=True):
    """The order is due, and there is nothing to ask."""


Event: TypeAlias = Outcome | AnotherAmount | Claim | Begun | Queued | Cancelled | Due
E = TypeVar("E", bound=Event, covariant=True)

_Read: TypeAlias = Outcome | AnotherAmount
_TELLS_NOTHING = (NotSent, AnotherAmount)
_MAY_BRING_CODES = (Processing, Unknown, AnotherAmount)


class Case(Struct, Generic[E], frozen=True):
    """An order and what happened to it. `details` are the order's with what the event told added to them.

    `brings_codes`: codes came along with a word that decides nothing, and the order has them as a claim already.
    `available_xof` is what the customer could spend now, `provider_fee` the configured one.
    """

    order: Order
    event: E
    by: Bringer
    now: int
    details: ProviderDetails = NO_DETAILS
    brings_codes: bool = False
    provider_fee: FeeRule = FeeRule()
    available_xof: int = 0

    @property
    def paid_xof(self) -> int:
        """As `Order.paid_xof`, with the details of the event."""
        return paid_xof(self.order.amount_xof, self.details)


class Changes(TypedDict, total=False):
    """What an action may change of an order: anything but its state, which only the table changes."""

    due_at: int | None
    pay_attempts: int
    replays: int
    polls: int
    tokens: tuple[str, ...]
    details: ProviderDetails
    webhook_claim: WebhookClaim | None
    webhook_claim_tries: int
    reason: str
    stuck_at: int | None
    reopened: int
    borne_xof: int
    updated_at: int
    delivered_at: int


def read(order: Order, outcome: Outcome, source: Source, service: Service, now: int, available_xof: int) -> Case[Event]:
    """What an answer means for an order."""
    asked = source == "look_up"
    event: _Read = outcome
    for reading in LOOK_UP_READINGS if asked else READINGS:
        event = reading(order, event, service)
    kept = order
    # A look-up of a call that was turned away says nothing about an order that waits.
    if isinstance(event, _MAY_BRING_CODES) and event.tokens and not (asked and order.state == "waiting"):
        kept = _with_codes(order, event)
    if isinstance(event, _TELLS_NOTHING):
        return Case(kept, event, source, now, order.details, False, service.provider_fee, available_xof)
    details = merge_details(kept, event.details)
    return Case(kept, event, source, now, details, kept is not order, service.provider_fee, available_xof)


def _amount(order: Order, event: _Read, service: Service) -> _Read:
    """An amount that cannot be this order's makes it *another amount*, whatever else it says. An amount that agrees is
    read as what was agreed, for it may have the provider's fee in it.
    """
    if isinstance(event, _TELLS_NOTHING) or event.details.amount_xof is None:
        return event
    if not amount_agrees(order, event.details, service):
        return AnotherAmount(event.details, event.tokens if isinstance(event, Delivered) else ())
    return replace(event, details=replace(event.details, amount_xof=order.details.amount_xof or order.amount_xof))


def _missing_code(order: Order, event: _Read, service: Service) -> _Read:
    """A success without a recharge code, where one is sold, is *token awaited*."""
    if isinstance(event, Delivered) and not event.tokens and service.prepaid:
        return TokenAwaited(event.details)
    return event


def _claimed_code(order: Order, event: _Read, service: Service) -> _Read:
    """*Token awaited* is *delivered* where a webhook that did not say "failed" claimed codes: they are the buyer's."""
    webhook_claim = order.webhook_claim
    if (
        webhook_claim is None
        or not webhook_claim.tokens
        or webhook_claim.status == "failed"
        or not isinstance(event, TokenAwaited)
    ):
        return event
    return Delivered(webhook_claim.tokens, event.details)


# How an answer is read, one after the other.
READINGS: tuple[Callable[[Order, _Read, Service], _Read], ...] = (_missing_code,)
LOOK_UP_READINGS = (_amount, _missing_code, _claimed_code)


def amount_agrees(order: Order, details: ProviderDetails, service: Service) -> bool:
    """Whether a look-up's amount, if it tells one, can be this order's. Whether it includes the provider's fee is
    documented nowhere; the amount that an answer to our own pay call named agrees too.
    """
    provider_amount_xof = details.amount_xof
    if provider_amount_xof is None or provider_amount_xof == order.details.amount_xof:
        return True
    fees = (0, order.details.fee_xof, details.fee_xof, service.provider_fee.fee_xof(order.amount_xof))
    return any(fee is not None and provider_amount_xof == order.amount_xof + fee for fee in fees)


def _with_codes(order: Order, event: Processing | Unknown | AnotherAmount) -> Order:
    """The order with the codes that came along with a word that decides nothing; itself when there are no new ones."""
    if isinstance(event, Unknown) and event.heard == "foreign":
        return order
    if isinstance(event, AnotherAmount):
        kept, _ = claim(order, WebhookClaim("unknown", event.tokens, details=replace(event.details, amount_xof=None)))
        return replace(order, webhook_claim=kept)
    kept, _ = claim(order, WebhookClaim("unknown", event.tokens, details=event.details))
    claimed = replace(order, webhook_claim=kept)
    return order if unseen(claimed) == unseen(order) else claimed


def merge_details(order: Order, new: ProviderDetails) -> ProviderDetails:
    """The order's details with what an answer added. The first figure wins: a pay answer is nearer to the debit than
    others.
    """
    old = order.details
    fee_xof = old.fee_xof if old.fee_xof is not None else new.fee_xof
    if fee_xof is None and order.webhook_claim is not None:
        fee_xof = order.webhook_claim.details.fee_xof
    if fee_xof == old.fee_xof and (new is NO_DETAILS or new == old):
        return old
    merged = ProviderDetails(
        transaction_id=old.transaction_id or new.transaction_id,
        amount_xof=old.amount_xof if old.amount_xof is not None else new.amount_xof,
        fee_xof=fee_xof,
        reference=old.reference or new.reference,
        reference_facture=old.reference_facture or new.reference_facture,
        previous_balance_xof=old.previous_balance_xof
        if old.previous_balance_xof is not None
        else new.previous_balance_xof,
        current_balance_xof=old.current_balance_xof if old.current_balance_xof is not None else new.current_balance_xof,
        message=new.message or old.message,
    )
    return old if merged == old else merged


# What guards, alerts and actions read of a case.


def claim_is_tired(case: Case[Event]) -> bool:
    """Whether look-ups have failed to confirm a webhook's "success" so often that it looks forged."""
    order = case.order
    tired = order.webhook_claim_tries == len(HINT_AFTER_SECONDS)
    return tired and order.webhook_claim is not None and promises(order.webhook_claim)


def new_tokens(case: Case[Delivered]) -> tuple[str, ...]:
    """The codes of a success that its buyer does not have."""
    return tuple(token for token in case.event.tokens if token not in case.order.tokens)


def left_claimed(case: Case[Delivered], *tokens: str) -> WebhookClaim | None:
    """The webhook's claim, if it has codes that the buyer of `tokens` does not have."""
    order = case.order
    return order.webhook_claim if order.webhook_claim is not None and unseen(replace(order, tokens=tokens)) else None


def provider_fee_xof(case: Case[Event]) -> int:
    """What the provider took for itself: what it told, else what is configured."""
    if case.details.fee_xof is not None:
        return case.details.fee_xof
    return case.provider_fee.fee_xof(case.paid_xof)
