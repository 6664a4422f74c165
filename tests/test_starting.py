"""What keeps the program from starting: one clear line that names the setting, a status, and never a traceback."""

import asyncio
import contextlib
import fcntl
import os
import resource
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import check_channels, check_provider, migrate, sole_user
from bot.app import load_settings as load
from bot.errors import CannotStart, Exit
from bot.private_files import make_folder, tighten, write_new
from bot.store.sql import migrations
from bot.store.sqlite import SqliteStore
from bot.store.sqlite.file import connect
from tests.fake_telegram import TOKEN, FakeTelegram
from tests.fake_whatsapp import PHONE_NUMBER_ID, FakeWhatsApp
from tests.fake_whatsapp import TOKEN as WHATSAPP_TOKEN
from tests.running import ROOT, free_port

NEWEST = migrations()[-1][0]


def _no_room() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


class Attempts:
    """Commands of the program, all started at once; each answers its exit status and what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ended: dict[str, tuple[int, str]] = {}

    def begin(self, name: str, *arguments: str, full: bool = False, **settings: str) -> None:
        self._running[name] = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "PROVIDER": "simulator",
                "TELEGRAM_BOT_TOKEN": TOKEN,
                "TELEGRAM_API_URL": f"http://127.0.0.1:{free_port()}",
                "PORT": "0",
                **{name.upper(): value for name, value in settings.items()},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=_no_room if full else None,
        )

    def ended(self, name: str) -> tuple[int, str]:
        if name not in self._ended:
            process = self._running[name]
            output, complained = process.communicate(timeout=60)
            words = (output + complained).decode()
            assert "Traceback" not in words, words
            self._ended[name] = process.returncode, words
        return self._ended[name]

    def close(self) -> None:
        for process in self._running.values():
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def attempts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attempts]:
    folder = tmp_path_factory.mktemp("starting")
    tries = Attempts(folder)
    (folder / "a file").write_text("not a folder")
    (folder / "broken.db").write_bytes(b"this was never a database" * 400)
    (folder / "broken.db").chmod(0o644)
    for name in ("newer.db", "held.db"):
        with contextlib.closing(connect(str(folder / name))) as database:
            database.execute(f"PRAGMA user_version={NEWEST + 7 if name == 'newer.db' else 0}")
            database.execute("CREATE TABLE spare (x)")
    with contextlib.ExitStack() as held:
        held.callback(tries.close)
        taken = held.enter_context(socket.create_server(("127.0.0.1", 0)))
        lock = held.enter_context((folder / "held.db.lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        tries.begin("folder", database_url="sqlite:///a file/taal.db")
        tries.begin("broken", database_url="sqlite:///broken.db")
        tries.begin("port", port=str(taken.getsockname()[1]), database_url="sqlite:///port.db")
        tries.begin("simulator", "simulator", "--port", str(taken.getsockname()[1]))
        tries.begin("full", full=True, database_url="sqlite:///full.db")
        tries.begin("held", database_url="sqlite:///held.db")
        tries.begin("address", host="203.0.113.7", database_url="sqlite:///address.db")
        for command in ("serve", "doctor"):
            tries.begin(f"newer {command}", command, database_url="sqlite:///newer.db")
        yield tries


REFUSALS = {
    "folder": (Exit.MACHINE, "DATABASE_URL: a file/taal.db cannot be made or written"),
    "broken": (Exit.DATABASE, "DATABASE_URL: broken.db is no database, or a damaged one"),
    "port": (Exit.MACHINE, "is taken by another program: stop that one, or set PORT"),
    "simulator": (Exit.MACHINE, "is taken by another program"),
    "address": (Exit.MACHINE, "HOST: this machine has no address 203.0.113.7"),
    "full": (Exit.MACHINE, "full.db cannot be written: the disk is full or failing"),
    "held": (Exit.BUSY, "another taal serves from held.db already"),
    "newer serve": (Exit.DATABASE, f"its schema is number {NEWEST + 7}, this program knows up to {NEWEST}"),
    "newer doctor": (Exit.FAILED, f"its schema is number {NEWEST + 7}, this program knows up to {NEWEST}"),
}


@pytest.mark.parametrize(("name", "status", "words"), [(name, *how) for name, how in REFUSALS.items()], ids=REFUSALS)
def test_it_says_in_one_line_what_is_in_the_way(attempts: Attempts, name: str, status: Exit, words: str) -> None:
    ended, output = attempts.ended(name)
    assert ended == status, output
    (line,) = [line for line in output.splitlines() if words in line]
    assert len(line) < 400


def test_the_doctor_tells_a_network_that_is_down_from_a_plan(attempts: Attempts) -> None:
    """Nobody is at Telegram's address here: that is no fault of the token, and polling needs no webhook."""
    _, output = attempts.ended("newer doctor")
    (telegram,) = [line for line in output.splitlines() if " telegram: " in line]
    assert "cannot be reached" in telegram
    assert "TELEGRAM_BOT_TOKEN" not in telegram
    assert "✓ webhook: none is wanted, Telegram will be polled" in output


