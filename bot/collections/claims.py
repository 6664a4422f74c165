"""Collections and pay-backs taken up: claimed when they are due, with a place in the provider's budget. Pure.

A claim that finds a call whose process died knows that it may or may not have left, and says so. What another
collector opened, before the operator chose this one, nobody can ask about any more: a person does.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from bot.domain import collection as collecting
from bot.domain import payback as paying_back
from bot.domain.collecting import CollectionClaim
from bot.domain.heard import known_id
from bot.repositories import collections, paybacks
from bot.repositories.collections import collection_of
from bot.repositories.leases import CLOCK_TRUST_MS, LOOK_UP_LEASE_MS, PAY_LEASE_MS, lease_bounds
from bot.repositories.orders import note
from bot.repositories.paybacks import payback_of
from bot.shop import CollectingTerms
from bot.store import Row, Script
from bot.transactions import collections as settling
from bot.transactions import paybacks as settling_back
from bot.transactions.budget import Kind, take_budget
from bot.transactions.installation import Installation
from bot.transactions.payment_news import PaymentJob, PaymentResult, tell_admins


class Due(Struct, frozen=True):
    """What is due, by id."""

    collections: tuple[str, ...] = ()
    paybacks: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.collections or self.paybacks)


def due_ids(installation: Installation, now: int, count: int, *, trusts_clock: bool = True) -> Script[Due]:
    """The ids of what is due, the longest waiting first; read beside the transactions."""
    expired, never = lease_bounds(now, trusts_clock)
    due: dict[str, str | int | None] = {
        "now": now,
        "owner": installation.owner,
        "expired": expired,
        "never": never,
        "count": count,
    }
    # Written before the clock was set back.
    ahead: dict[str, str | int | None] = {"ahead": now + CLOCK_TRUST_MS, "count": count}
    asked = [*(yield "collections_due", due), *(yield "collections_ahead", ahead)]
    back = [*(yield "paybacks_due", due), *(yield "paybacks_ahead", ahead)]
    return Due(
        tuple(dict.fromkeys(str(row["id"]) for row in asked)), tuple(dict.fromkeys(str(row["id"]) for row in back))
    )


def claim_all(installation: Installation, due: Due, now: int, *, trusts_clock: bool = True) -> Script[PaymentResult]:
    """Take up those that are still due; what finds no place in the budget waits."""
    result = PaymentResult()
    for collection_id in due.collections:
        yield from _collection(installation, collection_id, now, trusts_clock, result)
    for payback_id in due.paybacks:
        yield from _payback(installation, payback_id, now, trusts_clock, result)
    return result


def _due(installation: Installation, id_: str, now: int, trusts_clock: bool) -> dict[str, str | int | None]:
    expired, never = lease_bounds(now, trusts_clock)
    return {"id": id_, "owner": installation.owner, "expired": expired, "never": never}


def _collection(
    installation: Installation, collection_id: str, now: int, trusts_clock: bool, result: PaymentResult
) -> Script[None]:
    for row in (yield "collection_due_now", _due(installation, collection_id, now, trusts_clock)):
        collection, terms = collection_of(row), installation.shop.collecting
        if terms is None or terms.collector != collection.collector:
            yield from collections.hold_for_person(collection_id, now)
            yield from tell_admins(installation, collection, "stuck", collection.collector, now, result)
        elif collection.state == "opening":
            applied = collecting.interrupted(collection, now)
            yield from settling.write_applied(installation, collection, applied, now, "interrupted", result)
        else:
            yield from _ask(installation, terms, collection, row, now, result)


def _ask(
    installation: Installation,
    terms: CollectingTerms,
    collection: collecting.Collection,
    row: Row,
    now: int,
    result: PaymentResult,
) -> Script[None]:
    step = collecting.next_step(collection, terms.abilities)
    if step == "tick":
        applied = collecting.tick(collection, now)
        yield from settling.write_applied(installation, collection, applied, now, "nothing to ask", result)
        return
    waited_for = row["awaited_at"] is not None or collection.webhook_claim is not None
    kind: Kind = "look_up" if step != "look_up" or waited_for else "poll"
    if (yield from _must_wait(installation, kind, now, result)):
        return
    if step in ("create", "again"):
        begun = collecting.begin(collection, now)
        yield from collections.save(begun)
        yield from note(collection.id, now, f"{step} begun", begun.state)
        collection = replace(begun, version=begun.version + 1)
    until = now + (LOOK_UP_LEASE_MS if step == "look_up" else PAY_LEASE_MS)
    yield "collection_lease", {"id": collection.id, "owner": installation.owner, "until": until}
    result.jobs.append(PaymentJob(collection, step, known_id(collection)))


def _payback(
    installation: Installation, payback_id: str, now: int, trusts_clock: bool, result: PaymentResult
) -> Script[None]:
    for row in (yield "payback_due_now", _due(installation, payback_id, now, trusts_clock)):
        payback, terms = payback_of(row), installation.shop.collecting
        if terms is None or terms.collector != payback.collector:
            yield from paybacks.hold_for_person(payback_id, now)
            yield from tell_admins(installation, payback, "stuck", payback.collector, now, result)
        elif payback.state == "sending":
            applied = paying_back.interrupted(payback, now)
            yield from settling_back.write_applied(installation, payback, applied, now, "interrupted", result)
        elif payback.state == "waiting" and (yield from settling_back.is_overtaken(payback)):
            yield from paybacks.hold_for_person(payback_id, now)
            yield from tell_admins(installation, payback, "stuck", "the order was delivered", now, result)
        else:
            yield from _send(installation, terms, payback, now, result)


def _send(
    installation: Installation, terms: CollectingTerms, payback: paying_back.PayBack, now: int, result: PaymentResult
) -> Script[None]:
    step = paying_back.next_step(payback, terms.abilities)
    if step == "tick":
        applied = paying_back.tick(payback, now)
        yield from settling_back.write_applied(installation, payback, applied, now, "nothing to ask", result)
        return
    if (yield from _must_wait(installation, "poll" if step == "look_up" else "look_up", now, result)):
        return
    if step in ("pay", "again"):
        begun = paying_back.begin(payback, now)
        yield from paybacks.save(begun)
        yield from note(payback.id, now, f"{step} begun", begun.state)
        payback = replace(begun, version=begun.version + 1)
    until = now + (LOOK_UP_LEASE_MS if step == "look_up" else PAY_LEASE_MS)
    yield "payback_lease", {"id": payback.id, "owner": installation.owner, "until": until}
    result.jobs.append(PaymentJob(payback, step, known_id(payback)))


def _must_wait(installation: Installation, kind: Kind, now: int, result: PaymentResult) -> Script[bool]:
    """Whether the provider's budget has no place now; the next sweep asks again, so nobody stands in line for it."""
    wait_ms = yield from take_budget(installation, kind, now, waits=False)
    if wait_ms:
        result.wait_ms = min(result.wait_ms or wait_ms, wait_ms)
    return bool(wait_ms)


