"""A move carries every row of every table over, compared, or nothing at all."""

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bot.app.adapters import sole_user
from bot.app.moving import move
from bot.app.moving.copying import Carried, Differs, carry
from bot.app.moving.ends import reading, snapshot_of_file
from bot.app.moving.shape import shape_of
from bot.app.moving.sqlite import SqliteTarget
from bot.errors import CannotStart, Exit, StoreBusy
from bot.repositories.money import available_of
from bot.settings import Settings, load
from bot.settings.database_url import checked
from bot.store.postgres import PostgresStore
from bot.store.postgres.connections import connect
from bot.store.postgres.schema import LOCK
from bot.store.sqlite.schema import migrate
from bot.transactions import housekeeping
from tests.full_store import NEWEST, content, fill
from tests.postgres_server import PostgresServer
from tests.running import DEADLINE_SECONDS, ROOT, eventually
from tests.tcp_proxy import Cut, TcpProxy

pytestmark = pytest.mark.anyio

TABLES = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that a bot has used and nobody serves from. It must stay as it is."""
    path = tmp_path_factory.mktemp("filled") / "taal.db"
    fill(path)
    return path


@pytest.fixture
def path(filled: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copyfile(filled, tmp_path / "taal.db"))


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.new_database()


def at(place: Path | str) -> Settings:
    return load({"DATABASE_URL": f"sqlite:///{place}" if isinstance(place, Path) else place}, None)


async def moved(source: Path | str, to: Path | str) -> Carried:
    return await move(at(source), checked(f"sqlite:///{to}" if isinstance(to, Path) else to))


async def test_there_and_back_again(filled: Path, tmp_path: Path, url: str, postgres: PostgresServer) -> None:
    before = content(filled)
    assert all(before.values()), "a table has no row"
    there = await moved(filled, url)
    assert there.rows == {table.name: len(before[table.name]) for table in shape_of(NEWEST).tables}
    assert postgres.psql("SELECT count(*), sum(amount_xof) FROM entry", url) == f"{there.rows['entry']}|0\n"
    back = await moved(url, tmp_path / "back.db")
    assert back == there
    assert content(tmp_path / "back.db") == content(filled) == before
    assert (tmp_path / "back.db").stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"back.db", "back.db.lock"}


async def test_what_arrived_goes_on_as_what_was_left(filled: Path, url: str, postgres: PostgresServer) -> None:
    """Triggers, indexes and numbers are those of a database that was never anything else."""
    await moved(filled, url)
    store = await PostgresStore.open(url)
    made = postgres.new_database()
    fresh = await PostgresStore.open(made)
    await fresh.migrate()
    assert await store.pending() == []
    with contextlib.closing(sqlite3.connect(filled)) as file:
        last = file.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()[0]
        sums = dict(file.execute("SELECT account, sum(amount_xof) FROM entry GROUP BY account").fetchall())
    assert await store.read(housekeeping.accounts) == sums
    assert await store.read(available_of, "telegram:1000") == sums["customer:telegram:1000"]
    for what in (
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef",
        "SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1",
    ):
        assert postgres.psql(what, url) == postgres.psql(what, made)
    added = "INSERT INTO outbox (address, body, keep, created_at, due_at, attempts) VALUES ('a', 'b', 0, 0, 0, 0)"
    assert postgres.psql(f"{added} RETURNING id", url) == f"{last + 1}\n"
    with pytest.raises(Exception, match="exit status"):
        postgres.psql("DELETE FROM entry", url)
    counted = "SELECT sum(many), sum(CASE WHEN state = 'delivered' THEN many ELSE 0 END) FROM order_day"
    many, delivered = postgres.psql(counted, url).strip().split("|")
    assert delivered != "0"
    postgres.psql("UPDATE orders SET state = 'refused' WHERE state = 'delivered'", url)
    assert postgres.psql(counted, url) == f"{many}|0\n"
    await store.aclose()
    await fresh.aclose()


async def test_an_empty_database_that_was_started_once_is_taken(filled: Path, url: str) -> None:
    store = await PostgresStore.open(url)
    await store.migrate()
    await store.aclose()
    assert (await moved(filled, url)).schema == NEWEST


async def test_an_older_schema_is_carried_as_it_is(tmp_path: Path, url: str, postgres: PostgresServer) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "taal.db", isolation_level=None)) as old:
        migrate(old, 12)
        old.execute("INSERT INTO hushed (kind, order_id, at) VALUES ('stuck', 'x', 0)")
    started = await PostgresStore.open(url)
    await started.migrate()
    await started.aclose()
    assert (await moved(tmp_path / "taal.db", url)).schema == 12
    store = await PostgresStore.open(url)
    await store.migrate()
    assert postgres.psql("SELECT order_id FROM waiting_alert", url) == "x\n"
    await store.aclose()


# Nothing is kept.


async def test_a_bot_on_either_side_is_in_the_way(
    filled: Path, path: Path, tmp_path: Path, url: str, postgres: PostgresServer
) -> None:
    with sole_user(path), pytest.raises(CannotStart, match="another taal serves") as refused:
        await moved(path, url)
    assert refused.value.status is Exit.BUSY
    with sole_user(tmp_path / "to.db"), pytest.raises(CannotStart, match="another taal serves"):
        await moved(filled, tmp_path / "to.db")
    serving = await connect(url)
    try:
        with pytest.raises(CannotStart, match="another taal serves") as refused:
            await moved(filled, url)
        assert refused.value.status is Exit.BUSY
        with pytest.raises(CannotStart, match="another taal serves"):
            await moved(url, tmp_path / "to.db")
    finally:
        await serving.close(timeout=5)
    assert postgres.psql(TABLES, url) == "0\n"


async def test_one_that_beats_by_way_of_a_pool_is_in_the_way_and_one_that_was_killed_is_not(
    filled: Path, url: str, postgres: PostgresServer
) -> None:
    store = await PostgresStore.open(url)
    await store.migrate()
    await store.aclose()
    postgres.psql("INSERT INTO replica (owner, beat) VALUES ('killed', 17), ('alive', 1)", url)
    pooled = await asyncpg.connect(url)
    done = asyncio.Event()

    async def beat() -> None:
        while not done.is_set():
            await pooled.execute("UPDATE replica SET beat = beat + 1 WHERE owner = 'alive'")

    beating = asyncio.create_task(beat())
    try:
        with pytest.raises(CannotStart, match="another taal serves"):
            await moved(filled, url)
    finally:
        done.set()
        await beating
        await pooled.close()
    assert (await moved(filled, url)).schema == NEWEST


async def test_nobody_starts_over_a_source_that_is_being_read(path: Path, url: str, postgres: PostgresServer) -> None:
    """Whoever starts takes the lock of the migrations first."""
    await moved(path, url)
    held = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {LOCK} AND granted"
    async with reading(url):
        assert postgres.psql(held, url) == "1\n"


async def test_a_target_that_holds_anything_is_left_alone(
    filled: Path, path: Path, url: str, postgres: PostgresServer
) -> None:
    with pytest.raises(CannotStart, match="is there already") as refused:
        await moved(filled, path)
    assert refused.value.status is Exit.EXISTS
    assert content(path) == content(filled)
    postgres.psql("CREATE TABLE song (name TEXT)", url)
    with pytest.raises(CannotStart, match=r"not Taal's \(song\)") as refused:
        await moved(filled, url)
    assert refused.value.status is Exit.EXISTS
    postgres.psql("DROP TABLE song", url)
    await moved(filled, url)
    with pytest.raises(CannotStart, match=r"is not empty: it holds rows of .*address, admin") as refused:
        await moved(filled, url)
    assert refused.value.status is Exit.EXISTS
    postgres.psql("UPDATE schema_version SET number = 999", url)
    with pytest.raises(CannotStart, match="newer Taal") as refused:
        await moved(filled, url)
    with pytest.raises(CannotStart, match="newer Taal"):
        await moved(url, path.with_name("to.db"))


async def test_a_source_must_be_ours(tmp_path: Path, url: str, postgres: PostgresServer) -> None:
    with pytest.raises(CannotStart, match="there is no database"):
        await moved(tmp_path / "none.db", url)
    (tmp_path / "text.db").write_bytes(b"no database at all" * 99)
    with pytest.raises(CannotStart, match="is no database"):
        await moved(tmp_path / "text.db", url)
    with pytest.raises(CannotStart, match="nothing of Taal"):
        await moved(url, tmp_path / "to.db")
    with pytest.raises(CannotStart, match="does not exist"):
        await moved(postgres.url("never_made"), tmp_path / "to.db")
    with pytest.raises(StoreBusy, match="try again later"):
        await moved(f"postgresql://taal@/taal?host={tmp_path}", tmp_path / "to.db")
    assert not (tmp_path / "to.db").exists()
    with contextlib.closing(sqlite3.connect(tmp_path / "newer.db", isolation_level=None)) as newer:
        newer.execute("PRAGMA user_version = 999")
    with pytest.raises(CannotStart, match="newer Taal"):
        await moved(tmp_path / "newer.db", url)
    assert postgres.psql(TABLES, url) == "0\n"


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("UPDATE session SET body = 'a' || char(0) || 'b' WHERE address = 'telegram:1000'", "a row of session"),
        ("UPDATE session SET version = 1.5 WHERE address = 'telegram:1000'", "session: its 8 rows are not the same"),
        ("UPDATE admin SET address = CAST(x'c3' AS TEXT) WHERE rowid = 1", "decode"),
        ("UPDATE journal SET at = 'never' WHERE id = 1", "a row of journal"),
        ("INSERT INTO entry (transfer, account, amount_xof, note, at) VALUES ('t', 'a', 7, '', 0)", "sums to 7 F"),
    ],
)
async def test_what_the_other_store_cannot_hold_is_named(
    path: Path, url: str, postgres: PostgresServer, harm: str, words: str
) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        assert database.execute(harm).rowcount == 1
    with pytest.raises(CannotStart, match=words):
        await moved(path, url)
    assert postgres.psql(TABLES, url) == "0\n"


class Careless(SqliteTarget):
    """Loses, changes or forgets something on the way."""

    def __init__(self, database: sqlite3.Connection, harm: str) -> None:
        super().__init__(database)
        self._database, self._harm = database, harm

    async def complete(self) -> None:
        self._database.execute(self._harm)
        await super().complete()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("DELETE FROM witness WHERE id = 1", r"witness: \d+ rows were sent, \d+ arrived"),
        ("UPDATE journal SET detail = detail || ' ' WHERE id = 9", r"journal: its \d+ rows are not the same"),
        ("UPDATE link_miss SET at = at + 1 WHERE rowid = 2", "link_miss: its 3 rows are not the same"),
        ("UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'outbox'", "outbox: its next row would get another"),
        ("UPDATE entry SET account = 'fees' WHERE id = 2", "entry: .*; the sums of the ledger's accounts are others"),
    ],
)
async def test_a_difference_is_found(filled: Path, tmp_path: Path, harm: str, words: str) -> None:
    with (
        contextlib.closing(sqlite3.connect(filled, isolation_level=None)) as source,
        contextlib.closing(sqlite3.connect(tmp_path / "to.db", isolation_level=None)) as target,
    ):
        with pytest.raises(Differs, match=words) as refused:
            await carry(snapshot_of_file(source), Careless(target, harm))
        assert refused.value.status is Exit.FAILED


async def command(path: Path, url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "move", "--to", url),
        cwd=path.parent,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DATABASE_URL": f"sqlite:///{path}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


class Holding(TcpProxy):
    """Answers no more once all rows have been sent, and nothing is compared yet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Whatever a proxy is made with.
        super().__init__(*args, **kwargs)
        self.holds = asyncio.Event()

    def _take(self, data: bytes) -> Cut | None:
        if b"ENABLE TRIGGER" in data:
            self.hold()
            self.holds.set()
        return super()._take(data)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_a_move_that_is_killed_in_the_middle_leaves_nothing_and_the_next_one_works(
    path: Path, url: str, postgres: PostgresServer, how: signal.Signals
) -> None:
    before = content(path)
    async with Holding.of_database(url) as line, asyncio.timeout(DEADLINE_SECONDS):
        process = await command(path, line.database_url(url))
        await line.holds.wait()
        process.send_signal(how)
        await process.communicate()
        assert process.returncode == (-signal.SIGKILL if how is signal.SIGKILL else Exit.CUT_SHORT)
    connected = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    await eventually(lambda: postgres.psql(connected, url) == "0\n", "the connection has ended")
    assert postgres.psql(TABLES, url) == "0\n"
    assert (await moved(path, url)).rows["orders"] == len(before["orders"])
    assert content(path) == before


