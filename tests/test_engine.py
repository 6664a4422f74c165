"""The engine: an event whose handling raises is counted, set aside with an apology, and stops nobody else.

A handler is made to raise as a real fault would make it: a session in the database that this version cannot read.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot import metrics
from bot.dialogue.late import COMPARED_MESSAGES
from bot.domain.inbound import Inbound, Text
from bot.domain.outbound import SendLater
from bot.domain.people import Address
from bot.engine import HandlingFailed
from bot.errors import StoreError
from tests.in_process import AWA, MOUSSA, Room, room

pytestmark = pytest.mark.anyio

PAID_AT_ONCE = "14123456799"


def spoil(folder: Path, who: Address) -> None:
    """Write a session that cannot be read."""
    with sqlite3.connect(folder / "taal.db") as database:
        database.execute('UPDATE session SET body = \'{"step": "three"}\' WHERE address = ?', (str(who),))
    database.close()


async def test_an_update_that_raises_is_refused_twice_and_then_set_aside(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        spoil(tmp_path, AWA)
        set_aside = metrics.updates("telegram", "set_aside")
        before = set_aside._value.get()
        for _ in range(2):
            with pytest.raises(HandlingFailed):
                await here.hears(AWA, Text("bonjour"), "telegram:update:bad")
            await here.says(MOUSSA, "/id")
        assert not here.saw(AWA, "apology")
        await here.says(AWA, "bonjour", key="telegram:update:bad")
        assert here.saw(AWA, "apology") == 1
        assert set_aside._value.get() == before + 1
        # Brought once more, it is a duplicate like any other.
        await here.says(AWA, "bonjour", key="telegram:update:bad")
        assert here.saw(AWA, "apology") == 1
        assert here.story(MOUSSA).count("telegram:1002") == 2


async def test_a_clock_that_is_not_the_channels_is_logged(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        with capture_logs() as lines:
            for at in range(COMPARED_MESSAGES):
                person = Address("telegram", str(5000 + at))
                sent_at = here.clock() - 30_000
                await here.taal.engine.hear(Inbound(f"telegram:update:c{at}", person, Text("/id"), sent_at=sent_at))
        warnings = [line for line in lines if line["event"] == "our clock is not the channel's"]
        assert [(line["channel"], line["seconds"]) for line in warnings] == [("telegram", 30)]


async def test_the_channel_is_told_to_bring_it_again() -> None:
    """The web room answers 503 to a StoreError; this is one."""
    assert issubclass(HandlingFailed, StoreError)


async def test_an_answer_that_raises_is_asked_for_again_and_then_set_aside(tmp_path: Path) -> None:
    """Whose meter it is comes back to a session that cannot take it: after some tries the person is told."""
    async with room(tmp_path) as here:
        await here.says(AWA, "/start")
        await _asks(here, lambda: spoil(tmp_path, AWA))
        await here.quiet()
        for _ in range(5):
            await here.turn(31)
        asked = here.simulator.calls["inquiry"]
        for _ in range(5):
            await here.turn(31)
        assert here.simulator.calls["inquiry"] == asked, "it is asked for ever"
        # Nobody else waits for it.
        await here.quotes(MOUSSA, PAID_AT_ONCE)


async def test_a_session_that_cannot_be_read_holds_up_no_inquiry(tmp_path: Path) -> None:
    """Both wait for an inquiry whose process died; one of the sessions is spoiled, the other is served."""
    async with room(tmp_path) as here:
        for who in (AWA, MOUSSA):
            await here.says(who, "/start")
        here.simulator.outage = "silent"
        for who in (AWA, MOUSSA):
            await here.hears(who, Text(f"w {PAID_AT_ONCE} 5000"))
        for task in tuple(here.taal.engine._background.tasks):
            task.cancel()
        await here.quiet()
        here.simulator.outage = None
        spoil(tmp_path, AWA)
        await here.turn(31)
        assert here.button(MOUSSA, "confirm")


async def test_an_inquiry_that_died_with_its_process_is_asked_by_the_next(tmp_path: Path) -> None:
    """The session says that it waits; the sweep of another process asks, after the lease of the first."""
    async with room(tmp_path) as dying:
        await dying.hears(AWA, Text(f"w {PAID_AT_ONCE} 5000"))
        for task in tuple(dying.taal.engine._background.tasks):
            task.cancel()
        await dying.quiet()
        assert not dying.mailbox.to(AWA)
        async with room(tmp_path, clock=dying.clock) as living:
            await living.turn(5)
            assert not living.mailbox.to(AWA)
            await living.turn(30)
            assert living.button(AWA, "confirm")


async def test_what_arrives_while_stopping_is_left_to_the_next_start(tmp_path: Path) -> None:
    """An update that slips in during the drain is remembered, and its reply leaves after the restart."""
    async with room(tmp_path) as stopping:
        await stopping.taal.outbox.drain(1.0)
        await stopping.hears(AWA, Text("/start"))
        assert not stopping.mailbox.to(AWA)
        async with room(tmp_path, clock=stopping.clock) as next_one:
            await next_one.turn(301)
            assert next_one.saw(AWA, "welcome") == 1


async def _asks(here: Room, meanwhile: Callable[[], None]) -> None:
    """Ask for a quote, and let something happen before the provider's answer comes in."""
    await here.hears(AWA, Text(f"w {PAID_AT_ONCE} 5000"))
    meanwhile()


async def test_an_order_that_cannot_be_read_holds_up_no_other(tmp_path: Path) -> None:
    """One row is spoiled while two orders are polled: the other is polled on, the bad one is set aside for a person."""
    async with room(tmp_path) as here:
        bad = await here.buys(AWA, "14123456728")
        good = await here.buys(MOUSSA, "14123456728")
        with sqlite3.connect(tmp_path / "taal.db") as database:
            database.execute("UPDATE orders SET facts = 'torn' WHERE id = ?", (bad,))
        database.close()
        for _ in range(4):
            await here.turn(10)
        assert (await here.order(good))["polls"] >= 1
        with sqlite3.connect(tmp_path / "taal.db") as database:
            stuck_at, due_at = database.execute("SELECT stuck_at, due_at FROM orders WHERE id = ?", (bad,)).fetchone()
        database.close()
        assert stuck_at is not None
        assert due_at is None


async def test_a_message_that_cannot_be_read_holds_up_no_other(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        here.mailbox.verdicts[AWA] = deque([SendLater(5.0, "busy")])
        here.mailbox.verdicts[MOUSSA] = deque([SendLater(5.0, "busy")])
        await here.says(AWA, "/start")
        await here.says(MOUSSA, "/start")
        with sqlite3.connect(tmp_path / "taal.db") as database:
            database.execute("UPDATE outbox SET body = 'torn' WHERE address = ?", (str(AWA),))
        database.close()
        await here.turn(10)
        await here.quiet()
        assert here.mailbox.to(MOUSSA)
        assert not here.mailbox.to(AWA)
        await here.says(AWA, "/id")
        assert here.story(AWA).count("telegram:1001") == 1
