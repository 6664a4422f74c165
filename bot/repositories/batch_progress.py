"""How far lists of sales are: the meters that are still to be asked about, and the progress that their owners were
shown. Pure.
"""

from typing import Final

from msgspec import Struct

from bot.repositories.batches import Batch, Fault, batch_of
from bot.repositories.leases import PAUSE_LIMIT_MS
from bot.repositories.rows import all_of, reader
from bot.store import Script


class Check(Struct, frozen=True):
    """A line of a customer's batch whose meter somebody must ask about now."""

    batch_id: str
    line: int
    reference: str
    customer: str


class Audience(Struct, frozen=True):
    """Who is shown the progress of a batch: the address that sent it and its account. `progress_at` and `progress_id`
    are when it was shown last, and by which message of the outbox.
    """

    address: str
    customer: str
    progress_at: int
    progress_id: int | None


_check: Final = reader(Check)
_audience: Final = reader(Audience)


def checks_due(now: int, count: int) -> Script[tuple[Check, ...]]:
    """The meters that are to be asked about, in the order of their turns."""
    return all_of((yield "batch_checks_due", {"now": now, "beyond": now + PAUSE_LIMIT_MS, "count": count}), _check)


def lease_check(check: Check, until: int) -> Script[None]:
    """Somebody asks: nobody else does until then."""
    yield (
        "batch_check_later",
        {"id": check.batch_id, "line": check.line, "due_at": until, "pause_ms": 0, "failed": 0},
    )


def note_silence(check: Check, now: int, pause_ms: int) -> Script[int]:
    """The provider said nothing: it is asked again after a pause that grows with every try. Answers how many tries
    there were; 0 for a line that was checked meanwhile.
    """
    rows = yield (
        "batch_check_later",
        {"id": check.batch_id, "line": check.line, "due_at": now + pause_ms, "pause_ms": pause_ms, "failed": 1},
    )
    return int(rows[0]["tries"]) if rows else 0


def note_holder(check: Check, holder: str) -> Script[None]:
    """The provider said whose meter it is: every line of the batch for this meter is good."""
    yield "batch_meter_known", {"id": check.batch_id, "reference": check.reference, "holder": holder}


def note_fault(check: Check, fault: Fault) -> Script[None]:
    """Every line of the batch for this meter has a fault."""
    yield "batch_meter_fault", {"id": check.batch_id, "reference": check.reference, "fault": fault}


def mark_moved(batch_id: str) -> Script[None]:
    """There is something new to tell of a batch."""
    yield "batch_touch", {"id": batch_id}


def is_checked(batch_id: str) -> Script[bool]:
    """Whether no line of a batch is left to check."""
    return not (yield "batch_unchecked", {"id": batch_id})


def take_checked(now: int, before: int) -> Script[list[tuple[str, str]]]:
    """The batches that are checked, each with its owner's address, unless this was asked since `before`."""
    return [(row["id"], row["address"]) for row in (yield "batches_checked", {"now": now, "before": before})]


def moved(before: int, count: int) -> Script[list[str]]:
    """The ids of the batches that have something new to show, or have shown nothing since `before`."""
    return [str(row["id"]) for row in (yield "batches_moved", {"before": before, "count": count})]


def audience_of(batch_id: str) -> Script[tuple[Batch, Audience]]:
    """A batch, and who is shown its progress."""
    row = (yield "batch_load", {"id": batch_id})[0]
    return batch_of(row), _audience(row)


def is_queued(outbox_id: int) -> Script[bool]:
    """Whether a message still waits in the outbox."""
    return bool((yield "outbox_holds", {"id": outbox_id}))


def note_progress(batch_id: str, now: int, outbox_id: int | None) -> Script[None]:
    """The progress of a batch was shown, by this message."""
    yield "batch_progress", {"id": batch_id, "now": now, "progress_id": outbox_id}


def end(batch_id: str, now: int) -> Script[None]:
    """Every line of a running batch has ended or needs a person."""
    yield "batch_done", {"id": batch_id, "now": now}
