"""Several real processes over one PostgreSQL: killed, frozen and stopped, between a provider and a Telegram."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from tests.entrance import Entrance
from tests.postgres_server import PostgresServer
from tests.running import Bot, Customer, Town, eventually

pytestmark = pytest.mark.anyio

# From the death of a process to the end of what it held, its beats and the sweep included.
TAKEN_OVER_SECONDS = 15.0
# What the provider takes at once, and what is lost on its way to it the first time, while the caller waits.
PAID_AT_ONCE = "14123456799"
LOST_ON_ITS_WAY = "14123456707"


def owner_of(bot: Bot) -> str:
    """The name under which a bot holds its leases."""
    line = bot.logged(event="serving")[-1]
    return str(line["owner"])


async def words_wait(bot: Bot, person: Customer) -> None:
    """Wait until a bot holds words for a person."""
    sql = "SELECT id FROM outbox WHERE lease_owner = ? AND address = ?"
    await eventually(lambda: bot.rows(sql, owner_of(bot), person.address), "words that are not sent")


async def told_who_they_are(person: Customer, times: int, timeout: float) -> None:
    """Wait until a person was told their address so often."""
    await eventually(lambda: person.user.count(person.address) >= times, person.user.story, timeout)


async def test_one_is_killed_and_one_is_frozen_in_the_middle_of_purchases(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    """Each with a payment on its way and words that were not sent: the third finishes all of it, and nothing twice."""
    url = postgres.new_database()
    entrance = Entrance()
    async with Town(tmp_path) as place:
        await entrance.open()
        doomed, frozen, third = bots = [
            place.bot(webhook=False, public_url=entrance.url, database_url=url) for _ in range(3)
        ]
        await asyncio.gather(*(bot.start() for bot in bots))
        assert len({owner_of(bot) for bot in bots}) == 3
        assert len({bot for bot in bots if bot.logged(event="migrated")}) == 1, "one has made the schema"
        entrance.lead_to(*bots)
        # Any of them takes any word of one person.
        people = [place.customer(1001), place.customer(1002)]
        awa, moussa = people
        for number in range(3):
            await awa.buy(PAID_AT_ONCE, 5000 + number)
            await awa.code(1 + number)
        await awa.settled()
        for bot, person in ((doomed, awa), (frozen, moussa)):
            entrance.lead_to(bot)
            await person.quote(LOST_ON_ITS_WAY, 7000)
            await person.settled()
        place.fake.hold("sendMessage")
        for bot, person in ((doomed, awa), (frozen, moussa)):
            entrance.lead_to(bot)
            received = place.provider.simulator.received.total()
            person.confirm()
            await place.provider.paid(received + 1)
            person.user.text("/id")
            await words_wait(bot, person)
        os.kill(frozen.pid, signal.SIGSTOP)
        await doomed.kill()
        died_at = time.monotonic()
        entrance.lead_to(third)
        place.fake.release("sendMessage")
        for person, words in ((awa, 3), (moussa, 2)):
            left = TAKEN_OVER_SECONDS - (time.monotonic() - died_at)
            await told_who_they_are(person, words, left)
            await third.order_is(person.order_id, "unknown", "delivered", timeout=left)
        third.hasten()
        for person, codes in zip(people, (4, 1), strict=True):
            await person.code(codes)
        os.kill(frozen.pid, signal.SIGCONT)
        await frozen.logs(event="others took this process for dead: it goes on under another name")
        entrance.lead_to(frozen)
        await moussa.buy(PAID_AT_ONCE, 9000)
        await moussa.code(2)
        await moussa.settled()
        await third.outbox_is_empty()
        assert [awa.codes.count(code) for code in awa.codes] == [1] * 4
        assert [moussa.codes.count(code) for code in moussa.codes] == [1] * 2
        place.check()
        assert all(times == 1 for times in place.provider.simulator.accepted.values())
        for person in people:
            assert person.user.count(person.address) <= 4
    await entrance.aclose()


async def test_one_polls_at_a_time_and_another_one_when_it_is_gone(tmp_path: Path, postgres: PostgresServer) -> None:
    url = postgres.new_database()
    async with Town(tmp_path) as place:
        bots = [place.bot(webhook=False, database_url=url) for _ in range(3)]

        def leader() -> Bot:
            (row,) = bots[0].rows("SELECT owner FROM leader WHERE task = 'telegram-poll'")
            (bot,) = [bot for bot in bots if owner_of(bot) == row["owner"]]
            return bot

        await bots[0].start()
        await asyncio.gather(*(bot.start() for bot in bots[1:]))
        assert leader() is bots[0]
        awa = place.customer(1001)
        await awa.buy(PAID_AT_ONCE)
        await awa.code()
        await bots[0].kill()
        awa.user.text("/id")
        await told_who_they_are(awa, 1, TAKEN_OVER_SECONDS)
        # One that is asked to stop hands over.
        stopped = leader()
        await stopped.stop()
        awa.user.text("/id")
        await told_who_they_are(awa, 2, 5)
        assert leader() not in (bots[0], stopped)
        assert not [line for bot in bots for line in bot.lines if "onflict" in str(line) and line["level"] != "info"]
        place.check()
