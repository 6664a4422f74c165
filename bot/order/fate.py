"""What each outcome does to an order in each state. Pure; see the package for the theory."""

from typing import assert_never

from msgspec.structs import replace

from bot.catalog import Service, same_reference
from bot.ledger import Transfer, borne_by_operator, release, reopen, spend
from bot.model import (
    NO_FACTS,
    Delivered,
    Facts,
    Hint,
    NotSent,
    Outcome,
    Processing,
    Refused,
    TokenAwaited,
    Unknown,
)
from bot.order.schedule import (
    REPLAY_AFTER_SECONDS,
    RESEND_AFTER_SECONDS,
    TOLD_OF_WAITING_MS,
    after_hint,
    after_poll,
    at_rest,
    claim,
    promises,
    scheduled,
    still_ended,
    unseen,
)
from bot.order.states import HELD, Alert, Applied, Order, Source, State

# What a look-up told in a way that cannot be read as a verdict.
_UNHEARD_OF = {
    "strange": (Alert("contradiction", "strange_answer"),),
    "foreign": (Alert("contradiction", "foreign_answer"),),
}


def begin(order: Order, now: int) -> Order:
    """The order as it stands while a pay call is in flight; stored before the call leaves."""
    state: State = "sending" if order.state == "waiting" else order.state
    return replace(order, state=state, pay_attempts=order.pay_attempts + 1, updated_at=now)


def queued(order: Order, now: int, wait_ms: int) -> Applied:
    """The provider's budget makes an order wait for its first pay call: if that is long, the customer is told once."""
    if order.state != "waiting" or order.reason or now + wait_ms - order.confirmed_at < TOLD_OF_WAITING_MS:
        return Applied(order)
    return Applied(replace(order, reason="queued", updated_at=now), True, notices=("waiting",))


def interrupted(order: Order, now: int) -> Applied:
    """A pay call was in flight when its process died: nobody knows whether it arrived."""
    return _unknown(order, Unknown("interrupted"), "pay", now)


def amount_agrees(order: Order, facts: Facts, service: Service) -> bool:
    """Whether a look-up's amount, if it tells one, can be this order's. Whether it includes the provider's fee is
    documented nowhere; what an answer to our own pay call told of the payment agrees too.
    """
    told = facts.amount_xof
    if told is None or told == order.facts.amount_xof:
        return True
    fees = (0, order.facts.fee_xof, facts.fee_xof, service.provider_fee.fee_xof(order.amount_xof))
    return any(fee is not None and told == order.amount_xof + fee for fee in fees)


def apply(
    order: Order, outcome: Outcome, *, source: Source, service: Service, now: int, available_xof: int = 0
) -> Applied:
    """What `outcome`, brought by `source`, does to the order.

    `available_xof` is what the customer could spend now; it matters only when money that was given back must be
    taken again. `service` tells the provider's configured fee, used where the provider told none.
    """
    if source == "look_up" and order.state == "waiting":
        # Asked about while a call was in flight that, as is known by now, was turned away: it is paid when due.
        return Applied(order)
    if source == "look_up" and not isinstance(outcome, NotSent) and outcome.facts.amount_xof is not None:
        if not amount_agrees(order, outcome.facts, service):
            return _another_amount(order, outcome, now)
        # It may have told the amount with a fee in it.
        outcome = replace(outcome, facts=replace(outcome.facts, amount_xof=order.facts.amount_xof or order.amount_xof))
    claimed = _with_claim(order, outcome)
    applied = _decided(claimed, outcome, source, service, now, available_xof)
    if claimed is order:
        return applied
    # Codes came with a word that decides nothing: they stay with the order, and the provider is asked about them.
    after = applied.order
    if after.is_final and source != "look_up":
        after = replace(after, hint_tries=0, due_at=now)
    new = (
        Alert("more_codes", f"brought_by:{source}")
        if after.state == "delivered"
        else Alert("contradiction", "codes_without_success")
    )
    return replace(applied, order=after, moved=True, alerts=(*applied.alerts, new))


