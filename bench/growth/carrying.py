"""Carries a year over to PostgreSQL, row by row, so that both stores are measured over the same past.

Theory of operation. The schema is made by the program's own migrations. While rows are copied, triggers rest and what
is no key has no index; computed columns are left to PostgreSQL. Then the counters of ids go on where the rows end, and
PostgreSQL counts what there is, as it does by itself after a while.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, cast

from bot.store.postgres import PostgresStore
from bot.store.postgres.connections import Connection, connect

# An index over all that a year has takes a while.
STEP_SECONDS = 3_600.0
INDEXES = """
SELECT i.indexname, i.indexdef FROM pg_indexes AS i
WHERE i.schemaname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint AS c WHERE c.conname = i.indexname)
ORDER BY i.indexname
"""
COUNTERS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND is_identity = 'YES'
"""


class _Copying(Connection, Protocol):
    """What only this uses of asyncpg's connections."""

    async def copy_records_to_table(
        self, table: str, /, *, records: Iterable[Sequence[object]], columns: Sequence[str], timeout: float
    ) -> str: ...


def carry(path: Path, url: str, *, tell: Callable[[str], None] = lambda text: None) -> float:
    """Put all rows of a SQLite file into an empty PostgreSQL database, and answer how many seconds that took."""
    began = time.perf_counter()
    asyncio.run(_carry(path, url, tell))
    return time.perf_counter() - began


async def _carry(path: Path, url: str, tell: Callable[[str], None]) -> None:
    await make(url)
    connection = cast(_Copying, await connect(url, STEP_SECONDS))
    source = sqlite3.connect(path)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
            since = time.perf_counter()
            indexes = [tuple(row) for row in await connection.fetch(INDEXES)]
            for name, _ in indexes:
                await connection.execute(f"DROP INDEX {name}")
            for (table,) in source.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            ):
                await _copy(source, connection, table)
            for table, column in [tuple(row) for row in await connection.fetch(COUNTERS)]:
                counter = f"pg_get_serial_sequence('{table}', '{column}')"
                await connection.execute(f"SELECT setval({counter}, greatest(max({column}), 1)) FROM {table}")
            tell(f"rows carried over: {time.perf_counter() - since:.1f} s")
            since = time.perf_counter()
            for _, definition in indexes:
                await connection.execute(str(definition))
        await connection.execute("VACUUM ANALYZE")
        tell(f"indexes and statistics: {time.perf_counter() - since:.1f} s")
    finally:
        source.close()
        await connection.close(timeout=STEP_SECONDS)


async def make(url: str) -> None:
    """A database at the newest schema; one that is there is brought up to it."""
    store = await PostgresStore.open(url)
    await store.migrate()
    await store.aclose()


async def _copy(source: sqlite3.Connection, connection: _Copying, table: str) -> None:
    columns = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
    records = source.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY rowid")
    await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER; DELETE FROM {table}")
    await connection.copy_records_to_table(table, records=records, columns=columns, timeout=STEP_SECONDS)
    await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
