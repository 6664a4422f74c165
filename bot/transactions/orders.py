"""An order's transactions: taken up, asked about, settled. Pure.

Theory of operation. An order row that is due is *claimed*: leased to one process, its next step chosen by
`order.next_step`, a place in the provider's request budget taken, and, for a pay call, the fact that it is about to
leave written down; all in one transaction, before anything is sent. What the provider then says comes back through
`settle`, whoever brings it. `settle` reads the order as it is now, lets `order.apply` decide, and writes the order, its
money, its journal and the messages in one transaction. A claim that finds a pay call whose process died knows that the
call may or may not have left, and says so.

A lease is its owner's, and every process has a name of its own: who has lost one ends nobody else's. No clock ends our
own leases: what this process has in flight it knows by itself, and it renews what takes long. So one process never has
two calls for an order in flight, but for a look-up beside a pay call, which then has no lease (`Job.leased`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from bot.domain.catalog import same_reference
from bot.domain.model import NotSent, Outcome, WebhookClaim
from bot.domain.order import (
    Alert,
    Applied,
    Next,
    NoticeKind,
    Order,
    Source,
    apply,
    begin,
    cancel,
    interrupted,
    known_transaction,
    next_step,
    queued,
    take_webhook_claim,
    tick,
)
from bot.domain.order.schedule import HINT_AFTER_SECONDS
from bot.repositories.leases import CLOCK_TRUST_MS, lease_bounds
from bot.repositories.money import available_of, credit_limit_of, post
from bot.repositories.orders import load_order, note, order_of, save_order
from bot.repositories.outbox import OutboxMessage
from bot.store import Rows, Script
from bot.transactions.budget import Kind, Round, pause, take_budget
from bot.transactions.installation import Installation
from bot.transactions.notifications import tell, tell_admins
from bot.transactions.sale_notifications import parties_of, tell_client

PAY_LEASE_MS = 90_000
LOOK_UP_LEASE_MS = 30_000
UNDECIDED_PAUSE_MS = 5_000


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


def _due(installation: Installation, now: int, count: int, trusts_clock: bool) -> Script[Rows]:
    expired, never = lease_bounds(now, trusts_clock)
    return (
        yield (
            "orders_due",
            {
                "owner": installation.owner,
                "now": now,
                "ahead": now + CLOCK_TRUST_MS,
                "tries": len(HINT_AFTER_SECONDS),
                "expired": expired,
                "never": never,
                "count": count,
            },
        )
    )


def _due_now(installation: Installation, order_id: str, now: int, trusts_clock: bool) -> Script[Rows]:
    expired, never = lease_bounds(now, trusts_clock)
    return (yield "order_due_now", {"id": order_id, "owner": installation.owner, "expired": expired, "never": never})


def claim_due(
    installation: Installation, now: int, count: int, *, trusts_clock: bool = True
) -> Script[SettlementResult]:
    """Take up the orders that are due, by class and in the order of their turns. Where the clock is not to be trusted
    (`bot.leases`), nobody's lease has ended.
    """
    result = SettlementResult()
    sweep = Round(installation, now)
    rows = yield from _due(installation, now, count, trusts_clock)
    kind: Kind | None = None
    for row in rows:
        order = order_of(row)
        kind = _kind_of(order, awaited=row["awaited_at"] is not None)
        turned_away = yield from _take_up(installation, order, kind, now, result, sweep.place(kind, order.customer))
        # Batches come last: where one of their lines gets no place, none of the others does.
        if turned_away and order.batch_id is not None:
            break
    yield from sweep.end(("pay", "look_up", "poll"), more=kind if len(rows) == count else None)
    return result


def _kind_of(order: Order, *, awaited: bool) -> Kind:
    """The class of what is to be asked about an order; `awaited`: somebody waits for the answer."""
    if order.batch_id is not None:
        return "batch"
    if order.state == "waiting":
        return "pay"
    waited_for = awaited or order.state == "unknown" or 1 <= order.webhook_claim_tries <= len(HINT_AFTER_SECONDS)
    return "look_up" if waited_for else "poll"


def due_ids(installation: Installation, now: int, count: int, *, trusts_clock: bool = True) -> Script[list[str]]:
    """The ids of the orders that are due, read without reading the orders."""
    return [str(row["id"]) for row in (yield from _due(installation, now, count, trusts_clock))]


def renew(installation: Installation, order_ids: Iterable[str], now: int) -> Script[None]:
    """Hold for longer what is still in flight, as far as it is ours."""
    for order_id in order_ids:
        yield "order_renew", {"id": order_id, "owner": installation.owner, "until": now + PAY_LEASE_MS}


def leased_to(owner: str) -> Script[list[str]]:
    """The orders whose lease is a process's."""
    return [str(row["id"]) for row in (yield "orders_leased_to", {"owner": owner})]


