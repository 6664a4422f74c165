"""A reseller's sales, counted and summed. Pure.

A sale belongs to the day on which it was confirmed, whenever it was delivered: that is the date on its receipt.
"""

from msgspec import Struct

from bot.domain.model import ServiceName


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

    `left_xof` is what left his balance for them, before what was made good again (`refunded_xof`). `open_orders` hold
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
