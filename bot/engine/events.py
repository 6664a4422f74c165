"""One event of one person: read their session, let the dialogue decide, keep everything it decided. Pure.

The inbox row, the session, the outbox rows, an order and its hold are written in one transaction, so an update that was
answered is never lost, and one that is delivered twice acts once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from bot.dialogue import Person, Session, step
from bot.dialogue.session import read_session
from bot.dialogue.tasks import Event, Inquire
from bot.domain.encoding import encode
from bot.domain.inbound import Moved
from bot.domain.outbound import Outbound
from bot.domain.people import Address, Identity, Language
from bot.engine.event_result import EventResult
from bot.engine.inquiries import INQUIRY_LEASE_MS, TOLD_OF_WAITING_MS, inquired, inquiry_in, keep_answer, queue_ms
from bot.languages import DEFAULT
from bot.notices.trouble import apology, busy, flooded
from bot.outbox.messages import revive
from bot.repositories import sessions
from bot.repositories.accounts import language_of
from bot.repositories.outbox import OutboxMessage, say
from bot.repositories.person_names import give_name
from bot.store import Script
from bot.store.together import nothing, together
from bot.transactions import addresses, allowances
from bot.transactions.allowances import is_told, used_in
from bot.transactions.budget import take_budget
from bot.transactions.identity_cases import returned
from bot.transactions.installation import Installation
from bot.transactions.names import NOBODY, update_reach
from bot.transactions.people import shop_now, speaker_in

MAX_TRIES = 3


@dataclass(frozen=True)
class IncomingEvent:
    """An event and its circumstances. `key` is None for answers that we asked for ourselves; `sent_at` is when the
    person said it, where the channel tells. `known_as` are all the names that the channel gave of them. `takes_up` says
    that whoever hears it pays at once for what it orders; else that is due for whoever comes. `given_name` is what they
    call themselves, as far as the channel tells.
    """

    address: Address
    event: Event | Moved
    now: int
    fresh_ids: tuple[str, str]
    key: str | None = None
    language_hint: Language = DEFAULT
    message_ref: str | None = None
    sent_at: int | None = None
    known_as: tuple[Identity, ...] = ()
    takes_up: bool = False
    given_name: str = ""


def handle_event(installation: Installation, incoming: IncomingEvent) -> Script[EventResult]:
    """Handle one event; raises StoreConflict when the session moved meanwhile."""
    result, event, row = EventResult(address=incoming.address), incoming.event, None
    if incoming.known_as or isinstance(event, Moved):
        is_fresh = yield from _take(incoming)
    else:
        is_fresh, row = yield from together(_take(incoming), sessions.caller(str(incoming.address)))
    if not is_fresh:
        return EventResult(fresh=False)
    if isinstance(event, Moved):
        result.posted += yield from addresses.moved(
            installation, incoming.address, event, incoming.sent_at, incoming.now
        )
        result.state = "moved"
        return result
    chat, proven = incoming.address, False
    if incoming.known_as:
        named = yield from addresses.chat_of(
            installation, incoming.address, incoming.known_as, incoming.sent_at, incoming.now, incoming.language_hint
        )
        chat = result.address = named.chat
        proven = named.proven
        result.posted += named.posted
    address = str(chat)
    if row is None:
        row = yield from sessions.caller(address)
    known = row["version"] is not None
    customer = row["customer"] if known else address
    session = read_session(row["body"]) if known else Session(language=incoming.language_hint)
    if not session.updated_at and incoming.key is not None:
        # Whatever was done for a person before chose no language for them: the first thing that they say does.
        session = replace(session, language=incoming.language_hint)
    if row["reach"] == NOBODY and proven:
        # The owner of a suspended chat is back, under their own id.
        yield from returned(address, incoming.now)
        row = yield from sessions.caller(address)
    if row["unreachable_at"] is not None:
        result.posted += yield from revive(installation, address, incoming.now)
    speaker = yield from speaker_in(row, chat, installation)
    shop = (yield from shop_now(installation)) if row["rules"] else installation.shop
    person = Person(
        address=address,
        fresh=incoming.fresh_ids,
        now=incoming.now,
        role=speaker.role,
        customer=customer,
        reseller=speaker.reseller,
        selling=speaker.selling,
        frozen=speaker.frozen,
        key=incoming.key or "",
        message_ref=incoming.message_ref,
        sent_at=incoming.sent_at,
    )
    keep_answer(installation, session, event)
    unit = result.unit(installation, chat, customer, session.language, incoming.now, takes_up=incoming.takes_up)
    unit.selling = speaker.selling
    transition = yield from step(session, event, person, shop, unit)
    pause_ms, spent = 0, None
    inquiry = inquiry_in(transition)
    if inquiry is not None:
        transition, pause_ms, spent = yield from inquired(
            unit, shop, session, transition, inquiry, person, used_in(row)
        )
    inquiry_due_at = row["inquiry_due_at"] if transition.session.state == "inquiring" else None
    asked_by = None
    unit.language = transition.session.language
    channel = installation.shop.channels.get(chat.channel)
    held_for = transition.held_for if channel is not None and channel.holds else None
    said = [(message, held_for if message is transition.messages[-1] else None) for message in transition.messages]
    result.inquiry = inquiry_in(transition)
    result.tasks += (task for task in transition.tasks if not isinstance(task, Inquire))
    if result.inquiry is not None:
        result.inquiry_wait_ms = pause_ms or (
            yield from take_budget(installation, "inquiry", incoming.now, newcomer=True)
        )
        inquiry_due_at = incoming.now + (result.inquiry_wait_ms or INQUIRY_LEASE_MS)
        asked_by = installation.owner
        waits = result.inquiry_wait_ms > 0 and not pause_ms
        if waits and (yield from queue_ms(installation, result.inquiry_wait_ms)) > TOLD_OF_WAITING_MS:
            said.append((busy(installation.shop.words, transition.session.language), None))
    language, body = transition.session.language, encode(transition.session).decode()
    if known:
        keeping = sessions.save(address, row["version"], language, body, incoming.now, inquiry_due_at, asked_by)
    else:
        keeping = sessions.add(address, customer, language, body, incoming.now, inquiry_due_at, asked_by)
    is_renamed = incoming.given_name not in ("", row["given_name"])
    posted, _, _, _ = yield from together(
        _say_all(address, said, installation.owner, incoming.now),
        keeping,
        give_name(address, incoming.given_name, incoming.now, is_first=row["given_name"] is None)
        if is_renamed
        else nothing(),
        nothing() if spent is None else allowances.write(customer, "inquiry", spent, incoming.now),
    )
    result.posted += posted
    if not known and incoming.known_as:
        yield from update_reach(address)
    result.state = transition.session.state
    result.posted += result.settled.posted
    return result


def _take(incoming: IncomingEvent) -> Script[bool]:
    """Remember an event as handled; False when it was before."""
    if incoming.key is None:
        return True
    return bool((yield "inbox_add", {"key": incoming.key, "now": incoming.now}))


def _say_all(
    address: str, said: Sequence[tuple[Outbound, str | None]], owner: str, now: int
) -> Script[list[OutboxMessage]]:
    """Put messages in the outbox, each with the order for whose news it is held back."""
    posted = []
    for message, held_for in said:
        posted.append((yield from say(address, message, owner, now, held_for=held_for)))
    return posted


def pass_over(installation: Installation, incoming: IncomingEvent, until: int | None) -> Script[EventResult]:
    """An update of somebody who writes faster than anybody reads: it is remembered as handled, and nothing else is done
    with it. With `until` the person is told when they are heard again.
    """
    if not (yield from _take(incoming)):
        return EventResult(fresh=False)
    chat = incoming.address
    if incoming.known_as:
        chat = yield from addresses.peek(chat, incoming.known_as)
    result = EventResult(state="passed over", address=chat)
    if until is not None and not (yield from is_told(installation.limits.messages, str(chat), until, incoming.now)):
        known = yield from sessions.known_at(str(chat))
        language = incoming.language_hint if known is None else known.language
        notice = flooded(installation.shop.words, language, until)
        result.posted.append((yield from say(str(chat), notice, installation.owner, incoming.now)))
    return result


@dataclass
class Failure:
    """What became of an event whose handling raised: set aside after the last try, with the apology that was posted."""

    set_aside: bool
    posted: list[OutboxMessage]


def failed(
    installation: Installation, key: str, address: Address, problem: str, now: int, known_as: tuple[Identity, ...] = ()
) -> Script[Failure]:
    """Count a failure of an event; at the last try set it aside, stop waiting for its inquiry, and tell the person."""
    rows = yield "inbox_failed", {"key": key, "now": now, "problem": problem[:200]}
    if not rows:
        # Handled or set aside meanwhile: it was answered then.
        return Failure(True, [])
    if int(rows[0]["tries"]) < MAX_TRIES:
        return Failure(False, [])
    yield "inbox_set_aside", {"key": key, "now": now}
    if known_as:
        address = yield from addresses.peek(address, known_as)
    language = yield from language_of(str(address))
    # Whatever stood in the session may be what could not be handled: they begin afresh.
    body = encode(Session(language=language, updated_at=now)).decode()
    yield from sessions.reset(str(address), body, now)
    return Failure(
        True, [(yield from say(str(address), apology(installation.shop.words, language), installation.owner, now))]
    )
