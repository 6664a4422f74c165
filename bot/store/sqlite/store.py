"""The store: scripts gather while a batch is in the thread, and each caller is answered after its commit."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

from bot.errors import CannotStart, StoreBusy
from bot.store import P, Script, T
from bot.store.gathering import GatheringStore, Result
from bot.store.sql import migrations
from bot.store.sqlite.file import BUSY_TIMEOUT_SECONDS, connect, prepare, trouble
from bot.store.sqlite.reader import Readers
from bot.store.sqlite.scripts import ScriptConnection

BATCH_LIMIT = 256


class SqliteStore(GatheringStore):
    """A `bot.store.Store` in one SQLite file."""

    def __init__(self, connection: ScriptConnection, path: str) -> None:
        super().__init__()
        self._connection = connection
        self._path = path
        # A database in memory belongs to its one connection.
        self._readers = None if path == ":memory:" else Readers(path)
        self._departs = False
        self._flusher: asyncio.Task[None] | None = None
        self._trouble = ""
        self._changes = 0

    @classmethod
    async def open(cls, path: str, *, make: bool = True) -> "SqliteStore":
        """Open the file, with `make` also make it and its folder, for us alone.

        Raises CannotStart when it is not to be had, is damaged or newer than this program, and StoreBusy when it is
        only locked.
        """
        if make and path != ":memory:":
            await asyncio.to_thread(prepare, Path(path))
        connection = ScriptConnection(lambda: connect(path), iter_chunk_size=64)
        connection._thread.daemon = True  # A store that was never closed must not keep the process alive.
        try:
            await connection
        except (sqlite3.DatabaseError, CannotStart) as error:
            # aiosqlite has told its thread to end and does not wait for it; it must not outlive the loop.
            await asyncio.to_thread(connection._thread.join, BUSY_TIMEOUT_SECONDS)
            if isinstance(error, CannotStart):
                raise
            raise trouble(path, error) from error
        return cls(connection, path)

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._readers is None:
            return await self.run(script, *args, **kwargs)
        return await self._readers.read(script, *args, **kwargs)

    def _is_waited_for(self) -> None:
        self._depart()

    def _depart(self) -> None:
        """Begin a batch, or another one after that which is in the thread."""
        self._departs = True
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        try:
            while self._departs:
                batch = self._board(BATCH_LIMIT)
                self._departs = bool(self._waiting)
                try:
                    results = await self._connection.run_batch([make for make, _ in batch])
                    changes = self._connection.total_changes
                except (sqlite3.Error, ValueError) as closed:  # ValueError: the connection is closed.
                    results, changes = [(None, StoreBusy(str(closed)))] * len(batch), self._changes
                self._watch(results, changes)
                self._answer(batch, results)
        finally:
            self._flusher = None

    def _watch(self, results: list[Result], changes: int) -> None:
        """Remember how the last write went. A commit of nothing proves nothing: a full disk takes it, too."""
        busy = next((error for _, error in results if isinstance(error, StoreBusy)), None)
        before, self._changes = self._changes, changes
        if busy is not None:
            self._trouble = str(busy)
        elif self._changes != before:
            self._trouble = ""

    @property
    def trouble(self) -> str:
        return self._trouble

    async def checkpoint(self) -> None:
        """Put what is in the log into the file and empty the log, so that nothing older than now is left in it.

        What another process reads meanwhile stays in the log until later. Raises StoreBusy.
        """
        try:
            await (await self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")).close()
        except (sqlite3.Error, ValueError) as error:  # ValueError: the connection is closed.
            raise StoreBusy(f"{type(error).__name__}: {error}") from error

    async def migrate(self) -> list[str]:
        try:
            return await self._connection.apply_migrations()
        except sqlite3.DatabaseError as error:
            raise trouble(self._path, error) from error

    async def pending(self) -> list[str]:
        try:
            async with self._connection.execute("PRAGMA user_version") as cursor:
                row = await cursor.fetchone()
        except (sqlite3.Error, ValueError) as error:  # ValueError: the connection is closed.
            raise StoreBusy(f"{type(error).__name__}: {error}") from error
        done = int(row[0]) if row else 0
        return [name for number, name, _ in migrations() if number > done]

    async def aclose(self) -> None:
        if self._readers is not None:
            await self._readers.aclose()
        if self._has_riders:
            self._depart()
        while self._flusher is not None:
            await asyncio.wait([self._flusher])
        await self._connection.close()
