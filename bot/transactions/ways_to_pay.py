"""How a customer can pay for themselves: the ways that are open with their sums, and a collection begun. Pure.

Nothing is asked of anybody here: a collection is written with what it pays for, frozen, and the worker asks the payer.
"""

from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.collecting import Method, Way
from bot.domain.collection import Collection
from bot.domain.quote import Quote
from bot.repositories import collections
from bot.repositories.money import available_of
from bot.repositories.orders import load_order, note
from bot.shop import COLLECTION_MS, CollectingTerms, ShopSettings
from bot.store import Script
from bot.transactions.allowances import may_ask
from bot.transactions.paying import MONTH_MS
from bot.transactions.people import shop_now, standing_of
from bot.transactions.unit import Unit

# A way fails more than usual when so many of the last hour came to nothing by themselves, and they are at least half.
LATELY_MS: Final = 3_600_000
MANY_FAILED: Final = 3
_FAILED: Final = ("not_opened", "unknown")

Why: TypeAlias = Literal[
    "closed", "sum", "number", "live", "bought", "no_advances", "held_most", "month_most", "prompted"
]


class Asked(Struct, frozen=True):
    """What a payer would be asked for: so much in all, `fee_xof` of it for collecting."""

    amount_xof: int
    fee_xof: int


class NotBegun(Struct, frozen=True):
    """Why nobody is asked to pay: no such way is open, it does not take the sum, the payer's number is wanted; another
    `collection` for the same may still be paid, it is bought already; no advance may be had, or not so much; or too
    many telephones were asked that did not pay.
    """

    why: Why
    collection: Collection | None = None


def asked(terms: CollectingTerms, wanted_xof: int) -> Asked:
    """What is asked of a payer so that a sum is there."""
    fee_xof = terms.fee.fee_xof(wanted_xof)
    return Asked(wanted_xof + fee_xof, fee_xof)


class AdvanceLeft(Struct, frozen=True):
    """How much may be added to an advance: so that no more than its bound is held, and no more than the month's came in
    within 30 days.
    """

    held_xof: int
    month_xof: int


def begin(
    unit: Unit,
    collection_id: str,
    method: Method,
    what: Quote | int,
    payer: str | None = None,
) -> Script[Collection | NotBegun]:
    """Ask a payer for what a quote costs, or for a sum to have here. `payer` is their number, nine digits.

    The quote may be the customer's own or any that they may confirm: whoever asks has looked at that.
    """
    terms = unit.installation.shop.collecting
    way = None if terms is None else terms.way(method)
    if terms is None or way is None:
        return NotBegun("closed")
    quote = what if isinstance(what, Quote) else None
    sums = asked(terms, what.total_xof if isinstance(what, Quote) else what)
    if not way.takes(sums.amount_xof):
        return NotBegun("sum")
    if way.needs_number and payer is None:
        return NotBegun("number")
    refused = yield from (_barred_quote(quote) if quote is not None else _barred_advance(unit, terms, sums))
    if refused is not None:
        return refused
    if payer is not None and way.kind in ("prompt", "code") and not (yield from _may_prompt(unit, method, payer)):
        return NotBegun("prompted")
    expires_at = unit.now + COLLECTION_MS
    collection = Collection(
        id=collection_id,
        address=unit.address,
        customer=unit.customer,
        language=unit.language,
        collector=terms.collector,
        method=method,
        kind=way.kind,
        amount_xof=sums.amount_xof,
        fee_xof=sums.fee_xof,
        created_at=unit.now,
        updated_at=unit.now,
        expires_at=expires_at,
        due_at=unit.now,
        quote_id=None if quote is None else quote.id,
        payer=payer,
    )
    frozen = None if quote is None else replace(quote, expires_at=expires_at)
    if (yield from collections.add(collection, frozen)):
        yield from note(collection.id, unit.now, "begun", collection.state)
        unit.collect.append(collection.id)
    return collection


def _may_prompt(unit: Unit, method: Method, payer: str) -> Script[bool]:
    """Whether a telephone may be asked to pay: anybody's number can be typed, and a request on a stranger's telephone
    is a nuisance, or bait. One that has paid for this customer is theirs.
    """
    if (yield from collections.payer_of(unit.customer, method)) == payer:
        return True
    limits = unit.installation.limits
    if not (yield from may_ask(limits.prompts, unit.customer, unit.now, "prompt")):
        return False
    return (yield from may_ask(limits.prompts_number, f"number:{payer}", unit.now, "prompt"))


def _barred_quote(quote: Quote) -> Script[NotBegun | None]:
    """Why a quote is not to be paid for: never twice while the first may be paid."""
    if (yield from load_order(quote.id)) is not None:
        return NotBegun("bought")
    before = yield from collections.for_quote(quote.id)
    if before is None or (before.is_final and before.state != "paid"):
        return None
    return NotBegun("bought" if before.state == "paid" else "live", before)


def _barred_advance(unit: Unit, terms: CollectingTerms, sums: Asked) -> Script[NotBegun | None]:
    """Why a sum may not be had here. What a reseller has is a trade account, and has no bounds."""
    _, reseller, _ = yield from standing_of(unit.address, unit.customer, unit.installation)
    if reseller is not None:
        return None
    if not (yield from shop_now(unit.installation)).keeps_advances:
        return NotBegun("no_advances")
    left = yield from advance_left(unit.customer, terms, unit.now)
    wanted_xof = sums.amount_xof - sums.fee_xof
    if wanted_xof > left.held_xof:
        return NotBegun("held_most")
    return NotBegun("month_most") if wanted_xof > left.month_xof else None


def advance_left(customer: str, terms: CollectingTerms, now: int) -> Script[AdvanceLeft]:
    """How much more a customer may have here."""
    available_xof = yield from available_of(customer)
    month_xof = yield from collections.kept_since(customer, now - MONTH_MS)
    return AdvanceLeft(
        max(0, terms.advance_most_xof - available_xof),
        max(0, terms.advance_month_xof - month_xof),
    )


class Offer(Struct, frozen=True):
    """One way to pay as it is offered: what the payer would be asked for, `fee_xof` of it for collecting."""

    way: Way
    amount_xof: int
    fee_xof: int


def ways(shop: ShopSettings, wanted_xof: int, now: int) -> Script[tuple[Offer, ...]]:
    """The ways by which a sum can be paid, in the operator's order; one that fails more than usual comes last, until it
    does better.
    """
    terms = shop.collecting
    if terms is None:
        return ()
    sums = asked(terms, wanted_xof)
    offers = [
        Offer(way, sums.amount_xof, sums.fee_xof)
        for method in terms.methods
        if (way := terms.way(method)) is not None and way.takes(sums.amount_xof)
    ]
    failing = yield from failing_methods(now)
    return tuple(sorted(offers, key=lambda offer: offer.way.method in failing))


def failing_methods(now: int) -> Script[frozenset[Method]]:
    """The ways to pay that fail more than usual: they could not be opened, or nobody answered."""
    many: dict[Method, int] = {}
    failed: dict[Method, int] = {}
    for lately in (yield from collections.lately(now - LATELY_MS)):
        many[lately.method] = many.get(lately.method, 0) + lately.many
        if lately.state in _FAILED:
            failed[lately.method] = failed.get(lately.method, 0) + lately.many
    return frozenset(method for method, count in failed.items() if count >= MANY_FAILED and 2 * count >= many[method])
