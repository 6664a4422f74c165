"""A backup of PostgreSQL is a checked file of SQLite, made while others write; a restore keeps what was there."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app.backup import backup, examine, restore
from bot.app.moving import backup_postgres, restore_postgres
from bot.app.secret_key import KEPT_NAME
from bot.errors import CannotStart, Exit, StoreBusy
from bot.settings import load
from bot.store import Script
from bot.store.postgres import PostgresStore
from tests.backing_up import Contents, Writing, restored_with_payments_in_flight, taken_while_others_write
from tests.full_store import content, fill
from tests.postgres_server import PostgresServer
from tests.running import Bot, town
from tests.test_backup import transfer

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
BEFORE = "before_20261125t120000z"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "copy.db"
    fill(path)
    return path


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.new_database()


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    opened = await PostgresStore.open(url)
    await opened.migrate()
    yield opened
    await opened.aclose()


def move_money(name: str) -> Script[None]:
    for account, amount_xof in (("hold", 5), ("fees", -5)):
        yield (
            "entry_add",
            {"transfer": name, "account": account, "amount_xof": amount_xof, "order_id": None, "note": "", "at": 0},
        )


async def test_a_restore_pays_nothing_twice_and_loses_no_code(tmp_path: Path, url: str) -> None:
    """As over SQLite; and nothing is restored while somebody serves."""

    async def refused(bot: Bot) -> None:
        status, output = await bot.run("restore", "copy.db")
        assert (status, "another taal serves" in output) == (Exit.BUSY, True), output

    async def let_go(bot: Bot) -> None:
        bot.database.close()
        bot._database = None

    async with town(tmp_path, database_url=url) as (place, bot):
        await restored_with_payments_in_flight(
            place,
            bot,
            while_it_serves=refused,
            before_restoring=let_go,
            kept_as="the database of before is kept as before_2",
        )


async def test_everything_comes_back_and_what_was_there_is_kept(
    filled: Path, tmp_path: Path, url: str, postgres: PostgresServer
) -> None:
    contents, before = await restore_postgres(url, filled, NOON)
    assert (contents, before) == (examine(filled), None)
    path, again = await backup_postgres(url, tmp_path, NOON)
    assert path == tmp_path / "taal-20261125T120000Z.db"
    assert path.stat().st_mode & 0o777 == 0o600
    assert again.problems == ()
    assert content(path) == content(filled)
    postgres.psql("INSERT INTO rule (name, value) VALUES ('new', 'x')", url)
    assert (await restore_postgres(url, path, NOON))[1] == BEFORE
    look = "SELECT count(*) FROM {}rule WHERE name = 'new'"
    assert postgres.psql(look.format(""), url) == "0\n"
    assert postgres.psql(look.format(f"{BEFORE}."), url) == "1\n"
    opened = await PostgresStore.open(url)
    assert await opened.pending() == []
    await opened.run(move_money, "t1")
    await opened.aclose()
    # It is a backup of SQLite's, too.
    settings = load({"DATABASE_URL": f"sqlite:///{tmp_path / 'new' / 'taal.db'}"}, None)
    assert restore(settings, path) == (again, None)
    assert content(tmp_path / "new" / "taal.db") == content(filled)


async def test_a_backup_is_of_one_moment_while_others_write(tmp_path: Path, url: str, store: PostgresStore) -> None:
    async def write(by: Writing) -> None:
        while not by.done:
            await store.run(move_money, f"t{by.written}")
            by.written += 1

    async def take() -> Contents:
        return (await backup_postgres(url, tmp_path / "copy.db"))[1]

    contents, written = await taken_while_others_write(write, take)
    assert contents.entries < 2 * written


async def test_a_backup_holds_no_key_and_is_not_written_over(
    tmp_path: Path, url: str, store: PostgresStore, postgres: PostgresServer
) -> None:
    postgres.psql(f"INSERT INTO kept (name, value) VALUES ('{KEPT_NAME}', 'hush-hush-hush'), ('other', 'y')", url)
    path, _ = await backup_postgres(url, tmp_path / "copy.db")
    assert b"hush-hush" not in path.read_bytes()
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT name FROM kept").fetchall() == [("other",)]
    with pytest.raises(CannotStart, match="no backup is written over") as refused:
        await backup_postgres(url, tmp_path / "copy.db")
    assert refused.value.status is Exit.EXISTS
    postgres.psql("INSERT INTO entry (transfer, account, amount_xof, note, at) VALUES ('t', 'a', 7, '', 0)", url)
    with pytest.raises(CannotStart, match="sums to 7 F") as refused:
        await backup_postgres(url, tmp_path / "bad.db")
    assert refused.value.status is Exit.FAILED
    postgres.psql("UPDATE schema_version SET number = 999", url)
    with pytest.raises(CannotStart, match="newer Taal"):
        await backup_postgres(url, tmp_path / "bad.db")
    with pytest.raises(CannotStart, match="nothing of Taal"):
        await backup_postgres(postgres.new_database(), tmp_path / "bad.db")
    with pytest.raises(StoreBusy):
        await backup_postgres(f"postgresql://taal@/taal?host={tmp_path}", tmp_path / "bad.db")
    assert [each.name for each in tmp_path.iterdir()] == ["copy.db"]


async def test_an_older_version_goes_back_over_what_a_newer_one_made(
    filled: Path, url: str, postgres: PostgresServer
) -> None:
    await restore_postgres(url, filled, NOON)
    postgres.psql("CREATE TABLE tomorrow (one BIGINT); UPDATE schema_version SET number = 999", url)
    assert (await restore_postgres(url, filled, NOON))[1] == BEFORE
    assert postgres.psql("SELECT to_regclass('tomorrow') IS NULL", url) == "t\n"
    assert postgres.psql(f"SELECT count(*) FROM {BEFORE}.tomorrow", url) == "0\n"
    postgres.psql("CREATE TABLE song (name TEXT)", url)
    with pytest.raises(CannotStart, match=r"not Taal's \(song\)"):
        await restore_postgres(url, filled)


async def test_what_is_no_good_backup_changes_nothing(
    filled: Path, tmp_path: Path, url: str, postgres: PostgresServer
) -> None:
    half, text, lopsided = (tmp_path / name for name in ("half.db", "text.db", "lopsided.db"))
    half.write_bytes(filled.read_bytes()[:20_000])
    text.write_bytes(b"no database at all" * 99)
    source = load({"DATABASE_URL": f"sqlite:///{filled}"}, None)
    backup(source, lopsided)
    with contextlib.closing(sqlite3.connect(lopsided, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
        transfer(database, "one-sided", 5)
    for bad in (half, text, lopsided, tmp_path / "none.db"):
        with contextlib.suppress(CannotStart):
            contents, before = await restore_postgres(url, bad)
            assert contents.problems, bad
            assert before is None
    assert postgres.psql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace", url) == "0\n"
