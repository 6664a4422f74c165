"""What follows when something happens to a collection: the table. Pure.

Theory of operation. A collection is in a state, something happens to it (an *event*: an answer, a webhook's claim, a
call that is about to leave …), and somebody brings it. The row that holds says everything that follows. One thing holds
in every state: a payment that a look-up tells, and that is not known, is taken, once.

`docs/collections.md` is printed from this table.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, get_args

from msgspec import Struct

from bot.domain import heard
from bot.domain.collecting import (
    CannotExpire,
    Collected,
    Exists,
    Expired,
    LookUpUnknown,
    NoSuch,
    NotOpened,
    NotPaid,
    Open,
    Opened,
    OpeningUnknown,
)
from bot.domain.collection import actions as act
from bot.domain.collection import alerts as tell
from bot.domain.collection import guards as when
from bot.domain.collection.case import Begun, Cancelled, Case, Changes, Doubtful, Due, Event
from bot.domain.collection.states import FINAL, Bringer, NoticeKind, State
from bot.domain.heard import Alert, Claim
from bot.domain.ledger import Transfer

K = TypeVar("K", bound=Event)


class Row(Struct, Generic[K], frozen=True):
    """What follows in some states when some bring an event, if the guard `when` holds. `to` None: the state stays."""

    states: tuple[State, ...]
    by: tuple[Bringer, ...]
    when: Callable[[Case[K]], bool] | None = None
    to: State | None = None
    money: tuple[Callable[[Case[K]], tuple[Transfer, ...]], ...] = ()
    notice: NoticeKind | None = None
    alerts: tuple[Callable[[Case[K]], Alert | None], ...] = ()
    then: tuple[Callable[[Case[K]], Changes], ...] = ()
    why: str = ""


BRINGERS: tuple[Bringer, ...] = get_args(Bringer)
EVERY: tuple[State, ...] = get_args(State)
WAITING: tuple[State, ...] = ("waiting",)
OPENING: tuple[State, ...] = ("opening",)
UNKNOWN: tuple[State, ...] = ("unknown",)
OPEN: tuple[State, ...] = ("open",)
# A create left, and nothing final is known.
SENT: tuple[State, ...] = ("opening", "open", "unknown")
LIVE: tuple[State, ...] = ("waiting", *SENT)
PAID: tuple[State, ...] = ("paid",)
ENDED: tuple[State, ...] = tuple(state for state in EVERY if state in FINAL)
UNPAID: tuple[State, ...] = tuple(state for state in ENDED if state != "paid")

CREATE: tuple[Bringer, ...] = ("create",)
LOOK_UP: tuple[Bringer, ...] = ("look_up",)
ADMIN: tuple[Bringer, ...] = ("admin",)
TELLERS: tuple[Bringer, ...] = ("look_up", "admin")
EXPIRE: tuple[Bringer, ...] = ("expire",)
CUSTOMER: tuple[Bringer, ...] = ("customer",)
WEBHOOK: tuple[Bringer, ...] = ("webhook",)
WORKER: tuple[Bringer, ...] = ("worker",)

_SAID_MORE = "Another answer has said more."
_ASKED: tuple[Callable[[Case[Any]], Alert | None], ...] = (heard.never_confirmed, tell.stuck)

# fmt: off
# A table is read in rows.
_BEGUN: tuple[Row[Begun], ...] = (
    Row(WAITING, WORKER, to="opening", then=(act.count_create,), why="Stored before the call leaves."),
    Row(UNKNOWN, WORKER, then=(act.count_create,), why="The same request again. Stored before it leaves."),
    Row(EVERY, WORKER, why="Nothing else is ever sent."),
)
_OPENED: tuple[Row[Opened], ...] = (
    Row(OPENING, CREATE, to="open", notice="open", then=(act.begin_polls, act.learn)),
    Row(UNKNOWN, CREATE, to="open", notice="open", then=(act.begin_polls, act.learn),
        why="It was not there, or it answers as if it were new: either way it is one, under one id."),
    Row(EVERY, CREATE, then=(act.learn,), why=_SAID_MORE),
)
_EXISTS: tuple[Row[Exists], ...] = (
    Row(OPENING, CREATE, to="unknown", notice="checking", alerts=(tell.id_was_used,),
        then=(act.learn_id, act.ask_at_once)),
    Row(UNKNOWN, CREATE, then=(act.learn_id, act.ask_at_once), why="The first call arrived."),
    Row(EVERY, CREATE, then=(act.learn_id,), why=_SAID_MORE),
)
_NOT_OPENED: tuple[Row[NotOpened], ...] = (
    Row(OPENING, CREATE, when=when.is_final, to="not_opened", notice="not_opened",
        alerts=(heard.turned_away, tell.refused_to_open), then=(act.give_up,)),
    Row(OPENING, CREATE, to="waiting", alerts=(heard.turned_away,), then=(act.try_later,),
        why="Nothing exists: it is created when it is due."),
    Row(UNKNOWN, CREATE, alerts=(heard.turned_away,), then=(act.try_later,),
        why="This call did nothing; the first one may have."),
    Row(EVERY, CREATE, alerts=(heard.turned_away,), why=_SAID_MORE),
)
_OPENING_UNKNOWN: tuple[Row[OpeningUnknown], ...] = (
    Row(OPENING, CREATE, to="unknown", notice="checking", then=(act.learn_id, act.rest_before_again),
        why="It may exist, and may be paid."),
    Row(UNKNOWN, CREATE, then=(act.learn_id, act.rest_before_again)),
    Row(EVERY, CREATE, why=_SAID_MORE),
)
_COLLECTED: tuple[Row[Collected], ...] = (
    Row(LIVE, TELLERS, when=when.pays_in_full, to="paid", money=(act.book_payments,), notice="paid",
        then=(act.take_payments,)),
    Row(LIVE, TELLERS, when=when.brings_payments, to="paid", money=(act.book_payments,), notice="paid_other",
        alerts=(tell.another_amount,), then=(act.take_payments,)),
    Row(UNPAID, TELLERS, when=when.brings_payments, to="paid", money=(act.book_payments,), notice="paid_late",
        then=(act.take_payments,), why="Money that came late is not lost."),
    Row(PAID, TELLERS, when=when.brings_payments, money=(act.book_payments,), notice="paid_again",
        then=(act.take_payments,)),
    Row(EVERY, LOOK_UP, then=(act.poll,), why="It tells no payment that is not known."),
    Row(EVERY, ADMIN, why="That payment is known."),
)
_DOUBTFUL: tuple[Row[Doubtful], ...] = (
    Row(EVERY, LOOK_UP, alerts=(tell.which_payment,), then=(act.poll, act.flag),
        why="Nothing is booked twice on it: a person decides."),
    Row(EVERY, ADMIN, why="So many payments are known already."),
)
_OPEN: tuple[Row[Open], ...] = (
    Row(SENT, LOOK_UP, when=when.is_over, to="expired", notice="expired", alerts=(heard.never_confirmed,),
        then=(act.learn, act.begin_wide), why="What was quoted holds no longer. A late payment is taken all the same."),
    Row(OPEN, LOOK_UP, alerts=(heard.never_confirmed,), then=(act.learn, act.poll)),
    Row(("opening", "unknown"), LOOK_UP, when=when.can_be_paid, to="open", notice="open",
        then=(act.begin_polls, act.learn)),
    Row(("opening", "unknown"), LOOK_UP, alerts=(heard.never_confirmed,), then=(act.learn, act.poll),
        why="It exists, and its address was lost with the answer."),
    Row(ENDED, LOOK_UP, alerts=(heard.never_confirmed,), then=(act.poll,)),
    Row(WAITING, LOOK_UP, why="Nothing was sent."),
)
_NOT_PAID: tuple[Row[NotPaid], ...] = (
    Row(WAITING, TELLERS, why="Nothing was sent."),
    Row(SENT, TELLERS, when=when.says_expired, to="expired", notice="expired", alerts=(heard.never_confirmed,),
        then=(act.begin_wide, act.keep_cause)),
    Row(SENT, TELLERS, to="failed", notice="failed", alerts=(heard.never_confirmed,),
        then=(act.begin_wide, act.keep_cause)),
    Row(PAID, TELLERS, alerts=(tell.not_paid_after_all,), then=(act.poll,),
        why="What was booked is never taken back on the word of a later failure: a person decides."),
    Row(UNPAID, TELLERS, alerts=(heard.never_confirmed,), then=(act.poll,)),
)
_NO_SUCH: tuple[Row[NoSuch], ...] = (
    Row(SENT, LOOK_UP, when=when.is_over, to="expired", notice="expired", alerts=(heard.never_confirmed,),
        then=(act.begin_wide, act.keep_no_such)),
    Row(UNKNOWN, LOOK_UP, then=(act.poll, act.keep_no_such),
        why="So soon after a lost answer it proves nothing: the same request is sent again."),
    Row(WAITING, LOOK_UP, why="Nothing was sent."),
    Row(EVERY, LOOK_UP, alerts=(heard.never_confirmed,), then=(act.poll,)),
)
_LOOK_UP_UNKNOWN: tuple[Row[LookUpUnknown], ...] = (
    Row(WAITING, (*LOOK_UP, *EXPIRE), why="Nothing was sent."),
    Row(SENT, (*LOOK_UP, *EXPIRE), alerts=(heard.turned_away, heard.strange, *_ASKED),
        then=(act.poll, act.flag_when_late), why="Nothing was learned."),
    Row(ENDED, (*LOOK_UP, *EXPIRE), alerts=(heard.turned_away, heard.strange, heard.never_confirmed), then=(act.poll,)),
)
_EXPIRED: tuple[Row[Expired], ...] = (
    Row(SENT, EXPIRE, to="cancelled", notice="cancelled", then=(act.begin_wide, act.ask_again),
        why="A payment may have come before: it is looked up once more, and later."),
    Row(EVERY, EXPIRE, why="It has ended already."),
)
_CANNOT_EXPIRE: tuple[Row[CannotExpire], ...] = (
    Row(SENT, EXPIRE, notice="still_payable", then=(act.look_instead,), why="It may have been paid: a look-up tells."),
    Row(EVERY, EXPIRE, why="It has ended already."),
)
_CLAIM: tuple[Row[Claim], ...] = (
    Row(EVERY, WEBHOOK, when=heard.names_another, alerts=(heard.foreign_claim,)),
    Row(EVERY, WEBHOOK, when=heard.is_badly_signed, alerts=(heard.forged_claim,),
        why="It is not even a reason to look."),
    Row(WAITING, WEBHOOK, alerts=(heard.foreign_claim,), why="Nothing was sent."),
    Row(PAID, WEBHOOK, when=heard.claims_failure, alerts=(tell.failure_claimed,)),
    Row(EVERY, WEBHOOK, alerts=(heard.unknown_word,), then=(act.keep_claim,),
        why="It moves nothing by itself: a look-up does, or an admin."),
)
_CANCELLED: tuple[Row[Cancelled], ...] = (
    Row(WAITING, CUSTOMER, to="cancelled", notice="cancelled", then=(act.rest,), why="It was certainly not sent."),
    Row(OPENING, CUSTOMER, why="A call is in flight."),
    Row(("open", "unknown"), CUSTOMER, when=when.can_be_ended, then=(act.abandon,),
        why="What was opened may be paid until it has been ended."),
    Row(("open", "unknown"), CUSTOMER, notice="still_payable",
        why="Nobody can end it: it goes on until its time is over."),
    Row(ENDED, CUSTOMER, why="It has ended already."),
)
_DUE: tuple[Row[Due], ...] = (
    Row(UNKNOWN, WORKER, when=when.is_over, to="expired", notice="expired", then=(act.begin_wide,),
        why="Nothing could be asked, and nobody heard of a payment."),
    Row(WAITING, WORKER, why="It is created when it is due."),
    Row(SENT, WORKER, alerts=_ASKED, then=(act.poll, act.flag_when_late)),
    Row(ENDED, WORKER, then=(act.poll,)),
)
# fmt: on

# A row knows the type of its own event; no type can say which rows an event has.
TRANSITIONS: dict[type[Event], tuple[Row[Any], ...]] = {
    Begun: _BEGUN,
    Opened: _OPENED,
    Exists: _EXISTS,
    NotOpened: _NOT_OPENED,
    OpeningUnknown: _OPENING_UNKNOWN,
    Collected: _COLLECTED,
    Doubtful: _DOUBTFUL,
    Open: _OPEN,
    NotPaid: _NOT_PAID,
    NoSuch: _NO_SUCH,
    LookUpUnknown: _LOOK_UP_UNKNOWN,
    Expired: _EXPIRED,
    CannotExpire: _CANNOT_EXPIRE,
    Claim: _CLAIM,
    Cancelled: _CANCELLED,
    Due: _DUE,
}
