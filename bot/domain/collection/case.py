"""A case: a collection, what happened to it, and who brought it. A look-up is read before the table is asked.

Pure. The same payment may be told under its own id once and without an id another time. So new payments are counted as
well as named: an id that has never been seen is a new payment only where more payments are told than are known.
"""

from typing import Generic, TypeAlias, TypedDict, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.catalog import FeeRule
from bot.domain.collecting import (
    CannotExpire,
    Collected,
    CollectionClaim,
    CreateResult,
    Expired,
    LookUpResult,
    Payment,
)
from bot.domain.collection.states import Bringer, Collection
from bot.domain.heard import Claim


class Begun(Struct, frozen=True):
    """A create is about to leave."""


class Cancelled(Struct, frozen=True):
    """The customer does not want it any more. `can_be_ended`: the collector can end what was opened."""

    can_be_ended: bool


class Due(Struct, frozen=True):
    """It is due, and there is nothing to ask."""


class Doubtful(Struct, frozen=True):
    """A look-up names payments that are not known, and no more of them than are known: a person tells them apart."""

    payments: tuple[Payment, ...]


Event: TypeAlias = CreateResult | LookUpResult | Expired | CannotExpire | Doubtful | Begun | Cancelled | Claim | Due
E = TypeVar("E", bound=Event, covariant=True)


class Case(Struct, Generic[E], frozen=True):
    """A collection and what happened to it. `fresh` are the payments that are new; `provider_fee` is the configured
    one, for payments that do not tell theirs.
    """

    collection: Collection
    event: E
    by: Bringer
    now: int
    fresh: tuple[Payment, ...] = ()
    provider_fee: FeeRule = FeeRule()

    @property
    def about(self) -> Collection:
        """The collection."""
        return self.collection


class Changes(TypedDict, total=False):
    """What an action may change of a collection: anything but its state, which only the table changes."""

    due_at: int | None
    creates: int
    polls: int
    provider_id: str | None
    url: str | None
    expires_at: int
    payments: tuple[Payment, ...]
    webhook_claim: CollectionClaim | None
    webhook_claim_tries: int
    reason: str
    abandoned_at: int | None
    stuck_at: int | None
    updated_at: int


def read(collection: Collection, event: Event, by: Bringer, now: int, provider_fee: FeeRule) -> Case[Event]:
    """What an answer means for a collection."""
    if not isinstance(event, Collected):
        return Case(collection, event, by, now, provider_fee=provider_fee)
    told = tuple(_agreed(collection, payment) for payment in event.payments)
    fresh, doubtful = new_payments(collection.payments, told)
    # What can be told apart is taken; a look-up that says the same again asks for the rest.
    read_as: Event = Doubtful(doubtful) if doubtful and not fresh else event
    return Case(collection, read_as, by, now, fresh, provider_fee)


def _agreed(collection: Collection, payment: Payment) -> Payment:
    """A sum that has the provider's fee in it is read as what was agreed; whether it has is documented nowhere."""
    with_fee_xof = collection.amount_xof + (payment.fee_xof or 0)
    return replace(payment, amount_xof=collection.amount_xof) if payment.amount_xof == with_fee_xof else payment


def new_payments(
    known: tuple[Payment, ...], told: tuple[Payment, ...]
) -> tuple[tuple[Payment, ...], tuple[Payment, ...]]:
    """The payments that are new, and those of which nobody can say whether they are."""
    ids = {payment.transaction_id for payment in known} - {None}
    unknown = [payment for payment in told if payment.transaction_id not in ids]
    for nameless in (payment for payment in known if payment.transaction_id is None):
        # It may have got its name meanwhile.
        same = next((each for each in unknown if each.amount_xof == nameless.amount_xof), None)
        if same is not None:
            unknown.remove(same)
    more = max(0, len(told) - len(known))
    fresh = tuple(unknown[-more:]) if more else ()
    rest = unknown[: len(unknown) - len(fresh)]
    return fresh, tuple(payment for payment in rest if payment.transaction_id is not None)


def payment_key(collection: Collection, payment: Payment, number: int) -> str:
    """The name of a payment among all others: the provider's for it, else its place in its collection."""
    return f"{collection.id}:{number}" if payment.transaction_id is None else payment.transaction_id
