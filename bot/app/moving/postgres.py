"""A PostgreSQL database as one end of a move, on one connection."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Sequence
from typing import Final, Protocol, cast

from bot.app.moving.copying import PAGE_ROWS, Differs, Page, Values
from bot.app.moving.shape import Shape, Table, quoted, shape_of
from bot.errors import CannotStart, Exit, StoreBusy
from bot.replicas import BEAT_SECONDS
from bot.settings.database_url import shown
from bot.store import Row
from bot.store.postgres.commits import ASK_PAUSE_SECONDS, CommitKeys, CommitUnknown, commit
from bot.store.postgres.connections import ANY, Connection, busy, connect, is_of_the_script
from bot.store.postgres.schema import LOCK, apply, refuse_newer, version
from bot.store.postgres.store import ASK_SECONDS
from bot.store.sql import migrations

# The longest that a table, an index or the other end may take. Nobody waits for these connections.
STEP_SECONDS: Final = 6 * 3600.0
# The driver's own tables.
_DRIVERS: Final = frozenset({"schema_version", "commit_key"})

# A schema that is dropped in the transaction that makes it.
_EMPTY: Final = "taal_empty"

# Under another name than those who serve.
_SETTINGS: Final = """
SET application_name = 'taal move'; SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0
"""
_AT_WORK: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'taal'
"""
# What belongs to an extension is not ours, and stays.
_RELATIONS: Final = """
SELECT c.relname AS name FROM pg_class AS c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
"""
_FUNCTIONS: Final = """
SELECT p.oid::regprocedure::text AS name FROM pg_proc AS p
WHERE p.pronamespace = current_schema()::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
_TRIGGERED: Final = """
SELECT DISTINCT t.tgrelid::regclass::text AS name FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
"""
_INDEXES: Final = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS text
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE c.relnamespace = current_schema()::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)
"""


class Cursor(Protocol):
    """What is used of asyncpg's cursors."""

    async def fetch(self, rows: int, /) -> list[Row]: ...


class CopyConnection(Connection, Protocol):
    """What is used of asyncpg's connections to carry many rows."""

    async def cursor(self, sql: str, /) -> Cursor: ...

    async def copy_records_to_table(
        self, table: str, /, *, records: AsyncIterator[Values], columns: Sequence[str]
    ) -> str: ...


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[CopyConnection]:
    """A connection that may be idle for as long as the other end takes. Raises what asyncpg raises."""
    connection = cast(CopyConnection, await connect(url, STEP_SECONDS))
    try:
        await connection.execute(_SETTINGS)
        yield connection
    finally:
        # Whatever is open is undone.
        connection.terminate()


async def refuse_served(connection: Connection, where: str) -> None:
    """Raises CannotStart when a bot serves from the database: it is connected, or its number in `replica` rises."""
    before = await _beats(connection)
    serves = bool(await connection.fetchval(_AT_WORK))
    if before and not serves:
        # The number of one that was killed stands still.
        await asyncio.sleep(2 * BEAT_SECONDS)
        serves = not (await _beats(connection)).items() <= before.items()
    if serves:
        raise CannotStart(f"another taal serves from {where}: stop every one of them first", Exit.BUSY)


async def _beats(connection: Connection) -> dict[str, int]:
    if await connection.fetchval("SELECT to_regclass('replica')") is None:
        return {}
    return {str(row["owner"]): int(row["beat"]) for row in await connection.fetch("SELECT owner, beat FROM replica")}


async def keep_others_out(connection: Connection) -> None:
    """Hold the lock that every start takes, until the connection ends. Raises what asyncpg raises."""
    await connection.execute(f"SELECT pg_advisory_lock({LOCK})")


def _ours() -> frozenset[str]:
    texts = "\n".join(text for _, _, text in migrations("postgres"))
    return _DRIVERS | frozenset(re.findall(r"(?:CREATE TABLE|RENAME TO) (\w+)", texts))


class PostgresSource:
    """What a connection sees in its transaction."""

    def __init__(self, connection: CopyConnection) -> None:
        self._connection = connection

    async def schema(self) -> int:
        return await version(self._connection)

    async def pages(self, table: Table) -> AsyncIterator[Page]:
        cursor = await self._connection.cursor(table.reading)
        while page := await cursor.fetch(PAGE_ROWS):
            yield [tuple(row) for row in page]

    async def accounts(self) -> dict[str, int]:
        rows = await self._connection.fetch("SELECT account, sum(amount_xof) AS xof FROM entry GROUP BY account")
        return {str(row["account"]): int(row["xof"]) for row in rows}

    async def last_number(self, table: Table) -> int:
        sequence = await self._sequence(table)
        sql = f"SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence}"  # noqa: S608  # Its own.
        return int(await self._connection.fetchval(sql))

    async def _sequence(self, table: Table) -> str:
        sql = "SELECT pg_get_serial_sequence($1, $2)"
        return str(await self._connection.fetchval(sql, quoted(table.name), table.key[0]))


