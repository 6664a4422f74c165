"""Lists of sales: their lines, how far they are, what became of them. Pure."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from bot.domain.catalog import ServiceName
from bot.domain.encoding import encode
from bot.domain.order import Order
from bot.repositories.batch_meters import Meter
from bot.repositories.orders import order_of
from bot.repositories.rows import all_of, reader
from bot.store import Script

# What may be wrong with a line. `length`: no meter has such a number usually, and the reseller never sold to it. The
# provider finds `unknown` and `unasked`: it knows no such meter, or it never answered. `nobody` to `ambiguous` are of a
# line that names a client: nobody is called so, they have no such number, or several clients or meters may be meant.
# The last three are of a bill: nothing is due, several bills are, or another amount than the one that was written.
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
    "nobody",
    "no_number",
    "ambiguous",
    "nothing_due",
    "several_bills",
    "other_amount",
]
# `checking` until every meter is known, `ready` for the Confirm, `running` until every line has ended or needs a
# person, then `done`; `dropped` was never confirmed.
BatchState: TypeAlias = Literal["checking", "ready", "running", "done", "dropped"]


class Subtotal(Struct, frozen=True):
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

    bought: Subtotal = Subtotal()
    refused: Subtotal = Subtotal()
    stopped: Subtotal = Subtotal()
    checked: Subtotal = Subtotal()
    under_way: Subtotal = Subtotal()
    waiting: Subtotal = Subtotal()

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
    def _parts(self) -> tuple[Subtotal, ...]:
        return self.bought, self.refused, self.stopped, self.checked, self.under_way, self.waiting


class Batch(Struct, frozen=True):
    """A list of sales. `name` is its file's, empty for one that was typed; `lines` counts all. The provider had to be
    asked about `asked` meters, and `unchecked` of them are left. `message_ref` names the message that tells its
    progress.
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
    which that is booked: the client's in the reseller's book (`client_id`), else the one of the list. The amount of a
    bill is what is due, once that is known.
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
    service: ServiceName = "woyofal"
    reference_facture: str | None = None
    due_on: str | None = None


batch_of: Final = reader(Batch)
_entry: Final = reader(Entry)


def load_batch(batch_id: str, customer: str) -> Script[Batch | None]:
    """A batch, if it is the customer's; None for no such batch, and for somebody else's."""
    rows = yield "batch_load", {"id": batch_id}
    if not rows or rows[0]["customer"] != customer:
        return None
    return batch_of(rows[0])


def made_by(customer: str, count: int = 5) -> Script[tuple[Batch, ...]]:
    """A customer's batches, newest first; those that were dropped are left out."""
    return all_of((yield "batches_of", {"customer": customer, "count": count}), batch_of)


def running_of(customer: str) -> Script[list[str]]:
    """The ids of a customer's batches that are running and were not stopped, the newest first."""
    return [str(row["id"]) for row in (yield "batches_running", {"customer": customer})]


def entries_of(customer: str, batch_id: str) -> Script[tuple[Entry, ...]]:
    """Every line of a customer's batch, in order."""
    return all_of((yield "batch_lines", {"id": batch_id, "customer": customer}), _entry)


def orders_of(batch_id: str) -> Script[tuple[Order, ...]]:
    """Every order of a batch, in the order of its lines."""
    return all_of((yield "batch_orders", {"id": batch_id}), order_of)


def order_of_line(customer: str, batch_id: str, number: int) -> Script[Order | None]:
    """What became of a line of a customer's batch; None as long as it is no order."""
    rows = yield "batch_line_order", {"id": batch_id, "line": number, "customer": customer}
    return order_of(rows[0]) if rows else None


def whole_of(batch_id: str) -> Script[tuple[Batch, tuple[Entry, ...], tuple[Order, ...]] | None]:
    """A batch with all its lines and what became of them; None for no such batch."""
    rows = yield "batch_load", {"id": batch_id}
    if not rows:
        return None
    entries = yield from entries_of(str(rows[0]["customer"]), batch_id)
    return batch_of(rows[0]), entries, (yield from orders_of(batch_id))


