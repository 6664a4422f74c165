"""What can happen to a collection: each is read into a case, looked up in the table, and done. Pure.

Nothing here decides. `transitions` says what follows; `_follow` does it, and is the one place where a state is set.
"""

from msgspec.structs import replace

from bot.domain.catalog import FeeRule
from bot.domain.collecting import (
    CollectionClaim,
    CreateResult,
    ExpireResult,
    LookUpResult,
    OpeningUnknown,
)
from bot.domain.collection.case import Begun, Cancelled, Case, Changes, Due, Event, read
from bot.domain.collection.states import Applied, Bringer, Collection
from bot.domain.collection.transitions import TRANSITIONS, Row
from bot.domain.heard import Alert, Claim
from bot.domain.ledger import Transfer
from bot.domain.table import row_of


def created(collection: Collection, result: CreateResult, now: int) -> Applied:
    """What an answer to a create does to the collection."""
    return _follow(Case(collection, result, "create", now))


def told(
    collection: Collection, result: LookUpResult, now: int, *, provider_fee: FeeRule, by: Bringer = "look_up"
) -> Applied:
    """What a look-up, or an admin (`by`), says of the collection. `provider_fee` is the configured one."""
    return _follow(read(collection, result, by, now, provider_fee))


def expired(collection: Collection, result: ExpireResult, now: int) -> Applied:
    """What an answer to an expire does to the collection."""
    return _follow(Case(collection, result, "expire", now))


def begin(collection: Collection, now: int) -> Collection:
    """The collection as it stands while a create is in flight; stored before the call leaves."""
    return _follow(Case(collection, Begun(), "worker", now)).collection


def interrupted(collection: Collection, now: int) -> Applied:
    """A create was in flight when its process died: nobody knows whether it arrived."""
    return _follow(Case(collection, OpeningUnknown("interrupted"), "create", now))


def cancel(collection: Collection, now: int, *, can_be_ended: bool) -> Applied:
    """The customer does not want it any more. `can_be_ended`: the collector can end what was opened."""
    return _follow(Case(collection, Cancelled(can_be_ended), "customer", now))


def take_webhook_claim(collection: Collection, claim: CollectionClaim, now: int) -> Applied:
    """A webhook spoke: look it up at once. It moves nothing by itself."""
    return _follow(Case(collection, Claim(claim), "webhook", now))


def tick(collection: Collection, now: int) -> Applied:
    """It is due, and there is nothing to ask."""
    return _follow(Case(collection, Due(), "worker", now))


def _follow(case: Case[Event]) -> Applied:
    """Do what the table's row says."""
    row: Row[Event] = row_of(TRANSITIONS[type(case.event)], case.collection.state, case.by, case)
    collection = case.collection
    changes: Changes = {}
    for action in row.then:
        changes |= action(case)
    if row.to is not None:
        collection = replace(collection, state=row.to, **changes)
    elif changes:
        collection = replace(collection, **changes)
    transfers: tuple[Transfer, ...] = tuple(each for move in row.money for each in move(case))
    alerts: tuple[Alert, ...] = tuple(raised for alert in row.alerts if (raised := alert(case)) is not None)
    notices = () if row.notice is None else (row.notice,)
    moved = collection != case.collection
    return Applied(collection, moved, case.fresh if row.money else (), transfers, notices, alerts)
