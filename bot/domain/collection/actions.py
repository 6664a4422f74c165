"""What a row of the table does to a collection: named actions, and the ledger's move. Pure.

An action says what it changes and nothing else; it cannot change the state. Every docstring here is a phrase of
`docs/collections.md`.
"""

from bot.domain.collecting import Collected, Exists, NotOpened, NotPaid, Open, Opened, OpeningUnknown
from bot.domain.collection.case import Case, Changes, Event, payment_key
from bot.domain.collection.schedule import (
    AFTER_END_SECONDS,
    AGAIN_AFTER_SECONDS,
    POLL_AFTER_SECONDS,
    RETRY_AFTER_SECONDS,
    STUCK_AFTER_MS,
    poll_seconds,
)
from bot.domain.heard import Claim, known_id, soon_seconds
from bot.domain.ledger import Transfer, collected

# Creating.


def count_create(case: Case[Event]) -> Changes:
    """count the call"""
    return {"creates": case.collection.creates + 1, "updated_at": case.now}


def learn(case: Case[Opened | Open]) -> Changes:
    """keep the provider's id, the address to pay at, and an expiry that is earlier than ours"""
    collection, event = case.collection, case.event
    expires_at = min(collection.expires_at, event.expires_at or collection.expires_at)
    return {
        "provider_id": collection.provider_id or event.provider_id,
        "url": event.url or collection.url,
        "expires_at": expires_at,
    }


def learn_id(case: Case[Exists | OpeningUnknown]) -> Changes:
    """keep the provider's id"""
    return {"provider_id": case.collection.provider_id or case.event.provider_id}


def ask_at_once(case: Case[Exists]) -> Changes:
    """look it up at once"""
    return {"reason": "exists", "due_at": case.now, "updated_at": case.now}


def try_later(case: Case[NotOpened]) -> Changes:
    """try again after a pause"""
    step = min(case.collection.creates, len(RETRY_AFTER_SECONDS)) - 1
    pause_seconds = max(RETRY_AFTER_SECONDS[max(step, 0)], case.event.retry_seconds or 0)
    return {"reason": case.event.cause, "due_at": case.now + int(pause_seconds * 1000), "updated_at": case.now}


def rest_before_again(case: Case[OpeningUnknown]) -> Changes:
    """send the same request again after a pause, or look it up"""
    return {
        "reason": case.event.reason,
        "due_at": case.now + AGAIN_AFTER_SECONDS * 1000,
        "updated_at": case.now,
    }


def give_up(case: Case[NotOpened]) -> Changes:
    """keep the cause, rest"""
    return {"reason": case.event.cause, "due_at": None, "updated_at": case.now}


# When it is looked at again.


def begin_polls(case: Case[Event]) -> Changes:
    """begin the poll table"""
    return {
        "reason": "",
        "polls": 1,
        "due_at": case.now + POLL_AFTER_SECONDS[0] * 1000,
        "stuck_at": None,
        "updated_at": case.now,
    }


def poll(case: Case[Event]) -> Changes:
    """ask again: soon while a webhook claims a payment, else at the next entry of the table that it is in"""
    collection, now = case.collection, case.now
    if (soon := soon_seconds(collection)) is not None:
        return {
            "webhook_claim_tries": collection.webhook_claim_tries + 1,
            "due_at": now + soon * 1000,
            "updated_at": now,
        }
    pause_seconds = poll_seconds(collection)
    return {
        "webhook_claim": None,
        "polls": collection.polls + 1,
        "due_at": None if pause_seconds is None else now + pause_seconds * 1000,
        "updated_at": now,
    }


def keep_no_such(case: Case[Event]) -> Changes:
    """remember that the provider does not know it"""
    return {"reason": "no_such"}


def flag_when_late(case: Case[Event]) -> Changes:
    """long after its time it needs a person"""
    collection = case.collection
    late = case.now >= collection.expires_at + STUCK_AFTER_MS
    return {"stuck_at": case.now} if late and collection.stuck_at is None else {}


def flag(case: Case[Event]) -> Changes:
    """it needs a person"""
    return {"stuck_at": case.collection.stuck_at or case.now}


# How it ends.


def take_payments(case: Case[Collected]) -> Changes:
    """keep the payments, go on looking for others for a week"""
    return {
        "payments": (*case.collection.payments, *case.fresh),
        "provider_id": known_id(case.collection),
        **begin_wide(case),
        "webhook_claim": None,
        "webhook_claim_tries": 0,
        "reason": "",
        "stuck_at": None,
    }


def begin_wide(case: Case[Event]) -> Changes:
    """look for late payments for a week"""
    return {"polls": 1, "due_at": case.now + AFTER_END_SECONDS[0] * 1000, "updated_at": case.now}


def keep_cause(case: Case[NotPaid]) -> Changes:
    """keep the cause"""
    return {"reason": case.event.cause, "stuck_at": None}


def rest(case: Case[Event]) -> Changes:
    """rest"""
    return {"due_at": None, "updated_at": case.now}


# People and webhooks.


def abandon(case: Case[Event]) -> Changes:
    """end it at once"""
    return {"abandoned_at": case.now, "due_at": case.now, "updated_at": case.now}


def keep_claim(case: Case[Claim]) -> Changes:
    """keep the claim, look it up at once"""
    return {
        "webhook_claim": case.event.webhook_claim,
        "webhook_claim_tries": 0,
        "due_at": case.now,
        "updated_at": case.now,
    }


def look_instead(case: Case[Event]) -> Changes:
    """look it up at once"""
    return {"abandoned_at": None, "due_at": case.now, "updated_at": case.now}


def ask_again(case: Case[Event]) -> Changes:
    """look it up once more at once"""
    return {"due_at": case.now, "polls": 0}


# The ledger's move.


def book_payments(case: Case[Collected]) -> tuple[Transfer, ...]:
    """booked, each once"""
    collection = case.collection
    known = len(collection.payments)
    return tuple(
        collected(
            payment_key(collection, payment, known + place),
            collection.customer,
            paid_xof=payment.amount_xof,
            provider_fee_xof=case.provider_fee.fee_xof(payment.amount_xof)
            if payment.fee_xof is None
            else payment.fee_xof,
        )
        for place, payment in enumerate(case.fresh)
    )
