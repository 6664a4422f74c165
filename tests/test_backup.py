"""A backup is whole, checked and private; a restore is tried with the real program, with payments in flight."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app.adapters import sole_user
from bot.app.backup import backup, examine, restore
from bot.app.secret_key import KEPT_NAME
from bot.errors import CannotStart, Exit
from bot.settings import Settings, load
from bot.store.sql import migrations
from bot.store.sqlite.file import connect
from tests.backing_up import Contents, Writing, restored_with_payments_in_flight, taken_while_others_write
from tests.running import town
from tests.sync_store import SyncStore

KEY = "0123456789abcdef" * 4


@pytest.mark.anyio
async def test_a_restore_pays_nothing_twice_and_loses_no_code(tmp_path: Path) -> None:
    async with town(tmp_path) as (place, bot):
        await restored_with_payments_in_flight(place, bot)


# The same in one process.


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a database in use, the newest of whose commits are in its log alone."""
    store = SyncStore(str(tmp_path / "taal.db"))
    store.connection.execute("PRAGMA wal_autocheckpoint=0")
    transfer(store.connection, "first", 100, -100)
    store.connection.execute("INSERT INTO kept (name, value) VALUES (?, ?)", (KEPT_NAME, KEY))
    yield tmp_path
    store.close()


def settings(folder: Path) -> Settings:
    return load({"DATABASE_URL": f"sqlite:///{folder / 'taal.db'}"}, None)


def transfer(connection: sqlite3.Connection, key: str, *amounts_xof: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "INSERT INTO entry (transfer, account, amount_xof, note, at) VALUES (?, ?, ?, '', 0)",
        [(key, f"account {at}", amount_xof) for at, amount_xof in enumerate(amounts_xof)],
    )
    connection.execute("COMMIT")


def transfers(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("SELECT DISTINCT transfer FROM entry ORDER BY 1")]


def test_a_backup_is_one_private_file_without_the_key(folder: Path) -> None:
    (folder / "backups").mkdir()
    path, contents = backup(settings(folder), folder / "backups", datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC))
    assert [each.name for each in (folder / "backups").iterdir()] == ["taal-20261125T010203Z.db"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert contents == examine(path)
    assert (contents.schema, contents.entries, contents.problems) == (migrations()[-1][0], 2, ())
    assert KEY.encode() not in path.read_bytes()
    assert transfers(path) == ["first"], "what was only in the log is there"
    with contextlib.closing(sqlite3.connect(folder / "taal.db")) as database:
        assert database.execute("SELECT value FROM kept WHERE name = ?", (KEPT_NAME,)).fetchone() == (KEY,)


@pytest.mark.anyio
async def test_a_backup_is_of_one_moment_while_others_write(folder: Path) -> None:
    def write(by: Writing) -> None:
        with contextlib.closing(connect(str(folder / "taal.db"))) as other:
            while not by.done:
                transfer(other, f"while {by.written}", 5, -5)
                by.written += 1

    async def take() -> Contents:
        return (await asyncio.to_thread(backup, settings(folder), folder / "copy.db"))[1]

    await taken_while_others_write(lambda by: asyncio.to_thread(write, by), take, before=2)


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        ("INSERT INTO entry (transfer, account, amount_xof, note, at) VALUES ('t', 'a', 7, '', 0)", "sums to 107 F"),
        ("UPDATE sqlite_schema SET rootpage = 3 WHERE name = 'meter'", "is not well"),
    ],
)
def test_a_database_that_is_not_well_makes_no_backup(folder: Path, harm: str, problem: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "taal.db", isolation_level=None)) as database:
        if "INSERT" in harm:
            transfer(database, "one-sided", 100)
            database.execute(harm)
            _, contents = backup(settings(folder), folder / "copy.db")
            assert problem in str(contents.problems)
        else:
            database.execute("PRAGMA writable_schema=ON")
            database.execute(harm)
            with contextlib.suppress(CannotStart):
                _, contents = backup(settings(folder), folder / "copy.db")
                assert contents.problems
    assert {path.name for path in folder.iterdir()} == {"taal.db", "taal.db-wal", "taal.db-shm"}


def test_no_backup_is_written_over(folder: Path) -> None:
    backup(settings(folder), folder / "copy.db")
    before = (folder / "copy.db").read_bytes()
    with pytest.raises(CannotStart, match="no backup is written over") as refused:
        backup(settings(folder), folder / "copy.db")
    assert refused.value.status is Exit.EXISTS
    assert (folder / "copy.db").read_bytes() == before


def test_nothing_is_restored_while_somebody_serves(folder: Path) -> None:
    backup(settings(folder), folder / "copy.db")
    with sole_user(folder / "taal.db"), pytest.raises(CannotStart, match="another taal serves") as refused:
        restore(settings(folder), folder / "copy.db")
    assert refused.value.status is Exit.BUSY


def test_a_backup_needs_a_database_and_room(folder: Path) -> None:
    with pytest.raises(CannotStart, match="there is no database"):
        backup(settings(folder / "elsewhere"), folder / "copy.db")
    with pytest.raises(CannotStart, match="cannot be written") as refused:
        backup(settings(folder), folder / "taal.db" / "copy.db")
    assert refused.value.status is Exit.MACHINE
    connection = sqlite3.connect(folder / "newer.db")
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    newer = load({"DATABASE_URL": f"sqlite:///{folder / 'newer.db'}"}, None)
    with pytest.raises(CannotStart, match="changed by a newer Taal") as refused:
        backup(newer, folder / "copy.db")
    assert refused.value.status is Exit.DATABASE


