"""The order's fate: states, their table, and what each answer of the provider does to them. Pure.

Theory of operation. An order is a confirmed quote; it bears the quote's id, and that id is the only one the provider
ever sees for it (`externalTransactionId`). Its row is the durable job. What can happen to it is a pair: the state it is
in and the outcome that somebody brings. `apply` looks the pair up in `TABLE`; a pair without a row changes nothing, so
a late, repeated or contradicting answer is harmless by construction. What a row does is small: it names the next
state, what happens to the held money, what the customer is told and whether the admins are alerted.

    waiting ──pay──▶ sending ──▶ delivered                     the hold is spent
       ▲  ╲             │  ╲───▶ refused                        the hold is given back
       │   cancelled    │  ╲──▶ processing ──▶ delivered | token_awaited | refused
       └──not sent──────┘   ╲─▶ token_awaited ──▶ delivered     paid, the recharge code is still to come
                             ╲▶ unknown ──▶ any of the above     replayed once with the same id, then asked about

`delivered`, `refused` and `cancelled` are final, with one door left open: money given back and then a success after
all (it happens with such providers) delivers the code, takes the hold again and alerts the admins.

Who brings the outcome matters as much as the outcome. A refusal is a proof when it answers the first pay call, a
replay's 2xx, or a look-up; it proves nothing when it answers a first call that was meanwhile replayed. `Source` names
the bringer and the table's guards read it.
"""

from typing import Literal, TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from bot.catalog import Service, same_reference
from bot.ledger import Transfer, borne_by_operator, customer_account, hold, release, reopen, spend
from bot.model import (
    NO_FACTS,
    Address,
    Delivered,
    Facts,
    Hint,
    Language,
    NotSent,
    Outcome,
    Processing,
    Quote,
    Refused,
    ServiceName,
    TokenAwaited,
    Unknown,
)

State: TypeAlias = Literal[
    "waiting", "sending", "processing", "token_awaited", "unknown", "delivered", "refused", "cancelled"
]
Source: TypeAlias = Literal["pay", "replay", "look_up", "admin", "customer"]
NoticeKind: TypeAlias = Literal[
    "waiting", "processing", "still_pending", "token_awaited", "unknown", "delivered", "refused", "cancelled", "late"
]
AlertKind: TypeAlias = Literal[
    "credentials",
    "float",
    "unknown",
    "conflict",
    "token_awaited",
    "late_success",
    "failed_after_success",
    "contradiction",
    "amount_differs",
    "fee_differs",
    "forged_hint",
    "stuck",
]
Next: TypeAlias = Literal["pay", "replay", "look_up", "tick"]

FINAL: frozenset[State] = frozenset({"delivered", "refused", "cancelled"})
HELD: frozenset[State] = frozenset({"waiting", "sending", "processing", "token_awaited", "unknown"})

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


class Order(Struct, frozen=True, kw_only=True):
    """A confirmed quote and everything known of its fate.

    `pay_attempts` counts pay calls that were begun, `replays` the replays that were answered, `polls` the rounds of the
    poll table. `due_at` is when somebody should act, None for never. `stuck_at` says since when it needs a person.
    `reopened` counts how often a hold that was given back was taken again; the operator bears `borne_xof` of the last.
    """

    id: str
    address: Address
    customer: str
    language: Language
    service: ServiceName
    reference: str
    holder: str
    amount_xof: int
    fee_xof: int
    confirmed_at: int
    updated_at: int
    reference_facture: str | None = None
    due_on: str | None = None
    state: State = "waiting"
    version: int = 0
    due_at: int | None = None
    pay_attempts: int = 0
    replays: int = 0
    polls: int = 0
    tokens: tuple[str, ...] = ()
    facts: Facts = NO_FACTS
    hint: Hint | None = None
    hint_tries: int = 0
    reason: str = ""
    stuck_at: int | None = None
    reopened: int = 0
    borne_xof: int = 0

    @property
    def total_xof(self) -> int:
        return self.amount_xof + self.fee_xof

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    @property
    def paid_xof(self) -> int:
        """What the provider took for the meter or bill, as far as it told; else what was confirmed."""
        told = self.facts.amount_xof
        # Whether a look-up's Amount includes the provider's fee is documented nowhere: a figure that is the confirmed
        # amount plus that fee agrees with what was confirmed.
        if told is None or told == self.amount_xof + (self.facts.fee_xof or 0):
            return self.amount_xof
        return told


class Alert(Struct, frozen=True):
    """Something the admins should know; `detail` holds no recharge code."""

    kind: AlertKind
    detail: str = ""


