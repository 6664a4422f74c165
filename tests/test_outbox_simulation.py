"""The outbox under everything at once: two processes, crashes between any two steps, freezes, clocks that jump.

Seeded. The real `Outbox` over the real scripts; the store is SQLite in memory, in which a process can be killed inside
a transaction, and the channel takes a message when the simulation says so. The promises:

- nothing that was committed is lost: it is delivered, or set aside with its reason;
- of one chat everything comes first in the order in which it was said;
- no process delivers a message twice, and another one only after a crash or a lost lease, however late marks are;
- no live lease is freed before its time, by true time, whatever the clocks say, and no process that was never frozen
  loses one in the middle of a send;
- a mark under a lease that was lost changes nothing;
- where the processes beat, nobody is taken for dead who was never frozen, and whoever was, and wakes, goes on.
"""

import asyncio
import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import pytest
from structlog.testing import capture_logs

from bot.domain.catalog import Catalog
from bot.domain.outbound import File, Outbound, SendLater, SendResult, Sent
from bot.domain.people import Address
from bot.i18n import load
from bot.outbox import Outbox, messages
from bot.outbox.delivery import SEND_SECONDS
from bot.outbox.held import LEASE_SECONDS
from bot.replicas import BEAT_SECONDS, Replicas
from bot.repositories.outbox import OutboxMessage, say
from bot.repositories.replicas import remove
from bot.shop import ShopSettings
from bot.store import Item, Script
from bot.transactions import housekeeping
from bot.transactions.installation import Budget, Installation
from tests.sync_store import Killed, SyncStore

pytestmark = pytest.mark.anyio

P = ParamSpec("P")
T = TypeVar("T")

SEEDS = 50
STEPS = 90
CHATS = [Address("telegram", str(1000 + number)) for number in range(3)]
SHOP = ShopSettings(words=load(), catalog=Catalog())
START_MS = 1_800_000_000_000


class Sending:
    """A message on its way to a channel."""

    def __init__(self, process: "Process", text: str) -> None:
        self.process = process
        self.text = text
        self.began = process.world.seconds
        self.answer: asyncio.Future[SendResult] = asyncio.get_running_loop().create_future()


