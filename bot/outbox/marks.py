"""Marks: that a message was sent is written down, at busy times for many in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from bot.background import BackgroundTasks
from bot.errors import StoreBusy
from bot.logs import get_logger
from bot.repositories.outbox import OutboxMessage
from bot.store import Store
from bot.transactions import messages
from bot.transactions.messages import Lease

# So many marks are written in one transaction.
MOST_MARKS = 100
# Writing is tried again after so long while the database is away.
MARK_PAUSE_SECONDS = 1.0

T = TypeVar("T")

log = get_logger("outbox")


async def surely(write: Callable[[], Awaitable[T]]) -> T:
    """Write down what became of a send, however long the database is away: otherwise it would be sent again."""
    while True:
        try:
            return await write()
        except StoreBusy as error:
            log.warning("outbox could not be marked", problem=str(error))
            await asyncio.sleep(MARK_PAUSE_SECONDS)


class SentMarks:
    """Marks messages as sent. The tasks that write for others are begun in `background`."""

    def __init__(self, store: Store, background: BackgroundTasks) -> None:
        self._store = store
        self._background = background
        # Marks of sent messages that came while others were being written.
        self._is_marking = False
        self._marks: list[tuple[Lease, asyncio.Future[bool]]] = []

    async def sent(self, message: OutboxMessage, message_ref: str | None) -> bool:
        """Mark a message as sent; False when its lease was not ours any more. What is sent while one is being written
        is marked together, right after it.
        """
        message_id, lease, batch_id = message.id, message.lease, message.outbound.batch_id
        write = partial(self._store.run, messages.sent, message_id, lease, batch_id, message_ref)
        if batch_id is not None:
            return await surely(write)
        if self._is_marking:
            marked: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            self._marks.append(((message_id, lease), marked))
            return await marked
        self._is_marking = True
        try:
            return await surely(write)
        finally:
            if self._marks:
                self._background.begin(self._mark_together())
            else:
                self._is_marking = False

    async def _mark_together(self) -> None:
        marks: list[tuple[Lease, asyncio.Future[bool]]] = []
        try:
            while self._marks:
                marks, self._marks = self._marks[:MOST_MARKS], self._marks[MOST_MARKS:]
                leases = tuple(lease for lease, _ in marks)
                ours = await surely(partial(self._store.run, messages.all_sent, leases))
                for (message_id, _), marked in marks:
                    if not marked.done():
                        marked.set_result(message_id in ours)
        # Not swallowed: whoever waits for a mark gets what it met.
        except BaseException as error:
            for _, marked in (*marks, *self._marks):
                if isinstance(error, Exception) and not marked.done():
                    marked.set_exception(error)
                else:
                    marked.cancel()
            self._marks = []
            raise
        finally:
            self._is_marking = False
