"""Customers pay for themselves: a collection begun, settled, cancelled, and what its money then does. Pure.

Theory of operation. `begin` freezes what is to be paid for and writes the collection; the worker asks the payer. What
it hears comes back through `settle`, whoever brings it, and `bot.domain.collection` decides. A payment that is new is
booked once, under the provider's id for it, and in the same transaction what was quoted is bought if that still holds.
What is left stays as an advance or a float, or goes back to the number that paid (`paying`).
"""

from typing import Literal, cast

from bot.domain.catalog import FeeRule
from bot.domain.collecting import (
    Collected,
    CollectionClaim,
    CreateResult,
    ExpireResult,
    LookUpResult,
    LookUpUnknown,
    NotPaid,
)
from bot.domain.collection import (
    Applied,
    Collection,
    NoticeKind,
    cancel,
    created,
    expired,
    payment_key,
    take_webhook_claim,
    told,
)
from bot.notices import collecting as notices
from bot.repositories import collections
from bot.repositories.money import post
from bot.repositories.orders import note
from bot.store import Script
from bot.transactions.allowances import may_ask
from bot.transactions.installation import Installation
from bot.transactions.paying import follow_payments
from bot.transactions.payment_news import PaymentResult, pause_where_busy, tell, tell_admins
from bot.transactions.unit import Unit


def settle(
    installation: Installation,
    collection_id: str,
    said: CreateResult | LookUpResult | ExpireResult,
    by: Literal["create", "look_up", "expire", "admin"],
    now: int,
    *,
    leased: bool = False,
) -> Script[PaymentResult | None]:
    """Let an answer act on a collection; None when there is none. `leased`: the lease that the caller got with its job
    ends here.
    """
    collection = yield from collections.load(collection_id)
    if collection is None:
        return None
    if leased:
        yield from collections.unlease(installation.owner, collection_id)
    yield from pause_where_busy(installation, said, now)
    result = PaymentResult()
    yield from settle_collection(installation, collection, said, by, now, result)
    return result


def settle_collection(
    installation: Installation,
    collection: Collection,
    said: CreateResult | LookUpResult | ExpireResult,
    by: Literal["create", "look_up", "expire", "admin"],
    now: int,
    result: PaymentResult,
) -> Script[None]:
    """The same with the collection as it is now, inside a transaction of the caller's."""
    if isinstance(said, Collected):
        said = yield from _ours(collection, said)
    match by:
        case "create":
            # A call was answered; what a look-up alone can say is none of its answers.
            applied = created(collection, cast(CreateResult, said), now)
        case "expire":
            applied = expired(collection, cast(ExpireResult, said), now)
        case _:
            terms = installation.shop.collecting
            fee = FeeRule() if terms is None else terms.provider_fee
            applied = told(collection, cast(LookUpResult, said), now, provider_fee=fee, by=by)
    yield from write_applied(installation, collection, applied, now, f"{by}: {type(said).__name__}", result)


def _ours(collection: Collection, said: Collected) -> Script[LookUpResult]:
    """A look-up without the payments that were taken to another collection."""
    ours = []
    for payment in said.payments:
        key = payment.transaction_id
        taken_by = None if key is None else (yield from collections.taken_by(key))
        if taken_by in (None, collection.id):
            ours.append(payment)
    if ours or not said.payments:
        return Collected(tuple(ours))
    return LookUpUnknown("foreign", "a payment of another collection", strange=True)


def take_claim(
    installation: Installation, collection_id: str, claim: CollectionClaim, now: int
) -> Script[PaymentResult | None]:
    """A webhook spoke of a collection: it is looked up soon. None when there is none."""
    collection = yield from collections.load(collection_id)
    if collection is None:
        return None
    result = PaymentResult()
    applied = take_webhook_claim(collection, claim, now)
    yield from write_applied(installation, collection, applied, now, f"webhook: {claim.status}", result)
    if applied.moved:
        yield from collections.await_answer(collection_id, now)
    return result


def write_applied(
    installation: Installation, before: Collection, applied: Applied, now: int, what: str, result: PaymentResult
) -> Script[None]:
    """Write what an event did: the collection, its money and what that does, its journal, and who is told."""
    after = applied.collection
    if applied.moved:
        yield from collections.save(after)
    if after.state != before.state:
        result.moves.append(("collection", after.state))
    for transfer in applied.transfers:
        yield from post(transfer, now, installation.default_credit_limit_xof)
    if after.state != before.state or applied.alerts or applied.payments:
        detail = "; ".join(f"{item.kind} {item.detail}".strip() for item in applied.alerts) or after.reason
        yield from note(after.id, now, what, after.state, detail)
    fresh = []
    for at, payment in enumerate(applied.payments, len(after.payments) - len(applied.payments)):
        key = payment_key(after, payment, at)
        yield from collections.take(key, after.id, payment, now)
        fresh.append((key, payment))
    for kind in applied.notices:
        if fresh:
            yield from follow_payments(installation, before.state, after, tuple(fresh), kind, now, result)
        else:
            yield from _tell(installation, after, kind, now, result)
    for item in applied.alerts:
        yield from tell_admins(installation, after, item.kind, item.detail, now, result)


def _tell(
    installation: Installation, collection: Collection, kind: NoticeKind, now: int, result: PaymentResult
) -> Script[None]:
    result.posted += yield from tell(
        installation,
        collection.address,
        collection.language,
        lambda t: notices.collection_news(t, collection, kind),
        now,
        collection_id=collection.id,
        holds=not collection.is_final,
    )


# What people do.


def call_off(unit: Unit, collection: Collection) -> Script[None]:
    """The customer does not want to pay any more. What was opened is ended, where it can be."""
    terms = unit.installation.shop.collecting
    result = PaymentResult()
    applied = cancel(collection, unit.now, can_be_ended=terms is not None and terms.abilities.expires)
    yield from write_applied(unit.installation, collection, applied, unit.now, "customer: cancel", result)
    unit.posted += result.posted
    unit.collect.append(collection.id)


def ask_about(unit: Unit, collection: Collection) -> Script[bool]:
    """Somebody says that they have paid: it is looked up at once. False for who asks again and again: it is looked up
    in its own time.
    """
    own = collection.customer == unit.customer
    if own and not (yield from may_ask(unit.installation.limits.asks, unit.customer, unit.now)):
        return False
    yield from collections.await_answer(collection.id, unit.now)
    unit.collect.append(collection.id)
    return True


def decide(unit: Unit, collection: Collection, said: Collected | NotPaid) -> Script[None]:
    """An admin says what became of a collection: it is settled as by a look-up, and their name is noted."""
    yield from note(collection.id, unit.now, f"admin {unit.address}", collection.state, type(said).__name__)
    result = PaymentResult()
    yield from settle_collection(unit.installation, collection, said, "admin", unit.now, result)
    unit.posted += result.posted
    unit.wake += result.orders
