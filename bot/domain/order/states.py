"""The order as a value, and the words of its transitions: states, who brings what, notices, alerts. Pure."""

from typing import Literal, TypeAlias

from msgspec import Struct

from bot.domain.catalog import ServiceName
from bot.domain.ledger import Transfer, customer_account, hold
from bot.domain.outcome import NO_DETAILS, ProviderDetails, WebhookClaim
from bot.domain.people import Address, Language
from bot.domain.quote import Quote

State: TypeAlias = Literal[
    "waiting", "sending", "processing", "token_awaited", "unknown", "delivered", "refused", "cancelled"
]
Source: TypeAlias = Literal["pay", "replay", "look_up", "admin", "customer"]
# Who may bring what happens to an order: whoever may bring an outcome, a webhook that claims, the worker that takes up.
Bringer: TypeAlias = Literal[Source, "webhook", "worker"]
NoticeKind: TypeAlias = Literal[
    "waiting",
    "processing",
    "still_pending",
    "token_awaited",
    "unknown",
    "delivered",
    "more_codes",
    "refused",
    "cancelled",
    "late",
]
AlertKind: TypeAlias = Literal[
    "credentials",
    "float",
    "unknown",
    "conflict",
    "token_awaited",
    "late_success",
    "failed_after_success",
    "contradiction",
    "amount_differs",
    "another_amount",
    "fee_differs",
    "forged_hint",
    "more_codes",
    "stuck",
    "undecided",
    "unsent",
]
Next: TypeAlias = Literal["pay", "replay", "look_up", "tick"]

FINAL: frozenset[State] = frozenset({"delivered", "refused", "cancelled"})
HELD: frozenset[State] = frozenset({"waiting", "sending", "processing", "token_awaited", "unknown"})


class Order(Struct, frozen=True, kw_only=True):
    """A confirmed quote and everything known of what became of it.

    `pay_attempts` counts pay calls that were begun, `replays` the replays that were answered, `polls` the rounds of the
    poll table. `due_at` is when somebody should act, None for never. `stuck_at` says since when it needs a person.
    `reopened` counts how often a hold that was given back was taken again; the operator bears `borne_xof` of the last.
    `commission_xof`, `client_id` and `client` belong to a reseller's sale, `batch_id` and `line` to one of a batch.
    `delivered_at` is when the payment became known to have succeeded; `refunded_xof` is what the operator made good.
    """

    id: str
    address: Address
    customer: str
    language: Language
    service: ServiceName
    reference: str
    holder: str
    amount_xof: int
    fee_xof: int
    confirmed_at: int
    updated_at: int
    reference_facture: str | None = None
    due_on: str | None = None
    state: State = "waiting"
    version: int = 0
    due_at: int | None = None
    pay_attempts: int = 0
    replays: int = 0
    polls: int = 0
    tokens: tuple[str, ...] = ()
    details: ProviderDetails = NO_DETAILS
    webhook_claim: WebhookClaim | None = None
    webhook_claim_tries: int = 0
    reason: str = ""
    stuck_at: int | None = None
    reopened: int = 0
    borne_xof: int = 0
    commission_xof: int = 0
    client_id: int | None = None
    client: str = ""
    batch_id: str | None = None
    line: int | None = None
    delivered_at: int | None = None
    refunded_xof: int = 0

    @property
    def price_xof(self) -> int:
        """What whoever uses the electricity or owes the bill pays."""
        return self.amount_xof + self.fee_xof

    @property
    def total_xof(self) -> int:
        """What was taken from the balance of whoever confirmed: the price, less a reseller's commission."""
        return self.price_xof - self.commission_xof

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    @property
    def paid_xof(self) -> int:
        """What the provider took for the meter or bill, as far as it told; else what was confirmed."""
        return paid_xof(self.amount_xof, self.details)


def paid_xof(amount_xof: int, details: ProviderDetails) -> int:
    """What the provider took of an amount that was confirmed, as far as it told."""
    provider_amount_xof = details.amount_xof
    # Whether a look-up's Amount includes the provider's fee is documented nowhere: a figure that is the confirmed
    # amount plus that fee agrees with what was confirmed.
    if provider_amount_xof is None or provider_amount_xof == amount_xof + (details.fee_xof or 0):
        return amount_xof
    return provider_amount_xof


class Alert(Struct, frozen=True):
    """Something the admins should know; `detail` holds no recharge code.

    It is a technical cause, the provider's words, or one of our own reasons as a code with its arguments, such as
    `late_after:refused`, which the dialogue puts into words.
    """

    kind: AlertKind
    detail: str = ""


class Applied(Struct, frozen=True):
    """What one outcome did: the order as it is now, the money that moves, who is told what.

    `moved` is False when nothing changed that anybody should be told of; alerts may still be there.
    """

    order: Order
    moved: bool = False
    transfers: tuple[Transfer, ...] = ()
    notices: tuple[NoticeKind, ...] = ()
    alerts: tuple[Alert, ...] = ()

    @property
    def retaken_xof(self) -> int:
        """What a late success took from the customer's balance again."""
        own = customer_account(self.order.customer)
        return -sum(
            entry.amount_xof
            for transfer in self.transfers
            if transfer.key.endswith(":reopen")
            for entry in transfer.entries
            if entry.account == own
        )


def confirm(quote: Quote, address: Address, customer: str, language: Language, now: int) -> tuple[Order, Transfer]:
    """The order that a confirmed quote becomes, due at once, and the hold that covers it."""
    order = Order(
        id=quote.id,
        address=address,
        customer=customer,
        language=language,
        service=quote.service,
        reference=quote.reference,
        holder=quote.holder,
        amount_xof=quote.amount_xof,
        fee_xof=quote.fee_xof,
        reference_facture=quote.reference_facture,
        due_on=quote.due_on,
        confirmed_at=now,
        updated_at=now,
        due_at=now,
        commission_xof=quote.commission_xof,
        client_id=quote.client_id,
        client=quote.client,
        batch_id=quote.batch_id,
        line=quote.line,
    )
    return order, hold(order.id, customer, order.total_xof)


def is_sale(of: Order | Quote) -> bool:
    """Whether it is a reseller's: for a client of theirs, or with a commission."""
    return of.commission_xof > 0 or of.client_id is not None or bool(of.client)
