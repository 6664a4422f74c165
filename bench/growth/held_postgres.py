"""The same measure over PostgreSQL: the program's own connections, one for what writes and one for what reads.

Every script has a transaction of its own, and they come one after another. A figure is what the transaction takes, its
round trips included, and without its COMMIT: so long it holds its locks, and its place among the few that write.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal, ParamSpec, TypeVar

from bench.growth.held import Hold, name_of
from bot.store import Item, Script
from bot.store.postgres.connections import Connection, connect
from bot.store.postgres.parameters import Statement, numbered, numbered_statements
from bot.store.postgres.reader import LONG_READ_SECONDS
from bot.store.postgres.transactions import READING, WRITING
from bot.store.together import in_turn

P = ParamSpec("P")
T = TypeVar("T")


class HeldPostgres:
    """One PostgreSQL database; `holds` are the stays since it was cleared last."""

    trouble = ""

    def __init__(self, writer: Connection, reader: Connection) -> None:
        self.holds: list[Hold] = []
        self._writer, self._reader = writer, reader
        self._writing, self._reading = asyncio.Lock(), asyncio.Lock()

    @classmethod
    async def open(cls, url: str) -> "HeldPostgres":
        return cls(await connect(url, LONG_READ_SECONDS), await connect(url, LONG_READ_SECONDS))

    async def run(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """As the contract says, but for trying again: nobody else writes here."""
        hold = Hold(name_of(script))
        self.holds.append(hold)
        async with self._writing:
            began = time.perf_counter()
            await self._writer.execute(WRITING)
            try:
                result: T = await _drive(self._writer, script(*args, **kwargs), hold)
            except BaseException:
                await self._writer.execute("ROLLBACK")
                raise
            ended = time.perf_counter()
            await self._writer.execute("COMMIT")
            hold.took_ms, hold.commit_ms = (ended - began) * 1000, (time.perf_counter() - ended) * 1000
        return result

    def ride(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> "asyncio.Task[T]":
        """It travels alone here: what it costs is seen better."""
        return asyncio.get_running_loop().create_task(self.run(script, *args, **kwargs))

    def ride_each(self, script: Callable[[Sequence[Item]], Script[Sequence[T]]], item: Item, /) -> "asyncio.Future[T]":
        """So does each item."""

        async def alone() -> T:
            return (await self.run(script, (item,)))[0]

        return asyncio.get_running_loop().create_task(alone())

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """On the other connection."""
        hold = Hold(name_of(script), reads=True)
        self.holds.append(hold)
        async with self._reading:
            began = time.perf_counter()
            await self._reader.execute(READING)
            try:
                return await _drive(self._reader, script(*args, **kwargs), hold)
            finally:
                await self._reader.execute("ROLLBACK")
                hold.took_ms = (time.perf_counter() - began) * 1000

    async def value(self, sql: str, /, **parameters: str) -> str:
        statement = numbered(sql)
        found = await self._reader.fetchval(statement.text, *statement.arguments(parameters))
        return "" if found is None else str(found)

    async def plan(self, name: str) -> list[str]:
        statement = numbered_statements()[name]
        if statement.text.startswith(("SAVEPOINT", "ROLLBACK", "RELEASE")):
            return []
        return (await explain(self._writer, statement)).splitlines()

    async def migrate(self) -> list[str]:
        """The database was made with every migration."""
        return []

    async def pending(self) -> list[str]:
        return []

    async def aclose(self) -> None:
        self._reader.terminate()
        self._writer.terminate()


async def explain(connection: Connection, statement: Statement, form: Literal["TEXT", "JSON"] = "TEXT") -> str:
    """How a connection goes about a statement whatever its parameters are: the plan that it keeps."""
    await connection.execute(f"PREPARE explained AS {statement.text}")
    try:
        given = f"({', '.join(['NULL'] * len(statement.names))})" if statement.names else ""
        rows = await connection.fetch(f"EXPLAIN (FORMAT {form}) EXECUTE explained{given}")
    finally:
        await connection.execute("DEALLOCATE explained")
    return "\n".join(str(row["QUERY PLAN"]) for row in rows)


async def _drive(connection: Connection, script: Script[T], hold: Hold) -> T:
    reply: Any = None  # Rows of whatever the statement is.
    error: Exception | None = None
    asking = in_turn(script)
    while True:
        try:
            name, parameters = asking.send(reply) if error is None else asking.throw(error)
        except StopIteration as end:
            result: T = end.value
            return result
        reply, error, since = None, None, time.perf_counter()
        statement = numbered_statements()[name]
        try:
            reply = await connection.fetch(statement.text, *statement.arguments(parameters))
        # It is the script's to handle, as in the program's own store.
        except Exception as raised:
            error = raised
        hold.statements.append((name, (time.perf_counter() - since) * 1000))
