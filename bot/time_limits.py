"""The same time limit for many, watched by one timer.

A timer of each one's own costs as much as much of what it watches over. Where all have the same limit, whoever began
first is over first: one timer, wound up for the oldest, is enough.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class Countdown(Generic[K]):
    """`seconds` for each of many; `over` is called with whoever has had them. For one event loop."""

    def __init__(self, seconds: float, over: Callable[[K], None]) -> None:
        self.seconds = seconds
        self._over = over
        self._since: dict[K, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop

    def __len__(self) -> int:
        return len(self._since)

    def start(self, key: K) -> None:
        """Its time runs from now on."""
        if self._timer is None:
            # Asked for once and not each time: the answer costs a call of the system.
            self._loop = asyncio.get_running_loop()
            self._timer = self._loop.call_later(self.seconds, self._look)
        self._since[key] = self._loop.time()

    def stop(self, key: K) -> None:
        """Nobody waits for it any more."""
        self._since.pop(key, None)

    def _look(self) -> None:
        """Tell whose time is over, and look again when the next one's will be."""
        self._timer = None
        while self._since:
            key, since = next(iter(self._since.items()))
            if self._loop.time() < since + self.seconds:
                self._timer = self._loop.call_at(since + self.seconds, self._look)
                return
            del self._since[key]
            self._over(key)


class TimeLimit:
    """`seconds` for whatever runs `within` it, once at a time in each task. For one event loop."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._running: Countdown[asyncio.Task[Any]] = Countdown(seconds, self._cancel)
        self._over: set[asyncio.Task[Any]] = set()

    async def within(self, task: asyncio.Task[Any], work: Awaitable[T]) -> T:
        """What `work` answers, which `task` awaits here. Raises TimeoutError, and cancels it, when it takes longer."""
        cancelled_before = task.cancelling()
        self._running.start(task)
        try:
            return await work
        except asyncio.CancelledError:
            # As `asyncio.timeout` has it: a cancellation of ours ends here, anybody else's goes on.
            if task not in self._over or task.uncancel() > cancelled_before:
                raise
            raise TimeoutError(f"not within {self.seconds} s") from None
        finally:
            self._running.stop(task)
            self._over.discard(task)

    def _cancel(self, task: asyncio.Task[Any]) -> None:
        self._over.add(task)
        task.cancel()
