"""What is in flight: work that was begun beside the caller and must come home before the process ends."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from structlog.typing import FilteringBoundLogger

from bot.errors import StoreBusy

# After a sweep for which the database was busy.
BUSY_SECONDS = 1.0
# A task that was cancelled gets so long to let go of what it holds.
CANCEL_SECONDS = 1.0


async def keep_sweeping(sweep: Callable[[], Awaitable[float]], log: FilteringBoundLogger, trouble: str) -> None:
    """Sweep until cancelled; a sweep answers after how many seconds to sweep again. `trouble` is what the log says of
    one for which the database was busy.
    """
    while True:
        pause_seconds = BUSY_SECONDS
        try:
            pause_seconds = await sweep()
        except StoreBusy as error:
            log.warning(trouble, problem=str(error))
        await asyncio.sleep(pause_seconds)


class BackgroundTasks:
    """The tasks that one room has begun. `trouble` is what its log says of one that raised."""

    def __init__(self, log: FilteringBoundLogger, trouble: str) -> None:
        self._log = log
        self._trouble = trouble
        self.tasks: set[asyncio.Task[None]] = set()
        self.draining = False

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` beside the caller; what it raises is logged, for nobody has to wait for it."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def take_over(self, other: "BackgroundTasks") -> None:
        """The task that runs now, begun by `other`, belongs to this flight from here on."""
        task: asyncio.Task[None] | None = asyncio.current_task()
        if task is not None and task in other.tasks:
            other.tasks.discard(task)
            task.remove_done_callback(other._ended)
            self.tasks.add(task)
            task.add_done_callback(self._ended)

    async def home(self, seconds: float) -> None:
        """Wait until nothing is in flight any more, but no longer than `seconds`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self.tasks and (left := until - loop.time()) > 0:
            await asyncio.wait(self.tasks, timeout=left)

    async def drain(self, seconds: float) -> None:
        """From now on `draining`; what is in flight may come home within `seconds`, the rest is cancelled."""
        self.draining = True
        await self.home(seconds)
        for task in self.tasks:
            task.cancel()
        await self.home(CANCEL_SECONDS)

    @property
    def idle(self) -> bool:
        """Whether nothing is in flight."""
        return not self.tasks

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error(self._trouble, exc_info=error)
