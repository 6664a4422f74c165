"""Many sales at once: what the dialogue sees of a reseller's lists, and what it does to them. Pure.

Theory of operation. A list and its lines are written down the moment it was read; every change after that is guarded
by the batch's state and by whose it is. The Confirm writes every order and every hold in the step's own transaction.
From there on the orders' own scripts move the lines and mark the batch as moved (`batch_touch`). A stop calls back what
was not sent, in one transaction; a line that comes back unsent later is called back then. What happens to a list while
nobody speaks, its check and the words on its progress, is in `batch_work`.
"""

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from bot.dialogue.effects import Effect
from bot.dialogue.looks import Look
from bot.dialogue.reseller.batch_effects import DropBatch, KeepBatch, ReadyBatch, StartBatch, StopBatch
from bot.dialogue.reseller.batch_looks import (
    Batch,
    Entry,
    Known,
    LookBatch,
    LookBatches,
    LookBatchTwins,
    LookEntries,
    LookEntryOrder,
    LookKnownMeters,
    LookRunning,
    LookTally,
    LookUnbought,
    Part,
    Tally,
)
from bot.domain.order import STILL_PENDING_AFTER_POLLS, Order, confirm
from bot.remembering.doing import Doing
from bot.remembering.installation import Installation
from bot.remembering.orders import SettlementResult, call_back
from bot.remembering.rows import add_order, note, order_of, post_all
from bot.store import Row, Script

# What the dialogue looks at.


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


def _look_batch(look: LookBatch, customer: str, installation: Installation) -> Script[Batch | None]:
    return (yield from load_batch(look.batch_id, customer))


def _look_batches(look: LookBatches, customer: str, installation: Installation) -> Script[tuple[Batch, ...]]:
    found = []
    for row in (yield "batches_of", {"customer": customer, "count": look.count}):
        found += yield from _loaded(row["id"])
    return tuple(found)


def _loaded(batch_id: str) -> Script[list[Batch]]:
    return [batch_of(row) for row in (yield "batch_load", {"id": batch_id})]


def _look_running(look: LookRunning, customer: str, installation: Installation) -> Script[Batch | None]:
    running = yield from running_of(customer)
    return (yield from load_batch(running[0])) if running else None


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


def _look_entries(look: LookEntries, customer: str, installation: Installation) -> Script[tuple[Entry, ...]]:
    own = yield from load_batch(look.batch_id, customer)
    return () if own is None else (yield from entries_of(own.id))


def _look_entry_order(look: LookEntryOrder, customer: str, installation: Installation) -> Script[Order | None]:
    rows = yield "batch_line_order", {"id": look.batch_id, "line": look.line}
    order = order_of(rows[0]) if rows else None
    return order if order is not None and order.customer == customer else None


def _look_unbought(look: LookUnbought, customer: str, installation: Installation) -> Script[tuple[Order, ...]]:
    own = yield from load_batch(look.batch_id, customer)
    return () if own is None else (yield from unbought_of(own.id, look.count))


def unbought_of(batch_id: str, count: int) -> Script[tuple[Order, ...]]:
    """The lines of a batch that were not bought or are being checked."""
    return tuple(order_of(row) for row in (yield "batch_unbought", {"id": batch_id, "count": count}))


def _look_twins(look: LookBatchTwins, customer: str, installation: Installation) -> Script[tuple[int, ...]]:
    rows = yield "batch_twins", {"id": look.batch_id, "customer": customer, "since": look.since}
    return tuple(int(row["line"]) for row in rows)


def _look_known(look: LookKnownMeters, customer: str, installation: Installation) -> Script[dict[str, Known]]:
    found: dict[str, Known] = {}
    for reference in look.references:
        meter = {"customer": customer, "reference": reference}
        booked = yield "meter_in_book", meter
        holder = str(booked[0]["holder"]) if booked else ""
        if not holder:
            rows = yield "meter_kept_or_sold", meter
            holder = str(rows[0]["holder"]) if rows else ""
        if booked:
            found[reference] = Known(holder, booked[0]["id"], booked[0]["name"])
        elif holder:
            found[reference] = Known(holder)
    return found


