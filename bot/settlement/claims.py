"""Orders taken up: claimed when they are due, because somebody waits, or because a webhook spoke of one. Pure.

Theory of operation. An order row that is due is *claimed*: leased to one process, its next step chosen by
`order.next_step`, a place in the provider's request budget taken, and, for a pay call, the fact that it is about to
leave written down; all in one transaction, before anything is sent. A claim that finds a pay call whose process died
knows that the call may or may not have left, and says so.

A lease is its owner's, and every process has a name of its own: who has lost one ends nobody else's. No clock ends our
own leases: what this process has in flight it knows by itself, and it renews what takes long. So one process never has
two calls for an order in flight, but for a look-up beside a pay call, which then has no lease (`Job.leased`).
"""

from collections.abc import Iterable, Sequence

from bot.domain.order import (
    Alert,
    Order,
    begin,
    interrupted,
    known_transaction,
    next_step,
    queued,
    take_webhook_claim,
    tick,
)
from bot.domain.order.schedule import HINT_AFTER_SECONDS
from bot.domain.outcome import WebhookClaim
from bot.repositories import batch_progress
from bot.repositories.leases import CLOCK_TRUST_MS, LOOK_UP_LEASE_MS, PAY_LEASE_MS, lease_bounds
from bot.repositories.orders import (
    OrderLease,
    hold_for_person,
    is_leased,
    lease,
    note,
    order_of,
    row_of,
    save_order,
    unlease,
)
from bot.store import Rows, Script
from bot.store.together import together
from bot.transactions.budget import Kind, Round, take_budget
from bot.transactions.installation import Installation
from bot.transactions.notifications import tell_admins
from bot.transactions.orders import Job, SettlementResult, next_version, write_applied

UNDECIDED_PAUSE_MS = 5_000


def _due_now(installation: Installation, order_id: str, now: int, trusts_clock: bool) -> Script[Rows]:
    expired, never = lease_bounds(now, trusts_clock)
    return (yield "order_due_now", {"id": order_id, "owner": installation.owner, "expired": expired, "never": never})


def claim_due(
    installation: Installation, now: int, count: int, *, trusts_clock: bool = True
) -> Script[SettlementResult]:
    """Take up the orders that are due, by class and in the order of their turns. Where the clock is not to be trusted
    (`bot.leases`), nobody's lease has ended.
    """
    order_ids = yield from due_ids(installation, now, count, trusts_clock=trusts_clock)
    return (yield from claim_all(installation, order_ids, now, count, trusts_clock=trusts_clock))


def due_ids(installation: Installation, now: int, count: int, *, trusts_clock: bool = True) -> Script[list[str]]:
    """The ids of the orders that are due, in the order of their turns, without reading the orders. Of very many this
    takes long, so it is read beside the transactions.
    """
    expired, never = lease_bounds(now, trusts_clock)
    rows = yield (
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
    return [str(row["id"]) for row in rows]


def claim_all(
    installation: Installation, order_ids: Sequence[str], now: int, count: int, *, trusts_clock: bool = True
) -> Script[SettlementResult]:
    """Take up those of the orders that are still due; `count` is how many were asked for."""
    result = SettlementResult()
    sweep = Round(installation, now)
    kind: Kind | None = None
    for order_id in order_ids:
        for row in (yield from _due_now(installation, order_id, now, trusts_clock)):
            order = order_of(row)
            if not _is_due(order, now):
                continue
            kind = _kind_of(order, awaited=row["awaited_at"] is not None)
            turned_away = yield from _take_up(installation, order, kind, now, result, sweep.place(kind, order.customer))
            # Batches come last: where one of their lines gets no place, none of the others does.
            if turned_away and order.batch_id is not None:
                break
        else:
            continue
        break
    yield from sweep.end(("pay", "look_up", "poll"), more=kind if len(order_ids) == count else None)
    return result


def _is_due(order: Order, now: int) -> bool:
    return order.due_at is not None and (order.due_at <= now or order.updated_at > now + CLOCK_TRUST_MS)


def _kind_of(order: Order, *, awaited: bool) -> Kind:
    """The class of what is to be asked about an order; `awaited`: somebody waits for the answer."""
    if order.batch_id is not None:
        return "batch"
    if order.state == "waiting":
        return "pay"
    waited_for = awaited or order.state == "unknown" or 1 <= order.webhook_claim_tries <= len(HINT_AFTER_SECONDS)
    return "look_up" if waited_for else "poll"


def renew(installation: Installation, order_ids: Iterable[str], now: int) -> Script[None]:
    """Hold for longer what is still in flight, as far as it is ours."""
    for order_id in order_ids:
        yield "order_renew", {"id": order_id, "owner": installation.owner, "until": now + PAY_LEASE_MS}


def leased_to(owner: str) -> Script[list[str]]:
    """The orders whose lease is a process's."""
    return [str(row["id"]) for row in (yield "orders_leased_to", {"owner": owner})]


def release(owner: str, order_id: str) -> Script[None]:
    """Let go of an order that is in nobody's hands."""
    yield from unlease(owner, order_id)


def set_aside(
    installation: Installation, order_id: str, problem: str, now: int, *, trusts_clock: bool = True
) -> Script[SettlementResult]:
    """An order that cannot be worked on waits for a person, so that the others do not wait for it; unless somebody else
    works on it meanwhile.
    """
    if not (yield from _due_now(installation, order_id, now, trusts_clock)):
        return SettlementResult()
    yield from hold_for_person(order_id, now)
    yield from batch_progress.moved_order(order_id)
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
    # An answer about it is not decided yet. Until it is, nothing is sent again or called interrupted.
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
        yield from together(
            note(order.id, now, f"{step} begun", begun.state), lease(installation.owner, order.id, now + lease_ms)
        )
        order = next_version(begun)
    else:
        yield from lease(installation.owner, order.id, now + lease_ms)
    result.jobs.append(Job(order, step, known_transaction(order)))
    return False


def record_webhook_claim(
    installation: Installation, order_id: str, webhook_claim: WebhookClaim, now: int, *, found: Rows | None = None
) -> Script[SettlementResult | None]:
    """A webhook spoke of an order: keep what it claims, and take the order up for a look-up. None: no such order.
    `found` is what is read of the order, where that was read already in this transaction.
    """
    rows = yield from row_of(order_id, found)
    if not rows:
        return None
    result, order = SettlementResult(), order_of(rows[0])
    applied = take_webhook_claim(order, webhook_claim, now)
    transaction_id = known_transaction(applied.order)
    asks = applied.moved and transaction_id is not None
    # A lease that a pay call in flight may hold is left alone, whatever the clock says of it: settling is the same
    # either way.
    may_lease = asks and applied.order.due_at is not None and not is_leased(rows[0])
    taken = OrderLease(installation.owner, now + LOOK_UP_LEASE_MS) if may_lease else None
    what = f"webhook: {webhook_claim.status}"
    writing = write_applied(installation, order, applied, now, what, result, lease=taken)
    if not asks:
        yield from writing
        return result
    order = next_version(applied.order)
    place = take_budget(installation, _kind_of(order, awaited=True), now, newcomer=True)
    _, result.wait_ms = yield from together(writing, place)
    if not result.wait_ms:
        result.jobs.append(Job(order, "look_up", transaction_id, leased=taken is not None))
        return result
    if taken is not None:
        yield from unlease(installation.owner, order.id)
    yield "order_awaited", {"id": order.id, "now": now}
    return result
