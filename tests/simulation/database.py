"""The one database of a world: SQLite in memory behind the real store, without its thread.

Every process has a store of its own over the same connection. A batch of scripts runs in one step of the loop, as it
would under the lock that SQLite takes; before and after it other things happen. A process can die before any statement,
and right after a COMMIT whose answer it never hears.
"""

import asyncio
import re
import sqlite3
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from bot.store.sqlite import SqliteStore
from bot.store.sqlite.file import connect
from bot.store.sqlite.schema import migrate
from bot.store.sqlite.scripts import ScriptConnection

if TYPE_CHECKING:
    from tests.simulation.process import Process

# What a statement may change that is checked after a commit.
_WRITES: Final = re.compile(r"(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+(\w+)")


@cache
def tables_written(sql: str) -> frozenset[str]:
    """The tables that a statement writes."""
    return frozenset(_WRITES.findall(sql))


class Killed(BaseException):
    """The process died inside a transaction. No script can catch it."""


# Databases that no world uses, each as empty as it was: all that a world writes is undone in the end.
_idle: list[sqlite3.Connection] = []


class Database:
    """The database; `committed` is called after every commit that wrote something, with the tables that it wrote."""

    def __init__(self, committed: Callable[[set[str]], None]) -> None:
        if _idle:
            self.raw = _idle.pop()
        else:
            self.raw = connect(":memory:")
            migrate(self.raw)
        self.raw.execute("BEGIN")
        self._committed = committed
        self._written: set[str] = set()
        self.commits = 0

    def execute(self, sql: str, parameters: Any) -> sqlite3.Cursor:
        """One statement of a transaction, which is a savepoint here."""
        if sql == "BEGIN IMMEDIATE":
            self._written.clear()
            return self.raw.execute("SAVEPOINT world")
        if sql == "COMMIT":
            cursor = self.raw.execute("RELEASE world")
            self.commits += 1
            if self._written:
                self._committed(self._written)
            return cursor
        if sql == "ROLLBACK":
            self._written.clear()
            self.raw.execute("ROLLBACK TO world")
            return self.raw.execute("RELEASE world")
        self._written |= tables_written(sql)
        return self.raw.execute(sql, parameters)

    def rows(self, sql: str, *parameters: object) -> list[sqlite3.Row]:
        """Look at what is committed."""
        return self.raw.execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Undo everything, and keep the connection for the next world."""
        self.raw.execute("ROLLBACK")
        _idle.append(self.raw)


class _Wire:
    """What a process sees of the connection."""

    def __init__(self, database: Database, process: "Process") -> None:
        self._database = database
        self._process = process
        self.in_transaction = False

    @property
    def total_changes(self) -> int:
        return self._database.raw.total_changes

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if self._process.dies_here("statement"):
            raise Killed
        if sql == "BEGIN IMMEDIATE":
            self.in_transaction = True
        elif sql == "ROLLBACK":
            self.in_transaction = False
        elif sql == "COMMIT" and self._process.world.faults.strikes("database busy"):
            raise sqlite3.OperationalError("database is locked")
        cursor = self._database.execute(sql, parameters)
        if sql == "COMMIT":
            self.in_transaction = False
        return cursor


class _Connection(ScriptConnection):
    """A connection without a thread."""

    def __init__(self, database: Database, process: "Process") -> None:
        super().__init__(lambda: database.raw, 64)
        self._process = process
        self._wire = _Wire(database, process)
        self._connection = cast(sqlite3.Connection, self._wire)

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        process = self._process
        await process.lives()
        await asyncio.sleep(process.world.hop_seconds())
        await process.lives()
        try:
            result = fn(*args, **kwargs)
        except Killed:
            self._wire.execute("ROLLBACK")
            process.die("inside a transaction")
            await process.lives()
        if process.dies_here("commit"):
            process.die("after a commit")
        await process.lives()
        if process.world.is_slow_home():
            await asyncio.sleep(process.world.hop_seconds())
        return result


def store_of(database: Database, process: "Process") -> SqliteStore:
    """The real store of a process, over the world's database."""
    return SqliteStore(_Connection(database, process), ":memory:")
