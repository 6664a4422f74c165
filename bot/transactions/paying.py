"""What the money of a collection does once it is there: it buys, stays, or goes back. Pure.

Theory of operation. What was quoted is bought, if it still holds: the service is sold, the account may buy, nobody has
bought it meanwhile, and the money suffices. What is left of each payment stays where it may (a reseller's float, or an
advance within its bounds), and the rest goes back to the number that paid it. Everything happens in the transaction
that books the payment, so no franc is ever between two homes.
"""

from typing import Final

from msgspec import Struct

from bot.domain.collecting import Payment
from bot.domain.collection import Collection, NoticeKind
from bot.domain.collection import State as CollectionState
from bot.domain.ledger import collecting_fee
from bot.domain.quote import Quote
from bot.notices import collecting as notices
from bot.notices.collecting import Fate, NotBought
from bot.repositories import collections
from bot.repositories.money import available_of, balance_of, post
from bot.repositories.orders import load_order, note, twin_of
from bot.repositories.people import Terms
from bot.shop import ShopSettings, is_prepaid
from bot.store import Script
from bot.transactions.installation import Installation
from bot.transactions.paybacks import ask_back
from bot.transactions.payment_news import PaymentResult, tell
from bot.transactions.people import shop_now, standing_of
from bot.transactions.purchases import place
from bot.transactions.selling import day_left_xof
from bot.transactions.unit import Unit

MONTH_MS: Final = 30 * 86_400_000
# What was paid after its time still buys prepaid electricity for so long, where nothing about it has changed.
LATE_MS: Final = 86_400_000


class Standing(Struct, frozen=True):
    """Under which rules the payer's money comes in."""

    shop: ShopSettings
    reseller: Terms | None
    frozen: bool

    @property
    def stays(self) -> bool:
        """Whether what they have may stay here."""
        return self.reseller is not None or self.shop.keeps_advances


def follow_payments(
    installation: Installation,
    before: CollectionState,
    collection: Collection,
    fresh: tuple[tuple[str, Payment], ...],
    kind: NoticeKind,
    now: int,
    result: PaymentResult,
) -> Script[None]:
    """Let the payments that are new, each with its key, do what they were for. `before` is the state in which they
    came.
    """
    shop = yield from shop_now(installation)
    _, reseller, frozen = yield from standing_of(collection.address, collection.customer, installation)
    standing = Standing(shop, reseller, frozen)
    quote = yield from collections.quote_of(collection.id)
    paid_xof = sum(payment.amount_xof for _, payment in fresh)
    number = len(collection.payments) - len(fresh)
    why: NotBought | None = None
    spent_xof, bought = 0, False
    if quote is not None:
        why = yield from _why_not(installation, standing, before, collection, quote, fresh, now)
        if why is None:
            yield from _buy(installation, collection, quote, now, result)
            spent_xof, bought = quote.total_xof + collection.fee_xof, True
    elif standing.stays and not number and paid_xof >= collection.amount_xof:
        # Once, however often they pay.
        yield from _take_fee(installation, collection, now)
        spent_xof = collection.fee_xof
    kept_xof, back_xof, held, homeless_xof = 0, 0, False, 0
    later_xof = paid_xof
    for at, (key, payment) in enumerate(fresh):
        rest_xof = max(0, payment.amount_xof - spent_xof)
        spent_xof = max(0, spent_xof - payment.amount_xof)
        later_xof -= payment.amount_xof
        stays_xof = yield from _stays(installation, standing, collection, rest_xof, later_xof - spent_xof, now)
        if stays_xof:
            yield from collections.keep_advance(key, stays_xof)
            kept_xof += stays_xof
        if rest_xof > stays_xof:
            payer = payment.payer or collection.payer
            payback = yield from ask_back(
                installation, collection, f"{collection.id}B{number + at}", rest_xof - stays_xof, payer, now, result
            )
            if payback is None:
                there_xof = max(0, (yield from available_of(collection.customer)))
                homeless_xof += min(rest_xof - stays_xof, there_xof)
            else:
                back_xof += payback.amount_xof
                held = held or payback.state == "held"
    yield from _remember(collection, now)
    balance = yield from balance_of(collection.customer, installation.default_credit_limit_xof)
    fate = Fate(
        paid_xof,
        quote if bought else None,
        why,
        kept_xof,
        back_xof,
        homeless_xof,
        held,
        balance.available_xof,
        trade=standing.reseller is not None,
    )
    result.posted += yield from tell(
        installation,
        collection.address,
        collection.language,
        lambda t: notices.paid_news(t, collection, kind, fate),
        now,
        collection_id=collection.id,
        holds=False,
    )


