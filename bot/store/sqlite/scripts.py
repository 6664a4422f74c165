"""A batch of scripts in the thread: one transaction, in which a script that raises fails alone."""

import sqlite3
import time
from collections.abc import Callable
from typing import Any

import aiosqlite

from bot.errors import StoreBusy
from bot.store import Each, P, Rows, Script, T
from bot.store.gathering import Make, Result
from bot.store.sql import statements
from bot.store.sqlite.schema import migrate

# Nothing that is read takes so long; whatever does is in everybody's way who reads.
READ_SECONDS = 20.0
# How many steps of SQLite's machine lie between two looks at the clock: a few milliseconds.
_STEPS_BETWEEN_LOOKS = 200_000


class ScriptConnection(aiosqlite.Connection):
    """An aiosqlite connection that runs whole scripts in one hop to its thread."""

    async def run_batch(self, scripts: list[Make]) -> list[Result]:
        """Run the scripts in one transaction; a result is (value, None) or (None, error)."""
        return await self._hop(_run_batch, self._conn, statements(), scripts)

    async def run_reading(self, script: Callable[[], Script[T]]) -> T:
        """Run a script that only reads, over one state of the database; raises what it raises, or StoreBusy."""
        return await self._hop(_run_reading, self._conn, statements(), script)

    async def apply_migrations(self) -> list[str]:
        """Apply what is missing under an exclusive lock."""
        return await self._hop(migrate, self._conn)

    async def _hop(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        # aiosqlite's own door to its thread carries no types.
        result: T = await self._execute(work, *args, **kwargs)  # type: ignore[no-untyped-call]
        return result


def run_script(connection: sqlite3.Connection, texts: dict[str, str], script: Script[Any]) -> Any:
    """Run a script on a connection; answers what it returns, and raises what it raises."""
    try:
        asked = next(script)
        while True:
            try:
                rows: Rows
                if isinstance(asked, tuple):
                    rows = connection.execute(texts[asked[0]], asked[1]).fetchall()
                elif isinstance(asked, Each):
                    rows = _for_each(connection, texts[asked.name], asked)
                else:
                    asked.answers = [
                        _for_each(connection, texts[ask.name], ask)
                        if isinstance(ask, Each)
                        else connection.execute(texts[ask[0]], ask[1]).fetchall()
                        for ask in asked.asks
                    ]
                    rows = ()
            except sqlite3.OperationalError:
                raise
            except Exception as error:
                # A script may know what to do about its own statement; most do not, and it comes out again.
                asked = script.throw(error)
            else:
                asked = script.send(rows)
    except StopIteration as stop:
        return stop.value
    finally:
        script.close()


def _for_each(connection: sqlite3.Connection, text: str, asked: Each) -> Rows:
    return [row for parameters in asked.values for row in connection.execute(text, parameters)]


def _run_batch(connection: sqlite3.Connection, texts: dict[str, str], scripts: list[Make]) -> list[Result]:
    try:
        results = _run_together(connection, texts, scripts)
        return results if results is not None else _run_apart(connection, texts, scripts)
    except sqlite3.DatabaseError as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        busy = StoreBusy(f"{type(error).__name__}: {error}")
        busy.__cause__ = error
        return [(None, busy)] * len(scripts)


def _run_together(connection: sqlite3.Connection, texts: dict[str, str], scripts: list[Make]) -> list[Result] | None:
    """Run all in one transaction; None, with nothing done, when one of several raised."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        results: list[Result] = [(run_script(connection, texts, make()), None) for make in scripts]
    except sqlite3.OperationalError:
        raise
    # Whatever else a script raises is its caller's to handle: it is carried there, not swallowed.
    except Exception as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return [(None, error)] if len(scripts) == 1 else None
    connection.execute("COMMIT")
    return results


def _run_reading(connection: sqlite3.Connection, texts: dict[str, str], script: Callable[[], Script[T]]) -> T:
    until = time.monotonic() + READ_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS_BETWEEN_LOOKS)
    try:
        connection.execute("BEGIN")
        try:
            result: T = run_script(connection, texts, script())
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        raise StoreBusy(f"{type(error).__name__}: {error}") from error
    return result


def _run_apart(connection: sqlite3.Connection, texts: dict[str, str], scripts: list[Make]) -> list[Result]:
    """Run all in one transaction, each so that it can be undone alone."""
    results: list[Result] = []
    connection.execute("BEGIN IMMEDIATE")
    for make in scripts:
        connection.execute("SAVEPOINT script")
        try:
            results.append((run_script(connection, texts, make()), None))
        except sqlite3.OperationalError:
            raise
        # As above.
        except Exception as error:
            connection.execute("ROLLBACK TO script")
            results.append((None, error))
        connection.execute("RELEASE script")
    connection.execute("COMMIT")
    return results
