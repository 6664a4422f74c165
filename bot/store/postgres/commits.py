"""How a transaction ends, and how its end is found out when the answer to its COMMIT was lost.

A transaction that writes inserts its key into `commit_key` in the same message as its COMMIT. Who has to find out
inserts the key as not kept: the unique index makes that wait for the transaction while it is under way. If it was
committed, its own row is answered. If it was not, the row of the question stands, and the transaction can never be
committed any more: its insert would meet it. So the answer is final, whichever of the two arrived first.
"""

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg

from bot.errors import StoreBusy
from bot.store import T
from bot.store.postgres.connections import ANY, LOST, Connection, connect

TABLE: Final = """
CREATE TABLE IF NOT EXISTS commit_key (
    key  TEXT        COLLATE "C" NOT NULL,
    kept BOOLEAN     NOT NULL,
    at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT commit_key_pk PRIMARY KEY (key)
)
"""
ASK_PAUSE_SECONDS: Final = 0.1
FORGET_EVERY: Final = 2_000
# Nobody asks for a key after the time that a question is repeated; this is far longer.
_FORGET: Final = "DELETE FROM commit_key WHERE at < now() - interval '1 hour'"
_ASK: Final = """
INSERT INTO commit_key (key, kept) VALUES ($1, FALSE)
ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING kept
"""


class CommitUnknown(Exception):
    """The answer to a COMMIT was lost."""


async def commit(connection: Connection, key: str, *, wrote: bool) -> None:
    """End a transaction.

    Raises CommitUnknown when it may have been committed, and what else asyncpg raises when it certainly was not.
    """
    if not wrote:
        await connection.execute("COMMIT")
        return
    try:
        await connection.execute(f"INSERT INTO commit_key (key, kept) VALUES ('{key}', TRUE); COMMIT")  # noqa: S608  # Ours.
    except LOST as error:
        if isinstance(error, asyncpg.QueryCanceledError):
            raise
        raise CommitUnknown(f"{type(error).__name__}: {error}") from error


class CommitKeys:
    """The keys of a process's transactions, and what became of them."""

    def __init__(self, url: str, ask_seconds: float) -> None:
        self._url = url
        self._ask_seconds = ask_seconds
        self._process = secrets.token_hex(12)
        self._numbers = itertools.count(1)
        self._commits = 0

    def new(self) -> str:
        """A key that no other transaction has."""
        return f"{self._process}.{next(self._numbers)}"

    async def was_kept(self, key: str) -> bool:
        """Whether the transaction of a key was committed; if not, it never will be.

        Asks until there is an answer. Raises StoreBusy when there is none for long: then nobody knows.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._ask_seconds
        while True:
            try:
                return bool(await self._once(lambda connection: connection.fetchval(_ASK, key)))
            except ANY as error:
                if loop.time() >= until:
                    raise StoreBusy(f"whether it was kept is not known ({error})") from error
            await asyncio.sleep(ASK_PAUSE_SECONDS)

    async def forget_old(self) -> None:
        """Called after each commit; now and then it deletes the keys that nobody will ask for."""
        self._commits += 1
        if self._commits % FORGET_EVERY == 0:
            with contextlib.suppress(*ANY):  # They are forgotten the next time.
                await self._once(lambda connection: connection.execute(_FORGET))

    async def _once(self, ask: Callable[[Connection], Awaitable[T]]) -> T:
        connection = await connect(self._url)
        try:
            return await ask(connection)
        finally:
            connection.terminate()