def _decided(order: Order, outcome: Outcome, source: Source, service: Service, now: int, available_xof: int) -> Applied:
    if isinstance(outcome, Delivered) and service.prepaid and not outcome.tokens:
        outcome = TokenAwaited(outcome.facts)
    if source == "look_up":
        outcome = with_hint_tokens(order, outcome)
    known = merge_facts(order, outcome_facts(outcome))
    match outcome:
        case Delivered():
            return _delivered(order, known, outcome, source, service, now, available_xof)
        case TokenAwaited():
            return _token_awaited(order, known, source, now, available_xof)
        case Refused():
            return _refused(order, known, outcome, source, now)
        case Processing():
            return _processing(order, known, source, now)
        case NotSent():
            return _not_sent(order, outcome, source, now)
        case Unknown():
            return _unknown(order, outcome, source, now)
        case _:
            assert_never(outcome)


def cancel(order: Order, now: int) -> Applied:
    """The customer calls back an order that has certainly not been sent."""
    if order.state != "waiting":
        return Applied(order)
    # A webhook that claimed a success of the call that was turned away is followed up, though nobody waits any more.
    claimed = order.hint if order.hint is not None and promises(order.hint) else None
    due_at = None if claimed is None else now
    ended = replace(order, state="cancelled", reason="customer", hint=claimed, due_at=due_at, updated_at=now)
    return Applied(ended, True, (_given_back(order),), ("cancelled",))


def outcome_facts(outcome: Outcome) -> Facts:
    """What an outcome tells beside its verdict."""
    return NO_FACTS if isinstance(outcome, NotSent) else outcome.facts


def with_hint_tokens(order: Order, outcome: Outcome) -> Outcome:
    """A look-up that says success without a code is completed by the codes that were claimed for the same payment."""
    hint = order.hint
    if isinstance(outcome, TokenAwaited) and hint is not None and hint.status != "failed" and hint.tokens:
        return Delivered(hint.tokens, outcome.facts)
    return outcome


def _with_claim(order: Order, outcome: Outcome) -> Order:
    """The order with the codes that came along with a word that decides nothing; itself when there are no new ones."""
    if not isinstance(outcome, Processing | Unknown) or not outcome.tokens:
        return order
    if isinstance(outcome, Unknown) and outcome.heard == "foreign":
        return order
    claimed, _ = claim(order, Hint("unknown", outcome.tokens, facts=outcome.facts))
    return order if unseen(claimed) == unseen(order) else claimed


def _another_amount(
    order: Order, outcome: Delivered | TokenAwaited | Refused | Processing | Unknown, now: int
) -> Applied:
    """A look-up that tells another amount: nothing is delivered or given back on it, its codes are kept, and a person
    decides.
    """
    alert = Alert("another_amount", f"instead_of:{outcome.facts.amount_xof}:{order.amount_xof}")
    if isinstance(outcome, Delivered) and outcome.tokens:
        order, _ = claim(order, Hint("unknown", outcome.tokens, facts=replace(outcome.facts, amount_xof=None)))
    if order.is_final:
        return Applied(at_rest(order), True, alerts=(alert,))
    applied = after_poll(order, now, alert)
    return replace(applied, order=replace(applied.order, stuck_at=applied.order.stuck_at or now))


def merge_facts(order: Order, new: Facts) -> Order:
    """The order with what an answer added. The first figure wins: a pay answer is nearer to the debit than others."""
    old, claimed = order.facts, order.hint.facts if order.hint is not None else NO_FACTS
    merged = Facts(
        transaction_id=old.transaction_id or new.transaction_id,
        amount_xof=old.amount_xof if old.amount_xof is not None else new.amount_xof,
        fee_xof=next((fee for fee in (old.fee_xof, new.fee_xof, claimed.fee_xof) if fee is not None), None),
        reference=old.reference or new.reference,
        reference_facture=old.reference_facture or new.reference_facture,
        previous_balance_xof=old.previous_balance_xof
        if old.previous_balance_xof is not None
        else new.previous_balance_xof,
        current_balance_xof=old.current_balance_xof if old.current_balance_xof is not None else new.current_balance_xof,
        message=new.message or old.message,
    )
    return order if merged == old else replace(order, facts=merged)


def _given_back(order: Order) -> Transfer:
    return release(order.id, order.customer, order.total_xof, borne_xof=order.borne_xof, reopened=order.reopened)


def _held_again(order: Order, available_xof: int) -> tuple[Order, tuple[Transfer, ...], tuple[Alert, ...]]:
    """For a success: the hold is still there, or it was given back and must be taken again."""
    if order.state in HELD:
        return order, (), ()
    total_xof = order.total_xof
    again = reopen(order.id, order.customer, total_xof=total_xof, available_xof=available_xof, reopened=order.reopened)
    borne_xof = borne_by_operator(total_xof, available_xof)
    reopened = replace(order, reopened=order.reopened + 1, borne_xof=borne_xof)
    return reopened, (again,), (Alert("late_success", f"late_after:{order.state}"),)


