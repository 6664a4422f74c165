"""News for many people, told a few at a time. Pure.

Theory of operation. A broadcast is a row with a cursor. Each sweep takes the next few people after the cursor, writes
their messages into the outbox and moves the cursor, all in one transaction: whatever is killed, and however many
processes sweep, nobody is told twice and nobody is left out. `paced_at` keeps the pace over all processes. Messages of
a broadcast stand in the outbox like every other, behind what the chat already waits for, and are dropped where they
cannot be delivered. The news that a service is back needs no cursor: who was told is taken off the list.
"""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.admin.broadcast_effects import AwaitBack, Mute, StartBroadcast, StopBroadcast, TellBack, Unmute
from bot.dialogue.admin.broadcast_looks import LookAudience, LookBroadcast
from bot.dialogue.effects import Effect
from bot.dialogue.looks import Look
from bot.domain.model import Address, Language, Outbound, ServiceName
from bot.errors import StoreConflict
from bot.i18n import Voice
from bot.notices.broadcasts import announcement, back_news, back_summary, progress, summary
from bot.repositories.broadcasts import Broadcast, Listeners
from bot.repositories.outbox import OutboxMessage, say
from bot.store import Row, Script
from bot.transactions.installation import Installation
from bot.transactions.people import shop_now
from bot.transactions.unit import Unit

DAY_MS = 86_400_000
RECENT_DAYS = 30
# A sweep comes about every second; one that comes a little early is not sent away.
PACE_MS = 900
# How often the admin sees how far it is: a chat takes about a message a second.
SHOWN_MS = 4_000


def tell_some(installation: Installation, now: int, count: int) -> Script[list[OutboxMessage]]:
    """Tell the next `count` people of everything that is under way and due; answers the messages to send."""
    posted: list[OutboxMessage] = []
    running = yield "broadcasts_due", {"now": now, "before": now - PACE_MS}
    for row in sorted(running, key=lambda row: str(row["id"])):
        if row["service"] is None:
            posted += yield from _tell_next(installation, row, now, count)
        else:
            posted += yield from _tell_waiting(installation, row, now, count)
    return posted


def _tell_next(installation: Installation, row: Row, now: int, count: int) -> Script[list[OutboxMessage]]:
    texts: dict[Language, str] = {"fr": row["text_fr"], "en": row["text_en"]}
    people = yield (
        "audience_next",
        {
            "cursor": row["cursor"],
            "fr": int(bool(texts["fr"])),
            "en": int(bool(texts["en"])),
            "audience": row["audience"],
            "since": row["begun_at"] - RECENT_DAYS * DAY_MS,
            "count": count,
        },
    )
    if not people:
        return (yield from _end(installation, row["id"], "done", now))
    posted = []
    told = skipped = muted = 0
    for person in people:
        language: Language = person["language"]
        if person["muted_at"] is not None:
            muted += 1
        elif person["unreachable_at"] is not None:
            skipped += 1
        else:
            told += 1
            result = announcement(installation.shop.words[language], texts[language])
            posted.append((yield from say(person["address"], result, installation.owner, now)))
    moved = yield (
        "broadcast_move",
        {"id": row["id"], "cursor": people[-1]["address"], "told": told, "skipped": skipped, "muted": muted},
    )
    if len(people) < count:
        return posted + (yield from _end(installation, row["id"], "done", now))
    if row["message_ref"] is not None and not 0 <= now - row["shown_at"] < SHOWN_MS:
        yield "broadcast_shown", {"id": row["id"], "now": now}
        voice = yield from _voice(installation, row["address"])
        outbound = progress(voice, _broadcast(moved[0]), row["message_ref"])
        posted.append((yield from say(row["address"], outbound, installation.owner, now)))
    return posted


def _tell_waiting(installation: Installation, row: Row, now: int, count: int) -> Script[list[OutboxMessage]]:
    """Those who asked for it, unless the service is closed again: then they go on waiting."""
    service: ServiceName = row["service"]
    shop = yield from shop_now(installation)
    people = [] if service in shop.maintenance else (yield "awaiting_take", {"service": service, "count": count})
    posted = []
    for address in sorted(person["address"] for person in people):
        voice = yield from _voice(installation, address)
        posted.append((yield from say(address, back_news(voice, service), installation.owner, now)))
    yield "broadcast_move", {"id": row["id"], "cursor": "", "told": len(people), "skipped": 0, "muted": 0}
    if len(people) < count:
        posted += yield from _end(installation, row["id"], "done", now)
    return posted


