"""A reseller's sales, counted and summed. Pure.

A sale belongs to the day on which it was confirmed, whenever it was delivered: that is the date on its receipt.
"""

from collections.abc import Iterable

from msgspec import Struct

from bot.domain.catalog import ServiceName
from bot.domain.order import FINAL
from bot.store import Row, Script


class Sum(Struct, frozen=True):
    """Sales, counted and summed: what was bought, the fees on it, and the commission earned."""

    sales: int = 0
    amount_xof: int = 0
    fee_xof: int = 0
    commission_xof: int = 0

    @property
    def price_xof(self) -> int:
        """What the clients paid."""
        return self.amount_xof + self.fee_xof


class ClientSum(Struct, frozen=True):
    """A client's sales; `name` is empty for sales to nobody in particular."""

    name: str
    sum: Sum


class Sales(Struct, frozen=True):
    """A reseller's sales of some days.

    `left_xof` is what left their balance for them, before what was refunded (`refunded_xof`). `open_orders` hold
    `open_xof` and are no sales yet; `unpaid` came to nothing. `clients` are the best ones, and `other_clients` more
    bought `others`.
    """

    whole: Sum = Sum()
    left_xof: int = 0
    refunded_xof: int = 0
    open_orders: int = 0
    open_xof: int = 0
    unpaid: int = 0
    services: tuple[tuple[ServiceName, Sum], ...] = ()
    clients: tuple[ClientSum, ...] = ()
    other_clients: int = 0

    @property
    def others(self) -> Sum:
        """What the clients that are not named bought together."""
        named = [client.sum for client in self.clients]
        return Sum(
            self.whole.sales - sum(one.sales for one in named),
            self.whole.amount_xof - sum(one.amount_xof for one in named),
            self.whole.fee_xof - sum(one.fee_xof for one in named),
            self.whole.commission_xof - sum(one.commission_xof for one in named),
        )


class Earned(Struct, frozen=True):
    """Commissions of a day and of its month so far."""

    today_xof: int
    month_xof: int


def sales_of(customer: str, since: int, until: int, clients: int = 10) -> Script[Sales]:
    """A reseller's sales that were confirmed at `since` or later and before `until`, with so many of the best clients.

    Only delivered orders are sales.
    """
    within: dict[str, str | int | None] = {"customer": customer, "since": since, "until": until}
    rows = yield "sales_by_service", within
    delivered = [row for row in rows if row["state"] == "delivered"]
    pending = [row for row in rows if row["state"] not in FINAL]
    refunded_xof = _total(delivered, "refunded_xof")
    left = yield "sales_left", within
    best = yield "sales_by_client", within | {"count": clients}
    buyers = yield "sales_clients", within
    return Sales(
        whole=_sum(delivered),
        left_xof=int(left[0]["left_xof"]) + refunded_xof,
        refunded_xof=refunded_xof,
        open_orders=_total(pending, "many"),
        open_xof=_total(pending, "amount_xof") + _total(pending, "fee_xof") - _total(pending, "commission_xof"),
        unpaid=_total((row for row in rows if row["state"] in ("refused", "cancelled")), "many"),
        services=tuple((row["service"], _sum([row])) for row in delivered),
        clients=tuple(ClientSum(row["name"], _sum([row])) for row in best),
        other_clients=int(buyers[0]["many"]) - len(best),
    )


def _total(rows: Iterable[Row], column: str) -> int:
    return sum(int(row[column]) for row in rows)


def _sum(rows: list[Row]) -> Sum:
    return Sum(
        _total(rows, "many"), _total(rows, "amount_xof"), _total(rows, "fee_xof"), _total(rows, "commission_xof")
    )


def earned_by(customer: str, day: int, month: int, until: int) -> Script[Earned]:
    """What a reseller earned since `day` and since `month`, both before `until`."""
    rows = yield "sales_earned", {"customer": customer, "day": day, "month": month, "until": until}
    return Earned(int(rows[0]["today_xof"]), int(rows[0]["month_xof"]))


def spent_since_xof(customer: str, since: int) -> Script[int]:
    """What left a reseller's balance for orders confirmed since then and did not come back, in XOF."""
    rows = yield "spent_since", {"customer": customer, "since": since}
    return int(rows[0]["spent_xof"])
