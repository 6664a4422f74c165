"""One event of one person: read his session, let the dialogue decide, keep everything it decided. Pure.

The inbox row, the session, the outbox rows, an order and its hold are written in one transaction, so an update that was
answered is never lost, and one that is delivered twice acts once.
"""

from dataclasses import dataclass
from typing import Any

from msgspec import DecodeError, Struct
from msgspec.structs import replace

from bot.dialogue import Session, Shop, Speaker, apology, busy, flooded, step
from bot.dialogue.effects import Answered, Effect, Errand, Event, Inquire, InquiryAnswered, InquiryLimited
from bot.dialogue.session import Turn
from bot.errors import StoreConflict
from bot.ledger import credit
from bot.model import Address, Identity, InquiryAnswer, Language, Moved, ServiceName, decoder, encode
from bot.store import Script
from bot.store.scripts import addresses
from bot.store.scripts.allowances import QUICK_PAUSE_MS, Used, is_quick, use, used_in, write
from bot.store.scripts.answers import answer
from bot.store.scripts.budget import Round, take_budget
from bot.store.scripts.deeds import DEEDS
from bot.store.scripts.desk import Desk
from bot.store.scripts.doing import Doing, Heard, make_known
from bot.store.scripts.known import known_answer
from bot.store.scripts.messages import revive
from bot.store.scripts.people import role_by_name, shop_now, standing_in
from bot.store.scripts.rows import (
    PAUSE_LIMIT_MS,
    Posted,
    post,
    say,
)

# How long an inquiry may take before another sweep asks again.
INQUIRY_LEASE_MS = 30_000
# How long an inquiry may wait for its turn before the person is told.
TOLD_OF_WAITING_MS = 3_000
MAX_TRIES = 3

_read_session = decoder(Session).decode


@dataclass(frozen=True)
class Said:
    """An event and its circumstances. `key` is None for answers that we asked for ourselves; `sent_at` is when the
    person said it, where the channel tells. `known_as` are all the names that the channel gave of them. `takes_up` says
    that whoever hears it pays at once for what it orders; else that is due for whoever comes.
    """

    address: Address
    event: Event | Moved
    now: int
    fresh_ids: tuple[str, str]
    key: str | None = None
    language_hint: Language = "fr"
    message_ref: str | None = None
    sent_at: int | None = None
    known_as: tuple[Identity, ...] = ()
    takes_up: bool = False


