"""What an audit reads and what it finds. Pure values."""

from typing import Literal, TypeAlias

from msgspec import Struct

from bot.domain.order import Order

FindingKind: TypeAlias = Literal[
    # The ledger as a whole.
    "ledger",
    "transfer",
    "hold",
    "payment",
    "payback",
    "paybacks",
    "homeless",
    "limit",
    "balance",
    "no_order",
    "stray",
    "sums",
    # One order against its entries.
    "no_hold",
    "missing",
    "unexpected",
    "both",
    "entries",
    "provider",
    "long_open",
    # Its recharge code.
    "no_code",
    "same_code",
    # The provider's balances.
    "witness",
    "fall",
]


class BookEntry(Struct, frozen=True):
    """One entry as it stands in the books."""

    transfer: str
    account: str
    amount_xof: int
    order_id: str | None = None


class RunningBalance(Struct, frozen=True):
    """What is kept as a customer's balance, and what their entries sum to."""

    customer: str
    balance_xof: int
    entries_xof: int


class Dossier(Struct, frozen=True):
    """One order with all its entries, and the ids of other orders that bear the same recharge codes."""

    order: Order
    entries: tuple[BookEntry, ...]
    twins: tuple[str, ...] = ()


class Finding(Struct, frozen=True):
    """One thing that does not agree: what was to be expected and what was found.

    `subject` is the order's id, a transfer's key or an account. `detail` says more: the account that differs, the other
    order. `since` and `until` are the moments between which the float fell.
    """

    kind: FindingKind
    subject: str
    expected_xof: int = 0
    found_xof: int = 0
    order_id: str | None = None
    detail: str = ""
    since: int | None = None
    until: int | None = None

    @property
    def difference_xof(self) -> int:
        return self.found_xof - self.expected_xof


class Rise(Struct, frozen=True):
    """The float rose between two answers: a top-up, the refund of a payment that failed (`order_id`), or what so many
    `payments` of customers brought. No finding.
    """

    since: int
    until: int
    amount_xof: int
    order_id: str | None = None
    payments: int = 0


class Collected(Struct, frozen=True):
    """What customers paid in these days, in how many payments, less what the collector kept; `seen_xof` of it is among
    the rises of the float.
    """

    payments: int
    amount_xof: int
    seen_xof: int


class Sums(Struct, frozen=True):
    """What an order moved, by the kinds of accounts that there are."""

    customer_xof: int = 0
    hold_xof: int = 0
    float_xof: int = 0
    fees_xof: int = 0
    commissions_xof: int = 0
    corrections_xof: int = 0
    other_xof: int = 0


class OrderLine(Struct, frozen=True):
    """One order as the file shows it: what its state says it must have moved, and what it did."""

    order: Order
    expected: Sums
    found: Sums


class Findings(Struct, frozen=True):
    """What an audit of the days from `first` to `last` (`YYYY-MM-DD`) came to.

    `moved_xof` is the money that its `entries` moved. `findings` come biggest difference first. `accounts` are the
    balances that are nobody's own, and what customers have together; `lines` are there when they were asked for.
    `collected` is None where nobody paid by themselves.
    """

    first: str
    last: str
    orders: int
    entries: int
    moved_xof: int
    findings: tuple[Finding, ...] = ()
    rises: tuple[Rise, ...] = ()
    accounts: tuple[tuple[str, int], ...] = ()
    lines: tuple[OrderLine, ...] = ()
    collected: Collected | None = None
