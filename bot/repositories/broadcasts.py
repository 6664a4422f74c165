"""Broadcasts: who is to hear them, how far they are, who wants none, and who waits for a service. Pure."""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.catalog import ServiceName
from bot.domain.people import Address, Language
from bot.domain.period import DAY_MS
from bot.repositories.rows import all_of, reader
from bot.store import Script

RECENT_DAYS = 30


class Listeners(Struct, frozen=True):
    """An audience's people who read one of the two texts in one channel: all of them, and those who will not get it.

    `muted` want none, `unreachable` cannot be reached; `quiet` have not written for so long that their channel takes
    only answers from us.
    """

    language: Language
    channel: str
    people: int
    muted: int = 0
    unreachable: int = 0
    quiet: int = 0


class Listener(Struct, frozen=True):
    """One of an audience; `muted` wants no broadcasts, `unreachable` cannot be reached."""

    address: str
    language: Language
    muted: bool
    unreachable: bool


class Broadcast(Struct, frozen=True):
    """A broadcast under way, or its end: how many people it is for, how many of them it was sent to, how many could not
    be reached (`skipped`), and how many want none (`muted`).

    `address` began it and sees in the message `message_ref` how far it is. One that says that a `service` is back has
    no text. `cursor` is the address that was looked at last. `begun_at` and `shown_at` are in milliseconds.
    """

    id: str
    address: Address
    total: int
    sent: int = 0
    skipped: int = 0
    muted: int = 0
    text_fr: str = ""
    text_en: str = ""
    audience: str = ""
    service: ServiceName | None = None
    message_ref: str | None = None
    cursor: str = ""
    begun_at: int = 0
    shown_at: int = 0

    @property
    def seen(self) -> int:
        """How many of its people were looked at."""
        return self.sent + self.skipped + self.muted

    def text(self, language: Language) -> str:
        """What people of a language read; empty: nothing. There are two texts: whoever does not read English gets the
        French one.
        """
        return self.text_en if language == "en" else self.text_fr


End = Literal["done", "stopped"]

_listeners: Final = reader(Listeners)
_listener: Final = reader(Listener)
_broadcast: Final = reader(Broadcast, address=Address.parse)


def under_way() -> Script[Broadcast | None]:
    """The broadcast that is under way; the news that a service is back is none."""
    rows = yield "broadcast_running", {}
    return _broadcast(rows[0]) if rows else None


def audience_of(audience: str, now: int, windows: Mapping[str, int]) -> Script[tuple[Listeners, ...]]:
    """The people of an audience, by language and channel. `windows` are the channels that take no message to a person
    who has not written for so many seconds.
    """
    quiet: dict[tuple[str, str], int] = {}
    groups: tuple[Listeners, ...] = ()
    for window_seconds in tuple(dict.fromkeys(windows.values())) or (0,):
        rows = yield (
            "audience_count",
            {
                "audience": audience,
                "since": now - RECENT_DAYS * DAY_MS,
                "written_since": now - window_seconds * 1000,
            },
        )
        groups = all_of(rows, _listeners)
        quiet |= {
            (group.language, group.channel): group.quiet
            for group in groups
            if windows.get(group.channel) == window_seconds
        }
    return tuple(replace(group, quiet=quiet.get((group.language, group.channel), 0)) for group in groups)


def next_listeners(broadcast: Broadcast, count: int) -> Script[tuple[Listener, ...]]:
    """The next people of a broadcast after its cursor."""
    rows = yield (
        "audience_next",
        {
            "cursor": broadcast.cursor,
            "fr": int(bool(broadcast.text_fr)),
            "en": int(bool(broadcast.text_en)),
            "audience": broadcast.audience,
            "since": broadcast.begun_at - RECENT_DAYS * DAY_MS,
            "count": count,
        },
    )
    return all_of(rows, _listener)


def add(broadcast: Broadcast) -> Script[bool]:
    """Begin it; False where another is under way already."""
    rows = yield (
        "broadcast_add",
        {
            "id": broadcast.id,
            "address": str(broadcast.address),
            "text_fr": broadcast.text_fr,
            "text_en": broadcast.text_en,
            "audience": broadcast.audience,
            "service": broadcast.service,
            "total": broadcast.total,
            "message_ref": broadcast.message_ref,
            "now": broadcast.begun_at,
        },
    )
    return bool(rows)


def take_due(now: int, before: int) -> Script[tuple[Broadcast, ...]]:
    """Those that were sent to nobody since `before`, by their ids; until then they are ours."""
    rows = yield "broadcasts_due", {"now": now, "before": before}
    return tuple(sorted(all_of(rows, _broadcast), key=lambda broadcast: broadcast.id))


def move(broadcast_id: str, cursor: str, sent: int, skipped: int = 0, muted: int = 0) -> Script[Broadcast]:
    """It was sent to so many more of its people; so many more could not be reached, or want none."""
    rows = yield (
        "broadcast_move",
        {"id": broadcast_id, "cursor": cursor, "sent": sent, "skipped": skipped, "muted": muted},
    )
    return _broadcast(rows[0])


def note_shown(broadcast_id: str, now: int) -> Script[None]:
    """Whoever began it has been shown how far it is."""
    yield "broadcast_shown", {"id": broadcast_id, "now": now}


def end(broadcast_id: str, state: End, now: int) -> Script[Broadcast | None]:
    """End it; None where it has ended before."""
    rows = yield "broadcast_end", {"id": broadcast_id, "state": state, "now": now}
    return _broadcast(rows[0]) if rows else None


def mute(address: str, customer: str, now: int) -> Script[None]:
    """No more broadcasts to an address, nor to any other of its account."""
    yield "mute", {"address": address, "now": now}
    yield "mute_account", {"customer": customer, "now": now}


def unmute(address: str, customer: str) -> Script[None]:
    """Broadcasts again."""
    yield "unmute", {"address": address, "customer": customer}


def await_back(address: str, service: ServiceName, now: int) -> Script[None]:
    """Somebody wants to be told, once, when a service is sold again."""
    yield "awaiting_add", {"address": address, "service": service, "now": now}


def waiting_for(service: ServiceName) -> Script[int]:
    """How many people wait for a service."""
    rows = yield "awaiting_count", {"service": service}
    return int(rows[0]["people"])


def take_waiting(service: ServiceName, count: int) -> Script[tuple[str, ...]]:
    """The next addresses that wait for a service; they wait no longer."""
    rows = yield "awaiting_take", {"service": service, "count": count}
    return tuple(sorted(str(row["address"]) for row in rows))
