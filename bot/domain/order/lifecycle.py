"""What can happen to an order: each is read into a case, looked up in the table, and done. Pure.

Nothing here decides. `transitions` says what follows; `_follow` does it, and is the one place where a state is set.
"""

from msgspec.structs import replace

from bot.domain.catalog import Service
from bot.domain.ledger import Transfer
from bot.domain.order.case import Begun, Cancelled, Case, Changes, Claim, Due, Event, Queued, merge_details, read
from bot.domain.order.schedule import claim
from bot.domain.order.states import Alert, Applied, Order, Source
from bot.domain.order.transitions import row_of
from bot.domain.outcome import Outcome, Unknown, WebhookClaim


def apply(
    order: Order, outcome: Outcome, *, source: Source, service: Service, now: int, available_xof: int = 0
) -> Applied:
    """What `outcome`, brought by `source`, does to the order.

    `available_xof` is what the customer could spend now; it matters only when money that was given back must be
    taken again. `service` tells the provider's configured fee, used where the provider told none.
    """
    return _follow(read(order, outcome, source, service, now, available_xof))


def begin(order: Order, now: int) -> Order:
    """The order as it stands while a pay call is in flight; stored before the call leaves."""
    return _follow(Case(order, Begun(), "worker", now)).order


def queued(order: Order, now: int, wait_ms: int) -> Applied:
    """The provider's budget makes an order wait for its first pay call: if that is long, the customer is told once."""
    return _follow(Case(order, Queued(wait_ms), "worker", now))


def interrupted(order: Order, now: int) -> Applied:
    """A pay call was in flight when its process died: nobody knows whether it arrived."""
    event = Unknown("interrupted")
    return _follow(Case(order, event, "pay", now, merge_details(order, event.details)))


def cancel(order: Order, now: int) -> Applied:
    """The customer calls back an order that has certainly not been sent."""
    return _follow(Case(order, Cancelled(), "customer", now))


def take_webhook_claim(order: Order, webhook_claim: WebhookClaim, now: int) -> Applied:
    """A webhook spoke: keep what it claims and look the payment up at once. It moves nothing by itself."""
    kept, differs = claim(order, webhook_claim)
    return _follow(Case(order, Claim(webhook_claim, kept, differs), "webhook", now))


def tick(order: Order, now: int) -> Applied:
    """An order is due and there is nothing to ask: move along the poll table."""
    return _follow(Case(order, Due(), "worker", now))


def _follow(case: Case[Event]) -> Applied:
    """Do what the table's row says."""
    row = row_of(case)
    order = case.order
    changes: Changes = {}
    for action in row.then:
        changes |= action(case)
    if row.to is not None:
        order = replace(order, state=row.to, **changes)
    elif changes:
        order = replace(order, **changes)
    transfers: tuple[Transfer, ...] = ()
    alerts: tuple[Alert, ...] = ()
    if row.money:
        transfers = tuple([move(case, order) for move in row.money])
    if row.alerts:
        alerts = tuple([raised for alert in row.alerts if (raised := alert(case)) is not None])
    notices = (row.notice,) if row.notice is not None and (row.notice_when is None or row.notice_when(case)) else ()
    return Applied(order, order is not case.order or case.brings_codes, transfers, notices, alerts)
