"""Leases: whoever lost one changes nothing, and no clock that jumps frees a live one or keeps a dead one for ever."""

import asyncio
from collections import deque
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest
from structlog.testing import capture_logs

from bot.app import demo_shop
from bot.channels import Channel
from bot.domain.inbound import Tap, Text
from bot.domain.outbound import File, Outbound, SendLater, SendRefused, SendResult
from bot.domain.people import Address
from bot.leases import JUMP_SECONDS, ClockTrust
from bot.outbox import Outbox, messages
from bot.outbox.held import LEASE_SECONDS
from bot.repositories.outbox import say
from bot.settlement import Settlement
from bot.transactions import housekeeping
from bot.transactions.installation import Budget, Installation
from tests.in_process import AWA, Clock, Mailbox, Room, room
from tests.sync_store import SyncStore

pytestmark = pytest.mark.anyio

HOUR = 3_600
P = ParamSpec("P")
T = TypeVar("T")


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as lines:
        yield lines


# The clock.


def test_a_clock_that_jumped_or_is_new_is_not_believed_for_as_long_as_a_lease_lasts() -> None:
    for jump in (HOUR, -HOUR, JUMP_SECONDS + 1):
        clock = Clock()
        trust = ClockTrust(clock, clock.ticks, 300)
        for jumps in (0, jump):
            clock.jump(jumps)
            assert not trust.check()
            clock.move(299)
            assert not trust.check()
            clock.move(1)
            assert trust.check()
            clock.move(1)


def test_a_clock_that_is_set_right_by_and_by_is_believed() -> None:
    clock = Clock()
    trust = ClockTrust(clock, clock.ticks, 300)
    clock.move(300)
    for _ in range(1_000):
        clock.move(1)
        clock.jump(0.1)
        assert trust.check()


# One process.


