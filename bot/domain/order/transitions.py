"""What follows when something happens to an order: the table, and the look-up in it. Pure.

Theory of operation. An order is in a state, something happens to it (an *event*: an outcome, a webhook's claim, a call
that is about to leave …), and somebody brings it. The rows of an event are read from top to bottom; the first one that
names the state and the bringer, and whose guard holds, says everything that follows: the next state, what the ledger
moves, which notice the customer gets, which alerts the admins get, and what else changes of the order (`then`). A row
that names nothing changes nothing, and says why. Every state, event and bringer has a row that holds without a guard,
and only a row sets a state; tests check both.

`docs/orders.md` is printed from this table, with the diagram.
"""

from collections.abc import Callable
from itertools import product
from typing import Any, Generic, TypeAlias, TypeVar, get_args

from msgspec import Struct

from bot.domain import table
from bot.domain.ledger import Transfer
from bot.domain.order import actions as act
from bot.domain.order import alerts as tell
from bot.domain.order import guards as when
from bot.domain.order.case import AnotherAmount, Begun, Cancelled, Case, Changes, Claim, Due, Event, Queued
from bot.domain.order.states import Alert, Bringer, NoticeKind, Order, State
from bot.domain.outcome import Delivered, NotSent, Processing, Refused, TokenAwaited, Unknown

K = TypeVar("K", bound=Event)


class Row(Struct, Generic[K], frozen=True):
    """What follows in some states when some bring an event, if the guard `when` holds. `to` None: the state stays."""

    states: tuple[State, ...]
    by: tuple[Bringer, ...]
    when: Callable[[Case[K]], bool] | None = None
    to: State | None = None
    money: tuple[Callable[[Case[K], Order], Transfer], ...] = ()
    notice: NoticeKind | None = None
    notice_when: Callable[[Case[K]], bool] | None = None
    alerts: tuple[Callable[[Case[K]], Alert | None], ...] = ()
    then: tuple[Callable[[Case[K]], Changes], ...] = ()
    why: str = ""


BRINGERS: tuple[Bringer, ...] = get_args(Bringer)
EVERY: tuple[State, ...] = get_args(State)
# A pay call left, or may have; and of those, where nothing has said yet that the provider was paid.
SENT: tuple[State, ...] = ("sending", "processing", "token_awaited", "unknown")
UNDECIDED: tuple[State, ...] = ("sending", "processing", "unknown")
OPEN: tuple[State, ...] = ("waiting", *SENT)
WAITING: tuple[State, ...] = ("waiting",)
DELIVERED: tuple[State, ...] = ("delivered",)
GIVEN_BACK: tuple[State, ...] = ("refused", "cancelled")
ENDED: tuple[State, ...] = ("delivered", *GIVEN_BACK)

ANYBODY: tuple[Bringer, ...] = ("pay", "replay", "look_up", "admin", "customer")
NOT_LOOK_UP: tuple[Bringer, ...] = ("pay", "replay", "admin", "customer")
NOT_ADMIN: tuple[Bringer, ...] = ("pay", "replay", "look_up", "customer")
CALLS: tuple[Bringer, ...] = ("pay", "replay")
PAY: tuple[Bringer, ...] = ("pay",)
REPLAY: tuple[Bringer, ...] = ("replay",)
LOOK_UP: tuple[Bringer, ...] = ("look_up",)
ADMIN: tuple[Bringer, ...] = ("admin",)
CUSTOMER: tuple[Bringer, ...] = ("customer",)
WEBHOOK: tuple[Bringer, ...] = ("webhook",)
WORKER: tuple[Bringer, ...] = ("worker",)

_TURNED_AWAY = "The call that it asks about was turned away: nothing was paid, and it is paid when it is due."
_PAID_ONCE = "What succeeded once is never given back on the word of a later failure: a person decides."
_DIFFERENCES = (tell.fee_differs, tell.amount_differs, tell.another_bill)
_ASKED_AGAIN = (tell.still_unconfirmed, tell.stuck)

