"""What is PostgreSQL's alone: numbered parameters, the schema beside SQLite's, and connections that are lost."""

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.errors import CannotStart, StoreBusy
from bot.store import Script
from bot.store.postgres import PostgresStore
from bot.store.postgres.parameters import numbered
from bot.store.sql import migrations, spoken
from bot.store.sqlite.schema import migrate
from tests.postgres_backend import Postgres
from tests.postgres_server import PostgresServer
from tests.tcp_proxy import Cut, TcpProxy

pytestmark = pytest.mark.anyio

# A channel waits for its answer meanwhile.
BUSY_WITHIN_SECONDS = 6.0


@pytest.fixture
def backend(postgres: PostgresServer) -> Iterator[Postgres]:
    with Postgres(postgres.new_database()) as made:
        yield made


@pytest.fixture
async def store(backend: Postgres) -> AsyncIterator[PostgresStore]:
    opened = await PostgresStore.open(backend.url)
    await opened.migrate()
    yield opened
    await opened.aclose()


def keep(name: str) -> Script[str]:
    yield "kept_add", {"name": name, "value": "x"}
    return name


def load(name: str) -> Script[str | None]:
    rows = yield "kept_load", {"name": name}
    return str(rows[0]["value"]) if rows else None


def transfer(name: str, note: str = "") -> Script[str]:
    """Can be kept once only."""
    parameters: dict[str, str | int | None] = {
        "transfer": name,
        "account": "hold",
        "amount_xof": 1,
        "order_id": None,
        "note": note,
        "at": 1,
    }
    yield "entry_add", parameters
    return name


# Parameters.


@pytest.mark.parametrize(
    ("sql", "text", "names"),
    [
        ("SELECT :a, :b, :a", "SELECT $1, $2, $1", ("a", "b")),
        ("SELECT ':a' || :a, ''':a'''", "SELECT ':a' || $1, ''':a'''", ("a",)),
        ("SELECT :a::text -- not :b\n, :b", "SELECT $1::text -- not :b\n, $2", ("a", "b")),
        ('SELECT ":a" FROM t WHERE x=:a2_b', 'SELECT ":a" FROM t WHERE x=$1', ("a2_b",)),
        ("SAVEPOINT a", "SAVEPOINT a", ()),
    ],
)
def test_names_become_numbers(sql, text, names):
    assert numbered(sql)[:2] == (text, names)


def test_each_database_is_spoken_to_in_its_own_words():
    text = "one;\n-- only sqlite:\ntwo;\n-- only postgres:\nthree;\n-- all:\nfour;"
    assert spoken("sqlite", text) == "one;\ntwo;\nfour;"
    assert spoken("postgres", text) == "one;\nthree;\nfour;"


def test_whoever_serves_from_sqlite_loads_nothing_of_it():
    loaded = "import sys, bot.app.serving; sys.exit('asyncpg' in sys.modules or 'bot.store.postgres' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0


# The schema.