def release(owner: str, order_id: str) -> Script[None]:
    """Let go of an order that is in nobody's hands."""
    yield "order_unlease", {"id": order_id, "owner": owner}


def set_aside(installation: Installation, order_id: str, problem: str, now: int) -> Script[SettlementResult]:
    """An order that cannot be worked on waits for a person, so that the others do not wait for it."""
    yield "order_set_aside", {"id": order_id, "now": now}
    yield "batch_touch_by", {"order_id": order_id}
    yield from note(order_id, now, "set aside", "stuck", problem)
    result = SettlementResult(alerts=[Alert("stuck", f"{order_id}: {problem}")])
    result.posted += yield from tell_admins(installation, result.alerts[0], None, now)
    return result


def claim_one(
    installation: Installation, order_id: str, now: int, *, trusts_clock: bool = True
) -> Script[SettlementResult]:
    """Take up one order for which somebody waits, unless somebody has it."""
    rows = yield from _due_now(installation, order_id, now, trusts_clock)
    result = SettlementResult()
    for row in rows:
        order = order_of(row)
        kind = _kind_of(order, awaited=True)
        place = take_budget(installation, kind, now, newcomer=True)
        if (yield from _take_up(installation, order, kind, now, result, place)) and kind == "look_up":
            yield "order_awaited", {"id": order_id, "now": now}
    return result


def _take_up(
    installation: Installation, order: Order, kind: Kind, now: int, result: SettlementResult, place: Script[int]
) -> Script[bool]:
    """Do what is due for an order, when `place` gives it one in the budget. True: there was none."""
    # What was heard of it is not decided yet: nothing is sent again, nor called interrupted, before it is.
    if (yield "provider_fact_undecided", {"order_id": order.id}):
        yield "order_postpone", {"id": order.id, "due_at": now + UNDECIDED_PAUSE_MS}
        return False
    if order.state == "sending":
        yield from write_applied(installation, order, interrupted(order, now), now, "interrupted", result)
        return False
    step = next_step(order)
    if step == "tick":
        yield from write_applied(installation, order, tick(order, now), now, "nothing to ask", result)
        return False
    wait_ms = yield from place
    if wait_ms:
        result.wait_ms = min(result.wait_ms or wait_ms, wait_ms)
        # That a line of a batch waits for its turn is no news: the batch tells how many do.
        if order.batch_id is None:
            yield from write_applied(installation, order, queued(order, now, wait_ms), now, "queued", result)
        return True
    lease_ms = LOOK_UP_LEASE_MS
    if step in ("pay", "replay"):
        lease_ms = PAY_LEASE_MS
        begun = begin(order, now)
        yield from save_order(begun)
        yield from note(order.id, now, f"{step} begun", begun.state)
        order = _next_version(begun)
    yield "order_lease", {"id": order.id, "owner": installation.owner, "until": now + lease_ms}
    result.jobs.append(Job(order, step, known_transaction(order)))
    return False


def settle(
    installation: Installation, order_id: str, outcome: Outcome, source: Source, now: int, *, leased: bool = False
) -> Script[SettlementResult | None]:
    """Let an outcome act on an order; None when there is no such order. `leased`: the lease that the caller got with
    its job ends here.
    """
    order = yield from load_order(order_id)
    if order is None:
        return None
    if leased:
        yield "order_unlease", {"id": order_id, "owner": installation.owner}
    return (yield from settle_order(installation, order, outcome, source, now))


def settle_order(
    installation: Installation, order: Order, outcome: Outcome, source: Source, now: int
) -> Script[SettlementResult]:
    """The same with the order as it is now, inside a transaction of the caller's."""
    result = SettlementResult()
    if isinstance(outcome, NotSent) and outcome.cause == "busy":
        yield from pause(installation, now, outcome.retry_seconds or 5)
    available_xof = 0
    if order.is_final:
        balance_xof = yield from available_of(order.customer)
        limit_xof = yield from credit_limit_of(order.customer, installation.default_credit_limit_xof)
        available_xof = balance_xof + limit_xof
    applied = apply(
        order,
        outcome,
        source=source,
        service=installation.shop.catalog[order.service],
        now=now,
        available_xof=available_xof,
    )
    yield from write_applied(installation, order, applied, now, f"{source}: {type(outcome).__name__}", result)
    if source == "look_up" and applied.order.state != order.state and not _names_meter(order, outcome):
        # What a look-up's `Number` means is documented nowhere: it is noted, for whoever wonders.
        yield from note(order.id, now, "look_up: another number", applied.order.state)
    return result


