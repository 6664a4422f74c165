"""The collection as a value, and the words of its transitions: states, who brings what, notices, alerts. Pure."""

from typing import Literal, TypeAlias

from msgspec import Struct

from bot.domain.collecting import CollectionClaim, Kind, Method, Payment
from bot.domain.heard import Alert
from bot.domain.ledger import Transfer
from bot.domain.people import Address, Language

State: TypeAlias = Literal[
    "waiting", "opening", "open", "unknown", "paid", "failed", "expired", "not_opened", "cancelled"
]
Bringer: TypeAlias = Literal["create", "look_up", "expire", "admin", "customer", "webhook", "worker"]
NoticeKind: TypeAlias = Literal[
    "open", "checking", "still_payable", "paid", "paid_other", "paid_late", "paid_again", "failed", "expired",
    "not_opened", "cancelled",
]  # fmt: skip
Next: TypeAlias = Literal["create", "again", "look_up", "expire", "tick"]

FINAL: frozenset[State] = frozenset({"paid", "failed", "expired", "not_opened", "cancelled"})


class Collection(Struct, frozen=True, kw_only=True):
    """One request to a payer, and everything known of what became of it.

    `amount_xof` is what the payer is asked for; `fee_xof` of it is passed on for collecting. `quote_id` is what it pays
    for, None for a top-up. `kind` says how the payer goes on: a link needs its `url`. `payer` is the number that was
    given, nine digits. After `expires_at` the quote holds no longer. `creates` counts the calls that were begun,
    `polls` the rounds of the table that it is in. `abandoned_at`: since when the customer does not want it any more.
    `stuck_at`: since when it needs a person.
    """

    id: str
    address: Address
    customer: str
    language: Language
    collector: str
    method: Method
    amount_xof: int
    created_at: int
    updated_at: int
    expires_at: int
    kind: Kind = "link"
    fee_xof: int = 0
    quote_id: str | None = None
    payer: str | None = None
    state: State = "waiting"
    version: int = 0
    due_at: int | None = None
    creates: int = 0
    polls: int = 0
    provider_id: str | None = None
    url: str | None = None
    payments: tuple[Payment, ...] = ()
    webhook_claim: CollectionClaim | None = None
    webhook_claim_tries: int = 0
    reason: str = ""
    abandoned_at: int | None = None
    stuck_at: int | None = None

    @property
    def is_final(self) -> bool:
        """Nothing more is awaited; a payment that comes all the same is taken."""
        return self.state in FINAL

    @property
    def paid_xof(self) -> int:
        """What was paid, all in all."""
        return sum(payment.amount_xof for payment in self.payments)


class Applied(Struct, frozen=True):
    """What one event did: the collection as it is now, the payments that are new, the money that moves, who is told.

    What the money then buys, or that it goes back, follows in the same transaction from `payments`.
    """

    collection: Collection
    moved: bool = False
    payments: tuple[Payment, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    notices: tuple[NoticeKind, ...] = ()
    alerts: tuple[Alert, ...] = ()
