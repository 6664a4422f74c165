"""Reading beside the transactions: on connections of their own, in transactions that see one state and cannot write."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from bot.store import P, Script, T
from bot.store.postgres import transactions
from bot.store.postgres.connections import ANY, LOST, Connection, Connections, busy, leaves_the_connection_useless
from bot.store.postgres.parameters import numbered_statements
from bot.store.postgres.schema import version

READERS: Final = 4
# Nothing that is read beside the transactions takes so long; a primary that has fallen silent is given up after it.
READ_SECONDS: Final = 4.0
# Nor what is read in a process of its own, where nobody waits for the next reading.
LONG_READ_SECONDS: Final = 20.0


class Reader:
    """A `bot.store.ReadingStore` over one PostgreSQL database; it connects when it is first asked."""

    def __init__(self, url: str, most: int = READERS, seconds: float = READ_SECONDS) -> None:
        self._connections = Connections(url, most, seconds)
        self._seconds = seconds

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What the script returns. Raises StoreBusy when the database is away, or after `aclose`."""

        def work(connection: Connection) -> Awaitable[T]:
            return transactions.read(connection, numbered_statements(), lambda: script(*args, **kwargs))

        try:
            return await self._ask(work)
        except ANY as error:
            if isinstance(error, ValueError):
                raise
            raise busy(error) from error

    async def schema(self) -> int:
        """The number of the last migration that was applied. Raises what asyncpg raises, and StoreBusy."""
        return await self._ask(version)

    async def _ask(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async with asyncio.timeout(self._seconds):
            try:
                return await self._once(work)
            except LOST as error:
                if isinstance(error, (TimeoutError, ValueError)):
                    raise
                # The connection had been lost before, and nobody had asked anything of it since.
                return await self._once(work)

    async def _once(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        connection = await self._connections.take()
        is_good = False
        try:
            result = await work(connection)
            is_good = True
            return result
        except Exception as error:
            is_good = not leaves_the_connection_useless(error)
            raise
        finally:
            self._connections.give_back(connection, is_good=is_good)

    async def aclose(self) -> None:
        """Close what nobody has; the others end when they are given back."""
        await self._connections.aclose()
