"""A file of SQLite as one end of a move. Its calls do not wait: nothing else runs in the loop of a command."""

import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Final

from bot.app.moving.copying import PAGE_ROWS, Page
from bot.app.moving.shape import Shape, Table, quoted
from bot.errors import CannotStart
from bot.private_files import make_file, sync_folder
from bot.store.sqlite.file import trouble
from bot.store.sqlite.schema import migrate

_ACCOUNTS: Final = "SELECT account, sum(amount_xof) FROM entry GROUP BY account"
# Those that belong to no constraint.
_ASIDE: Final = "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('trigger', 'index') AND sql IS NOT NULL"


class SqliteSource:
    """What a connection sees in its transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    async def schema(self) -> int:
        return int(self._database.execute("PRAGMA user_version").fetchone()[0])

    async def pages(self, table: Table) -> AsyncIterator[Page]:
        cursor = self._database.execute(table.reading)
        cursor.row_factory = None
        while page := cursor.fetchmany(PAGE_ROWS):
            yield page

    async def accounts(self) -> dict[str, int]:
        return {str(account): int(sum_xof) for account, sum_xof in self._database.execute(_ACCOUNTS)}

    async def last_number(self, table: Table) -> int:
        row = self._database.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).fetchone()
        return int(row[0]) if row is not None else 0


class SqliteTarget(SqliteSource):
    """A new file that is nobody's yet: what is undone by a crash is thrown away whole."""

    def __init__(self, database: sqlite3.Connection) -> None:
        super().__init__(database)
        self._aside: list[str] = []

    async def make(self, shape: Shape) -> None:
        self._database.execute("PRAGMA journal_mode=MEMORY")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute("PRAGMA secure_delete=ON")
        migrate(self._database, shape.schema)
        self._database.execute("BEGIN IMMEDIATE")
        for kind, name, text in self._database.execute(_ASIDE).fetchall():
            self._aside.append(text)
            self._database.execute(f"DROP {kind} {quoted(name)}")
        for name in shape.filled:
            self._database.execute(f"DELETE FROM {quoted(name)}")  # noqa: S608  # Ours.

    async def write(self, table: Table, pages: AsyncIterator[Page]) -> None:
        width = len(table.columns)
        columns, places = ", ".join(map(quoted, table.columns)), ", ".join("?" * width)
        insert = f"INSERT INTO {quoted(table.name)} ({columns}) VALUES ({places})"  # noqa: S608  # Ours.
        async for page in pages:
            rows: Iterable[tuple[str | int | None, ...]] = (row[:width] for row in page)
            self._database.executemany(insert, rows)

    async def number_from(self, table: Table, last: int) -> None:
        self._database.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        if last:
            self._database.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, last))

    async def complete(self) -> None:
        for text in self._aside:
            self._database.execute(text)

    async def keep(self) -> None:
        self._database.execute("COMMIT")


class NewFile(SqliteTarget):
    """A database that is made under another name than it will have."""

    def __init__(self, database: sqlite3.Connection, unfinished: Path, path: Path) -> None:
        super().__init__(database)
        self._unfinished = unfinished
        self._path = path

    async def keep(self) -> None:
        await super().keep()
        with self._unfinished.open("rb") as written:
            os.fsync(written.fileno())
        self._unfinished.replace(self._path)
        sync_folder(self._path.parent)


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[NewFile]:
    """A database that takes the place of a file once it is kept. Raises CannotStart and StoreBusy."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with file_trouble(path):
            unfinished.unlink(missing_ok=True)
            make_file(unfinished, new=True)
            with contextlib.closing(sqlite3.connect(unfinished, isolation_level=None)) as database:
                yield NewFile(database, unfinished, path)
    finally:
        for ending in ("", "-journal"):
            unfinished.with_name(unfinished.name + ending).unlink(missing_ok=True)


@contextlib.contextmanager
def file_trouble(path: Path) -> Iterator[None]:
    """What is raised of a file, as CannotStart or StoreBusy that names it."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise trouble(path, error) from error
    except OSError as error:
        raise CannotStart(f"{path} cannot be written ({error.strerror})") from error
