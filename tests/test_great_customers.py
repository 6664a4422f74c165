"""Whoever has bought thousands of times costs no more than anybody else, counted in the database's own steps."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.ledger import credit
from bot.repositories import meters, orders
from bot.repositories.money import balance_of, post
from bot.store import Script
from tests.sync_store import SyncStore
from tests.test_scripts import MODOU, NOW, a_quote, order_in, place

# The one has a past of some weeks, the other of years.
ORDINARY, GREAT = "telegram:60", "telegram:3000"
METERS = 20
QUOTE = replace(a_quote(), reference="14000001001")


@pytest.fixture(scope="module")
def store() -> SyncStore:
    store = SyncStore()
    order_id = place(store, address=MODOU)
    assert order_in(store, order_id).state == "waiting"
    columns = [row["name"] for row in store.rows("PRAGMA table_info(orders)")]
    other = {
        "id": "substr(:customer, 10) || 'X' || n",
        "address": ":customer",
        "customer": ":customer",
        "reference": f"'1400000' || (1000 + n % {METERS})",
        "confirmed_at": f"{NOW} - n * 60000",
        "updated_at": f"{NOW} - n * 60000",
        "state": "'delivered'",
        "due_at": "NULL",
        "lease_owner": "NULL",
        "lease_until": "NULL",
    }
    picked = ", ".join(other.get(name, name) for name in columns)
    for customer in (ORDINARY, GREAT):
        count = int(customer.partition(":")[2])
        store.rows(
            f"WITH RECURSIVE past (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM past WHERE n < {count}) "
            f"INSERT INTO orders ({', '.join(columns)}) SELECT {picked} FROM orders JOIN past WHERE id = :id",
            id=order_id,
            customer=customer,
        )
        for at in range(0, count, 10):
            store.run(post, credit(f"in:{customer}:{at}", customer, 100, ""), NOW, 0)
        store.run(meters.save, customer, "woyofal", "14000001001", "", "home", NOW)
    return store


def steps_of(store: SyncStore, script: Callable[..., Script[Any]], *args: Any) -> int:
    """How many steps SQLite's machine takes for a script."""
    taken = 0

    def count() -> None:
        nonlocal taken
        taken += 1

    store.connection.set_progress_handler(count, 1)
    try:
        store.run(script, *args)
    finally:
        store.connection.set_progress_handler(None, 1)
    return taken


@pytest.mark.parametrize(
    ("script", "args"),
    [
        (balance_of, (0,)),
        (orders.open_of, ()),
        (orders.twin_of, (QUOTE, NOW - 600_000)),
        (orders.page_of, (0, 5)),
        (orders.newest_of, ()),
        (meters.saved_by, ("woyofal",)),
        (meters.paid_lately_by, ("woyofal",)),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_great_customer_costs_no_more(store: SyncStore, script: Callable[..., Script[Any]], args: Any) -> None:
    ordinary, great = (steps_of(store, script, customer, *args) for customer in (ORDINARY, GREAT))
    assert great <= 1.2 * ordinary, (ordinary, great)
