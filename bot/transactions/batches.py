"""Lists of sales: their check, their start and their stop, and the words on how far they are. Pure.

Theory of operation. A list and its lines are written down the moment it was read; every change after that is guarded
by its state and by whose it is. The rows are the durable job here too. A line whose meter nobody knows has a `due_at`;
whoever claims it asks the provider and brings the answer to `line_checked`; a process that dies leaves it due again.
When no line is left to check, the list is brought to the dialogue as an event, again and again until the dialogue has
put its question. The Confirm writes every order and every hold in the step's own transaction. From there on the orders'
own scripts move the lines and mark the list as moved; `tell_batches` looks at those, tells how far they are, and ends
each once. A stop calls back what was not sent, in one transaction; a line that comes back unsent later is called back
then.
"""

from dataclasses import dataclass, field

from msgspec.structs import replace

from bot.domain.inquiry import Inquiry, InquiryAnswer, InquiryRefused
from bot.domain.order import confirm
from bot.domain.quote import MAX_AMOUNT_XOF, Quote
from bot.languages import DEFAULT
from bot.notices import batches as notices
from bot.repositories import batch_progress, sessions
from bot.repositories.batch_progress import Check, tally_of
from bot.repositories.batches import Tally, mark_running, mark_stopped, unbought_of, waiting_of
from bot.repositories.money import balance_of, post_all
from bot.repositories.orders import add_order, note
from bot.repositories.outbox import OutboxMessage, say
from bot.shop import is_prepaid
from bot.store import Script
from bot.transactions.budget import Round
from bot.transactions.installation import Installation
from bot.transactions.known import known_answer
from bot.transactions.orders import call_back
from bot.transactions.unit import Unit

# How long the provider may take to say whose meter it is before another sweep asks again.
CHECK_LEASE_MS = 30_000
# A meter of which the provider said nothing so often, over some minutes, is a fault of its line.
MAX_CHECK_TRIES = 8
# The check of a list is brought to the dialogue again after this, should the dialogue not have taken it.
ASK_AGAIN_MS = 30_000
# A message is edited no more often than this.
TELL_PAUSE_MS = 3_000
TELL_ROWS = 20
QUIET_MS = 300_000

# The check.


@dataclass
class Checks:
    """What a sweep found: meters to ask about, and lists whose check is to be brought to the dialogue."""

    asks: list[Check] = field(default_factory=list)
    checked: list[tuple[str, str]] = field(default_factory=list)


def claim_checks(installation: Installation, now: int, count: int) -> Script[Checks]:
    """Take up the meters that are to be asked about, as far as the budget goes, and the lists that are checked."""
    claimed = Checks()
    sweep = Round(installation, now)
    for check in (yield from batch_progress.checks_due(now, count)):
        if (known := (yield from known_answer(installation.known, check.service, check.reference, now))) is not None:
            owner = yield from line_checked(check, known, now)
            claimed.checked += [] if owner is None else [(check.batch_id, owner)]
            continue
        if (yield from sweep.place("batch", check.customer)):
            break
        yield from batch_progress.lease_check(check, now + CHECK_LEASE_MS, installation.owner)
        claimed.asks.append(check)
    yield from sweep.end(())
    claimed.checked += yield from batch_progress.take_checked(now, now - ASK_AGAIN_MS)
    return claimed


def check_answered(installation: Installation, check: Check, answer: InquiryAnswer, now: int) -> Script[str | None]:
    """The provider has just answered a check: it is known for a moment, and goes to its line."""
    installation.known.keep(check.service, check.reference, answer, now)
    return (yield from line_checked(check, answer, now))


