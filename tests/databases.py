"""The database of a running bot behind its back, whichever it is: asked and changed by a connection of the test's own.

Statements are written once, with `?` for their values; each is a transaction of its own.
"""

import asyncio
import contextlib
import itertools
import re
import resource
import sqlite3
import threading
import time
from collections.abc import Coroutine, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypedDict, TypeVar

import asyncpg

from bot.repositories import replicas
from bot.settings.database_url import checked
from bot.store.postgres.connections import CONFLICTS, Connection, connect
from bot.store.postgres.parameters import numbered_statements
from bot.store.together import in_turn
from tests.postgres_backend import SOUND

T = TypeVar("T")
FILE = "sqlite:///"
# What a PostgreSQL says whose disk is full, to whoever writes.
NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""


class DatabaseSettings(TypedDict, total=False):
    """Which database a bot serves from; without an address, a file of its own."""

    database_url: str


class Database(Protocol):
    """What a test may do to it."""

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """What a statement answers; columns are read by name or number."""
        ...

    def each(self, *statements: str) -> None:
        """Several statements, one after another; each is a transaction of its own."""
        ...

    def locked(self) -> contextlib.AbstractContextManager[None]:
        """Somebody else holds it: nothing can be written."""
        ...

    def full(self, pid: int) -> contextlib.AbstractContextManager[None]:
        """There is no room: whatever the process `pid` would write is refused."""
        ...

    def bury(self, owners: Iterable[str]) -> None:
        """Those who served from it under these names are dead, and what was leased to them is free: so it is found to
        be after a while by those who live, and by whoever starts where only one can serve.
        """
        ...

    def is_sound(self) -> bool:
        """Whether its pages and indexes are whole."""
        ...

    def close(self) -> None: ...


def database_at(url: str) -> Database:
    """The database that a `DATABASE_URL` names."""
    return FileDatabase(Path(url.removeprefix(FILE))) if url.startswith(FILE) else ServerDatabase(checked(url))


class FileDatabase:
    """A file of SQLite."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()

    def rows(self, sql: str, *values: Any) -> list[Any]:
        with self.connection() as connection:
            return connection.execute(sql, values).fetchall()

    def each(self, *statements: str) -> None:
        with self.connection() as connection:
            for sql in statements:
                connection.execute(sql)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        with self.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def full(self, pid: int) -> Iterator[None]:
        # No file of the process may grow, nor be written beyond its first byte.
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def bury(self, owners: Iterable[str]) -> None:
        """Nothing to do: whoever starts is alone."""

    def is_sound(self) -> bool:
        return [row[0] for row in self.rows("PRAGMA integrity_check")] == ["ok"]

    def close(self) -> None:
        """Nothing is open between two statements."""


class ServerDatabase:
    """A database of PostgreSQL. Its connection lives in a loop of its own, so that a test may ask it from anywhere."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._connection: Connection | None = None

    def rows(self, sql: str, *values: Any) -> list[Any]:
        return self._do(self._fetch(sql, *values))

    def each(self, *statements: str) -> None:
        for sql in statements:
            self.rows(sql)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        async def hold() -> Connection:
            connection = await connect(self.url)
            # The holder of a lock for a test is in no hurry.
            await connection.execute("SET idle_in_transaction_session_timeout = 0")
            names = ", ".join(await self._tables())
            while True:
                # Whoever waits for one table while holding another may meet somebody who does so the other way round.
                with contextlib.suppress(asyncpg.LockNotAvailableError):
                    await connection.execute(f"BEGIN; LOCK TABLE {names} IN EXCLUSIVE MODE NOWAIT")
                    return connection
                await connection.execute("ROLLBACK")

        connection = self._do(hold())
        try:
            yield
        finally:
            self._do(connection.close(timeout=5))

    @contextlib.contextmanager
    def full(self, pid: int) -> Iterator[None]:
        with self.locked():
            names = self._do(self._tables())
        self.rows(NO_ROOM)
        for name in names:
            self.rows(f"CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON {name} EXECUTE FUNCTION no_room()")
        try:
            yield
        finally:
            self.rows("DROP FUNCTION no_room() CASCADE")

    def bury(self, owners: Iterable[str]) -> None:
        now = int(time.time() * 1000)
        for owner in owners:
            for name, values in in_turn(replicas.leave(owner, now)):
                statement = numbered_statements()[name]
                self.rows(statement.text, *statement.arguments(values))

    def is_sound(self) -> bool:
        async def check() -> bool:
            await (await self._connected()).execute(SOUND)
            return True

        return self._do(check())

    def close(self) -> None:
        if self._connection is not None:
            self._do(self._connection.close(timeout=5))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self.url)
        return self._connection

    async def _tables(self) -> list[str]:
        found = await (await self._connected()).fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [f'"{row["tablename"]}"' for row in found]

    async def _fetch(self, sql: str, *values: Any) -> list[Any]:
        numbers = itertools.count(1)
        numbered = re.sub(r"\?", lambda _: f"${next(numbers)}", sql)
        while True:
            # The bot's transactions are in the way of this one as they are in each other's.
            with contextlib.suppress(*CONFLICTS):
                return [*await (await self._connected()).fetch(numbered, *values)]

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)
