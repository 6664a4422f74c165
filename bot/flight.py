"""What is in flight: work that was begun beside the caller and must come home before the process ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from structlog.typing import FilteringBoundLogger


class Flight:
    """The tasks that one room has begun. `trouble` is what its log says of one that raised."""

    def __init__(self, log: FilteringBoundLogger, trouble: str) -> None:
        self._log = log
        self._trouble = trouble
        self.tasks: set[asyncio.Task[None]] = set()
        self.draining = False

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the caller; what it raises is logged, for nobody waits for it."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    async def drain(self, seconds: float) -> None:
        """From now on `draining`; what is in flight may come home within `seconds`, the rest is cancelled."""
        self.draining = True
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=seconds)
        for task in self.tasks:
            task.cancel()

    @property
    def idle(self) -> bool:
        """Whether nothing is in flight."""
        return not self.tasks

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error(self._trouble, exc_info=error)
