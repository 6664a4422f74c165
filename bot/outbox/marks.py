"""Marks: what became of a send is written down.

Theory of operation. That a message was sent is in no hurry to be written: the mark rides with the next transaction of
whatever comes, and its chat goes on meanwhile. What a crash can repeat is what was sent in that moment. Whoever lets go
of rows, or puts them off, first waits for the marks that are on their way, or they would let go of what was sent.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from bot.background import BackgroundTasks
from bot.errors import StoreBusy
from bot.logs import get_logger
from bot.store import Pending

# Writing is tried again after so long while the database is away.
MARK_PAUSE_SECONDS = 1.0

T = TypeVar("T")
Ride = Callable[[], Pending[bool]]

log = get_logger("outbox")


async def surely(write: Callable[[], Awaitable[T]]) -> T:
    """Write down what became of a send, however long the database is away: otherwise it would be sent again."""
    while True:
        try:
            return await write()
        except StoreBusy as error:
            log.warning("outbox could not be marked", problem=str(error))
            await asyncio.sleep(MARK_PAUSE_SECONDS)


class RidingMarks:
    """The marks that ride along. What has to be tried again is tried in `background`."""

    def __init__(self, background: BackgroundTasks) -> None:
        self._background = background
        self._unwritten: set[Pending[object]] = set()

    def write(self, ride: Ride, done: Callable[[bool], None]) -> None:
        """Write a mark soon. `done` is told whether the message was still ours to mark. A mark that cannot be written
        for a reason of its own stays unwritten: its message is sent, and is not sent again while this process lives.
        """
        riding = ride()
        self._unwritten.add(riding)
        riding.add_done_callback(partial(self._arrived, ride, done))

    def _arrived(self, ride: Ride, done: Callable[[bool], None], riding: Pending[bool]) -> None:
        self._unwritten.discard(riding)
        if riding.cancelled():
            return
        if riding.exception() is None:
            done(riding.result())
            return
        again = self._background.begin(self._again(ride, done, riding))
        self._unwritten.add(again)
        again.add_done_callback(self._unwritten.discard)

    async def _again(self, ride: Ride, done: Callable[[bool], None], riding: Pending[bool]) -> None:
        try:
            await riding
        except StoreBusy as error:
            log.warning("outbox could not be marked", problem=str(error))
            await asyncio.sleep(MARK_PAUSE_SECONDS)
            done(await surely(ride))

    async def written(self) -> None:
        """Wait for the marks that are on their way."""
        while self._unwritten:
            await asyncio.wait({asyncio.ensure_future(each) for each in self._unwritten})

    @property
    def idle(self) -> bool:
        """Whether none is on its way."""
        return not self._unwritten
