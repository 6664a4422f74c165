"""What the watch has told already, and what it tells now. Pure.

Theory of operation. Every minute each process looks around; what it sees of one kind is a *concern*, and the row of
that kind says since when it lasts and what was told of it. The row and the messages are written in one transaction, so
of several processes one tells. A concern is told when it begins, again when it has grown (not within `PAUSE_MS`), again
when it has lasted for hours, and once more when it has not been seen for a while. One that begins again right after its
end waits for the rest of the pause.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec import DecodeError

from bot.domain.concerns import HOUR_MS, Concern, Phase, Unbalanced, has_grown, kind_of
from bot.domain.model import Outbound, decoder, encode
from bot.domain.order import AlertKind
from bot.i18n import Voice
from bot.monitoring import checks
from bot.notices import alerts
from bot.repositories.floats import last_told_at
from bot.repositories.outbox import OutboxMessage
from bot.store import Script
from bot.transactions.budget import take_budget
from bot.transactions.installation import Installation
from bot.transactions.notifications import group_pause_ms
from bot.transactions.outbound import tell_admins
from bot.transactions.people import shop_now

MINUTE_MS = 60_000
# A concern that has grown is not told again sooner, one that only lasts not before hours, and it is over when it has
# not been seen for some minutes.
PAUSE_MS = 15 * MINUTE_MS
REMIND_MS = 4 * HOUR_MS
CALM_MS = 5 * MINUTE_MS
# What costs more than a glance is looked at less often.
SOMETIMES_MS = 10 * MINUTE_MS
# The provider is asked for its balance when no answer has told it for so long.
FLOAT_OLD_MS = 15 * MINUTE_MS
# A union is no class, but msgspec reads it.
_read_concern: Callable[[str], Concern] = decoder(Concern).decode  # type: ignore[arg-type]


@dataclass
class Told:
    """What a look around led to: messages, and for the log each kind of concern of which something was told, with its
    phase.
    """

    posted: list[OutboxMessage] = field(default_factory=list)
    phases: list[tuple[str, Phase]] = field(default_factory=list)


# What is wrong now.


def look_around(installation: Installation, felt: tuple[Concern, ...], knows: frozenset[str], now: int) -> Script[Told]:
    """Look at everything once, and tell what is to be told.

    `felt` is what this process has felt by itself of the provider, `knows` the kinds of which it can say something.
    """
    shop = yield from shop_now(installation)
    seen: dict[str, Concern | None] = dict.fromkeys(knows)
    seen |= {kind_of(each): each for each in felt}
    seen["float_low"] = yield from checks.float_low(shop, now)
    seen["stuck"] = yield from checks.stuck(now)
    seen["unusual_speed"] = yield from checks.unusual_speed(now)
    if (yield from _is_time("success", SOMETIMES_MS, now)):
        seen["success_falling"] = yield from checks.success_falling(now)
        seen["drift"] = yield from checks.drift(installation, now)
    return (yield from tell(installation, seen, now))


def ledger_is_due(now: int) -> Script[bool]:
    """Whether the whole ledger is to be summed now; it is done outside of any transaction."""
    return (yield from _is_time("ledger", HOUR_MS, now))


def tell_ledger(installation: Installation, total_xof: int, now: int) -> Script[Told]:
    """The ledger sums to this."""
    return (yield from tell(installation, {"unbalanced": Unbalanced(total_xof) if total_xof else None}, now))


def _is_time(name: str, pause_ms: int, now: int) -> Script[bool]:
    """Whether something that any process may do, and seldom enough, is ours to do now."""
    return bool((yield "alert_gate", {"kind": f"look:{name}", "now": now, "before": now - pause_ms}))


def tell(installation: Installation, seen: dict[str, Concern | None], now: int) -> Script[Told]:
    """Compare what is seen of each kind (None: nothing is wrong) with what was told of it, and tell the difference."""
    rows = yield "concerns", {}
    known = {str(row["kind"]): row for row in rows}
    to_be_told = Told()
    for kind, concern in sorted(seen.items()):
        row = known.get(kind)
        lasts = row is not None and row["ended_at"] is None
        began_at = now if row is None or not lasts else min(now, row["began_at"])
        told_at, told = (None, None) if row is None else (row["told_at"], row["told"])
        if told_at is not None and told_at > now:
            # The clock was turned back: what was told of this is as good as told now, of anything earlier never.
            told_at = now if lasts else None
        if concern is None:
            if row is not None and lasts and not 0 <= now - row["seen_at"] < CALM_MS:
                yield from _save(kind, began_at, row["seen_at"], now, told_at, told)
                before = _before(told)
                if before is not None and told_at is not None and told_at >= began_at and alerts.tells_its_end(kind):
                    ended = _telling(before, before, "over", now - began_at)
                    to_be_told.posted += yield from tell_admins(installation, ended, now)
                    to_be_told.phases.append((kind, "over"))
            continue
        phase = _phase(concern, _before(told), began_at, told_at, now)
        if phase is not None:
            before = _before(told) if phase == "goes_on" else None
            telling = _telling(concern, before, phase, now - began_at)
            to_be_told.posted += yield from tell_admins(installation, telling, now)
            to_be_told.phases.append((kind, phase))
            told_at, told = now, encode(concern).decode()
        yield from _save(kind, began_at, now, None, told_at, told)
    return to_be_told


def _phase(concern: Concern, before: Concern | None, began_at: int, told_at: int | None, now: int) -> Phase | None:
    """What is to be told of a concern that is there; None: nothing now."""
    if before is None or told_at is None:
        return "begins"
    silent_ms = now - told_at
    if told_at < began_at:
        return "begins" if silent_ms >= PAUSE_MS else None
    if silent_ms >= REMIND_MS or (silent_ms >= PAUSE_MS and has_grown(before, concern)):
        return "goes_on"
    return None


def _before(told: str | None) -> Concern | None:
    """What was told; nothing of it where it is of a form that we do not know (any more)."""
    try:
        return None if told is None else _read_concern(told)
    except DecodeError:
        return None


def _save(
    kind: str, began_at: int, seen_at: int, ended_at: int | None, told_at: int | None, told: str | None
) -> Script[None]:
    yield (
        "concern_save",
        {
            "kind": kind,
            "began_at": began_at,
            "seen_at": seen_at,
            "ended_at": ended_at,
            "told_at": told_at,
            "told": told,
        },
    )


def _telling(concern: Concern, before: Concern | None, phase: Phase, lasted_ms: int) -> Callable[[Voice], Outbound]:
    return lambda voice: alerts.concern(concern, before, phase, lasted_ms, voice)


# The provider's balance, asked for.


def float_is_old(installation: Installation, now: int) -> Script[bool]:
    """Whether the provider should be asked for its balance now: nobody has told it for a while, and there is a place in
    the request budget, which is then taken.
    """
    told_at = yield from last_told_at()
    if told_at is not None and 0 <= now - told_at < FLOAT_OLD_MS:
        return False
    if (yield from take_budget(installation, "poll", now, waits=False)):
        return False
    return (yield from _is_time("float", FLOAT_OLD_MS, now))


# Alerts about orders that came too soon after another of their kind.


def tell_together(installation: Installation, now: int) -> Script[list[OutboxMessage]]:
    """Tell what was left untold for a moment, each kind in one message."""
    posted: list[OutboxMessage] = []
    waiting = yield "hushed_kinds", {}
    for row in waiting:
        kind: AlertKind = row["kind"]
        since = int(row["since"])
        if 0 <= now - since < group_pause_ms(kind):
            continue
        rows = yield "hushed_take", {"kind": kind}
        orders = tuple(dict.fromkeys(str(each["order_id"]) for each in sorted(rows, key=lambda each: int(each["id"]))))
        posted += yield from tell_admins(installation, _together(kind, orders, since), now)
    return posted


def _together(kind: AlertKind, orders: tuple[str, ...], since: int) -> Callable[[Voice], Outbound]:
    return lambda voice: alerts.hushed(kind, orders, since, voice)
