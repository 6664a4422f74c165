"""What the provider said is kept first, then decided: nothing that was heard is lost, whatever its order looks like.

Faults 32 and 33. The scripts on a database that is killed inside a transaction, a whole bot in the test's process, and
the real process with SIGKILL and SIGTERM.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import DecodeError

from bot.domain.outcome import Delivered, NotSent, Outcome, Processing, Unknown, WebhookClaim
from bot.errors import ModelError, StoreBusy
from bot.repositories.retention import DAY_MS, RULES, step
from bot.settlement import provider_facts
from bot.settlement.claims import claim_due, claim_one
from bot.settlement.provider_facts import (
    DECIDE_AGAIN_MS,
    FactResult,
    OrderMissing,
    ProviderFact,
    decide,
    decide_kept,
    failed,
    hear,
    keep,
    undecided,
)
from bot.transactions import housekeeping, orders
from tests.in_process import ADMIN, AWA, Room, room
from tests.running import Bot, eventually, town
from tests.sync_store import Killed, SyncStore
from tests.test_scripts import ADMIN as AN_ADMIN
from tests.test_scripts import CODE, DETAILS, INSTALLATION, NOW, an_installation, order_in, place

PAID_AT_ONCE = "14123456799"
SLOW = "14123456715"
WEBHOOK = "14123456701"
LOOK_UP_ALONE = "14123456702"
PAID = Delivered((CODE,), DETAILS)


@pytest.fixture
def store() -> Iterator[SyncStore]:
    opened = SyncStore()
    yield opened
    opened.close()


def a_fact(order_id: str, said: Outcome | WebhookClaim = PAID, key: str = "one:1", source: Any = "pay") -> ProviderFact:
    return ProviderFact(key, order_id, source, said, NOW)


def being_paid(store: SyncStore) -> str:
    order_id = place(store)
    store.run(claim_one, INSTALLATION, order_id, NOW)
    return order_id


def spoil(store: SyncStore) -> None:
    store.connection.execute("UPDATE orders SET facts = '{'")


# The scripts.


def test_a_fact_is_kept_once_and_decided_once(store: SyncStore) -> None:
    fact = a_fact(being_paid(store))
    store.run(keep, fact)
    store.run(keep, fact)
    assert store.one("SELECT count(*) FROM provider_fact") == 1
    settled = store.run(decide, INSTALLATION, fact, NOW)
    assert settled is not None
    assert [order.state for order in settled.moves] == ["delivered"]
    assert store.run(decide, INSTALLATION, fact, NOW) is None
    assert store.run(decide_kept, INSTALLATION, fact.key, NOW) is None
    # What comes of it later finds nothing to count either.
    assert store.run(failed, INSTALLATION, fact.key, "KeyError", NOW).alerts == []
    assert store.run(undecided, NOW + 10_000, 10) == []


def test_an_answer_is_kept_and_decided_at_once(store: SyncStore) -> None:
    fact = a_fact(being_paid(store))
    result = store.run(hear, INSTALLATION, fact, NOW, leased=True)
    assert result.settled is not None
    assert [order.state for order in result.settled.moves] == ["delivered"]
    assert store.one("SELECT lease_owner FROM orders") is None
    assert store.run(undecided, NOW + 10_000, 10) == []
    # Brought again under the same key (its commit was not heard of) it does nothing.
    assert store.run(hear, INSTALLATION, fact, NOW) == FactResult()


@pytest.mark.parametrize("spoilt", ["UPDATE orders SET facts = '{'", "a transfer is there already"])
def test_what_raises_while_deciding_undoes_the_deciding_alone(store: SyncStore, spoilt: str) -> None:
    """An error of ours, and one of the database in a statement of ours."""
    fact = a_fact(being_paid(store))
    if spoilt.startswith("UPDATE"):
        store.connection.execute(spoilt)
    else:
        transfer = f"order:{fact.order_id}:spend"
        store.connection.execute("INSERT INTO entry VALUES (NULL, ?, 'hold', 0, NULL, '', 0)", (transfer,))
    before = store.rows("SELECT state, version FROM orders")[0]
    result = store.run(hear, INSTALLATION, fact, NOW, leased=True)
    assert result.settled is None
    assert isinstance(result.error, DecodeError | sqlite3.IntegrityError)
    assert tuple(store.rows("SELECT state, version FROM orders")[0]) == tuple(before)
    assert store.run(undecided, NOW + 2_000, 10) == [fact.key]
    assert CODE in store.one("SELECT said FROM provider_fact")


def test_a_kill_at_any_statement_of_hearing_leaves_all_or_nothing(store: SyncStore) -> None:
    fact = a_fact(being_paid(store))
    for statement in range(60):
        store.kill_after = statement
        try:
            store.run(hear, INSTALLATION, fact, NOW)
        except Killed:
            assert store.one("SELECT count(*) FROM provider_fact") == 0
            assert order_in(store, fact.order_id).state == "sending"
        else:
            break
    assert 5 < statement < 60
    assert order_in(store, fact.order_id).tokens == (CODE,)


def test_a_fact_that_was_not_kept_decides_nothing(store: SyncStore) -> None:
    order_id = being_paid(store)
    assert store.run(decide, INSTALLATION, a_fact(order_id), NOW) is None
    assert order_in(store, order_id).state == "sending"


@pytest.mark.parametrize("said", [PAID, Processing(DETAILS), Unknown("x", details=DETAILS), NotSent("busy", 2.0)])
def test_what_is_read_back_is_what_was_said(store: SyncStore, said: Outcome) -> None:
    """A process dies between keeping and deciding; the next one comes to the same end from what was kept."""
    order_id = being_paid(store)
    one = SyncStore()
    try:
        twin = being_paid(one)
        one.run(orders.settle, INSTALLATION, twin, said, "pay", NOW)
        store.run(keep, a_fact(order_id, said))
        store.run(housekeeping.take_over, NOW + 1)
        assert store.run(undecided, NOW + 1, 10) == ["one:1"]
        store.run(decide_kept, an_installation("two"), "one:1", NOW)
        came, expected = order_in(store, order_id), order_in(one, twin)
        assert (came.state, came.tokens, came.details) == (expected.state, expected.tokens, expected.details)
    finally:
        one.close()


def test_a_kill_at_any_statement_of_deciding_loses_nothing(store: SyncStore) -> None:
    fact = a_fact(being_paid(store))
    store.run(keep, fact)
    for statement in range(60):
        store.kill_after = statement
        try:
            store.run(decide, INSTALLATION, fact, NOW)
        except Killed:
            assert store.run(undecided, NOW + 5_000, 10) == [fact.key], statement
        else:
            break
    assert 5 < statement < 60
    assert order_in(store, fact.order_id).tokens == (CODE,)
    assert store.one("SELECT count(*) FROM outbox WHERE body LIKE '%1234 5678%'") == 1


def test_while_an_answer_is_undecided_its_order_is_neither_sent_again_nor_called_interrupted(store: SyncStore) -> None:
    order_id = being_paid(store)
    store.run(keep, a_fact(order_id))
    store.run(housekeeping.take_over, NOW + 1)
    settled = store.run(claim_due, INSTALLATION, NOW + 100_000, 10)
    assert (settled.jobs, settled.moves) == ([], [])
    assert order_in(store, order_id).state == "sending"
    store.run(decide_kept, INSTALLATION, "one:1", NOW + 100_000)
    assert order_in(store, order_id).state == "delivered"


def test_an_answer_whose_order_cannot_be_read_is_tried_again_then_set_aside_and_told(store: SyncStore) -> None:
    installation = an_installation(admins=(AN_ADMIN,))
    fact, now = a_fact(being_paid(store)), NOW
    store.run(keep, fact)
    spoil(store)
    alerts = []
    for pause_ms in DECIDE_AGAIN_MS:
        with pytest.raises(DecodeError):
            store.run(decide_kept, installation, fact.key, now)
        settled = store.run(failed, installation, fact.key, "DecodeError", now)
        alerts.append([item.kind for item in settled.alerts])
        assert store.run(undecided, now + pause_ms - 1, 10) == []
        now += pause_ms
        assert store.run(undecided, now, 10) == [fact.key]
    assert alerts == [[], [], ["undecided"], [], []]
    assert store.one("SELECT stuck_at FROM orders") is not None
    texts = [row["body"] for row in store.rows("SELECT body FROM outbox WHERE address = ?", str(AN_ADMIN))]
    assert len(texts) == 1
    assert CODE not in texts[0]
    # Mended, it is decided from what was kept, and nothing waits for a person any more.
    store.connection.execute("UPDATE orders SET facts = '{}'")
    store.run(decide_kept, installation, fact.key, now)
    order = order_in(store, fact.order_id)
    assert (order.state, order.tokens, order.stuck_at) == ("delivered", (CODE,), None)


def test_a_clock_that_was_set_back_keeps_no_fact_waiting(store: SyncStore) -> None:
    store.run(keep, a_fact(being_paid(store)))
    assert store.run(undecided, NOW, 10) == []
    assert store.run(undecided, NOW - 86_400_000, 10) == ["one:1"]


@pytest.mark.parametrize(("source", "said"), [("pay", PAID), ("webhook", WebhookClaim("success", (CODE,)))])
def test_a_word_on_an_order_that_is_not_there_is_kept(
    store: SyncStore, source: str, said: Outcome | WebhookClaim
) -> None:
    """The database came back from an older copy, say. A person may find out what was bought."""
    fact = a_fact("NOBODY", said, source=source)
    store.run(keep, fact)
    with pytest.raises(OrderMissing):
        store.run(decide, INSTALLATION, fact, NOW)
    assert store.run(undecided, NOW + 5_000, 10) == [fact.key]
    assert CODE in store.one("SELECT said FROM provider_fact")


def test_a_webhook_is_no_answer(store: SyncStore) -> None:
    fact = a_fact(being_paid(store), PAID, source="webhook")
    store.run(keep, fact)
    with pytest.raises(ModelError):
        store.run(decide, INSTALLATION, fact, NOW)


def test_what_was_decided_is_forgotten_one_day_and_what_was_not_never(store: SyncStore) -> None:
    fact = a_fact(being_paid(store))
    store.run(keep, fact)
    store.run(decide, INSTALLATION, fact, NOW)
    store.run(keep, a_fact("NOBODY", key="one:2"))
    (rule,) = (rule for rule in RULES if rule.table == "provider_fact")
    for days, left in ((rule.days, ["one:1", "one:2"]), (rule.days + 1, ["one:2"]), (5_000, ["one:2"])):
        store.run(step, rule, NOW + days * DAY_MS)
        assert [row["key"] for row in store.rows("SELECT key FROM provider_fact ORDER BY id")] == left


# A whole bot.


pytestmark = pytest.mark.anyio


class Meddling:
    """The gateway, but while it is asked something happens to the database."""

    def __init__(self, here: Room, meddle: str) -> None:
        self._here, self._gateway, self._meddle = here, here.taal.gateway, meddle

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def pay(self, *args: Any, **kwargs: Any) -> Outcome:
        outcome: Outcome = await self._gateway.pay(*args, **kwargs)
        await self._here.rows(self._meddle)
        return outcome


async def test_an_unreadable_order_loses_no_code(tmp_path: Path) -> None:
    """Its row is spoilt while the pay call is in flight: the answer stands, is told to an admin, and acts once the row
    is mended, without another pay call.
    """
    async with room(tmp_path) as here:
        here.taal.settlement._gateway = Meddling(here, "UPDATE orders SET facts = '{'")
        order_id = await here.buys(AWA, PAID_AT_ONCE)
        (fact,) = await here.rows("SELECT * FROM provider_fact")
        assert (fact["source"], fact["outcome"], fact["decided_at"]) == ("pay", "delivered", None)
        for _ in range(4):
            await here.turn(61)
        assert here.saw(ADMIN, "alert.undecided") == 1
        assert here.codes(AWA) == []
        await here.rows("UPDATE orders SET facts = '{}'")
        await here.turn(3_600)
        assert len(here.codes(AWA)) == 1
        assert here.simulator.received == {order_id: 1}
        assert (await here.order(order_id))["stuck_at"] is None
        assert (await here.balances())["hold"] == 0


async def test_deciding_raises_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours in the table of outcomes: the answer is decided by the program that has it mended."""

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise ZeroDivisionError

    async with room(tmp_path) as here:
        with monkeypatch.context() as patch:
            patch.setattr(orders, "apply", broken)
            order_id = await here.buys(AWA, PAID_AT_ONCE)
            await here.turn(200)
            assert (await here.order(order_id))["state"] == "sending"
            assert here.codes(AWA) == []
    async with room(tmp_path, clock=here.clock, simulator=here.simulator) as here:
        await here.taal.store.run(housekeeping.take_over, here.clock.now)
        await here.turn(0)
        assert len(here.codes(AWA)) == 1
        assert not here.saw(AWA, "notice.unknown")
        assert here.simulator.received == {order_id: 1}