class Applied(Struct, frozen=True):
    """What one outcome did: the order as it is now, the money that moves, who is told what.

    `moved` is False when nothing changed that anybody should be told of; alerts may still be there.
    """

    order: Order
    moved: bool = False
    transfers: tuple[Transfer, ...] = ()
    notices: tuple[NoticeKind, ...] = ()
    alerts: tuple[Alert, ...] = ()

    @property
    def retaken_xof(self) -> int:
        """What a late success took from the customer's balance again."""
        own, again = customer_account(self.order.customer), f"order:{self.order.id}:reopen"
        return -sum(
            entry.amount_xof
            for transfer in self.transfers
            if transfer.key == again
            for entry in transfer.entries
            if entry.account == own
        )


def confirm(quote: Quote, address: Address, customer: str, language: Language, now: int) -> tuple[Order, Transfer]:
    """The order that a confirmed quote becomes, due at once, and the hold that covers it."""
    order = Order(
        id=quote.id,
        address=address,
        customer=customer,
        language=language,
        service=quote.service,
        reference=quote.reference,
        holder=quote.holder,
        amount_xof=quote.amount_xof,
        fee_xof=quote.fee_xof,
        reference_facture=quote.reference_facture,
        due_on=quote.due_on,
        confirmed_at=now,
        updated_at=now,
        due_at=now,
    )
    return order, hold(order.id, customer, order.total_xof)


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


def hint_matches(order: Order, hint: Hint) -> bool:
    """Whether every id that a webhook names is this order's."""
    ours = {order.id, None}
    theirs = hint.facts.transaction_id
    known = order.facts.transaction_id
    return (
        hint.external_id in ours and hint.custom_data in ours and (theirs is None or known is None or theirs == known)
    )


def facts_match(order: Order, facts: Facts) -> bool:
    """Whether an answer found by a look-up speaks of this order's meter or reference."""
    return facts.reference is None or same_reference(facts.reference, order.reference)


def take_hint(order: Order, hint: Hint, now: int) -> Applied:
    """A webhook spoke: keep what it claims and look the payment up at once. It moves nothing by itself."""
    if not hint_matches(order, hint):
        return Applied(order, alerts=(Alert("forged_hint", "its ids are not this order's"),))
    if order.state == "waiting":
        return Applied(order, alerts=(Alert("forged_hint", "the payment was not sent yet"),))
    if order.state == "delivered" or (order.is_final and hint.status != "success"):
        if order.state == "delivered" and hint.status == "failed":
            return Applied(order, alerts=(Alert("failed_after_success", "a webhook says FAILED"),))
        return Applied(order)
    if hint.status == "unknown":
        return Applied(
            replace(order, due_at=now, updated_at=now), moved=True, alerts=(Alert("contradiction", "unknown status"),)
        )
    kept = order.hint
    alerts: tuple[Alert, ...] = ()
    if kept is not None:
        if kept.tokens and hint.tokens and hint.tokens != kept.tokens:
            alerts = (Alert("contradiction", "two webhooks bring different codes"),)
        # Webhooks come in any order: an older claim takes nothing away from what a newer one brought.
        hint = replace(
            hint,
            status="success" if kept.status == "success" else hint.status,
            tokens=hint.tokens or kept.tokens,
            facts=replace(hint.facts, transaction_id=hint.facts.transaction_id or kept.facts.transaction_id),
        )
    return Applied(
        replace(order, hint=hint, hint_tries=0, due_at=now, updated_at=now),
        moved=True,
        alerts=alerts,
    )


def apply(
    order: Order, outcome: Outcome, *, source: Source, service: Service, now: int, available_xof: int = 0
) -> Applied:
    """What `outcome`, brought by `source`, does to the order.

    `available_xof` is what the customer could spend now; it matters only when money that was given back must be
    taken again. `service` tells the provider's configured fee, used where the provider told none.
    """
    if source == "look_up":
        if not facts_match(order, outcome_facts(outcome)):
            foreign = Alert("forged_hint", "the look-up speaks of another meter")
            # For an order that has ended nobody asks on: the webhook that led here named another payment.
            ended = Applied(replace(order, hint=None, due_at=None), order.hint is not None, alerts=(foreign,))
            return ended if order.is_final else _after_poll(order, now, foreign)
        if order.state == "waiting":
            # Asked about while a call was in flight that, as is known by now, was turned away: it is paid when due.
            return Applied(order)
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


def tick(order: Order, now: int) -> Applied:
    """An order is due and there is nothing to ask: move along the poll table."""
    if not order.is_final:
        return _after_poll(order, now)
    # A webhook claimed a late success and named nothing that could be looked up: only a person can follow it.
    unheard = Alert("contradiction", f"a webhook says SUCCESS in {order.state} and names no transaction")
    return Applied(replace(order, hint=None, due_at=None, updated_at=now), True, alerts=(unheard,))


