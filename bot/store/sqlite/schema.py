"""The schema of a database file: migrations are applied under a lock, and a newer schema than ours is refused."""

import sqlite3

from bot.errors import CannotStart, Exit
from bot.store.sql import migrations


def migrate(connection: sqlite3.Connection, upto: int | None = None) -> list[str]:
    """Apply what is missing under an exclusive lock, all of it or up to a number; answers the names.

    Raises CannotStart and what SQLite raises.
    """
    connection.execute("BEGIN EXCLUSIVE")
    try:
        refuse_newer(connection)
        applied = []
        for number, name, text in migrations():
            if number <= connection.execute("PRAGMA user_version").fetchone()[0]:
                continue
            if upto is not None and number > upto:
                break
            for statement in statements_of(text):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
            applied.append(name)
        connection.execute("COMMIT")
        return applied
    except (sqlite3.DatabaseError, CannotStart):
        # A full disk may have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def refuse_newer(connection: sqlite3.Connection) -> None:
    """Raises CannotStart when a newer program than this one has changed the schema.

    What it means by its columns is not known here: to serve from it would be to guess about money.
    """
    schema = int(connection.execute("PRAGMA user_version").fetchone()[0])
    known = migrations()[-1][0]
    if schema > known:
        raise CannotStart(
            f"DATABASE_URL: {_file_of(connection)} was changed by a newer Taal: its schema is number {schema}, this"
            f" program knows up to {known}. Start the newer version, or restore the backup that was made before the"
            " upgrade (docs/operations.md, Going back)",
            Exit.DATABASE,
        )


def _file_of(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA database_list").fetchone()["file"]) or "the database in memory"


def statements_of(text: str) -> list[str]:
    """The statements of a migration; `executescript` would commit the transaction that holds the lock."""
    found, pending = [], ""
    for line in text.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending)
            pending = ""
    return found