class Gated(Mailbox):
    """A mailbox whose sends wait until they are let through."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        await self.gate.wait()
        return await super().send(address, outbound, file)


def another(here: Room, name: str, channel: Channel) -> Outbox:
    """The outbox of another process over the same database."""
    installation = Installation(name, here.taal.installation.shop, (), Budget.of(6000))
    return Outbox(here.taal.store, {"telegram": channel}, installation, here.clock, here.clock.ticks)


async def settles(here: Room) -> None:
    """Everything that can happen without time passing, and what rides with the next transaction."""
    for _ in range(15):
        await asyncio.sleep(0.001)
    await here.taal.store.run(housekeeping.ping)
    await asyncio.sleep(0)


async def puts(here: Room, outbox: Outbox, *texts: str) -> list[int]:
    owner = outbox._installation.owner
    posted = [await here.taal.store.run(say, str(AWA), Outbound(text), owner, here.clock()) for text in texts]
    outbox.push(posted)
    return [each.id for each in posted]


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_a_jump_while_a_send_is_in_flight_sends_nothing_twice(tmp_path: Path, jump: int) -> None:
    async with room(tmp_path) as here:
        channel = Gated()
        outbox = another(here, "one", channel)
        await puts(here, outbox, "a", "b")
        await settles(here)
        here.clock.jump(jump)
        for _ in range(3):
            here.clock.move(1)
            await outbox.sweep()
        channel.gate.set()
        await settles(here)
        assert [each.text for each in channel.to(AWA)] == ["a", "b"]
        assert await here.rows("SELECT * FROM outbox") == []


async def test_a_queue_that_outlasts_its_leases_renews_them(tmp_path: Path) -> None:
    """Three slow sends one after another: the last begins when its first lease is about to end."""
    async with room(tmp_path) as here:
        channel, other = Gated(), Mailbox()
        one, two = another(here, "one", channel), another(here, "two", other)
        await puts(here, one, "a", "b", "c")
        for sent in range(1, 4):
            await settles(here)
            for _ in range(4):
                here.clock.move(35)
                await two.sweep()
                await settles(here)
            channel.gate.set()
            while len(channel.sent) < sent:
                await asyncio.sleep(0)
            channel.gate.clear()
        await settles(here)
        assert ([each.text for each in channel.to(AWA)], other.sent) == (["a", "b", "c"], [])
        assert await here.rows("SELECT * FROM outbox") == []


async def test_a_hand_over_that_was_lost_is_found_again(tmp_path: Path) -> None:
    """Committed, and its caller was cancelled before it could hand the message over."""
    async with room(tmp_path) as here:
        await here.taal.store.run(say, str(AWA), Outbound("a"), here.taal.installation.owner, here.clock())
        for _ in range(5):
            await here.turn(31)
        assert [each.text for each in here.mailbox.to(AWA)] == ["a"]


async def test_what_was_let_go_is_not_sent_by_a_hand_over_that_comes_late(tmp_path: Path) -> None:
    """The second message is committed, the first is put off, and only then is the second handed over."""
    async with room(tmp_path) as here:
        here.mailbox.verdicts[AWA] = deque([SendLater(30.0, "busy")])
        store, outbox, owner = here.taal.store, here.taal.outbox, here.taal.installation.owner
        first, second = [
            await store.run(say, str(AWA), Outbound(text), owner, here.clock()) for text in ("a", "b")
        ]  # fmt: skip
        outbox.push([first])
        await here.quiet()
        outbox.push([second])
        await here.quiet()
        assert here.mailbox.sent == []
        await here.turn(31)
        assert [each.text for each in here.mailbox.to(AWA)] == ["a", "b"]


# Two processes.


async def test_whoever_has_lost_a_lease_sends_no_more_and_marks_nothing(tmp_path: Path) -> None:
    """One is frozen in the middle of a send; the other takes over; the first wakes."""
    async with room(tmp_path) as here:
        frozen, awake = Gated(), Gated()
        one, two = another(here, "one", frozen), another(here, "two", awake)
        (first, *_) = await puts(here, one, "a", "b", "c")
        await settles(here)
        here.clock.move(LEASE_SECONDS + 1)
        await two.sweep()
        await settles(here)
        frozen.gate.set()
        await settles(here)
        # Its send was on its way, and that one is twice there; the rest it leaves alone, and marks nothing.
        assert [each.text for each in frozen.to(AWA)] == ["a"]
        rows = await here.rows("SELECT id, lease, lease_owner FROM outbox ORDER BY id")
        assert rows[0] == {"id": first, "lease": 2, "lease_owner": "two"}
        assert len(rows) == 3
        awake.gate.set()
        await settles(here)
        assert [each.text for each in awake.to(AWA)] == ["a", "b", "c"]
        assert await here.rows("SELECT * FROM outbox") == []


@pytest.mark.parametrize("verdict", [SendLater(1.0, "busy"), SendRefused("gone", unreachable=True), ValueError("x")])
async def test_no_mark_of_a_lost_lease_changes_anything(tmp_path: Path, verdict: SendResult | Exception) -> None:
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        frozen = Gated()
        frozen.verdicts[AWA] = deque([verdict])
        one, two = another(here, "one", frozen), another(here, "two", Gated())
        await puts(here, one, "a")
        await settles(here)
        here.clock.move(LEASE_SECONDS + 1)
        await two.sweep()
        before = await here.rows("SELECT * FROM outbox")
        frozen.gate.set()
        await settles(here)
        assert await here.rows("SELECT * FROM outbox") == before
        assert await here.rows("SELECT unreachable_at FROM session") == [{"unreachable_at": None}]


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_a_jump_frees_no_live_lease_of_another_process_and_keeps_no_dead_one_for_ever(
    tmp_path: Path, jump: int
) -> None:
    async with room(tmp_path) as here:
        alive, other = Gated(), Mailbox()
        one, two = another(here, "one", alive), another(here, "two", other)
        await puts(here, one, "a", "b")
        await settles(here)
        await two.sweep()
        here.clock.move(100)
        here.clock.jump(jump)
        for _ in range(20):
            await two.sweep()
            here.clock.move(2)
        await settles(here)
        assert other.sent == []
        # It dies: after a lease's time the other has it all.
        for task in tuple(one._background.tasks):
            task.cancel()
        here.clock.move(LEASE_SECONDS)
        await two.sweep()
        await settles(here)
        assert [each.text for each in other.to(AWA)] == ["a", "b"]


def test_a_message_is_not_set_aside_under_a_lease_that_was_lost() -> None:
    store = SyncStore()
    installation = Installation("one", demo_shop(), (), Budget.of(6000))
    posted = store.run(say, str(AWA), Outbound("a", durable=True), "one", 1)
    lost = store.run(messages.set_aside, installation, posted.id, posted.lease + 1, str(AWA), "ValueError", 2)
    assert lost is None
    assert store.one("SELECT problem FROM outbox") is None
    assert store.run(messages.set_aside, None, posted.id, posted.lease, str(AWA), "ValueError", 2) == []
    assert store.one("SELECT problem FROM outbox") == "ValueError"
    store.close()


# Orders and inquiries.


class SlowGateway:
    """The provider, heard only when it is let through."""

    def __init__(self, gateway: Any) -> None:
        self._gateway = gateway
        self.gate = asyncio.Event()
        self.calls: list[str] = []

    async def pay(self, order: Any, **how: Any) -> Any:
        self.calls.append("pay")
        outcome = await self._gateway.pay(order, **how)
        await self.gate.wait()
        return outcome

    async def inquire(self, service: Any, reference: str) -> Any:
        self.calls.append("inquire")
        answer = await self._gateway.inquire(service, reference)
        await self.gate.wait()
        return answer


def slowed(here: Room) -> SlowGateway:
    gateway = SlowGateway(here.taal.settlement._gateway)
    here.taal.settlement._gateway = gateway  # type: ignore[assignment]
    here.taal.engine._lookups._gateway = gateway  # type: ignore[assignment]
    return gateway


def another_settlement(here: Room, name: str) -> Settlement:
    installation = Installation(name, here.taal.installation.shop, (), Budget.of(6000))
    gateway = here.taal.settlement._gateway
    return Settlement(
        here.taal.store, gateway, installation, here.clock, lambda order_id: None, lambda posted: None, here.clock.ticks
    )


async def paying(here: Room) -> tuple[SlowGateway, str]:
    """A pay call that is in flight, and its order."""
    data = await here.quotes(AWA, "14123456799")
    gateway = slowed(here)
    await here.hears(AWA, Tap(data))
    await settles(here)
    assert gateway.calls == ["pay"]
    return gateway, data.rpartition(".")[2]


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_a_jump_while_a_pay_call_is_in_flight_calls_it_neither_dead_nor_again(tmp_path: Path, jump: int) -> None:
    async with room(tmp_path) as here:
        gateway, order_id = await paying(here)
        here.clock.jump(jump)
        for _ in range(5):
            here.clock.move(20)
            await here.taal.settlement.sweep()
        await settles(here)
        assert (await here.order(order_id))["state"] == "sending"
        gateway.gate.set()
        await here.quiet()
        assert (await here.order(order_id))["state"] == "delivered"
        assert gateway.calls == ["pay"]
        assert await here.rows("SELECT what FROM journal WHERE what = 'interrupted'") == []


@pytest.mark.parametrize("jump", [0, HOUR, -HOUR])
async def test_no_other_process_takes_a_pay_call_for_dead_while_it_lives(tmp_path: Path, jump: int) -> None:
    async with room(tmp_path) as here:
        gateway, order_id = await paying(here)
        other = another_settlement(here, "other")
        for at in range(30):
            if at == 3:
                here.clock.jump(jump)
            await here.taal.settlement.sweep()
            await other.sweep()
            here.clock.move(10)
        await settles(here)
        assert (await here.order(order_id))["state"] == "sending"
        assert gateway.calls == ["pay"]
        # Its process dies: the other finds out within the time of a lease.
        for task in tuple(here.taal.settlement._pays.tasks):
            task.cancel()
        await settles(here)
        here.clock.move(90)
        await other.sweep()
        assert (await here.order(order_id))["state"] == "unknown"
        gateway.gate.set()


async def test_a_pay_call_that_could_not_leave_soon_does_not_leave(tmp_path: Path) -> None:
    """The process was frozen between the claim and the call: by now somebody else may be at it."""
    async with room(tmp_path) as here:
        data = await here.quotes(AWA, "14123456799")
        gateway = slowed(here)
        gateway.gate.set()
        store, run = here.taal.engine._store, here.taal.engine._store.run

        class Freezes:
            async def run(self, script: Any, /, *args: Any, **kwargs: Any) -> Any:
                result = await run(script, *args, **kwargs)
                if script.__name__ == "handle_event":
                    here.clock.move(60)
                return result

        here.taal.engine._store = Freezes()  # type: ignore[assignment]
        await here.taps(AWA, data)
        here.taal.engine._store = store
        assert gateway.calls == []
        assert (await here.order(data.rpartition(".")[2]))["state"] == "sending"
        # It is found to be in nobody's hands, and asked about as any call whose fate is not known: once, the same id.
        for _ in range(12):
            await here.turn(31)
        assert gateway.calls == ["pay"]
        assert (await here.order(data.rpartition(".")[2]))["state"] == "delivered"


async def test_a_jump_asks_no_inquiry_twice(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        gateway = slowed(here)
        await here.hears(AWA, Text("w 14123456799 5000"))
        await settles(here)
        here.clock.jump(HOUR)
        for _ in range(3):
            here.clock.move(1)
            await here.taal.engine.sweep()
        await settles(here)
        assert gateway.calls == ["inquire"]
        gateway.gate.set()
        await here.quiet()
        assert here.button(AWA, "confirm")