def unbought_of(customer: str, batch_id: str, count: int) -> Script[tuple[Order, ...]]:
    """The lines of a customer's batch that were not bought or are being checked."""
    return all_of((yield "batch_unbought", {"id": batch_id, "customer": customer, "count": count}), order_of)


def delivered_of(customer: str, batch_id: str, after: int, count: int) -> Script[tuple[Order, ...]]:
    """The lines of a customer's batch behind a line that were bought."""
    rows = yield "batch_delivered", {"id": batch_id, "customer": customer, "after": after, "count": count}
    return all_of(rows, order_of)


def waiting_of(batch_id: str) -> Script[tuple[Order, ...]]:
    """The lines of a batch that were not sent yet."""
    return all_of((yield "batch_waiting", {"id": batch_id}), order_of)


def twins_of(customer: str, batch_id: str, since: int) -> Script[tuple[int, ...]]:
    """The lines for whose meter and amount the customer has an open order, or one that was delivered and confirmed
    since then.
    """
    rows = yield "batch_twins", {"id": batch_id, "customer": customer, "since": since}
    return tuple(int(row["line"]) for row in rows)


_KIND: Final[dict[str, str]] = {
    "delivered": "bought",
    "refused": "refused",
    "cancelled": "stopped",
    "waiting": "waiting",
}


def keep(
    batch: Batch, customer: str, address: str, entries: tuple[Entry, ...], unknown: tuple[Meter, ...]
) -> Script[None]:
    """Write down a list that was read. Each meter that is `unknown` is asked about at the provider, once.

    An earlier list of the customer's that was not confirmed is dropped.
    """
    yield "batches_drop", {"customer": customer}
    yield (
        "batch_add",
        {
            "id": batch.id,
            "customer": customer,
            "address": address,
            "name": batch.name,
            "lines": batch.lines,
            "now": batch.made_at,
        },
    )
    unknown_ones, unasked = frozenset(unknown), set(unknown)
    for entry in entries:
        meter = (entry.service, entry.reference)
        is_unknown = not entry.fault and meter in unknown_ones
        # The first of several lines for one meter asks for all of them.
        asks = is_unknown and meter in unasked
        if asks:
            unasked.discard(meter)
        yield (
            "batch_line_add",
            {
                "batch_id": batch.id,
                "line": entry.number,
                "order_id": entry.order_id,
                "written": entry.written,
                "service": entry.service,
                "reference": entry.reference,
                "amount_xof": entry.amount_xof,
                "name": entry.name,
                "holder": entry.holder,
                "client_id": entry.client_id,
                "fault": entry.fault,
                "repeats": entry.repeats,
                "state": "bad" if entry.fault else "to_check" if is_unknown else "good",
                "asked": int(asks),
                "due_at": batch.made_at if asks else None,
            },
        )


def mark_ready(customer: str, batch_id: str) -> Script[None]:
    """The check of a customer's batch is being shown: it waits for the Confirm now."""
    yield "batch_ready", {"id": batch_id, "customer": customer}


def drop(customer: str, batch_id: str) -> Script[None]:
    """A customer's batch comes to nothing; one that was confirmed stays."""
    yield "batch_drop", {"id": batch_id, "customer": customer}


def mark_running(customer: str, batch_id: str, address: str, now: int) -> Script[bool]:
    """A customer's batch was confirmed, at this address; False where it was before, or cannot be."""
    return bool((yield "batch_start", {"id": batch_id, "customer": customer, "address": address, "now": now}))


def mark_stopped(customer: str, batch_id: str, now: int) -> Script[bool]:
    """Nothing more of a customer's batch is bought; False where it is not running, or was stopped before."""
    return bool((yield "batch_stop", {"id": batch_id, "customer": customer, "now": now}))


def move_all(customer: str, into: str) -> Script[None]:
    """A customer is joined to another: their batches are the other's."""
    yield "batches_join", {"customer": customer, "into": into}


def part(account: str, into: str, addresses: tuple[str, ...]) -> Script[None]:
    """Some addresses leave an account: the batches that they made are another customer's."""
    yield "batches_part", {"account": account, "into": into, "theirs": encode(addresses).decode()}