def _names_meter(order: Order, outcome: Outcome) -> bool:
    """Whether the number that an answer names, if it names one, is the order's meter or reference."""
    number = None if isinstance(outcome, NotSent) else outcome.details.reference
    return number is None or same_reference(number, order.reference)


def hear_hint(
    installation: Installation, order_id: str, webhook_claim: WebhookClaim, now: int
) -> Script[SettlementResult | None]:
    """A webhook spoke of an order: keep what it claims, and take the order up for a look-up. None: no such order."""
    order = yield from load_order(order_id)
    if order is None:
        return None
    result = SettlementResult()
    applied = take_webhook_claim(order, webhook_claim, now)
    yield from write_applied(installation, order, applied, now, f"webhook: {webhook_claim.status}", result)
    order = _next_version(applied.order) if applied.moved else applied.order
    transaction_id = known_transaction(order)
    if applied.moved and transaction_id is not None:
        wait_ms = yield from take_budget(installation, _kind_of(order, awaited=True), now, newcomer=True)
        result.wait_ms = wait_ms
        if wait_ms:
            yield "order_awaited", {"id": order_id, "now": now}
        else:
            # A lease that a pay call in flight may hold is left alone, whatever the clock says of it: settling is the
            # same through either door.
            rows = yield from _due_now(installation, order_id, now, False)
            if rows:
                yield "order_lease", {"id": order_id, "owner": installation.owner, "until": now + LOOK_UP_LEASE_MS}
            result.jobs.append(Job(order, "look_up", transaction_id, leased=bool(rows)))
    return result


def call_back(installation: Installation, order: Order, now: int, result: SettlementResult) -> Script[None]:
    """The customer cancels an order that was not sent."""
    yield from write_applied(installation, order, cancel(order, now), now, "customer: cancel", result)


def _next_version(order: Order) -> Order:
    return replace(order, version=order.version + 1)


def write_applied(
    installation: Installation, before: Order, applied: Applied, now: int, what: str, result: SettlementResult
) -> Script[None]:
    """Write what an outcome did: the order, its money, its journal, the words for the customer and the admins."""
    after = applied.order
    if applied.moved:
        yield from save_order(after)
        if after.state != before.state:
            result.moves.append(after)
    if before.details.current_balance_xof is None and after.details.current_balance_xof is not None:
        yield from _witnessed(before, after, now)
    for transfer in applied.transfers:
        yield from post(transfer, now, installation.default_credit_limit_xof)
    if after.state != before.state or applied.alerts:
        detail = "; ".join(f"{item.kind} {item.detail}".strip() for item in applied.alerts) or after.reason
        yield from note(after.id, now, what, after.state, detail)
    notices = applied.notices
    if after.batch_id is not None and applied.moved:
        notices = yield from _in_batch(installation, after, notices, now, result)
    for kind in notices:
        # What the buyer has seen is not shown again.
        shown = after if kind != "more_codes" else replace(after, tokens=after.tokens[len(before.tokens) :])
        result.posted += yield from tell(installation, shown, kind, now, applied.retaken_xof)
    result.alerts += applied.alerts
    for item in applied.alerts:
        result.posted += yield from tell_admins(installation, item, after, now)


def _in_batch(
    installation: Installation, order: Order, notices: tuple[NoticeKind, ...], now: int, result: SettlementResult
) -> Script[tuple[NoticeKind, ...]]:
    """A line of a batch moved: which of its notices are told. While the batch runs it tells of all its lines together;
    once that has been done, a line is told alone when it ends. One that was not sent before the batch was stopped is
    called back.
    """
    rows = yield "batch_touch", {"id": order.batch_id}
    if not rows:
        return notices
    if order.state == "waiting" and rows[0]["stopped_at"] is not None:
        yield from call_back(installation, _next_version(order), now, result)
    if rows[0]["state"] == "done" or "more_codes" in notices:
        return notices if order.is_final else ()
    if order.state == "delivered" and notices:
        # His client waits for no batch to end.
        parties = yield from parties_of(order)
        result.posted += yield from tell_client(order, parties, installation.shop.words, installation.owner, now)
    return ()


def _witnessed(before: Order, order: Order, now: int) -> Script[None]:
    """An answer told the operator's float around its debit; it was sent at `sent_at` or later."""
    sent_at = order.confirmed_at
    # While a call is in flight, only a webhook can have touched the order since it was sent.
    if before.state == "sending" and before.webhook_claim is None and (before.due_at or 0) < before.updated_at:
        sent_at = before.updated_at
    yield (
        "witness_add",
        {
            "sent_at": min(sent_at, now),
            "at": now,
            "order_id": order.id,
            "previous_xof": order.details.previous_balance_xof,
            "current_xof": order.details.current_balance_xof,
        },
    )