def _delivered(
    before: Order, known: Order, outcome: Delivered, source: Source, service: Service, now: int, available_xof: int
) -> Applied:
    if before.state == "delivered":
        return _more_codes(before, outcome, source, now)
    if before.state == "waiting":
        return Applied(before)
    known, retaken, alerts = _held_again(known, available_xof)
    configured_xof = service.provider_fee.fee_xof(known.paid_xof)
    provider_fee_xof = configured_xof if known.facts.fee_xof is None else known.facts.fee_xof
    if provider_fee_xof != configured_xof:
        alerts += (Alert("fee_differs", f"instead_of:{provider_fee_xof}:{configured_xof}"),)
    if known.paid_xof != known.amount_xof:
        alerts += (Alert("amount_differs", f"instead_of:{known.paid_xof}:{known.amount_xof}"),)
    asked, settled = known.reference_facture, known.facts.reference_facture
    if asked is not None and settled is not None and not same_reference(asked, settled):
        alerts += (Alert("amount_differs", "another_bill"),)
    # Codes that a webhook brought and this answer did not: not shown, and not forgotten either.
    left = at_rest(replace(known, tokens=outcome.tokens))
    if left.hint is not None and source != "admin":
        alerts += (Alert("more_codes", f"brought_by:{source}"),)
    after = replace(
        left,
        state="delivered",
        facts=replace(known.facts, fee_xof=provider_fee_xof),
        reason="",
        hint_tries=0,
        # A look-up has just told which codes there are; any other answer may be behind the webhook.
        due_at=now if left.hint is not None and source in ("pay", "replay") else None,
        stuck_at=None,
        updated_at=now,
        delivered_at=now,
    )
    spent = spend(
        after.id,
        after.customer,
        amount_xof=after.amount_xof,
        fee_xof=after.fee_xof,
        paid_xof=after.paid_xof,
        provider_fee_xof=provider_fee_xof,
        commission_xof=after.commission_xof,
        borne_xof=after.borne_xof,
    )
    return Applied(after, True, (*retaken, spent), ("late" if retaken else "delivered",), alerts)


def _more_codes(before: Order, outcome: Delivered, source: Source, now: int) -> Applied:
    """A success for an order that has been delivered: codes that its buyer has not seen are theirs."""
    fresh = tuple(token for token in outcome.tokens if token not in before.tokens)
    if not fresh:
        return still_ended(before, source, now)
    after = replace(before, tokens=before.tokens + fresh, updated_at=now)
    rested = at_rest(after)
    if rested.hint is not None and source != "look_up":
        rested = replace(rested, due_at=before.due_at)
    alerts = () if source == "admin" else (Alert("more_codes", f"brought_by:{source}"),)
    return Applied(rested, True, notices=("more_codes",), alerts=alerts)


def _token_awaited(before: Order, known: Order, source: Source, now: int, available_xof: int) -> Applied:
    if before.state == "token_awaited":
        return after_poll(known, now)
    if before.state == "waiting":
        return Applied(before)
    if before.state == "delivered":
        return still_ended(before, source, now)
    known, retaken, alerts = _held_again(known, available_xof)
    after = scheduled(replace(known, state="token_awaited", reason="", polls=0, stuck_at=None), now)
    return Applied(after, True, retaken, ("token_awaited",), (*alerts, Alert("token_awaited")))


