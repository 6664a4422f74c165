"""Long reading: a second connection in a thread of its own, opened when somebody first reads."""

import asyncio
import sqlite3
from collections.abc import Callable

from bot.errors import StoreBusy
from bot.store import P, Script, T
from bot.store.sqlite.file import connect_reader
from bot.store.sqlite.scripts import ScriptConnection


class Reader:
    """Reads one script after another, beside the writer. In WAL mode neither waits for the other."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: ScriptConnection | None = None
        self._opening = asyncio.Lock()
        self._is_closed = False

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What the script returns. Raises StoreBusy when the file is not to be read, or after `aclose`."""
        connection = self._connection or await self._open()
        try:
            return await connection.run_reading(lambda: script(*args, **kwargs))
        except ValueError as error:
            if self._is_closed:
                raise StoreBusy(str(error)) from error
            raise

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
