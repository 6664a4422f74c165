"""Finding orders and people: by a filter, or by a piece of what is known of them. Pure.

A text is looked for wherever it may stand. A recharge code is found by its last four digits and by nothing longer.
"""

import re
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from bot.domain.catalog import ServiceName, digits_of
from bot.domain.ledger import customer_account
from bot.domain.order import Order, State
from bot.domain.people import Address
from bot.domain.period import Period
from bot.domain.quote import MAX_AMOUNT_XOF
from bot.repositories.accounts import customer_of
from bot.repositories.orders import Page, beginning, order_of
from bot.repositories.person_names import people_called, shops_called
from bot.repositories.rows import all_of, reader
from bot.store import Script

# So many of each kind of find.
MOST_FOUND = 3
# Later than any order.
_NEVER = 1 << 53
# Every transaction of the provider is ASCII.
_AFTER_ASCII = "\x7f"
# Addresses are found by so many last characters and looked at from there: a shorter ending is nobody's.
_TAIL_CHARACTERS = 3
_TRANSACTION = re.compile(r"[\w.:-]{3,60}", re.ASCII)


class Filter(Struct, frozen=True):
    """Which orders: in one of `states` (none: in any), or in need of a person; whose, of what, when, how much."""

    states: tuple[State, ...] = ()
    stuck: bool = False
    service: ServiceName | None = None
    first: str | None = None
    last: str | None = None
    address: Address | None = None
    reference: str | None = None
    least_xof: int | None = None
    most_xof: int | None = None


class Known(Struct, frozen=True):
    """When a customer ordered first, when their money moved first, since when they sell, and when they were paused."""

    ordered_at: int | None
    moved_at: int | None
    reseller_since_at: int | None
    frozen_at: int | None

    @property
    def since_at(self) -> int | None:
        """The first thing known of them."""
        moments = (self.ordered_at, self.moved_at, self.reseller_since_at)
        return min((at for at in moments if at is not None), default=None)


_known: Final = reader(Known)

FindKind: TypeAlias = Literal["order", "reference", "name", "transaction", "code"]


def filtered(of: Filter, since: int, skip: int, count: int) -> Script[Page]:
    """Everybody's orders that a filter lets through, newest first, after the first `skip`; orders that have been open
    since before `since` need a person.
    """
    days = Period(of.first, of.last) if of.first is not None and of.last is not None else None
    owner = "" if of.address is None else (yield from customer_of(str(of.address)))
    rows = yield (
        "orders_filtered",
        {
            "first": 0 if days is None else days.since,
            "until": _NEVER if days is None else days.until,
            "states": f",{','.join(of.states)}," if of.states else "",
            "stuck": int(of.stuck),
            "since": since,
            "service": of.service or "",
            "customer": owner,
            "reference": of.reference or "",
            "least_xof": of.least_xof or 0,
            "most_xof": MAX_AMOUNT_XOF if of.most_xof is None else of.most_xof,
            "skip": skip,
            "count": count + 1,
        },
    )
    return Page(all_of(rows[:count], order_of), len(rows) > count)


def orders_named(text: str, order_id: str | None, since: int) -> Script[tuple[tuple[FindKind, tuple[Order, ...]], ...]]:
    """The orders that a text names, newest first, by where it stands in them; `order_id` is what it is as the number of
    an order. Orders confirmed before `since` are left out, except by their own number.
    """
    digits = digits_of(text)
    recent: dict[str, str | int | None] = {"since": since, "count": MOST_FOUND}
    groups: list[tuple[FindKind, tuple[Order, ...]]] = []
    if order_id is not None:
        rows = yield "orders_of_beginning", beginning(order_id) | {"count": MOST_FOUND}
        groups.append(("order", all_of(rows, order_of)))
    numeric = digits.isdecimal() and digits.isascii()
    if numeric:
        rows = yield "orders_of_reference", recent | {"digits": digits}
        groups.append(("reference", all_of(rows, order_of)))
    if numeric and len(digits) == 4:
        rows = yield "orders_of_code", recent | {"ending": digits}
        groups.append(("code", all_of(rows, order_of)))
    if not numeric:
        rows = yield "orders_of_name", recent | {"name": _like(text)}
        groups.append(("name", all_of(rows, order_of)))
    if _TRANSACTION.fullmatch(text):
        begun = text.lower()
        rows = yield "orders_of_transaction", recent | {"first": begun, "last": begun + _AFTER_ASCII}
        groups.append(("transaction", all_of(rows, order_of)))
    return tuple((kind, orders) for kind, orders in groups if orders)


def people_named(text: str, count: int = MOST_FOUND) -> Script[tuple[Address, ...]]:
    """The people whose address ends with a text, or whose shop, or whom their channel, themselves or an admin calls so,
    who wrote last first.
    """
    by_address = yield from people_ending(text, count, usernames=True)
    by_shop = yield from shops_called(text, count)
    by_name = yield from people_called(text, count)
    return tuple(dict.fromkeys((*by_address, *by_shop, *by_name)))[:count]


def people_ending(text: str, count: int, *, usernames: bool = False) -> Script[tuple[Address, ...]]:
    """The addresses that end with a text, or whose person's number or id does, who wrote last first. `usernames` takes
    those, too: everybody chooses their own, so whom an act is about is never read out of one.
    """
    # People write telephone numbers with a plus and spaces; no channel's own id has them.
    digits = digits_of(text).removeprefix("+")
    ending = digits if digits.isdecimal() else text.removeprefix("@")
    tail = ending.lower()[-_TAIL_CHARACTERS:]
    rows = yield (
        "addresses_ending",
        {"tail": tail, "ending": _like(ending), "usernames": int(usernames), "count": count},
    )
    return tuple(Address.parse(row["address"]) for row in rows)


def known_of(customer: str) -> Script[Known]:
    """What is known of a customer's past."""
    rows = yield "person_known", {"customer": customer, "account": customer_account(customer)}
    return _known(rows[0])


def _like(text: str) -> str:
    """A text in which no letter is a wildcard."""
    return re.sub(r"([\\%_])", r"\\\1", text.lower())
