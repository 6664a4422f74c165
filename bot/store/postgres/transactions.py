"""One attempt at a transaction on a connection: scripts one after another, a message there and back for each statement,
or for several of which a script says that they may go together.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from bot.store import Ask, Asks, Each, Parameters, Rows, Script, T
from bot.store.gathering import Make, Result
from bot.store.postgres.connections import ANY, IDLE_MS, LOCK_MS, Connection, is_of_the_script
from bot.store.postgres.joining import messages, read_json, shape_of
from bot.store.postgres.parameters import Statement

# One transaction writes at a time, whichever process it is of: none meets another, and none is run again for it. A turn
# is waited for longer than a process that is frozen in its own keeps it.
TURN: Final = 84_001_126
TURN_MS: Final = IDLE_MS + 500
WRITING: Final = (
    f"BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {TURN_MS};"
    f" SELECT pg_advisory_xact_lock({TURN}); SET LOCAL lock_timeout = {LOCK_MS}"
)
_GOES_BACK: Final = "ROLLBACK TO"
_OF_SAVEPOINTS: Final = ("SAVEPOINT", "RELEASE", _GOES_BACK)
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


class SavepointMissing(Exception):
    """A script goes back to a savepoint that was not set."""


async def attempt(
    connection: Connection, texts: dict[str, Statement], makes: list[Make], *, savepoints: bool = False
) -> Attempt:
    """Begin a transaction and run the scripts in it.

    Savepoints cost a message each and are hardly ever gone back to: they are set once that has been seen.

    Raises ScriptRaised, and what asyncpg raises of a database in trouble; either way nothing is left of it.
    """
    await connection.execute(WRITING)
    wrote = False
    try:
        results: list[Result] = []
        for make in makes:
            value, has_written = await run_script(connection, texts, make(), savepoints=savepoints)
            results.append((value, None))
            wrote = wrote or has_written
    except BaseException as error:
        await _roll_back(connection, error)
        if isinstance(error, SavepointMissing):
            return await attempt(connection, texts, makes, savepoints=True)
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


async def run_script(
    connection: Connection, texts: dict[str, Statement], script: Script[T], *, savepoints: bool = True
) -> tuple[T, bool]:
    """What a script returns, and whether it asked for a write. Raises what it raises."""
    wrote = False
    try:
        asked = next(script)
        while True:
            try:
                rows, writes = await ask(connection, texts, asked, savepoints=savepoints)
                wrote = wrote or writes
            except (*ANY, KeyError) as error:
                if not is_of_the_script(error):
                    raise
                # A script may know what to do about its own statement; most do not, and it comes out again.
                asked = script.throw(error)
            else:
                asked = script.send(rows)
    except StopIteration as stop:
        return stop.value, wrote
    finally:
        script.close()


async def ask(
    connection: Connection, texts: dict[str, Statement], asked: Ask | Asks | Each, *, savepoints: bool
) -> tuple[Rows, bool]:
    """What the database answers, and whether it may have changed anything. Raises what asyncpg raises, KeyError for a
    value that is missing, and without `savepoints` SavepointMissing.
    """
    if isinstance(asked, Asks):
        return (), await _ask_several(connection, texts, asked)
    if isinstance(asked, Each):
        return await _ask_each(connection, texts[asked.name], asked.values)
    name, parameters = asked
    statement = texts[name]
    if not savepoints and statement.text.startswith(_OF_SAVEPOINTS):
        if statement.text.startswith(_GOES_BACK):
            raise SavepointMissing(name)
        return (), False
    return await connection.fetch(statement.text, *statement.arguments(parameters)), statement.writes


async def _ask_several(connection: Connection, texts: dict[str, Statement], asks: Asks) -> bool:
    wrote = False
    answers: list[Rows] = [()] * len(asks.asks)
    for message in messages(tuple(map(shape_of, asks.asks))):
        first = asks.asks[message.at[0]]
        if not message.text and isinstance(first, Each):
            answers[message.at[0]], writes = await _ask_each(connection, texts[first.name], first.values)
            wrote = wrote or writes
            continue
        rows = await connection.fetch(message.text, *message.arguments(asks.asks))
        wrote = wrote or message.writes
        if len(message.answering) == 1:
            answers[message.answering[0]] = rows
        elif message.answering:
            for at, text in zip(message.answering, rows[0], strict=True):
                answers[at] = read_json(text)
    asks.answers = answers
    return wrote


async def _ask_each(connection: Connection, statement: Statement, values: Sequence[Parameters]) -> tuple[Rows, bool]:
    arguments = [statement.arguments(parameters) for parameters in values]
    if len(arguments) < 2:  # There is nothing to share a message with.
        rows: Rows = await connection.fetch(statement.text, *arguments[0]) if arguments else ()
    elif statement.answers:
        rows = await connection.fetchmany(statement.text, arguments)
    else:
        await connection.executemany(statement.text, arguments)
        rows = ()
    return rows, statement.writes and bool(arguments)


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
