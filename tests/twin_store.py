"""Two databases that are told the same: whatever a script asks SQLite is asked of PostgreSQL, and must be answered
alike.

Every `SyncStore` of a test that is marked `twins`, and with `--twins` of any test, is followed by one of these.
SQLite is what the test sees. PostgreSQL is compared with it, statement by statement: the names and values of the
rows, their order where the statement gives one, and whether it fails. What a test does to SQLite past the scripts is
carried over before the next script.
"""

import asyncio
import sqlite3
import weakref
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import asyncpg

from bot.store import Ask, Asks, Each, Rows, Script
from bot.store.postgres.connections import ANY, Connection, connect
from bot.store.postgres.parameters import numbered_statements
from bot.store.postgres.schema import migrate
from bot.store.postgres.transactions import ask
from bot.store.together import relayed
from tests.postgres_server import PostgresServer

T = TypeVar("T")


# Of several that are as old as each other, either database may take any.
TIES = {"batch_long_done", "batch_never_bought"}


class Differs(AssertionError):
    """The two databases did not answer alike."""


class Twin:
    """A PostgreSQL database that follows one SQLite connection after another."""

    def __init__(self, server: PostgresServer) -> None:
        self._loop = asyncio.new_event_loop()
        self._url = server.new_database()
        self._connection: Connection = self._do(connect(self._url))
        self._do(migrate(self._connection))
        self._columns: dict[str, list[str]] = {}
        self._numbered: list[str] = []
        for row in self._do(
            self._connection.fetch(
                "SELECT table_name, column_name, is_identity FROM information_schema.columns"
                " WHERE table_schema = 'public' AND is_generated = 'NEVER'"
                " AND table_name NOT IN ('schema_version', 'commit_key') ORDER BY table_name, ordinal_position"
            )
        ):
            self._columns.setdefault(row["table_name"], []).append(row["column_name"])
            if row["is_identity"] == "YES":
                self._numbered.append(row["table_name"])
        self._set = "SELECT " + ", ".join(
            f"setval('{name}', ${at + 1}, FALSE)"
            for at, table in enumerate(self._numbered)
            for name in [self._do(self._connection.fetchval(f"SELECT pg_get_serial_sequence('{table}', 'id')"))]
        )
        self.differences: list[str] = []
        self.compared: set[str] = set()
        self._seen: tuple[object, int] = (None, 0)
        # A test that moves something in the midst of a script, past it, is alone from there on.
        self._is_along = True

    def come_back(self) -> None:
        """A test may have restarted the server since."""
        try:
            self._do(self._connection.execute("SELECT 1"))
        except ANY:
            self._connection = self._do(connect(self._url))
            self._seen = (None, 0)

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        # A script may ask from within the loop of its test; to hand each statement to a thread took ten times as long.
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        try:
            return self._loop.run_until_complete(work)
        finally:
            asyncio._set_running_loop(outer)

    def begin(self, store: object, sqlite: sqlite3.Connection) -> None:
        if self._seen != (weakref.ref(store), sqlite.total_changes):
            self._carry_over(sqlite)
        self._set_numbers(sqlite)
        self._do(self._connection.execute("BEGIN ISOLATION LEVEL SERIALIZABLE"))
        self._sqlite, self._is_along = sqlite, True

    def end(self, store: object, sqlite: sqlite3.Connection, *, kept: bool) -> None:
        self._do(self._connection.execute("COMMIT" if kept and self._is_along else "ROLLBACK"))
        self._seen = (weakref.ref(store), sqlite.total_changes) if self._is_along else (None, 0)

    def follow(self, script: Script[T]) -> Script[T]:
        """The script, with every answer compared; what goes together to PostgreSQL does so here."""
        changes = self._sqlite.total_changes

        def answer(asked: Ask | Asks | Each) -> Script[Rows]:
            nonlocal changes
            self._is_along = self._is_along and changes == self._sqlite.total_changes
            try:
                rows = yield asked
            except Exception as error:
                self._must_fail(asked, error)
                raise
            else:
                self._compare(asked, rows)
                return rows
            finally:
                changes = self._sqlite.total_changes

        return relayed(script, answer)

    def _differs(self, words: str) -> Differs:
        # Whoever catches it does not hide it: each test asks for them at its end.
        self.differences.append(words)
        return Differs(words)

    def _ask(self, asked: Ask | Asks | Each) -> Iterator[tuple[str, Rows]]:
        """The statements that were asked, each with its rows."""
        again = Asks(asked.asks) if isinstance(asked, Asks) else asked
        rows, _ = self._do(ask(self._connection, numbered_statements(), again, savepoints=True))
        if isinstance(again, Asks):
            yield from zip(map(_name_of, again.asks), again.answers, strict=True)
        else:
            yield _name_of(again), rows

    def _must_fail(self, asked: Ask | Asks | Each, error: Exception) -> None:
        if not self._is_along:
            return
        try:
            list(self._ask(asked))
        except (asyncpg.PostgresError, asyncpg.InterfaceError):
            return
        raise self._differs(f"{_told(asked)}: SQLite raised {error!r}, PostgreSQL did not")

    def _compare(self, asked: Ask | Asks | Each, rows: Rows) -> None:
        if not self._is_along:
            return
        try:
            answered = list(self._ask(asked))
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise self._differs(f"{_told(asked)}: PostgreSQL raised {error!r}") from error
        given = asked.answers if isinstance(asked, Asks) else (rows,)
        for (name, ours), theirs in zip(answered, given, strict=True):
            self._compare_rows(name, _told(asked), theirs, ours)

    def _compare_rows(self, name: str, told: str, given: Rows, answered: Rows) -> None:
        self.compared.add(name)
        theirs = [dict(zip(row.keys(), row, strict=True)) for row in given]
        ours = [dict(zip(row.keys(), row, strict=True)) for row in answered]
        if "ORDER BY" not in numbered_statements()[name].text.rpartition(")")[2]:
            theirs.sort(key=repr)
            ours.sort(key=repr)
        if theirs != ours and name in TIES and len(theirs) == len(ours):
            self._is_along = False
        elif theirs != ours:
            raise self._differs(f"{told}: {name}:\nSQLite     {theirs}\nPostgreSQL {ours}")
        if any(isinstance(value, bool) for row in ours for value in row.values()):
            raise self._differs(f"{name} answers with truth, not with numbers")

    def _carry_over(self, sqlite: sqlite3.Connection) -> None:
        async def copy() -> None:
            # No trigger is run: what they would do has been done.
            await self._connection.execute(
                "BEGIN; SET LOCAL session_replication_role = replica; "
                + "; ".join(f"DELETE FROM {table}" for table in self._columns)
            )
            for table, columns in self._columns.items():
                rows = sqlite.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
                places = ", ".join(f"${at + 1}" for at in range(len(columns)))
                for row in rows:
                    await self._connection.execute(
                        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", *tuple(row)
                    )
            await self._connection.execute("COMMIT")

        self._do(copy())

    def _set_numbers(self, sqlite: sqlite3.Connection) -> None:
        """The next row gets the same number in both; a sequence of PostgreSQL does not go back with a transaction."""
        last = dict.fromkeys(self._numbered, 0)
        last |= {name: seq for name, seq in sqlite.execute("SELECT name, seq FROM sqlite_sequence") if name in last}
        self._do(self._connection.fetch(self._set, *(number + 1 for number in last.values())))


def _name_of(ask: Ask | Each) -> str:
    return ask.name if isinstance(ask, Each) else ask[0]


def _told(asked: Ask | Asks | Each) -> str:
    asks = asked.asks if isinstance(asked, Asks) else (asked,)
    return "; ".join(f"{_name_of(one)} {one.values if isinstance(one, Each) else one[1]}" for one in asks)
