"""Backups of PostgreSQL: files of SQLite in the same schema, and the way back.

A backup reads one state while replicas serve, is compared row by row with what it was made from, checked as one of
SQLite is, and only then gets its name. A restore is one transaction: what is there gets a schema of its own beside the
new one, where it is kept until somebody drops it.
"""

import contextlib
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from bot.app.backup import Contents, examine, making, opened, refuse_no_backup, take_key_out
from bot.app.moving import postgres
from bot.app.moving.copying import carry
from bot.app.moving.ends import postgres_trouble, snapshot, snapshot_of_file, writing_postgres
from bot.app.moving.sqlite import SqliteTarget, file_trouble
from bot.settings.database_url import shown


async def backup_postgres(url: str, to: Path, now: datetime | None = None) -> tuple[Path, Contents]:
    """Copy the database into the file `to`, or into a dated file in the folder `to`. Answers the file and its contents;
    with problems in them there is no file.

    Raises CannotStart and StoreBusy.
    """
    with making(to, now) as made, postgres_trouble(url):
        async with postgres.opened(url) as connection:
            source = await snapshot(connection, shown(url))
            with (
                file_trouble(made.to),
                contextlib.closing(sqlite3.connect(made.unfinished, isolation_level=None)) as database,
            ):
                target = SqliteTarget(database)
                await carry(source, target)
                await target.keep()
                take_key_out(database)
        return made.to, made.finish()


async def restore_postgres(url: str, source: Path, now: datetime | None = None) -> tuple[Contents, str | None]:
    """Put the backup `source` in the place of the database. Answers its contents, and the name of the schema in which
    the tables of before are kept, None when there were none; with problems in the contents nothing was changed.

    Raises CannotStart when a bot is connected, and StoreBusy.
    """
    refuse_no_backup(source)
    contents = examine(source)
    if contents.problems:
        return contents, None
    before = f"before_{now or datetime.now(UTC):%Y%m%dt%H%M%Sz}"
    with opened(source, "mode=ro&immutable=1") as database:
        async with writing_postgres(url) as target:
            was_there = await target.put_aside(before)
            await carry(snapshot_of_file(database), target)
            await target.keep()
    return contents, before if was_there else None
