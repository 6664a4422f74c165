"""The alerts that a row of the table may raise for the admins, by name; None where there is nothing to say. Pure.

Every docstring here is a phrase of `docs/collections.md`: the alert's kind, and when it is raised.
"""

from bot.domain.collecting import Collected, LookUpUnknown, NotOpened, NotPaid
from bot.domain.collection.case import Case, Claim, Doubtful, Event
from bot.domain.collection.schedule import HINT_AFTER_SECONDS, STUCK_AFTER_MS
from bot.domain.collection.states import Alert

_CREDENTIALS = ("credentials", "not_authorized", "unverified")


def turned_away(case: Case[NotOpened | LookUpUnknown]) -> Alert | None:
    """`credentials`, if the key, our address or the account is refused"""
    cause = case.event.cause
    return Alert("credentials", cause) if cause in _CREDENTIALS else None


def id_was_used(case: Case[Event]) -> Alert | None:
    """`conflict`, if it answers the first call"""
    return Alert("conflict") if case.collection.creates <= 1 else None


def refused_to_open(case: Case[NotOpened]) -> Alert | None:
    """`unreadable`, if the request was called invalid"""
    event = case.event
    return Alert("unreadable", event.message or "invalid") if event.cause == "invalid" else None


def strange(case: Case[LookUpUnknown]) -> Alert | None:
    """`unreadable`, if there was an answer that cannot be read as a verdict"""
    return Alert("unreadable", case.event.reason) if case.event.strange else None


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


def foreign_claim(case: Case[Claim]) -> Alert | None:
    """`foreign_hint`"""
    return Alert("foreign_hint")


def forged_claim(case: Case[Claim]) -> Alert | None:
    """`forged_hint`"""
    return Alert("forged_hint", case.event.webhook_claim.signature)


def unknown_word(case: Case[Claim]) -> Alert | None:
    """`unreadable`, if it bears a word that has never been seen"""
    claim = case.event.webhook_claim
    return Alert("unreadable", claim.word or "no word") if claim.status == "unknown" else None


def never_confirmed(case: Case[Event]) -> Alert | None:
    """`forged_hint`, once look-ups have not confirmed a claimed payment"""
    collection = case.collection
    tired = collection.webhook_claim_tries == len(HINT_AFTER_SECONDS)
    claimed = collection.webhook_claim is not None and collection.webhook_claim.status == "paid"
    return Alert("forged_hint", "never_confirmed") if tired and claimed else None


def stuck(case: Case[Event]) -> Alert | None:
    """`stuck`, once, when its time has long been over"""
    collection = case.collection
    late = case.now >= collection.expires_at + STUCK_AFTER_MS
    return Alert("stuck", collection.reason) if late and collection.stuck_at is None else None