async def test_what_the_command_says(path: Path, url: str) -> None:
    """And never the password, of which this server asks nobody."""
    before = content(path)
    for to, status, words in (
        ("postgresql://taal:hush@hush@there/taal", Exit.USAGE, "--to cannot be read"),
        (f"{url}&password=hush-hush%2F7", Exit.WELL, f"the journal's {len(before['journal'])} lines, whose chain"),
        (f"{url}&password=hush-hush%2F7", Exit.EXISTS, "is not empty: it holds rows of "),
    ):
        process = await command(path, to)
        said = (await process.communicate())[0].decode()
        assert (process.returncode, "hush" in said) == (status, False), said
        assert words in said
        if status is Exit.WELL:
            assert f"{len(before['orders'])} orders and {len(before['entry'])} ledger entries" in said
            assert f"set SECRET_KEY to what {path.with_name('secret.key')} holds" in said


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
async def test_a_commit_whose_answer_is_lost_is_asked_for(
    filled: Path, url: str, postgres: PostgresServer, cut: Cut
) -> None:
    async with TcpProxy.of_database(url) as line:
        line.cut(cut, b"; COMMIT")
        if cut is Cut.AFTER:
            carried = await moved(filled, line.database_url(url))
            assert postgres.psql("SELECT count(*) FROM orders", url) == f"{carried.rows['orders']}\n"
        else:
            with pytest.raises(StoreBusy, match="nothing was kept"):
                await moved(filled, line.database_url(url))
            assert postgres.psql(TABLES, url) == "0\n"
        assert line.done == 1
