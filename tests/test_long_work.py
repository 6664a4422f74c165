"""Long work is done in a process of its own: it comes to the same, leaves nothing behind, and may die at any moment."""

import asyncio
import contextlib
import dataclasses
import io
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from openpyxl import load_workbook

from bench.growth.filling import fill
from bench.growth.scale import GREAT_RESELLER, NOW, Scale, address_of
from bot import i18n
from bot.app import wall_clock
from bot.documents.audit import audit_maker
from bot.documents.maker import Documents
from bot.domain.catalog import Catalog
from bot.domain.outbound import Attachment, File
from bot.domain.period import DAY_MS, day_of
from bot.errors import StoreBusy
from bot.long_work import OF_A_DOCUMENT, Limits, LongWork, ProcessDied, WorkFailed
from bot.long_work_process import opened
from bot.monitoring import Audits
from bot.outbox.delivery import SEND_SECONDS
from bot.shop import ShopSettings
from bot.store.sqlite import SqliteStore
from bot.transactions import housekeeping
from bot.transactions.budget import Budget
from bot.transactions.installation import Installation
from tests.running import Bot, Town, eventually
from tests.test_reading_queue import children

# What runs with the lowest priority waits for every other test of this machine.
LONG_SECONDS = 120.0

pytestmark = pytest.mark.anyio

SCALE = Scale.of(0.001)
FIRST, LAST = day_of(SCALE.begin), day_of(NOW)
WORDS = i18n.load()
# Longer than a few readings.
LONG = Attachment("export_orders", "fr", (FIRST, LAST, "csv"))
DOCUMENTS = (
    LONG,
    Attachment("export_orders", "en", (FIRST, LAST, "xlsx")),
    Attachment("export_ledger", "fr", (FIRST, LAST, "csv")),
    Attachment("statement", "fr", (address_of(GREAT_RESELLER), FIRST, LAST, "csv")),
    Attachment("audit", "fr", (FIRST, LAST)),
)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("year") / "taal.db"
    fill(path, SCALE)
    return path


@pytest.fixture
async def store(year: Path) -> AsyncIterator[SqliteStore]:
    opened_store = await SqliteStore.open(str(year))
    yield opened_store
    await opened_store.aclose()


def installation(catalog: Catalog) -> Installation:
    return Installation("here", ShopSettings(WORDS, catalog), (), Budget.of(100))


def long_work(year: Path, *command: str, catalog: Catalog | None = None, **limits: Limits) -> LongWork:
    of = {"command": (sys.executable, "-c", *command)} if command else {}
    return LongWork(f"sqlite:///{year}", catalog or Catalog(), 0, lambda: NOW, **limits, **of)  # type: ignore[arg-type]


def contents(file: File | None) -> Any:
    """What is in a file; a workbook's own bytes hold the time at which it was written."""
    assert file is not None
    if not file.name.endswith(".xlsx"):
        return file
    sheets = load_workbook(io.BytesIO(file.content)).worksheets
    return file.name, [(sheet.title, list(sheet.iter_rows(values_only=True))) for sheet in sheets]


# It comes to the same.


@pytest.mark.parametrize("attachment", DOCUMENTS, ids=lambda of: f"{of.kind} {of.arguments[-1]}")
async def test_a_document_is_the_same_wherever_it_is_made(
    year: Path, store: SqliteStore, attachment: Attachment
) -> None:
    more = {"audit": audit_maker(installation(Catalog()), lambda: NOW)}
    here = await Documents(store, WORDS, more).make(attachment)
    assert contents(await long_work(year).document(attachment)) == contents(here)


async def test_an_audit_is_the_same(year: Path, tmp_path: Path) -> None:
    planted = tmp_path / "taal.db"
    shutil.copyfile(year, planted)
    store = await SqliteStore.open(str(planted))
    with contextlib.closing(sqlite3.connect(planted, isolation_level=None)) as database:
        database.execute(
            "INSERT INTO entry (transfer, account, amount_xof, note, at) VALUES ('odd', 'fees', 7, '', ?)", (NOW,)
        )
    here = Audits(store, installation(Catalog()), lambda: NOW)
    elsewhere = Audits(store, installation(Catalog()), lambda: NOW, long_work(planted))
    found = await here.audit(FIRST, LAST)
    assert {finding.kind for finding in found.findings} >= {"ledger", "transfer"}
    assert await elsewhere.audit(FIRST, LAST) == found
    total_xof = await here.ledger_total()
    assert total_xof == await elsewhere.ledger_total() == await long_work(planted).ledger_total() == 7
    await store.aclose()


async def test_what_is_short_takes_no_process(year: Path, store: SqliteStore) -> None:
    documents = Documents(store, WORDS, long_work=long_work(year, "raise SystemExit(1)"))
    assert await documents.make(replace(LONG, arguments=(LAST, LAST, "csv"))) is not None
    with pytest.raises(ProcessDied):
        await documents.make(LONG)


# It may go wrong.


async def test_a_document_whose_process_dies_is_begun_anew_once(
    year: Path, store: SqliteStore, capfd: pytest.CaptureFixture[str]
) -> None:
    documents = Documents(store, WORDS, long_work=long_work(year, "import os; os.abort()"))
    for _ in range(2):
        with pytest.raises(StoreBusy):
            await documents.make(LONG)
        assert await documents.make(LONG) is None
    output = capfd.readouterr().out
    assert output.count("begun anew") == output.count("could not be made") == 2


