"""A year of past, made small: its books agree to the franc, and no statement of the program scans what grows."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.growth.filling import fill
from bench.growth.held import HeldSqlite, Hold
from bench.growth.scale import GREAT_CUSTOMER, GREAT_RESELLER, NOW, Scale, address_of
from bench.growth.shop import Shop
from bench.growth.table import measure
from bot import i18n
from bot.domain.people import Address
from bot.domain.period import day_of
from bot.monitoring.audits import audit_steps
from bot.shop import ShopSettings
from bot.transactions.budget import Budget
from bot.transactions.installation import Installation
from tests.sync_store import WRONG_BALANCES, SyncStore

SCALE = Scale.of(0.001)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncStore]:
    path: Path = tmp_path_factory.mktemp("growth") / "taal.db"
    fill(path, SCALE)
    store = SyncStore(str(path))
    yield store
    store.close()


def test_a_year_of_past_has_no_finding(year: SyncStore) -> None:
    installation = Installation("year", ShopSettings(words=i18n.load()), (Address("telegram", "1"),), Budget.of(100))
    steps = audit_steps(installation, day_of(SCALE.begin), day_of(NOW), NOW, lines=True)
    reply = None
    while True:
        try:
            step = steps.send(reply)
        except StopIteration as end:
            findings = end.value
            break
        reply = year.run(step)
    assert findings.findings == ()
    assert findings.orders == SCALE.orders
    assert findings.entries == year.one("SELECT count(*) FROM entry")
    # The provider told its balance with each payment: nothing but the operator's own filling lies between two days.
    assert not [rise for rise in findings.rises if rise.order_id is not None]
    assert all(balance >= 0 for account, balance in findings.accounts if account == "customer")


def test_a_year_of_past_is_as_it_says(year: SyncStore) -> None:
    buyers = Counter(row["customer"] for row in year.rows("SELECT customer FROM orders"))
    assert buyers[address_of(GREAT_CUSTOMER)] == SCALE.great_orders
    assert buyers[address_of(GREAT_RESELLER)] == SCALE.reseller_sales
    is_open = "state NOT IN ('delivered', 'refused', 'cancelled')"
    assert year.one(f"SELECT count(*) FROM orders WHERE {is_open}") == SCALE.open_orders
    assert (
        year.one("SELECT count(*) FROM session WHERE address LIKE 'telegram:7%' OR address LIKE 'w%'") == SCALE.people
    )
    assert year.one("SELECT count(*) FROM inbox") == 8 * SCALE.inbox_a_day
    assert year.one("SELECT count(*) FROM outbox") == SCALE.kept_messages
    assert year.rows("PRAGMA integrity_check")[0][0] == "ok"
    assert year.rows(WRONG_BALANCES) == []
    assert SyncStore().rows("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY name") == (
        year.rows("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY name")
    )


def test_a_year_of_past_is_the_same_every_time(year: SyncStore, tmp_path: Path) -> None:
    fill(tmp_path / "again.db", SCALE)
    again = SyncStore(str(tmp_path / "again.db"))
    for table in ("orders", "entry", "session", "outbox"):
        assert list(map(tuple, again.rows(f"SELECT * FROM {table}"))) == list(
            map(tuple, year.rows(f"SELECT * FROM {table}"))
        )
    again.close()


def test_every_step_of_the_table_finds_what_it_asks_for(tmp_path: Path) -> None:
    fill(tmp_path / "taal.db", Scale.of(0.0))
    found = measure(tmp_path / "taal.db")
    assert {name: each.problem for name, each in found.items() if each.problem} == {}


def test_what_is_wrong_is_looked_for_beside_the_transactions(tmp_path: Path) -> None:
    fill(tmp_path / "taal.db", Scale.of(0.0))
    holds = asyncio.run(_holds_of_a_check(tmp_path / "taal.db"))
    assert {hold.reads for hold in holds if hold.script == "look_around"} == {True}
    # What costs more than a glance is named by none of the transactions.
    written = {name for hold in holds if not hold.reads for name, _ in hold.statements}
    assert not written & {"ended_since", "fast_money", "fast_orders", "witnesses"}


async def _holds_of_a_check(path: Path) -> list[Hold]:
    shop = Shop(HeldSqlite(str(path)), NOW)
    await shop.taal.monitoring.check()
    await shop.store.aclose()
    return shop.store.holds
