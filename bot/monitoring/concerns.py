"""What was reported of what is wrong, and what is reported now. Pure.

Theory of operation. Every minute each process looks around; what it sees of one kind is a *concern*, and the row of
that kind says since when it lasts and what was reported of it. The row and the messages are written in one transaction,
so that one of several processes reports it. A concern is reported when it begins, again when it has grown (not within
`PAUSE_MS`), again when it has lasted for hours, and once more when it has not been seen for a while. One that begins
again right after its end waits for the rest of the pause.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from bot.domain.concerns import HOUR_MS, Concern, Phase, Unbalanced, has_grown, kind_of
from bot.domain.order import AlertKind
from bot.domain.outbound import Outbound
from bot.domain.people import Address
from bot.i18n import Safe, Voice
from bot.monitoring import checks
from bot.notices import alerts
from bot.notices.person_names import beside
from bot.repositories.alerts import ConcernRecord, concerns, save_concern, take_turn, take_waiting, waiting
from bot.repositories.floats import last_reported_at
from bot.repositories.outbox import OutboxMessage
from bot.repositories.person_names import called_as
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions.alerting import end_silences, tell_alert
from bot.transactions.budget import take_budget
from bot.transactions.contact import look_after
from bot.transactions.installation import Installation
from bot.transactions.notifications import group_pause_ms
from bot.transactions.proofs import tell_waiting

MINUTE_MS = 60_000
# A concern that has grown is not reported again sooner, one that only lasts not before hours. It is over when it has
# not been seen for some minutes.
PAUSE_MS = 15 * MINUTE_MS
REMIND_MS = 4 * HOUR_MS
CALM_MS = 5 * MINUTE_MS
# What costs more than a glance is looked at less often.
SOMETIMES_MS = 10 * MINUTE_MS
# The provider is asked for its balance when no answer has named it for so long.
FLOAT_OLD_MS = 15 * MINUTE_MS


@dataclass
class Reported:
    """What a look around led to: messages, and for the log each kind of concern that was reported, with its phase."""

    posted: list[OutboxMessage] = field(default_factory=list)
    phases: list[tuple[str, Phase]] = field(default_factory=list)


# What is wrong now.


def is_thorough(now: int) -> Script[bool]:
    """Whether this time also what costs more than a glance is looked at."""
    return (yield from _is_time("success", SOMETIMES_MS, now))


def look_around(
    installation: Installation,
    shop: ShopSettings,
    observed: tuple[Concern, ...],
    assessed: frozenset[str],
    now: int,
    *,
    thorough: bool,
) -> Script[dict[str, Concern | None]]:
    """What is seen of each kind of concern, None where nothing is wrong. It only reads, and may take its time.

    `observed` is what this process has observed of the provider, `assessed` the kinds of which it can say something.
    """
    seen: dict[str, Concern | None] = dict.fromkeys(assessed)
    seen |= {kind_of(each): each for each in observed}
    seen["float_low"] = yield from checks.float_low(shop, now)
    seen["stuck"] = yield from checks.stuck(now)
    seen["unusual_speed"] = yield from checks.unusual_speed(now)
    if thorough:
        seen["success_falling"] = yield from checks.success_falling(now)
        seen["drift"] = yield from checks.drift(installation, now)
    return seen


def ledger_is_due(now: int) -> Script[bool]:
    """Whether the whole ledger is to be summed now; it is done outside of any transaction."""
    return (yield from _is_time("ledger", HOUR_MS, now))


def report_ledger(installation: Installation, total_xof: int, now: int) -> Script[Reported]:
    """Report whether the ledger sums to zero."""
    return (yield from report(installation, {"unbalanced": Unbalanced(total_xof) if total_xof else None}, now))


def _is_time(name: str, pause_ms: int, now: int) -> Script[bool]:
    return (yield from take_turn(f"look:{name}", pause_ms, now))


def report(installation: Installation, seen: dict[str, Concern | None], now: int) -> Script[Reported]:
    """Compare what is seen of each kind (None: nothing is wrong) with what was reported, and report the difference."""
    known = yield from concerns()
    result = Reported()
    for kind, concern in sorted(seen.items()):
        record = _as_of(now, known.get(kind) or ConcernRecord(kind, now, now, ended_at=now))
        if concern is not None:
            yield from _report_present(installation, record, concern, now, result)
        elif record.ended_at is None and not 0 <= now - record.seen_at < CALM_MS:
            yield from _report_end(installation, record, now, result)
    return result


def _as_of(now: int, record: ConcernRecord) -> ConcernRecord:
    """What is known of a kind, where the clock was turned back: one that lasts counts as reported now, anything
    earlier as never reported.
    """
    lasts = record.ended_at is None
    reported_at = record.reported_at
    if reported_at is not None and reported_at > now:
        reported_at = now if lasts else None
    return replace(record, began_at=min(now, record.began_at) if lasts else now, reported_at=reported_at)


def _report_present(
    installation: Installation, record: ConcernRecord, concern: Concern, now: int, result: Reported
) -> Script[None]:
    """It is there now."""
    phase = _phase(concern, record, now)
    if phase is not None:
        if phase == "begins":
            # Whoever saw to it the last time has done so.
            record = replace(record, taken_by=None, taken_at=None)
        before = record.reported if phase == "goes_on" else None
        result.posted += yield from _tell(installation, record, concern, before, phase, now)
        result.phases.append((record.kind, phase))
        record = replace(record, reported_at=now, reported=concern)
    yield from save_concern(replace(record, seen_at=now, ended_at=None))


def _report_end(installation: Installation, record: ConcernRecord, now: int, result: Reported) -> Script[None]:
    """It has not been seen for a while."""
    yield from save_concern(replace(record, ended_at=now))
    reported, reported_at = record.reported, record.reported_at
    if (
        reported is not None
        and reported_at is not None
        and reported_at >= record.began_at
        and alerts.tells_its_end(record.kind)
    ):
        result.posted += yield from _tell(installation, record, reported, reported, "over", now)
        result.phases.append((record.kind, "over"))


def _phase(concern: Concern, record: ConcernRecord, now: int) -> Phase | None:
    """What is to be reported of a concern that is there; None: nothing now."""
    if record.reported is None or record.reported_at is None:
        return "begins"
    silent_ms = now - record.reported_at
    if record.reported_at < record.began_at:
        return "begins" if silent_ms >= PAUSE_MS else None
    if silent_ms >= REMIND_MS or (silent_ms >= PAUSE_MS and has_grown(record.reported, concern)):
        return "goes_on"
    return None


def _tell(
    installation: Installation, record: ConcernRecord, concern: Concern, before: Concern | None, phase: Phase, now: int
) -> Script[list[OutboxMessage]]:
    lasted_ms = now - record.began_at
    called = None if record.taken_by is None else (yield from called_as(Address.parse(record.taken_by)))

    def message(t: Voice) -> Outbound:
        taken = (
            None if called is None else alerts.taken(t, str(called.address), beside(t, called), record.taken_at or now)
        )
        return alerts.concern(concern, before, phase, lasted_ms, t, taken)

    def in_group(t: Voice) -> Safe:
        return alerts.concern_in_group(concern, phase, lasted_ms, t)

    return (yield from tell_alert(installation, record.kind, message, in_group, now))


# The provider's balance, asked for.


def float_is_old(installation: Installation, now: int) -> Script[bool]:
    """Whether the provider should be asked for its balance now: no answer has named it for a while, and there is a
    place in the request budget, which is then taken.
    """
    reported_at = yield from last_reported_at()
    if reported_at is not None and 0 <= now - reported_at < FLOAT_OLD_MS:
        return False
    if (yield from take_budget(installation, "poll", now, waits=False)):
        return False
    return (yield from _is_time("float", FLOAT_OLD_MS, now))


# Alerts about orders that came too soon after another of their kind.


def report_groups(installation: Installation, now: int) -> Script[list[OutboxMessage]]:
    """Report the alerts that were held back for a moment, each kind in one message."""
    posted: list[OutboxMessage] = []
    for group in (yield from waiting()):
        if 0 <= now - group.since < group_pause_ms(group.kind):
            continue
        subjects = yield from take_waiting(group.kind)
        posted += yield from tell_alert(
            installation,
            group.kind,
            _group(group.kind, subjects, group.since),
            _in_group(group.kind, subjects),
            now,
        )
    # Customers who wait for a person, or for what they paid, and of whom it was too soon or too late to tell.
    posted += yield from look_after(installation, now)
    posted += yield from tell_waiting(installation, now)
    return posted + (yield from end_silences(installation, now))


def _group(kind: AlertKind, orders: tuple[str, ...], since: int) -> Callable[[Voice], Outbound]:
    return lambda voice: alerts.group(kind, orders, since, voice)


def _in_group(kind: AlertKind, orders: tuple[str, ...]) -> Callable[[Voice], Safe]:
    return lambda voice: alerts.in_group(voice, kind, orders)
