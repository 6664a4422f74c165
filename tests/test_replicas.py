"""Processes over one database: who is taken for dead and when, what becomes of what they held, and who leads."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.app import demo_shop
from bot.domain.inbound import Tap
from bot.domain.order import confirm
from bot.domain.outbound import File, Outbound, SendResult
from bot.domain.people import Address
from bot.domain.quote import Quote
from bot.errors import StoreBusy
from bot.outbox import Outbox
from bot.outbox.sweeps import SWEEP_SECONDS
from bot.replicas import BEAT_SECONDS, DEAD_SECONDS, LOOK_SECONDS, STRAY_LOOKS, SURE_SECONDS, Replicas, Watch
from bot.repositories import replicas as rows
from bot.repositories.orders import OrderLease, add_order
from bot.repositories.outbox import say
from bot.settlement import claims
from bot.settlement.worker import Settlement
from bot.store import P, Script, T
from bot.store.postgres.connections import IDLE_MS
from bot.store.sqlite import SqliteStore
from bot.transactions.allowances import Allowance, Meter
from bot.transactions.installation import Budget, Installation
from tests.in_process import AWA, Clock, Mailbox, room
from tests.running import eventually

pytestmark = pytest.mark.anyio

POLLING = "telegram-poll"


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as lines:
        yield lines


# The judge.


def test_whoever_stands_still_for_long_enough_is_taken_for_dead_and_nobody_else() -> None:
    watch, numbers = Watch(), {"a": 1, "b": 1}
    for turn in range(100):
        numbers["b"] += turn % 3 == 0
        dead = watch.dead(numbers, turn * BEAT_SECONDS)
        assert dead == ([("a", 1)] if turn * BEAT_SECONDS >= DEAD_SECONDS else [])


def test_a_look_vouches_for_no_more_than_a_moment() -> None:
    """Between two looks that are far apart nobody knows who could have beaten."""
    watch = Watch()
    assert watch.dead({"a": 1}, 0.0) == []
    for look in range(1, 3):
        assert watch.dead({"a": 1}, look * 1_000) == [], "two looks are no evidence"
    assert watch.dead({"a": 1}, 3_000) == [("a", 1)]
    assert LOOK_SECONDS * 3 >= DEAD_SECONDS > LOOK_SECONDS * 2
    watch.forget()
    assert watch.dead({"a": 1}, 4_000) == []


def test_who_is_sure_cannot_be_dead() -> None:
    assert SURE_SECONDS + 1 < DEAD_SECONDS
    assert BEAT_SECONDS * 2 < SURE_SECONDS
    assert IDLE_MS / 1000 < DEAD_SECONDS, "nor may it hold a lock"


# Several processes, whose beats and looks the test makes.


class Cut:
    """A process's way to the store, which may be cut."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.is_cut = False

    async def run(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        self._check()
        return await self.store.run(script, *args, **kwargs)

    ride = run

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        self._check()
        return await self.store.read(script, *args, **kwargs)

    def _check(self) -> None:
        if self.is_cut:
            raise StoreBusy("away")


class Gated(Mailbox):
    """A mailbox that takes a message when it is let through."""

    gate: asyncio.Event | None = None

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        if self.gate is not None:
            await self.gate.wait()
        return await super().send(address, outbound, file)


class Process:
    """A process that shares the database: its outbox and its channel."""

    def __init__(self, world: "World", name: str, sweep_seconds: float) -> None:
        names = (f"{name}{number}" for number in itertools.count(2))
        self.world = world
        self.mailbox = Gated()
        self.way = Cut(world.store)
        self.installation = Installation(name, demo_shop(), (), Budget.of(6000))
        self.replicas = Replicas(
            self.way,  # type: ignore[arg-type]  # As much of a store as it needs.
            self.installation,
            world.clock,
            world.clock.ticks,
            lambda: next(names),
            is_shared=True,
        )
        self.outbox = Outbox(
            world.store,
            {"telegram": self.mailbox},
            self.installation,
            world.clock,
            world.clock.ticks,
            is_sure=self.replicas.is_sure,
            sweep_seconds=sweep_seconds,
        )
        self.replicas.on_lost(self.outbox.doubt_leases)
        self.replicas.stand_for(POLLING)

    async def turn(self) -> None:
        """A beat and a look, as its worker makes them."""
        try:
            await self.replicas._beat()
            await self.replicas._look()
        except StoreBusy:
            self.replicas._watch.forget()

    async def says(self, text: str) -> None:
        posted = await self.world.store.run(say, str(AWA), Outbound(text), self.installation.owner, self.world.clock())
        self.outbox.push([posted])


class World:
    def __init__(self, store: SqliteStore) -> None:
        self.clock = Clock()
        self.store = store
        self.processes: list[Process] = []

    async def born(self, name: str, sweep_seconds: float = SWEEP_SECONDS) -> Process:
        process = Process(self, name, sweep_seconds)
        await process.replicas.enter()
        self.processes.append(process)
        return process

    async def pass_time(self, seconds: float, *alive: Process) -> None:
        """Time goes by, and whoever is alive beats and looks."""
        for _ in range(int(seconds / BEAT_SECONDS)):
            self.clock.move(BEAT_SECONDS)
            for process in alive:
                await process.turn()

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.store._connection.execute(sql) as cursor:
            return [tuple(row) for row in await cursor.fetchall()]

    async def owners(self) -> set[str]:
        return {str(owner) for (owner,) in await self.rows("SELECT owner FROM replica")}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    store = await SqliteStore.open(str(tmp_path / "taal.db"))
    await store.migrate()
    yield World(store)
    await store.aclose()


LEASED = """
INSERT INTO outbox (address, body, keep, created_at, due_at, attempts, lease, lease_owner, lease_until)
VALUES ('telegram:1', '{"text":"left"}', 0, 0, 0, 0, 1, 'a', 9999999999999)
"""


async def leased(world: World) -> list[tuple[Any, ...]]:
    return await world.rows("SELECT lease_owner FROM outbox")


async def test_what_a_dead_process_held_is_free_at_once_and_somebody_else_leads(world: World) -> None:
    one, two = await world.born("a"), await world.born("b")
    assert (one.replicas.leads(POLLING), two.replicas.leads(POLLING)) == (True, False)
    assert two.replicas.many == 2
    await one.turn()
    # What one of them polls nobody else hears: people's allowance of it is not to be shared.
    assert [one.replicas.hear(channel) for channel in ("telegram", "whatsapp")] == [1, 2]
    await world.rows(LEASED)
    await world.pass_time(DEAD_SECONDS, two)
    assert await leased(world) == [("a",)]
    assert not one.replicas.leads(POLLING), "who is not sure does nothing that only one may do"
    await world.pass_time(3 * BEAT_SECONDS, two)
    assert await leased(world) == [(None,)]
    assert await world.owners() == {"b"}
    assert two.replicas.leads(POLLING)
    assert two.replicas.many == 1


async def test_whoever_was_taken_for_dead_goes_on_under_another_name_and_sends_nothing_of_before(world: World) -> None:
    one, two = await world.born("a"), await world.born("b")
    # The first message is on its way when the process freezes; two more stand behind it.
    gate = one.mailbox.gate = asyncio.Event()
    for text in ("first", "second", "third"):
        await one.says(text)
    await world.pass_time(DEAD_SECONDS + 2 * BEAT_SECONDS, two)
    await two.outbox.sweep()
    await two.outbox.home(1)
    assert [each.text for each in two.mailbox.to(AWA)] == ["first", "second", "third"]
    # It wakes: before it has beaten, and afterwards.
    gate.set()
    await one.outbox.sweep()
    await one.outbox.home(1)
    assert [each.text for each in one.mailbox.to(AWA)] == ["first"], "what was on its way, and nothing more"
    assert not await one.replicas.make_sure()
    assert one.installation.owner == "a2"
    assert await one.replicas.make_sure()
    assert await world.owners() == {"a2", "b"}
    await one.says("new")
    await one.outbox.home(1)
    assert [each.text for each in one.mailbox.to(AWA)] == ["first", "new"]
    assert await leased(world) == []


async def test_what_waits_behind_a_message_of_another_process_leaves_soon_after_it(world: World) -> None:
    """No sweep is due for an hour: it is looked for because it was left waiting."""
    one, two = await world.born("a"), await world.born("b", sweep_seconds=3_600)
    work = asyncio.create_task(two.outbox.work())
    gate = one.mailbox.gate = asyncio.Event()
    await one.says("first")
    await two.says("second")
    assert await leased(world) == [("a",), (None,)]
    gate.set()
    await eventually(lambda: two.mailbox.to(AWA), "the second message")
    assert [each.text for each in one.mailbox.to(AWA)] == ["first"]
    assert [each.text for each in two.mailbox.to(AWA)] == ["second"]
    work.cancel()


async def test_nobody_looks_sooner_for_what_is_held_back(world: World) -> None:
    one = await world.born("a", sweep_seconds=3_600)
    pause = asyncio.create_task(one.outbox._sweeps.pause())
    held = await world.store.run(say, str(AWA), Outbound("sent"), "a", world.clock(), held_for="ORDER1")
    one.outbox.push([held])
    assert not one.outbox._sweeps._left.is_set()
    pause.cancel()


async def test_a_lease_under_the_old_name_is_not_believed_even_after_a_beat(world: World) -> None:
    """It beats first, and only then comes to the messages that it held."""
    one, two = await world.born("a"), await world.born("b")
    posted = await world.store.run(say, str(AWA), Outbound("held"), "a", world.clock())
    held = one.outbox._leases.take(posted, world.clock.ticks() + 300)
    assert held is not None
    await world.pass_time(DEAD_SECONDS + 2 * BEAT_SECONDS, two)
    await one.turn()
    assert one.replicas.is_sure()
    assert not await one.outbox._leases.renew(held)
    assert held.until == 0.0


async def test_an_outage_is_nobodys_death(world: World) -> None:
    one, two = await world.born("a"), await world.born("b")
    await world.pass_time(6, one, two)
    for process in world.processes:
        process.way.is_cut = True
    await world.pass_time(60, one, two)
    assert not one.replicas.is_sure()
    with pytest.raises(StoreBusy):
        await one.replicas.make_sure()
    two.way.is_cut = False
    await world.pass_time(DEAD_SECONDS - BEAT_SECONDS, two)
    one.way.is_cut = False
    await world.pass_time(30, one, two)
    assert await world.owners() == {"a", "b"}


async def test_one_that_is_cut_off_alone_is_taken_for_dead(world: World) -> None:
    one, two = await world.born("a"), await world.born("b")
    one.way.is_cut = True
    await world.pass_time(DEAD_SECONDS + 2 * BEAT_SECONDS, one, two)
    assert await world.owners() == {"b"}
    one.way.is_cut = False
    await world.pass_time(BEAT_SECONDS, one, two)
    assert await world.owners() == {"a2", "b"}
    assert two.replicas.leads(POLLING)
    assert not one.replicas.leads(POLLING)


async def test_whoever_stops_leaves_nothing_behind(world: World) -> None:
    one, two = await world.born("a"), await world.born("b")
    await world.rows(LEASED)
    await one.replicas.step_down(POLLING)
    await world.pass_time(BEAT_SECONDS, two)
    assert two.replicas.leads(POLLING), "it need not wait for the end of the other's stop"
    await one.replicas.leave()
    assert await leased(world) == [(None,)]
    assert await world.owners() == {"b"}
    await two.replicas.step_down("nothing")
    two.way.is_cut = True
    await two.replicas.step_down(POLLING)
    await two.replicas.leave()
    assert await world.owners() == {"b"}, "the others find it out"


async def test_what_is_leased_under_a_name_without_a_row_is_freed(world: World) -> None:
    """A process that was taken for dead may still have been writing."""
    two = await world.born("b")
    await world.rows(LEASED)
    await world.pass_time(BEAT_SECONDS * STRAY_LOOKS, two)
    assert await leased(world) == [("a",)]
    await world.pass_time(BEAT_SECONDS * STRAY_LOOKS, two)
    assert await leased(world) == [(None,)]


async def test_everything_that_a_dead_process_held_is_due(world: World) -> None:
    await world.born("b")
    await world.rows(
        "INSERT INTO session (address, customer, language, body, version, updated_at, inquiry_due_at, inquiry_owner)"
        " VALUES ('t:1', 't:1', 'fr', '{}', 1, 1, 99, 'a'), ('t:2', 't:2', 'fr', '{}', 1, 1, 99, 'b')"
    )
    for owner in ("a", "b"):
        quote = Quote(f"ORDER{owner}", "woyofal", "14123456789", "AWA", 5_000, 0, 1, 2)
        order, _ = confirm(quote, AWA, str(AWA), "fr", 99)
        await world.store.run(add_order, order, OrderLease(owner, 9_999_999_999_999))
    await world.store.run(rows.enter, "a")
    assert not await world.store.run(rows.remove, "a", 7, 5), "it has beaten since"
    assert await world.store.run(rows.remove, "a", 0, 5)
    assert not await world.store.run(rows.remove, "a", 0, 5)
    assert await world.rows("SELECT inquiry_due_at FROM session ORDER BY address") == [(5,), (99,)]
    assert await world.rows("SELECT lease_owner, due_at FROM orders ORDER BY id") == [(None, 5), ("b", 99)]


async def test_a_process_that_is_alone_asks_nobody(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        replicas = here.taal.replicas
        here.clock.move(3_600)
        assert replicas.is_sure()
        assert replicas.leads("anything")
        await replicas.enter()
        await replicas.enter()
        assert await here.rows("SELECT beat FROM replica") == [{"beat": 1}]
        await replicas.leave()
        assert await here.rows("SELECT beat FROM replica") == []


async def test_a_call_of_which_it_is_not_sure_does_not_leave(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        settlement = here.taal.settlement
        assert isinstance(settlement, Settlement)
        sure: list[bool | None] = [None, False]

        async def make_sure() -> bool:
            if (answer := sure.pop(0)) is None:
                raise StoreBusy("away")
            return answer

        settlement._departure._make_sure = make_sure
        for reference in ("14123456799", "14123456798"):
            await here.buys(AWA, reference)
        assert sure == []
        assert here.simulator.received.total() == 0


async def test_an_order_in_somebody_elses_hands_is_not_set_aside(tmp_path: Path) -> None:
    """It could not be taken up here, and another process has taken it up since."""
    async with room(tmp_path) as here:
        here.taal.settlement.refrain()
        order_id = (await here.quotes(AWA, "14123456799")).rpartition(".")[2]
        await here.hears(AWA, Tap(here.button(AWA, "confirm")))
        installation, now = here.taal.installation, here.clock()
        await here.rows("UPDATE orders SET lease_owner = 'other', lease_until = :until", until=now + 60_000)
        result = await here.taal.store.run(claims.set_aside, installation, order_id, "ValueError", now)
        assert (result.posted, (await here.order(order_id))["stuck_at"]) == ([], None)
        await here.rows("UPDATE orders SET lease_owner = NULL, due_at = 0")
        result = await here.taal.store.run(claims.set_aside, installation, order_id, "ValueError", now)
        assert len(result.alerts) == 1


# Shares that are kept in memory.


def test_several_processes_give_no_more_than_one() -> None:
    allowance = Allowance(60, 120, 60)
    for processes in (1, 2, 3):
        meters = [Meter(allowance) for _ in range(processes)]
        heard = [meter.use("telegram:1", 1_000, processes)[0] for meter in meters for _ in range(100)].count("yes")
        assert heard == 60
