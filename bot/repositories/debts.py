"""What the clients of a reseller owe them: a notebook, and no money of the ledger. Pure.

A line says what a client owes more, or what they paid. One that is for a sale counts while its order is delivered, and
not once that is refunded whole: whatever becomes of an order, and whoever settles it, the notebook needs no word of it.
Lines go with their client.
"""

from typing import Final

from msgspec import Struct

from bot.domain.order import Order
from bot.repositories.orders import order_of
from bot.repositories.rows import all_of, reader
from bot.store import Script


class DebtLine(Struct, frozen=True):
    """A line of a client's: what they owe more, or paid (below zero), in XOF. `counts` is False for a sale that is not
    delivered yet.
    """

    id: int
    amount_xof: int
    at: int
    counts: bool
    order_id: str | None = None


class Debtor(Struct, frozen=True):
    """A client who owes `owed_xof`, since `since_at`."""

    client_id: int
    name: str
    owed_xof: int
    since_at: int


class Credit(Struct, frozen=True):
    """Of some days, in XOF: what was sold on credit, and what clients paid of what they owed."""

    sold_xof: int = 0
    repaid_xof: int = 0


_line: Final = reader(DebtLine)
_debtor: Final = reader(Debtor)


def add(customer: str, client_id: int, amount_xof: int, now: int, order_id: str | None = None) -> Script[int | None]:
    """Write a line of a client's; its id. None where they are not in the reseller's book (any more), or where a line is
    for that order already.
    """
    if not (yield "debt_client", {"client_id": client_id, "customer": customer}):
        return None
    rows = yield "debt_add", {"client_id": client_id, "amount_xof": amount_xof, "order_id": order_id, "at": now}
    return int(rows[0]["id"]) if rows else None


def owed_by(client_id: int) -> Script[int]:
    """What a client owes, in XOF; below zero for one who paid for a sale that is not delivered any more."""
    rows = yield "debt_owed", {"client_id": client_id}
    return int(rows[0]["owed_xof"])


def lines_of(customer: str, client_id: int, count: int) -> Script[tuple[DebtLine, ...]]:
    """The newest lines of one of a reseller's clients, newest first, without sales that failed."""
    return all_of((yield "debt_lines", {"customer": customer, "client_id": client_id, "count": count}), _line)


def debtors(customer: str) -> Script[tuple[Debtor, ...]]:
    """The clients who owe a reseller something, the oldest debt first."""
    return all_of((yield "debtors", {"customer": customer}), _debtor)


def undo(customer: str, client_id: int, line_id: int) -> Script[DebtLine | None]:
    """Take the newest line of a client away; None where that line is not the newest (any more)."""
    newest = yield from lines_of(customer, client_id, 1)
    if not newest or newest[0].id != line_id:
        return None
    yield "debt_drop", {"id": line_id, "client_id": client_id}
    return newest[0]


def forget(client_id: int) -> Script[None]:
    """A client is taken out of the book: their lines go with them."""
    yield "debts_forget", {"client_id": client_id}


def of_order(order_id: str) -> Script[int | None]:
    """What an order was sold for on credit, in XOF; None for one that was not."""
    rows = yield "debt_of_order", {"order_id": order_id}
    return int(rows[0]["amount_xof"]) if rows else None


def unnoted_sale(customer: str, client_id: int, since: int) -> Script[Order | None]:
    """The newest sale to a client since then that no line is for and that did not fail."""
    rows = yield "debt_sale", {"customer": customer, "client_id": client_id, "since": since}
    return order_of(rows[0]) if rows else None


def credit_of(customer: str, since: int, until: int) -> Script[Credit]:
    """What was sold on credit, and what was repaid, at `since` or later and before `until`."""
    within: dict[str, str | int | None] = {"customer": customer, "since": since, "until": until}
    sold = yield "debts_sold", within
    repaid = yield "debts_repaid", within
    return Credit(int(sold[0]["sold_xof"]), int(repaid[0]["repaid_xof"]))
