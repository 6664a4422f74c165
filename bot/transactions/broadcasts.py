"""News for many people, sent to a few at a time. Pure.

Theory of operation. A broadcast is a row with a cursor. Each sweep takes the next few people after the cursor, writes
their messages into the outbox and moves the cursor, all in one transaction: whatever is killed, and however many
processes sweep, everybody gets it exactly once. `paced_at` keeps the pace over all processes. Messages of a broadcast
stand in the outbox like every other, behind what the chat already waits for, and are dropped where they cannot be
delivered. The news that a service is back needs no cursor: people are taken off the list as it is sent to them.
"""

from bot.domain.catalog import ServiceName
from bot.domain.outbound import Outbound
from bot.errors import StoreConflict
from bot.i18n import Voice
from bot.notices.broadcasts import announcement, back_news, back_summary, progress, summary
from bot.repositories import broadcasts
from bot.repositories.accounts import language_of
from bot.repositories.broadcasts import Broadcast, End
from bot.repositories.outbox import OutboxMessage, say
from bot.store import Script
from bot.transactions.installation import Installation
from bot.transactions.people import shop_now
from bot.transactions.unit import Unit

# A sweep comes about every second; one that comes a little early is not sent away.
PACE_MS = 900
# How often the admin sees how far it is: a chat takes about a message a second.
SHOWN_MS = 4_000


def start(
    unit: Unit, broadcast_id: str, audience: str, fr: str, en: str, total: int, message_ref: str | None
) -> Script[None]:
    """Begin to tell an audience, a few people at a time; people of a language in which the text is empty get nothing.

    `message_ref` names the message in which the admin sees how far it is. Raises StoreConflict where one was begun
    meanwhile.
    """
    begun = yield from broadcasts.add(
        Broadcast(
            broadcast_id,
            unit.address,
            total,
            text_fr=fr,
            text_en=en,
            audience=audience,
            message_ref=message_ref,
            begun_at=unit.now,
        )
    )
    if not begun:
        raise StoreConflict("a broadcast was begun meanwhile")


def stop(unit: Unit, broadcast_id: str) -> Script[None]:
    """End the broadcast that is under way; the admin who began it reads how far it came."""
    unit.posted += yield from _end(unit.installation, broadcast_id, "stopped", unit.now)


def tell_back(unit: Unit, broadcast_id: str, service: ServiceName) -> Script[None]:
    """A service is sold again: tell those who asked for it, a few at a time."""
    people = yield from broadcasts.waiting_for(service)
    if people:
        # One that is still under way goes on with these.
        yield from broadcasts.add(
            Broadcast(broadcast_id, unit.address, people, audience="awaiting", service=service, begun_at=unit.now)
        )


def tell_some(installation: Installation, now: int, count: int) -> Script[list[OutboxMessage]]:
    """Tell the next `count` people of everything that is under way and due; answers the messages to send."""
    posted: list[OutboxMessage] = []
    for broadcast in (yield from broadcasts.take_due(now, now - PACE_MS)):
        if broadcast.service is None:
            posted += yield from _tell_next(installation, broadcast, now, count)
        else:
            posted += yield from _tell_waiting(installation, broadcast, broadcast.service, now, count)
    return posted


def _tell_next(installation: Installation, broadcast: Broadcast, now: int, count: int) -> Script[list[OutboxMessage]]:
    people = yield from broadcasts.next_listeners(broadcast, count)
    if not people:
        return (yield from _end(installation, broadcast.id, "done", now))
    posted = []
    sent = skipped = muted = 0
    for person in people:
        if person.muted:
            muted += 1
        elif person.unreachable:
            skipped += 1
        else:
            sent += 1
            words = installation.shop.words[person.language]
            outbound = announcement(words, broadcast.text(person.language))
            posted.append((yield from say(person.address, outbound, installation.owner, now)))
    moved = yield from broadcasts.move(broadcast.id, people[-1].address, sent, skipped, muted)
    if len(people) < count:
        return posted + (yield from _end(installation, broadcast.id, "done", now))
    if moved.message_ref is not None and not 0 <= now - moved.shown_at < SHOWN_MS:
        yield from broadcasts.note_shown(moved.id, now)
        voice = yield from _voice_of_admin(installation, moved)
        posted.append((yield from _say_to_admin(installation, moved, progress(voice, moved, moved.message_ref), now)))
    return posted


def _tell_waiting(
    installation: Installation, broadcast: Broadcast, service: ServiceName, now: int, count: int
) -> Script[list[OutboxMessage]]:
    """Those who asked for it, unless the service is closed again: then they go on waiting."""
    shop = yield from shop_now(installation)
    waiting = () if service in shop.maintenance else (yield from broadcasts.take_waiting(service, count))
    posted = []
    for address in waiting:
        voice = installation.shop.words[(yield from language_of(address))]
        posted.append((yield from say(address, back_news(voice, service), installation.owner, now)))
    yield from broadcasts.move(broadcast.id, "", len(waiting))
    if len(waiting) < count:
        posted += yield from _end(installation, broadcast.id, "done", now)
    return posted


def _end(installation: Installation, broadcast_id: str, state: End, now: int) -> Script[list[OutboxMessage]]:
    """It is over; who began it reads what became of it."""
    ended = yield from broadcasts.end(broadcast_id, state, now)
    if ended is None:
        return []
    voice = yield from _voice_of_admin(installation, ended)
    messages: list[Outbound] = []
    if ended.service is None:
        if ended.message_ref is not None:
            messages.append(progress(voice, ended, ended.message_ref, over=True))
        messages.append(summary(voice, ended, state))
    elif ended.sent:
        messages.append(back_summary(voice, ended.service, ended.sent))
    posted = []
    for outbound in messages:
        posted.append((yield from _say_to_admin(installation, ended, outbound, now)))
    return posted


def _voice_of_admin(installation: Installation, broadcast: Broadcast) -> Script[Voice]:
    language = yield from language_of(str(broadcast.address))
    return installation.shop.words[language]


def _say_to_admin(
    installation: Installation, broadcast: Broadcast, outbound: Outbound, now: int
) -> Script[OutboxMessage]:
    return (yield from say(str(broadcast.address), outbound, installation.owner, now))
