"""Reading beside the transactions: on connections of their own, in transactions that see one state and cannot write."""

import asyncio
from collections.abc import Callable
from typing import Final

from bot.store import P, Script, T
from bot.store.postgres import transactions
from bot.store.postgres.connections import ANY, LOST, Connections, busy, leaves_the_connection_useless
from bot.store.postgres.parameters import numbered_statements
from bot.store.postgres.schema import version

READERS: Final = 4
# Nothing that is read takes so long.
READ_SECONDS: Final = 20.0


class Reader:
    """A `bot.store.ReadingStore` over one PostgreSQL database; it connects when it is first asked."""

    def __init__(self, url: str, most: int = READERS) -> None:
        self._connections = Connections(url, most, READ_SECONDS)

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What the script returns. Raises StoreBusy when the database is away, or after `aclose`."""
        try:
            async with asyncio.timeout(READ_SECONDS):
                try:
                    return await self._read(lambda: script(*args, **kwargs))
                except LOST as error:
                    if isinstance(error, (TimeoutError, ValueError)):
                        raise
                    # The connection had been lost before, and nobody had asked anything of it since.
                    return await self._read(lambda: script(*args, **kwargs))
        except ANY as error:
            if isinstance(error, ValueError):
                raise
            raise busy(error) from error

    async def _read(self, make: Callable[[], Script[T]]) -> T:
        connection = await self._connections.take()
        is_good = False
        try:
            result = await transactions.read(connection, numbered_statements(), make)
            is_good = True
            return result
        except Exception as error:
            is_good = not leaves_the_connection_useless(error)
            raise
        finally:
            self._connections.give_back(connection, is_good=is_good)

    async def schema(self) -> int:
        """The number of the last migration that was applied. Raises what asyncpg raises, and StoreBusy."""
        connection = await self._connections.take()
        try:
            return await version(connection)
        finally:
            self._connections.give_back(connection, is_good=True)

    async def aclose(self) -> None:
        """Close what nobody has; the others end when they are given back."""
        await self._connections.aclose()
