"""What the rows of the table name: guards, actions, alerts, and the ledger's moves. Pure.

Every docstring here is a phrase of `docs/collections.md`. An action cannot change the state.
"""

from bot.domain.collecting import (
    PaidBack,
    PayBackNotSent,
    PayBackProcessing,
    PayBackRefused,
    PayBackUnknown,
)
from bot.domain.heard import Alert, Claim, soon_seconds
from bot.domain.ledger import Transfer, pay_back_done, pay_back_retaken, pay_back_undone
from bot.domain.payback.case import Case, Changes, Event, Readdressed, provider_fee_xof
from bot.domain.payback.schedule import (
    AGAIN_AFTER_SECONDS,
    FLOAT_AFTER_SECONDS,
    POLL_AFTER_SECONDS,
    RETRY_AFTER_SECONDS,
    poll_seconds,
)

# Guards.


def float_is_low(case: Case[PayBackRefused]) -> bool:
    """the operator's money at the provider is too little"""
    return case.event.cause == "float"


# Actions.


def send_now(case: Case[Event]) -> Changes:
    """it is sent at once"""
    return {"due_at": case.now, "updated_at": case.now}


def go_elsewhere(case: Case[Readdressed]) -> Changes:
    """it goes to that number"""
    return {"payer": case.event.payer, "method": case.event.method, "updated_at": case.now}


def count_call(case: Case[Event]) -> Changes:
    """count the call"""
    return {"pays": case.payback.pays + 1, "updated_at": case.now}


def end(case: Case[PaidBack]) -> Changes:
    """keep the provider's id and fee, rest"""
    return {
        "provider_id": case.payback.provider_id or case.event.provider_id,
        "fee_xof": provider_fee_xof(case),
        "reason": "",
        "webhook_claim": None,
        "due_at": None,
        "stuck_at": None,
        "updated_at": case.now,
    }


def learn(case: Case[PayBackProcessing | PayBackRefused | PayBackUnknown]) -> Changes:
    """keep the provider's id"""
    return {"provider_id": case.payback.provider_id or case.event.provider_id}


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
    """ask again: soon while a webhook claims more, else at the next entry of the poll table, past its end never"""
    payback, now = case.payback, case.now
    if (soon := soon_seconds(payback)) is not None:
        tries = payback.webhook_claim_tries + 1
        return {"webhook_claim_tries": tries, "due_at": now + soon * 1000, "updated_at": now}
    pause_seconds = poll_seconds(payback)
    return {
        "webhook_claim": None,
        "polls": payback.polls + 1,
        "due_at": None if pause_seconds is None else now + pause_seconds * 1000,
        "stuck_at": payback.stuck_at if pause_seconds is not None else payback.stuck_at or now,
        "updated_at": now,
    }


def try_later(case: Case[PayBackNotSent]) -> Changes:
    """do not count the call, try again after a pause"""
    pays = max(case.payback.pays - 1, 0)
    polls = case.payback.polls
    pause_seconds = max(RETRY_AFTER_SECONDS[min(polls, len(RETRY_AFTER_SECONDS) - 1)], case.event.retry_seconds or 0)
    return {
        "pays": pays,
        "polls": polls + 1,
        "reason": case.event.cause,
        "due_at": case.now + int(pause_seconds * 1000),
        "updated_at": case.now,
    }


def wait_for_float(case: Case[PayBackRefused]) -> Changes:
    """do not count the call, try again after a long pause"""
    return {
        "pays": max(case.payback.pays - 1, 0),
        "reason": "float",
        "due_at": case.now + FLOAT_AFTER_SECONDS * 1000,
        "updated_at": case.now,
    }


def rest_before_again(case: Case[PayBackUnknown]) -> Changes:
    """after a pause look it up, or send the same body with the same id once more"""
    return {
        "reason": "duplicate" if case.event.duplicate else case.event.reason,
        "polls": 0,
        "due_at": case.now + AGAIN_AFTER_SECONDS * 1000,
        "updated_at": case.now,
    }


def need_a_person(case: Case[Event]) -> Changes:
    """it needs a person"""
    return {"stuck_at": case.payback.stuck_at or case.now}


def end_refused(case: Case[PayBackRefused]) -> Changes:
    """keep the reason; the money stays set aside, and a person decides"""
    return {
        "reason": case.event.cause,
        "due_at": None,
        "stuck_at": case.payback.stuck_at or case.now,
        "updated_at": case.now,
    }


def rest(case: Case[Event]) -> Changes:
    """rest"""
    return {"webhook_claim": None, "due_at": None, "stuck_at": None, "updated_at": case.now}


def keep_cause(case: Case[Event]) -> Changes:
    """keep the cause"""
    return {"reason": "called_back"}


def ask_about_claim(case: Case[Event]) -> Changes:
    """while a webhook claims more, ask again soon, in the end rest"""
    changes = poll(case)
    return changes if "webhook_claim_tries" in changes else {"webhook_claim": None, "due_at": None}


def keep_claim(case: Case[Claim]) -> Changes:
    """keep the claim, look it up at once"""
    return {
        "webhook_claim": case.event.webhook_claim,
        "webhook_claim_tries": 0,
        "due_at": case.now,
        "updated_at": case.now,
    }


# Alerts.


def low_float(case: Case[PayBackRefused]) -> Alert | None:
    """`float`"""
    return Alert("float", case.event.message or "")


def was_refused(case: Case[PayBackRefused]) -> Alert | None:
    """`refused`"""
    return Alert("refused", case.event.message or case.event.cause)


def unknown_answer(case: Case[PayBackUnknown]) -> Alert | None:
    """`unknown`"""
    return Alert("unknown", case.event.reason)


def late_success(case: Case[PaidBack]) -> Alert | None:
    """`late_success`"""
    return Alert("late_success", case.payback.state)


def contradicted(case: Case[Event]) -> Alert | None:
    """`contradiction`"""
    return Alert("contradiction", case.by)


def another_amount(case: Case[PaidBack]) -> Alert | None:
    """`another_amount`, if another sum went back"""
    told, asked = case.event.amount_xof, case.payback.amount_xof
    if told in (None, asked, asked + (case.event.fee_xof or 0)):
        return None
    return Alert("another_amount", f"instead_of:{told}:{asked}")


def stuck(case: Case[Event]) -> Alert | None:
    """`stuck`, at the end of the poll table"""
    payback = case.payback
    ends = soon_seconds(payback) is None and poll_seconds(payback) is None and payback.stuck_at is None
    return Alert("stuck", payback.reason) if ends else None


# The ledger's moves.


def done(case: Case[PaidBack]) -> Transfer:
    """gone back"""
    return pay_back_done(case.payback.id, case.payback.amount_xof, provider_fee_xof=provider_fee_xof(case))


def undone(case: Case[Event]) -> Transfer:
    """the customer's again"""
    return pay_back_undone(case.payback.id, case.payback.customer, case.payback.amount_xof)


def retaken(case: Case[PaidBack]) -> Transfer:
    """taken from the customer again"""
    payback = case.payback
    return pay_back_retaken(
        payback.id, payback.customer, amount_xof=payback.amount_xof, available_xof=case.available_xof
    )
