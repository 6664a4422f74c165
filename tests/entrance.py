"""One address in front of several bots, as a balancer has it: each connection is led to the next bot in rotation."""

import asyncio
import contextlib
import itertools
from collections.abc import Sequence

from tests.running import Bot, free_port


class Entrance:
    """It leads to the bots in rotation; one that is dead or frozen is to be taken out, as a health check does."""

    def __init__(self) -> None:
        self.port = free_port()
        self._bots: Sequence[Bot] = ()
        self._turns = itertools.count()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._lead, "127.0.0.1", self.port)

    def lead_to(self, *bots: Bot) -> None:
        """From now on; whoever is connected is cut off and comes again."""
        self._bots = bots
        for writer in self._open:
            writer.transport.abort()

    async def aclose(self) -> None:
        self.lead_to()
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        try:
            if not self._bots:
                return
            bot = self._bots[next(self._turns) % len(self._bots)]
            there, back = await asyncio.open_connection("127.0.0.1", bot.port)
            self._open.add(back)
            try:
                await asyncio.gather(_carry(reader, back), _carry(there, writer))
            finally:
                self._open.discard(back)
                back.transport.abort()
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()
            self._tasks.discard(task)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    writer.close()