def claim_heard(installation: Installation, id_: str, claim: CollectionClaim, now: int) -> Script[PaymentResult | None]:
    """A webhook spoke of a collection, or of a pay-back; None when there is neither."""
    result = yield from settling.take_claim(installation, id_, claim, now)
    return result if result is not None else (yield from settling_back.take_claim(installation, id_, claim, now))


def set_aside(installation: Installation, id_: str, problem: str, now: int) -> Script[PaymentResult]:
    """What cannot be worked on waits for a person, so that nothing else waits for it."""
    result = PaymentResult()
    about: collecting.Collection | paying_back.PayBack | None = yield from collections.load(id_)
    if about is not None:
        yield from collections.hold_for_person(id_, now)
    else:
        about = yield from paybacks.load(id_)
        yield from paybacks.hold_for_person(id_, now)
    yield from note(id_, now, "set aside", "stuck", problem)
    if about is not None:
        yield from tell_admins(installation, about, "stuck", problem, now, result)
    return result


def leased_to(owner: str) -> Script[list[str]]:
    """What is leased to a process."""
    asked = yield "collections_leased_to", {"owner": owner}
    back = yield "paybacks_leased_to", {"owner": owner}
    return [str(row["id"]) for row in (*asked, *back)]


def release(owner: str, ids: Iterable[str]) -> Script[None]:
    """Let go of what is in nobody's hands."""
    for id_ in ids:
        yield from collections.unlease(owner, id_)
        yield from paybacks.unlease(owner, id_)