# fmt: off
# A table is read in rows.
_DELIVERED: tuple[Row[Delivered], ...] = (
    Row(WAITING, ANYBODY, why="Nothing was sent."),
    Row(SENT, CALLS, to="delivered", money=(act.spend_hold,), notice="delivered",
        alerts=(*_DIFFERENCES, tell.codes_left), then=(act.deliver, act.ask_about_left),
        why="The answer to a call may be older than the webhook that brought another code."),
    Row(SENT, (*LOOK_UP, *CUSTOMER), to="delivered", money=(act.spend_hold,), notice="delivered",
        alerts=(*_DIFFERENCES, tell.codes_left), then=(act.deliver,),
        why="A look-up has just told which codes there are."),
    Row(SENT, ADMIN, to="delivered", money=(act.spend_hold,), notice="delivered",
        alerts=_DIFFERENCES, then=(act.deliver,)),
    Row(GIVEN_BACK, CALLS, to="delivered", money=(act.take_hold_again, act.spend_hold), notice="late",
        alerts=(tell.late_success, *_DIFFERENCES, tell.codes_left),
        then=(act.take_again, act.deliver, act.ask_about_left),
        why="It happens with such providers: the code is the buyer's."),
    Row(GIVEN_BACK, (*LOOK_UP, *CUSTOMER), to="delivered", money=(act.take_hold_again, act.spend_hold), notice="late",
        alerts=(tell.late_success, *_DIFFERENCES, tell.codes_left), then=(act.take_again, act.deliver)),
    Row(GIVEN_BACK, ADMIN, to="delivered", money=(act.take_hold_again, act.spend_hold), notice="late",
        alerts=(tell.late_success, *_DIFFERENCES), then=(act.take_again, act.deliver)),
    Row(DELIVERED, (*CALLS, *CUSTOMER), when=when.brings_new_codes, notice="more_codes",
        alerts=(tell.more_codes,), then=(act.add_codes, act.keep_asking)),
    Row(DELIVERED, ADMIN, when=when.brings_new_codes, notice="more_codes",
        then=(act.add_codes, act.keep_asking)),
    Row(DELIVERED, LOOK_UP, when=when.brings_new_codes, notice="more_codes",
        alerts=(tell.more_codes,), then=(act.add_codes,)),
    Row(DELIVERED, LOOK_UP, alerts=(tell.never_confirmed,), then=(act.ask_about_claim,)),
    Row(DELIVERED, NOT_LOOK_UP, why="The buyer has those codes."),
)
_TOKEN_AWAITED: tuple[Row[TokenAwaited], ...] = (
    Row(WAITING, ANYBODY, why="Nothing was sent."),
    Row(UNDECIDED, ANYBODY, to="token_awaited", notice="token_awaited",
        alerts=(tell.token_awaited,), then=(act.learn, act.begin_polls)),
    Row(("token_awaited",), ANYBODY, notice="still_pending", notice_when=when.at_a_minute_and_an_hour,
        alerts=_ASKED_AGAIN, then=(act.learn, act.poll)),
    Row(GIVEN_BACK, ANYBODY, to="token_awaited", money=(act.take_hold_again,), notice="token_awaited",
        alerts=(tell.late_success, tell.token_awaited), then=(act.take_again, act.learn, act.begin_polls)),
    Row(DELIVERED, LOOK_UP, alerts=(tell.never_confirmed,), then=(act.ask_about_claim,)),
    Row(DELIVERED, NOT_LOOK_UP, why="The buyer has the code."),
)
_REFUSED: tuple[Row[Refused], ...] = (
    Row(("waiting", "processing", "token_awaited", "unknown"), ADMIN, to="refused", money=(act.release_hold,),
        notice="refused", then=(act.learn, act.end_refused)),
    Row(("sending",), ADMIN, why="A call is in flight."),
    Row(WAITING, LOOK_UP, why=_TURNED_AWAY),
    Row(("waiting", "processing"), PAY, alerts=(tell.refused_without_proof,),
        why="Something else has said meanwhile what became of that call."),
    Row(WAITING, ANYBODY, why="Nothing was sent."),
    Row(("unknown",), PAY, when=when.was_sent_again, alerts=(tell.refused_without_proof,),
        why="The second call may be why the first was turned away."),
    Row(UNDECIDED, NOT_ADMIN, to="refused", money=(act.release_hold,), notice="refused",
        alerts=(tell.float_is_empty,), then=(act.learn, act.end_refused, act.ask_about_success),
        why="A proof that nothing was paid. A webhook that claimed a success may still be newer than it."),
    Row(("token_awaited",), LOOK_UP, notice="still_pending", notice_when=when.at_a_minute_and_an_hour,
        alerts=(tell.refused_after_success, *_ASKED_AGAIN), then=(act.poll,),
        why=_PAID_ONCE),
    Row(("token_awaited",), NOT_LOOK_UP, alerts=(tell.refused_after_success,), why=_PAID_ONCE),
    Row(DELIVERED, LOOK_UP, alerts=(tell.never_confirmed, tell.refused_after_success), then=(act.ask_about_claim,),
        why=_PAID_ONCE),
    Row(DELIVERED, NOT_LOOK_UP, alerts=(tell.refused_after_success,), why=_PAID_ONCE),
    Row(GIVEN_BACK, LOOK_UP, alerts=(tell.never_confirmed,), then=(act.ask_about_claim,)),
    Row(GIVEN_BACK, NOT_LOOK_UP, why="The money has been given back."),
)
_PROCESSING: tuple[Row[Processing], ...] = (
    Row(WAITING, LOOK_UP, why=_TURNED_AWAY),
    Row(WAITING, NOT_LOOK_UP, alerts=(tell.codes_kept,), why="Nothing was sent."),
    Row(("sending", "unknown"), ANYBODY, to="processing", notice="processing", notice_when=when.is_news,
        alerts=(tell.codes_kept,), then=(act.learn, act.begin_polls, act.ask_soon)),
    Row(("processing", "token_awaited"), LOOK_UP, notice="still_pending", notice_when=when.at_a_minute_and_an_hour,
        alerts=(*_ASKED_AGAIN, tell.codes_kept), then=(act.learn, act.poll)),
    Row(("processing", "token_awaited"), NOT_LOOK_UP, alerts=(tell.codes_kept,), then=(act.learn,),
        why="A late answer to a call disturbs no schedule."),
    Row(("refused",), NOT_LOOK_UP, when=when.an_admin_refused,
        alerts=(tell.processing_after_refusal, tell.codes_kept), then=(act.learn, act.ask_now),
        why="So that a webhook or an admin finds the payment that somebody believed had failed."),
    Row(ENDED, LOOK_UP, alerts=(tell.never_confirmed, tell.codes_kept), then=(act.ask_about_claim,)),
    Row(ENDED, NOT_LOOK_UP, alerts=(tell.codes_kept,), then=(act.ask_now,)),
)
_NOT_SENT: tuple[Row[NotSent], ...] = (
    Row(WAITING, LOOK_UP, why=_TURNED_AWAY),
    Row(("sending",), PAY, to="waiting", notice="waiting", notice_when=when.not_notified_before,
        alerts=(tell.gateway_is_closed,), then=(act.try_later, act.keep_cause)),
    Row(("unknown",), REPLAY, alerts=(tell.gateway_is_closed,), then=(act.try_later, act.uncount_call),
        why="The replay did not leave, so it may be begun again."),
    Row(SENT, LOOK_UP, alerts=(tell.gateway_is_closed,), then=(act.try_later,)),
    Row(ENDED, LOOK_UP, alerts=(tell.never_confirmed, tell.gateway_is_closed), then=(act.ask_about_claim,)),
    Row(EVERY, ANYBODY, alerts=(tell.gateway_is_closed,), why="Another answer has said what became of that call."),
)
_UNKNOWN: tuple[Row[Unknown], ...] = (
    Row(WAITING, LOOK_UP, why=_TURNED_AWAY),
    Row(("sending",), NOT_LOOK_UP, to="unknown", notice="unknown",
        alerts=(tell.unknown_outcome, tell.codes_kept), then=(act.learn, act.rest_before_replay),
        why="The money stays held until somebody knows."),
    Row(("unknown",), REPLAY, alerts=(tell.unknown_replay, tell.codes_kept), then=(act.learn, act.count_replay)),
    Row(SENT, LOOK_UP, notice="still_pending", notice_when=when.at_a_minute_and_an_hour,
        alerts=(tell.unreadable, *_ASKED_AGAIN, tell.codes_kept), then=(act.poll,)),
    Row(ENDED, LOOK_UP, alerts=(tell.unreadable, tell.never_confirmed, tell.codes_kept), then=(act.ask_about_claim,)),
    Row(ENDED, NOT_LOOK_UP, alerts=(tell.codes_kept,), then=(act.ask_now,)),
    Row(OPEN, NOT_LOOK_UP, alerts=(tell.codes_kept,), why="Another answer has said more."),
)
_ANOTHER_AMOUNT: tuple[Row[AnotherAmount], ...] = (
    Row(WAITING, LOOK_UP, why=_TURNED_AWAY),
    Row(SENT, LOOK_UP, notice="still_pending", notice_when=when.at_a_minute_and_an_hour,
        alerts=(tell.another_amount, *_ASKED_AGAIN), then=(act.poll, act.flag),
        why="Nothing is delivered or given back on it: a person decides."),
    Row(ENDED, LOOK_UP, alerts=(tell.another_amount,), then=(act.rest,)),
)
_CLAIM: tuple[Row[Claim], ...] = (
    Row(EVERY, WEBHOOK, when=when.names_another_payment, alerts=(tell.foreign_ids,)),
    Row(WAITING, WEBHOOK, alerts=(tell.not_sent_yet,), why="Nothing was sent."),
    Row(SENT, WEBHOOK, alerts=(tell.unknown_status, tell.two_codes), then=(act.keep_claim,),
        why="It moves nothing by itself: a look-up does, or an admin."),
    Row(DELIVERED, WEBHOOK, when=when.claims_failure, alerts=(tell.failure_claimed,),
        why=_PAID_ONCE),
    Row(DELIVERED, WEBHOOK, when=when.claims_new_codes, alerts=(tell.codes_claimed,), then=(act.keep_claim,)),
    Row(DELIVERED, WEBHOOK, why="The buyer has those codes, or they are being asked about."),
    Row(GIVEN_BACK, WEBHOOK, when=when.could_change_it,
        alerts=(tell.unknown_status, tell.two_codes), then=(act.keep_claim,)),
    Row(GIVEN_BACK, WEBHOOK, alerts=(tell.unknown_status,), why="Were it true, it would change nothing."),
)
_BEGUN: tuple[Row[Begun], ...] = (
    Row(WAITING, WORKER, to="sending", then=(act.count_call,), why="Stored before the call leaves."),
    Row(("unknown",), WORKER, then=(act.count_call,), why="The replay. Stored before it leaves."),
    Row(EVERY, WORKER, why="Nothing else is ever sent."),
)
_QUEUED: tuple[Row[Queued], ...] = (
    Row(WAITING, WORKER, when=when.waits_long, notice="waiting", then=(act.queue,)),
    Row(EVERY, WORKER, why="It waits shortly, was told, or does not wait for its first call."),
)
_CANCELLED: tuple[Row[Cancelled], ...] = (
    Row(WAITING, CUSTOMER, to="cancelled", money=(act.release_hold,), notice="cancelled", then=(act.cancel,),
        why="It was certainly not sent. A webhook that claimed a success all the same is followed up."),
    Row(EVERY, CUSTOMER, why="It may have been paid, or has ended."),
)
_DUE: tuple[Row[Due], ...] = (
    Row(OPEN, WORKER, notice="still_pending", notice_when=when.at_a_minute_and_an_hour, alerts=_ASKED_AGAIN,
        then=(act.poll,)),
    Row(ENDED, WORKER, when=when.a_claim_is_open, alerts=(tell.nothing_to_look_up,), then=(act.rest, act.touch),
        why="A webhook claimed a success and named nothing that could be looked up: only a person can follow it."),
    Row(ENDED, WORKER, when=when.is_due, then=(act.rest, act.touch),
        why="Its process died between the last word on it and the end of a lease."),
    Row(ENDED, WORKER, why="Nothing is left to do."),
)
# fmt: on

