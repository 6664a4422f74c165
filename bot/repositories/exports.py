"""What documents are made of: orders, the ledger and figures a day, read a page at a time. Pure.

Theory of operation. A document may hold more rows than the database can read while everybody waits: each script reads
one page and says nothing of the others; between two of them other scripts run. A page of orders goes on after the last
order of the page before, in the order of confirming. The ledger is read in stretches of entry ids up to one that was
looked up first: entries are append-only and ids only grow, so what is written meanwhile is in no page, and opening
balances, entries and closing balances agree whatever happens in between.
"""

from msgspec import Struct

from bot.domain.order import Order
from bot.domain.period import DAY_MS
from bot.repositories.orders import order_of
from bot.store import Rows, Script


class Exported(Struct, frozen=True):
    """An order, and what left its owner's balance for it by the books: less than agreed when some came back."""

    order: Order
    left_xof: int


class Noted(Struct, frozen=True):
    """An entry of the ledger."""

    id: int
    transfer: str
    account: str
    amount_xof: int
    order_id: str
    note: str
    at: int


class Stretch(Struct, frozen=True):
    """A stretch of the ledger: the entries of the period, and by account the sum of those before it."""

    entries: tuple[Noted, ...]
    before_xof: dict[str, int]


class DaySold(Struct, frozen=True):
    """A day on which a reseller sold: how many sales were delivered, and what clients paid for them."""

    day: int
    sales: int
    price_xof: int


class DayOrdered(Struct, frozen=True):
    """A day on which something was ordered; `failed` are refused and cancelled ones. A day is days since the epoch."""

    day: int
    delivered: int
    failed: int
    open: int


def sales_page(
    customer: str, since: int, until: int, count: int, after: Exported | None = None
) -> Script[tuple[Exported, ...]]:
    """At most `count` orders of a customer that were confirmed in a period, those after `after`."""
    rows = yield "export_sales", _where(since, after) | {"customer": customer, "until": until, "count": count}
    return _exported(rows)


def orders_page(since: int, until: int, count: int, after: Exported | None = None) -> Script[tuple[Exported, ...]]:
    """At most `count` orders of everybody that were confirmed in a period, those after `after`."""
    rows = yield "export_orders", _where(since, after) | {"until": until, "count": count}
    return _exported(rows)


def _where(since: int, after: Exported | None) -> dict[str, str | int | None]:
    # No id is empty: every order sorts behind this.
    return {"at": since, "id": ""} if after is None else {"at": after.order.confirmed_at, "id": after.order.id}


def _exported(rows: Rows) -> tuple[Exported, ...]:
    return tuple(Exported(order_of(row), int(row["left_xof"])) for row in rows)


def last_entry() -> Script[int]:
    """The id of the newest entry; 0 when there is none."""
    rows = yield "export_last_entry", {}
    return int(rows[0]["id"])


def ledger_stretch(since: int, until: int, after: int, upto: int) -> Script[Stretch]:
    """What the entries with ids above `after` and up to `upto` say of a period."""
    rows = yield "export_entries", {"since": since, "until": until, "after": after, "upto": upto}
    before = yield "export_entries_before", {"since": since, "after": after, "upto": upto}
    return Stretch(
        tuple(
            Noted(
                row["id"],
                row["transfer"],
                row["account"],
                row["amount_xof"],
                row["order_id"] or "",
                row["note"],
                row["at"],
            )
            for row in rows
        ),
        {row["account"]: int(row["amount_xof"]) for row in before},
    )


def sold_by_day(customer: str, since: int, until: int) -> Script[tuple[DaySold, ...]]:
    """The days of a period on which a customer's orders were delivered, by the day they were confirmed."""
    rows = yield "export_sold_by_day", {"customer": customer, "since": since, "until": until}
    return tuple(DaySold(int(row["day"]), int(row["many"]), int(row["price_xof"])) for row in rows)


def ordered_by_day(since: int, until: int) -> Script[tuple[DayOrdered, ...]]:
    """The days of a period on which orders were confirmed, by what became of them since."""
    rows = yield "export_ordered_by_day", {"since": since // DAY_MS, "until": -(-until // DAY_MS)}
    return tuple(
        DayOrdered(
            int(row["day"]),
            int(row["delivered"]),
            int(row["failed"]),
            int(row["many"]) - int(row["delivered"]) - int(row["failed"]),
        )
        for row in rows
    )


def day_number(at: int) -> int:
    """The day of a moment as the statements above count it."""
    return at // DAY_MS
