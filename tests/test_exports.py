"""What documents are made of: pages with every order once, a ledger that agrees with itself, days counted right."""

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.domain.ledger import HOLD, credit, customer_account, refund
from bot.domain.order import begin, confirm
from bot.domain.outcome import Delivered, Outcome, Processing, ProviderDetails, Refused
from bot.domain.people import Address
from bot.domain.period import DAY_MS
from bot.domain.quote import Quote
from bot.i18n import load
from bot.repositories import exports
from bot.repositories.exports import DayOrdered, DaySold, Exported, Noted
from bot.repositories.money import post
from bot.repositories.orders import add_order, load_order, save_order
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions import housekeeping
from bot.transactions.installation import Budget, Installation
from bot.transactions.orders import settle
from tests.sync_store import SyncStore

pytestmark = pytest.mark.twins

AWA, MODOU = Address("telegram", "1"), Address("telegram", "2")
INSTALLATION = Installation("one", ShopSettings(load()), (), Budget.of(100))
LIMIT_XOF = 10**12
TODAY = 20_000 * DAY_MS
_numbers = count(1)


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    yield opened
    opened.close()


def sale(at: int, address: Address = AWA, outcome: Outcome | None = None, commission_xof: int = 15) -> Script[str]:
    """A confirmed order of 5,000 and 75, and what became of it."""
    name = f"Q{next(_numbers):011}"
    quote = Quote(name, "woyofal", "14123456789", "AWA", 5_000, 75, at, at + 1, commission_xof=commission_xof)
    order, hold = confirm(quote, address, str(address), "fr", at)
    yield from add_order(order)
    yield from post(hold, at, LIMIT_XOF)
    if outcome is not None:
        yield from save_order(begin(order, at))
        yield from settle(INSTALLATION, name, outcome, "pay", at + 1_000)
    return name


def make_good(order_id: str, amount_xof: int, at: int) -> Script[None]:
    order = yield from load_order(order_id)
    assert order is not None
    yield from post(refund(order_id, order.customer, amount_xof, "sorry"), at, LIMIT_XOF)
    yield from save_order(replace(order, refunded_xof=amount_xof))


def paged(store: SyncStore, since: int, until: int, size: int, customer: str | None = None) -> list[Exported]:
    exported: list[Exported] = []
    after: Exported | None = None
    while True:
        if customer is None:
            page = store.run(exports.orders_page, since, until, size, after)
        else:
            page = store.run(exports.sales_page, customer, since, until, size, after)
        assert len(page) <= size
        exported += page
        if len(page) < size:
            return exported
        after = page[-1]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from([AWA, MODOU])), max_size=25), st.integers(1, 7))
def test_pages_hold_every_order_of_a_period_once(made: list[tuple[int, Address]], size: int) -> None:
    """Many may be confirmed in the same millisecond: a batch is."""
    store = SyncStore()
    expected: list[tuple[int, str, str]] = []
    for offset, address in made:
        at = TODAY - 3 + offset
        expected.append((at, store.run(sale, at, address), str(address)))
    within = sorted(each for each in expected if TODAY <= each[0] < TODAY + 3)
    exported = paged(store, TODAY, TODAY + 3, size)
    assert [(each.order.confirmed_at, each.order.id, each.order.customer) for each in exported] == within
    mine = paged(store, TODAY, TODAY + 3, size, str(AWA))
    assert [each.order.id for each in mine] == [name for _, name, customer in within if customer == str(AWA)]
    store.close()


def test_what_left_the_balance_is_what_the_books_say(store: SyncStore) -> None:
    """Held, paid, paid less than agreed, given back, and made good: always what moved, never what was agreed."""
    names = {
        "open": store.run(sale, TODAY),
        "paid": store.run(sale, TODAY, outcome=Delivered(("1" * 20,))),
        "less": store.run(sale, TODAY, outcome=Delivered(("1" * 20,), ProviderDetails(amount_xof=4_000, fee_xof=40))),
        "refused": store.run(sale, TODAY, outcome=Refused("failed")),
        "refunded": store.run(sale, TODAY, outcome=Delivered(("1" * 20,))),
    }
    store.run(make_good, names["refunded"], 5_060, TODAY + 5)
    left = {each.order.id: each.left_xof for each in paged(store, TODAY, TODAY + 1, 10)}
    assert {what: left[name] for what, name in names.items()} == {
        "open": 5_060,
        "paid": 5_060,
        "less": 4_060,
        "refused": 0,
        "refunded": 0,
    }
    assert sum(left.values()) == -store.run(housekeeping.accounts)[customer_account(str(AWA))]


def test_the_ledger_is_told_in_stretches_that_agree(store: SyncStore) -> None:
    store.run(post, credit("first", str(AWA), 100_000, "in"), TODAY - 1, LIMIT_XOF)
    for at in (TODAY - 1, TODAY, TODAY + DAY_MS - 1, TODAY + DAY_MS):
        store.run(sale, at)
    upto = store.run(exports.last_entry)
    assert upto == 10
    entries: list[Noted] = []
    before: dict[str, int] = {}
    for after in range(0, upto, 3):
        stretch = store.run(exports.ledger_stretch, TODAY, TODAY + DAY_MS, after, min(after + 3, upto))
        entries += stretch.entries
        for account, amount_xof in stretch.before_xof.items():
            before[account] = before.get(account, 0) + amount_xof
    assert before == {customer_account(str(AWA)): 94_940, "funding": -100_000, HOLD: 5_060}
    assert [entry.amount_xof for entry in entries] == [-5_060, 5_060, -5_060, 5_060]
    assert [entry.id for entry in entries] == [5, 6, 7, 8]
    assert entries[0].transfer == f"order:{entries[0].order_id}:hold"
    assert sum(before.values()) == 0
    # An entry of no order, and what came after the stretch, is not in it.
    (only,) = store.run(exports.ledger_stretch, TODAY - 1, TODAY, 0, 1).entries
    assert (only.order_id, only.note, only.at) == ("", "in", TODAY - 1)


def test_an_empty_ledger_has_no_last_entry(store: SyncStore) -> None:
    assert store.run(exports.last_entry) == 0


def test_days_are_counted_by_what_became_of_their_orders(store: SyncStore) -> None:
    first, second = TODAY + DAY_MS - 1, TODAY + DAY_MS
    store.run(sale, first, outcome=Delivered(("1" * 20,)))
    store.run(sale, first, outcome=Refused("failed"))
    store.run(sale, first, outcome=Processing(ProviderDetails("T1")))
    store.run(sale, second, outcome=Delivered(("1" * 20,)))
    store.run(sale, second, MODOU, Delivered(("1" * 20,)))
    store.run(sale, TODAY - 1, outcome=Delivered(("1" * 20,)))
    ordered = store.run(exports.ordered_by_day, TODAY, TODAY + 2 * DAY_MS)
    assert sorted(ordered, key=lambda each: each.day) == [DayOrdered(20_000, 1, 1, 1), DayOrdered(20_001, 2, 0, 0)]
    sold = store.run(exports.sold_by_day, str(AWA), TODAY, TODAY + 2 * DAY_MS)
    assert sorted(sold, key=lambda each: each.day) == [DaySold(20_000, 1, 5_075), DaySold(20_001, 1, 5_075)]
    assert exports.day_number(first) == 20_000
