"""One time limit for many tasks, watched by one timer.

A timer of each one's own costs as much as much of what it watches over. Where all have the same limit, whoever began
first is over first: one timer, wound up for the oldest, is enough.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")


class TimeLimit:
    """`seconds` for whatever runs `within` it, once at a time in each task. For one event loop."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._since: dict[asyncio.Task[Any], float] = {}
        self._over: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def within(self, task: asyncio.Task[Any], work: Awaitable[T]) -> T:
        """What `work` answers, which `task` awaits here. Raises TimeoutError, and cancels it, when it takes longer."""
        loop = asyncio.get_running_loop()
        cancelled_before = task.cancelling()
        self._since[task] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self.seconds, self._look)
        try:
            return await work
        except asyncio.CancelledError:
            # As `asyncio.timeout` has it: a cancellation of ours ends here, anybody else's goes on.
            if task not in self._over or task.uncancel() > cancelled_before:
                raise
            raise TimeoutError(f"not within {self.seconds} s") from None
        finally:
            self._since.pop(task, None)
            self._over.discard(task)

    def _look(self) -> None:
        """Cancel whoever has had enough time, and look again when the next one will have."""
        loop = asyncio.get_running_loop()
        self._timer = None
        while self._since:
            task, since = next(iter(self._since.items()))
            if loop.time() < since + self.seconds:
                self._timer = loop.call_at(since + self.seconds, self._look)
                return
            del self._since[task]
            self._over.add(task)
            task.cancel()