class Process:
    """One process: its outbox, its view of the store, its end of the channel."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.dead = False
        self.frozen = self.was_frozen = False
        self.doomed_after: int | None = None
        self.installation = Installation(name, SHOP, (), Budget.of(6000))
        # As much of a store and of a channel as an outbox needs.
        self.outbox = Outbox(
            self,  # type: ignore[arg-type]
            {"telegram": self},  # type: ignore[dict-item]
            self.installation,
            world.clock,
            lambda: world.seconds,
            is_sure=self.is_sure,
        )
        names = (f"{name}+{number}" for number in itertools.count(1))
        self.replicas = Replicas(
            self,  # type: ignore[arg-type]  # As much of a store as it needs.
            self.installation,
            world.clock,
            lambda: world.seconds,
            lambda: next(names),
            is_shared=world.beats,
        )
        self.replicas.on_lost(self.outbox.doubt_leases)

    @property
    def owner(self) -> str:
        """The name under which it holds leases now."""
        return self.installation.owner

    def is_sure(self) -> bool:
        return self.replicas.is_sure()

    async def turn(self) -> None:
        """A beat, and a look at the others."""
        await self.replicas._beat()
        await self.replicas._look()

    # The store.

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        await self._while_alive()
        return self.world.store.run(script, *args, **kwargs)

    async def run(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        # A claim goes by the clock as it was a moment ago: a jump in between would be a lease that is lost.
        if script is not messages.claim_outbox:
            await self._while_alive()
        self.world.store.kill_after, self.doomed_after = self.doomed_after, None
        mark = self._mark(script, args)
        row = self._foreign(*mark) if mark is not None else None
        try:
            result = self.world.store.run(script, *args, **kwargs)
        except Killed:
            self.die()
            await self._while_alive()
            raise
        if row is not None and mark is not None and self._foreign(*mark) != row:
            self.world.broken.append(f"{self.name} marked what is somebody else's")
        if script is remove and result:
            self.world.buried(str(args[0]))
        self.world.committed(script, result)
        await self._while_alive()
        return result

    def ride(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[T]":
        # Later than the contract says, and after what comes later: nobody may stand on more than that it is done.
        async def later() -> T:
            for _ in range(self.world.random.randrange(20)):
                await asyncio.sleep(0)
            return await self.run(script, *args, **kwargs)

        task = asyncio.ensure_future(later())
        self.world.tasks.add(task)
        task.add_done_callback(self.world.tasks.discard)
        return task

    def ride_each(self, script: Callable[[Sequence[Item]], Script[Sequence[T]]], item: Item, /) -> "asyncio.Future[T]":
        """Alone, and as late."""

        async def one() -> T:
            return (await self.ride(script, (item,)))[0]

        return asyncio.ensure_future(one())

    def _mark(self, script: object, args: Any) -> tuple[int, int] | None:
        """The message and the lease that a script marks."""
        if script is messages.sent_each:
            [(message_id, lease)] = args[0]
            return message_id, lease
        if script in (messages.sent, messages.given_up, messages.rests):
            return args[0], args[1]
        return (args[1], args[2]) if script in (messages.later, messages.failed, messages.set_aside) else None

    def _foreign(self, message_id: int, lease: int) -> tuple[object, ...] | None:
        """The row of a message whose lease has another number by now."""
        rows = self.world.store.rows("SELECT * FROM outbox WHERE id = ? AND lease <> ?", message_id, lease)
        return tuple(rows[0]) if rows else None

    async def _while_alive(self) -> None:
        await asyncio.sleep(0)
        while self.frozen and not self.dead:
            await asyncio.sleep(0)
        if self.dead:
            await asyncio.Event().wait()

    # The channel.

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        await self._while_alive()
        sending = Sending(self, outbound.text)
        self.world.sendings.append(sending)
        result = await sending.answer
        await self._while_alive()
        return result

    def die(self) -> None:
        """Everything in memory is gone."""
        self.dead = True
        for task in tuple(self.outbox._background.tasks):
            task.cancel()

    async def says(self, chat: Address, text: str) -> None:
        """What the engine does: commit, then hand over."""
        posted = await self.run(
            say, str(chat), Outbound(text, durable=text.startswith("news")), self.owner, self.world.clock()
        )
        self.outbox.push([posted])


class World:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.alone = seed % 3 == 0
        # Whether the processes tell each other that they live, or are known by the time of their leases alone.
        self.beats = seed % 3 == 1
        self.store = SyncStore()
        self.seconds = 10_000.0
        self.jumped_ms = 0
        self.births = 0
        self.born_ever: list[Process] = []
        self.killed: set[Process] = set()
        self.said = 0
        self.ids: dict[str, int] = {}
        self.chat_of: dict[str, Address] = {}
        self.sendings: list[Sending] = []
        self.deliveries: list[tuple[Process, str]] = []
        self.tasks: set[asyncio.Task[Any]] = set()
        # By message: who was told that it was taken.
        self.sent: dict[int, Process] = {}
        # What was answered by a time limit, or delivered and put off: it may be there twice.
        self.excused: set[str] = set()
        self.broken: list[str] = []
        self.left_seconds = 0.0
        self.burials = 0
        # By message: whose its lease is, its number and end, and when that was written, by true time.
        self.leases: dict[int, tuple[str, int, int, float]] = {}
        self.processes = [self.born() for _ in range(1 if self.alone else 2)]

    def clock(self) -> int:
        return START_MS + int(self.seconds * 1000) + self.jumped_ms

    def born(self) -> Process:
        self.births += 1
        if self.alone:
            self.store.run(housekeeping.take_over, self.clock())
            self.leases.clear()
        self.born_ever.append(Process(self, f"p{self.births}"))
        if self.beats:
            self.begin(self.born_ever[-1].turn())
        return self.born_ever[-1]

    def committed(self, script: object, result: object) -> None:
        """Watch every commit: what was said, and that no lease was taken from the living before its time."""
        if script is say and isinstance(result, OutboxMessage):
            self.ids[result.outbound.text] = result.id
        alive = {process.owner: process for process in self.processes if not process.dead}
        now: dict[int, tuple[str, int, int, float]] = {}
        leased = "SELECT id, lease_owner, lease, lease_until FROM outbox WHERE lease_owner IS NOT NULL"
        for row in self.store.rows(leased):
            before = self.leases.get(row["id"])
            lease = (row["lease_owner"], row["lease"], row["lease_until"])
            if before is not None and before[:3] == lease:
                now[row["id"]] = before
                continue
            if before is not None and before[1] != lease[1] and before[0] in alive:
                self.taken(row["id"], alive[before[0]], self.seconds - before[3], row["lease_owner"])
            now[row["id"]] = (*lease, self.seconds)
        self.leases = now
        for row in self.store.rows("SELECT id FROM outbox WHERE lease_owner IS NULL AND given_up_at IS NULL"):
            sender = self.sent.get(row["id"])
            if sender is not None and not sender.dead and not sender.was_frozen:
                self.broken.append(f"{sender.name} let go of what it had sent")

    def taken(self, message_id: int, process: Process, after_seconds: float, by: str) -> None:
        """A lease was taken from a process that lives: it must have ended, and nothing be in flight under it, unless
        the process is, or was, frozen.
        """
        if after_seconds < LEASE_SECONDS and not (self.beats and process.was_frozen):
            self.broken.append(f"a live lease of {process.name} was freed")
        if process.owner == by:
            self.broken.append(f"{process.name} took its own lease")
        in_flight = any(
            each.process is process and self.ids.get(each.text) == message_id and not each.answer.done()
            for each in self.sendings
        )
        if in_flight and not process.was_frozen:
            self.broken.append(f"{process.name} lost a lease while it was sending")

    def buried(self, owner: str) -> None:
        """Somebody was taken for dead."""
        self.burials += 1
        for process in self.processes:
            if process.owner == owner and not process.dead and not process.was_frozen:
                self.broken.append(f"{owner} lives and was taken for dead")

    # What may happen.

    async def goes_round(self, most: int = 25) -> None:
        """The loop goes on for a while; what is not done by then is still under way when the next thing happens."""
        for _ in range(self.random.randrange(most)):
            await asyncio.sleep(0)

    def begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def speak(self) -> None:
        process = self.random.choice(self.processes)
        if process.dead or process.frozen:
            return
        chat = self.random.choice(CHATS)
        self.said += 1
        text = f"{self.random.choices(['word', 'news', 'poison'], [8, 8, 1])[0]} {self.said}"
        self.chat_of[text] = chat
        self.begin(process.says(chat, text))

    def sweep(self) -> None:
        process = self.random.choice(self.processes)
        if not process.dead and not process.frozen:
            self.begin(process.outbox.sweep())

    def answer(self, how: str | None = None) -> None:
        self.sendings = [each for each in self.sendings if not each.answer.done()]
        if not self.sendings:
            return
        sending = self.random.choice(self.sendings)
        self.sendings.remove(sending)
        if sending.text.startswith("poison"):
            how = "raises"
        how = how or self.random.choices(["sent", "later", "raises", "timeout"], [12, 3, 1, 1])[0]
        if how == "sent" or (how == "timeout" and self.random.random() < 0.5):
            self.deliveries.append((sending.process, sending.text))
        if sending.process.dead:
            return
        if how == "sent":
            self.sent[self.ids[sending.text]] = sending.process
            sending.answer.set_result(Sent("ref"))
        elif how == "later":
            sending.answer.set_result(SendLater(self.random.choice([1.0, 40.0, 290.0]), "busy"))
        else:
            # After a time limit nobody knows, so that one may be there twice.
            sending.answer.set_exception(ValueError("poison") if how == "raises" else TimeoutError())
            if how == "timeout":
                self.excused.add(sending.text)

    def pass_time(self) -> None:
        seconds = self.random.choice([1.0, 5.0, 12.0, 30.0] if self.beats else [1.0, 5.0, 30.0, 110.0, 310.0])
        # A send takes no longer than its limit, unless its process is frozen.
        for sending in self.sendings:
            if not sending.answer.done() and not sending.process.frozen and not sending.process.dead:
                seconds = min(seconds, max(0.0, sending.began + SEND_SECONDS - self.seconds))
        if self.beats:
            self.left_seconds += seconds
        else:
            self.seconds += seconds

    async def beat(self) -> None:
        """Time passes, and whoever lives beats."""
        while self.left_seconds > 0:
            self.seconds += min(BEAT_SECONDS, self.left_seconds)
            self.left_seconds -= BEAT_SECONDS
            await self.turns()
        self.left_seconds = 0.0

    async def turns(self) -> None:
        for process in self.processes:
            if not process.dead and not process.frozen:
                self.begin(process.turn())
        for _ in range(20):
            await asyncio.sleep(0)

    def jump(self) -> None:
        """Everybody looks at the clock every second; who is frozen while it is set there and back cannot see it."""
        if any(process.frozen for process in self.processes):
            return
        self.jumped_ms += self.random.choice([-3_600_000, 3_600_000])
        for process in self.processes:
            process.outbox._trust.check()

    def kill(self) -> None:
        process = self.random.choice(self.processes)
        if self.random.random() < 0.5:
            process.doomed_after = self.random.randrange(3)
        else:
            process.die()

    def freeze(self) -> None:
        process = self.random.choice(self.processes)
        process.frozen = not process.frozen
        process.was_frozen = True

    def restart(self) -> None:
        for at, process in enumerate(self.processes):
            if process.dead:
                self.processes[at] = self.born()

    async def run(self) -> None:
        acts = [self.speak, self.sweep, self.answer, self.pass_time, self.jump, self.kill, self.freeze, self.restart]
        for _ in range(STEPS):
            self.random.choices(acts, [8, 6, 9, 4, 1, 1, 1, 2])[0]()
            await self.beat()
            await self.goes_round()
        await self.comes_to_rest()

    async def comes_to_rest(self) -> None:
        for _ in range(400):
            for process in self.processes:
                process.frozen, process.doomed_after = False, None
            self.restart()
            if self.beats:
                await self.turns()
            for process in self.processes:
                self.begin(process.outbox.sweep())
            for _ in range(60):
                self.answer("sent")
                await asyncio.sleep(0)
            if not self.store.one("SELECT count(*) FROM outbox WHERE given_up_at IS NULL") and not self.sendings:
                break
            self.seconds += 61
        self.killed = {process for process in self.born_ever if process.dead}
        for process in self.processes:
            process.die()
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.sleep(0)

    # The promises.

    def check(self, lost: Counter[int]) -> None:
        """`lost` counts the sends of a message whose lease turned out to be lost meanwhile."""
        assert self.broken == []
        aside = {row["id"] for row in self.store.rows("SELECT id FROM outbox WHERE problem IS NOT NULL")}
        first: dict[Address, list[int]] = defaultdict(list)
        by: dict[str, list[Process]] = defaultdict(list)
        for process, text in self.deliveries:
            if text not in by:
                first[self.chat_of[text]].append(self.ids[text])
            by[text].append(process)
        for text, message_id in self.ids.items():
            assert text in by or message_id in aside, f"{text} is lost"
            assert message_id not in aside or text.startswith("poison") or text in self.excused, f"{text} is set aside"
        for text, processes in by.items():
            reasons = lost[self.ids[text]] + sum(1 for process in processes if process in self.killed)
            assert len(processes) <= 1 + reasons or text in self.excused, f"{text} came {len(processes)} times"
        for chat, ids in first.items():
            assert ids == sorted(ids), f"{chat} out of order: {ids}"


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_nothing_is_lost_nothing_comes_out_of_order_and_nothing_twice_without_a_reason(seed: int) -> None:
    world = World(seed)
    with capture_logs() as lines:
        await world.run()
    world.check(Counter(line["message"] for line in lines if line["event"] == "lease lost while sending"))
    world.store.close()
