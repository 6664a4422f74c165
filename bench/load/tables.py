"""What a load does to PostgreSQL's tables: rows written and left dead, what autovacuum did, how large all became.

Counts come from PostgreSQL's own statistics, which a killed server process loses and which lag by a second; sizes are
those of the files.
"""

from typing import Final, NamedTuple

from bench.document import markdown
from bot.store.postgres.connections import Connection, connect

# A table that a load writes to less says nothing.
FEWEST_CHANGES = 1_000

_TABLES: Final = """
SELECT s.relname AS name, s.n_tup_ins AS inserted, s.n_tup_upd AS updated, s.n_tup_hot_upd AS in_place,
       s.n_tup_del AS deleted, s.n_dead_tup AS dead, s.autovacuum_count AS vacuums,
       pg_table_size(s.relid) / 1024 AS table_kib, pg_indexes_size(s.relid) / 1024 AS indexes_kib
FROM pg_stat_user_tables AS s WHERE s.schemaname = current_schema() ORDER BY s.relname"""
_UNUSED: Final = """
SELECT s.indexrelname AS name, pg_relation_size(s.indexrelid) / 1024 AS kib
FROM pg_stat_user_indexes AS s JOIN pg_index AS i ON i.indexrelid = s.indexrelid
WHERE s.schemaname = current_schema() AND s.idx_scan = 0 AND NOT i.indisunique
ORDER BY kib DESC, name"""
HEADINGS: Final = (
    *("table", "inserted", "updated", "of these in place", "deleted", "left dead", "times vacuumed"),
    *("table, KiB", "its indexes, KiB"),
)


class TableState(NamedTuple):
    """One table as PostgreSQL counts it, since its statistics began."""

    inserted: int
    updated: int
    in_place: int
    deleted: int
    dead: int
    vacuums: int
    table_kib: int
    indexes_kib: int


class Tables(NamedTuple):
    """All tables at one moment, and the indexes that only speed things up and that nothing has used."""

    by_name: dict[str, TableState]
    unused_kib: dict[str, int]


async def look(url: str) -> Tables:
    """How the tables are now."""
    connection: Connection = await connect(url, 60)
    try:
        rows = await connection.fetch(_TABLES)
        by_name = {str(row["name"]): TableState(*(int(row[of]) for of in TableState._fields)) for row in rows}
        unused = {str(row["name"]): int(row["kib"]) for row in await connection.fetch(_UNUSED)}
    finally:
        connection.terminate()
    return Tables(by_name, unused)


def report(tables: Tables) -> str:
    """The tables that were written to, and the indexes that nothing used."""
    busy = {
        name: each
        for name, each in tables.by_name.items()
        if each.inserted + each.updated + each.deleted >= FEWEST_CHANGES
    }
    rows = [
        (f"`{name}`", *(f"{count:,}" for count in each))
        for name, each in sorted(busy.items(), key=lambda row: -row[1].table_kib - row[1].indexes_kib)
    ]
    of_busy = {name: kib for name, kib in tables.unused_kib.items() if kib >= 64}
    unused = ", ".join(f"`{name}` ({kib:,} KiB)" for name, kib in of_busy.items()) or "none"
    return f"{markdown(HEADINGS, rows)}\n\nIndexes of 64 KiB and more that nothing used: {unused}."
