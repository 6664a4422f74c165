"""The two ends of a move by their addresses: opened, kept from those who serve, and undone unless they are kept."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import asyncpg

from bot.app.adapters import sole_user
from bot.app.backup import opened as opened_file
from bot.app.moving.copying import Source, Target
from bot.app.moving.postgres import (
    CopyConnection,
    PostgresSource,
    PostgresTarget,
    keep_others_out,
    opened,
    refuse_served,
)
from bot.app.moving.sqlite import SqliteSource, new_file
from bot.errors import CannotStart, Exit, StoreBusy
from bot.settings.database_url import is_postgres, shown
from bot.store.postgres.connections import ANY, CONFLICTS, LOST, busy
from bot.store.postgres.schema import refuse_newer, version
from bot.store.sqlite.schema import refuse_newer as refuse_newer_file

_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


@contextlib.asynccontextmanager
async def reading(url: str) -> AsyncIterator[Source]:
    """One state of a database from which nobody serves, nor begins to meanwhile. Raises CannotStart and StoreBusy."""
    if is_postgres(url):
        with postgres_trouble(url):
            async with opened(url) as connection:
                await keep_others_out(connection)
                await refuse_served(connection, shown(url))
                yield await snapshot(connection, shown(url))
        return
    path = Path(shown(url))
    _refuse_no_file(path)
    with sole_user(path), opened_file(path) as database:
        refuse_newer_file(database)
        yield snapshot_of_file(database)


async def snapshot(connection: CopyConnection, where: str) -> PostgresSource:
    """What a connection sees from now on. Raises CannotStart when it is no schema that we know."""
    await connection.execute(_SNAPSHOT)
    schema = await version(connection)
    refuse_newer(schema)
    if not schema:
        raise CannotStart(f"there is nothing of Taal in {where}")
    return PostgresSource(connection)


def snapshot_of_file(database: sqlite3.Connection) -> SqliteSource:
    """What a connection sees from now on. Raises what SQLite raises."""
    database.execute("BEGIN")
    return SqliteSource(database)


@contextlib.asynccontextmanager
async def writing(url: str) -> AsyncIterator[Target]:
    """An empty database from which nobody serves. Raises CannotStart and StoreBusy."""
    if is_postgres(url):
        async with writing_postgres(url) as target:
            if held := await target.rows_in():
                raise CannotStart(f"{shown(url)} is not empty: it holds rows of {', '.join(held[:5])}", Exit.EXISTS)
            await target.drop_what_is_empty()
            yield target
        return
    path = Path(shown(url))
    with sole_user(path):
        _refuse_file(path)
        with new_file(path) as file:
            yield file


def _refuse_no_file(path: Path) -> None:
    if not path.is_file() or not path.stat().st_size:
        raise CannotStart(f"there is no database {path}")


def _refuse_file(path: Path) -> None:
    if path.stat().st_size:
        raise CannotStart(f"{path} is there already, and is not written over", Exit.EXISTS)


@contextlib.asynccontextmanager
async def writing_postgres(url: str) -> AsyncIterator[PostgresTarget]:
    """A database from which nobody serves, in a transaction. Raises CannotStart and StoreBusy."""
    with postgres_trouble(url):
        async with opened(url) as connection:
            target = PostgresTarget(connection, url)
            await target.begin()
            await refuse_served(connection, shown(url))
            await target.refuse_strangers()
            yield target


@contextlib.contextmanager
def postgres_trouble(url: str) -> Iterator[None]:
    """What asyncpg raises, as CannotStart or StoreBusy."""
    try:
        yield
    except asyncpg.ClientConfigurationError as error:
        raise CannotStart(f"{shown(url)}: {error}", Exit.SETTINGS) from error
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise CannotStart(f"{shown(url)}: {error}") from error
    except (*CONFLICTS, *LOST, asyncpg.LockNotAvailableError) as error:
        raise StoreBusy(f"{shown(url)}: {busy(error)}; try again later") from error
    except ANY as error:
        raise CannotStart(f"{shown(url)}: {type(error).__name__}: {error}") from error
