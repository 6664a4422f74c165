"""Inquiries: whose meter or contract a session asks about, how long that must wait, and who takes it up again. Pure."""

from msgspec import DecodeError, Struct
from msgspec.structs import replace

from bot.dialogue import Person, Session, step
from bot.dialogue.pending import BeingLookedUp
from bot.dialogue.session import Transition, read_session
from bot.dialogue.tasks import Answered, Event, Inquire, InquiryAnswered, InquiryLimited
from bot.domain.catalog import ServiceName
from bot.domain.inquiry import InquiryAnswer
from bot.repositories.leases import PAUSE_LIMIT_MS
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions.allowances import QUICK_PAUSE_MS, Used, is_quick, use
from bot.transactions.budget import Round
from bot.transactions.installation import Installation
from bot.transactions.known import known_answer
from bot.transactions.unit import Unit

# How long an inquiry may take before another sweep asks again.
INQUIRY_LEASE_MS = 30_000
# How long an inquiry may wait for its turn before the person is told.
TOLD_OF_WAITING_MS = 3_000


def inquired(
    unit: Unit,
    shop: ShopSettings,
    before: Session,
    transition: Transition,
    inquiry: Inquire,
    person: Person,
    used: Used,
) -> Script[tuple[Transition, int, Used | None]]:
    """A step wants to inquire: what becomes of it, for how many milliseconds the inquiry must rest first, and what the
    account has used then, which is to be written down.

    What is known is answered at once, and costs nobody anything. An account that has made too many is told so, once;
    further ones, as long as the pause lasts, lead nowhere.
    """
    event: Answered
    now, spent = person.now, None
    if (
        known := (yield from known_answer(unit.installation.known, inquiry.service, inquiry.reference, now))
    ) is not None:
        event = InquiryAnswered(inquiry.inquiry_id, known)
    else:
        sells = person.terms is not None or person.role is not None
        spent, verdict = use(
            unit.installation.limits.inquiries_reseller if sells else unit.installation.limits.inquiries, used, now
        )
        if verdict == "silent":
            return Transition(before), 0, None
        if verdict == "yes":
            return transition, QUICK_PAUSE_MS if is_quick(spent, now) else 0, spent
        event = InquiryLimited(inquiry.inquiry_id, spent.shut_until)
    answered = yield from step(
        transition.session, event, replace(person, key="", message_ref=None, sent_at=None), shop, unit
    )
    tasks = tuple(task for task in transition.tasks if task is not inquiry)
    messages = (*transition.messages, *answered.messages)
    return Transition(answered.session, messages, (*tasks, *answered.tasks)), 0, spent


def inquiry_in(transition: Transition) -> Inquire | None:
    """The inquiry that a step leaves to be made."""
    return next((task for task in transition.tasks if isinstance(task, Inquire)), None)


def keep_answer(installation: Installation, session: Session, event: Event) -> None:
    """What the provider has just said is known for a moment."""
    waits = session.pending
    if isinstance(event, InquiryAnswered) and isinstance(waits, BeingLookedUp) and event.inquiry_id == waits.inquiry_id:
        installation.known.keep(waits.service, waits.reference, event.answer, waits.asked_at)


def queue_ms(installation: Installation, next_ms: int) -> Script[int]:
    """About how long an inquiry will wait: the next free place is nobody's yet, and others stand in line for it."""
    rows = yield "inquiries_waiting", {}
    return next_ms + int(rows[0]["waiting"]) * installation.budget.interval_us // 1000


class PendingInquiry(Struct, frozen=True):
    """A session that waits for an inquiry which nobody is asking; `answer` is there when it need not be asked."""

    address: str
    inquiry_id: str
    service: ServiceName
    reference: str
    answer: InquiryAnswer | None = None


def claim_inquiries(installation: Installation, now: int, count: int) -> Script[list[PendingInquiry]]:
    """Take up the inquiries that are due, in the order of their turns, each with a place in the budget."""
    rows = yield "inquiries_due", {"now": now, "beyond": now + PAUSE_LIMIT_MS, "count": count}
    sweep = Round(installation, now)
    claimed: list[PendingInquiry] = []
    for row in rows:
        address = str(row["address"])
        pending = _pending(address, row["body"])
        if pending is None:
            yield "inquiry_forget", {"address": address}
            continue
        known = yield from known_answer(installation.known, pending.service, pending.reference, now)
        if known is not None or not (yield from sweep.place("inquiry", row["customer"])):
            yield "inquiry_lease", {"address": address, "until": now + INQUIRY_LEASE_MS, "owner": installation.owner}
            claimed.append(replace(pending, answer=known))
    yield from sweep.end(("inquiry",), more="inquiry" if len(rows) == count else None)
    return claimed


def _pending(address: str, body: str) -> PendingInquiry | None:
    """What a session waits for; None when it waits for nothing, or cannot be read: then it must not keep everybody's
    inquiries waiting, and its owner hears of it, with an apology, when they write.
    """
    try:
        session = read_session(body)
    except DecodeError:
        return None
    waits = session.pending
    if not isinstance(waits, BeingLookedUp):
        return None
    return PendingInquiry(address, waits.inquiry_id, waits.service, waits.reference)
