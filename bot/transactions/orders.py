"""An order settled: what an outcome does to it, its money, its journal and whoever reads of it. Pure.

What the provider says comes back through `settle`, whoever brings it. `settle` reads the order as it is now, lets
`order.apply` decide, and writes everything that follows in one transaction. `settlement.claims` says how an order is
taken up, so that somebody asks the provider.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from bot.domain.catalog import same_reference
from bot.domain.ledger import Transfer
from bot.domain.order import (
    Alert,
    Applied,
    Next,
    NoticeKind,
    Order,
    Source,
    apply,
    cancel,
)
from bot.domain.outcome import NotSent, Outcome
from bot.domain.payback import PayBack
from bot.notices.order_news import Retaken
from bot.repositories.batch_progress import mark_moved
from bot.repositories.floats import keep_witness
from bot.repositories.money import balance_of, post
from bot.repositories.orders import OrderLease, load_order, note, save_order, unlease
from bot.repositories.outbox import OutboxMessage
from bot.store import Rows, Script
from bot.store.together import together
from bot.transactions import paybacks
from bot.transactions.budget import pause
from bot.transactions.installation import Installation
from bot.transactions.notifications import tell, tell_admins
from bot.transactions.sale_notifications import parties_of, tell_client


@dataclass
class Job:
    """A claimed order and what to do for it. `step` is pay, replay or look_up; `transaction_id` is for the look-up.

    `leased` is False for a look-up beside a call that somebody has in flight: it does not end that call's lease.
    """

    order: Order
    step: Next
    transaction_id: str | None = None
    leased: bool = True


@dataclass
class SettlementResult:
    """What a script leaves to be done after its commit: messages to send, calls to make, moves and alerts to count."""

    posted: list[OutboxMessage] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    moves: list[Order] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    wait_ms: int = 0


def settle(
    installation: Installation,
    order_id: str,
    outcome: Outcome,
    source: Source,
    now: int,
    *,
    leased: bool = False,
    found: Rows | None = None,
) -> Script[SettlementResult | None]:
    """Let an outcome act on an order; None when there is no such order. `leased`: the lease that the caller got with
    its job ends here. `found` is what is read of the order, where that was read already in this transaction.
    """
    order = yield from load_order(order_id, found)
    if order is None:
        return None
    return (yield from settle_order(installation, order, outcome, source, now, leased=leased))


def settle_order(
    installation: Installation, order: Order, outcome: Outcome, source: Source, now: int, *, leased: bool = False
) -> Script[SettlementResult]:
    """The same with the order as it is now, inside a transaction of the caller's."""
    result = SettlementResult()
    if isinstance(outcome, NotSent) and outcome.cause == "busy":
        yield from pause(installation, now, outcome.retry_seconds or 5)
    applied = yield from _applied(installation, order, outcome, source, now)
    called_back: PayBack | None = None
    if applied.order.reopened > order.reopened and installation.shop.collecting is not None:
        called_back = yield from paybacks.call_back_for(installation, order, now)
    if called_back is not None:
        # The customer has more to pay with now.
        applied = yield from _applied(installation, order, outcome, source, now)
    what = f"{source}: {type(outcome).__name__}"
    yield from write_applied(installation, order, applied, now, what, result, called_back=called_back, unleases=leased)
    if source == "look_up" and applied.order.state != order.state and not _names_meter(order, outcome):
        # What a look-up's `Number` means is documented nowhere: it is noted, for whoever wonders.
        yield from note(order.id, now, "look_up: another number", applied.order.state)
    return result


def _applied(installation: Installation, order: Order, outcome: Outcome, source: Source, now: int) -> Script[Applied]:
    available_xof = 0
    if order.is_final:
        balance = yield from balance_of(order.customer, installation.default_credit_limit_xof)
        available_xof = balance.spendable_xof
    service = installation.shop.catalog[order.service]
    return apply(order, outcome, source=source, service=service, now=now, available_xof=available_xof)


def _names_meter(order: Order, outcome: Outcome) -> bool:
    """Whether the number that an answer names, if it names one, is the order's meter or reference."""
    number = None if isinstance(outcome, NotSent) else outcome.details.reference
    return number is None or same_reference(number, order.reference)


def call_back(installation: Installation, order: Order, now: int, result: SettlementResult) -> Script[None]:
    """The customer cancels an order that was not sent."""
    yield from write_applied(installation, order, cancel(order, now), now, "customer: cancel", result)


