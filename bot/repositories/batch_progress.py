"""How far lists of sales are: the meters that are still to be asked about, and the progress that their owners were
shown. Pure.
"""

from typing import Final

from msgspec import Struct

from bot.domain.catalog import ServiceName
from bot.domain.inquiry import Bill
from bot.domain.order import STILL_PENDING_AFTER_POLLS
from bot.repositories.batches import _KIND, Batch, BatchState, Entry, Fault, Subtotal, Tally, batch_of
from bot.repositories.leases import PAUSE_LIMIT_MS
from bot.repositories.rows import all_of, reader
from bot.store import Script


class Check(Struct, frozen=True):
    """A line of a customer's batch whose meter somebody must ask about now."""

    batch_id: str
    line: int
    reference: str
    customer: str
    service: ServiceName = "woyofal"


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


def lease_check(check: Check, until: int, owner: str) -> Script[None]:
    """A process asks: nobody else does until then."""
    yield (
        "batch_check_later",
        {"id": check.batch_id, "line": check.line, "due_at": until, "pause_ms": 0, "failed": 0, "owner": owner},
    )


def note_silence(check: Check, now: int, pause_ms: int) -> Script[int]:
    """The provider said nothing: it is asked again after a pause that grows with every try. Answers how many tries
    there were; 0 for a line that was checked meanwhile.
    """
    rows = yield (
        "batch_check_later",
        {
            "id": check.batch_id,
            "line": check.line,
            "due_at": now + pause_ms,
            "pause_ms": pause_ms,
            "failed": 1,
            "owner": None,
        },
    )
    return int(rows[0]["tries"]) if rows else 0


def note_holder(check: Check, holder: str) -> Script[None]:
    """The provider said whose meter it is: every line of the batch for this meter is good."""
    yield "batch_meter_known", _meter(check) | {"holder": holder}


def note_bill(check: Check, holder: str, bill: Bill) -> Script[None]:
    """The provider said what is due: every line of the batch for this reference pays that; one in which another amount
    is written has that fault.
    """
    due: dict[str, str | int | None] = {
        "holder": holder,
        "amount_xof": bill.amount_xof,
        "reference_facture": bill.reference_facture,
        "due_on": bill.due_on,
    }
    yield "batch_bill_known", _meter(check) | due
    yield from note_fault(check, "other_amount")


def _meter(check: Check) -> dict[str, str | int | None]:
    return {"id": check.batch_id, "service": check.service, "reference": check.reference}


def note_fault(check: Check, fault: Fault) -> Script[None]:
    """Every line of the batch for this meter has a fault."""
    yield "batch_meter_fault", _meter(check) | {"fault": fault}


def pick(customer: str, batch_id: str, entry: Entry, asked_at: int | None) -> Script[bool]:
    """The reseller said which client a line of their list means, which waits for its Confirm: the line is as `entry`
    says. At `asked_at` the provider is asked whose meter it is, and the list is being checked again; None: that is
    known. False where the line is not open, or the list.
    """
    changed = yield (
        "batch_line_pick",
        {
            "id": batch_id,
            "customer": customer,
            "line": entry.number,
            "reference": entry.reference,
            "name": entry.name,
            "holder": entry.holder,
            "client_id": entry.client_id,
            "fault": entry.fault,
            "repeats": entry.repeats,
            "state": "bad" if entry.fault else "good" if asked_at is None else "to_check",
            "asked": int(asked_at is not None),
            "due_at": asked_at,
        },
    )
    if changed and asked_at is not None:
        yield "batch_check_again", {"id": batch_id, "customer": customer, "now": asked_at}
    return bool(changed)


class Progress(Struct, frozen=True):
    """How far a batch is that has something new to tell."""

    state: BatchState
    stopped_at: int | None


_progress: Final = reader(Progress)


def mark_moved(batch_id: str) -> Script[Progress | None]:
    """There is something new to tell of a batch; None for no such batch."""
    rows = yield "batch_touch", {"id": batch_id}
    return _progress(rows[0]) if rows else None


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


def moved_order(order_id: str) -> Script[None]:
    """An order moved: the batch that it is a line of, if it is, has something to tell."""
    yield "batch_touch_by", {"order_id": order_id}


def keep_message_ref(batch_id: str, message_ref: str) -> Script[None]:
    """The message that tells a batch's progress is the one of this name from now on."""
    yield "batch_message", {"id": batch_id, "message_ref": message_ref}


def release_checks(now: int) -> Script[None]:
    """Every check that was taken up is due again."""
    yield "batch_checks_release", {"now": now}


def title_of(batch_id: str) -> Script[tuple[str, int] | None]:
    """What a batch is called and when it was made; None for no such batch."""
    rows = yield "batch_load", {"id": batch_id}
    return (rows[0]["name"], rows[0]["made_at"]) if rows else None


def tally_of(customer: str, batch_id: str) -> Script[Tally]:
    """How far a customer's batch is; an empty tally for somebody else's."""
    parts: dict[str, Subtotal] = {}
    rows = yield "batch_tally", {"id": batch_id, "customer": customer, "slow": STILL_PENDING_AFTER_POLLS}
    for row in rows:
        kind = _KIND.get(row["state"]) or ("checked" if row["slow"] else "under_way")
        before = parts.get(kind, Subtotal())
        price_xof, commission_xof = int(row["price_xof"]), int(row["commission_xof"])
        parts[kind] = Subtotal(
            before.lines + int(row["many"]),
            before.amount_xof + int(row["amount_xof"]),
            before.price_xof + price_xof,
            before.total_xof + price_xof - commission_xof,
            before.commission_xof + commission_xof,
        )
    return Tally(**parts)
