"""Customers who pay for themselves, over the real scripts: a shop that collects, and short words for what happens."""

from typing import Any

from msgspec.structs import replace

from bot.domain.catalog import FeeRule
from bot.domain.collecting import Abilities, Advances, Collected, Payment, Way
from bot.domain.collection import Collection
from bot.domain.people import Address
from bot.domain.quote import Quote
from bot.repositories import collections
from bot.shop import CollectingTerms, ShopSettings
from bot.store import Script
from bot.transactions.budget import Budget
from bot.transactions.collections import settle
from bot.transactions.installation import Installation
from bot.transactions.payment_news import PaymentResult
from bot.transactions.unit import Unit
from bot.transactions.ways_to_pay import NotBegun, begin
from tests.sync_store import SyncStore
from tests.test_scripts import ADMIN, AWA, NOW, WORDS

PAYER = "771234567"
WAYS = (
    Way("wave", "link", 100, needs_number=False),
    Way("orange_money", "prompt", 200, 1_000_000, needs_number=True),
)
TERMS = CollectingTerms(
    "dexpay",
    Abilities(WAYS, (Way("wave", "prompt", 200), Way("orange_money", "prompt", 200)), "our_id", expires=True),
    ("wave", "orange_money"),
    fee=FeeRule(fixed_xof=100),
    provider_fee=FeeRule(fixed_xof=50),
    pay_back_fee=FeeRule(fixed_xof=30),
)
DAY_MS = 86_400_000


def a_shop(advances: Advances = "none", **terms: Any) -> ShopSettings:  # of the terms
    return ShopSettings(WORDS, collecting=replace(TERMS, **terms), advances=advances)


def collecting(advances: Advances = "none", owner: str = "one", **terms: Any) -> Installation:  # of the terms
    return Installation(owner, a_shop(advances, **terms), (ADMIN,), Budget.of(100_000))


def _begun(
    installation: Installation, id_: str, what: Quote | int, method: str, payer: str | None, who: Address, now: int
) -> Script[tuple[Collection | NotBegun, Unit]]:
    unit = Unit(installation, who, str(who), "fr", now)
    made = yield from begin(unit, id_, method, what, payer)  # type: ignore[arg-type]  # a method by its name
    return made, unit


def ask(
    store: SyncStore,
    installation: Installation,
    id_: str,
    what: Quote | int,
    *,
    method: str = "wave",
    payer: str | None = PAYER,
    who: Address = AWA,
    now: int = NOW,
) -> Collection | NotBegun:
    """A payer is to be asked."""
    return store.run(_begun, installation, id_, what, method, payer, who, now)[0]


def loaded(store: SyncStore, id_: str) -> Collection:
    collection = store.run(collections.load, id_)
    assert collection is not None
    return collection


def pay(
    store: SyncStore,
    installation: Installation,
    id_: str,
    *paid_xof: int,
    now: int = NOW + 60_000,
    payer: str | None = PAYER,
) -> PaymentResult:
    """A look-up tells these payments, all that there ever were."""
    payments = tuple(Payment(xof, f"T{id_}{at}", 50, payer, None) for at, xof in enumerate(paid_xof))
    result = store.run(settle, installation, id_, Collected(payments), "look_up", now)
    assert result is not None
    return result


def said(result: PaymentResult, who: Address = AWA) -> list[str]:
    """What somebody reads of it."""
    return [message.outbound.text for message in result.posted if message.address == str(who)]