def _refused(before: Order, known: Order, outcome: Refused, source: Source, now: int) -> Applied:
    contradicted = f"refused_after:{source}:{outcome.reason}:{before.state}"
    if before.state == "delivered":
        still = still_ended(before, source, now)
        return replace(still, alerts=(*still.alerts, Alert("failed_after_success", contradicted)))
    if before.is_final:
        return still_ended(before, source, now)
    if source != "admin":
        # A payment that succeeded once is never given back on the word of a later failure: a person decides.
        if before.state == "token_awaited":
            alert = Alert("failed_after_success", contradicted)
            return after_poll(before, now, alert) if source == "look_up" else Applied(before, alerts=(alert,))
        # The first call's refusal proves nothing once something else said that the payment was taken, or once the
        # same body was sent again.
        if source == "pay" and before.state != "sending" and (before.state != "unknown" or before.pay_attempts > 1):
            return Applied(before, alerts=(Alert("contradiction", contradicted),))
        if before.state == "waiting":
            return Applied(before)
    elif before.state == "sending":
        return Applied(before)
    alerts = (Alert("float", known.facts.message or ""),) if outcome.reason == "float" else ()
    after = replace(at_rest(known), state="refused", reason=outcome.reason, stuck_at=None, updated_at=now)
    if source != "admin" and before.hint is not None and promises(before.hint):
        # The webhook may be newer than the answer: the money goes back now, and the look-up is asked again.
        again = after_hint(replace(after, hint=before.hint), now)
        after = again.order if again is not None else after
    return Applied(after, True, (_given_back(before),), ("refused",), alerts)


def _processing(before: Order, known: Order, source: Source, now: int) -> Applied:
    if before.state in ("sending", "unknown"):
        after = replace(known, state="processing", reason="", polls=0, stuck_at=None)
        soon = after_hint(after, now)
        return Applied(soon.order if soon else scheduled(after, now), True, notices=("processing",))
    if before.state in ("processing", "token_awaited"):
        # A late pay answer adds its facts and disturbs no schedule; a look-up was the poll that was due.
        if source == "look_up":
            return after_poll(known, now)
        return Applied(known, moved=known is not before)
    if before.state == "refused" and before.reason == "admin" and source != "look_up":
        # Kept, so that a webhook or an admin finds the payment that somebody believed had failed.
        alert = Alert("contradiction", f"processing_after:{source}")
        return Applied(known, moved=known is not before, alerts=(alert,))
    return still_ended(before, source, now)


def _not_sent(before: Order, outcome: NotSent, source: Source, now: int) -> Applied:
    alerts = (Alert("credentials", outcome.cause),) if outcome.cause in ("credentials", "maintenance") else ()
    pause = outcome.retry_seconds
    if pause is None:
        pause = RESEND_AFTER_SECONDS[min(max(before.pay_attempts, 1), len(RESEND_AFTER_SECONDS)) - 1]
    due_at = now + int(pause * 1000)
    if source == "pay" and before.state == "sending":
        after = replace(before, state="waiting", reason=outcome.cause, due_at=due_at, updated_at=now)
        # Waiting for its turn is told once: in the queue for the first try, or after it.
        told = before.pay_attempts > 1 or before.reason == "queued"
        return Applied(after, True, notices=() if told else ("waiting",), alerts=alerts)
    if source == "replay" and before.state == "unknown":
        # The replay did not leave, so it does not count: it may be begun again.
        after = replace(before, pay_attempts=before.pay_attempts - 1, due_at=due_at, updated_at=now)
        return Applied(after, True, alerts=alerts)
    if source == "look_up" and not before.is_final:
        return Applied(replace(before, due_at=due_at, updated_at=now), True, alerts=alerts)
    if source == "look_up":
        still = still_ended(before, source, now)
        return replace(still, alerts=still.alerts + alerts)
    return Applied(before, alerts=alerts)


def _unknown(before: Order, outcome: Unknown, source: Source, now: int) -> Applied:
    """An answer that says nothing: the money stays where it is."""
    if source == "look_up":
        alerts = _UNHEARD_OF.get(outcome.heard, ())
        if not before.is_final:
            return after_poll(before, now, *alerts)
        still = still_ended(before, source, now)
        return replace(still, alerts=(*alerts, *still.alerts))
    if before.state == "sending":
        reason = "conflict" if outcome.conflict else outcome.cause
        after = replace(
            merge_facts(before, outcome.facts),
            state="unknown",
            reason=reason,
            polls=0,
            due_at=now + REPLAY_AFTER_SECONDS * 1000,
            stuck_at=now if outcome.conflict else None,
            updated_at=now,
        )
        alert = Alert("conflict" if outcome.conflict else "unknown", outcome.cause)
        return Applied(after, True, notices=("unknown",), alerts=(alert,))
    if before.state == "unknown" and source == "replay":
        after = scheduled(replace(merge_facts(before, outcome.facts), replays=before.replays + 1), now)
        return Applied(replace(after, stuck_at=now), True, alerts=(Alert("unknown", f"replayed:{outcome.cause}"),))
    return Applied(before)
