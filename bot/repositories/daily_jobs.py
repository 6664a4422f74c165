"""What is done once a day, and what the report of the morning counts. Pure."""

from typing import Final

from msgspec import Struct

from bot.domain.concerns import AuditSummary
from bot.domain.encoding import decoder, encode
from bot.domain.order import State
from bot.repositories.rows import all_of, reader
from bot.store import Script


class DailyJob(Struct, frozen=True):
    """The last day (`YYYY-MM-DD`) for which a job was done, and what an audit found."""

    day: str
    summary: AuditSummary | None = None


class DayOrders(Struct, frozen=True):
    """The orders of a day that are in one state."""

    state: State
    many: int
    amount_xof: int


class DayFees(Struct, frozen=True):
    """What a day earned, and what it gave as commissions."""

    fees_xof: int
    commissions_xof: int


_read_audit = decoder(AuditSummary).decode
# Where there is no summary, the text is empty.
_job: Final = reader(DailyJob, summary=lambda text: _read_audit(text) if text else None)
_orders: Final = reader(DayOrders)
_fees: Final = reader(DayFees)


def job(name: str) -> Script[DailyJob | None]:
    """A job by its name; None where it was never begun."""
    rows = yield "daily_job", {"name": name}
    return _job(rows[0]) if rows else None


def begin(name: str, day: str) -> Script[None]:
    """A job counts as done for a day, and is due from then on."""
    yield "daily_job_begin", {"name": name, "day": day}


def take(name: str, day: str, summary: AuditSummary | None = None) -> Script[bool]:
    """A job is done for a day; False where it was done for it before."""
    text = "" if summary is None else encode(summary).decode()
    return bool((yield "daily_job_take", {"name": name, "day": day, "summary": text}))


def orders_between(since: int, until: int) -> Script[tuple[DayOrders, ...]]:
    """The orders confirmed at `since` or later and before `until`, by their state."""
    rows = yield "report_orders", {"since": since, "until": until}
    return all_of(rows, _orders)


def fees_between(since: int, until: int) -> Script[DayFees]:
    """What the books earned and gave in that time."""
    rows = yield "report_fees", {"since": since, "until": until}
    return _fees(rows[0])
