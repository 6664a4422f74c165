"""The pay-back as a value, and the words of its transitions: states, who brings what, notices, alerts. Pure."""

from typing import Literal, TypeAlias

from msgspec import Struct

from bot.domain.collecting import CollectionClaim, Method
from bot.domain.heard import Alert
from bot.domain.ledger import Transfer
from bot.domain.people import Address, Language

State: TypeAlias = Literal["held", "waiting", "sending", "processing", "unknown", "done", "refused", "kept"]
Bringer: TypeAlias = Literal["pay", "look_up", "admin", "order", "webhook", "worker"]
NoticeKind: TypeAlias = Literal["on_its_way", "readdressed", "checking", "done", "kept", "refused"]
Next: TypeAlias = Literal["pay", "again", "look_up", "tick"]

FINAL: frozenset[State] = frozenset({"done", "kept"})
# Whose money is set aside in the books.
SET_ASIDE: frozenset[State] = frozenset({"held", "waiting", "sending", "processing", "unknown", "refused"})


class PayBack(Struct, frozen=True, kw_only=True):
    """Money that goes back to the number that paid, and everything known of what became of it.

    `held` waits for an admin's Confirm. `pays` counts the calls that were begun and not turned away, `polls` the rounds
    of the poll table. `stuck_at`: since when it needs a person. `fee_xof` is what the provider kept.
    """

    id: str
    address: Address
    customer: str
    language: Language
    collector: str
    method: Method
    payer: str
    amount_xof: int
    created_at: int
    updated_at: int
    collection_id: str | None = None
    state: State = "waiting"
    version: int = 0
    due_at: int | None = None
    pays: int = 0
    polls: int = 0
    provider_id: str | None = None
    fee_xof: int | None = None
    webhook_claim: CollectionClaim | None = None
    webhook_claim_tries: int = 0
    reason: str = ""
    stuck_at: int | None = None

    @property
    def is_final(self) -> bool:
        """Nothing more is awaited."""
        return self.state in FINAL


class Applied(Struct, frozen=True):
    """What one event did: the pay-back as it is now, the money that moves, who is told."""

    payback: PayBack
    moved: bool = False
    transfers: tuple[Transfer, ...] = ()
    notices: tuple[NoticeKind, ...] = ()
    alerts: tuple[Alert, ...] = ()
