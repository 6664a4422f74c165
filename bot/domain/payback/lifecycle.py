"""What can happen to a pay-back: each is looked up in the table, and done. Pure.

Nothing here decides. `transitions` says what follows; `_follow` does it, and is the one place where a state is set.
"""

from msgspec.structs import replace

from bot.domain.catalog import FeeRule
from bot.domain.collecting import CollectionClaim, Method, PaidBack, PayBackLookUp, PayBackResult, PayBackUnknown
from bot.domain.heard import Alert, Claim
from bot.domain.ledger import Transfer, pay_back_asked
from bot.domain.payback.case import Approved, Begun, CalledBack, Case, Changes, Due, Event, Kept, Readdressed
from bot.domain.payback.states import Applied, PayBack
from bot.domain.payback.transitions import TRANSITIONS, Row
from bot.domain.table import row_of


def ask(payback: PayBack) -> Transfer:
    """The money of a new pay-back is set aside."""
    return pay_back_asked(payback.id, payback.customer, payback.amount_xof)


def paid(
    payback: PayBack, result: PayBackResult, now: int, *, provider_fee: FeeRule, available_xof: int = 0
) -> Applied:
    """What an answer to a call does to the pay-back."""
    return _follow(Case(payback, result, "pay", now, provider_fee, available_xof))


def told(
    payback: PayBack, result: PayBackLookUp, now: int, *, provider_fee: FeeRule, available_xof: int = 0
) -> Applied:
    """What a look-up says of the pay-back. `available_xof` is what the customer could spend now."""
    return _follow(Case(payback, result, "look_up", now, provider_fee, available_xof))


def decided_paid(payback: PayBack, now: int, *, provider_fee: FeeRule, available_xof: int = 0) -> Applied:
    """Admins found out that it went back, or sent the money themselves."""
    return _follow(Case(payback, PaidBack(), "admin", now, provider_fee, available_xof))


def decided_kept(payback: PayBack, now: int) -> Applied:
    """Admins decide that the money stays the customer's."""
    return _follow(Case(payback, Kept(), "admin", now))


def approve(payback: PayBack, now: int) -> Applied:
    """An admin confirms it."""
    return _follow(Case(payback, Approved(), "admin", now))


def readdress(payback: PayBack, payer: str, method: Method, now: int) -> Applied:
    """An admin asked the customer: it goes to another number, by that method."""
    return _follow(Case(payback, Readdressed(payer, method), "admin", now))


def call_back(payback: PayBack, now: int) -> Applied:
    """The order for which it was paid succeeds after all: what has not left does not leave any more."""
    return _follow(Case(payback, CalledBack(), "order", now))


def begin(payback: PayBack, now: int) -> PayBack:
    """The pay-back as it stands while a call is in flight; stored before the call leaves."""
    return _follow(Case(payback, Begun(), "worker", now)).payback


def interrupted(payback: PayBack, now: int) -> Applied:
    """A call was in flight when its process died: nobody knows whether it arrived."""
    return _follow(Case(payback, PayBackUnknown("interrupted"), "pay", now))


def take_webhook_claim(payback: PayBack, claim: CollectionClaim, now: int) -> Applied:
    """A webhook spoke: look it up at once. It moves nothing by itself."""
    return _follow(Case(payback, Claim(claim), "webhook", now))


def tick(payback: PayBack, now: int) -> Applied:
    """It is due, and there is nothing to ask."""
    return _follow(Case(payback, Due(), "worker", now))


def _follow(case: Case[Event]) -> Applied:
    """Do what the table's row says."""
    row: Row[Event] = row_of(TRANSITIONS[type(case.event)], case.payback.state, case.by, case)
    payback = case.payback
    changes: Changes = {}
    for action in row.then:
        changes |= action(case)
    if row.to is not None:
        payback = replace(payback, state=row.to, **changes)
    elif changes:
        payback = replace(payback, **changes)
    transfers: tuple[Transfer, ...] = tuple(move(case) for move in row.money)
    alerts: tuple[Alert, ...] = tuple(raised for alert in row.alerts if (raised := alert(case)) is not None)
    notices = () if row.notice is None else (row.notice,)
    return Applied(payback, payback != case.payback, transfers, notices, alerts)
