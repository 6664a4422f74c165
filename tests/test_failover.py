"""Faults 40, 27 and 26: the primary dies, falls silent, restarts or has no room in the middle of purchases.

The address names the standby and the primary. The standby is synchronous, so that it has whatever was acknowledged.
"""

import asyncio
import contextlib
import itertools
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.postgres_server import Pair, PostgresServer
from tests.running import POLL_SECONDS, Bot, Customer, Town, eventually, free_port, text_update, town

pytestmark = pytest.mark.anyio

PEOPLE = 6
# The last two digits of a meter's number say how its payments go.
PACES = ("99", "01")
WITHOUT_A_PERSON_SECONDS = 10.0
# A primary that falls silent breaks no connection: that it is gone is told by time limits alone, one after another.
AFTER_SILENCE_SECONDS = 20.0
# How long an update is held in vain while the database is away.
ANSWER_SECONDS = 8.0
PATIENCE_SECONDS = 40.0


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    made = Pair((free_port(), free_port()))
    try:
        await eventually(made.is_synchronous, "the standby is synchronous")
        yield made
    finally:
        made.stop()


class Shoppers:
    """People who buy, one purchase after another, until they are asked to stop."""

    def __init__(self, place: Town, people: int = PEOPLE) -> None:
        self._place = place
        self._enough = asyncio.Event()
        self.customers = [place.customer(4000 + number) for number in range(people)]
        self._tasks = [asyncio.create_task(self._shop(*each)) for each in enumerate(self.customers)]

    @property
    def codes(self) -> int:
        return sum(len(set(customer.codes)) for customer in self.customers)

    async def bought(self, more: int) -> None:
        """Wait until so many more codes were shown."""
        wanted = self.codes + more
        await eventually(lambda: self.codes >= wanted, lambda: f"{more} codes more", PATIENCE_SECONDS)

    async def stop(self, bot: Bot) -> None:
        """Let everybody have what they have begun to buy. A webhook that found nobody may not come again, and the next
        look-up be far away: the pause goes by at once.
        """
        self._enough.set()
        buying: set[asyncio.Task[None]] = {*self._tasks}
        while buying:
            bot.hasten()
            _, buying = await asyncio.wait(buying, timeout=1)
        await asyncio.gather(*self._tasks)

    async def _shop(self, number: int, customer: Customer) -> None:
        for purchase in itertools.count():
            meter = f"14{number:03d}{purchase:04d}{PACES[(number + purchase) % len(PACES)]}"
            offers, codes = len(customer.confirms), len(customer.codes)
            customer.user.text(f"w {meter} 5000")
            for has_come in (lambda: len(customer.confirms) > offers, lambda: len(customer.codes) > codes):  # noqa: B023  # At once.
                await eventually(has_come, customer.user.story, PATIENCE_SECONDS)
                if len(customer.codes) == codes:
                    customer.confirm()
            if self._enough.is_set():
                return


async def refused_while_away(place: Town, bot: Bot) -> None:
    """Whoever brings something is asked to bring it again, and does not wait for long."""
    order_id = next(iter(place.provider.simulator.accepted))
    began = time.monotonic()
    answers = await asyncio.gather(
        bot.update(text_update(1_000_001, place.customer(4999).user, "/start")),
        bot.webhook(order_id, {"STATUS": "SUCCESS"}),
    )
    assert [answer.status for answer in answers] == [503, 503]
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    assert time.monotonic() - began < ANSWER_SECONDS
    assert (await bot.get("/readyz")).status_code == 503
    assert (await bot.get("/healthz")).status_code == 200


