"""One world: a seed's people, faults and processes, from the first credit to the end of everything that was begun."""

import asyncio
import hashlib
import random
from collections import Counter
from typing import Any, Final

from bot.domain.people import Address
from bot.gateway.simulator import Simulator
from bot.repositories import resellers
from bot.transactions.money import fund
from tests.simulation.channels import Screen
from tests.simulation.collector import Payers, PlayedCollector, shop_of
from tests.simulation.database import Database
from tests.simulation.deciding import OPEN, decide, decide_payments, reconcile
from tests.simulation.faults import Faults
from tests.simulation.log import heard_by
from tests.simulation.loop import Loop, run
from tests.simulation.machine import Machine
from tests.simulation.oracle import Broken, Oracle
from tests.simulation.people import Admin, Person, Reseller
from tests.simulation.process import ADMINS, SHOP, Process
from tests.simulation.provider import Provider

START: Final = 1_795_500_000_000
LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# In the end: how far the clocks go at once while nothing happens, and how long everything may take to become final.
SKIP_SECONDS: Final = 900.0
PATIENCE_SECONDS: Final = 12 * 3600.0
MOST_ROUNDS: Final = 500
# After so long without a change, a person decides.
STUCK_SECONDS: Final = 3600.0
RESELLER: Final = Address("telegram", "100")
CUSTOMERS: Final = (Address("telegram", "101"), Address("whatsapp", "221775550011"), Address("telegram", "102"))


