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
    LookBatch,
    LookBatches,
    LookBatchTwins,
    LookEntries,
    LookEntryOrder,
    LookKnownMeters,
    LookRunning,
    LookTally,
    LookUnbought,
)
from bot.domain.order import Order, confirm
from bot.repositories.batches import (
    Batch,
    Entry,
    Known,
    Tally,
    _loaded,
    entries_of,
    load_batch,
    running_of,
    tally_of,
    unbought_of,
)
from bot.repositories.money import post_all
from bot.repositories.orders import add_order, note, order_of
from bot.store import Script
from bot.transactions.installation import Installation
from bot.transactions.orders import SettlementResult, call_back
from bot.transactions.unit import Unit

# What the dialogue looks at.


def _look_batch(look: LookBatch, customer: str, installation: Installation) -> Script[Batch | None]:
    return (yield from load_batch(look.batch_id, customer))


def _look_batches(look: LookBatches, customer: str, installation: Installation) -> Script[tuple[Batch, ...]]:
    found = []
    for row in (yield "batches_of", {"customer": customer, "count": look.count}):
        found += yield from _loaded(row["id"])
    return tuple(found)


def _look_running(look: LookRunning, customer: str, installation: Installation) -> Script[Batch | None]:
    running = yield from running_of(customer)
    return (yield from load_batch(running[0])) if running else None


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


def _keep(unit: Unit, effect: KeepBatch) -> Script[None]:
    yield "batches_drop", {"customer": unit.customer}
    yield (
        "batch_add",
        {
            "id": effect.batch_id,
            "customer": unit.customer,
            "address": str(unit.address),
            "name": effect.name,
            "lines": len(effect.entries),
            "now": unit.now,
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
                "due_at": unit.now if asks else None,
            },
        )


def _ready(unit: Unit, effect: ReadyBatch) -> Script[None]:
    yield "batch_ready", {"id": effect.batch_id, "customer": unit.customer}


def _drop(unit: Unit, effect: DropBatch) -> Script[None]:
    yield "batch_drop", {"id": effect.batch_id, "customer": unit.customer}


def _start(unit: Unit, effect: StartBatch) -> Script[None]:
    """Every line becomes an order with its hold, or none does."""
    started = yield (
        "batch_start",
        {"id": effect.batch_id, "customer": unit.customer, "address": str(unit.address), "now": unit.now},
    )
    if not started:
        return
    # One place of the provider's budget after another: rows that cannot have their turn yet are not even looked at.
    interval_us = unit.installation.budget.interval_us
    holds = []
    for at, quote in enumerate(effect.quotes):
        order, held = confirm(quote, unit.address, unit.customer, unit.language, unit.now)
        order = replace(order, due_at=unit.now + at * interval_us // 1000)
        if (yield from add_order(order)):
            holds.append(held)
            yield from note(order.id, unit.now, "confirmed", order.state, f"batch {effect.batch_id}")
    yield from post_all(holds, unit.now, unit.installation.default_credit_limit_xof)
    unit.wake += [quote.id for quote in effect.quotes[:1]]


def _stop(unit: Unit, effect: StopBatch) -> Script[None]:
    yield from stop_batch(unit.installation, effect.batch_id, unit.customer, unit.now, unit.settled)


def stop_batch(
    installation: Installation, batch_id: str, customer: str, now: int, result: SettlementResult
) -> Script[None]:
    """Buy nothing more of a customer's running batch: what was not sent is called back. Once."""
    stopped = yield "batch_stop", {"id": batch_id, "customer": customer, "now": now}
    if stopped:
        for row in (yield "batch_waiting", {"id": batch_id}):
            yield from call_back(installation, order_of(row), now, result)


DEEDS: Final[dict[type[Effect], Callable[[Unit, Any], Script[None]]]] = {
    KeepBatch: _keep,
    ReadyBatch: _ready,
    DropBatch: _drop,
    StartBatch: _start,
    StopBatch: _stop,
}
