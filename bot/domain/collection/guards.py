"""The conditions of the table's rows, by name. Pure. Every docstring here is a phrase of `docs/collections.md`."""

from bot.domain.collecting import Collected, NotOpened, NotPaid, Open
from bot.domain.collection.case import Cancelled, Case, Event
from bot.domain.collection.schedule import RETRY_AFTER_SECONDS


def brings_payments(case: Case[Collected]) -> bool:
    """it tells payments that are new"""
    return bool(case.fresh)


def pays_in_full(case: Case[Collected]) -> bool:
    """it tells one new payment, of the exact sum"""
    return [payment.amount_xof for payment in case.fresh] == [case.collection.amount_xof]


def is_final(case: Case[NotOpened]) -> bool:
    """the same request would be refused again, or was tried often enough"""
    tried = case.collection.creates > len(RETRY_AFTER_SECONDS) or case.now >= case.collection.expires_at
    return case.event.cause in ("invalid", "number") or tried


def says_expired(case: Case[NotPaid]) -> bool:
    """it says that it expired"""
    return case.event.cause == "expired"


def can_be_paid(case: Case[Open]) -> bool:
    """the payer can be told how to pay"""
    return case.collection.kind != "link" or (case.event.url or case.collection.url) is not None


def is_over(case: Case[Event]) -> bool:
    """its time is over"""
    return case.now >= case.collection.expires_at


def can_be_ended(case: Case[Cancelled]) -> bool:
    """the collector can end it"""
    return case.event.can_be_ended
