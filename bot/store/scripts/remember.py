"""One event of one person: read his session, let the dialogue decide, keep everything it decided. Pure.

The inbox row, the session, the outbox rows, an order and its hold are written in one transaction, so an update that was
answered is never lost, and one that is delivered twice acts once.
"""

from dataclasses import dataclass, field
from typing import Any, assert_never

from msgspec import DecodeError
from msgspec.structs import replace

from bot.dialogue import Session, Speaker, apology, busy, step
from bot.dialogue.effects import (
    AskFloat,
    AskLink,
    AskOrder,
    CancelOrder,
    DeleteMeter,
    Effect,
    EndLink,
    Event,
    Inquire,
    Join,
    MakeLink,
    MissLink,
    MoveMoney,
    Part,
    Place,
    RenameMeter,
    Resolve,
    SaveMeter,
    Say,
)
from bot.errors import StoreConflict
from bot.ledger import credit
from bot.model import Address, Language, ServiceName, decoder, encode
from bot.order import confirm
from bot.store import Script
from bot.store.scripts import link
from bot.store.scripts.desk import Desk
from bot.store.scripts.looks import answer, find_order
from bot.store.scripts.orders import News, call_back, settle_inside, take_budget
from bot.store.scripts.rows import (
    OUTBOX_LEASE_MS,
    PAUSE_LIMIT_MS,
    Posted,
    add_order,
    note,
    post,
    read_outbound,
    save_order,
    say,
)

# How long an inquiry may take before another sweep asks again.
INQUIRY_LEASE_MS = 30_000
# How long an inquiry may wait for its turn before the person is told.
TOLD_OF_WAITING_MS = 3_000
MAX_TRIES = 3

_read_session = decoder(Session).decode


@dataclass
class Heard:
    """What remembering an event leaves to be done after the commit. `fresh` is False for an update seen before."""

    fresh: bool = True
    posted: list[Posted] = field(default_factory=list)
    inquiry: Inquire | None = None
    inquiry_wait_ms: int = 0
    ask_float: bool = False
    wake: list[str] = field(default_factory=list)
    state: str = ""
    news: News = field(default_factory=News)


@dataclass(frozen=True)
class Said:
    """An event and its circumstances. `key` is None for answers that we asked for ourselves; `sent_at` is when the
    person said it, where the channel tells.
    """

    address: Address
    event: Event
    now: int
    fresh_ids: tuple[str, str]
    key: str | None = None
    language_hint: Language = "fr"
    message_ref: str | None = None
    sent_at: int | None = None


def remember(desk: Desk, said: Said) -> Script[Heard]:
    """Handle one event; raises StoreConflict when the session moved meanwhile."""
    heard = Heard()
    if said.key is not None:
        rows = yield "inbox_add", {"key": said.key, "now": said.now}
        if not rows:
            return Heard(fresh=False)
    address = str(said.address)
    rows = yield "session_load", {"address": address}
    row = rows[0] if rows else None
    customer = row["customer"] if row else address
    session = _read_session(row["body"]) if row else Session(language=said.language_hint)
    if row and row["unreachable_at"] is not None:
        yield from _revive(desk, address, said.now, heard)
    speaker = Speaker(
        address=address,
        admin=said.address in desk.admins,
        fresh=said.fresh_ids,
        now=said.now,
        key=said.key or "",
        message_ref=said.message_ref,
        sent_at=said.sent_at,
    )
    talk = step(session, said.event, speaker, desk.shop)
    reply: Any = None
    try:
        while True:
            reply = yield from answer(talk.send(reply), customer, desk, address)
    except StopIteration as end:
        turn = end.value
    inquiry_due_at = row["inquiry_due_at"] if row and turn.session.state == "inquiring" else None
    for effect in turn.effects:
        yield from _carry_out(desk, said, customer, turn.session.language, effect, heard)
    if heard.inquiry is not None:
        heard.inquiry_wait_ms = yield from take_budget(desk, "inquiry", said.now)
        inquiry_due_at = said.now + (heard.inquiry_wait_ms or INQUIRY_LEASE_MS)
        if heard.inquiry_wait_ms and (yield from _queue_ms(desk, heard.inquiry_wait_ms)) > TOLD_OF_WAITING_MS:
            told = busy(desk.shop.words, turn.session.language)
            heard.posted.append((yield from say(address, told, desk.owner, said.now)))
    saved = {
        "address": address,
        "language": turn.session.language,
        "body": encode(turn.session).decode(),
        "now": said.now,
        "inquiry_due_at": inquiry_due_at,
    }
    if row is None:
        yield "session_add", saved | {"customer": customer}
    else:
        rows = yield "session_save", saved | {"version": row["version"]}
        if not rows:
            raise StoreConflict("a session moved")
    heard.state = turn.session.state
    heard.posted += heard.news.posted
    return heard


def _queue_ms(desk: Desk, next_ms: int) -> Script[int]:
    """About how long an inquiry will wait: the next free place is nobody's yet, and others stand in line for it."""
    rows = yield "inquiries_waiting", {}
    return next_ms + int(rows[0]["waiting"]) * desk.budget.interval_us // 1000


def _revive(desk: Desk, address: str, now: int, heard: Heard) -> Script[None]:
    """The person could not be reached and now writes: the order news kept for him goes out first."""
    rows = yield (
        "outbox_revive",
        {"address": address, "now": now, "owner": desk.owner, "until": now + OUTBOX_LEASE_MS},
    )
    for row in sorted(rows, key=lambda row: int(row["id"])):
        heard.posted.append(Posted(row["id"], address, read_outbound(row["body"]), True, row["created_at"]))


