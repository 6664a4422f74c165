"""What the tests of the store's contract do to a PostgreSQL database behind the store's back."""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from bot.store import Script, Store
from bot.store.postgres import PostgresStore
from bot.store.postgres.connections import Connection, connect
from bot.store.postgres.parameters import numbered
from bot.store.postgres.schema import LOCK
from bot.store.sql import Dialect

T = TypeVar("T")

# What a PostgreSQL says whose disk is full, to whoever writes.
FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON kept FOR EACH STATEMENT EXECUTE FUNCTION no_room()
"""
SOUND = """
CREATE EXTENSION IF NOT EXISTS amcheck;
SELECT bt_index_check(c.oid) FROM pg_class AS c JOIN pg_am AS m ON m.oid = c.relam
WHERE c.relkind = 'i' AND m.amname = 'btree' AND c.relnamespace = 'public'::regnamespace
"""


class LockPause:
    """Scripts that run in the loop wait for a table that somebody else has locked."""

    def __init__(self, backend: "Postgres") -> None:
        self._backend = backend

    def here(self) -> Script[None]:
        yield "rules", {}

    async def has_begun(self, scripts: int = 1) -> None:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'rule'::regclass"
        async with asyncio.timeout(10):
            while self._backend.query(waiting)[0][0] < scripts:
                await asyncio.sleep(0)


class Postgres:
    """One database. Its own connection lives in a loop of its own, so that a test may ask it from anywhere."""

    dialect: Dialect = "postgres"
    batches_at_once = 1
    opening = "from bot.store.postgres import PostgresStore as Opened"

    def __init__(self, url: str) -> None:
        self.url = url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._connection = self._do(connect(self.url))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._do(self._connection.close(timeout=5))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def open(self) -> Store:
        return await PostgresStore.open(self.url)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._do(self._connection.fetch(sql))]

    def write(self, sql: str) -> None:
        self._do(self._connection.execute(sql))

    def prepare(self, sql: str) -> None:
        columns = self._do(self._connection.prepare(numbered(sql).text)).get_attributes()
        # Texts and whole numbers, as SQLite knows them.
        assert {column.type.name for column in columns} <= {"text", "int4", "int8", "numeric"}, sql

    def columns(self, table: str) -> dict[str, str]:
        found = self.query(
            "SELECT column_name, data_type FROM information_schema.columns"
            f" WHERE table_name = '{table}' AND is_generated = 'NEVER'"
        )
        return {name: "0" if kind == "bigint" else "'x'" for name, kind in found}

    @asynccontextmanager
    async def pause(self) -> AsyncIterator[LockPause]:
        with self._locking("LOCK TABLE rule IN ACCESS EXCLUSIVE MODE"):
            yield LockPause(self)

    def turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """It has gone round while the statement was asked for."""

    @contextmanager
    def write_locked(self) -> Iterator[None]:
        lock = f"SELECT pg_advisory_xact_lock({LOCK})"
        if self.query("SELECT to_regclass('kept')") != [(None,)]:
            lock += "; LOCK TABLE kept IN ACCESS EXCLUSIVE MODE"
        with self._locking(lock):
            yield

    @contextmanager
    def _locking(self, lock: str) -> Iterator[None]:
        async def hold() -> Connection:
            connection = await connect(self.url)
            await connection.execute(f"BEGIN; {lock}")
            return connection

        connection = self._do(hold())
        try:
            yield
        finally:
            self._do(connection.close(timeout=5))

    async def set_full(self, store: Store, full: bool) -> None:
        self.write(FULL if full else "DROP TRIGGER no_room ON kept; DROP FUNCTION no_room()")

    async def set_read_only(self, store: Store, read_only: bool) -> None:
        name = self.query("SELECT current_database()")[0][0]
        self.write(f"ALTER DATABASE {name} SET default_transaction_read_only = {'on' if read_only else 'off'}")
        # It is so for new connections; those that the store has are ended, as on the way to a standby.
        self.write(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    def is_sound(self) -> bool:
        self.write(SOUND)
        return True
