"""Polling channels: of several processes over one database, one polls a channel at a time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping

from bot import logs
from bot.app.running import Taal, end, for_ever
from bot.channels.adapter import Poller
from bot.replicas import Replicas, polling_task

# How long a getUpdates that is being handled may take to be handled to its end.
POLL_DRAIN_SECONDS = 2.0
# How soon it is seen that it is this process's turn, or no longer.
TURN_SECONDS = 0.5

log = logs.get_logger("app")


class Turns:
    """Polls one channel while this process leads in it; `make` makes a poller, which polls once."""

    def __init__(self, name: str, make: Callable[[], Poller], replicas: Replicas) -> None:
        self._task = polling_task(name)
        self._make = make
        self._replicas = replicas
        self._stopping = asyncio.Event()
        replicas.stand_for(self._task)

    def stop(self) -> None:
        """Poll no more; what is being handled is handled to its end."""
        self._stopping.set()

    async def run(self) -> None:
        """Poll whenever it is our turn, until `stop` is called or the task is cancelled."""
        while not self._stopping.is_set():
            if self._replicas.leads(self._task):
                await self._poll()
            else:
                await self._wait()

    async def hand_over(self) -> None:
        """Let another process poll at once."""
        await self._replicas.step_down(self._task)

    async def _poll(self) -> None:
        poller = self._make()
        polling = asyncio.create_task(poller.run())
        try:
            while not polling.done() and not self._stopping.is_set() and self._replicas.leads(self._task):
                await self._wait(polling)
            poller.stop()
            # It ends by itself, with what it was hearing; a cancellation is for one that does not.
            await asyncio.wait({polling}, timeout=POLL_DRAIN_SECONDS)
        finally:
            await end({polling})
        if polling.done() and not polling.cancelled() and (error := polling.exception()) is not None:
            raise error

    async def _wait(self, polling: "asyncio.Task[None] | None" = None) -> None:
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            awaited: set[asyncio.Task[bool] | asyncio.Task[None]] = {stopping}
            if polling is not None:
                awaited.add(polling)
            await asyncio.wait(awaited, timeout=TURN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()


@contextlib.asynccontextmanager
async def polling(turns: Mapping[str, Turns], taal: Taal) -> AsyncIterator[None]:
    """Poll what is polled, as workers of `taal`, which are ended with what they were hearing."""
    tasks = {
        name: asyncio.create_task(for_ever(name, each.run, taal.stopping), name=f"{name}-poll")
        for name, each in turns.items()
    }
    taal.workers |= tasks
    try:
        yield
    finally:
        for name, each in turns.items():
            each.stop()
            del taal.workers[name]
        if tasks:
            await asyncio.wait(tasks.values(), timeout=POLL_DRAIN_SECONDS)
        await end(tasks.values())
        for each in turns.values():
            await each.hand_over()