def _carry_out(desk: Desk, said: Said, customer: str, language: Language, effect: Effect, heard: Heard) -> Script[None]:
    now = said.now
    match effect:
        case Say(outbound=outbound, address=other):
            if other is not None and str(other) != str(said.address):
                yield from _make_known(other, language, now)
            heard.posted.append((yield from say(str(other or said.address), outbound, desk.owner, now)))
        case Inquire():
            heard.inquiry = effect
        case AskFloat():
            heard.ask_float = True
        case Place(quote=quote):
            order, held = confirm(quote, said.address, customer, language, now)
            # The quote's id is the order's: a second Confirm meets this row and does nothing.
            if (yield from add_order(order)):
                yield from post(held, now, desk.default_credit_limit_xof)
                yield from note(order.id, now, "confirmed", order.state)
                heard.wake.append(order.id)
        case SaveMeter():
            yield (
                "meter_save",
                {
                    "customer": customer,
                    "service": effect.service,
                    "reference": effect.reference,
                    "holder": effect.holder,
                    "nickname": effect.nickname,
                    "now": now,
                },
            )
        case RenameMeter(meter_id=meter_id, nickname=nickname):
            yield "meter_rename", {"id": meter_id, "nickname": nickname, "customer": customer}
        case DeleteMeter(meter_id=meter_id):
            yield "meter_delete", {"id": meter_id, "customer": customer}
        case CancelOrder(order_id=order_id):
            own = yield from find_order(order_id)
            if own is not None and own.customer == customer:
                yield from call_back(desk, own, now, heard.news)
        case AskOrder(order_id=order_id):
            heard.wake += yield from _make_due(order_id, now)
        case Resolve(order_id=order_id, outcome=outcome):
            stuck = yield from find_order(order_id)
            if stuck is not None:
                yield from note(stuck.id, now, f"admin {said.address}", stuck.state, type(outcome).__name__)
                yield from settle_inside(desk, stuck, outcome, now, heard.news)
        case MoveMoney(key=key, address=other, amount_xof=amount_xof, note=text):
            owner = yield from _make_known(other, language, now)
            yield from post(credit(key, owner, amount_xof, text), now, desk.default_credit_limit_xof)
        case MakeLink() | MissLink() | AskLink() | EndLink() | Join() | Part():
            yield from link.carry_out(effect, said.address, customer, now, desk.default_credit_limit_xof)
        case _:
            assert_never(effect)


def _make_due(order_id: str, now: int) -> Script[list[str]]:
    """Somebody asks about an order: it is due now, unless it has ended or is in somebody's hands."""
    order = yield from find_order(order_id)
    if order is None or order.is_final or order.state == "sending":
        return []
    yield from save_order(replace(order, due_at=now, updated_at=now))
    return [order.id]


def _make_known(address: Address, language: Language, now: int) -> Script[str]:
    """The customer behind an address; one who has not written yet gets an empty session."""
    rows = yield "session_load", {"address": str(address)}
    if rows:
        return str(rows[0]["customer"])
    session = Session(language=language)
    yield (
        "session_add",
        {
            "address": str(address),
            "customer": str(address),
            "language": language,
            "body": encode(session).decode(),
            "now": now,
            "inquiry_due_at": None,
        },
    )
    return str(address)


def fund(address: Address, amount_xof: int, key: str, language: Language, now: int) -> Script[None]:
    """Credit a customer outside any conversation; `key` makes it happen once."""
    customer = yield from _make_known(address, language, now)
    yield from post(credit(key, customer, amount_xof, "demo"), now, 0)


@dataclass
class Failure:
    """What became of an event whose handling raised: set aside after the last try, with the apology that was posted."""

    set_aside: bool
    posted: list[Posted]


def failed(desk: Desk, key: str, address: Address, problem: str, now: int) -> Script[Failure]:
    """Count a failure of an event; at the last try set it aside, stop waiting for its inquiry, and tell the person."""
    rows = yield "inbox_failed", {"key": key, "now": now, "problem": problem[:200]}
    if not rows:
        # Handled or set aside meanwhile: it was answered then.
        return Failure(True, [])
    if int(rows[0]["tries"]) < MAX_TRIES:
        return Failure(False, [])
    yield "inbox_set_aside", {"key": key, "now": now}
    known = yield "session_load", {"address": str(address)}
    language: Language = known[0]["language"] if known else "fr"
    # Whatever stood in the session may be what could not be handled: he begins afresh.
    body = encode(Session(language=language)).decode()
    yield "session_reset", {"address": str(address), "body": body, "now": now}
    return Failure(True, [(yield from say(str(address), apology(desk.shop.words, language), desk.owner, now))])


@dataclass(frozen=True)
class PendingInquiry:
    """A session that waits for an inquiry which nobody is asking."""

    address: str
    inquiry_id: str
    service: ServiceName
    reference: str


def claim_inquiries(desk: Desk, now: int, count: int) -> Script[list[PendingInquiry]]:
    """Take up the inquiries that are due, each with a place in the budget."""
    rows = yield (
        "inquiries_due",
        {"now": now, "until": now + INQUIRY_LEASE_MS, "beyond": now + PAUSE_LIMIT_MS, "count": count},
    )
    found = []
    for row in rows:
        try:
            session = _read_session(row["body"])
        except DecodeError:
            # One session that cannot be read must not keep everybody's inquiries waiting; its owner hears of it, with
            # an apology, when he writes.
            yield "inquiry_forget", {"address": row["address"]}
            continue
        if (
            session.state != "inquiring"
            or session.inquiry_id is None
            or session.service is None
            or session.reference is None
        ):
            continue
        wait_ms = yield from take_budget(desk, "inquiry", now)
        if wait_ms:
            yield "inquiry_postpone", {"address": row["address"], "due_at": now + wait_ms}
            continue
        found.append(PendingInquiry(row["address"], session.inquiry_id, session.service, session.reference))
    return found
