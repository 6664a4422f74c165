"""Everybody's orders and the money in the books, counted and summed. Pure.

An order belongs to the day on which it was confirmed; money in the books to the day on which it moved.
"""

from collections.abc import Iterable

from msgspec import Struct

from bot.domain.catalog import SERVICES, ServiceName
from bot.domain.period import DAY_MS
from bot.store import Row, Script


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


def numbers_between(since: int, until: int) -> Script[Numbers]:
    """The orders confirmed on the days from that of `since` to the last that begins before `until`, and what moved in
    the books from `since` to `until`.
    """
    rows = yield "orders_counted", {"since": since // DAY_MS, "until": -(-until // DAY_MS)}
    channels = sorted({str(row["channel"]) for row in rows})
    books = yield from _books(since, until)
    median_ms, late_ms = yield from _times(since, until)
    return Numbers(
        _counted(rows),
        tuple(
            (service.name, _counted(of))
            for service in SERVICES
            if (of := [row for row in rows if row["service"] == service.name])
        ),
        tuple((name, _counted(row for row in rows if row["channel"] == name)) for name in channels),
        books,
        median_ms,
        late_ms,
    )


def needing_a_person(since: int) -> Script[int]:
    """How many orders need a person: unknown, token awaited, stuck, or open since before `since`."""
    rows = yield "orders_needy", {"since": since}
    return int(rows[0]["many"])


def _books(since: int, until: int) -> Script[Books]:
    rows = yield "books_between", {"since": since, "until": until}
    more = {row["account"]: int(row["more_xof"]) for row in rows}
    less = {row["account"]: int(row["less_xof"]) for row in rows}
    both = {account: more[account] + less[account] for account in more}
    return Books(
        fees_xof=both.get("fees", 0),
        commissions_xof=-both.get("commissions", 0),
        borne_xof=-both.get("corrections", 0),
        paid_in_xof=-less.get("funding", 0),
        paid_out_xof=more.get("funding", 0),
    )


def _times(since: int, until: int) -> Script[tuple[int | None, int | None]]:
    """The median (of two in the middle their mean) and the 95th of a hundred (the nearest rank), exactly."""
    within = {"since": since, "until": until}
    rows = yield "times_counted", within
    many = int(rows[0]["many"])
    if not many:
        return None, None
    middle = yield "times_to_code", within | {"skip": (many - 1) // 2, "count": 2 - many % 2}
    late = yield "times_to_code", within | {"skip": -(-many * 95 // 100) - 1, "count": 1}
    return _total(middle, "took_ms") // len(middle), int(late[0]["took_ms"])


def _total(rows: Iterable[Row], column: str) -> int:
    return sum(int(row[column]) for row in rows)


def _counted(rows: Iterable[Row]) -> Counted:
    rows = list(rows)
    delivered = [row for row in rows if row["state"] == "delivered"]
    refused = [row for row in rows if row["state"] == "refused"]
    return Counted(
        orders=_total(rows, "many"),
        delivered=_total(delivered, "many"),
        refused=_total(refused, "many"),
        refused_sent=_total((row for row in refused if row["sent"]), "many"),
        cancelled=_total((row for row in rows if row["state"] == "cancelled"), "many"),
        amount_xof=_total(delivered, "amount_xof"),
        fee_xof=_total(delivered, "fee_xof"),
        commission_xof=_total(delivered, "commission_xof"),
        refunded_xof=_total(delivered, "refunded_xof"),
    )
