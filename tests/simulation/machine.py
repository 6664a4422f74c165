"""The machines on which the program runs: processes start, die, stand still, and have their clocks set."""

import asyncio
from typing import TYPE_CHECKING, Final

from tests.simulation.process import PLACES, Process

if TYPE_CHECKING:
    from tests.simulation.world import World

# While there is trouble: for about so long.
TROUBLE_SECONDS: Final = 25.0
JUMPS_SECONDS: Final = (-3600, -120, -30, 30, 120, 3600)
FROZEN_SECONDS: Final = (5.0, 60.0, 100.0, 320.0)


class Machine:
    """The processes of one world."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.processes: list[Process] = []
        self.replicas = world.chance.choice((1, 2))
        self._born = 0
        self._jump_ms = 0
        self._is_well = False

    @property
    def living(self) -> list[Process]:
        return [process for process in self.processes if not process.is_dead]

    async def start(self) -> None:
        """The first processes."""
        for _ in range(self.replicas):
            await self._begin()

    async def _begin(self) -> None:
        self._born += 1
        process = Process(self.world, f"process {self._born}")
        process.jump_ms = self._jump_ms
        alone = not self.living
        self.processes.append(process)
        await process.start(alone=alone and self.replicas == 1)

    def died(self, process: Process) -> None:
        """Another one is started in its place."""
        self.world.loop.begin(self._again())

    async def _again(self) -> None:
        await asyncio.sleep(self.world.chance.choice((0.0, 1.0, 10.0)))
        await self._begin()

    def trouble(self) -> None:
        """Whatever is to befall the machines."""
        faults, begin = self.world.faults, self.world.loop.begin
        for _ in range(faults.times("crash")):
            begin(self._crash(faults.chance.uniform(0, TROUBLE_SECONDS)))
        for _ in range(faults.times("clock jumps")):
            begin(self._jump(faults.chance.uniform(0, TROUBLE_SECONDS)))
        for _ in range(faults.times("frozen")):
            begin(self._freeze(faults.chance.uniform(0, TROUBLE_SECONDS)))
        for _ in range(faults.times("outage")):
            begin(self._outage(faults.chance.uniform(0, TROUBLE_SECONDS)))

    async def _crash(self, after_seconds: float) -> None:
        await asyncio.sleep(after_seconds)
        process, chance = self.world.somebody(), self.world.faults.chance
        if process is not None and not self._is_well:
            place = chance.choice(PLACES)
            process.doom(place, chance.randrange(1, 60 if place == "statement" else 4))

    async def _jump(self, after_seconds: float) -> None:
        await asyncio.sleep(after_seconds)
        if self._is_well:
            return
        self.world.faults.seen["clock jumps"] += 1
        self._set_clock(self._jump_ms + self.world.faults.chance.choice(JUMPS_SECONDS) * 1000)

    def _set_clock(self, jump_ms: int) -> None:
        self.world.note(f"the clock is {jump_ms} ms ahead")
        self._jump_ms = jump_ms
        for process in self.processes:
            process.jump_ms = jump_ms

    async def _freeze(self, after_seconds: float) -> None:
        await asyncio.sleep(after_seconds)
        process = self.world.somebody()
        if process is None or self._is_well:
            return
        self.world.faults.seen["frozen"] += 1
        self.world.note(f"{process.name} stands still")
        process.freeze()
        # Where nobody else is there, everything waits, so it need not be long.
        await asyncio.sleep(
            self.world.faults.chance.choice(FROZEN_SECONDS if len(self.living) > 1 else FROZEN_SECONDS[:1])
        )
        self.world.note(f"{process.name} goes on")
        process.thaw()

    async def _outage(self, after_seconds: float) -> None:
        await asyncio.sleep(after_seconds)
        if self._is_well:
            return
        self.world.faults.seen["outage"] += 1
        simulator = self.world.provider.simulator
        simulator.outage = self.world.faults.chance.choice(("maintenance", "busy", "error", "silent"))
        await asyncio.sleep(self.world.faults.chance.uniform(1, 20))
        simulator.outage = None

    async def heal(self) -> None:
        """From now on everything runs."""
        self._is_well = True
        if self._jump_ms:
            self._set_clock(0)
        for process in self.living:
            process.spare()
            process.thaw()
        while not self.living:
            await asyncio.sleep(1.0)
