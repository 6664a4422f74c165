"""When an order is looked at again, and what a webhook's claim is worth. Pure."""

from msgspec.structs import replace

from bot.model import (
    Hint,
)
from bot.order.states import Alert, Applied, Next, NoticeKind, Order, Source

# When a payment that was accepted is asked about, in seconds after it was; past the last one a person is needed.
POLL_AFTER_SECONDS = (5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 57600, 86400)
STILL_PENDING_AFTER_POLLS = 3
# When a payment that was certainly not sent is tried again; the last figure repeats.
RESEND_AFTER_SECONDS = (5, 15, 30, 60)
# How long an unknown outcome rests before the same body with the same id is sent once more.
REPLAY_AFTER_SECONDS = 15
# How often a look-up is repeated when a webhook said more than the look-up did.
HINT_AFTER_SECONDS = (1, 3, 10)
# How long an order may wait in line before the customer is told.
TOLD_OF_WAITING_MS = 5_000
# Pay calls for one order, counting those that a crash cut short, which say nothing about the provider.
MAX_PAY_ATTEMPTS = 6
MAX_REPLAYS = 1


def next_step(order: Order) -> Next:
    """What to do for an order that is due."""
    if order.state == "waiting":
        return "pay"
    if known_transaction(order) is not None and (not order.is_final or order.hint is not None):
        return "look_up"
    if (
        order.state == "unknown"
        and order.replays < MAX_REPLAYS
        and order.pay_attempts < MAX_PAY_ATTEMPTS
        and order.reason != "conflict"
    ):
        return "replay"
    return "tick"


def known_transaction(order: Order) -> str | None:
    """The provider's id for this payment: told by an answer, else claimed by a webhook that names our own id."""
    if order.facts.transaction_id is not None:
        return order.facts.transaction_id
    return order.hint.facts.transaction_id if order.hint is not None and hint_matches(order, order.hint) else None


def hint_matches(order: Order, hint: Hint) -> bool:
    """Whether every id that a webhook names is this order's."""
    ours = {order.id, None}
    theirs = hint.facts.transaction_id
    known = order.facts.transaction_id
    return (
        hint.external_id in ours and hint.custom_data in ours and (theirs is None or known is None or theirs == known)
    )


def take_hint(order: Order, hint: Hint, now: int) -> Applied:
    """A webhook spoke: keep what it claims and look the payment up at once. It moves nothing by itself."""
    if not hint_matches(order, hint):
        return Applied(order, alerts=(Alert("forged_hint", "foreign_ids"),))
    if order.state == "waiting":
        return Applied(order, alerts=(Alert("forged_hint", "not_sent_yet"),))
    if order.state == "delivered" or (order.is_final and hint.status != "success"):
        if order.state == "delivered" and hint.status == "failed":
            return Applied(order, alerts=(Alert("failed_after_success", "webhook_failed"),))
        return Applied(order)
    if hint.status == "unknown":
        return Applied(
            replace(order, due_at=now, updated_at=now), moved=True, alerts=(Alert("contradiction", "unknown_status"),)
        )
    kept = order.hint
    alerts: tuple[Alert, ...] = ()
    if kept is not None:
        if kept.tokens and hint.tokens and hint.tokens != kept.tokens:
            alerts = (Alert("contradiction", "two_codes"),)
        # Webhooks come in any order: an older claim takes nothing away from what a newer one brought.
        hint = replace(
            hint,
            status="success" if kept.status == "success" else hint.status,
            tokens=hint.tokens or kept.tokens,
            facts=replace(hint.facts, transaction_id=hint.facts.transaction_id or kept.facts.transaction_id),
        )
    return Applied(
        replace(order, hint=hint, hint_tries=0, due_at=now, updated_at=now),
        moved=True,
        alerts=alerts,
    )


def tick(order: Order, now: int) -> Applied:
    """An order is due and there is nothing to ask: move along the poll table."""
    if not order.is_final:
        return after_poll(order, now)
    if order.hint is None:
        # Its process died between the last word on it and the end of a lease: nothing is left to do.
        return Applied(replace(order, due_at=None, updated_at=now), moved=order.due_at is not None)
    # A webhook claimed a late success and named nothing that could be looked up: only a person can follow it.
    unheard = Alert("contradiction", f"no_transaction:{order.state}")
    return Applied(replace(order, hint=None, due_at=None, updated_at=now), True, alerts=(unheard,))


def scheduled(order: Order, now: int) -> Order:
    """The order, due at the next entry of the poll table; past its end it is due never and needs a person."""
    done = order.polls
    if done >= len(POLL_AFTER_SECONDS):
        return replace(order, due_at=None, stuck_at=order.stuck_at or now, updated_at=now)
    pause = POLL_AFTER_SECONDS[done] - (POLL_AFTER_SECONDS[done - 1] if done else 0)
    return replace(order, due_at=now + pause * 1000, updated_at=now)


def after_hint(order: Order, now: int) -> Applied | None:
    """While a webhook says more than the look-up, ask again soon; None when that has been done enough."""
    if order.hint is None or order.hint.status == "pending" or order.hint_tries >= len(HINT_AFTER_SECONDS):
        return None
    pause = HINT_AFTER_SECONDS[order.hint_tries]
    after = replace(order, hint_tries=order.hint_tries + 1, due_at=now + pause * 1000, updated_at=now)
    return Applied(after, True)


def still_ended(order: Order, source: Source, now: int) -> Applied:
    """An order that has ended, and an answer that does not confirm the late success that a webhook may have claimed."""
    if source != "look_up" or order.hint is None:
        return Applied(order)
    unconfirmed = Alert("forged_hint", f"unconfirmed:{order.state}")
    return after_hint(order, now) or Applied(replace(order, hint=None, due_at=None), True, alerts=(unconfirmed,))


def after_poll(order: Order, now: int, *alerts: Alert) -> Applied:
    """Nothing new was learned: ask again later, tell the customer at about a minute, and in the end a person."""
    soon = after_hint(order, now)
    if soon is not None:
        return Applied(soon.order, True, alerts=alerts)
    if order.hint is not None and order.hint.status == "success" and order.hint_tries == len(HINT_AFTER_SECONDS):
        # The webhook is kept, but it said "success" and nobody else does: that is what a forged one looks like.
        order = replace(order, hint_tries=order.hint_tries + 1)
        alerts = (*alerts, Alert("forged_hint", f"unconfirmed:{order.state}"))
    after = scheduled(replace(order, polls=order.polls + 1), now)
    if after.due_at is None and order.stuck_at is None:
        alerts = (*alerts, Alert("stuck"))
    notices: tuple[NoticeKind, ...] = ("still_pending",) if after.polls == STILL_PENDING_AFTER_POLLS else ()
    return Applied(after, True, notices=notices, alerts=alerts)