@pytest.mark.anyio
async def test_the_doctor_tells_a_token_that_is_refused_from_a_network_that_is_down() -> None:
    async with contextlib.AsyncExitStack() as open_now:
        telegram = FakeTelegram()
        await telegram.start()
        open_now.push_async_callback(telegram.aclose)
        wrong = load({"TELEGRAM_BOT_TOKEN": f"{TOKEN}x", "TELEGRAM_API_URL": telegram.url}, None)
        (_, well, words), _ = await check_channels(wrong)
        assert (well, "refuses the token" in words, "TELEGRAM_BOT_TOKEN" in words) == (False, True, True)
        right = load({"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram.url}, None)
        assert [well for _, well, _ in await check_channels(right)] == [True, True]


@pytest.mark.anyio
async def test_the_doctor_tells_whatsapps_network_from_its_token_and_its_number() -> None:
    async with contextlib.AsyncExitStack() as open_now:
        whatsapp = FakeWhatsApp()
        await whatsapp.start()
        open_now.push_async_callback(whatsapp.aclose)

        async def said(**settings: str) -> tuple[bool, str]:
            known = {"WHATSAPP_ACCESS_TOKEN": WHATSAPP_TOKEN, "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID}
            env = {**known, "WHATSAPP_API_URL": whatsapp.url, **settings}
            findings = await check_channels(load(env, None))
            # Of three settings that are missing here it speaks first.
            return findings[3][1:]

        assert (await said())[0]
        well, words = await said(WHATSAPP_ACCESS_TOKEN="another")
        assert (well, "refuses the token (credentials (190))" in words, "cannot be reached" in words) == (
            False,
            True,
            False,
        )
        well, words = await said(WHATSAPP_PHONE_NUMBER_ID="5")
        assert (well, "no number 5" in words, "ACCESS_TOKEN" in words) == (False, True, False)
        well, words = await said(WHATSAPP_API_URL=f"http://127.0.0.1:{free_port()}")
        assert (well, "cannot be reached (ConnectionRefusedError)" in words, "TOKEN" in words) == (False, True, False)


ANSWERS = {
    "outage": (b"", "did not answer as it should (RemoteProtocolError)"),
    "key": (b'401 Unauthorized\n{"success":false,"code":"INVALID_API_KEY"}', "refuses the key: copy DEXCHANGE_API_KEY"),
    "address": (b'403 Forbidden\n{"success":false,"message":"Not authorized"}', "turns this server away"),
    "maintenance": (b'403 Forbidden\n{"message":"under maintenance"}', "no balance now (maintenance): ask again"),
    "elsewhere": (b"404 Not Found\n<html>", "something else than a balance (HTTP 404): check DEXCHANGE_API_URL"),
    "well": (b'200 OK\n{"balance":{"balance":5000}}', "the float holds 5000 F CFA"),
}


@pytest.mark.anyio
@pytest.mark.parametrize(("answer", "words"), ANSWERS.values(), ids=ANSWERS)
async def test_the_doctor_tells_what_the_provider_said(answer: bytes, words: str) -> None:
    status, _, body = answer.partition(b"\n")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer:
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        well, said = await check_provider(load({"DEXCHANGE_API_KEY": "k", "DEXCHANGE_API_URL": url}, None))
    assert words in said
    assert well == words.startswith("the float")
    assert ("API_KEY" in said) == ("API_KEY" in words), "the key is suspected when it was refused, and only then"


@pytest.mark.anyio
async def test_the_doctor_does_not_suspect_the_providers_key_where_nobody_is() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    well, said = await check_provider(load({"DEXCHANGE_API_KEY": "k", "DEXCHANGE_API_URL": url}, None))
    assert (well, f"{url} cannot be reached (ConnectionRefusedError)" in said, "API_KEY" in said) == (
        False,
        True,
        False,
    )


def test_a_port_that_is_taken_is_found_out_before_the_schema_is_touched(attempts: Attempts) -> None:
    attempts.ended("port")
    assert (attempts.folder / "port.db").stat().st_size == 0


@pytest.mark.anyio
async def test_a_newer_schema_is_refused_before_anything_is_read_of_it(tmp_path: Path) -> None:
    """Also when it becomes newer while this program has it open: a migration of ours would go back."""
    path = tmp_path / "taal.db"
    store = await SqliteStore.open(str(path))
    await store.migrate()
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA user_version={NEWEST + 1}")
    with pytest.raises(CannotStart, match="changed by a newer Taal") as refused:
        await store.migrate()
    assert refused.value.status is Exit.DATABASE
    await store.aclose()
    with pytest.raises(CannotStart, match=str(path)):
        await SqliteStore.open(str(path))


@pytest.mark.anyio
async def test_no_schema_is_changed_under_a_process_that_serves(tmp_path: Path) -> None:
    path = tmp_path / "taal.db"
    settings = load({"DATABASE_URL": f"sqlite:///{path}"}, None)
    with sole_user(path), pytest.raises(CannotStart, match="another taal serves") as refused:
        await migrate(settings)
    assert refused.value.status is Exit.BUSY
    assert len(await migrate(settings)) == len(migrations())
    with sole_user(path):
        assert await migrate(settings) == [], "with nothing to apply nobody is in the way"


# What is loaded by the time it serves.

# For files, PINs and terminals: loaded when somebody comes to them.
LATER = ("argon2", "openpyxl", "PIL", "segno", "rich", "attr", "bot.gateway.simulator")
CHANNELS = {
    "telegram": {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": "http://127.0.0.1:9"},
    "whatsapp": {
        "WHATSAPP_ACCESS_TOKEN": "x",
        "WHATSAPP_PHONE_NUMBER_ID": "1",
        "WHATSAPP_API_URL": "http://127.0.0.1:9",
    },
}


@pytest.mark.parametrize(("channel", "other"), [("telegram", "pywa"), ("whatsapp", "bot.channels.telegram.channel")])
def test_what_a_usual_user_never_comes_to_is_not_loaded_at_the_start(tmp_path: Path, channel: str, other: str) -> None:
    """It would be time at every start, and memory for as long as the process lives."""
    with (tmp_path / "imports").open("wb") as told:  # a pipe holds less
        process = subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", "bot"],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "DEXCHANGE_API_KEY": "x",
                "DEXCHANGE_API_URL": "http://127.0.0.1:9",
                "PORT": "0",
                **CHANNELS[channel],
            },
            stdout=subprocess.PIPE,
            stderr=told,
        )
        assert process.stdout is not None
        assert any(b'"event":"serving"' in line for line in process.stdout)
        process.terminate()
        process.communicate(timeout=20)
    lines = (tmp_path / "imports").read_text().splitlines()
    loaded = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time")}
    assert f"bot.channels.{channel}.channel" in loaded
    # An attempt to import what is hidden is told too, but brings no submodules.
    assert sorted(name for name in loaded if name.startswith(tuple(f"{each}." for each in LATER))) == []
    assert other not in loaded


# Who may read what is made.


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


@pytest.mark.anyio
async def test_the_database_is_made_for_us_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = await SqliteStore.open(str(tmp_path / "new" / "data" / "taal.db"))
        await store.migrate()
        assert modes(tmp_path / "new" / "data") == {"taal.db": 0o600, "taal.db-wal": 0o600, "taal.db-shm": 0o600}
        assert modes(tmp_path / "new") == {"data": 0o700}
        assert modes(tmp_path) == {"new": 0o700}
        await store.aclose()
    finally:
        os.umask(before)


@pytest.mark.anyio
async def test_a_database_that_others_could_read_is_so_no_longer(tmp_path: Path) -> None:
    path = tmp_path / "taal.db"
    keeper = connect(str(path))
    keeper.execute("CREATE TABLE spare (x)")
    for each in tmp_path.iterdir():
        each.chmod(0o664)
    store = await SqliteStore.open(str(path))
    assert set(modes(tmp_path).values()) == {0o600}
    keeper.close()
    await store.aclose()


@pytest.mark.anyio
async def test_a_file_that_is_no_database_keeps_its_mode(tmp_path: Path) -> None:
    """Somebody named it by mistake: others may live by it."""
    path = tmp_path / "passwd"
    path.write_text("root:x:0:0:root:/root:/bin/sh\n" * 20)
    path.chmod(0o644)
    with pytest.raises(CannotStart, match="is no database"):
        await SqliteStore.open(str(path))
    assert modes(tmp_path) == {"passwd": 0o644}


def test_a_private_file_is_whole_or_not_there_and_never_another_ones(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_new(path, b"first")
    assert modes(tmp_path) == {"key": 0o600}
    with pytest.raises(FileExistsError):
        write_new(path, b"second")
    assert path.read_bytes() == b"first"
    assert modes(tmp_path) == {"key": 0o600}
    path.chmod(0o640)
    assert tighten(path)
    assert tighten(tmp_path / "none")
    with pytest.raises(NotADirectoryError):
        make_folder(path)
