"""The alerts that a row of the table may raise for the admins, by name; None where there is nothing to say. Pure.

Every docstring here is a phrase of `docs/collections.md`: the alert's kind, and when it is raised.
"""

from bot.domain.collecting import Collected, NotOpened, NotPaid
from bot.domain.collection.case import Case, Doubtful, Event
from bot.domain.collection.schedule import STUCK_AFTER_MS
from bot.domain.heard import Alert


def id_was_used(case: Case[Event]) -> Alert | None:
    """`conflict`, if it answers the first call"""
    return Alert("conflict") if case.collection.creates <= 1 else None


def refused_to_open(case: Case[NotOpened]) -> Alert | None:
    """`unreadable`, if the request was called invalid"""
    event = case.event
    return Alert("unreadable", event.message or "invalid") if event.cause == "invalid" else None


def another_amount(case: Case[Collected]) -> Alert | None:
    """`another_amount`"""
    told = sum(payment.amount_xof for payment in case.fresh)
    return Alert("another_amount", f"instead_of:{told}:{case.collection.amount_xof}")


def which_payment(case: Case[Doubtful]) -> Alert | None:
    """`which_payment`"""
    return Alert("which_payment", ", ".join(payment.transaction_id or "" for payment in case.event.payments))


def not_paid_after_all(case: Case[NotPaid]) -> Alert | None:
    """`contradiction`, if it was paid"""
    return Alert("contradiction", case.event.cause)


def failure_claimed(case: Case[Event]) -> Alert | None:
    """`contradiction`"""
    return Alert("contradiction", "claimed")


def stuck(case: Case[Event]) -> Alert | None:
    """`stuck`, once, when its time has long been over"""
    collection = case.collection
    late = case.now >= collection.expires_at + STUCK_AFTER_MS
    return Alert("stuck", collection.reason) if late and collection.stuck_at is None else None
