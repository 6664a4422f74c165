"""Lists of sales: their lines, how far they are, what became of them. Pure."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from bot.domain.order import STILL_PENDING_AFTER_POLLS, Order
from bot.repositories.orders import order_of
from bot.store import Row, Script

# `checking` until every meter is known, `ready` for the Confirm, `running` until every line has ended or needs a
# person, then `done`; `dropped` was never confirmed.
# What may be wrong with a line. `length`: no meter has such a number usually, and the reseller never sold to it. The
# provider finds the last two: it knows no such meter, or it never told.
Fault: TypeAlias = Literal[
    "",
    "no_meter",
    "length",
    "rounded",
    "no_amount",
    "bad_amount",
    "too_small",
    "too_large",
    "unclear",
    "service",
    "repeats",
    "unknown",
    "unasked",
]
BatchState: TypeAlias = Literal["checking", "ready", "running", "done", "dropped"]


class Part(Struct, frozen=True):
    """Some lines that were confirmed: how many, for how much, what their clients pay, what leaves the balance for them,
    and the commission on them, in XOF.
    """

    lines: int = 0
    amount_xof: int = 0
    price_xof: int = 0
    total_xof: int = 0
    commission_xof: int = 0


class Tally(Struct, frozen=True):
    """How far a batch is, line by line: bought, not bought (the money is back), stopped before it was sent (likewise),
    being checked for long, under way, and waiting to be sent.
    """

    bought: Part = Part()
    refused: Part = Part()
    stopped: Part = Part()
    checked: Part = Part()
    under_way: Part = Part()
    waiting: Part = Part()

    @property
    def lines(self) -> int:
        """How many were confirmed."""
        return sum(part.lines for part in self._parts)

    @property
    def total_xof(self) -> int:
        """What was set aside for them all."""
        return sum(part.total_xof for part in self._parts)

    @property
    def has_ended(self) -> bool:
        """Whether every line has ended or needs a person."""
        return not (self.under_way.lines or self.waiting.lines)

    @property
    def _parts(self) -> tuple[Part, ...]:
        return self.bought, self.refused, self.stopped, self.checked, self.under_way, self.waiting


class Batch(Struct, frozen=True):
    """A list of sales. `name` is its file's, empty for one that was typed; `lines` counts all. Of `asked` meters that
    the provider had to be asked about, `unchecked` are left. `message_ref` names the message that tells its progress.
    """

    id: str
    name: str
    state: BatchState
    made_at: int
    lines: int
    asked: int = 0
    unchecked: int = 0
    stopped_at: int | None = None
    message_ref: str | None = None


class Entry(Struct, frozen=True):
    """A line of a batch as it is kept. `order_id` is the id of the order that it becomes; `client` is the name under
    which that is booked: the client's in the reseller's book (`client_id`), else the one of the list.
    """

    number: int
    order_id: str
    written: str
    reference: str
    amount_xof: int
    name: str
    holder: str = ""
    client_id: int | None = None
    fault: Fault = ""
    repeats: int | None = None


class Known(Struct, frozen=True):
    """A meter for which the reseller has sold before, or which he keeps."""

    holder: str
    client_id: int | None = None
    client: str = ""


# What may be wrong with a line. `length`: no meter has such a number usually, and the reseller never sold to it. The
# provider finds the last two: it knows no such meter, or it never told.


def batch_of(row: Row) -> Batch:
    """A batch as its row tells it."""
    return Batch(
        row["id"],
        row["name"],
        row["state"],
        row["made_at"],
        row["lines"],
        int(row["asked"]),
        int(row["unchecked"]),
        row["stopped_at"],
        row["message_ref"],
    )


def load_batch(batch_id: str, customer: str | None = None) -> Script[Batch | None]:
    """A batch, if it is the customer's; None for no such batch, and for somebody else's."""
    rows = yield "batch_load", {"id": batch_id}
    if not rows or (customer is not None and rows[0]["customer"] != customer):
        return None
    return batch_of(rows[0])


def _loaded(batch_id: str) -> Script[list[Batch]]:
    return [batch_of(row) for row in (yield "batch_load", {"id": batch_id})]


def running_of(customer: str) -> Script[list[str]]:
    """The ids of a customer's batches that are running and were not stopped, the newest first."""
    return [str(row["id"]) for row in (yield "batches_running", {"customer": customer})]


def entries_of(batch_id: str) -> Script[tuple[Entry, ...]]:
    """Every line of a batch, in order."""
    return tuple(
        Entry(
            row["line"],
            row["order_id"],
            row["written"],
            row["reference"],
            row["amount_xof"],
            row["name"],
            row["holder"],
            row["client_id"],
            row["fault"],
            row["repeats"],
        )
        for row in (yield "batch_lines", {"id": batch_id})
    )


def orders_of(batch_id: str) -> Script[tuple[Order, ...]]:
    """Every order of a batch, in the order of its lines."""
    return tuple(order_of(row) for row in (yield "batch_orders", {"id": batch_id}))


def whole_of(batch_id: str) -> Script[tuple[Batch, tuple[Entry, ...], tuple[Order, ...]] | None]:
    """A batch with all its lines and what became of them; None for no such batch."""
    batch = yield from load_batch(batch_id)
    if batch is None:
        return None
    return batch, (yield from entries_of(batch_id)), (yield from orders_of(batch_id))


def unbought_of(batch_id: str, count: int) -> Script[tuple[Order, ...]]:
    """The lines of a batch that were not bought or are being checked."""
    return tuple(order_of(row) for row in (yield "batch_unbought", {"id": batch_id, "count": count}))


def tally_of(batch_id: str) -> Script[Tally]:
    """How far a batch is."""
    parts: dict[str, Part] = {}
    for row in (yield "batch_tally", {"id": batch_id, "slow": STILL_PENDING_AFTER_POLLS}):
        kind = _KIND.get(row["state"]) or ("checked" if row["slow"] else "under_way")
        before = parts.get(kind, Part())
        price_xof, commission_xof = int(row["price_xof"]), int(row["commission_xof"])
        parts[kind] = Part(
            before.lines + int(row["many"]),
            before.amount_xof + int(row["amount_xof"]),
            before.price_xof + price_xof,
            before.total_xof + price_xof - commission_xof,
            before.commission_xof + commission_xof,
        )
    return Tally(**parts)


_KIND: Final[dict[str, str]] = {
    "delivered": "bought",
    "refused": "refused",
    "cancelled": "stopped",
    "waiting": "waiting",
}
