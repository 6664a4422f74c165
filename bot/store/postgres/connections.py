"""Connections to PostgreSQL: opened as this store needs them, lent to one transaction at a time, and what their errors
mean.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, NamedTuple, Protocol

import asyncpg

from bot.errors import StoreBusy
from bot.store import Row
from bot.store.postgres.hosts import host_by_host

CONNECT_SECONDS: Final = 3.0
# Where there are several hosts, one that says nothing keeps us from the next for so long.
HOST_SECONDS: Final = 1.5
# The longest that one statement of a transaction may take, its waiting for the database included; a primary that has
# fallen silent is given up after it.
COMMAND_SECONDS: Final = 4.0
# A lock that somebody else holds is waited for this long.
LOCK_MS: Final = 2_000
# A transaction whose client is gone, or frozen, keeps its locks no longer than this: everybody else waits for its turn
# meanwhile. It is less than it takes to be taken for dead (`bot.replicas`).
IDLE_MS: Final = 3_000
# One plan for each statement, whatever its parameters are and however small the tables still are: along a key. A scan
# would stand in the way of everybody who writes to the table, and what is best for one value is slow for the next. No
# statement runs for so long that compiling it pays.
PLANS: Final = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "jit": "off",
    # What is asked for is mostly in memory, and no disk of today has to turn for it.
    "random_page_cost": "1.1",
}
# More than there are statements, so that each is prepared once on a connection.
STATEMENTS: Final = 512


class Column(NamedTuple):
    """A column of what a prepared statement answers: its name, and a type that is itself named."""

    name: str
    type: Any  # asyncpg's own, of which the name is read.


class Prepared(Protocol):
    """A statement that PostgreSQL has looked at."""

    def get_attributes(self) -> tuple[Column, ...]: ...


class Connection(Protocol):
    """What is used of asyncpg's connections, which carry no types."""

    async def execute(self, sql: str, /, *arguments: "str | int | None") -> str: ...

    async def fetch(self, sql: str, /, *arguments: "str | int | None") -> list[Row]: ...

    async def fetchmany(self, sql: str, values: "Sequence[Sequence[str | int | None]]", /) -> list[Row]: ...

    async def executemany(self, sql: str, values: "Sequence[Sequence[str | int | None]]", /) -> None: ...

    async def fetchval(self, sql: str, /, *arguments: "str | int | None") -> Any: ...  # A column may hold any value.

    async def prepare(self, sql: str, /) -> "Prepared": ...

    async def set_type_codec(
        self, name: str, /, *, schema: str, encoder: type[str], decoder: type[int], format: str
    ) -> None: ...

    def transaction(self) -> AbstractAsyncContextManager[object]: ...

    def is_closed(self) -> bool: ...

    def is_in_transaction(self) -> bool: ...

    def terminate(self) -> None: ...

    async def close(self, *, timeout: float) -> None: ...


# The database is not there, or is going away: what was not committed is gone with the connection.
LOST: Final = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
)
# Somebody else was in the way, or changed the schema under a prepared statement: the same again may well succeed.
CONFLICTS: Final = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutdatedSchemaCacheError,
)
ANY: Final = (*LOST, asyncpg.PostgresError)
# What is wrong with the address itself, which the next host would say as well.
REFUSED: Final = (
    asyncpg.ClientConfigurationError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)


def is_of_the_script(error: Exception) -> bool:
    """Whether it is about one statement, and so its script's affair; what else asyncpg raises is the database's."""
    if isinstance(error, asyncpg.InterfaceError):
        return isinstance(error, ValueError)  # A value that is not of the parameter's type, which was never sent.
    about_rows = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError, asyncpg.PLPGSQLError)
    return not isinstance(error, ANY) or isinstance(error, about_rows)


def busy(error: BaseException) -> StoreBusy:
    """The database's trouble as the contract calls it."""
    raised = StoreBusy(f"{type(error).__name__}: {error}".strip())
    raised.__cause__ = error
    return raised


def is_away(busy: StoreBusy) -> bool:
    """Whether there is no database to ask, so that whoever else waits for it waits in vain."""
    cause = busy.__cause__
    return isinstance(cause, LOST) and not isinstance(cause, asyncpg.QueryCanceledError)


def leaves_the_connection_useless(error: BaseException) -> bool:
    """Whether it is lost, stale, or leads to a standby that takes no write."""
    if isinstance(error, asyncpg.QueryCanceledError):
        return False
    return isinstance(
        error,
        (
            *LOST,
            asyncpg.ReadOnlySQLTransactionError,
            asyncpg.InvalidCachedStatementError,
            asyncpg.OutdatedSchemaCacheError,
        ),
    )


async def connect(url: str, command_seconds: float = COMMAND_SECONDS) -> Connection:
    """A connection as this store needs it, whose statements take no longer than that: to the first host that serves us.

    Raises what asyncpg raises, and OSError.
    """
    *others, last = host_by_host(url)
    for other in others:
        try:
            return await _connect(other, command_seconds, HOST_SECONDS)
        except REFUSED:
            raise
        except ANY:
            continue
    return await _connect(last, command_seconds, HOST_SECONDS if others else CONNECT_SECONDS)


async def _connect(url: str, command_seconds: float, seconds: float) -> Connection:
    connection: Connection = await asyncpg.connect(
        url,
        timeout=seconds,
        command_timeout=command_seconds,
        statement_cache_size=STATEMENTS,
        max_cached_statement_lifetime=0,
        server_settings={
            "application_name": "taal",
            "lock_timeout": str(LOCK_MS),
            "idle_in_transaction_session_timeout": str(IDLE_MS),
            "timezone": "UTC",
            **PLANS,
        },
    )
    # Sums of bigint are numeric. All that is summed is whole: a fraction raises.
    await connection.set_type_codec("numeric", schema="pg_catalog", encoder=str, decoder=int, format="text")
    return connection


class Connections:
    """At most `most` connections, opened when they are needed and kept while they are good."""

    def __init__(self, url: str, most: int, command_seconds: float = COMMAND_SECONDS) -> None:
        self._url = url
        self._command_seconds = command_seconds
        self._idle: list[Connection] = []
        self._places = asyncio.Semaphore(most)
        self._is_closed = False

    async def take(self) -> Connection:
        """Raises StoreBusy when there are none any more, and what `connect` raises."""
        await self._places.acquire()
        try:
            if self._is_closed:
                raise StoreBusy("the store is closed")
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
            return await connect(self._url, self._command_seconds)
        except BaseException:
            self._places.release()
            raise

    def give_back(self, connection: Connection, *, is_good: bool) -> None:
        """Keep it for the next one, or end it at once when it is not good: then the idle ones, which lead to the same
        server, are no better.
        """
        if is_good and not self._is_closed and not connection.is_closed() and not connection.is_in_transaction():
            self._idle.append(connection)
        else:
            for each in (connection, *self._idle):
                each.terminate()
            self._idle.clear()
        self._places.release()

    async def aclose(self) -> None:
        """Close those that nobody has; the others end when they are given back."""
        self._is_closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*map(_close, idle))


async def _close(connection: Connection) -> None:
    try:
        await connection.close(timeout=CONNECT_SECONDS)
    except ANY:
        connection.terminate()
