"""A file of SQLite with rows in every table: a busy day of a shop, and made-up rows where a day leaves none."""

import contextlib
import sqlite3
from pathlib import Path

from bot.app.moving.shape import Table, quoted, shape_of
from bot.store.sql import migrations
from tests.busy_day import busy_day

NEWEST = migrations()[-1][0]
TEXT = "N°{number}\u202f: d’Awa \"Ndèye\"\t\\N\n'😀'"
# What a column is bound to.
BOUND = {
    ("address", "kind"): "number",
    ("admin", "role"): "owner",
    ("approval", "state"): "asked",
    ("batch", "state"): "ready",
    ("batch_line", "state"): "good",
    ("broadcast", "state"): "done",
    ("identity_case", "kind"): "taken",
    ("person_name", "kind"): "given",
    ("identity_case", "state"): "open",
}


def fill(path: Path) -> None:
    """Make the file. Some ids are gone, as those of messages that were sent."""
    day = busy_day(times=1)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        day.store.connection.backup(database)
        day.store.close()
        database.execute("PRAGMA journal_mode=WAL")
        for table in shape_of(NEWEST).tables:
            if not database.execute(f"SELECT 1 FROM {quoted(table.name)}").fetchone():
                _plant(database, table)
        gone = database.execute("SELECT max(id) FROM outbox").fetchone()[0]
        database.execute(
            "INSERT INTO outbox (id, address, body, keep, created_at, due_at, attempts)"
            " VALUES (?, 'telegram:1', '{}', 0, 0, 0, 0)",
            (gone + 7,),
        )
        database.execute("DELETE FROM outbox WHERE id = ?", (gone + 7,))


def _plant(database: sqlite3.Connection, table: Table) -> None:
    columns = {row[1]: (row[2], row[3]) for row in database.execute(f"PRAGMA table_xinfo({quoted(table.name)})")}
    names, places = ", ".join(map(quoted, table.columns)), ", ".join("?" * len(table.columns))

    def value(column: str, number: int) -> str | int | None:
        kind, is_wanted = columns[column]
        if number == 2 and not is_wanted and column not in table.key:
            return None
        if (table.name, column) in BOUND:
            return BOUND[table.name, column]
        return number * 2**53 if kind == "INTEGER" else TEXT.format(number=number)

    for number in (3, 1, 2):
        values = [value(column, number) for column in table.columns]
        database.execute(f"INSERT INTO {quoted(table.name)} ({names}) VALUES ({places})", values)


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that a file holds: every row, the numbers that come next, and the schema."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        found = {table.name: database.execute(table.reading).fetchall() for table in shape_of(NEWEST).tables}
        found["next"] = database.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name").fetchall()
        found["schema"] = database.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").fetchall()
    return found
