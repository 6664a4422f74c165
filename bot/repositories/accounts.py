"""Accounts: the addresses that share one, and what is theirs together. Pure."""

from typing import Final

from msgspec import Struct

from bot.domain.encoding import encode
from bot.domain.people import Address, Language
from bot.errors import StoreConflict
from bot.languages import DEFAULT
from bot.repositories import people, sessions
from bot.repositories.money import Balance, balance_of
from bot.repositories.rows import all_of, reader
from bot.store import Script


class Member(Struct, frozen=True):
    """An address that shares an account, and its language. `has_written`: they chose it by writing. Until then nobody
    knows which they read.
    """

    address: Address
    language: Language
    has_written: bool = True


class Account(Struct, frozen=True):
    """A customer and what is theirs: `customer` is the address that the account is named after, and one of `members`.

    `frozen` says that an admin has paused it, `reseller` that it sells to clients of its own.
    """

    customer: str
    members: tuple[Member, ...]
    balance: Balance
    orders: int = 0
    meters: int = 0
    frozen: bool = False
    reseller: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing could be lost or shown by joining it to another."""
        return not (self.balance.available_xof or self.balance.held_xof or self.orders or self.meters)


_member: Final = reader(Member, address=Address.parse)


def customer_of(address: str) -> Script[str]:
    """The customer behind an address."""
    known = yield from sessions.known_at(address)
    return address if known is None else known.customer


def language_of(address: str) -> Script[Language]:
    """The language in which an address reads; French for one that nobody knows."""
    known = yield from sessions.known_at(address)
    return DEFAULT if known is None else known.language


def members_of(customer: str) -> Script[tuple[Member, ...]]:
    """The addresses that share an account."""
    rows = yield "account_members", {"customer": customer}
    return all_of(rows, _member)


def members_at(addresses: tuple[Address, ...]) -> Script[tuple[Member, ...]]:
    """Those of some addresses that anybody ever wrote to or from, each with its language."""
    members = []
    for address in addresses:
        known = yield from sessions.known_at(str(address))
        members += [] if known is None else [Member(address, known.language)]
    return tuple(members)


def size_of(customer: str) -> Script[tuple[int, int]]:
    """How many orders and saved meters a customer has."""
    rows = yield "account_size", {"customer": customer}
    return int(rows[0]["orders"]), int(rows[0]["meters"])


def standing_of(customer: str) -> Script[tuple[bool, bool]]:
    """Whether an admin has paused an account, and whether it sells to clients of its own."""
    row = yield from people.standing_row(customer, customer)
    return row["frozen_at"] is not None, row["shop_name"] is not None


def account_of(customer: str, default_limit_xof: int) -> Script[Account]:
    """A customer's account, as far as joining and parting ask about it."""
    members = yield from members_of(customer)
    balance = yield from balance_of(customer, default_limit_xof)
    orders, meters = yield from size_of(customer)
    frozen, reseller = yield from standing_of(customer)
    return Account(customer, members, balance, orders, meters, frozen, reseller)


def account_at(address: Address, default_limit_xof: int) -> Script[Account]:
    """The account behind an address."""
    return (yield from account_of((yield from customer_of(str(address))), default_limit_xof))


def part(customer: str, addresses: tuple[Address, ...], asked_by: str) -> Script[None]:
    """Addresses leave an account with nothing; each has its own, empty account again. Raises StoreConflict when one of
    them has left already.
    """
    for address in addresses:
        rows = yield "session_part", {"address": str(address), "customer": customer, "asked_by": asked_by}
        if not rows:
            raise StoreConflict("a session moved")


def move_members(customer: str, into: str) -> Script[None]:
    """Every address of an account is another's from now on. Raises StoreConflict when the account has none any more."""
    rows = yield "session_join", {"customer": customer, "into": into}
    if not rows:
        raise StoreConflict("a session moved")


def part_again(account: str, customer: str, addresses: tuple[str, ...], asked_by: str) -> Script[None]:
    """Those of some addresses that are still of an account have the one again that they had before."""
    theirs = encode(addresses).decode()
    yield "sessions_part_again", {"account": account, "customer": customer, "theirs": theirs, "me": asked_by}
