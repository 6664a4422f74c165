"""Reading beside the writer: connections in threads of their own, each opened when it is first needed."""

import asyncio
import sqlite3
from collections.abc import Callable

from bot.errors import StoreBusy
from bot.store import P, Script, T
from bot.store.sqlite.file import connect_reader
from bot.store.sqlite.scripts import ScriptConnection

# Of people's long readings there is one at a time (`engine.readings`): the other is free for what is short.
READERS = 2


class Reader:
    """Reads one script after another, beside the writer. In WAL mode neither waits for the other."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: ScriptConnection | None = None
        self._opening = asyncio.Lock()
        self._is_closed = False
        self.waiting = 0

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What the script returns. Raises StoreBusy when the file is not to be read, or after `aclose`."""
        self.waiting += 1
        try:
            connection = self._connection or await self._open()
            return await connection.run_reading(lambda: script(*args, **kwargs))
        except ValueError as error:
            if self._is_closed:
                raise StoreBusy(str(error)) from error
            raise
        finally:
            self.waiting -= 1

    async def _open(self) -> ScriptConnection:
        async with self._opening:
            if self._is_closed:
                raise StoreBusy("the store is closed")
            if self._connection is None:
                connection = ScriptConnection(lambda: connect_reader(self._path), iter_chunk_size=64)
                connection._thread.daemon = True  # As the writer's.
                try:
                    await connection
                except sqlite3.Error as error:
                    raise StoreBusy(f"{type(error).__name__}: {error}") from error
                self._connection = connection
            return self._connection

    async def aclose(self) -> None:
        """Finish what is being read and close."""
        async with self._opening:
            self._is_closed = True
            if self._connection is not None:
                await self._connection.close()


class Readers:
    """A few readers: whoever reads gets the one for which the fewest wait, so that what is read in a moment does not
    wait for what takes long.
    """

    def __init__(self, path: str) -> None:
        self._readers = tuple(Reader(path) for _ in range(READERS))

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What the script returns. Raises as a reader does."""
        reader = min(self._readers, key=lambda each: each.waiting)
        return await reader.read(script, *args, **kwargs)

    async def aclose(self) -> None:
        """Finish what is being read and close."""
        for reader in self._readers:
            await reader.aclose()
