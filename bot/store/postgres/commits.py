"""How a transaction ends, and how its end is found out when the answer to its COMMIT was lost.

A transaction that writes inserts its key into `commit_key` in the same message as its COMMIT. Who has to find out
inserts the key as not kept: the unique index makes that wait for the transaction while it is under way. If it was
committed, its own row is answered. If it was not, the row of the question stands, and the transaction can never be
committed any more: its insert would meet it. So the answer is final, whichever of the two arrived first.
"""

import secrets
from collections.abc import Iterator
from typing import Final

import asyncpg

from bot.store.postgres.connections import LOST, Connection

TABLE: Final = """
CREATE TABLE IF NOT EXISTS commit_key (
    key  TEXT        COLLATE "C" NOT NULL,
    kept BOOLEAN     NOT NULL,
    at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT commit_key_pk PRIMARY KEY (key)
)
"""
# Nobody asks for a key after the time that a question is repeated; this is far longer.
FORGET: Final = "DELETE FROM commit_key WHERE at < now() - interval '1 hour'"
_ASK: Final = """
INSERT INTO commit_key (key, kept) VALUES ($1, FALSE)
ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING kept
"""


class CommitUnknown(Exception):
    """The answer to a COMMIT was lost."""


def keys() -> Iterator[str]:
    """Keys that no other process has."""
    process = secrets.token_hex(12)
    number = 0
    while True:
        number += 1
        yield f"{process}.{number}"


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


async def was_kept(connection: Connection, key: str) -> bool:
    """Whether the transaction of a key was committed; if not, it never will be. Raises what asyncpg raises."""
    return bool(await connection.fetchval(_ASK, key))
