"""One attempt at a transaction on a connection: scripts one after another, a round trip for each statement."""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from bot.store import Script, T
from bot.store.gathering import Make, Result
from bot.store.postgres.connections import ANY, IDLE_MS, LOCK_MS, Connection, is_of_the_script
from bot.store.postgres.parameters import Statement

# One transaction writes at a time, whichever process it is of: none meets another, and none is run again for it. A turn
# is waited for longer than a process that is frozen in its own keeps it.
TURN: Final = 84_001_126
TURN_MS: Final = IDLE_MS + 500
WRITING: Final = (
    f"BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {TURN_MS};"
    f" SELECT pg_advisory_xact_lock({TURN}); SET LOCAL lock_timeout = {LOCK_MS}"
)
READING: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Attempt(NamedTuple):
    """What the scripts returned, and whether the transaction, which is still open, has anything to keep."""

    results: list[Result]
    wrote: bool


class ScriptRaised(Exception):
    """A script raised what is not the database's trouble; the transaction is rolled back."""

    def __init__(self, raised: Exception) -> None:
        super().__init__(str(raised))
        self.raised = raised


async def attempt(connection: Connection, texts: dict[str, Statement], makes: list[Make]) -> Attempt:
    """Begin a transaction and run the scripts in it.

    Raises ScriptRaised, and what asyncpg raises of a database in trouble; either way nothing is left of it.
    """
    await connection.execute(WRITING)
    wrote = False
    try:
        results: list[Result] = []
        for make in makes:
            value, has_written = await run_script(connection, texts, make())
            results.append((value, None))
            wrote = wrote or has_written
    except BaseException as error:
        await _roll_back(connection, error)
        if isinstance(error, Exception) and (is_of_the_script(error)):
            raise ScriptRaised(error) from error
        raise
    return Attempt(results, wrote)


async def read(connection: Connection, texts: dict[str, Statement], make: Callable[[], Script[T]]) -> T:
    """Run a script in a transaction that sees one state and cannot write. Raises what it and what asyncpg raises."""
    await connection.execute(READING)
    try:
        value, _ = await run_script(connection, texts, make())
    except BaseException as error:
        await _roll_back(connection, error)
        raise
    await _roll_back(connection)
    return value


async def run_script(connection: Connection, texts: dict[str, Statement], script: Script[T]) -> tuple[T, bool]:
    """What a script returns, and whether it asked for a write. Raises what it raises."""
    wrote = False
    try:
        name, parameters = next(script)
        while True:
            statement = texts[name]
            wrote = wrote or statement.writes
            try:
                rows = await connection.fetch(statement.text, *statement.arguments(parameters))
            except (*ANY, KeyError) as error:
                if not is_of_the_script(error):
                    raise
                # A script may know what to do about its own statement; most do not, and it comes out again.
                name, parameters = script.throw(error)
            else:
                name, parameters = script.send(rows)
    except StopIteration as stop:
        return stop.value, wrote
    finally:
        script.close()


async def _roll_back(connection: Connection, after: BaseException | None = None) -> None:
    """Or end the connection, which comes to the same, and which asks nothing of a server that has fallen silent."""
    if connection.is_closed():
        return
    if isinstance(after, TimeoutError):
        connection.terminate()
        return
    try:
        await connection.execute("ROLLBACK")
    except asyncio.CancelledError:
        connection.terminate()
        raise
    except ANY:
        connection.terminate()