def _look_tally(look: LookTally, customer: str, installation: Installation) -> Script[Tally]:
    own = yield from load_batch(look.batch_id, customer)
    return Tally() if own is None else (yield from tally_of(own.id))


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

ANSWERS: Final[dict[type[Look], Callable[[Any, str, Installation], Script[Any]]]] = {
    LookBatch: _look_batch,
    LookBatches: _look_batches,
    LookRunning: _look_running,
    LookEntries: _look_entries,
    LookEntryOrder: _look_entry_order,
    LookUnbought: _look_unbought,
    LookBatchTwins: _look_twins,
    LookKnownMeters: _look_known,
    LookTally: _look_tally,
}


# What the dialogue wants.


def _keep(doing: Doing, effect: KeepBatch) -> Script[None]:
    yield "batches_drop", {"customer": doing.customer}
    yield (
        "batch_add",
        {
            "id": effect.batch_id,
            "customer": doing.customer,
            "address": str(doing.address),
            "name": effect.name,
            "lines": len(effect.entries),
            "now": doing.now,
        },
    )
    unknown_ones, unasked = frozenset(effect.unknown), set(effect.unknown)
    for entry in effect.entries:
        unknown = not entry.fault and entry.reference in unknown_ones
        # Of several lines for one meter the first asks for all.
        asks = unknown and entry.reference in unasked
        if asks:
            unasked.discard(entry.reference)
        yield (
            "batch_line_add",
            {
                "batch_id": effect.batch_id,
                "line": entry.number,
                "order_id": entry.order_id,
                "written": entry.written,
                "reference": entry.reference,
                "amount_xof": entry.amount_xof,
                "name": entry.name,
                "holder": entry.holder,
                "client_id": entry.client_id,
                "fault": entry.fault,
                "repeats": entry.repeats,
                "state": "bad" if entry.fault else "to_check" if unknown else "good",
                "asked": int(asks),
                "due_at": doing.now if asks else None,
            },
        )


def _ready(doing: Doing, effect: ReadyBatch) -> Script[None]:
    yield "batch_ready", {"id": effect.batch_id, "customer": doing.customer}


def _drop(doing: Doing, effect: DropBatch) -> Script[None]:
    yield "batch_drop", {"id": effect.batch_id, "customer": doing.customer}


def _start(doing: Doing, effect: StartBatch) -> Script[None]:
    """Every line becomes an order with its hold, or none does."""
    started = yield (
        "batch_start",
        {"id": effect.batch_id, "customer": doing.customer, "address": str(doing.address), "now": doing.now},
    )
    if not started:
        return
    # One place of the provider's budget after another: rows that cannot have their turn yet are not even looked at.
    interval_us = doing.installation.budget.interval_us
    holds = []
    for at, quote in enumerate(effect.quotes):
        order, held = confirm(quote, doing.address, doing.customer, doing.language, doing.now)
        order = replace(order, due_at=doing.now + at * interval_us // 1000)
        if (yield from add_order(order)):
            holds.append(held)
            yield from note(order.id, doing.now, "confirmed", order.state, f"batch {effect.batch_id}")
    yield from post_all(holds, doing.now, doing.installation.default_credit_limit_xof)
    doing.heard.wake += [quote.id for quote in effect.quotes[:1]]


def _stop(doing: Doing, effect: StopBatch) -> Script[None]:
    yield from stop_batch(doing.installation, effect.batch_id, doing.customer, doing.now, doing.heard.settled)


def stop_batch(
    installation: Installation, batch_id: str, customer: str, now: int, result: SettlementResult
) -> Script[None]:
    """Buy nothing more of a customer's running batch: what was not sent is called back. Once."""
    stopped = yield "batch_stop", {"id": batch_id, "customer": customer, "now": now}
    if stopped:
        for row in (yield "batch_waiting", {"id": batch_id}):
            yield from call_back(installation, order_of(row), now, result)


DEEDS: Final[dict[type[Effect], Callable[[Doing, Any], Script[None]]]] = {
    KeepBatch: _keep,
    ReadyBatch: _ready,
    DropBatch: _drop,
    StartBatch: _start,
    StopBatch: _stop,
}
