"""A store for tests of the scripts themselves: SQLite in memory, one script after another, no event loop.

The connection, the schema and the way a script is run are the real store's; only the thread and the grouping are not
there. A process can be killed inside a transaction: `kill_after` statements of the next script everything it did is
undone, as a database undoes what was not committed.
"""

import sqlite3
import weakref
from collections.abc import Callable
from functools import cache
from typing import Any, ParamSpec, Protocol, TypeVar

from bot.store import Ask, Asks, Each, Rows, Script
from bot.store.sql import statements
from bot.store.sqlite.file import connect
from bot.store.sqlite.schema import migrate
from bot.store.sqlite.scripts import run_script
from bot.store.together import in_turn, relayed

P = ParamSpec("P")
T = TypeVar("T")


# The customers whose running balance is not what their entries sum to.
WRONG_BALANCES = """
WITH summed AS (SELECT account, sum(amount_xof) AS xof FROM entry WHERE account LIKE 'customer:%' GROUP BY account),
     running AS (SELECT 'customer:' || customer AS account, balance_xof AS xof FROM customer_balance)
SELECT * FROM (SELECT account, xof FROM summed EXCEPT SELECT account, xof FROM running)
UNION ALL
SELECT * FROM (SELECT account, xof FROM running EXCEPT SELECT account, xof FROM summed)
"""


class Follower(Protocol):
    """Another database that is told the same."""

    def begin(self, store: object, sqlite: sqlite3.Connection) -> None: ...

    def follow(self, script: Script[T]) -> Script[T]: ...

    def end(self, store: object, sqlite: sqlite3.Connection, *, kept: bool) -> None: ...


# What follows every store of this process, while a test is run that has such a one.
twin: Follower | None = None


class Killed(BaseException):
    """The process was killed inside a transaction. No script can catch it."""


@cache
def _empty() -> sqlite3.Connection:
    """A database with every migration and nothing in it: to copy it is quicker than to migrate another."""
    connection = connect(":memory:")
    migrate(connection)
    return connection


class SyncStore:
    """Runs scripts, each in a transaction of its own."""

    _begin, _keep = "BEGIN IMMEDIATE", "COMMIT"
    _undo: tuple[str, ...] = ("ROLLBACK",)

    def __init__(self, path: str = ":memory:") -> None:
        self.connection = connect(path)
        if path == ":memory:":
            _empty().backup(self.connection)
        else:
            migrate(self.connection)
        self.kill_after: int | None = None

    def run(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What the script returns, after its commit; whatever it raises, after everything is undone."""
        if twin is not None:
            twin.begin(self, self.connection)
        self.connection.execute(self._begin)
        try:
            made = script(*args, **kwargs)
            if twin is not None:
                made = twin.follow(made)
            if self.kill_after is not None:
                made = self._mortal(made)
            result: T = run_script(self.connection, statements(), made)
        except BaseException:
            for statement in self._undo:
                self.connection.execute(statement)
            if twin is not None:
                twin.end(self, self.connection, kept=False)
            raise
        self.connection.execute(self._keep)
        if twin is not None:
            twin.end(self, self.connection, kept=True)
        return result

    def rows(self, sql: str, *parameters: object, **named: object) -> list[sqlite3.Row]:
        """Look at the database as it is, past the scripts."""
        return self.connection.execute(sql, named or parameters).fetchall()

    def one(self, sql: str, *parameters: object) -> Any:
        """The first column of the first row."""
        return self.rows(sql, *parameters)[0][0]

    def close(self) -> None:
        self.connection.close()

    def _mortal(self, script: Script[T]) -> Script[T]:
        left, self.kill_after = self.kill_after, None

        def answer(asked: Ask | Asks | Each) -> Script[Rows]:
            nonlocal left
            if left is not None:
                if left <= 0:
                    raise Killed
                left -= 1
            return (yield asked)

        return relayed(in_turn(script), answer)


# Databases that nobody uses, each as empty as it was.
_idle: list[sqlite3.Connection] = []


class LentStore(SyncStore):
    """The same for tests that need hundreds of stores: the whole of its life is one transaction, which is undone when
    nobody holds the store any more. The next one gets the database with all its statements prepared.
    """

    _begin, _keep = "SAVEPOINT script", "RELEASE script"
    _undo = ("ROLLBACK TO script", "RELEASE script")

    def __init__(self) -> None:
        if _idle:
            self.connection = _idle.pop()
            self.kill_after = None
        else:
            super().__init__()
        self.connection.execute("BEGIN")
        weakref.finalize(self, _give_back, self.connection)

    def close(self) -> None:
        """Its database goes on."""


def _give_back(connection: sqlite3.Connection) -> None:
    connection.execute("ROLLBACK")
    _idle.append(connection)
