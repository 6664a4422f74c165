"""What a row of the table does to an order: named actions, and the ledger's moves. Pure.

An action says what it changes and nothing else. It cannot change the state: `Changes` has no such field. Every
docstring here is a phrase of `docs/orders.md`.
"""

from msgspec.structs import replace

from bot.domain.ledger import Transfer, borne_by_operator, release, reopen, spend
from bot.domain.order.case import (
    AnotherAmount,
    Case,
    Changes,
    Claim,
    Event,
    claim_is_tired,
    left_claimed,
    new_tokens,
    provider_fee_xof,
)
from bot.domain.order.schedule import (
    POLL_AFTER_SECONDS,
    REPLAY_AFTER_SECONDS,
    poll_seconds,
    promises,
    resend_seconds,
    soon_seconds,
    unseen,
)
from bot.domain.order.states import Order
from bot.domain.outcome import Delivered, NotSent, Refused, Unknown

# When somebody acts next.


def poll(case: Case[Event]) -> Changes:
    """ask again: soon while a webhook claims more, else at the next entry of the poll table, past its end never"""
    order, now = case.order, case.now
    if (soon := _soon(case)) is not None:
        return soon
    changes = _next_poll(order.polls + 1, order.stuck_at, now)
    changes["polls"] = order.polls + 1
    if claim_is_tired(case):
        changes["webhook_claim_tries"] = order.webhook_claim_tries + 1
    return changes


def ask_about_claim(case: Case[Event]) -> Changes:
    """while a webhook claims more, ask again soon, in the end rest"""
    if case.order.webhook_claim is None:
        return {}
    soon = _soon(case)
    return rest(case) if soon is None else soon


def rest(case: Case[Event]) -> Changes:
    """nothing is asked any more; claimed codes that nobody has seen stay for an admin"""
    return {"webhook_claim": case.order.webhook_claim if unseen(case.order) else None, "due_at": None}


def touch(case: Case[Event]) -> Changes:
    """note the time"""
    return {"updated_at": case.now}


def ask_now(case: Case[Event]) -> Changes:
    """ask at once when codes came along"""
    return {"webhook_claim_tries": 0, "due_at": case.now} if case.brings_codes else {}


def try_later(case: Case[NotSent]) -> Changes:
    """try again after a pause"""
    pause_seconds = resend_seconds(case.order, case.event.retry_seconds)
    return {"due_at": case.now + int(pause_seconds * 1000), "updated_at": case.now}


# What an answer tells.


def learn(case: Case[Event]) -> Changes:
    """keep what it tells"""
    return {} if case.details is case.order.details else {"details": case.details}


def deliver(case: Case[Delivered]) -> Changes:
    """keep the codes and what it tells, rest"""
    return {
        "tokens": case.event.tokens,
        "webhook_claim": left_claimed(case, *case.event.tokens),
        "details": replace(case.details, fee_xof=provider_fee_xof(case)),
        "reason": "",
        "webhook_claim_tries": 0,
        "due_at": None,
        "stuck_at": None,
        "updated_at": case.now,
        "delivered_at": case.now,
    }


def ask_about_left(case: Case[Delivered]) -> Changes:
    """ask at once about claimed codes that it did not tell"""
    return {} if left_claimed(case, *case.event.tokens) is None else {"due_at": case.now}


def add_codes(case: Case[Delivered]) -> Changes:
    """keep the new codes beside the old, rest"""
    tokens = case.order.tokens + new_tokens(case)
    return {"tokens": tokens, "webhook_claim": left_claimed(case, *tokens), "due_at": None, "updated_at": case.now}


def keep_asking(case: Case[Delivered]) -> Changes:
    """go on asking about claimed codes that it did not tell"""
    left = left_claimed(case, *case.order.tokens, *case.event.tokens)
    return {} if left is None else {"due_at": case.order.due_at}


def take_again(case: Case[Event]) -> Changes:
    """count that the hold was taken again; the operator bears what the customer no longer has"""
    order = case.order
    borne_xof = borne_by_operator(order.total_xof, case.available_xof)
    return {"reopened": order.reopened + 1, "borne_xof": borne_xof}


def begin_polls(case: Case[Event]) -> Changes:
    """begin the poll table"""
    now = case.now
    return {
        "due_at": now + POLL_AFTER_SECONDS[0] * 1000,
        "reason": "",
        "polls": 0,
        "stuck_at": None,
        "updated_at": now,
    }


