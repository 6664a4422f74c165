"""Several processes over one database: which of them are alive, and which one does what only one may do.

Theory of operation. Each process has a row with a number, which it raises all the time: it *beats*. Each looks at the
others' numbers and counts by its own ticks, never by a clock, for how long one has stood still. One that stood still
for `DEAD_SECONDS` is taken for dead: its row is removed, unless it has beaten since, and in the same transaction
everything that was leased to it is free. What is leased under a name that no row bears is freed as well; leases by time
(`bot.leases`) remain the second net.

While the database does not answer, nobody can beat and nobody is looked at: whoever was not answered, or was frozen,
counts anew from then on. So an outage is nobody's death.

A process that was frozen or cut off may have been taken for dead without knowing. So it is *sure* of what it holds only
for `SURE_SECONDS` after its last beat, which is shorter; after that it asks the database before it sends a message or
makes a payment. When it finds its row gone, it takes a new name: what it does from then on is in nobody's way, and what
was leased under the old name it holds no more. Every write is fenced besides: a message by the number of its lease, an
order by its version and its lease by the owner's name, an inquiry by its id, a line of a list by its state.

What only one process does (polling a channel, monitoring) has a row as well, with the name of the process that *leads*
in it; it goes with the process's own row, and whoever sees it gone takes it.

A process that is alone with its database is always sure, and leads in everything.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from bot.errors import StoreBusy
from bot.logs import get_logger
from bot.repositories import replicas
from bot.store import Store
from bot.transactions.installation import Installation

BEAT_SECONDS: Final = 1.5
# One that is alone only shows that its database can be written.
ALONE_SECONDS: Final = 10.0
TROUBLE_SECONDS: Final = 1.0
DEAD_SECONDS: Final = 7.0
SURE_SECONDS: Final = 5.0
# A look vouches for no more than this, however long ago the one before was; and who slept for so much longer than meant
# was frozen.
LOOK_SECONDS: Final = 2.5
# Names without a row are looked for now and then, and freed when they were found twice: a process that has just taken
# another name may still be writing something under its old one.
STRAY_LOOKS: Final = 4
HAND_OVER_SECONDS: Final = 1.0

log = get_logger("replicas")


def polling_task(channel: str) -> str:
    """The task of polling a channel."""
    return f"{channel}-poll"


class Watch:
    """For how long the numbers of others have stood still, in ticks of the process that looks."""

    def __init__(self) -> None:
        self._still: dict[str, tuple[int, float]] = {}
        self._looked_at = 0.0

    def forget(self) -> None:
        """Nobody was looked at for a while: everybody counts anew."""
        self._still = {}

    def dead(self, beats: Mapping[str, int], ticks: float) -> list[tuple[str, int]]:
        """Who is to be taken for dead, each with the number at which it stands still. `beats` are what is seen now."""
        passed, self._looked_at = min(ticks - self._looked_at, LOOK_SECONDS), ticks
        still = {}
        for owner, number in beats.items():
            before, seconds = self._still.get(owner, (number, -passed))
            still[owner] = (number, seconds + passed if before == number else 0.0)
        self._still = still
        return [(owner, number) for owner, (number, seconds) in still.items() if seconds >= DEAD_SECONDS]


class Replicas:
    """This process among those that share its database. `is_shared` is False for one that is alone with it. `clock` is
    in milliseconds, `ticks` are seconds of a clock that never jumps; `new_name` makes names that nobody ever had.
    """

    def __init__(
        self,
        store: Store,
        installation: Installation,
        clock: Callable[[], int],
        ticks: Callable[[], float],
        new_name: Callable[[], str],
        *,
        is_shared: bool,
    ) -> None:
        self._store = store
        self._installation = installation
        self._clock = clock
        self._ticks = ticks
        self._new_name = new_name
        self.is_shared = is_shared
        self._has_entered = False
        self._sure_until = 0.0
        self._tasks: set[str] = set()
        self._leads: set[str] = set()
        self._watch = Watch()
        self._many = 1
        self._looks = 0
        self._stray: frozenset[str] = frozenset()
        self._on_lost: list[Callable[[], None]] = []

    @property
    def many(self) -> int:
        """How many processes serve, as far as was seen; at least this one."""
        return self._many

    def hear(self, channel: str) -> int:
        """How many processes hear what people say in a channel: the one that polls it, or all."""
        return 1 if polling_task(channel) in self._leads else self._many

    def is_sure(self) -> bool:
        """Whether what is leased to this process certainly is, by its last beat."""
        return not self.is_shared or self._ticks() < self._sure_until

    async def make_sure(self) -> bool:
        """Beat now, unless that is not needed; False when the process had been taken for dead, and holds nothing more.

        Raises StoreBusy.
        """
        return self.is_sure() or await self._beat()

    def stand_for(self, task: str) -> None:
        """This process is ready to do a task that only one does at a time."""
        self._tasks.add(task)

    def leads(self, task: str) -> bool:
        """Whether this process does it now."""
        return not self.is_shared or (task in self._leads and self.is_sure())

    def on_lost(self, tell: Callable[[], None]) -> None:
        """`tell` whoever holds something when it turns out that the process was taken for dead."""
        self._on_lost.append(tell)

    async def enter(self) -> None:
        """Have a row from now on, and know who leads. Raises StoreBusy."""
        await self._beat()
        if self.is_shared:
            await self._look()

    async def leave(self) -> None:
        """Let go of everything and have no row any more; what cannot be written in a moment, the others do later."""
        self._leads.clear()
        try:
            async with asyncio.timeout(HAND_OVER_SECONDS):
                await self._store.run(replicas.leave, self._installation.owner, self._clock())
        except (StoreBusy, TimeoutError) as error:
            log.warning("the others were not told of the stop", problem=str(error) or type(error).__name__)

    async def step_down(self, task: str) -> None:
        """Somebody else may do a task from now on; here nobody does it any more."""
        self._tasks.discard(task)
        if task not in self._leads:
            return
        self._leads.discard(task)
        try:
            async with asyncio.timeout(HAND_OVER_SECONDS):
                await self._store.run(replicas.leave_lead, task, self._installation.owner)
        except (StoreBusy, TimeoutError) as error:
            log.warning("a task was not handed over", task=task, problem=str(error) or type(error).__name__)

    async def work(self) -> None:
        """Beat and look at the others, until cancelled."""
        while True:
            try:
                await self._beat()
                if self.is_shared:
                    await self._look()
                pause_seconds = BEAT_SECONDS if self.is_shared else ALONE_SECONDS
            except StoreBusy:  # The store remembers it as its trouble.
                self._watch.forget()
                pause_seconds = TROUBLE_SECONDS
            slept_at = self._ticks()
            await asyncio.sleep(pause_seconds)
            if self._ticks() - slept_at > pause_seconds + LOOK_SECONDS:
                self._watch.forget()

    async def _beat(self) -> bool:
        """Raise our number; False when there was none any more, and we have another name."""
        since, owner = self._ticks(), self._installation.owner
        if not self._has_entered:
            await self._store.run(replicas.enter, owner)
            self._has_entered = True
        # What rides goes before everything that waits.
        elif not await self._store.ride(replicas.beat, owner):
            await self._take_new_name(owner)
            return False
        self._sure_until = max(self._sure_until, since + SURE_SECONDS)
        return True

    async def _take_new_name(self, owner: str) -> None:
        if owner != self._installation.owner:
            # Somebody else has found it out meanwhile.
            return
        since, name = self._ticks(), self._new_name()
        await self._store.run(replicas.enter, name)
        if owner != self._installation.owner:
            await self._store.run(replicas.leave, name, self._clock())
            return
        self._installation.owner = name
        self._leads.clear()
        self._sure_until = since + SURE_SECONDS
        for tell in self._on_lost:
            tell()
        log.warning("others took this process for dead: it goes on under another name", was=owner, now=name)
        await self._store.run(replicas.release, owner, self._clock())

    async def _look(self) -> None:
        """See who is there, take those for dead who stand still, and do what nobody does."""
        present = await self._store.read(replicas.present)
        own = self._installation.owner
        beats = {owner: number for owner, number in present.beats.items() if owner != own}
        leaders = dict(present.leaders)
        for owner, number in self._watch.dead(beats, self._ticks()):
            if await self._store.run(replicas.remove, owner, number, self._clock()):
                log.warning("a process stood still and is taken for dead", owner=owner)
                del beats[owner]
                leaders = {task: leader for task, leader in leaders.items() if leader != owner}
        self._many = len(beats) + 1
        for task in self._tasks - set(leaders):
            if await self._store.run(replicas.take_lead, task, own):
                log.info("this process leads", task=task)
                leaders[task] = own
        if own == self._installation.owner:
            self._leads = {task for task, leader in leaders.items() if leader == own}
        await self._free_what_is_stray()

    async def _free_what_is_stray(self) -> None:
        self._looks += 1
        if self._looks % STRAY_LOOKS:
            return
        found = frozenset(await self._store.read(replicas.without_row))
        for owner in sorted(found & self._stray):
            log.warning("what was leased to nobody is free", owner=owner)
            await self._store.run(replicas.release, owner, self._clock())
        self._stray = found
