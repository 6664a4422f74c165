"""The event loop of a simulation: virtual time, a seeded order of what is ready, and processes that die or stand still.

Whatever is used of detangle is used here, so that another loop can take its place.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context, ContextVar
from typing import Any

from detangle import SimConfig, SimLoop, Strategy
from detangle._loop import Lane

# Far beyond what any world takes: more is a loop that never rests.
MOST_STEPS = 400_000
MOST_STEPS_AT_THE_END = 50_000

# Of which process a task is; none: it belongs to the world around them.
PROCESS: ContextVar[str] = ContextVar("process", default="")


class Chance(Strategy):
    """Runs what is ready in its order, and another one with the probability `stray`."""

    def __init__(self, seed: int, stray: float) -> None:
        self._random = random.Random(f"schedule {seed}")
        self._stray = stray

    def schedule(self, lanes: Sequence[Any]) -> int:
        return self._random.randrange(len(lanes)) if self._random.random() < self._stray else 0


class Loop(SimLoop):
    """One world's event loop."""

    def __init__(self, seed: int, stray: float) -> None:
        super().__init__(SimConfig(max_steps=MOST_STEPS, seed_random=False), Chance(seed, stray))
        self.owners: dict[asyncio.Task[Any], str] = {}
        self.frozen: set[str] = set()

    def create_task(
        self, coro: Any, *, name: str | None = None, context: Context | None = None, **more: Any
    ) -> asyncio.Task[Any]:
        task = super().create_task(coro, name=name, context=context, **more)
        owner = PROCESS.get() if context is None else context.get(PROCESS, "")
        if owner:
            self.owners[task] = owner
            task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        del self.owners[task]

    def begin(self, work: Coroutine[Any, Any, Any], process: str = "") -> asyncio.Task[Any]:
        """Run `work` as a task of a process, or of the world."""
        context = Context()
        context.run(PROCESS.set, process)
        return self.create_task(work, context=context)

    def kill(self, process: str) -> None:
        """A process is gone: whatever it was doing ends where it waits."""
        self.frozen.discard(process)
        for task in [task for task, owner in self.owners.items() if owner == process]:
            task.cancel()

    def _schedule(self, lanes: Sequence[Lane]) -> int:
        # A seed is enough to do it again: what was decided need not be kept.
        return self.strategy.schedule(lanes)

    def _lane_for_task(self, task: asyncio.Task[Any]) -> Lane:
        # The library looks up where a task was begun, which nobody reads here.
        lane = self._task_lanes.get(task)
        if lane is None:
            lane = self._task_lanes[task] = Lane(self._new_lane_id(), task, "task", "")
            self.tasks.append(task)
            self.task_info[task] = None  # type: ignore[assignment]  # only whether it is there is asked
        return lane

    def _pick_lane(self) -> Lane | None:
        if not self.frozen:
            # Most often one lane alone is ready.
            if len(self._active) == 1:
                (lane,) = self._active.values()
                if not lane.queue[0][1]._cancelled:
                    return lane
            return super()._pick_lane()
        frozen = {
            number: lane
            for number, lane in self._active.items()
            if lane.task is not None and self.owners.get(lane.task) in self.frozen
        }
        for number in frozen:
            del self._active[number]
        picked = super()._pick_lane()
        self._active.update(frozen)
        return picked


def run(loop: Loop, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a world to its end. Raises what it raises, and what a task raised that nobody waited for."""
    task = loop.begin(main())
    try:
        loop.run_until_complete(task)
        lost = _unheard(loop, task)
        if lost is not None:
            raise lost
    finally:
        _end(loop)


def _unheard(loop: Loop, main: asyncio.Task[Any]) -> BaseException | None:
    for context in loop.unhandled:
        error = context.get("exception")
        return error if isinstance(error, BaseException) else RuntimeError(str(context.get("message")))
    for task in loop.tasks:
        if task is not main and task.done() and not task.cancelled() and getattr(task, "_log_traceback", False):
            return task.exception()
    return None


def _end(loop: Loop) -> None:
    """Cancel what is left, so that nothing of this world is met by the next."""
    loop._limits = False
    loop.frozen.clear()
    left = [task for task in loop.tasks if not task.done()]
    for task in left:
        task.cancel()
    loop.run_steps(MOST_STEPS_AT_THE_END, lambda: all(task.done() for task in left))
    for task in loop.tasks:
        if task.done() and not task.cancelled():
            task.exception()
    loop.abandon()
    loop.close()