def remember(desk: Desk, said: Said) -> Script[Heard]:
    """Handle one event; raises StoreConflict when the session moved meanwhile."""
    heard = Heard(address=said.address)
    if said.key is not None:
        rows = yield "inbox_add", {"key": said.key, "now": said.now}
        if not rows:
            return Heard(fresh=False)
    event = said.event
    if isinstance(event, Moved):
        heard.posted += yield from addresses.moved(desk, said.address, event, said.sent_at, said.now)
        heard.state = "moved"
        return heard
    whose, proven = said.address, False
    if said.known_as:
        found = yield from addresses.chat_of(
            desk, said.address, said.known_as, said.sent_at, said.now, said.language_hint
        )
        whose = heard.address = found.chat
        proven = found.proven
        heard.posted += found.posted
    address = str(whose)
    # Everything that is known of him in one statement: this is the way of every word that anybody says.
    rows = yield "caller", {"address": address}
    row = rows[0]
    known = row["version"] is not None
    customer = row["customer"] if known else address
    session = _read_session(row["body"]) if known else Session(language=said.language_hint)
    if not session.updated_at and said.key is not None:
        # Whatever was done for a person before chose no language for them: the first thing that they say does.
        session = replace(session, language=said.language_hint)
    if row["reach"] == addresses.NOBODY and proven:
        # The owner of a suspended chat is back, under their own id.
        yield from addresses.returned(address, said.now)
        rows = yield "caller", {"address": address}
        row = rows[0]
    if row["unreachable_at"] is not None:
        heard.posted += yield from revive(desk, address, said.now)
    role, reseller, frozen = standing_in(row, whose, desk)
    if row["reach"] is not None and not frozen:
        role = yield from role_by_name(whose, role, desk)
    shop = (yield from shop_now(desk)) if row["rules"] else desk.shop
    speaker = Speaker(
        address=address,
        fresh=said.fresh_ids,
        now=said.now,
        role=role,
        customer=customer,
        reseller=reseller,
        frozen=frozen,
        key=said.key or "",
        message_ref=said.message_ref,
        sent_at=said.sent_at,
    )
    _keep_answer(desk, session, event)
    turn = yield from _decided(desk, shop, session, event, speaker)
    pause_ms = 0
    for effect in turn.effects:
        if isinstance(effect, Inquire):
            used = used_in(row)
            turn, pause_ms = yield from _inquired(desk, shop, session, turn, effect, speaker, used)
    inquiry_due_at = row["inquiry_due_at"] if turn.session.state == "inquiring" else None
    doing = Doing(desk, whose, customer, turn.session.language, said.now, heard, said.takes_up)
    for effect in turn.effects:
        yield from _carry_out(doing, effect)
    if heard.inquiry is not None:
        heard.inquiry_wait_ms = pause_ms or (yield from take_budget(desk, "inquiry", said.now, newcomer=True))
        inquiry_due_at = said.now + (heard.inquiry_wait_ms or INQUIRY_LEASE_MS)
        waits = heard.inquiry_wait_ms > 0 and not pause_ms
        if waits and (yield from _queue_ms(desk, heard.inquiry_wait_ms)) > TOLD_OF_WAITING_MS:
            told = busy(desk.shop.words, turn.session.language)
            heard.posted.append((yield from say(address, told, desk.owner, said.now)))
    saved = {
        "address": address,
        "language": turn.session.language,
        "body": encode(turn.session).decode(),
        "now": said.now,
        "inquiry_due_at": inquiry_due_at,
    }
    if not known:
        yield "session_add", saved | {"customer": customer}
        if said.known_as:
            yield from addresses.reached_by(address)
    else:
        rows = yield "session_save", saved | {"version": row["version"]}
        if not rows:
            raise StoreConflict("a session moved")
    heard.state = turn.session.state
    heard.posted += heard.news.posted
    return heard


def _decided(desk: Desk, shop: Shop, session: Session, event: Event, speaker: Speaker) -> Script[Turn]:
    """What the dialogue makes of an event."""
    talk = step(session, event, speaker, shop)
    reply: Any = None
    try:
        while True:
            reply = yield from answer(talk.send(reply), speaker.customer, desk, speaker.address)
    except StopIteration as end:
        turn: Turn = end.value
        return turn


def _inquired(
    desk: Desk, shop: Shop, before: Session, turn: Turn, inquiry: Inquire, speaker: Speaker, used: Used
) -> Script[tuple[Turn, int]]:
    """A step wants to inquire: what becomes of it, and for how many milliseconds the inquiry must rest first.

    What is known is answered at once, and costs nobody anything. An account that has made too many is told so, once;
    further ones, as long as the pause lasts, lead nowhere.
    """
    event: Answered
    now = speaker.now
    if (known := (yield from known_answer(desk.known, inquiry.service, inquiry.reference, now))) is not None:
        event = InquiryAnswered(inquiry.inquiry_id, known)
    else:
        sells = speaker.reseller is not None or speaker.role is not None
        used, verdict = use(desk.limits.inquiries_reseller if sells else desk.limits.inquiries, used, now)
        if verdict == "silent":
            return Turn(before), 0
        yield from write(speaker.customer, "inquiry", used, now)
        if verdict == "yes":
            return turn, QUICK_PAUSE_MS if is_quick(used, now) else 0
        event = InquiryLimited(inquiry.inquiry_id, used.shut_until)
    answered = yield from _decided(
        desk, shop, turn.session, event, replace(speaker, key="", message_ref=None, sent_at=None)
    )
    effects = tuple(effect for effect in turn.effects if effect is not inquiry)
    return Turn(answered.session, (*effects, *answered.effects)), 0


def _keep_answer(desk: Desk, session: Session, event: Event) -> None:
    """What the provider has just said is known for a moment."""
    if isinstance(event, InquiryAnswered) and event.inquiry_id == session.inquiry_id and session.service:
        desk.known.keep(session.service, session.reference or "", event.answer, session.inquiry_at or 0)


