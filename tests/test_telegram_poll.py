"""Long polling against the fake Bot API: no update is lost, none is acknowledged before it is stored."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.poll import TRIES, Poller
from bot.domain.inbound import Inbound, Tap, Text
from bot.domain.outbound import Choice, Outbound
from bot.errors import StoreBusy
from tests.fake_telegram import FakeTelegram

pytestmark = pytest.mark.anyio


class Ears:
    """A `hear` that remembers, and that fails for whom it is told to."""

    def __init__(self) -> None:
        self.taken: list[Inbound] = []
        self.asked: list[Inbound] = []
        self.fail: dict[str, list[Exception]] = {}
        self.gate: dict[str, asyncio.Event] = {}
        self._changed = asyncio.Event()

    async def __call__(self, inbound: Inbound) -> None:
        self.asked.append(inbound)
        self._changed.set()
        if gate := self.gate.get(inbound.address.id):
            await gate.wait()
        if faults := self.fail.get(inbound.address.id):
            raise faults.pop(0)
        self.taken.append(inbound)
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def texts(self, chat_id: int | None = None) -> list[str]:
        return [
            inbound.event.text
            for inbound in self.taken
            if isinstance(inbound.event, Text) and chat_id in (None, int(inbound.address.id))
        ]


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake
        assert fake.errors == []


@pytest.fixture
def ears() -> Ears:
    return Ears()


@asynccontextmanager
async def polling(fake: FakeTelegram, ears: Ears) -> AsyncIterator[tuple[Poller, TelegramChannel]]:
    channel = TelegramChannel(fake.token, api_url=fake.url)
    poller = Poller(channel, ears, pause_seconds=0.02, longest_pause_seconds=0.05)
    task = asyncio.create_task(poller.run())
    try:
        yield poller, channel
    finally:
        poller.stop()
        await asyncio.wait_for(task, 5)
        await channel.aclose()


async def test_updates_are_handled_in_order_and_acknowledged(fake: FakeTelegram, ears: Ears):
    awa, modou = fake.user(1), fake.user(2)
    for number in range(5):
        awa.text(f"a{number}")
        modou.text(f"m{number}")
    async with polling(fake, ears):
        await fake.idle()
        awa.text("plus tard")
        await fake.idle()
    assert ears.texts(1) == ["a0", "a1", "a2", "a3", "a4", "plus tard"]
    assert ears.texts(2) == ["m0", "m1", "m2", "m3", "m4"]


async def test_nothing_is_acknowledged_before_it_is_handled(fake: FakeTelegram, ears: Ears):
    ears.gate["1"] = asyncio.Event()
    fake.user(1).text("attend")
    async with polling(fake, ears):
        await ears.until(lambda: len(ears.asked) == 1)
        assert len(fake._pending) == 1
        ears.gate["1"].set()
        await fake.idle()
    assert ears.texts() == ["attend"]


async def test_a_slow_chat_does_not_keep_others_of_its_batch_waiting(fake: FakeTelegram, ears: Ears):
    ears.gate["1"] = asyncio.Event()
    fake.user(1).text("lent")
    fake.user(2).text("vite")
    async with polling(fake, ears):
        await ears.until(lambda: ears.texts(2) == ["vite"])
        assert ears.texts(1) == []
        ears.gate["1"].set()
        await fake.idle()


async def test_a_busy_store_delays_its_chat_and_repeats_nobody(fake: FakeTelegram, ears: Ears):
    ears.fail["1"] = [StoreBusy("busy")] * (TRIES + 3)
    fake.user(1).text("un")
    fake.user(2).text("autre")
    fake.user(1).text("deux")
    async with polling(fake, ears):
        await fake.idle()
    assert ears.texts(1) == ["un", "deux"]
    assert ears.texts(2) == ["autre"]


async def test_an_update_that_always_fails_is_set_aside(
    fake: FakeTelegram, ears: Ears, caplog: pytest.LogCaptureFixture
):
    ears.fail["1"] = [RuntimeError("the code is 1234 5678")] * TRIES
    fake.user(1).text("poison")
    fake.user(1).text("après")
    async with polling(fake, ears):
        await fake.idle()
    assert ears.texts() == ["après"]
    assert f"try {TRIES}: RuntimeError" in caplog.text
    assert "1234" not in caplog.text


async def test_updates_that_are_none_are_passed(fake: FakeTelegram, ears: Ears, caplog: pytest.LogCaptureFixture):
    fake.push({"message": "poison"})
    fake.push({"message_reaction": {}})
    fake.push({"callback_query": {"id": 3}})
    fake.user(1).text("bonjour")
    async with polling(fake, ears):
        await fake.idle()
    assert ears.texts() == ["bonjour"]
    assert "set aside" in caplog.text


async def test_an_update_without_a_number_is_neither_handled_nor_asked_for_in_a_rush(fake: FakeTelegram, ears: Ears):
    fake.push({"update_id": "x", "message": {}}, update_id=5)
    async with polling(fake, ears):
        await fake.called("getUpdates", 3)
        fake.user(1).text("bonjour")
        await fake.idle()
    assert ears.texts() == ["bonjour"]
    assert len(fake.calls) < 20


async def test_a_tap_is_handled_and_answered(fake: FakeTelegram, ears: Ears):
    user = fake.user(1)
    async with polling(fake, ears) as (_, channel):
        user.text("menu")
        await ears.until(lambda: len(ears.taken) == 1)
        await channel.send(ears.taken[0].address, Outbound("Menu", ((Choice("Woyofal", "m:w"),),)))
        user.tap("Woyofal")
        await ears.until(lambda: len(ears.taken) == 2)
        await fake.called("answerCallbackQuery")
    assert ears.taken[1].event == Tap("m:w")
    assert ears.taken[1].message_ref == str(user.shown[0].message_id)
    assert user.tap_answers == [None]


async def test_a_webhook_of_an_earlier_life_is_removed_once(
    fake: FakeTelegram, ears: Ears, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.WARNING)
    fake.webhook = {"url": "http://127.0.0.1:1/", "path": "/", "secret_token": "", "max_connections": 1}
    fake.user(1).text("bonjour")
    async with polling(fake, ears):
        await fake.idle()
    assert fake.webhook is None
    assert ears.texts() == ["bonjour"]
    assert "a webhook took the updates" in caplog.text


async def test_a_webhook_that_comes_back_is_left_alone(fake: FakeTelegram, ears: Ears):
    fake.fail(
        "getUpdates",
        status=409,
        description="Conflict: can't use getUpdates method while webhook is active",
        times=4,
    )
    fake.fail("deleteWebhook", how="drop before")
    async with polling(fake, ears):
        await fake.called("getUpdates", 5)
    assert len([call for call in fake.calls if call.method == "deleteWebhook"]) == 1


async def test_somebody_else_who_polls_for_a_moment_is_nothing_to_speak_of(
    fake: FakeTelegram, ears: Ears, caplog: pytest.LogCaptureFixture
):
    """Two processes change turns; a program that goes on polling is another matter."""
    caplog.set_level(logging.WARNING)
    conflict = "Conflict: terminated by other getUpdates request"
    for times, warnings in ((3, 0), (4, 1)):
        caplog.clear()
        before = len([call for call in fake.calls if call.method == "getUpdates"])
        fake.fail("getUpdates", status=409, description=conflict, times=times)
        async with polling(fake, ears):
            await fake.called("getUpdates", before + times + 1)
        assert caplog.text.count(conflict) == warnings


@pytest.mark.parametrize("how", ["answer", "drop before", "drop after", "garbage"])
async def test_polling_goes_on_after_a_fault(fake: FakeTelegram, ears: Ears, how: str):
    fake.user(1).text("bonjour")
    fake.fail("getUpdates", how=how, times=2)  # type: ignore[arg-type]  # a literal that pytest hands over as a string
    async with polling(fake, ears):
        await fake.idle()
    assert ears.texts() == ["bonjour"]


async def test_polling_goes_on_after_an_outage(fake: FakeTelegram, ears: Ears):
    async with polling(fake, ears):
        await fake.called("getUpdates")
        port = fake._server.port
        await fake.aclose()
        fake.user(1).text("bonjour")
        await fake.start(port)
        await fake.idle()
    assert ears.texts() == ["bonjour"]


async def test_a_wrong_token_is_not_asked_in_a_rush(fake: FakeTelegram, ears: Ears):
    fake.fail("getUpdates", status=401, description="Unauthorized", times=2)
    fake.user(1).text("bonjour")
    async with polling(fake, ears):
        await fake.idle()


async def test_stop_does_not_wait_for_telegram_and_finishes_what_is_being_handled(fake: FakeTelegram, ears: Ears):
    ears.gate["1"] = asyncio.Event()
    channel = TelegramChannel(fake.token, api_url=fake.url)
    poller = Poller(channel, ears)
    task = asyncio.create_task(poller.run())
    fake.user(1).text("en cours")
    fake.user(1).text("pas commencé")
    await ears.until(lambda: len(ears.asked) == 1)
    poller.stop()
    ears.gate["1"].set()
    await asyncio.wait_for(task, 1)
    assert ears.texts() == ["en cours"] or ears.texts() == ["en cours", "pas commencé"]
    # Nothing of it was acknowledged: after a restart it all comes again, and is known by its key.
    assert len(fake._pending) == 2
    await channel.aclose()


async def test_a_cancelled_poll_ends_at_once(fake: FakeTelegram, ears: Ears):
    channel = TelegramChannel(fake.token, api_url=fake.url)
    task = asyncio.create_task(Poller(channel, ears).run())
    await fake.called("getUpdates", 0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 1)
    await channel.aclose()