def cancel(order: Order, now: int) -> Applied:
    """The customer calls back an order that has certainly not been sent."""
    if order.state != "waiting":
        return Applied(order)
    # A webhook that claimed a success of the call that was turned away is followed up, though nobody waits any more.
    claimed = order.hint if order.hint is not None and order.hint.status == "success" else None
    due_at = None if claimed is None else now
    ended = replace(order, state="cancelled", reason="customer", hint=claimed, due_at=due_at, updated_at=now)
    return Applied(ended, True, (_given_back(order),), ("cancelled",))


def outcome_facts(outcome: Outcome) -> Facts:
    """What an outcome tells beside its verdict."""
    return NO_FACTS if isinstance(outcome, NotSent) else outcome.facts


def with_hint_tokens(order: Order, outcome: Outcome) -> Outcome:
    """A look-up that says success without a code is completed by the code that a matching webhook brought."""
    hint = order.hint
    if isinstance(outcome, TokenAwaited) and hint is not None and hint.status == "success" and hint.tokens:
        return Delivered(hint.tokens, outcome.facts)
    return outcome


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
    return reopened, (again,), (Alert("late_success", f"after {order.state}"),)


def _delivered(
    before: Order, known: Order, outcome: Delivered, source: Source, service: Service, now: int, available_xof: int
) -> Applied:
    if before.state == "delivered":
        fresh = tuple(token for token in outcome.tokens if token not in before.tokens)
        if source != "admin" or not fresh:
            return Applied(before)
        return Applied(replace(before, tokens=before.tokens + fresh, updated_at=now), True, notices=("delivered",))
    if before.state == "waiting":
        return Applied(before)
    known, retaken, alerts = _held_again(known, available_xof)
    configured_xof = service.provider_fee.fee_xof(known.paid_xof)
    provider_fee_xof = configured_xof if known.facts.fee_xof is None else known.facts.fee_xof
    if provider_fee_xof != configured_xof:
        alerts += (Alert("fee_differs", f"{provider_fee_xof} instead of {configured_xof}"),)
    if known.paid_xof != known.amount_xof:
        alerts += (Alert("amount_differs", f"{known.paid_xof} instead of {known.amount_xof}"),)
    asked, settled = known.reference_facture, known.facts.reference_facture
    if asked is not None and settled is not None and not same_reference(asked, settled):
        alerts += (Alert("amount_differs", "another bill was settled"),)
    after = replace(
        known,
        state="delivered",
        tokens=outcome.tokens,
        facts=replace(known.facts, fee_xof=provider_fee_xof),
        hint=None,
        reason="",
        due_at=None,
        stuck_at=None,
        updated_at=now,
    )
    spent = spend(
        after.id,
        after.customer,
        amount_xof=after.amount_xof,
        fee_xof=after.fee_xof,
        paid_xof=after.paid_xof,
        provider_fee_xof=provider_fee_xof,
        borne_xof=after.borne_xof,
    )
    return Applied(after, True, (*retaken, spent), ("late" if retaken else "delivered",), alerts)


def _token_awaited(before: Order, known: Order, source: Source, now: int, available_xof: int) -> Applied:
    if before.state == "token_awaited":
        return _after_poll(known, now)
    if before.state in ("delivered", "waiting"):
        return Applied(before)
    known, retaken, alerts = _held_again(known, available_xof)
    after = _scheduled(replace(known, state="token_awaited", reason="", polls=0, stuck_at=None), now)
    return Applied(after, True, retaken, ("token_awaited",), (*alerts, Alert("token_awaited")))


def _refused(before: Order, known: Order, outcome: Refused, source: Source, now: int) -> Applied:
    if before.state == "delivered":
        return Applied(before, alerts=(Alert("failed_after_success", f"{source} says {outcome.reason}"),))
    if before.is_final:
        return _still_ended(before, source, now)
    if source != "admin":
        # A payment that succeeded once is never given back on the word of a later failure: a person decides.
        if before.state == "token_awaited":
            alert = Alert("failed_after_success", f"{source} says {outcome.reason}")
            return _after_poll(before, now, alert) if source == "look_up" else Applied(before, alerts=(alert,))
        # The first call's refusal proves nothing once something else said that the payment was taken, or once the
        # same body was sent again.
        if source == "pay" and before.state != "sending" and (before.state != "unknown" or before.pay_attempts > 1):
            return Applied(before, alerts=(Alert("contradiction", f"pay says {outcome.reason} in {before.state}"),))
        if before.state == "waiting":
            return Applied(before)
    elif before.state == "sending":
        return Applied(before)
    alerts = (Alert("float", known.facts.message or ""),) if outcome.reason == "float" else ()
    after = replace(
        known, state="refused", reason=outcome.reason, hint=None, due_at=None, stuck_at=None, updated_at=now
    )
    if source != "admin" and before.hint is not None and before.hint.status == "success":
        # The webhook may be newer than the answer: the money goes back now, and the look-up is asked again.
        again = _after_hint(replace(after, hint=before.hint), now)
        after = again.order if again is not None else after
    return Applied(after, True, (_given_back(before),), ("refused",), alerts)