def pass_over(desk: Desk, said: Said, until: int | None) -> Script[Heard]:
    """An update of somebody who writes faster than anybody reads: it is remembered as handled, and nothing else is done
    with it. With `until` the person is told when they are heard again.
    """
    rows = yield "inbox_add", {"key": said.key, "now": said.now}
    if not rows:
        return Heard(fresh=False)
    whose = said.address
    if said.known_as:
        whose = yield from addresses.peek(whose, said.known_as)
    heard = Heard(state="passed over", address=whose)
    if until is not None:
        known = yield "session_load", {"address": str(whose)}
        language: Language = known[0]["language"] if known else said.language_hint
        told = flooded(desk.shop.words, language, until)
        heard.posted.append((yield from say(str(whose), told, desk.owner, said.now)))
    return heard


def _carry_out(doing: Doing, effect: Effect) -> Script[None]:
    if isinstance(effect, Inquire):
        doing.heard.inquiry = effect
    elif isinstance(effect, Errand):
        doing.heard.errands.append(effect)
    else:
        yield from DEEDS[type(effect)](doing, effect)


def _queue_ms(desk: Desk, next_ms: int) -> Script[int]:
    """About how long an inquiry will wait: the next free place is nobody's yet, and others stand in line for it."""
    rows = yield "inquiries_waiting", {}
    return next_ms + int(rows[0]["waiting"]) * desk.budget.interval_us // 1000


def fund(address: Address, amount_xof: int, key: str, language: Language, now: int) -> Script[None]:
    """Credit a customer outside any conversation; `key` makes it happen once."""
    customer = yield from make_known(address, language, now)
    yield from post(credit(key, customer, amount_xof, "demo"), now, 0)


@dataclass
class Failure:
    """What became of an event whose handling raised: set aside after the last try, with the apology that was posted."""

    set_aside: bool
    posted: list[Posted]


def failed(
    desk: Desk, key: str, address: Address, problem: str, now: int, known_as: tuple[Identity, ...] = ()
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
    known = yield "session_load", {"address": str(address)}
    language: Language = known[0]["language"] if known else "fr"
    # Whatever stood in the session may be what could not be handled: he begins afresh.
    body = encode(Session(language=language, updated_at=now)).decode()
    yield "session_reset", {"address": str(address), "body": body, "now": now}
    return Failure(True, [(yield from say(str(address), apology(desk.shop.words, language), desk.owner, now))])


class PendingInquiry(Struct, frozen=True):
    """A session that waits for an inquiry which nobody is asking; `answer` is there when it need not be asked."""

    address: str
    inquiry_id: str
    service: ServiceName
    reference: str
    answer: InquiryAnswer | None = None


def claim_inquiries(desk: Desk, now: int, count: int) -> Script[list[PendingInquiry]]:
    """Take up the inquiries that are due, in the order of their turns, each with a place in the budget."""
    rows = yield "inquiries_due", {"now": now, "beyond": now + PAUSE_LIMIT_MS, "count": count}
    sweep = Round(desk, now)
    found: list[PendingInquiry] = []
    for row in rows:
        address = str(row["address"])
        pending = _pending(address, row["body"])
        if pending is None:
            yield "inquiry_forget", {"address": address}
            continue
        known = yield from known_answer(desk.known, pending.service, pending.reference, now)
        if known is not None or not (yield from sweep.place("inquiry", row["customer"])):
            yield "inquiry_lease", {"address": address, "until": now + INQUIRY_LEASE_MS}
            found.append(replace(pending, answer=known))
    yield from sweep.end(("inquiry",), more="inquiry" if len(rows) == count else None)
    return found


def _pending(address: str, body: str) -> PendingInquiry | None:
    """What a session waits for; None when it waits for nothing, or cannot be read: then it must not keep everybody's
    inquiries waiting, and its owner hears of it, with an apology, when they write.
    """
    try:
        session = _read_session(body)
    except DecodeError:
        return None
    if session.state != "inquiring" or not (session.inquiry_id and session.service and session.reference):
        return None
    return PendingInquiry(address, session.inquiry_id, session.service, session.reference)
