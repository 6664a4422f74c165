"""Empty PostgreSQL databases to be filled: on a server that comes and goes, or on one that is given."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

from bot.store.postgres.connections import connect

# A server of its own keeps in memory what a small one of somebody's would.
SETTINGS = ("shared_buffers=256MB", "max_wal_size=4GB")
NAMES = ("taal_growth_empty", "taal_growth_full")


@contextlib.contextmanager
def databases(url: str | None) -> Iterator[Callable[[], str]]:
    """What makes a database and answers its URL. Those on a given server are dropped in the end."""
    if url is None:
        # It comes with the tests, which only a checkout has.
        from tests.postgres_server import PostgresServer

        server = PostgresServer(SETTINGS)
        try:
            yield server.new_database
        finally:
            server.stop()
        return
    names = iter(NAMES)

    def new() -> str:
        name = next(names)
        asyncio.run(_execute(url, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"))
        return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))

    try:
        yield new
    finally:
        asyncio.run(_execute(url, *(f"DROP DATABASE IF EXISTS {name}" for name in NAMES)))


async def _execute(url: str, *statements: str) -> None:
    connection = await connect(url, 60)
    try:
        for sql in statements:
            await connection.execute(sql)
    finally:
        connection.terminate()
