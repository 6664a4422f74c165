"""What people do to orders: confirm a quote, call an order back, ask about one, decide what became of one. Pure."""

from msgspec.structs import replace

from bot.domain.order import Order, begin, cancel, confirm, queued
from bot.domain.outcome import Outcome
from bot.domain.quote import Quote
from bot.repositories import debts, sellers
from bot.repositories.leases import PAY_LEASE_MS
from bot.repositories.money import post
from bot.repositories.orders import OrderLease, add_order, note, note_all, save_order
from bot.store import Script
from bot.store.together import together
from bot.transactions.allowances import may_ask
from bot.transactions.budget import take_budget
from bot.transactions.notifications import tell
from bot.transactions.orders import Job, call_back, settle_order, write_applied
from bot.transactions.unit import Unit


def place(unit: Unit, quote: Quote) -> Script[None]:
    """A quote was confirmed: write the order, whose id is the quote's, and its hold. A second Confirm does nothing.
    Raises LedgerError where the money does not suffice.

    Whoever takes up what is ordered claims it in the same transaction, if the provider's budget has a place for it:
    then one commit, and no more, lies between a Confirm and the pay call.
    """
    installation, now, begun = unit.installation, unit.now, None
    order, held = confirm(quote, unit.address, unit.buyer, unit.language, now)
    wait_ms = (yield from take_budget(installation, "pay", now, newcomer=True)) if unit.takes_up else 0
    if unit.takes_up and not wait_ms:
        begun = begin(order, now)
        added = yield from add_order(begun, OrderLease(installation.owner, now + PAY_LEASE_MS))
    else:
        added = yield from add_order(order)
    if not added:
        return
    yield from together(post(held, now, installation.default_credit_limit_xof), _note_begin(order, begun, now))
    if quote.on_credit and quote.client_id is not None:
        # It counts once the order is delivered.
        yield from debts.add(unit.buyer, quote.client_id, quote.price_xof, now, order.id)
    if unit.selling is not None:
        yield from sellers.note_sale(unit.selling.id, order.id, now)
    if begun is not None:
        unit.settled.jobs.append(Job(begun, "pay"))
    elif unit.takes_up:
        unit.settled.wait_ms = min(unit.settled.wait_ms or wait_ms, wait_ms)
        yield from write_applied(installation, order, queued(order, now, wait_ms), now, "queued", unit.settled)
    else:
        unit.wake.append(order.id)


def _note_begin(order: Order, begun: Order | None, now: int) -> Script[None]:
    lines = [("confirmed", order.state)]
    if begun is not None:
        lines.append(("pay begun", begun.state))
    yield from note_all(order.id, now, lines)


def call_back_one(unit: Unit, order: Order) -> Script[None]:
    """Call an order back that was not sent, by its own button. Its owner is told at once, also of a line of a batch."""
    yield from call_back(unit.installation, order, unit.now, unit.settled)
    if order.batch_id is not None and order.state == "waiting":
        unit.settled.posted += yield from tell(unit.installation, cancel(order, unit.now).order, "cancelled", unit.now)


def ask_about(unit: Unit, order: Order) -> Script[None]:
    """Make an order due now, because its owner or an admin asks, unless it has ended or is in somebody's hands."""
    own = order.customer in (unit.customer, unit.buyer)
    # For somebody who asks again and again nothing is hurried any more: it is polled in its own time.
    if own and not (yield from may_ask(unit.installation.limits.asks, unit.customer, unit.now)):
        return
    if not order.is_final and order.state != "sending":
        yield from save_order(replace(order, due_at=unit.now, updated_at=unit.now))
        unit.wake.append(order.id)


def decide(unit: Unit, order: Order, outcome: Outcome) -> Script[None]:
    """An admin decides what became of an order: it is settled as by every other outcome, and their name is noted."""
    yield from note(order.id, unit.now, f"admin {unit.address}", order.state, type(outcome).__name__)
    result = yield from settle_order(unit.installation, order, outcome, "admin", unit.now)
    unit.settled.posted += result.posted
    unit.settled.moves += result.moves
    unit.settled.alerts += result.alerts