def ask_soon(case: Case[Event]) -> Changes:
    """ask soon while a webhook claims more"""
    soon = _soon(case)
    return {} if soon is None else soon


def end_refused(case: Case[Refused]) -> Changes:
    """keep the reason, rest"""
    return rest(case) | {"reason": case.event.reason, "stuck_at": None, "updated_at": case.now}


def ask_about_success(case: Case[Event]) -> Changes:
    """ask again soon where a webhook claimed a success"""
    webhook_claim = case.order.webhook_claim
    soon = _soon(case) if webhook_claim is not None and promises(webhook_claim) else None
    return {} if soon is None else soon | {"webhook_claim": webhook_claim}


# Pay calls.


def count_call(case: Case[Event]) -> Changes:
    """count the call"""
    return {"pay_attempts": case.order.pay_attempts + 1, "updated_at": case.now}


def queue(case: Case[Event]) -> Changes:
    """remember that it was told"""
    return {"reason": "queued", "updated_at": case.now}


def keep_cause(case: Case[NotSent]) -> Changes:
    """keep the cause"""
    return {"reason": case.event.cause}


def uncount_call(case: Case[NotSent]) -> Changes:
    """do not count the call"""
    return {"pay_attempts": case.order.pay_attempts - 1}


def rest_before_replay(case: Case[Unknown]) -> Changes:
    """replay after a pause; a conflict is never replayed and needs a person"""
    event = case.event
    return {
        "reason": "conflict" if event.conflict else event.cause,
        "polls": 0,
        "due_at": case.now + REPLAY_AFTER_SECONDS * 1000,
        "stuck_at": case.now if event.conflict else None,
        "updated_at": case.now,
    }


def count_replay(case: Case[Unknown]) -> Changes:
    """count the replay, go on with the poll table; it needs a person"""
    order = case.order
    return _next_poll(order.polls, order.stuck_at, case.now) | {"replays": order.replays + 1, "stuck_at": case.now}


# People, webhooks.


def cancel(case: Case[Event]) -> Changes:
    """ask at once where a webhook claimed a success, else rest"""
    webhook_claim = case.order.webhook_claim
    claimed = webhook_claim if webhook_claim is not None and promises(webhook_claim) else None
    due_at = None if claimed is None else case.now
    return {"reason": "customer", "webhook_claim": claimed, "due_at": due_at, "updated_at": case.now}


def flag(case: Case[AnotherAmount]) -> Changes:
    """it needs a person"""
    return {"stuck_at": case.order.stuck_at or case.now}


def keep_claim(case: Case[Claim]) -> Changes:
    """keep the claim, ask at once"""
    return {"webhook_claim": case.event.kept, "webhook_claim_tries": 0, "due_at": case.now, "updated_at": case.now}


def _soon(case: Case[Event]) -> Changes | None:
    """Ask again soon while a webhook says more than the look-up; None when that has been done enough."""
    order, now = case.order, case.now
    pause_seconds = soon_seconds(order)
    if pause_seconds is None:
        return None
    return {
        "webhook_claim_tries": order.webhook_claim_tries + 1,
        "due_at": now + pause_seconds * 1000,
        "updated_at": now,
    }


def _next_poll(polls: int, stuck_at: int | None, now: int) -> Changes:
    """Due at an entry of the poll table; past its end it is due never and needs a person."""
    pause_seconds = poll_seconds(polls)
    if pause_seconds is None:
        return {"due_at": None, "stuck_at": stuck_at or now, "updated_at": now}
    return {"due_at": now + pause_seconds * 1000, "updated_at": now}


# The ledger's moves; `after` is the order as it stands after the row.


def release_hold(case: Case[Event], after: Order) -> Transfer:
    """given back"""
    order = case.order
    return release(order.id, order.customer, order.total_xof, borne_xof=order.borne_xof, reopened=order.reopened)


def take_hold_again(case: Case[Event], after: Order) -> Transfer:
    """taken again"""
    order, available_xof = case.order, case.available_xof
    return reopen(
        order.id, order.customer, total_xof=order.total_xof, available_xof=available_xof, reopened=order.reopened
    )


def spend_hold(case: Case[Event], after: Order) -> Transfer:
    """spent"""
    return spend(
        after.id,
        after.customer,
        amount_xof=after.amount_xof,
        fee_xof=after.fee_xof,
        paid_xof=after.paid_xof,
        provider_fee_xof=provider_fee_xof(case),
        commission_xof=after.commission_xof,
        borne_xof=after.borne_xof,
    )
