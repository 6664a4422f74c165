"""What the watch does once a day: the audit of the night, the report of the morning. Pure.

A chore's row holds the last day for which it was done, and moves forward only. A process that was down at the hour does
it when it is back; of several processes one does; a clock that jumps back finds it done.
"""

from bot.domain.audit import Findings
from bot.domain.concerns import HOUR_MS, AuditTold, DayTold
from bot.domain.model import decoder, encode
from bot.domain.order import STUCK_AFTER_MS
from bot.domain.period import DAY_MS, Period, day_of
from bot.notices.audits import audit_message, morning
from bot.repositories.floats import float_now
from bot.repositories.outbox import OutboxMessage
from bot.store import Script
from bot.transactions.installation import Installation
from bot.transactions.outbound import tell_admins
from bot.transactions.people import shop_now

# Dakar is UTC all year round.
AUDIT_AT_MS = 30 * 60_000
REPORT_AT_MS = 7 * HOUR_MS
# A watch that was away for longer audits only the last days.
MOST_AUDITED_DAYS = 31

_read_audit = decoder(AuditTold).decode


def _owed(name: str, due: str) -> Script[str | None]:
    """The last day for which a chore was done, if it is owed for `due`. Nothing is owed from before there was a bot."""
    rows = yield "chore_of", {"name": name}
    if not rows:
        yield "chore_begin", {"name": name, "day": due}
        return None
    done = str(rows[0]["day"])
    return done if done < due else None


def _after(day: str, days: int = 1) -> str:
    return day_of(Period(day, day).since + days * DAY_MS)


def audit_due(now: int) -> Script[tuple[str, str] | None]:
    """The days that the nightly audit owes, first and last; None for none. Days that were missed are made up for."""
    due = day_of(now - AUDIT_AT_MS - DAY_MS)
    done = yield from _owed("audit", due)
    return None if done is None else (max(_after(done), _after(due, 1 - MOST_AUDITED_DAYS)), due)


def tell_audit(installation: Installation, findings: Findings, now: int) -> Script[list[OutboxMessage]]:
    """Tell what the nightly audit found, unless another process has told it."""
    told = AuditTold(
        findings.first,
        findings.last,
        findings.orders,
        findings.entries,
        findings.moved_xof,
        len(findings.findings),
    )
    taken = yield "chore_take", {"name": "audit", "day": findings.last, "told": encode(told).decode()}
    if not taken:
        return []
    return (yield from tell_admins(installation, lambda voice: audit_message(voice, findings), now))


def morning_report(installation: Installation, now: int) -> Script[list[OutboxMessage]]:
    """Tell how the day before went, once, from seven o'clock on."""
    due = day_of(now - REPORT_AT_MS)
    if (yield from _owed("report", due)) is None:
        return []
    taken = yield "chore_take", {"name": "report", "day": due, "told": ""}
    if not taken:
        return []
    day = yield from _day_told(installation, _after(due, -1), now)
    return (yield from tell_admins(installation, lambda voice: morning(day, voice), now))


def _day_told(installation: Installation, day: str, now: int) -> Script[DayTold]:
    between = {"since": Period(day, day).since, "until": Period(day, day).until}
    rows = yield "report_orders", between
    many = {str(row["state"]): int(row["many"]) for row in rows}
    earned = yield "report_fees", between
    shop = yield from shop_now(installation)
    known = yield from float_now(shop.float_alert_xof, now)
    stuck = yield "stuck_count", {"since": now - STUCK_AFTER_MS}
    audited = yield "chore_of", {"name": "audit"}
    of_that_day = audited[0]["told"] if audited and audited[0]["day"] == day else ""
    ended = {state: many.get(state, 0) for state in ("delivered", "refused", "cancelled")}
    return DayTold(
        day,
        orders=sum(many.values()),
        delivered=ended["delivered"],
        refused=ended["refused"],
        cancelled=ended["cancelled"],
        open=sum(many.values()) - sum(ended.values()),
        amount_xof=sum(int(row["amount_xof"]) for row in rows if row["state"] == "delivered"),
        fees_xof=int(earned[0]["fees_xof"]),
        commissions_xof=int(earned[0]["commissions_xof"]),
        float=known,
        stuck=int(stuck[0]["many"]),
        audit=_read_audit(of_that_day) if of_that_day else None,
    )
