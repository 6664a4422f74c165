"""Accounts: the addresses that share one, and the codes that join them. Pure."""

from typing import Literal

from msgspec import Struct

from bot.domain.model import Address, Language
from bot.repositories.money import Balance
from bot.store import Script


class Member(Struct, frozen=True):
    """An address that shares an account, and its language; `heard`: they chose it by writing. Until then nobody knows
    which they read.
    """

    address: Address
    language: Language
    heard: bool = True


class Account(Struct, frozen=True):
    """A customer and what is his: `customer` is the address that the account is named after, and one of `members`.

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


class Link(Struct, frozen=True):
    """A code that joins two addresses to one account.

    `address` made it, `other` typed it. It is `made`, then `asked` (the maker is asked), then `joined` or `refused`; a
    newer code of the same maker makes it `replaced`. `expires_at` is the end of the step that it is in.
    """

    id: int
    code: str
    address: Address
    language: Language
    made_at: int
    expires_at: int
    state: Literal["made", "asked", "joined", "refused", "replaced"]
    other: Address | None = None
    other_language: Language = "fr"


class Tries(Struct, frozen=True):
    """How many codes an address made lately, how many wrong ones it typed, and how many everybody together."""

    made: int
    wrong: int
    all_wrong: int = 0


class Undo(Struct, frozen=True):
    """What undoing a link would do now: `theirs` leave the account of `ours`, `back_xof` goes with them, and
    `missing_xof` of what they brought has been spent by others. `until` is the end of its day.
    """

    link_id: int
    ours: tuple[Address, ...]
    theirs: tuple[Address, ...]
    back_xof: int
    missing_xof: int
    until: int
    frozen: bool = False


def customer_of(address: str) -> Script[str]:
    """The customer behind an address."""
    rows = yield "session_load", {"address": address}
    return str(rows[0]["customer"]) if rows else address


def language_of(address: str) -> Script[Language]:
    """The language in which an address reads; French for one that nobody knows."""
    rows = yield "session_load", {"address": address}
    language: Language = rows[0]["language"] if rows else "fr"
    return language


def members_of(customer: str) -> Script[tuple[Member, ...]]:
    """The addresses that share an account."""
    rows = yield "account_members", {"customer": customer}
    return tuple(Member(Address.parse(row["address"]), row["language"], bool(row["heard"])) for row in rows)


def members_at(addresses: tuple[Address, ...]) -> Script[tuple[Member, ...]]:
    """Those of some addresses that anybody ever wrote to or from, each with its language."""
    found = []
    for address in addresses:
        rows = yield "session_load", {"address": str(address)}
        found += [Member(address, row["language"]) for row in rows]
    return tuple(found)


def size_of(customer: str) -> Script[tuple[int, int]]:
    """How many orders and saved meters a customer has."""
    rows = yield "account_size", {"customer": customer}
    return int(rows[0]["orders"]), int(rows[0]["meters"])


def tries_of(address: str, since: int, now: int) -> Script[Tries]:
    """How many codes an address made, and how many wrong ones it typed."""
    rows = yield "link_tries", {"address": address, "since": since, "now": now}
    return Tries(int(rows[0]["made"]), int(rows[0]["wrong"]), int(rows[0]["all_wrong"]))


def link_of(code: str, address: str) -> Script[Link | None]:
    """The newest link of a code; without a code the newest that this address made or typed and that has not ended."""
    if not code:
        rows = yield "link_of_address", {"address": address}
        if not rows:
            return None
        code = rows[0]["code"]
    rows = yield "link_of_code", {"code": code}
    for row in rows:
        return Link(
            id=row["id"],
            code=row["code"],
            address=Address.parse(row["address"]),
            language=row["language"],
            made_at=row["made_at"],
            expires_at=row["expires_at"],
            state=row["state"],
            other=None if row["other"] is None else Address.parse(row["other"]),
            other_language=row["other_language"],
        )
    return None
