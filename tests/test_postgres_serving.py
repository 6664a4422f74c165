"""The real program over PostgreSQL: all that it takes is the address, and nobody reads the password in it."""

import asyncio
from pathlib import Path

import pytest

from bot.app import load_settings, wall_clock
from bot.domain.catalog import Catalog
from bot.errors import Exit
from bot.long_work import LongWork
from bot.long_work_process import opened
from bot.repositories.daily_jobs import job
from tests.postgres_server import PostgresServer
from tests.running import DEADLINE_SECONDS, Town, eventually, town

pytestmark = pytest.mark.anyio

PASSWORD = "hush-hush/7"


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    """The address of an empty database, with a password, of which this server asks nobody."""
    return f"{postgres.new_database()}&password={PASSWORD.replace('/', '%2F')}"


AUDIT_SECONDS = 120.0


async def test_a_purchase_the_commands_and_a_kill(tmp_path: Path, url: str) -> None:
    async with town(tmp_path, database_url=url, admins="telegram:1", log_level="DEBUG") as (place, bot):
        awa = place.customer(1001)
        await awa.buy("14123456799")
        await awa.code()
        boss = place.customer(1)
        boss.user.text("/audit")
        # An audit has the lowest priority: it waits for every other test of this machine.
        await eventually(
            lambda: "1 commande" in "".join(shown.text for shown in boss.user.shown), boss.user.story, AUDIT_SECONDS
        )
        for arguments, status, words in (
            (("doctor",), Exit.WELL, "schema up to date, the ledger sums to zero"),
            (("migrate",), Exit.WELL, "nothing to apply"),
        ):
            ended, said = await bot.run(*arguments)
            assert ended == status, said
            assert words in said
            assert PASSWORD not in said
        assert PASSWORD not in (await bot.get("/metrics")).text
        await bot.kill()
        await bot.start()
        await awa.buy("14123456799", 6000)
        await awa.code(2)
        stopped, seconds = await bot.stop()
        assert (stopped, seconds < DEADLINE_SECONDS) == (0, True)
        bot.check_log(PASSWORD, PASSWORD.replace("/", "%2F"))


async def test_what_is_in_the_way_is_said_in_a_line(tmp_path: Path, postgres: PostgresServer) -> None:
    async with Town(tmp_path) as place:
        bot = place.bot()
        for url, status, words in (
            (f"postgresql://taal:{PASSWORD[:5]}@/t1?host={tmp_path}", Exit.BUSY, "DATABASE_URL: no PostgreSQL answers"),
            (postgres.url("never_made"), Exit.MACHINE, 'DATABASE_URL: database "never_made" does not exist'),
            (f"{postgres.url('t1')}&sslmode=maybe", Exit.SETTINGS, "DATABASE_URL: `sslmode` parameter must be one of"),
        ):
            bot._env["DATABASE_URL"] = url
            ended, said = await bot.run("serve")
            assert (ended, words in said, "Traceback" in said) == (status, True, False), said
            ended, said = await bot.run("doctor")
            assert (ended, "✗ database: DATABASE_URL: " in said, "Traceback" in said) == (Exit.FAILED, True, False), (
                said
            )


async def test_long_work_reads_it_in_a_process_of_its_own(tmp_path: Path, url: str) -> None:
    async with town(tmp_path, database_url=url) as (place, _):
        awa = place.customer(1001)
        await awa.buy("14123456799")
        await awa.code()
        await awa.settled()
        work = LongWork(load_settings({"DATABASE_URL": url}, None).database_url, Catalog(), 1_000_000, wall_clock)
        assert await work.ledger_total() == 0
    reader = opened(url)
    assert await reader.read(job, "never") is None
    await asyncio.wait_for(reader.aclose(), 5)
