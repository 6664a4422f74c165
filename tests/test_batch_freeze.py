"""A paused account's lists over the real scripts: what was not sent comes back at once, and only that."""

from collections.abc import Iterator

import pytest

from bot.domain.outcome import NotSent
from bot.domain.people import Address
from bot.repositories.accounts import customer_of
from bot.repositories.acts import Unsent, unsent_of
from bot.repositories.batch_progress import tally_of
from bot.repositories.batches import running_of
from bot.store import Script
from bot.transactions import acts
from bot.transactions.orders import settle
from bot.transactions.unit import Unit
from tests.sync_store import Killed, SyncStore
from tests.test_batches import FAST, ID, batch_in, deliver, jobs_of, order_in, ready, run, start, tell
from tests.test_scripts import AWA, MODOU, NOW, balance, give, place

ADMIN = Address("telegram", "1")
LINE_XOF = 1_040


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    yield opened
    opened.close()


def freeze(store: SyncStore, frozen: bool = True, address: Address = AWA) -> None:
    unit = Unit(FAST, ADMIN, str(ADMIN), "fr", NOW + 1)
    store.run(_freezes, unit, frozen, address)
    # Of the lines nobody reads one by one.
    assert unit.posted == []
    assert unit.settled.posted == []


def _freezes(unit: Unit, frozen: bool, address: Address) -> Script[None]:
    customer = yield from customer_of(str(address))
    yield from acts.freeze(unit, customer) if frozen else acts.unfreeze(customer)


def is_frozen(store: SyncStore) -> bool:
    return bool(store.one("SELECT count(*) FROM frozen"))


def test_a_pause_calls_back_what_was_not_sent_and_the_summary_says_so(store: SyncStore) -> None:
    run(store, 5)
    sent = [job.order.id for job in jobs_of(store, count=2)]
    assert store.run(unsent_of, str(AWA)) == Unsent(3, 3 * LINE_XOF)
    freeze(store)
    assert is_frozen(store)
    tally = store.run(tally_of, str(AWA), ID)
    assert (tally.stopped.lines, tally.under_way.lines, tally.waiting.lines) == (3, 2, 0)
    assert balance(store, "hold") == 2 * LINE_XOF
    assert balance(store, f"customer:{AWA}") == 3 * LINE_XOF
    assert store.run(unsent_of, str(AWA)) == Unsent()
    assert store.run(running_of, str(AWA)) == []
    # What was sent ends as it does, what comes back unsent is not sent again.
    deliver(store, sent[0])
    store.run(settle, FAST, sent[1], NotSent("unreachable"), "pay", NOW + 2, leased=True)
    assert order_in(store, sent[1]).state == "cancelled"
    assert jobs_of(store, NOW + 3_600_000) == []
    (summary,) = tell(store, NOW + 3)
    assert "arrêtée" in summary
    assert "4 arrêtées avant l’achat" in summary
    assert batch_in(store).state == "done"
    assert balance(store, "hold") == 0


def test_an_order_by_itself_goes_on(store: SyncStore) -> None:
    single = place(store)
    freeze(store)
    assert order_in(store, single).state == "waiting"
    assert [job.order.id for job in jobs_of(store)] == [single]
    deliver(store, single)
    assert order_in(store, single).state == "delivered"


def test_every_running_list_of_the_account_stops_and_nobody_elses(store: SyncStore) -> None:
    run(store, 2)
    run(store, 3, "B2")
    give(store, MODOU, 0)
    assert store.run(unsent_of, str(AWA)) == Unsent(5, 5 * LINE_XOF)
    freeze(store, address=MODOU)
    assert store.run(unsent_of, str(MODOU)) == Unsent()
    assert balance(store, "hold") == 5 * LINE_XOF
    freeze(store)
    assert balance(store, "hold") == 0
    assert balance(store, f"customer:{AWA}") == 5 * LINE_XOF
    assert len(tell(store, NOW + 2)) == 2


def test_an_address_of_the_account_pauses_all_of_it(store: SyncStore) -> None:
    run(store, 2)
    give(store, MODOU, 0)
    store.connection.execute("UPDATE session SET customer = ? WHERE address = ?", (str(AWA), str(MODOU)))
    freeze(store, address=MODOU)
    assert balance(store, f"customer:{AWA}") == 2 * LINE_XOF


def test_a_list_that_was_not_confirmed_is_left_alone(store: SyncStore) -> None:
    quoted = ready(store, 2)
    freeze(store)
    assert batch_in(store).state == "ready"
    freeze(store, frozen=False)
    store.run(start, FAST, NOW, quoted)
    assert store.run(tally_of, str(AWA), ID).waiting.lines == 2


def test_reopening_starts_nothing_again(store: SyncStore) -> None:
    run(store, 2)
    freeze(store)
    freeze(store, frozen=False)
    assert not is_frozen(store)
    assert jobs_of(store, NOW + 3_600_000) == []
    assert store.run(tally_of, str(AWA), ID).stopped.lines == 2


def test_a_kill_while_it_pauses_leaves_all_or_nothing(store: SyncStore) -> None:
    run(store, 3)
    statements = 0
    while True:
        store.kill_after = statements
        try:
            freeze(store)
        except Killed:
            assert not is_frozen(store)
            assert batch_in(store).stopped_at is None
            assert store.run(tally_of, str(AWA), ID).waiting.lines == 3
            assert balance(store, "hold") == 3 * LINE_XOF
            statements += 1
        else:
            break
    assert statements > 10
    assert balance(store, "hold") == 0
    assert balance(store, f"customer:{AWA}") == 3 * LINE_XOF