def _why_not(
    installation: Installation,
    standing: Standing,
    before: CollectionState,
    collection: Collection,
    quote: Quote,
    fresh: tuple[tuple[str, Payment], ...],
    now: int,
) -> Script[NotBought | None]:
    """Why what was quoted is not bought with these payments; None where it is."""
    if (yield from load_order(quote.id)) is not None:
        return "bought"
    if standing.frozen:
        return "frozen"
    service = standing.shop.catalog[quote.service]
    if quote.service in standing.shop.maintenance or not service.minimum_xof <= quote.amount_xof <= service.maximum_xof:
        return "closed"
    paid_at = min(now if payment.paid_at is None else min(payment.paid_at, now) for _, payment in fresh)
    if before == "cancelled":
        return "cancelled"
    if paid_at >= collection.expires_at and not (yield from _holds_late(standing, collection, quote, now)):
        return "late"
    left_xof = yield from day_left_xof(collection.customer, standing.reseller, now)
    if left_xof is not None and left_xof < quote.total_xof:
        return "limit"
    # In full by these payments, or where money stays here, with what is there already.
    balance = yield from balance_of(collection.customer, installation.default_credit_limit_xof)
    in_full = standing.stays or sum(payment.amount_xof for _, payment in fresh) >= collection.amount_xof
    return None if in_full and balance.spendable_xof >= collection.amount_xof else "short"


def _holds_late(standing: Standing, collection: Collection, quote: Quote, now: int) -> Script[bool]:
    """Whether a quote holds that was paid after its time. What a bill comes to may have changed; electricity has the
    same price, unless the fee has changed, or was bought otherwise meanwhile.
    """
    if now >= collection.expires_at + LATE_MS or not is_prepaid(quote.service):
        return False
    if standing.shop.catalog[quote.service].fee.fee_xof(quote.amount_xof) != quote.fee_xof:
        return False
    return (yield from twin_of(collection.customer, quote, collection.created_at)) is None


def _buy(
    installation: Installation, collection: Collection, quote: Quote, now: int, result: PaymentResult
) -> Script[None]:
    """Place the order, as if the customer had confirmed the quote now."""
    yield from _take_fee(installation, collection, now)
    unit = Unit(installation, collection.address, collection.customer, collection.language, now)
    yield from place(unit, quote)
    result.posted += unit.posted
    result.orders += unit.wake
    yield from note(collection.id, now, "bought", "paid", quote.id)


def _take_fee(installation: Installation, collection: Collection, now: int) -> Script[None]:
    if collection.fee_xof:
        yield from post(
            collecting_fee(collection.id, collection.customer, collection.fee_xof),
            now,
            installation.default_credit_limit_xof,
        )


def _stays(
    installation: Installation, standing: Standing, collection: Collection, rest_xof: int, later_xof: int, now: int
) -> Script[int]:
    """How much of what is left of a payment stays here. `later_xof` is what is left of those after it."""
    terms = installation.shop.collecting
    if not standing.stays:
        return 0
    if terms is None or standing.reseller is not None:
        return rest_xof
    # It is in the account already, and so are those after it.
    held_xof = (yield from available_of(collection.customer)) - max(0, later_xof)
    month_xof = yield from collections.kept_since(collection.customer, now - MONTH_MS)
    beyond_xof = max(0, held_xof - terms.advance_most_xof)
    return max(0, min(rest_xof - beyond_xof, terms.advance_month_xof - month_xof))


def _remember(collection: Collection, now: int) -> Script[None]:
    """The number that they gave need not be typed the next time."""
    if collection.payer is not None:
        yield from collections.remember_payer(collection.customer, collection.method, collection.payer, now)