async def test_an_answer_waits_for_a_database_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeping is tried until it is done, whatever it meets."""
    async with room(tmp_path) as here:
        tries: list[str] = []

        def unwilling(fact: ProviderFact, decided_at: int) -> Any:
            tries.append(fact.key)
            if len(tries) == 1:
                raise StoreBusy("disk full")
            if len(tries) == 2:
                raise ValueError("something else")
            return (yield from keep(fact, decided_at))

        monkeypatch.setattr(provider_facts, "keep", unwilling)
        monkeypatch.setattr("bot.settlement.answers.STORE_PAUSE_SECONDS", 0.0)
        await here.buys(AWA, PAID_AT_ONCE)
        assert len(here.codes(AWA)) == 1
        assert len(set(tries)) == 1


async def test_a_webhook_that_cannot_be_decided_is_kept(tmp_path: Path) -> None:
    async with room(tmp_path, pace=1.0) as here:
        order_id = await here.buys(AWA, LOOK_UP_ALONE)
        await here.rows("UPDATE orders SET facts = '{'")
        webhook_claim = WebhookClaim("success", (CODE,), order_id)
        assert await here.taal.settlement.webhook_claim(order_id, webhook_claim)
        assert not await here.taal.settlement.webhook_claim("NOBODY", webhook_claim)
        kept = await here.rows("SELECT order_id, said FROM provider_fact WHERE source = 'webhook' ORDER BY id")
        assert [row["order_id"] for row in kept] == [order_id, "NOBODY"]
        assert all(CODE in row["said"] for row in kept)


# The real process.


async def test_killed_between_keeping_an_answer_and_deciding_it(tmp_path: Path) -> None:
    """The row cannot be read, the process is killed, the row is mended: the next start decides from what was kept."""
    async with town(tmp_path, pace=0.05, admins="telegram:1") as (place, bot):
        awa = place.customer(1001)
        place.customer(1)
        await awa.buy(SLOW)
        await place.provider.paid()
        details = bot.order(awa.order_id)["facts"]
        bot.rows("UPDATE orders SET facts = '{' WHERE id = ?", awa.order_id)
        await eventually(lambda: _undecided(bot), "the answer is kept")
        await bot.kill()
        bot.rows("UPDATE orders SET facts = ? WHERE id = ?", details, awa.order_id)
        await bot.start()
        await awa.code()
        assert not awa.saw("notice.unknown")
        assert place.provider.simulator.received == {awa.order_id: 1}
        assert bot.logged(event="decided from what was kept")
        assert not _undecided(bot)


def _undecided(bot: Bot) -> list[Any]:
    return bot.rows("SELECT key FROM provider_fact WHERE decided_at IS NULL")
