"""What is wrong and what was reported of it, and alerts that wait to be reported together. Pure."""

from collections.abc import Callable
from typing import Final

from msgspec import DecodeError, Struct

from bot.domain.concerns import Concern
from bot.domain.encoding import decoder, encode
from bot.domain.order import AlertKind
from bot.repositories.rows import all_of, reader
from bot.store import Script


class ConcernRecord(Struct, frozen=True):
    """A kind of thing that is wrong, or was until `ended_at`: since when, when it was seen last, and what was
    `reported` of it when; None: nothing, or something of a form that we do not know (any more). Times are in
    milliseconds. `taken_by` is the admin who sees to it, since `taken_at`.
    """

    kind: str
    began_at: int
    seen_at: int
    ended_at: int | None = None
    reported_at: int | None = None
    reported: Concern | None = None
    taken_by: str | None = None
    taken_at: int | None = None

    @property
    def lasts(self) -> bool:
        """Whether it is still there, and admins were told."""
        return self.ended_at is None and self.reported is not None


class Silence(Struct, frozen=True):
    """An admin who is not told of what can wait until `until_at`."""

    address: str
    until_at: int


class WaitingAlerts(Struct, frozen=True):
    """Alerts of one kind that wait to be reported together, the first since `since`."""

    kind: AlertKind
    since: int


# A union is no class, but msgspec reads it.
_read_concern: Final[Callable[[str], Concern]] = decoder(Concern).decode  # type: ignore[arg-type]


def _concern(text: str) -> Concern | None:
    try:
        return _read_concern(text)
    except DecodeError:
        return None


_record: Final = reader(ConcernRecord, reported=_concern)
_waiting: Final = reader(WaitingAlerts)
_silence: Final = reader(Silence)
# Nobody is silent for longer.
LONGEST_SILENCE_MS: Final = 43_200_000


def concerns() -> Script[dict[str, ConcernRecord]]:
    """Everything that is or was wrong, by its kind."""
    rows = yield "concerns", {}
    return {record.kind: record for record in all_of(rows, _record)}


def save_concern(record: ConcernRecord) -> Script[None]:
    """Write one kind down, whatever was known of it before."""
    yield (
        "concern_save",
        {
            "kind": record.kind,
            "began_at": record.began_at,
            "seen_at": record.seen_at,
            "ended_at": record.ended_at,
            "reported_at": record.reported_at,
            "reported": None if record.reported is None else encode(record.reported).decode(),
            "taken_by": record.taken_by,
            "taken_at": record.taken_at,
        },
    )


def take_turn(name: str, pause_ms: int, now: int) -> Script[bool]:
    """Whether something that any process may do, and seldom enough, is ours to do now; then nobody's for `pause_ms`."""
    return bool((yield "alert_gate", {"kind": name, "now": now, "before": now - pause_ms}))


def set_aside(kind: AlertKind, subject: str, now: int) -> Script[None]:
    """Keep an alert about an order or a person until others of its kind are reported."""
    yield "alert_set_aside", {"kind": kind, "order_id": subject, "now": now}


def waiting() -> Script[tuple[WaitingAlerts, ...]]:
    """The kinds of which alerts wait."""
    rows = yield "alerts_waiting", {}
    return all_of(rows, _waiting)


def take_waiting(kind: AlertKind) -> Script[tuple[str, ...]]:
    """Whom or what the waiting alerts of a kind are about, each once, in the order in which they came; they wait no
    longer.
    """
    rows = yield "alerts_take", {"kind": kind}
    return tuple(dict.fromkeys(str(row["order_id"]) for row in sorted(rows, key=lambda row: int(row["id"]))))


def silences() -> Script[tuple[Silence, ...]]:
    """Who is not told of what can wait."""
    return all_of((yield "silences", {}), _silence)


def be_silent(address: str, until_at: int) -> Script[None]:
    """Tell an admin nothing that can wait until a time."""
    yield "silence_set", {"address": address, "until_at": until_at}


def end_silence(address: str) -> Script[bool]:
    """Tell an admin everything again; False where they were told all along."""
    return bool((yield "silence_end", {"address": address}))


def take_ended_silences(now: int) -> Script[tuple[str, ...]]:
    """Whose silence is over by now; it is no longer known."""
    rows = yield "silences_over", {"now": now, "beyond": now + LONGEST_SILENCE_MS}
    return tuple(sorted(str(row["address"]) for row in rows))
