"""The alerts that a row of the table may raise for the admins, by name; None where there is nothing to say. Pure.

Every docstring here is a phrase of `docs/orders.md`: the alert's kind, and when it is raised.
"""

from bot.domain.catalog import same_reference
from bot.domain.order.case import AnotherAmount, Case, Claim, Event, claim_is_tired, left_claimed
from bot.domain.order.schedule import poll_seconds, promises, soon_seconds
from bot.domain.order.states import Alert
from bot.domain.outcome import Delivered, NotSent, Processing, Refused, Unknown

# Successes.


def late_success(case: Case[Event]) -> Alert | None:
    """`late_success`"""
    return Alert("late_success", f"late_after:{case.order.state}")


def fee_differs(case: Case[Delivered]) -> Alert | None:
    """`fee_differs`, if the provider's fee is not the configured one"""
    charged_xof, configured_xof = case.details.fee_xof, case.provider_fee.fee_xof(case.paid_xof)
    return (
        None
        if charged_xof in (None, configured_xof)
        else Alert("fee_differs", f"instead_of:{charged_xof}:{configured_xof}")
    )


def amount_differs(case: Case[Delivered]) -> Alert | None:
    """`amount_differs`, if another amount was paid"""
    paid_xof, amount_xof = case.paid_xof, case.order.amount_xof
    return None if paid_xof == amount_xof else Alert("amount_differs", f"instead_of:{paid_xof}:{amount_xof}")


def another_bill(case: Case[Delivered]) -> Alert | None:
    """`amount_differs`, if another bill was paid"""
    asked, settled = case.order.reference_facture, case.details.reference_facture
    if asked is None or settled is None or same_reference(asked, settled):
        return None
    return Alert("amount_differs", "another_bill")


def codes_left(case: Case[Delivered]) -> Alert | None:
    """`more_codes`, if a webhook claimed codes that it did not tell"""
    left = left_claimed(case, *case.event.tokens)
    return None if left is None else Alert("more_codes", f"brought_by:{case.by}")


def more_codes(case: Case[Delivered]) -> Alert | None:
    """`more_codes`"""
    return Alert("more_codes", f"brought_by:{case.by}")


def token_awaited(case: Case[Event]) -> Alert | None:
    """`token_awaited`"""
    return Alert("token_awaited")


# Refusals.


def refused_after_success(case: Case[Refused]) -> Alert | None:
    """`failed_after_success`"""
    return Alert("failed_after_success", f"refused_after:{case.by}:{case.event.reason}:{case.order.state}")


def refused_without_proof(case: Case[Refused]) -> Alert | None:
    """`contradiction`"""
    return Alert("contradiction", f"refused_after:{case.by}:{case.event.reason}:{case.order.state}")


def float_is_empty(case: Case[Refused]) -> Alert | None:
    """`float`, if the operator's float was too low"""
    return Alert("float", case.details.message or "") if case.event.reason == "float" else None


# Answers that decide nothing.


def processing_after_refusal(case: Case[Processing]) -> Alert | None:
    """`contradiction`"""
    return Alert("contradiction", f"processing_after:{case.by}")


def gateway_is_closed(case: Case[NotSent]) -> Alert | None:
    """`credentials`, if the provider turns our key away or is in maintenance"""
    cause = case.event.cause
    return Alert("credentials", cause) if cause in ("credentials", "maintenance") else None


def unreadable(case: Case[Unknown]) -> Alert | None:
    """`contradiction`, if the answer is strange or names another payment"""
    if case.event.heard == "strange":
        return Alert("contradiction", "strange_answer")
    return Alert("contradiction", "foreign_answer") if case.event.heard == "foreign" else None


def unknown_outcome(case: Case[Unknown]) -> Alert | None:
    """`unknown`; `conflict`, if our id was already taken"""
    return Alert("conflict" if case.event.conflict else "unknown", case.event.cause)


def unknown_replay(case: Case[Unknown]) -> Alert | None:
    """`unknown`"""
    return Alert("unknown", f"replayed:{case.event.cause}")


def another_amount(case: Case[AnotherAmount]) -> Alert | None:
    """`another_amount`"""
    return Alert("another_amount", f"instead_of:{case.event.details.amount_xof}:{case.order.amount_xof}")


def codes_kept(case: Case[Event]) -> Alert | None:
    """`contradiction`, if codes came along that nobody has seen; `more_codes`, if that was after delivery"""
    if not case.brings_codes:
        return None
    if case.order.state == "delivered":
        return Alert("more_codes", f"brought_by:{case.by}")
    return Alert("contradiction", "codes_without_success")


# Asking again.


def still_unconfirmed(case: Case[Event]) -> Alert | None:
    """`forged_hint`, once, if a webhook's success is not confirmed"""
    return Alert("forged_hint", f"unconfirmed:{case.order.state}") if claim_is_tired(case) else None


def stuck(case: Case[Event]) -> Alert | None:
    """`stuck`, at the end of the poll table"""
    order = case.order
    asked_out = soon_seconds(order) is None and poll_seconds(order.polls + 1) is None
    return Alert("stuck") if asked_out and order.stuck_at is None else None


def never_confirmed(case: Case[Event]) -> Alert | None:
    """`forged_hint`, in the end, if a webhook claimed a success"""
    webhook_claim = case.order.webhook_claim
    if webhook_claim is None or not promises(webhook_claim) or soon_seconds(case.order) is not None:
        return None
    return Alert("forged_hint", f"unconfirmed:{case.order.state}")


def nothing_to_look_up(case: Case[Event]) -> Alert | None:
    """`contradiction`"""
    return Alert("contradiction", f"no_transaction:{case.order.state}")


# Webhooks.


def foreign_ids(case: Case[Claim]) -> Alert | None:
    """`forged_hint`"""
    return Alert("forged_hint", "foreign_ids")


def not_sent_yet(case: Case[Claim]) -> Alert | None:
    """`forged_hint`"""
    return Alert("forged_hint", "not_sent_yet")


def failure_claimed(case: Case[Claim]) -> Alert | None:
    """`failed_after_success`"""
    return Alert("failed_after_success", "webhook_failed")


def codes_claimed(case: Case[Claim]) -> Alert | None:
    """`more_codes`"""
    return Alert("more_codes", "brought_by:webhook")


def unknown_status(case: Case[Claim]) -> Alert | None:
    """`contradiction`, if its status is a word that nobody knows"""
    return Alert("contradiction", "unknown_status") if case.event.webhook_claim.status == "unknown" else None


def two_codes(case: Case[Claim]) -> Alert | None:
    """`contradiction`, if another code was claimed before"""
    return Alert("contradiction", "two_codes") if case.event.differs else None