async def test_the_schema_is_the_same_in_both(backend, store):
    """Tables, columns, their types, whether they may be empty, keys, indexes, and which are computed."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    migrate(connection)
    theirs, indexes = set(), set()
    for table, kind, name in connection.execute("SELECT tbl_name, type, name FROM sqlite_master").fetchall():
        if kind == "index" and not name.startswith("sqlite_"):
            indexes.add((table, name))
        if kind != "table" or name.startswith("sqlite_"):
            continue
        for column in connection.execute(f"PRAGMA table_xinfo({table})"):
            number, is_key = column["type"].split()[0] == "INTEGER", bool(column["pk"])
            theirs.add(
                (table, column["name"], number, bool(column["notnull"]) or is_key, is_key, column["hidden"] == 2)
            )
    ours = set(
        backend.query("""
        SELECT c.table_name, c.column_name, c.data_type = 'bigint', c.is_nullable = 'NO',
            EXISTS (
                SELECT 1 FROM information_schema.table_constraints AS k
                JOIN information_schema.key_column_usage AS u USING (constraint_schema, constraint_name)
                WHERE k.constraint_type = 'PRIMARY KEY' AND k.table_name = c.table_name
                  AND u.column_name = c.column_name
            ),
            c.is_generated = 'ALWAYS'
        FROM information_schema.columns AS c
        WHERE c.table_schema = 'public' AND c.table_name NOT IN ('schema_version', 'commit_key')
        """)
    )
    assert ours ^ theirs == set()
    named = set(
        backend.query("""
        SELECT tablename, indexname FROM pg_indexes
        WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)
        """)
    )
    assert named ^ indexes == set()


async def test_texts_compare_by_their_bytes(backend, store):
    """Whatever the order of the database is: what lies between two ids, and the next page, is the same in both."""
    assert (
        backend.query("""
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
    """)
        == []
    )


async def test_a_newer_schema_is_refused(backend, store):
    backend.write(f"UPDATE schema_version SET number = {migrations('postgres')[-1][0] + 1}")
    with pytest.raises(CannotStart, match="newer Taal"):
        await PostgresStore.open(backend.url)
    with pytest.raises(CannotStart, match="newer Taal"):
        await store.migrate()


async def test_what_is_not_there_is_busy_and_what_is_refused_is_named(postgres, tmp_path):
    with pytest.raises(StoreBusy):
        await PostgresStore.open(f"postgresql://taal@/taal?host={tmp_path}")
    with pytest.raises(CannotStart, match="does not exist"):
        await PostgresStore.open(postgres.url("never_made"))


# Connections that are lost.


@pytest.fixture
async def line(backend: Postgres) -> AsyncIterator[TcpProxy]:
    """Between a store and its server."""
    async with TcpProxy.of_database(backend.url) as line:
        yield line


def at_commit(line: TcpProxy, *faults: Cut) -> None:
    """The next connections that send a COMMIT are cut."""
    for fault in faults:
        line.cut(fault, b"; COMMIT")


@pytest.mark.parametrize("faults", [[Cut.BEFORE], [Cut.AFTER], [Cut.BEFORE, Cut.AFTER]])
async def test_a_commit_whose_answer_is_lost_is_asked_for_before_anything_is_repeated(line, backend, store, faults):
    away = await PostgresStore.open(line.database_url(backend.url))
    at_commit(line, *faults)
    # A second writing would meet the key of the first and raise.
    assert await away.run(transfer, "t1") == "t1"
    assert line.done == len(faults)
    assert backend.query("SELECT transfer, amount_xof FROM entry") == [("t1", 1)]
    assert await away.run(transfer, "t2") == "t2"
    await away.aclose()
    keys = backend.query("SELECT kept, count(*) FROM commit_key GROUP BY kept ORDER BY kept")
    # What was asked for and had not been committed can never be any more.
    assert keys == [(False, 1), (True, 2)] if Cut.BEFORE in faults else keys == [(True, 2)]


async def test_many_whose_answers_are_lost_are_each_kept_once(line, backend, store):
    away = await PostgresStore.open(line.database_url(backend.url))
    at_commit(line, *[Cut.AFTER, Cut.BEFORE] * 5)
    names = [f"t{number}" for number in range(60)]
    for at in range(0, 60, 6):
        part = names[at : at + 6]
        assert await asyncio.gather(*(away.run(transfer, name) for name in part)) == part
    await away.aclose()
    assert line.done == 10
    assert backend.query("SELECT count(*), count(DISTINCT transfer) FROM entry") == [(60, 60)]


async def test_what_nobody_knows_is_busy_and_says_so(line, backend, store):
    away = await PostgresStore.open(line.database_url(backend.url), ask_seconds=0.0)
    assert await away.run(keep, "before") == "before"
    await line.accept_no_more()
    at_commit(line, Cut.AFTER)
    with pytest.raises(StoreBusy, match="not known"):
        await away.run(transfer, "t1")
    assert "not known" in away.trouble
    await away.aclose()


@pytest.fixture
def mortal() -> Iterator[PostgresServer]:
    """A server of the test's own."""
    server = PostgresServer()
    yield server
    server.stop()


async def test_a_server_that_is_away_is_busy_within_bounds_and_then_found_again(mortal):
    store = await PostgresStore.open(mortal.new_database())
    await store.migrate()
    assert len(await asyncio.gather(*(store.run(keep, f"before {number}") for number in range(8)))) == 8
    await asyncio.to_thread(mortal.crash)
    begun_at = time.monotonic()
    results = await asyncio.gather(
        store.run(keep, "during"), store.read(load, "before 1"), store.pending(), return_exceptions=True
    )
    assert [type(result) for result in results] == [StoreBusy] * 3
    assert time.monotonic() - begun_at < BUSY_WITHIN_SECONDS
    assert store.trouble
    await asyncio.to_thread(mortal.start)
    assert await store.run(keep, "after") == "after"
    assert store.trouble == ""
    assert [await store.read(load, name) for name in ("before 1", "during", "after")] == ["x", None, "x"]
    # One that is back at once is not missed by anybody.
    await asyncio.to_thread(mortal.crash)
    await asyncio.to_thread(mortal.start)
    assert await store.run(keep, "again") == "again"
    await store.aclose()


async def test_two_stores_that_meet_lose_nothing(backend, store):
    """Each reads a sum, adds one to it and notes what it read, a hundred times together: nobody has read the same."""
    other = await PostgresStore.open(backend.url)

    def count(name: str) -> Script[None]:
        rows = yield "audit_rest", {"after": 0}
        seen = sum(int(row["amount_xof"]) for row in rows)
        yield from transfer(name, note=str(seen))

    await asyncio.gather(*(each.run(count, f"t{at}") for at in range(100) for each in ((store, other)[at % 2],)))
    noted = {int(note) for (note,) in backend.query("SELECT note FROM entry")}
    assert noted == set(range(100))
    await other.aclose()


async def test_a_broken_key_is_raised_where_it_was_written_and_to_the_caller(backend, store):
    assert await store.run(transfer, "t1") == "t1"
    with pytest.raises(Exception, match="entry_once"):
        await store.run(transfer, "t1")
    assert store.trouble == ""
