"""What a row of the table asks before it holds. Pure. The docstrings of guards are phrases of `docs/orders.md`."""

from msgspec.structs import replace

from bot.domain.order.case import Case, Claim, Event, Queued, new_tokens
from bot.domain.order.schedule import (
    JUST_SENT_MS,
    LONG_PENDING_AFTER_POLLS,
    STILL_PENDING_AFTER_POLLS,
    WAITING_NOTICE_MS,
    hint_matches,
    known_transaction,
    promises,
    soon_seconds,
    unseen,
)
from bot.domain.outcome import Delivered


def brings_new_codes(case: Case[Delivered]) -> bool:
    """it brings codes that the buyer does not have"""
    return bool(new_tokens(case))


def was_sent_again(case: Case[Event]) -> bool:
    """the same body was sent again meanwhile"""
    return case.order.pay_attempts > 1


def an_admin_refused(case: Case[Event]) -> bool:
    """an admin had decided that it failed"""
    return case.order.reason == "admin"


def a_claim_is_open(case: Case[Event]) -> bool:
    """a webhook's claim is kept"""
    return case.order.webhook_claim is not None


def is_due(case: Case[Event]) -> bool:
    """it is still due"""
    return case.order.due_at is not None


def waits_long(case: Case[Queued]) -> bool:
    """it waits long, and the customer does not know it"""
    order = case.order
    return not order.reason and case.now + case.event.wait_ms - order.confirmed_at >= WAITING_NOTICE_MS


# When a notice is sent.


def at_a_minute_and_an_hour(case: Case[Event]) -> bool:
    """at about a minute, and at an hour"""
    told = (STILL_PENDING_AFTER_POLLS, LONG_PENDING_AFTER_POLLS)
    return case.order.polls + 1 in told and soon_seconds(case.order) is None


def not_notified_before(case: Case[Event]) -> bool:
    """unless that was told before"""
    return case.order.pay_attempts <= 1 and case.order.reason != "queued"


def is_news(case: Case[Event]) -> bool:
    """unless its customer was told within the last minute that it was sent"""
    order = case.order
    told_so = order.state == "sending" and not_notified_before(case)
    return not (told_so and 0 <= case.now - order.confirmed_at < JUST_SENT_MS)


# Webhooks.


def names_another_payment(case: Case[Claim]) -> bool:
    """it names another payment's ids"""
    return not hint_matches(case.order, case.event.webhook_claim)


def claims_failure(case: Case[Claim]) -> bool:
    """it says that the payment failed"""
    return case.event.webhook_claim.status == "failed"


def claims_new_codes(case: Case[Claim]) -> bool:
    """it brings codes that the buyer does not have, and is not being asked about already"""
    order, kept = case.order, case.event.kept
    return bool(unseen(replace(order, webhook_claim=kept))) and (kept != order.webhook_claim or order.due_at is None)


def could_change_it(case: Case[Claim]) -> bool:
    """it claims a success, or is a word that nobody knows of a payment that can be looked up"""
    webhook_claim = case.event.webhook_claim
    if promises(webhook_claim):
        return True
    return (
        webhook_claim.status == "unknown"
        and known_transaction(replace(case.order, webhook_claim=case.event.kept)) is not None
    )