class World:
    """Everything around the program. What chance decides here comes from the seed, and nothing else does."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(f"world {seed}")
        self.faults = Faults.draw(random.Random(f"faults {seed}"))
        self.faults.healed = True
        self.loop = Loop(seed, self.chance.choice((0.0, 0.05, 0.3)))
        self.database = Database(self._committed)
        self.shop = shop_of(SHOP, random.Random(f"shop {seed}"))
        self.oracle = Oracle(self)
        collects = self.shop.collecting is not None
        if collects and "payer moods" not in self.faults.strength and self.seed % 3:
            # They are few in a world as it is.
            self.faults.strength["payer moods"] = 0.8
        self.provider = Provider(self, PlayedCollector(self) if collects else Simulator())
        self.payers = Payers(self)
        self.machine = Machine(self)
        self.rate_per_minute = self.chance.choice((100, 100, 40))
        self.trace: list[str] = []
        self.error: Broken | None = None
        self.skipped_seconds = 0.0
        # When those who wait for nothing but a time go on.
        self._waits: list[float] = []
        self._ids = random.Random(f"ids {seed}")
        self._numbers: Counter[str] = Counter()
        self._screens: dict[Address, Screen] = {}
        # What channels have yet to tell of messages.
        self.reports: set[asyncio.Task[None]] = set()
        self.admins = [Admin(self, self.screen(address), self._random(address)) for address in ADMINS]
        reseller = Reseller(self, self.screen(RESELLER), self._random(RESELLER))
        self.buyers: list[Person] = [
            reseller,
            *(Person(self, self.screen(address), self._random(address)) for address in CUSTOMERS),
        ]

    def _random(self, address: Address) -> random.Random:
        return random.Random(f"{address} {self.seed}")

    # What everybody asks of the world.

    def seconds(self) -> float:
        """Since the beginning, by a clock that nobody sets."""
        return self.loop.time() + self.skipped_seconds

    def now(self) -> int:
        """The true time, in milliseconds."""
        return START + int(self.seconds() * 1000)

    def new_id(self) -> str:
        """An id that the program takes for one that nobody can foresee."""
        return "".join(self._ids.choices(LETTERS, k=12))

    @property
    def updates(self) -> int:
        """How many things people have said and pressed."""
        return self._numbers["update"]

    def next_number(self, of: str) -> int:
        self._numbers[of] += 1
        return self._numbers[of]

    def hop_seconds(self) -> float:
        """How long the way to the database takes."""
        if self.faults.strikes("slow database"):
            return self.chance.choice((0.05, 0.5, 3.0))
        return 0.001 if self.chance.random() < 0.1 else 0.0

    def is_slow_home(self) -> bool:
        """Whether others are ahead between a commit and the news of it."""
        return self.chance.random() < 0.3

    async def wait(self, seconds: float) -> None:
        """Wait for so long; what nobody waits for meanwhile is passed over in the end."""
        due = self.seconds() + seconds
        self._waits.append(due)
        try:
            while (left_seconds := due - self.seconds()) > 0:
                await asyncio.sleep(min(left_seconds, 1.0))
        finally:
            self._waits.remove(due)

    def screen(self, address: Address) -> Screen:
        if address not in self._screens:
            self._screens[address] = Screen(self, address)
        return self._screens[address]

    def somebody(self) -> Process | None:
        """A process that a balancer would choose; a frozen one looks no different."""
        living = [process for process in self.machine.processes if not process.is_dead]
        return self.chance.choice(living) if living else None

    def died(self, process: Process) -> None:
        self.machine.died(process)

    def note(self, line: str) -> None:
        """Something happened."""
        self.trace.append(f"{self.seconds():9.3f} {line}")

    def fell_over(self, event: str, error: BaseException | None) -> None:
        """The program met something that it calls an error."""
        self.note(f"error: {event} ({error!r})")
        if self.error is not None:
            return
        if isinstance(error, Broken):
            # What was asked of a call that the program made.
            self.error = error
        else:
            self.error = Broken(f"fell over: {event} ({error!r})")
            self.error.__cause__ = error

    def digest(self) -> str:
        """Two runs that did the same have the same."""
        told = f"{self.loop.steps} {self.loop.order_hash} {self.database.commits}\n" + "\n".join(self.trace)
        return hashlib.sha256(told.encode()).hexdigest()

    def _committed(self, written: set[str]) -> None:
        self.note(f"commit {' '.join(sorted(written))}")
        self.oracle.committed(written)

    # From the beginning to the end.

    async def play(self) -> None:
        """All of it."""
        await self.machine.start()
        await self._open()
        self.faults.healed = False
        self.machine.trouble()
        busy = [
            self.loop.begin(person.live(self.chance.randrange(4, 11)))
            for person in (*self.buyers, *self.admins)
            if person is not self.buyers[-1] or self.chance.random() < 0.5
        ]
        await asyncio.wait(busy)
        for task in busy:
            task.result()
        if self.shop.collecting is not None:
            # Money goes back while there is trouble, too.
            decide_payments(self, False)
        await asyncio.sleep(self.chance.choice((0.0, 5.0, 30.0)))
        await self.machine.heal()
        self.faults.healed = True
        self.note("the world is well")
        await self._settle()
        reconcile(self)
        for _ in range(2):
            for screen in self._screens.values():
                screen.says("/start")
            await self._settle()
        self.oracle.check_end()
        if self.error is not None:
            raise self.error

    async def _open(self) -> None:
        if self.shop.collecting is not None:
            self.note(f"collects by {self.shop.collecting.collector}, advances {self.shop.advances}")
        for at, person in enumerate(self.buyers):
            # Who pays for themselves begins without money.
            if self.shop.collecting is not None and (at or self.chance.random() < 0.5):
                continue
            amount_xof = self.chance.choice((3_000, 100_000, 300_000))
            await self._surely("fund", person.screen.address, amount_xof, f"first:{at}", "fr", self.now())
        await self._surely("make", str(RESELLER), "Chez Fatou", self.now())

    async def _surely(self, what: str, *args: Any) -> None:
        process = self.somebody()
        assert process is not None
        script: Any = {"fund": fund, "make": resellers.make}[what]
        await process.run(process.taal.store.run(script, *args))

    async def _settle(self) -> None:
        """Let everything come to its end, passing over the time in which nothing happens."""
        since = self.seconds()
        for _ in range(MOST_ROUNDS):
            await asyncio.sleep(1.0)
            self.provider.heal()
            if not self._is_quiet():
                continue
            if not self._waits and self._is_over():
                return
            passed = self.seconds() - since
            if passed > PATIENCE_SECONDS:
                break
            stuck = passed > STUCK_SECONDS
            if stuck:
                decide(self)
            if (self.shop.collecting is not None and decide_payments(self, stuck)) or stuck:
                await asyncio.sleep(2.0)
                if not self._is_quiet():
                    # What was decided is being done.
                    continue
            self._skip()
        raise Broken(f"I2: not everything came to an end: {self._left() + self.oracle.open_ends()}")

    def _is_quiet(self) -> bool:
        return (
            self.provider.webhooks <= len(self._waits)
            and not self.reports
            and all(process.taal.idle for process in self.machine.living)
            and not any(screen.waiting for screen in self._screens.values())
        )

    def _is_over(self) -> bool:
        return not self._left() and not self.oracle.open_ends()

    def _left(self) -> list[str]:
        return [f"{row['id']} {row['state']}" for row in self.database.rows(OPEN)]

    def _skip(self) -> None:
        """Nothing happens until something is due."""
        now = self.now()
        ahead = [row["at"] - now for row in self.database.rows(_DUE) if row["at"] is not None and row["at"] > now]
        waits = (due - self.seconds() for due in self._waits)
        seconds = min([*(ms / 1000 for ms in ahead), *waits, SKIP_SECONDS])
        self.skipped_seconds += max(seconds, 1.0)


_DUE: Final = """
SELECT min(due_at) AS at FROM orders WHERE due_at IS NOT NULL AND lease_owner IS NULL
UNION ALL SELECT min(lease_until) FROM orders WHERE lease_owner IS NOT NULL
UNION ALL SELECT min(due_at) FROM outbox WHERE given_up_at IS NULL
UNION ALL SELECT min(due_at) FROM provider_fact WHERE decided_at IS NULL
UNION ALL SELECT min(inquiry_due_at) FROM session
UNION ALL SELECT min(due_at) FROM collection WHERE due_at IS NOT NULL AND lease_owner IS NULL
UNION ALL SELECT min(due_at) FROM payback WHERE due_at IS NOT NULL AND lease_owner IS NULL
UNION ALL SELECT min(lease_until) FROM collection WHERE lease_owner IS NOT NULL
UNION ALL SELECT min(lease_until) FROM payback WHERE lease_owner IS NOT NULL
"""


class Failed(Exception):
    """A world in which something was broken: its seed, and the end of what happened."""

    def __init__(self, world: World, error: BaseException) -> None:
        super().__init__(f"seed {world.seed}: {type(error).__name__}: {error}")
        self.world = world


def simulate(seed: int) -> World:
    """Play a world to its end. Raises Failed."""
    world = World(seed)
    try:
        with heard_by(world):
            run(world.loop, world.play)
    except Exception as error:
        # What was broken first says more.
        first = world.error or error
        raise Failed(world, first) from first
    finally:
        world.database.close()
    return world
