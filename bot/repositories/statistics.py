"""Figures for admins: orders and money, counted and summed; finding orders and people. Pure.

An order belongs to the day on which it was confirmed; money in the books to the day on which it moved.
"""

from typing import Literal

from msgspec import Struct

from bot.domain.model import Address, Role, ServiceName
from bot.domain.order import Order
from bot.repositories.accounts import Member
from bot.repositories.money import Balance, Movement
from bot.repositories.people import Terms


class Counted(Struct, frozen=True):
    """Orders by what became of them. Amounts, fees and commissions are those of the delivered ones.

    `refused_sent` are the refused ones that had left for the provider: only these and the delivered ones tell how well
    it works.
    """

    orders: int = 0
    delivered: int = 0
    refused: int = 0
    refused_sent: int = 0
    cancelled: int = 0
    amount_xof: int = 0
    fee_xof: int = 0
    commission_xof: int = 0
    refunded_xof: int = 0

    @property
    def open(self) -> int:
        return self.orders - self.delivered - self.refused - self.cancelled

    @property
    def tried(self) -> int:
        """How many the provider has decided."""
        return self.delivered + self.refused_sent


class Books(Struct, frozen=True):
    """What moved in the ledger: fees earned (after the provider's), commissions given, what the operator bore
    (negative: gained), money paid in and paid out again.
    """

    fees_xof: int = 0
    commissions_xof: int = 0
    borne_xof: int = 0
    paid_in_xof: int = 0
    paid_out_xof: int = 0


class Numbers(Struct, frozen=True):
    """Everything counted of some days. `median_ms` and `late_ms` (the 95th of a hundred) are from Confirm to code, None
    without a code.
    """

    whole: Counted
    services: tuple[tuple[ServiceName, Counted], ...]
    channels: tuple[tuple[str, Counted], ...]
    books: Books
    median_ms: int | None = None
    late_ms: int | None = None


class Filter(Struct, frozen=True):
    """Which orders: in one of `states` (none: in any), or in need of a person; whose, of what, when, how much."""

    states: tuple[str, ...] = ()
    stuck: bool = False
    service: ServiceName | None = None
    first: str | None = None
    last: str | None = None
    address: Address | None = None
    reference: str | None = None
    least_xof: int | None = None
    most_xof: int | None = None


FindKind = Literal["order", "reference", "name", "transaction", "code"]


class Found(Struct, frozen=True):
    """What a text was found in: orders by the kind of find, newest first, and addresses."""

    orders: tuple[tuple[FindKind, tuple[Order, ...]], ...]
    people: tuple[Address, ...]


class PersonRecord(Struct, frozen=True):
    """Somebody's account as an admin sees it. `since_at` is the first thing known of it; `roles` are the admins among
    its addresses; `reseller` with `reseller_since_at` when he sells; `frozen_at` when he may buy nothing. `agreed` are
    the shops whose codes come to him because he agreed to it. `names` are what the channels call those addresses now.
    """

    customer: str
    members: tuple[Member, ...]
    balance: Balance
    orders: int
    meters: int
    since_at: int | None = None
    roles: tuple[tuple[Address, Role], ...] = ()
    reseller: Terms | None = None
    reseller_since_at: int = 0
    frozen_at: int | None = None
    movements: tuple[Movement, ...] = ()
    last_orders: tuple[Order, ...] = ()
    agreed: tuple[str, ...] = ()
    names: tuple[tuple[Address, tuple[str, ...]], ...] = ()