def next_version(order: Order) -> Order:
    """An order that was written in this transaction, as its row is now."""
    return replace(order, version=order.version + 1)


def write_applied(
    installation: Installation,
    before: Order,
    applied: Applied,
    now: int,
    what: str,
    result: SettlementResult,
    *,
    called_back: PayBack | None = None,
    unleases: bool = False,
    lease: OrderLease | None = None,
) -> Script[None]:
    """Write what an outcome did: the order, its money, its journal, the words for the customer and the admins.
    `called_back` was to go back to the number that paid, and pays for the order again. `unleases`: our lease of the
    order ends. `lease` begins with what is written, if nobody has one.
    """
    after = applied.order
    owner = installation.owner if unleases else None
    yield from together(
        _saved(applied, owner, lease),
        _post_all(applied.transfers, now, installation.default_credit_limit_xof),
        _witnessed(before, after, now),
        _noted(before, applied, now, what),
    )
    if applied.moved and after.state != before.state:
        result.moves.append(after)
    if called_back is not None:
        yield from paybacks.take_fee_again(installation, after, called_back, now)
    goes_back: PayBack | None = None
    if applied.transfers and installation.shop.collecting is not None:
        told = after.batch_id is None and not {"refused", "cancelled"}.isdisjoint(applied.notices)
        goes_back, posted = yield from paybacks.after_order(installation, after, applied.transfers, now, told=told)
        result.posted += posted
    notices = applied.notices
    if applied.moved:
        notices = yield from _in_batch(installation, after, notices, now, result)
    retaken = Retaken(applied.retaken_xof, 0 if called_back is None else called_back.amount_xof)
    for kind in notices:
        # What the buyer has seen is not shown again.
        shown = after if kind != "more_codes" else replace(after, tokens=after.tokens[len(before.tokens) :])
        result.posted += yield from tell(installation, shown, kind, now, retaken, goes_back)
    result.alerts += applied.alerts
    for item in applied.alerts:
        result.posted += yield from tell_admins(installation, item, after, now)


def _in_batch(
    installation: Installation, order: Order, notices: tuple[NoticeKind, ...], now: int, result: SettlementResult
) -> Script[tuple[NoticeKind, ...]]:
    """A line of a batch moved: which of its notices are sent. While the batch runs it tells of all its lines together;
    once that has been done, a line has a notice of its own when it ends. One that was not sent before the batch was
    stopped is called back.
    """
    batch = None if order.batch_id is None else (yield from mark_moved(order.batch_id))
    if batch is None:
        return notices
    if order.state == "waiting" and batch.stopped_at is not None:
        yield from call_back(installation, next_version(order), now, result)
    if batch.state == "done" or "more_codes" in notices:
        return notices if order.is_final else ()
    if order.state == "delivered" and notices:
        # Their client waits for no batch to end.
        parties = yield from parties_of(order)
        result.posted += yield from tell_client(order, parties, installation.shop.words, installation.owner, now)
    return ()


def _saved(applied: Applied, lease_ends_of: str | None, lease: OrderLease | None) -> Script[None]:
    if applied.moved:
        yield from save_order(applied.order, lease_ends_of, lease)
    elif lease_ends_of is not None:
        yield from unlease(lease_ends_of, applied.order.id)


def _post_all(transfers: Sequence[Transfer], now: int, default_limit_xof: int) -> Script[None]:
    for transfer in transfers:
        yield from post(transfer, now, default_limit_xof)


def _noted(before: Order, applied: Applied, now: int, what: str) -> Script[None]:
    after = applied.order
    if after.state != before.state or applied.alerts:
        detail = "; ".join(f"{item.kind} {item.detail}".strip() for item in applied.alerts) or after.reason
        yield from note(after.id, now, what, after.state, detail)


def _witnessed(before: Order, order: Order, now: int) -> Script[None]:
    """An answer may be the first to give the operator's float around its debit; it was sent at `sent_at` or later."""
    if before.details.current_balance_xof is not None or order.details.current_balance_xof is None:
        return
    sent_at = order.confirmed_at
    # While a call is in flight, only a webhook can have touched the order since it was sent.
    if before.state == "sending" and before.webhook_claim is None and (before.due_at or 0) < before.updated_at:
        sent_at = before.updated_at
    details = order.details
    yield from keep_witness(min(sent_at, now), now, order.id, details.previous_balance_xof, details.current_balance_xof)
