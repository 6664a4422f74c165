"""A customer's running balance is what their entries sum to: kept up, filled from a past, and checked."""

from pathlib import Path

import pytest

from bot import app
from bot.domain.audit import RunningBalance
from bot.domain.ledger import credit, customer_account, transfer
from bot.errors import LedgerError
from bot.monitoring.audits import PAGE_BALANCES, Steps, T, wrong_balance_steps
from bot.repositories.auditing import running_balances
from bot.repositories.money import Balance, available_of, balance_of, post, post_all, set_credit_limit
from bot.store.sql import migrations
from bot.store.sqlite import SqliteStore
from bot.store.sqlite.file import connect
from bot.store.sqlite.schema import statements_of
from tests.sync_store import WRONG_BALANCES, SyncStore

AWA, MODOU = "telegram:1", "whatsapp:221770000001"


@pytest.fixture
def store() -> SyncStore:
    return SyncStore()


def test_a_balance_follows_every_transfer(store: SyncStore) -> None:
    assert store.run(balance_of, AWA, 300) == Balance(0, 0, 300)
    assert store.run(available_of, AWA) == 0
    store.run(post, credit("in", AWA, 5_000, ""), 1, 0)
    moved = transfer("join", (customer_account(AWA), -2_000), (customer_account(MODOU), 2_000))
    store.run(post_all, (credit("more", AWA, 100, ""), moved), 2, 0)
    assert (store.run(available_of, AWA), store.run(available_of, MODOU)) == (3_100, 2_000)
    assert store.rows(WRONG_BALANCES) == []


def test_what_would_overdraw_moves_nothing(store: SyncStore) -> None:
    store.run(post, credit("in", AWA, 1_000, ""), 1, 0)
    with pytest.raises(LedgerError, match="transfer out would overdraw a customer by 200 XOF"):
        store.run(post, credit("out", AWA, -1_700, ""), 2, 500)
    store.run(set_credit_limit, AWA, 700)
    with pytest.raises(LedgerError, match="by 1 XOF"):
        store.run(post, credit("out", AWA, -1_701, ""), 2, 5_000)
    store.run(post, credit("out", AWA, -1_700, ""), 2, 0)
    assert store.run(balance_of, AWA, 0) == Balance(-700, 0, 700)
    # Who is below their limit, because it was lowered, may still pay in.
    store.run(set_credit_limit, AWA, 0)
    store.run(post, credit("again", AWA, 100, ""), 3, 0)
    assert store.run(available_of, AWA) == -600
    assert store.rows(WRONG_BALANCES) == []


def test_the_house_has_no_running_balance(store: SyncStore) -> None:
    store.run(post, credit("in", AWA, 1_000, ""), 1, 0)
    assert [row["customer"] for row in store.rows("SELECT customer FROM customer_balance")] == [AWA]


def test_the_balances_of_a_past_come_from_its_entries(tmp_path: Path) -> None:
    connection = connect(str(tmp_path / "old.db"))
    for number, name, text in migrations():
        if name.endswith("running_balances"):
            break
        for statement in statements_of(text):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
    connection.executemany(
        "INSERT INTO entry (transfer, account, amount_xof, note, at) VALUES (?, ?, ?, '', 1)",
        [
            ("a", customer_account(AWA), 700),
            ("a", "funding", -700),
            ("b", customer_account(AWA), -200),
            ("b", "hold", 200),
            ("c", customer_account(MODOU), 50),
            ("c", "funding", -50),
        ],
    )
    connection.close()
    store = SyncStore(str(tmp_path / "old.db"))
    assert (store.run(available_of, AWA), store.run(available_of, MODOU)) == (500, 50)
    assert store.rows(WRONG_BALANCES) == []


def test_balances_are_read_in_pages(store: SyncStore) -> None:
    for person in range(PAGE_BALANCES + 1):
        store.run(post, credit(f"in:{person}", f"telegram:{person:04}", 10, ""), 1, 0)
    page = store.run(running_balances, "", PAGE_BALANCES)
    assert len(page) == PAGE_BALANCES
    assert store.run(running_balances, page[-1].customer, PAGE_BALANCES) == (
        RunningBalance(f"telegram:{PAGE_BALANCES:04}", 10, 10),
    )


def test_a_wrong_balance_and_a_missing_one_are_named(store: SyncStore) -> None:
    for person in (AWA, MODOU, "telegram:2"):
        store.run(post, credit(f"in:{person}", person, 10, ""), 1, 0)
    store.rows("UPDATE customer_balance SET balance_xof = 11 WHERE customer = ?", AWA)
    store.rows("DELETE FROM customer_balance WHERE customer = ?", MODOU)
    sums = {
        row["account"]: row["xof"] for row in store.rows("SELECT account, sum(amount_xof) AS xof FROM entry GROUP BY 1")
    }
    assert driven(store, wrong_balance_steps(sums)) == [RunningBalance(AWA, 11, 10), RunningBalance(MODOU, 0, 10)]


def driven(store: SyncStore, steps: Steps[T]) -> T:
    """What steps come to, each run over the store."""
    reply = None
    while True:
        try:
            step = steps.send(reply)
        except StopIteration as end:
            result: T = end.value
            return result
        reply = store.run(step)


@pytest.mark.anyio
async def test_the_doctor_counts_wrong_balances(tmp_path: Path) -> None:
    store = await SqliteStore.open(str(tmp_path / "taal.db"))
    await store.migrate()
    await store.run(post, credit("in", AWA, 10, ""), 1, 0)
    accounts = await app.ledger_of(store)
    assert await app.wrong_balances(store, accounts) == 0
    assert await app.wrong_balances(store, accounts | {customer_account(MODOU): 5}) == 1
    await store.aclose()
