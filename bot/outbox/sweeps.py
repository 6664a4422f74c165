"""When the outbox is swept next: in a second, or sooner while a message waits behind one that another process sends.

Theory of operation. What a process puts in the outbox it sends itself, at once. Only where its chat has a message in
the hands of another process a new one must wait, and nobody tells this process when the other is done. It is done
within a moment, so this one looks again after moments. Each process knows by itself what it left waiting: none has to
call the others, over a way that may be cut or that a pool of connections does not offer.
"""

import asyncio
import contextlib
from typing import Final

from bot.repositories.outbox import OutboxMessage

SWEEP_SECONDS: Final = 1.0
SWEEP_ROWS: Final = 500
SOON_SECONDS: Final = 0.2
# So often after a message was left waiting the pauses are short. Whatever its chat waits for then takes its time.
SOON_TIMES: Final = 10


class Sweeps:
    """The pauses between sweeps, of so many seconds where nothing hurries."""

    def __init__(self, seconds: float = SWEEP_SECONDS) -> None:
        self._seconds = seconds
        self._soon = 0
        self._left = asyncio.Event()

    def hurry(self, message: OutboxMessage) -> None:
        """A message was left waiting: behind another of its chat, or because it is held back and in no hurry."""
        if not message.is_held:
            self._soon = SOON_TIMES
            self._left.set()

    async def pause(self) -> None:
        """Return when it is time for the next sweep."""
        if not self._soon:
            self._left.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._left.wait()
        if self._soon:
            self._soon -= 1
            await asyncio.sleep(SOON_SECONDS)
