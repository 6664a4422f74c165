"""The installation's secret key: in a file of its own, never in the database or its copies, and moved there once."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.app.secret_key import KEPT_NAME, secret_key_of
from bot.errors import CannotStart, SettingsError, StoreBusy
from bot.settings import Settings, load
from bot.store.sqlite import SqliteStore
from bot.transactions import housekeeping
from tests.running import Town

pytestmark = pytest.mark.anyio

ENDINGS = ("", ".lock", "-wal", "-shm")
OLD_KEY = "0123456789abcdef" * 4


def settings(folder: Path, **more: str) -> Settings:
    return load({"DATABASE_URL": f"sqlite:///{folder / 'taal.db'}", **more}, None)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A database as an earlier version left it: with its key inside."""
    store = await SqliteStore.open(str(tmp_path / "taal.db"))
    await store.migrate()
    keep_inside(tmp_path)
    yield store
    await store.aclose()


def keep_inside(folder: Path) -> None:
    with contextlib.closing(sqlite3.connect(folder / "taal.db")) as database, database:
        database.execute("INSERT INTO kept (name, value) VALUES (?, ?)", (KEPT_NAME, OLD_KEY))


def where(folder: Path, key: str) -> set[str]:
    """The files in which the key can be found, byte for byte."""
    return {path.name for path in folder.iterdir() if key.encode() in path.read_bytes()}


async def test_the_key_is_moved_out_of_the_database_once(tmp_path: Path, store: SqliteStore) -> None:
    assert "secret.key" not in where(tmp_path, OLD_KEY)
    assert where(tmp_path, OLD_KEY)
    assert await secret_key_of(settings(tmp_path), store) == OLD_KEY.encode()
    assert where(tmp_path, OLD_KEY) == {"secret.key"}
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert await secret_key_of(settings(tmp_path), store) == OLD_KEY.encode()


async def test_a_crash_in_the_middle_loses_no_key(tmp_path: Path, store: SqliteStore) -> None:
    class Dies:
        async def run(self, script: Any, *args: Any) -> Any:
            if script is housekeeping.drop_kept:
                raise StoreBusy("killed")
            return await store.run(script, *args)

    with pytest.raises(StoreBusy):
        await secret_key_of(settings(tmp_path), Dies())  # type: ignore[arg-type]  # the one method that matters
    assert (tmp_path / "secret.key").read_text().strip() == OLD_KEY
    assert await secret_key_of(settings(tmp_path), store) == OLD_KEY.encode()
    assert where(tmp_path, OLD_KEY) == {"secret.key"}


async def test_a_crash_while_the_file_is_written_leaves_no_half_of_one(tmp_path: Path, store: SqliteStore) -> None:
    """What is unfinished has another name; it is written anew."""
    (tmp_path / ".secret.key.1").write_text(OLD_KEY[:10])
    assert await secret_key_of(settings(tmp_path), store) == OLD_KEY.encode()


async def test_the_file_holds_against_an_old_database(tmp_path: Path, store: SqliteStore) -> None:
    """A backup of an earlier version was restored: its key is not used, and does not stay inside."""
    (tmp_path / "secret.key").write_text("f" * 64)
    assert await secret_key_of(settings(tmp_path), store) == b"f" * 64
    assert where(tmp_path, OLD_KEY) == set()


async def test_a_key_that_is_set_is_used_and_none_stays_inside(tmp_path: Path, store: SqliteStore) -> None:
    assert await secret_key_of(settings(tmp_path, SECRET_KEY="s" * 32), store) == b"s" * 32
    assert where(tmp_path, OLD_KEY) == {"secret.key"}


async def test_a_key_is_made_once_where_it_was_told_to(tmp_path: Path) -> None:
    store = await SqliteStore.open(str(tmp_path / "taal.db"))
    await store.migrate()
    mine = settings(tmp_path, SECRET_KEY_FILE=str(tmp_path / "keys" / "taal"))
    key = await secret_key_of(mine, store, fresh=True)
    assert len(key) == 64
    assert await secret_key_of(mine, store) == key
    assert where(tmp_path / "keys", key.decode()) == {"taal"}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    await store.aclose()


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 64])
async def test_a_file_without_a_key_is_refused_and_not_written_over(
    tmp_path: Path, store: SqliteStore, content: bytes
) -> None:
    await store.run(housekeeping.drop_kept, KEPT_NAME)
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(SettingsError, match=r"SECRET_KEY_FILE: .*secret\.key holds no key"):
        await secret_key_of(settings(tmp_path), store)
    assert (tmp_path / "secret.key").read_bytes() == content


async def test_a_file_that_cannot_be_made_or_read_is_named(tmp_path: Path, store: SqliteStore) -> None:
    for path in (tmp_path / "taal.db" / "key", tmp_path):
        with pytest.raises(CannotStart, match=f"SECRET_KEY_FILE: {path}"):
            await secret_key_of(settings(tmp_path, SECRET_KEY_FILE=str(path)), store)
    assert await store.run(housekeeping.kept, KEPT_NAME) == OLD_KEY, "it is not dropped before it is kept elsewhere"


async def test_over_a_shared_database_none_is_made(tmp_path: Path, store: SqliteStore) -> None:
    """Each of several processes would make its own, and believe no webhook of the others' payments."""
    shared = settings(tmp_path, DATABASE_URL="postgresql://db/taal", SECRET_KEY_FILE=str(tmp_path / "key"))
    with pytest.raises(SettingsError, match="every process that serves from the database needs the same key"):
        await secret_key_of(shared, store)
    assert not (tmp_path / "key").exists()
    (tmp_path / "key").write_text("e" * 64)
    assert await secret_key_of(shared, store) == b"e" * 64


async def test_the_real_program_moves_it_and_logs_it_nowhere(tmp_path: Path) -> None:
    async with Town(tmp_path) as place:
        bot = place.bot(webhook=False, secret_key="")
        store = await SqliteStore.open(str(bot.folder / "taal.db"))
        await store.migrate()
        await store.aclose()
        keep_inside(bot.folder)
        await bot.start()
        assert where(bot.folder, OLD_KEY) == {"secret.key"}
        assert {path.name for path in bot.folder.iterdir()} == {"secret.key", *(f"taal.db{end}" for end in ENDINGS)}
        assert not any(path.stat().st_mode & 0o077 for path in bot.folder.iterdir())
        assert len(bot.logged(event="the installation's key was moved out of the database")) == 1
        bot.check_log(OLD_KEY)
