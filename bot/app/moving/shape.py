"""The tables of a schema, as the migrations make them: what of them is carried, and in which order it is read."""

import contextlib
import sqlite3
from functools import cache
from typing import Final

from msgspec import Struct

from bot.store.sqlite.schema import migrate

# Of processes that serve now, and of no meaning to those that will.
NOT_CARRIED: Final = frozenset({"leader", "replica"})


class Table(Struct, frozen=True):
    """A table. `columns` are written, `computed` are made by the database itself; rows are read in the order of `key`.
    `numbered` says that the database numbers its rows, and that no number is ever given twice.
    """

    name: str
    columns: tuple[str, ...]
    computed: tuple[str, ...]
    key: tuple[str, ...]
    numbered: bool

    @property
    def reading(self) -> str:
        """The statement that reads all of it in order, the computed columns behind the others."""
        columns = ", ".join(map(quoted, (*self.columns, *self.computed)))
        return f"SELECT {columns} FROM {quoted(self.name)} ORDER BY {', '.join(map(quoted, self.key))}"  # noqa: S608  # Ours.


class Shape(Struct, frozen=True):
    """The schema of a number: its tables, and those in which the migrations themselves put rows."""

    schema: int
    tables: tuple[Table, ...]
    filled: frozenset[str]


def quoted(name: str) -> str:
    """A name as both databases read it, whatever it spells."""
    return f'"{name}"'


@cache
def shape_of(schema: int) -> Shape:
    """What the migrations up to a number make."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        migrate(database, schema)
        names = [
            str(row[0])
            for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            if not row[0].startswith("sqlite_")
        ]
        tables = tuple(_table(database, name) for name in names if name not in NOT_CARRIED)
        filled = frozenset(
            table.name
            for table in tables
            if database.execute(f"SELECT 1 FROM {quoted(table.name)}").fetchone()  # noqa: S608  # Ours.
        )
    return Shape(schema, tables, filled)


def _table(database: sqlite3.Connection, name: str) -> Table:
    columns: list[str] = []
    computed: list[str] = []
    key: list[tuple[int, str]] = []
    for _, column, _, _, _, position, hidden in database.execute(f"PRAGMA table_xinfo({quoted(name)})"):
        (computed if hidden else columns).append(str(column))
        if position:
            key.append((int(position), str(column)))
    text = database.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (name,)).fetchone()[0]
    # Where there is no key, rows that are alike in everything may stand in any order.
    ordered = tuple(column for _, column in sorted(key)) or tuple(columns)
    return Table(name, tuple(columns), tuple(computed), ordered, "AUTOINCREMENT" in text)
