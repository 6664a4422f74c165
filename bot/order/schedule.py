"""When an order is looked at again, and what a webhook's claim is worth. Pure.

A claim is kept with its order as long as it may still matter: until a look-up has confirmed it, or, when it brought
recharge codes that nobody has seen, until an admin decides on them. Nothing of it is shown before that.
"""

from msgspec.structs import replace

from bot.catalog import Catalog
from bot.model import NO_FACTS, Facts, Hint
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
# So many codes that nobody confirmed are kept with an order; what came beyond is kept with what the provider said.
MAX_CLAIMED_TOKENS = 12

_PREPAID = frozenset(service.name for service in Catalog() if service.prepaid)


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


def unseen(order: Order) -> tuple[str, ...]:
    """The recharge codes that were claimed for an order and are not among those that its buyer has."""
    if order.hint is None or order.service not in _PREPAID:
        return ()
    return tuple(token for token in order.hint.tokens if token not in order.tokens)


def promises(hint: Hint) -> bool:
    """Whether a claim, if it is true, means that the payment succeeded: it says so, or it brings a code."""
    return hint.status == "success" or (bool(hint.tokens) and hint.status != "failed")


def take_hint(order: Order, hint: Hint, now: int) -> Applied:
    """A webhook spoke: keep what it claims and look the payment up at once. It moves nothing by itself."""
    if not hint_matches(order, hint):
        return Applied(order, alerts=(Alert("forged_hint", "foreign_ids"),))
    if order.state == "waiting":
        return Applied(order, alerts=(Alert("forged_hint", "not_sent_yet"),))
    alerts = (Alert("contradiction", "unknown_status"),) if hint.status == "unknown" else ()
    claimed, differs = claim(order, hint)
    if order.state == "delivered":
        if hint.status == "failed":
            return Applied(order, alerts=(Alert("failed_after_success", "webhook_failed"),))
        if not unseen(claimed) or (claimed.hint == order.hint and order.due_at is not None):
            # Nothing that the buyer does not have, or the same once more while it is being asked about.
            return Applied(order)
        alerts = (Alert("more_codes", "brought_by:webhook"),)
    elif order.is_final and not promises(hint):
        # What it says would change nothing, were it true; a word that nobody knows may mean anything, so it is asked.
        if hint.status != "unknown" or known_transaction(claimed) is None:
            return Applied(order, alerts=alerts)
    elif differs:
        alerts = (*alerts, Alert("contradiction", "two_codes"))
    return Applied(replace(claimed, hint_tries=0, due_at=now, updated_at=now), moved=True, alerts=alerts)


def claim(order: Order, hint: Hint) -> tuple[Order, bool]:
    """The order with a claim that is added to what was claimed before, and whether the two name different codes.

    Webhooks come in any order: an older claim takes nothing away from what a newer one brought.
    """
    tokens = hint.tokens if order.service in _PREPAID else ()
    kept = order.hint
    if kept is None:
        return replace(order, hint=replace(hint, tokens=tokens, raw="")), False
    fresh = tuple(token for token in tokens if token not in kept.tokens)
    status = kept.status if kept.status == "success" or hint.status == "unknown" else hint.status
    merged = replace(
        hint,
        status=status,
        tokens=(kept.tokens + fresh)[:MAX_CLAIMED_TOKENS],
        external_id=hint.external_id or kept.external_id,
        custom_data=hint.custom_data or kept.custom_data,
        facts=_later_facts(kept.facts, hint.facts),
        raw="",
    )
    return replace(order, hint=merged), bool(kept.tokens and fresh)


def _later_facts(old: Facts, new: Facts) -> Facts:
    """What a newer webhook tells, with the ids and the fee that only an older one told."""
    if new == NO_FACTS:
        return old
    fee_xof = new.fee_xof if new.fee_xof is not None else old.fee_xof
    return replace(new, transaction_id=new.transaction_id or old.transaction_id, fee_xof=fee_xof)


def at_rest(order: Order) -> Order:
    """An order that has ended, with nothing left to ask: codes that nobody confirmed stay for an admin's decision."""
    return replace(order, hint=order.hint if unseen(order) else None, due_at=None)


def tick(order: Order, now: int) -> Applied:
    """An order is due and there is nothing to ask: move along the poll table."""
    if not order.is_final:
        return after_poll(order, now)
    if order.hint is None:
        # Its process died between the last word on it and the end of a lease: nothing is left to do.
        return Applied(replace(order, due_at=None, updated_at=now), moved=order.due_at is not None)
    # A webhook claimed a late success and named nothing that could be looked up: only a person can follow it.
    unheard = Alert("contradiction", f"no_transaction:{order.state}")
    return Applied(replace(at_rest(order), updated_at=now), True, alerts=(unheard,))


def scheduled(order: Order, now: int) -> Order:
    """The order, due at the next entry of the poll table; past its end it is due never and needs a person."""
    done = order.polls
    if done >= len(POLL_AFTER_SECONDS):
        return replace(order, due_at=None, stuck_at=order.stuck_at or now, updated_at=now)
    pause = POLL_AFTER_SECONDS[done] - (POLL_AFTER_SECONDS[done - 1] if done else 0)
    return replace(order, due_at=now + pause * 1000, updated_at=now)


def after_hint(order: Order, now: int) -> Applied | None:
    """While a webhook says more than the look-up, ask again soon; None when that has been done enough."""
    if order.hint is None or order.hint_tries >= len(HINT_AFTER_SECONDS):
        return None
    if order.hint.status in ("pending", "unknown") and not order.hint.tokens:
        return None
    pause = HINT_AFTER_SECONDS[order.hint_tries]
    after = replace(order, hint_tries=order.hint_tries + 1, due_at=now + pause * 1000, updated_at=now)
    return Applied(after, True)


def still_ended(order: Order, source: Source, now: int) -> Applied:
    """An order that has ended, and an answer that does not confirm what a webhook may have claimed since."""
    if source != "look_up" or order.hint is None:
        return Applied(order)
    soon = after_hint(order, now)
    if soon is not None:
        return soon
    alerts = (Alert("forged_hint", f"unconfirmed:{order.state}"),) if promises(order.hint) else ()
    return Applied(at_rest(order), True, alerts=alerts)


def after_poll(order: Order, now: int, *alerts: Alert) -> Applied:
    """Nothing new was learned: ask again later, tell the customer at about a minute, and in the end a person."""
    soon = after_hint(order, now)
    if soon is not None:
        return Applied(soon.order, True, alerts=alerts)
    if order.hint is not None and promises(order.hint) and order.hint_tries == len(HINT_AFTER_SECONDS):
        # The webhook is kept, but it said "success" and nobody else does: that is what a forged one looks like.
        order = replace(order, hint_tries=order.hint_tries + 1)
        alerts = (*alerts, Alert("forged_hint", f"unconfirmed:{order.state}"))
    after = scheduled(replace(order, polls=order.polls + 1), now)
    if after.due_at is None and order.stuck_at is None:
        alerts = (*alerts, Alert("stuck"))
    notices: tuple[NoticeKind, ...] = ("still_pending",) if after.polls == STILL_PENDING_AFTER_POLLS else ()
    return Applied(after, True, notices=notices, alerts=alerts)