def _end(installation: Installation, broadcast_id: str, state: str, now: int) -> Script[list[OutboxMessage]]:
    """It is over; who began it reads what became of it."""
    ended = yield "broadcast_end", {"id": broadcast_id, "state": state, "now": now}
    posted = []
    for row in ended:
        voice = yield from _voice(installation, row["address"])
        said: list[Outbound] = []
        if row["service"] is None and row["message_ref"] is not None:
            said.append(progress(voice, _broadcast(row), row["message_ref"], over=True))
        if row["service"] is None:
            said.append(summary(voice, _broadcast(row), state))
        elif row["told"]:
            said.append(back_summary(voice, row["service"], row["told"]))
        for outbound in said:
            posted.append((yield from say(row["address"], outbound, installation.owner, now)))
    return posted


def _voice(installation: Installation, address: str) -> Script[Voice]:
    rows = yield "broadcast_language", {"address": address}
    return installation.shop.words[rows[0]["language"] if rows else "fr"]


def _broadcast(row: Row) -> Broadcast:
    return Broadcast(row["id"], Address.parse(row["address"]), row["total"], row["told"], row["skipped"], row["muted"])


def _running(look: LookBroadcast, customer: str, installation: Installation) -> Script[Broadcast | None]:
    rows = yield "broadcast_running", {}
    return _broadcast(rows[0]) if rows else None


def _audience(look: LookAudience, customer: str, installation: Installation) -> Script[tuple[Listeners, ...]]:
    rows = yield (
        "audience_count",
        {"audience": look.audience, "since": look.now - RECENT_DAYS * DAY_MS, "day_ago": look.now - DAY_MS},
    )
    names = ("people", "telegram", "whatsapp", "muted", "unreachable", "quiet")
    return tuple(Listeners(row["language"], *(int(row[name]) for name in names)) for row in rows)


def _start(unit: Unit, effect: StartBroadcast) -> Script[None]:
    begun = yield from _add(unit, effect.id, effect.audience, effect.fr, effect.en, effect.total, effect.message_ref)
    if not begun:
        raise StoreConflict("a broadcast was begun meanwhile")


def _tell_back(unit: Unit, effect: TellBack) -> Script[None]:
    waiting = yield "awaiting_count", {"service": effect.service}
    people = int(waiting[0]["people"])
    if people:
        # One that is still under way goes on with these.
        yield from _add(unit, effect.id, "awaiting", "", "", people, None, effect.service)


def _add(
    unit: Unit,
    broadcast_id: str,
    audience: str,
    fr: str,
    en: str,
    total: int,
    message_ref: str | None,
    service: ServiceName | None = None,
) -> Script[bool]:
    added = yield (
        "broadcast_add",
        {
            "id": broadcast_id,
            "address": str(unit.address),
            "text_fr": fr,
            "text_en": en,
            "audience": audience,
            "service": service,
            "total": total,
            "message_ref": message_ref,
            "now": unit.now,
        },
    )
    return bool(added)


def _stop(unit: Unit, effect: StopBroadcast) -> Script[None]:
    unit.posted += yield from _end(unit.installation, effect.id, "stopped", unit.now)


def _await_back(unit: Unit, effect: AwaitBack) -> Script[None]:
    yield "awaiting_add", {"address": str(unit.address), "service": effect.service, "now": unit.now}


def _mute(unit: Unit, effect: Mute) -> Script[None]:
    yield "mute", {"address": str(unit.address), "now": unit.now}
    yield "mute_account", {"customer": unit.customer, "now": unit.now}


def _unmute(unit: Unit, effect: Unmute) -> Script[None]:
    yield "unmute", {"address": str(unit.address), "customer": unit.customer}


ANSWERS: Final[dict[type[Look], Callable[[Any, str, Installation], Script[Any]]]] = {
    LookBroadcast: _running,
    LookAudience: _audience,
}
DEEDS: Final[dict[type[Effect], Callable[[Unit, Any], Script[None]]]] = {
    StartBroadcast: _start,
    StopBroadcast: _stop,
    TellBack: _tell_back,
    AwaitBack: _await_back,
    Mute: _mute,
    Unmute: _unmute,
}
