"""The store: scripts gather while a batch is in the thread, and each caller is answered after its commit."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.errors import CannotStart, StoreBusy, StoreConflict
from bot.store import P, Script, T
from bot.store.sql import migrations
from bot.store.sqlite.file import BUSY_TIMEOUT_SECONDS, connect, prepare, trouble
from bot.store.sqlite.reader import Readers
from bot.store.sqlite.scripts import Result, ScriptConnection

CONFLICT_TRIES = 3
BATCH_LIMIT = 256
# How long what is in no hurry waits for a transaction that takes it along.
RIDE_SECONDS = 0.02

Job = tuple[Callable[[], Script[Any]], "asyncio.Future[Any]"]


class SqliteStore:
    """A `bot.store.Store` in one SQLite file."""

    def __init__(self, connection: ScriptConnection, path: str) -> None:
        self._connection = connection
        self._path = path
        # A database in memory belongs to its one connection.
        self._readers = None if path == ":memory:" else Readers(path)
        self._waiting: list[Job] = []
        self._riding: list[Job] = []
        self._departure: asyncio.TimerHandle | None = None
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

    async def run(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(CONFLICT_TRIES):
            future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
            self._waiting.append((lambda: script(*args, **kwargs), future))
            self._depart()
            try:
                return await future
            except StoreConflict as error:
                conflict = error
        raise conflict

    def ride(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[T]":
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._riding.append((lambda: script(*args, **kwargs), future))
        if self._departure is None:
            self._departure = loop.call_later(RIDE_SECONDS, self._depart)
        return future

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._readers is None:
            return await self.run(script, *args, **kwargs)
        return await self._readers.read(script, *args, **kwargs)

    def _depart(self) -> None:
        """Begin a batch, or another one after that which is in the thread."""
        self._departs = True
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())

    def _board(self) -> list[Job]:
        """The next batch. What rides along was there before the rest, and goes first."""
        if self._departure is not None:
            self._departure.cancel()
            self._departure = None
        batch = self._riding + self._waiting[:BATCH_LIMIT]
        self._riding, self._waiting = [], self._waiting[BATCH_LIMIT:]
        self._departs = bool(self._waiting)
        return batch

    async def _flush(self) -> None:
        try:
            while self._departs:
                batch = self._board()
                try:
                    results = await self._connection.run_batch([make for make, _ in batch])
                    changes = self._connection.total_changes
                except (sqlite3.Error, ValueError) as closed:  # ValueError: the connection is closed.
                    results, changes = [(None, StoreBusy(str(closed)))] * len(batch), self._changes
                self._watch(results, changes)
                for (_, future), (value, error) in zip(batch, results, strict=True):
                    if future.done():
                        continue  # The caller was cancelled; the commit stands.
                    if error is None:
                        future.set_result(value)
                    else:
                        future.set_exception(error)
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
        if self._riding:
            self._depart()
        while self._flusher is not None:
            await asyncio.wait([self._flusher])
        await self._connection.close()
