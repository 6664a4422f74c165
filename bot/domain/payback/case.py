"""A case: a pay-back, what happened to it, and who brought it. Pure."""

from typing import Generic, TypeAlias, TypedDict, TypeVar

from msgspec import Struct

from bot.domain.catalog import FeeRule
from bot.domain.collecting import CollectionClaim, Method, PaidBack, PayBackLookUp, PayBackResult
from bot.domain.heard import Claim
from bot.domain.payback.states import Bringer, PayBack


class Approved(Struct, frozen=True):
    """An admin confirms it."""


class Kept(Struct, frozen=True):
    """Admins decide that the money stays the customer's."""


class Readdressed(Struct, frozen=True):
    """An admin asked the customer, and says to which number it goes."""

    payer: str
    method: Method


class CalledBack(Struct, frozen=True):
    """The order for which it was paid had come to nothing, and succeeds after all."""


class Begun(Struct, frozen=True):
    """A call is about to leave."""


class Due(Struct, frozen=True):
    """It is due, and there is nothing to ask."""


Event: TypeAlias = PayBackResult | PayBackLookUp | Approved | Kept | Readdressed | CalledBack | Begun | Claim | Due
E = TypeVar("E", bound=Event, covariant=True)


class Case(Struct, Generic[E], frozen=True):
    """A pay-back and what happened to it. `provider_fee` is the configured fee, for an answer that does not tell it;
    `available_xof` is what the customer could spend now: it matters when money that stayed theirs had gone back.
    """

    payback: PayBack
    event: E
    by: Bringer
    now: int
    provider_fee: FeeRule = FeeRule()
    available_xof: int = 0

    @property
    def about(self) -> PayBack:
        """The pay-back."""
        return self.payback


class Changes(TypedDict, total=False):
    """What an action may change of a pay-back: anything but its state, which only the table changes."""

    payer: str
    method: Method
    due_at: int | None
    pays: int
    polls: int
    provider_id: str | None
    fee_xof: int | None
    webhook_claim: CollectionClaim | None
    webhook_claim_tries: int
    reason: str
    stuck_at: int | None
    updated_at: int


def provider_fee_xof(case: Case[PaidBack]) -> int:
    """What the provider kept: what it told, else what is configured."""
    told_xof = case.event.fee_xof
    return case.provider_fee.fee_xof(case.payback.amount_xof) if told_xof is None else told_xof
