"""Links: the codes that join two accounts, and what a link joined, as long as it can be undone. Pure."""

from typing import Final, Literal

from msgspec import Struct

from bot.domain.catalog import ServiceName
from bot.domain.encoding import decoder, encode
from bot.domain.ledger import customer_account
from bot.domain.people import Address, Language
from bot.errors import StoreConflict
from bot.languages import DEFAULT
from bot.repositories.rows import reader
from bot.store import Rows, Script

TRIES_SECONDS = 3600
# Of everybody together within the same time; beyond it nobody's code is looked at for a while.
MAX_ALL_WRONG = 60


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
    other_language: Language = DEFAULT


class Tries(Struct, frozen=True):
    """How many codes an address made lately, how many wrong ones it typed, and how many everybody together."""

    made: int
    wrong: int
    all_wrong: int = 0


class Undo(Struct, frozen=True):
    """What undoing a link would do now: `theirs` leave the account of `ours`, `back_xof` goes with them, and
    `missing_xof` of what they brought has been spent by others.
    """

    link_id: int
    ours: tuple[Address, ...]
    theirs: tuple[Address, ...]
    back_xof: int
    missing_xof: int
    frozen: bool = False


class Sides(Struct, frozen=True):
    """Who was on either side of a link: of the account that stayed, and of the one that was joined to it."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]


class BroughtMeter(Struct, frozen=True):
    """A saved meter. `moved` says that the account did not have it already."""

    service: ServiceName
    reference: str
    holder: str
    nickname: str
    moved: bool


class Brought(Struct, frozen=True):
    """What an account brought besides money."""

    orders: tuple[str, ...] = ()
    meters: tuple[BroughtMeter, ...] = ()
    clients: tuple[int, ...] = ()


class Joined(Struct, frozen=True):
    """What a link joined: all of `customer`, with `brought_xof`, to `account`."""

    link_id: int
    account: str
    customer: str
    addresses: Sides
    brought: Brought
    brought_xof: int
    joined_at: int


_link: Final = reader(Link, address=Address.parse, other=Address.parse)
_tries: Final = reader(Tries)
_brought_meter: Final = reader(BroughtMeter)
_joined: Final = reader(Joined, addresses=decoder(Sides).decode, brought=decoder(Brought).decode)


def of_code(code: str) -> Script[Link | None]:
    """The newest link of a code."""
    rows = yield "link_of_code", {"code": code}
    return _link(rows[0]) if rows else None


def open_at(address: str) -> Script[Link | None]:
    """The newest link that an address made or typed and that has not ended."""
    rows = yield "link_of_address", {"address": address}
    return (yield from of_code(rows[0]["code"])) if rows else None


def tries_of(address: str, now: int) -> Script[Tries]:
    """How many codes an address made within the hour, and how many wrong ones it typed."""
    rows = yield "link_tries", {"address": address, "since": now - TRIES_SECONDS * 1000, "now": now}
    return _tries(rows[0])


def make(address: str, code: str, now: int, expires_at: int) -> Script[None]:
    """Keep a code that joins another address to the account of this one; an earlier one of this address ends."""
    yield "link_end_made", {"address": address}
    yield "link_add", {"code": code, "address": address, "now": now, "expires_at": expires_at}


def miss(address: str, now: int) -> Script[None]:
    """Count a wrong code that an address typed."""
    yield "link_miss_add", {"address": address, "now": now}


def ask(link_id: int, other: str, expires_at: int) -> Script[None]:
    """An address typed the code of a link: it is theirs until `expires_at`, and its maker is asked.

    Raises StoreConflict when somebody else was quicker.
    """
    _moved((yield "link_ask", {"id": link_id, "other": other, "expires_at": expires_at}), link_id)


def end(link_id: int) -> Script[None]:
    """A link comes to nothing; raises StoreConflict when it has ended already."""
    _moved((yield "link_end", {"id": link_id}), link_id)


def mark_joined(link_id: int) -> Script[tuple[str, str]]:
    """A link joins: the address that made it, and the one that typed it. Raises StoreConflict when it joins no more."""
    rows = yield "link_join", {"id": link_id}
    _moved(rows, link_id)
    return str(rows[0]["address"]), str(rows[0]["other"])


def _moved(rows: Rows, link_id: int) -> None:
    if not rows:
        raise StoreConflict(f"link {link_id} moved")


# What was joined.


def belongings_of(customer: str, into: str) -> Script[Brought]:
    """What a customer would bring to another account besides money."""
    orders = yield "order_ids_of", {"customer": customer}
    meters = yield "meters_brought", {"customer": customer, "into": into}
    clients = yield "client_ids_of", {"customer": customer}
    return Brought(
        tuple(row["id"] for row in orders),
        tuple(_brought_meter(row) for row in meters),
        tuple(int(row["id"]) for row in clients),
    )


def write_down(joined: Joined) -> Script[None]:
    """Keep what a link joins, so that it can be undone."""
    yield (
        "link_undo_add",
        {
            "link_id": joined.link_id,
            "account": joined.account,
            "customer": joined.customer,
            "addresses": encode(joined.addresses).decode(),
            "brought": encode(joined.brought).decode(),
            "brought_xof": joined.brought_xof,
            "now": joined.joined_at,
        },
    )


def last_joined(address: str, since: int, now: int) -> Script[Joined | None]:
    """What the newest link since some time joined in which an address took part, and that was not undone."""
    rows = yield "link_undo_of", {"address": address, "since": since, "now": now}
    return _joined(rows[0]) if rows else None


def mark_undone(link_id: int, by: str, now: int) -> Script[bool]:
    """A link is undone by an address; False when it was undone already."""
    return bool((yield "link_undo_end", {"link_id": link_id, "now": now, "by": by}))


def moved_since(joined: Joined, account: str) -> Script[int]:
    """What orders of the addresses that were joined have moved since, in XOF: negative for what they spent. `account`
    is the customer whom the account is named after now.
    """
    rows = yield (
        "link_undo_since",
        {
            "account": customer_account(joined.account),
            "now_account": customer_account(account),
            "since": joined.joined_at,
            "orders": encode(joined.brought.orders).decode(),
            "theirs": encode(joined.addresses.theirs).decode(),
        },
    )
    return int(rows[0]["moved_xof"])