@pytest.mark.parametrize(
    "script",
    ["raise SystemExit(3)", "print('nonsense')", "import time; time.sleep(60)", "print('x' * 110_000_000)"],
    ids=["ends", "nonsense", "late", "too much"],
)
async def test_a_process_that_does_not_answer_is_given_up(year: Path, script: str) -> None:
    limits = Limits(1.0, 60.0 if "sleep" not in script else 0.3)
    before = children()
    with pytest.raises(ProcessDied):
        await long_work(year, script, of_the_books=limits).audit(FIRST, LAST)
    assert children() <= before


def test_a_document_is_given_up_before_its_message_is() -> None:
    assert sum(OF_A_DOCUMENT) < SEND_SECONDS


async def test_whoever_waits_for_too_long_is_told_that_it_is_busy(year: Path) -> None:
    work = long_work(year, "import time; time.sleep(60)", of_a_document=Limits(0.01, 1.0))
    before = children()
    first = asyncio.create_task(work.audit(FIRST, LAST))
    await eventually(lambda: children() - before, "a process")
    with pytest.raises(StoreBusy, match="other long work"):
        await work.document(LONG)
    assert len(children() - before) == 1
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert children() <= before, "whoever waits no more has it killed"


async def test_a_fault_in_the_work_is_told_by_its_type(year: Path, tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match=r"^ValueError$"):
        await long_work(year).document(replace(LONG, arguments=(FIRST, LAST, "pdf")))
    with pytest.raises(StoreBusy):
        await long_work(tmp_path / "no" / "such.db").audit(FIRST, LAST)


async def test_it_cannot_write(year: Path) -> None:
    reader = opened(f"sqlite:///{year}")
    with pytest.raises(StoreBusy, match="readonly"):
        await reader.read(housekeeping.ping)
    await reader.aclose()


# A bot over a year of past.


@pytest.fixture(scope="module")
def year_until_now(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("year_until_now") / "taal.db"
    fill(path, dataclasses.replace(SCALE, now=wall_clock()))
    return path


@pytest.fixture
async def year_of(tmp_path: Path, year_until_now: Path) -> AsyncIterator[tuple[Town, Bot]]:
    async with Town(tmp_path) as place:
        folder = tmp_path / "temporary"
        folder.mkdir()
        bot = place.bot(admins="telegram:1", tmpdir=folder)
        shutil.copyfile(year_until_now, bot.folder / "taal.db")
        # No other long work, and nobody's business of a year ago.
        bot.rows("UPDATE chore SET day = '2999-01-01'")
        bot.rows("UPDATE orders SET due_at = NULL")
        bot.rows("DELETE FROM outbox")
        await bot.start()
        yield place, bot
        bot.check_log()
        assert not bot.noise
        await eventually(lambda: not list(folder.iterdir()), "nothing is left of temporary files")


def asked(what: str) -> str:
    """Something about the last year, as an admin asks for it."""
    now = wall_clock()
    return f"{what} {day_of(now - 365 * DAY_MS)} {day_of(now)}"


def is_at_work(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return b"long_work" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


async def long_process(bot: Bot) -> int:
    """The process in which the bot has long work done, once it has begun; it stands still."""
    assert bot.process is not None
    pid = bot.process.pid
    (child,) = await eventually(lambda: [of for of in children(pid) if is_at_work(of)], bot.story)
    os.kill(child, signal.SIGSTOP)
    words = Path(f"/proc/{child}/environ").read_text()
    assert {each.partition("=")[0] for each in words.split("\0") if each} <= {"PYTHONPATH", "LC_CTYPE"}
    return child


async def test_an_export_is_made_beside_the_bot(year_of: tuple[Town, Bot]) -> None:
    """Its process is killed in the middle: it is begun anew, and comes."""
    place, bot = year_of
    boss = place.customer(1)
    boss.user.text(asked("/export orders"))
    os.kill(await long_process(bot), signal.SIGKILL)
    await bot.logs(event="a document is begun anew")
    (file,) = await eventually(lambda: [of.file for of in boss.user.shown if of.file], bot.story, LONG_SECONDS)
    assert load_workbook(io.BytesIO(file.content)).worksheets[0].max_row > SCALE.orders


async def test_an_audit_whose_process_dies_is_told(year_of: tuple[Town, Bot]) -> None:
    place, bot = year_of
    boss = place.customer(1)
    boss.user.text(asked("/audit"))
    os.kill(await long_process(bot), signal.SIGKILL)
    await boss.expect("reading.unavailable")
    boss.user.text(asked("/audit"))
    await boss.expect("audit.clean", LONG_SECONDS)


async def test_a_bot_that_stops_leaves_nobody_behind(year_of: tuple[Town, Bot]) -> None:
    place, bot = year_of
    boss = place.customer(1)
    boss.user.text(asked("/export orders"))
    pid = await long_process(bot)
    await bot.stop()
    assert not is_at_work(pid)
    await bot.start()
    await eventually(lambda: [of for of in boss.user.shown if of.file], "the next one makes it", LONG_SECONDS)


async def test_a_bot_that_is_killed_leaves_nobody_behind(year_of: tuple[Town, Bot]) -> None:
    place, bot = year_of
    place.customer(1).user.text(asked("/export orders"))
    pid = await long_process(bot)
    await bot.kill()
    os.kill(pid, signal.SIGCONT)
    await eventually(lambda: not is_at_work(pid), "it ends by itself")