# A row knows the type of its own event; no type can say which rows an event has.
TRANSITIONS: dict[type[Event], tuple[Row[Any], ...]] = {
    Begun: _BEGUN,
    Queued: _QUEUED,
    Cancelled: _CANCELLED,
    Delivered: _DELIVERED,
    TokenAwaited: _TOKEN_AWAITED,
    Refused: _REFUSED,
    Processing: _PROCESSING,
    NotSent: _NOT_SENT,
    Unknown: _UNKNOWN,
    AnotherAmount: _ANOTHER_AMOUNT,
    Claim: _CLAIM,
    Due: _DUE,
}


def candidates(event: type[Event], state: State, by: Bringer) -> tuple[Row[Any], ...]:
    """The rows that name an event, a state and a bringer, in their order, up to the first without a guard."""
    return table.candidates(TRANSITIONS[event], state, by)


def row_of(case: Case[Event]) -> Row[Any]:
    """The row that says what follows."""
    guarded, otherwise = _INDEX[type(case.event), case.order.state, case.by]
    for guard, row in guarded:
        if guard(case):
            return row
    return otherwise


_Guarded: TypeAlias = tuple[tuple[Callable[[Case[Any]], bool], Row[Any]], ...]


def _indexed() -> dict[tuple[type[Event], State, Bringer], tuple[_Guarded, Row[Any]]]:
    """What `row_of` looks up: the rows with a guard, and the one that holds where none of them does."""
    index: dict[tuple[type[Event], State, Bringer], tuple[_Guarded, Row[Any]]] = {}
    for event, state, by in product(TRANSITIONS, EVERY, BRINGERS):
        if rows := candidates(event, state, by):
            guarded = tuple((row.when, row) for row in rows if row.when is not None)
            index[event, state, by] = guarded, rows[-1]
    return index


_INDEX = _indexed()
