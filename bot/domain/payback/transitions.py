"""What follows when something happens to a pay-back: the table. Pure.

Theory of operation. The money is set aside before the first call leaves, and stays so until it is certain that it went
back, or until people decide that it stays the customer's. A call whose answer is lost is never repeated under another
id. `docs/collections.md` is printed from this table.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, get_args

from msgspec import Struct

from bot.domain import heard
from bot.domain.collecting import (
    LookUpUnknown,
    NoSuch,
    PaidBack,
    PayBackNotSent,
    PayBackProcessing,
    PayBackRefused,
    PayBackUnknown,
)
from bot.domain.heard import Alert, Claim
from bot.domain.ledger import Transfer
from bot.domain.payback import rows as on
from bot.domain.payback.case import Approved, Begun, CalledBack, Case, Changes, Due, Event, Kept, Readdressed
from bot.domain.payback.states import Bringer, NoticeKind, State

K = TypeVar("K", bound=Event)


class Row(Struct, Generic[K], frozen=True):
    """What follows in some states when some bring an event, if the guard `when` holds. `to` None: the state stays."""

    states: tuple[State, ...]
    by: tuple[Bringer, ...]
    when: Callable[[Case[K]], bool] | None = None
    to: State | None = None
    money: tuple[Callable[[Case[K]], Transfer], ...] = ()
    notice: NoticeKind | None = None
    alerts: tuple[Callable[[Case[K]], Alert | None], ...] = ()
    then: tuple[Callable[[Case[K]], Changes], ...] = ()
    why: str = ""


BRINGERS: tuple[Bringer, ...] = get_args(Bringer)
EVERY: tuple[State, ...] = get_args(State)
HELD: tuple[State, ...] = ("held",)
WAITING: tuple[State, ...] = ("waiting",)
SENDING: tuple[State, ...] = ("sending",)
UNKNOWN: tuple[State, ...] = ("unknown",)
# A call left, and nothing final is known.
SENT: tuple[State, ...] = ("sending", "processing", "unknown")
DONE: tuple[State, ...] = ("done",)
KEPT: tuple[State, ...] = ("kept",)
REFUSED: tuple[State, ...] = ("refused",)
ENDED: tuple[State, ...] = ("done", "refused", "kept")
NOT_SENT: tuple[State, ...] = ("held", "waiting")

PAY: tuple[Bringer, ...] = ("pay",)
LOOK_UP: tuple[Bringer, ...] = ("look_up",)
ADMIN: tuple[Bringer, ...] = ("admin",)
ORDER: tuple[Bringer, ...] = ("order",)
CALLS: tuple[Bringer, ...] = ("pay", "look_up")
ANYBODY: tuple[Bringer, ...] = ("pay", "look_up", "admin")
WEBHOOK: tuple[Bringer, ...] = ("webhook",)
WORKER: tuple[Bringer, ...] = ("worker",)

_NOT_SENT_YET = "Nothing was sent."
_SAID_MORE = "Another answer has said more."

# fmt: off
# A table is read in rows.
_APPROVED: tuple[Row[Approved], ...] = (
    Row(HELD, ADMIN, to="waiting", notice="on_its_way", then=(on.send_now,)),
    Row(EVERY, ADMIN, why="It was confirmed before."),
)
_READDRESSED: tuple[Row[Readdressed], ...] = (
    Row(HELD, ADMIN, notice="readdressed", then=(on.go_elsewhere,),
        why="Nothing was sent, and it still waits for a Confirm."),
    Row(EVERY, ADMIN, why="It is on its way, or may have left, or has ended."),
)
_BEGUN: tuple[Row[Begun], ...] = (
    Row(WAITING, WORKER, to="sending", then=(on.count_call,), why="Stored before the call leaves."),
    Row(UNKNOWN, WORKER, then=(on.count_call,), why="The same body with the same id. Stored before it leaves."),
    Row(EVERY, WORKER, why="Nothing else is ever sent."),
)
_PAID_BACK: tuple[Row[PaidBack], ...] = (
    Row(NOT_SENT, CALLS, why=_NOT_SENT_YET),
    Row((*NOT_SENT, *SENT), ANYBODY, to="done", money=(on.done,), notice="done", alerts=(on.another_amount,),
        then=(on.end,)),
    Row(REFUSED, ANYBODY, to="done", money=(on.done,), notice="done", alerts=(on.late_success, on.another_amount),
        then=(on.end,)),
    Row(KEPT, ANYBODY, to="done", money=(on.retaken, on.done), notice="done",
        alerts=(on.late_success, on.another_amount), then=(on.end,),
        why="The payer has it, and must not have it twice."),
    Row(DONE, CALLS, then=(on.rest,), why="It is known."),
    Row(DONE, ADMIN, why="It is known."),
)
_PROCESSING: tuple[Row[PayBackProcessing], ...] = (
    Row(NOT_SENT, CALLS, why=_NOT_SENT_YET),
    Row(("sending", "unknown"), CALLS, to="processing", then=(on.learn, on.begin_polls)),
    Row(("processing",), CALLS, alerts=(heard.never_confirmed, on.stuck), then=(on.learn, on.poll)),
    Row(ENDED, CALLS, alerts=(heard.never_confirmed,), then=(on.ask_about_claim,), why=_SAID_MORE),
)
_REFUSED: tuple[Row[PayBackRefused], ...] = (
    Row(NOT_SENT, CALLS, why=_NOT_SENT_YET),
    Row(SENDING, PAY, when=on.float_is_low, to="waiting", alerts=(on.low_float,), then=(on.wait_for_float,),
        why="It was certainly not taken, and needs no person but one who fills the float."),
    Row(("processing", "unknown"), PAY, why=_SAID_MORE),
    Row(SENT, CALLS, to="refused", notice="refused", alerts=(on.was_refused,), then=(on.learn, on.end_refused)),
    Row(DONE, CALLS, alerts=(on.contradicted,), then=(on.ask_about_claim,),
        why="What went back once is never booked back on the word of a later failure."),
    Row(("refused", "kept"), CALLS, alerts=(heard.never_confirmed,), then=(on.ask_about_claim,)),
)
_NOT_SENT: tuple[Row[PayBackNotSent], ...] = (
    Row(SENDING, PAY, to="waiting", alerts=(heard.turned_away,), then=(on.try_later,)),
    Row(UNKNOWN, PAY, alerts=(heard.turned_away,), then=(on.try_later,),
        why="This call did nothing; the first one may have."),
    Row(EVERY, PAY, alerts=(heard.turned_away,), why=_SAID_MORE),
)
_UNKNOWN: tuple[Row[PayBackUnknown], ...] = (
    Row(SENDING, PAY, to="unknown", notice="checking", alerts=(on.unknown_answer,),
        then=(on.learn, on.rest_before_again), why="The money stays set aside until somebody knows."),
    Row(UNKNOWN, PAY, alerts=(on.unknown_answer,), then=(on.learn, on.poll, on.need_a_person)),
    Row(EVERY, PAY, why=_SAID_MORE),
)
_NO_SUCH: tuple[Row[NoSuch], ...] = (
    Row(NOT_SENT, LOOK_UP, why=_NOT_SENT_YET),
    Row(SENT, LOOK_UP, alerts=(heard.never_confirmed, on.stuck), then=(on.poll, on.need_a_person),
        why="After a lost answer it proves nothing: people decide."),
    Row(ENDED, LOOK_UP, alerts=(heard.never_confirmed,), then=(on.ask_about_claim,)),
)
_LOOK_UP_UNKNOWN: tuple[Row[LookUpUnknown], ...] = (
    Row(NOT_SENT, LOOK_UP, why=_NOT_SENT_YET),
    Row(SENT, LOOK_UP, alerts=(heard.turned_away, heard.strange, heard.never_confirmed, on.stuck), then=(on.poll,)),
    Row(ENDED, LOOK_UP, alerts=(heard.turned_away, heard.strange, heard.never_confirmed), then=(on.ask_about_claim,)),
)
_CLAIM: tuple[Row[Claim], ...] = (
    Row(EVERY, WEBHOOK, when=heard.names_another, alerts=(heard.foreign_claim,)),
    Row(EVERY, WEBHOOK, when=heard.is_badly_signed, alerts=(heard.forged_claim,),
        why="It is not even a reason to look."),
    Row(NOT_SENT, WEBHOOK, alerts=(heard.foreign_claim,), why=_NOT_SENT_YET),
    Row(DONE, WEBHOOK, when=heard.claims_failure, alerts=(on.contradicted,)),
    Row(DONE, WEBHOOK, why="It is known."),
    Row(EVERY, WEBHOOK, alerts=(heard.unknown_word,), then=(on.keep_claim,),
        why="It moves nothing by itself: a look-up does, or an admin."),
)
_KEPT: tuple[Row[Kept], ...] = (
    Row(("held", "waiting", "refused"), ADMIN, to="kept", money=(on.undone,), notice="kept", then=(on.rest,),
        why="It certainly did not go back."),
    Row(UNKNOWN, ADMIN, to="kept", money=(on.undone,), notice="kept", then=(on.rest,),
        why="Two people have found out that it did not go back."),
    Row(("sending", "processing"), ADMIN, why="The provider has it."),
    Row(("done", "kept"), ADMIN, why="It has ended already."),
)
_CALLED_BACK: tuple[Row[CalledBack], ...] = (
    Row(NOT_SENT, ORDER, to="kept", money=(on.undone,), then=(on.rest, on.keep_cause),
        why="It certainly did not leave, and pays for the order. Whoever takes it up for a call makes it `sending` in "
            "the transaction that leases it."),
    Row(EVERY, ORDER, why="It left, or may have, or has ended: the operator bears what the order costs."),
)
_DUE: tuple[Row[Due], ...] = (
    Row(HELD, WORKER, why="It waits for an admin."),
    Row(WAITING, WORKER, why="It is sent when it is due."),
    Row(SENT, WORKER, alerts=(heard.never_confirmed, on.stuck), then=(on.poll,)),
    Row(ENDED, WORKER, then=(on.ask_about_claim,)),
)
# fmt: on

# A row knows the type of its own event; no type can say which rows an event has.
TRANSITIONS: dict[type[Event], tuple[Row[Any], ...]] = {
    Approved: _APPROVED,
    Readdressed: _READDRESSED,
    Begun: _BEGUN,
    PaidBack: _PAID_BACK,
    PayBackProcessing: _PROCESSING,
    PayBackRefused: _REFUSED,
    PayBackNotSent: _NOT_SENT,
    PayBackUnknown: _UNKNOWN,
    NoSuch: _NO_SUCH,
    LookUpUnknown: _LOOK_UP_UNKNOWN,
    Claim: _CLAIM,
    Kept: _KEPT,
    CalledBack: _CALLED_BACK,
    Due: _DUE,
}