def test_a_restore_keeps_the_database_of_before_whole_and_leaves_no_log_of_it(tmp_path: Path) -> None:
    store = SyncStore(str(tmp_path / "taal.db"))
    transfer(store.connection, "first", 100, -100)
    backup(settings(tmp_path), tmp_path / "copy.db")
    # The process is killed, so that its log stays; what is in the log must not come back.
    store.connection.execute("PRAGMA wal_autocheckpoint=0")
    transfer(store.connection, "second", 5, -5)
    log = (tmp_path / "taal.db-wal").read_bytes()
    store.close()
    (tmp_path / "taal.db-wal").write_bytes(log)
    contents, before = restore(settings(tmp_path), tmp_path / "copy.db", datetime(2026, 11, 25, tzinfo=UTC))
    assert contents.entries == 2
    assert before == tmp_path / "taal.db.before-20261125T000000Z"
    assert transfers(tmp_path / "taal.db") == ["first"]
    assert transfers(before) == ["first", "second"]
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("*.db*")} == dict.fromkeys(
        ("copy.db", "taal.db", "taal.db.lock", before.name), 0o600
    )


def test_a_damaged_database_makes_room_and_is_kept_with_its_log(tmp_path: Path) -> None:
    """What a restore is for. Its log is of no use to another database, and must not be found beside one."""
    store = SyncStore(str(tmp_path / "taal.db"))
    transfer(store.connection, "first", 100, -100)
    backup(settings(tmp_path), tmp_path / "copy.db")
    store.close()
    (tmp_path / "taal.db").write_bytes(b"zeros and ones" * 500)
    (tmp_path / "taal.db-wal").write_bytes(b"a log")
    _, before = restore(settings(tmp_path), tmp_path / "copy.db", datetime(2026, 11, 25, tzinfo=UTC))
    assert before is not None
    assert before.read_bytes() == b"zeros and ones" * 500
    assert before.with_name(before.name + "-wal").read_bytes() == b"a log"
    assert not (tmp_path / "taal.db-wal").exists()
    assert transfers(tmp_path / "taal.db") == ["first"]


def test_a_disk_without_second_names_takes_backups_and_restores_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", none)
    backup(settings(folder), folder / "copy.db")
    with pytest.raises(CannotStart, match="no backup is written over"):
        backup(settings(folder), folder / "copy.db")
    _, before = restore(settings(folder), folder / "copy.db")
    assert before is not None
    assert transfers(before) == transfers(folder / "taal.db") == ["first"]


def test_a_database_of_something_else_is_no_backup(folder: Path) -> None:
    with contextlib.closing(sqlite3.connect(folder / "other.db", isolation_level=None)) as other:
        other.execute("CREATE TABLE songs (name)")
    contents, before = restore(settings(folder), folder / "other.db")
    assert (contents.problems, before) == (("it is no database of Taal",), None)


def test_a_restore_where_there_was_nothing(folder: Path, tmp_path: Path) -> None:
    backup(settings(folder), folder / "copy.db")
    _, before = restore(settings(tmp_path / "new"), folder / "copy.db")
    assert before is None
    assert transfers(tmp_path / "new" / "taal.db") == ["first"]


def test_what_is_no_good_backup_changes_nothing(folder: Path) -> None:
    path, _ = backup(settings(folder), folder / "copy.db")
    was = (folder / "taal.db").read_bytes(), (folder / "taal.db-wal").read_bytes()
    half = folder / "half.db"
    half.write_bytes(path.read_bytes()[:20_000])
    text = folder / "text.db"
    text.write_bytes(b"no database at all" * 99)
    lopsided = folder / "lopsided.db"
    lopsided.write_bytes(path.read_bytes())
    with contextlib.closing(sqlite3.connect(lopsided, isolation_level=None)) as database:
        transfer(database, "one-sided", 5)
    for bad in (half, text, lopsided, folder / "none.db", folder / "taal.db"):
        with contextlib.suppress(CannotStart):
            contents, before = restore(settings(folder), bad)
            assert contents.problems, bad
            assert before is None
    assert ((folder / "taal.db").read_bytes(), (folder / "taal.db-wal").read_bytes()) == was
    assert not list(folder.glob("*.before-*"))


def test_the_way_back_from_a_newer_version_is_the_backup_from_before_it(tmp_path: Path) -> None:
    """As docs/operations.md says it; this program is the older version, and refuses what the newer one has changed."""
    store = SyncStore(str(tmp_path / "taal.db"))
    transfer(store.connection, "before the upgrade", 100, -100)
    backup(settings(tmp_path), tmp_path / "copy.db")
    store.connection.executescript(f"CREATE TABLE newer (x); PRAGMA user_version={migrations()[-1][0] + 1}")
    transfer(store.connection, "after it", 5, -5)
    store.close()
    with pytest.raises(CannotStart, match="this program knows up to"):
        connect(str(tmp_path / "taal.db"))
    _, before = restore(settings(tmp_path), tmp_path / "copy.db")
    with contextlib.closing(connect(str(tmp_path / "taal.db"))):
        assert transfers(tmp_path / "taal.db") == ["before the upgrade"]
    assert before is not None
    assert transfers(before) == ["after it", "before the upgrade"], "what the newer one did can be looked up"