def _processing(before: Order, known: Order, source: Source, now: int) -> Applied:
    if before.state in ("sending", "unknown"):
        after = replace(known, state="processing", reason="", polls=0, stuck_at=None)
        soon = _after_hint(after, now)
        return Applied(soon.order if soon else _scheduled(after, now), True, notices=("processing",))
    if before.state in ("processing", "token_awaited"):
        # A late pay answer adds its facts and disturbs no schedule; a look-up was the poll that was due.
        if source == "look_up":
            return _after_poll(known, now)
        return Applied(known, moved=known is not before)
    if before.state == "refused" and before.reason == "admin" and source != "look_up":
        # Kept, so that a webhook or an admin finds the payment that somebody believed had failed.
        alert = Alert("contradiction", f"{source} says PROCESSING, an admin said refused")
        return Applied(known, moved=known is not before, alerts=(alert,))
    return _still_ended(before, source, now)


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
        still = _still_ended(before, source, now)
        return replace(still, alerts=still.alerts + alerts)
    return Applied(before, alerts=alerts)


def _unknown(before: Order, outcome: Unknown, source: Source, now: int) -> Applied:
    """An answer that says nothing: the money stays where it is."""
    if source == "look_up":
        return _still_ended(before, source, now) if before.is_final else _after_poll(before, now)
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
        after = _scheduled(replace(merge_facts(before, outcome.facts), replays=before.replays + 1), now)
        return Applied(replace(after, stuck_at=now), True, alerts=(Alert("unknown", f"replay: {outcome.cause}"),))
    return Applied(before)


def _scheduled(order: Order, now: int) -> Order:
    """The order, due at the next entry of the poll table; past its end it is due never and needs a person."""
    done = order.polls
    if done >= len(POLL_AFTER_SECONDS):
        return replace(order, due_at=None, stuck_at=order.stuck_at or now, updated_at=now)
    pause = POLL_AFTER_SECONDS[done] - (POLL_AFTER_SECONDS[done - 1] if done else 0)
    return replace(order, due_at=now + pause * 1000, updated_at=now)


def _after_hint(order: Order, now: int) -> Applied | None:
    """While a webhook says more than the look-up, ask again soon; None when that has been done enough."""
    if order.hint is None or order.hint.status == "pending" or order.hint_tries >= len(HINT_AFTER_SECONDS):
        return None
    pause = HINT_AFTER_SECONDS[order.hint_tries]
    after = replace(order, hint_tries=order.hint_tries + 1, due_at=now + pause * 1000, updated_at=now)
    return Applied(after, True)


def _still_ended(order: Order, source: Source, now: int) -> Applied:
    """An order that has ended, and an answer that does not confirm the late success that a webhook may have claimed."""
    if source != "look_up" or order.hint is None:
        return Applied(order)
    unconfirmed = Alert("forged_hint", f"a webhook says SUCCESS in {order.state}, the look-up does not")
    return _after_hint(order, now) or Applied(replace(order, hint=None, due_at=None), True, alerts=(unconfirmed,))


def _after_poll(order: Order, now: int, *alerts: Alert) -> Applied:
    """Nothing new was learned: ask again later, tell the customer at about a minute, and in the end a person."""
    soon = _after_hint(order, now)
    if soon is not None:
        return Applied(soon.order, True, alerts=alerts)
    if order.hint is not None and order.hint.status == "success" and order.hint_tries == len(HINT_AFTER_SECONDS):
        # The webhook is kept, but it said "success" and nobody else does: that is what a forged one looks like.
        order = replace(order, hint_tries=order.hint_tries + 1)
        alerts = (*alerts, Alert("forged_hint", "a webhook says SUCCESS, the look-up does not"))
    after = _scheduled(replace(order, polls=order.polls + 1), now)
    if after.due_at is None and order.stuck_at is None:
        alerts = (*alerts, Alert("stuck", after.state))
    notices: tuple[NoticeKind, ...] = ("still_pending",) if after.polls == STILL_PENDING_AFTER_POLLS else ()
    return Applied(after, True, notices=notices, alerts=alerts)