class PostgresTarget(PostgresSource):
    """A schema of a database, in a transaction that is undone with its connection."""

    def __init__(self, connection: CopyConnection, url: str) -> None:
        super().__init__(connection)
        self._url = url
        self._triggered: list[str] = []
        self._indexes: list[str] = []

    async def begin(self) -> None:
        """Nobody else changes the schema from now on, and nobody starts. Raises what asyncpg raises."""
        await self._connection.execute(f"BEGIN; SELECT pg_advisory_xact_lock({LOCK})")

    async def refuse_strangers(self) -> None:
        """Raises CannotStart when the schema holds what is not ours."""
        strangers = [name for name in await self._relations() if name not in _ours()]
        # What a newer program has made is not known by name.
        if strangers and await version(self._connection) <= migrations("postgres")[-1][0]:
            words = f"{shown(self._url)} holds what is not Taal's ({', '.join(strangers[:5])})"
            raise CannotStart(f"{words}: name a database of its own", Exit.EXISTS)

    async def rows_in(self) -> list[str]:
        """The tables that hold more than those of an empty database do. Raises CannotStart when it is newer than us."""
        schema = await version(self._connection)
        refuse_newer(schema)
        empty = shape_of(schema)
        found = []
        for table in empty.tables:
            of_empty = 1 if table.name in empty.filled else 0
            rows = await self._connection.fetch(f"SELECT 1 FROM {quoted(table.name)} LIMIT 2")  # noqa: S608  # Ours.
            if len(rows) > of_empty:
                found.append(table.name)
        return found

    async def put_aside(self, schema: str) -> bool:
        """Put everything into another schema, which is made; answers whether there was anything."""
        relations = await self._relations()
        if relations:
            await self._connection.execute(f"CREATE SCHEMA {quoted(schema)}")
            for name in relations:
                await self._connection.execute(f"ALTER TABLE {quoted(name)} SET SCHEMA {quoted(schema)}")
            for row in await self._connection.fetch(_FUNCTIONS):
                await self._connection.execute(f"ALTER FUNCTION {row['name']} SET SCHEMA {quoted(schema)}")
        return bool(relations)

    async def drop_what_is_empty(self) -> None:
        """Drop the tables that a start has made and nobody has used: they may be newer than what comes."""
        if await self.put_aside(_EMPTY):
            await self._connection.execute(f"DROP SCHEMA {_EMPTY} CASCADE")

    async def _relations(self) -> list[str]:
        return [str(row["name"]) for row in await self._connection.fetch(_RELATIONS)]

    async def make(self, shape: Shape) -> None:
        await apply(self._connection, shape.schema)
        for row in await self._connection.fetch(_TRIGGERED):
            self._triggered.append(row["name"])
            await self._connection.execute(f"ALTER TABLE {row['name']} DISABLE TRIGGER USER")
        for row in await self._connection.fetch(_INDEXES):
            self._indexes.append(row["text"])
            await self._connection.execute(f"DROP INDEX {row['name']}")
        for name in shape.filled:
            await self._connection.execute(f"DELETE FROM {quoted(name)}")  # noqa: S608  # Ours.

    async def write(self, table: Table, pages: AsyncIterator[Page]) -> None:
        width = len(table.columns)

        async def records() -> AsyncIterator[Values]:
            async for page in pages:
                for row in page:
                    yield row[:width]

        try:
            await self._connection.copy_records_to_table(table.name, records=records(), columns=table.columns)
        except (*ANY, TypeError) as error:  # The latter of a text where a number belongs.
            if not is_of_the_script(error):
                raise
            raise Differs(f"a row of {table.name} is none for PostgreSQL ({type(error).__name__}: {error})") from error

    async def number_from(self, table: Table, last: int) -> None:
        sql = f"SELECT setval('{await self._sequence(table)}', {max(last, 1)}, {last > 0})"
        await self._connection.execute(sql)

    async def complete(self) -> None:
        for text in self._indexes:
            await self._connection.execute(text)
        for name in self._triggered:
            await self._connection.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
        # Until they are counted, its plans are guesses.
        await self._connection.execute("ANALYZE")

    async def keep(self) -> None:
        key = CommitKeys(self._url, ASK_SECONDS).new()
        try:
            await commit(self._connection, key, wrote=True)
        except CommitUnknown as error:
            if not await self._was_kept(key):
                raise StoreBusy(f"{shown(self._url)}: nothing was kept, the connection was lost ({error})") from error

    async def _was_kept(self, key: str) -> bool:
        """The transaction holds the lock until it has ended, this way or the other. Raises StoreBusy."""
        loop = asyncio.get_running_loop()
        until = loop.time() + ASK_SECONDS
        while True:
            try:
                async with opened(self._url) as connection:
                    await keep_others_out(connection)
                    if await connection.fetchval("SELECT to_regclass('commit_key')") is None:
                        return False
                    return bool(await connection.fetchval("SELECT count(*) FROM commit_key WHERE key = $1", key))
            except ANY as error:
                if loop.time() >= until:
                    words = "whether anything was kept is not known: look, when it answers again"
                    raise StoreBusy(f"{shown(self._url)}: {words} ({busy(error)})") from error
            await asyncio.sleep(ASK_PAUSE_SECONDS)
