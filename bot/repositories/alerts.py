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
    milliseconds.
    """

    kind: str
    began_at: int
    seen_at: int
    ended_at: int | None = None
    reported_at: int | None = None
    reported: Concern | None = None


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
