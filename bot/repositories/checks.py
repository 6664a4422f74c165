"""What tells whether something is wrong: stuck orders, success, speed. Pure."""

from typing import Final

from msgspec import Struct

from bot.repositories.rows import all_of, reader
from bot.store import Script


class StuckOrders(Struct, frozen=True):
    """How many orders are stuck, and what they hold."""

    many: int
    held_xof: int


class Ended(Struct, frozen=True):
    """Orders that ended lately and before that, and how many of them were delivered."""

    delivered_lately: int
    ended_lately: int
    delivered_before: int
    ended_before: int


class Buying(Struct, frozen=True):
    """What a customer bought within a time, for how many meters; `shop_name` where they sell."""

    customer: str
    orders: int
    meters: int
    total_xof: int
    shop_name: str | None


class Hours(Struct, frozen=True):
    """What a customer spent, in how many hours in which they bought."""

    total_xof: int
    hours: int


_stuck: Final = reader(StuckOrders)
_ended: Final = reader(Ended)
_buying: Final = reader(Buying)
_hours: Final = reader(Hours)


def stuck_orders(since: int) -> Script[StuckOrders]:
    """The orders that are stuck, or have been open since before `since`."""
    rows = yield "stuck_count", {"since": since}
    return _stuck(rows[0])


def first_stuck(since: int, count: int) -> Script[tuple[str, ...]]:
    """The ids of the oldest of them."""
    rows = yield "stuck_first", {"since": since, "count": count}
    return tuple(str(row["id"]) for row in rows)


def ended(lately: int, since: int) -> Script[Ended]:
    """The orders that ended since `since`, parted at `lately`."""
    rows = yield "ended_since", {"lately": lately, "since": since}
    return _ended(rows[0])


def many_orders(since: int, orders: int, meters: int, count: int) -> Script[tuple[Buying, ...]]:
    """Customers who ordered by hand at least so many times, or for so many meters, since `since`; the first `count`."""
    rows = yield "fast_orders", {"since": since, "orders": orders, "meters": meters, "count": count}
    return all_of(rows, _buying)


def much_money(since: int, floor_xof: int, count: int) -> Script[tuple[Buying, ...]]:
    """Customers who spent at least so much since `since`; the first `count`."""
    rows = yield "fast_money", {"since": since, "floor_xof": floor_xof, "count": count}
    return all_of(rows, _buying)


def usual_of(customer: str, since: int, until: int) -> Script[Hours]:
    """What a customer spent at `since` or later and before `until`."""
    rows = yield "usual_money", {"customer": customer, "since": since, "until": until}
    return _hours(rows[0])
