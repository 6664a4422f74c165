"""The database of a running bot behind its back, whichever it is: asked and changed by a connection of the test's own.

Statements are written once, with `?` for their values; each is a transaction of its own.
"""

import asyncio
import contextlib
import itertools
import re
import sqlite3
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

from bot.settings.database_url import checked
from bot.store.postgres.connections import Connection, connect
from tests.postgres_backend import SOUND

T = TypeVar("T")
FILE = "sqlite:///"


class Database(Protocol):
    """What a test may do to it."""

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """What a statement answers; columns are read by name or number."""
        ...

    def locked(self) -> contextlib.AbstractContextManager[None]:
        """Somebody else holds it: nothing can be written."""
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

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        with self.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")

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

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        async def hold() -> Connection:
            connection = await connect(self.url)
            # The holder of a lock for a test is in no hurry.
            await connection.execute("SET idle_in_transaction_session_timeout = 0")
            tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            names = ", ".join(f'"{row["tablename"]}"' for row in tables)
            await connection.execute(f"BEGIN; LOCK TABLE {names} IN EXCLUSIVE MODE")
            return connection

        connection = self._do(hold())
        try:
            yield
        finally:
            self._do(connection.close(timeout=5))

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

    async def _fetch(self, sql: str, *values: Any) -> list[Any]:
        numbers = itertools.count(1)
        numbered = re.sub(r"\?", lambda _: f"${next(numbers)}", sql)
        return [*await (await self._connected()).fetch(numbered, *values)]

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)