def line_checked(check: Check, answer: InquiryAnswer, now: int) -> Script[str | None]:
    """The provider said whose meter it is, that there is none, or nothing at all. Answers the address of the batch's
    owner when nothing is left to check.
    """
    if isinstance(answer, Inquiry) and not is_prepaid(check.service):
        bills = [bill for bill in answer.bills if 0 < bill.amount_xof <= MAX_AMOUNT_XOF]
        if len(bills) == 1:
            yield from batch_progress.note_bill(check, answer.holder, bills[0])
        else:
            # Which of several is meant, nobody guesses.
            yield from batch_progress.note_fault(check, "several_bills" if bills else "nothing_due")
    elif isinstance(answer, Inquiry):
        yield from batch_progress.note_holder(check, answer.holder)
    elif isinstance(answer, InquiryRefused):
        yield from batch_progress.note_fault(check, "unknown")
    else:
        pause_ms = int(min(max(answer.retry_seconds, 1.0), 60.0) * 1000)
        if (yield from batch_progress.note_silence(check, now, pause_ms)) < MAX_CHECK_TRIES:
            return None
        yield from batch_progress.note_fault(check, "unasked")
    yield from batch_progress.mark_moved(check.batch_id)
    if not (yield from batch_progress.is_checked(check.batch_id)):
        return None
    _, audience = yield from batch_progress.audience_of(check.batch_id)
    return audience.address


# The Confirm, and the stop.


def start_batch(unit: Unit, batch_id: str, quotes: tuple[Quote, ...]) -> Script[None]:
    """Every line becomes an order with its hold, or none does, and only once. The caller has looked at the balance in
    this transaction.
    """
    if not (yield from mark_running(unit.customer, batch_id, str(unit.address), unit.now)):
        return
    # One place of the provider's budget after another: rows that cannot have their turn yet are not even looked at.
    interval_us = unit.installation.budget.interval_us
    holds = []
    for at, quote in enumerate(quotes):
        order, held = confirm(quote, unit.address, unit.customer, unit.language, unit.now)
        order = replace(order, due_at=unit.now + at * interval_us // 1000)
        if (yield from add_order(order)):
            holds.append(held)
            yield from note(order.id, unit.now, "confirmed", order.state, f"batch {batch_id}")
    yield from post_all(holds, unit.now, unit.installation.default_credit_limit_xof)
    unit.wake += [quote.id for quote in quotes[:1]]


def stop_batch(unit: Unit, batch_id: str, customer: str) -> Script[None]:
    """Buy nothing more of a customer's running batch: what was not sent is called back, and its money is free. Once."""
    if (yield from mark_stopped(customer, batch_id, unit.now)):
        for order in (yield from waiting_of(batch_id)):
            yield from call_back(unit.installation, order, unit.now, unit.settled)


# How far it is.


def tell_batches(installation: Installation, now: int) -> Script[list[OutboxMessage]]:
    """Tell the progress of the batches that moved, and end those of which every line has ended or needs a person."""
    posted: list[OutboxMessage] = []
    for batch_id in (yield from batch_progress.moved(now - QUIET_MS, TELL_ROWS)):
        posted += yield from _tell(installation, batch_id, now)
    return posted


def _tell(installation: Installation, batch_id: str, now: int) -> Script[list[OutboxMessage]]:
    batch, audience = yield from batch_progress.audience_of(batch_id)
    address, customer = audience.address, audience.customer
    known = yield from sessions.known_at(address)
    t = installation.shop.words[DEFAULT if known is None else known.language]
    tally = Tally() if batch.state == "checking" else (yield from tally_of(customer, batch_id))
    ends = batch.state == "running" and tally.has_ended
    if not ends and 0 <= now - audience.progress_at < TELL_PAUSE_MS:
        return []
    posted: list[OutboxMessage] = []
    progress_id = audience.progress_id
    # Words on progress do not queue up behind one another while the channel is away.
    if batch.message_ref is not None and not (progress_id and (yield from batch_progress.is_queued(progress_id))):
        if batch.state == "checking":
            outbound = notices.checking_outbound(t, batch)
        else:
            outbound = notices.progress_outbound(t, batch, tally)
        posted.append((yield from say(address, outbound, installation.owner, now)))
        progress_id = posted[0].id
    yield from batch_progress.note_progress(batch_id, now, progress_id)
    if ends:
        yield from batch_progress.end(batch_id, now)
        unbought = yield from unbought_of(customer, batch_id, notices.MAX_LISTED_LINES)
        # An address that has left the account since reads of its list, but no longer of the account's money.
        balance = None
        if known is not None and known.customer == customer:
            balance = yield from balance_of(customer, installation.default_credit_limit_xof)
        outbound = notices.summary(t, batch, tally, unbought, balance)
        posted.append((yield from say(address, outbound, installation.owner, now)))
    return posted
