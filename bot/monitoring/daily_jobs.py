"""What is done once a day: the audit of the night, the report of the morning. Pure.

A job's row holds the last day for which it was done, and moves forward only. A process that was down at the hour does
it when it is back; of several processes one does; a clock that jumps back finds it done.
"""

from bot.domain.audit import Findings
from bot.domain.concerns import HOUR_MS, AuditSummary
from bot.domain.period import DAY_MS, Period, day_of
from bot.notices.audits import audit_message, morning
from bot.repositories import daily_jobs
from bot.repositories.outbox import OutboxMessage
from bot.store import Script
from bot.transactions.admins import tell_admins
from bot.transactions.day_summary import day_summary
from bot.transactions.installation import Installation
from bot.transactions.people import shop_now

# Dakar is UTC all year round.
AUDIT_AT_MS = 30 * 60_000
REPORT_AT_MS = 7 * HOUR_MS
# After a longer pause only the last days are audited.
MOST_AUDITED_DAYS = 31


def _missed(name: str, due: str) -> Script[str | None]:
    """The last day for which a job was done, if it is before `due`. Nothing is due from before there was a bot."""
    done = yield from daily_jobs.job(name)
    if done is None:
        yield from daily_jobs.begin(name, due)
        return None
    return done.day if done.day < due else None


def _after(day: str, days: int = 1) -> str:
    return day_of(Period(day, day).since + days * DAY_MS)


def audit_due(now: int) -> Script[tuple[str, str] | None]:
    """The days for the nightly audit, first and last; None for none. Days that were missed are made up for."""
    due = day_of(now - AUDIT_AT_MS - DAY_MS)
    done = yield from _missed("audit", due)
    return None if done is None else (max(_after(done), _after(due, 1 - MOST_AUDITED_DAYS)), due)


def report_audit(installation: Installation, findings: Findings, now: int) -> Script[list[OutboxMessage]]:
    """Send the admins what the nightly audit found, unless another process has."""
    summary = AuditSummary(
        findings.first,
        findings.last,
        findings.orders,
        findings.entries,
        findings.moved_xof,
        len(findings.findings),
    )
    if not (yield from daily_jobs.take("audit", findings.last, summary)):
        return []
    return (yield from tell_admins(installation, lambda voice: audit_message(voice, findings), now))


def morning_report(installation: Installation, now: int) -> Script[list[OutboxMessage]]:
    """Send the admins how the day before went, once, from seven o'clock on."""
    due = day_of(now - REPORT_AT_MS)
    if (yield from _missed("report", due)) is None:
        return []
    if not (yield from daily_jobs.take("report", due)):
        return []
    shop = yield from shop_now(installation)
    day = yield from day_summary(shop, _after(due, -1), now)
    return (yield from tell_admins(installation, lambda voice: morning(day, voice), now))