async def goes_on(bot: Bot, shoppers: Shoppers, since: float, most_seconds: float = WITHOUT_A_PERSON_SECONDS) -> None:
    """Without a person: codes are shown again, and it is ready."""
    await shoppers.bought(PEOPLE // 2)
    while (await bot.get("/readyz")).status_code != 200:
        assert time.monotonic() - since < most_seconds
        await asyncio.sleep(POLL_SECONDS)
    assert time.monotonic() - since < most_seconds


async def nothing_is_missing(place: Town, bot: Bot, shoppers: Shoppers) -> None:
    """Each update that was taken is remembered, each code that was shown is its order's, and everything has ended; the
    rest are the books.
    """
    await shoppers.stop(bot)
    await bot.outbox_is_empty()
    taken = {f"telegram:update:{each.update_id}" for each in place.fake.deliveries if 200 <= each.status < 300}
    assert taken <= {row["key"] for row in bot.rows("SELECT key FROM inbox")}
    assert set(place.provider.simulator.accepted.values()) == {1}
    delivered = bot.rows("SELECT id FROM orders WHERE state = 'delivered'")
    assert len(delivered) == len(bot.rows("SELECT id FROM orders")) == shoppers.codes


async def test_40_the_primary_is_killed_and_the_standby_promoted(tmp_path: Path, pair: Pair) -> None:
    async with town(tmp_path, database_url=pair.new_database(standby_first=True)) as (place, bot):
        shoppers = Shoppers(place)
        await shoppers.bought(2 * PEOPLE)
        pair.primary.kill()
        await refused_while_away(place, bot)
        pair.standby.promote()
        await goes_on(bot, shoppers, time.monotonic())
        await nothing_is_missing(place, bot, shoppers)


async def test_40_the_primary_falls_silent_and_the_standby_is_promoted(tmp_path: Path, pair: Pair) -> None:
    """Its machine, which is asked first, takes connections and answers nothing: nobody is told that it has died."""
    async with town(tmp_path, database_url=pair.new_database(standby_first=False)) as (place, bot):
        shoppers = Shoppers(place)
        await shoppers.bought(2 * PEOPLE)
        pair.primary.signal(signal.SIGSTOP)
        pair.standby.promote()
        await goes_on(bot, shoppers, time.monotonic(), AFTER_SILENCE_SECONDS)
        await nothing_is_missing(place, bot, shoppers)


@pytest.mark.parametrize("how", ["restart", "crash"])
async def test_27_postgres_restarts_in_mid_transaction(tmp_path: Path, postgres: PostgresServer, how: str) -> None:
    async with town(tmp_path, database_url=postgres.new_database()) as (place, bot):
        shoppers = Shoppers(place)
        await shoppers.bought(PEOPLE)
        if how == "restart":
            postgres.restart()
        else:
            postgres.crash()
            postgres.start()
        await goes_on(bot, shoppers, time.monotonic())
        await nothing_is_missing(place, bot, shoppers)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A filesystem of its own on which a database just fits."""
    folder = Path(tempfile.mkdtemp(prefix="taal-disk-"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], check=False)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("only root can make a small filesystem; the store's contract has a full disk everywhere")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


def fill(disk: Path) -> Path:
    """A file that leaves no room."""
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(8192)):
            pass
    return ballast


async def test_26_the_disk_of_the_database_is_full(tmp_path: Path, postgres: PostgresServer, small_disk: Path) -> None:
    """503 as soon as something finds no room; once there is some everything goes on, and no person is needed."""
    tables = small_disk / "tables"
    tables.mkdir()
    shutil.chown(tables, *postgres.owner)
    postgres.psql(f"CREATE TABLESPACE small LOCATION '{tables}'")
    postgres.psql("CREATE DATABASE small TABLESPACE small STRATEGY file_copy")
    async with town(tmp_path, database_url=postgres.url("small")) as (place, bot):
        shoppers = Shoppers(place)
        await shoppers.bought(PEOPLE)
        ballast = fill(small_disk)
        for number in itertools.count(1_000_000):
            answer = await bot.update(text_update(number, place.customer(number).user, "/start"))
            if answer.status != 200:
                break
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "DiskFull" not in (await bot.get("/readyz")).text:
                await asyncio.sleep(POLL_SECONDS)
        ballast.unlink()
        await goes_on(bot, shoppers, time.monotonic())
        await nothing_is_missing(place, bot, shoppers)
    postgres.psql("DROP DATABASE small WITH (FORCE)")
    postgres.psql("DROP TABLESPACE small")
