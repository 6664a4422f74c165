"""Bad lines between the real process and everybody it talks to: cut before, in the middle of and after what was sent,
half-closed, refused, slow, dead. Nothing is paid twice, nothing is lost, and a message comes once more at most.

One bot on each store, on both channels, with a line of its own to each of provider, Telegram, WhatsApp and database,
and one by which all of them reach it. Every test has its own people.
"""

import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.databases import DatabaseSettings
from tests.running import WHATSAPP_PATH, Bot, Customer, Town, eventually, text_update
from tests.tcp_proxy import Cut, TcpProxy, loop_in_a_thread

pytestmark = pytest.mark.anyio

PAID_AT_ONCE = "14123456799"
WEBHOOK = "14123456701"
LOOK_UP_ALONE = "14123456702"
PAY = b"/billing/pay"
LOOK_UP = b"GET /api/v1/transaction/"
INQUIRY = b"/billing/inquiry"
COMMIT = b"COMMIT"
# Within these somebody who was kept waiting is answered, and all goes on.
# What is under way is given up after 4 seconds, and what became of its COMMIT is asked for 5 more; the rest is the
# machine's, which other tests use too.
BUSY_WITHIN_SECONDS = 14.0
BACK_WITHIN_SECONDS = 10.0
PAY_TIMEOUT_SECONDS = 1
HEARD = [Cut.AFTER, Cut.HALF_ANSWER, Cut.NO_ANSWER]
UNHEARD = [Cut.BEFORE, Cut.HALF_REQUEST]

numbers = itertools.count(5_000)


@dataclass
class Lines:
    """The town, its bot, and what lies between them. Without `database`, nothing lies between the bot and its own."""

    place: Town
    bot: Bot
    provider: TcpProxy
    telegram: TcpProxy
    whatsapp: TcpProxy
    inbound: TcpProxy
    database: TcpProxy | None

    def received(self, customer: Customer[Any]) -> int:
        """How often the provider heard of a customer's newest order."""
        return self.place.provider.simulator.received[customer.order_id]

    async def paid_once(self, customer: Customer[Any]) -> None:
        """Wait for the code; then the provider has accepted once, and nothing else was shown."""
        await customer.code()
        await self.bot.order_is(customer.order_id, "delivered")
        await customer.settled()
        simulator = self.place.provider.simulator
        assert simulator.accepted[customer.order_id] == 1
        assert set(customer.codes) == set(simulator.audit(0)["payments"][customer.order_id]["codes"])


@pytest.fixture(scope="module")
async def lines(tmp_path_factory: pytest.TempPathFactory, lasting_database: DatabaseSettings) -> AsyncIterator[Lines]:
    async with contextlib.AsyncExitStack() as stack:
        place = await stack.enter_async_context(
            Town(tmp_path_factory.mktemp("line"), channels=("telegram", "whatsapp"))
        )

        async def line(target: str | int) -> TcpProxy:
            port = target if isinstance(target, int) else int(target.rpartition(":")[2])
            return await stack.enter_async_context(TcpProxy(port))

        provider, telegram = await line(place.provider.url), await line(place.fake.url)
        whatsapp, inbound = await line(place.whatsapp.url), await line(0)
        url = lasting_database.get("database_url")
        database = None
        if url is not None:
            # A test waits for the database in this loop.
            elsewhere = stack.enter_context(loop_in_a_thread())
            database = await stack.enter_async_context(TcpProxy.of_database(url, loop=elsewhere))
        away: DatabaseSettings = {} if url is None or database is None else {"database_url": database.database_url(url)}
        bot = place.bot(
            dexchange_api_url=provider.url,
            telegram_api_url=telegram.url,
            whatsapp_api_url=whatsapp.url,
            public_url=inbound.url,
            pay_timeout_seconds=PAY_TIMEOUT_SECONDS,
            **away,
        )
        if url is not None:
            bot.look_at(url)
        inbound.target = bot.port
        await bot.start()
        assert await place.whatsapp.subscribe(f"{inbound.url}{WHATSAPP_PATH}"), bot.story()
        yield Lines(place, bot, provider, telegram, whatsapp, inbound, database)
        place.check()


@pytest.fixture(params=["telegram", "whatsapp"])
def person(lines: Lines, request: pytest.FixtureRequest) -> Customer[Any]:  # Of either channel.
    """Somebody on each channel."""
    number = next(numbers)
    return lines.place.customer(number if request.param == "telegram" else f"22177000{number}")


@pytest.fixture
def awa(lines: Lines) -> Customer:
    return lines.place.customer(next(numbers))


def results(bot: Bot, call: str) -> list[str]:
    """What the provider's answers were taken for."""
    return [line["result"] for line in bot.logged(event="provider", call=call)]


# The provider.


@pytest.mark.parametrize("how", [*HEARD, *UNHEARD])
async def test_15_a_pay_call_that_is_cut(lines: Lines, awa: Customer, how: Cut) -> None:
    """Nobody knows what became of it: unknown, whether the provider heard it or not; then the same id once more."""
    before = len(results(lines.bot, "pay"))
    await awa.quote(WEBHOOK)
    lines.provider.cut(how, PAY)
    awa.confirm()
    await eventually(lambda: results(lines.bot, "pay")[before:], "the call has ended")
    assert results(lines.bot, "pay")[before] == "unknown"
    assert lines.received(awa) == (how in HEARD)
    await lines.bot.hasten_until(lambda: awa.codes, "the code")
    await lines.paid_once(awa)
    # What was heard may be told by the webhook before it is sent again.
    assert 1 <= lines.received(awa) <= 1 + (how in HEARD)
    assert len(awa.codes) == 1


async def test_15_a_pay_call_that_arrives_after_we_gave_it_up(lines: Lines, awa: Customer) -> None:
    """The line is dead without saying so; what was on it arrives when it is alive again."""
    await awa.quote(WEBHOOK)
    lines.provider.hold()
    awa.confirm()
    await awa.expect("notice.unknown")
    assert not lines.received(awa)
    lines.provider.release()
    await eventually(lambda: lines.received(awa) == 1, "it arrives all the same")
    await lines.bot.hasten_until(lambda: awa.codes, "the code")
    await lines.paid_once(awa)
    assert (lines.received(awa) <= 2, len(awa.codes)) == (True, 1)


async def test_18_a_provider_whose_port_is_closed(lines: Lines, awa: Customer) -> None:
    """Certainly not sent: the order waits, and is paid with the first call that arrives."""
    before = len(results(lines.bot, "pay"))
    await awa.quote(PAID_AT_ONCE)
    await lines.provider.refuse()
    awa.confirm()
    await awa.expect("notice.waiting")
    assert set(results(lines.bot, "pay")[before:]) == {"not_sent"}
    await lines.provider.start()
    await lines.bot.hasten_until(lambda: lines.received(awa), "it is paid")
    await lines.paid_once(awa)
    assert (lines.received(awa), len(awa.codes)) == (1, 1)


async def test_9_look_ups_and_inquiries_that_are_cut(lines: Lines, awa: Customer) -> None:
    """They move no money: asked again, or an answer to the person, and never silence."""
    lines.provider.cut(Cut.NO_ANSWER, INQUIRY)
    awa.user.text(f"w {LOOK_UP_ALONE} 5000")
    # On a connection that was there before, it is asked once more at once.
    await eventually(lambda: awa.saw("inquiry.unavailable") or awa.confirms, "an answer")
    await awa.quote(LOOK_UP_ALONE)
    for how in (Cut.AFTER, Cut.BEFORE):
        lines.provider.cut(how, LOOK_UP)
    awa.confirm()
    await lines.bot.hasten_until(lambda: awa.codes, "the code")
    await lines.paid_once(awa)
    assert (lines.received(awa), len(awa.codes)) == (1, 1)


# The channels.


def sending(lines: Lines, person: Customer[Any]) -> tuple[TcpProxy, bytes]:
    """The line by which a person is written to, and what stands in what is sent on it."""
    return (lines.telegram, b"/sendMessage") if "telegram" in person.address else (lines.whatsapp, b'"to":')


@pytest.mark.parametrize("how", [Cut.BEFORE, Cut.AFTER, Cut.HALF_ANSWER])
async def test_4_a_message_that_is_cut(lines: Lines, person: Customer[Any], how: Cut) -> None:
    """The code comes; once more at most, where the channel took it and nobody could know."""
    await person.quote(PAID_AT_ONCE)
    await person.settled()
    line, mark = sending(lines, person)
    done = line.done
    line.cut(how, mark)
    person.confirm()
    await eventually(lambda: line.done > done, "it is cut")
    await lines.bot.hasten_until(lambda: person.codes, "the code")
    await lines.paid_once(person)
    # In one channel the first is about the order; in the other, where that is held back, it is the code.
    first = "telegram" in person.address
    await eventually(lambda: len(person.codes) + person.saw("sent.title") == first + 1 + (how in HEARD), "each once")


# Whoever calls the bot.


async def test_2_a_webhook_whose_answer_is_cut(lines: Lines, awa: Customer) -> None:
    """The bot has taken it and the caller cannot know: it comes again and is dropped, whoever brings it."""
    fatou = lines.place.customer(f"22177000{next(numbers)}")
    places = (awa, b"/webhooks/telegram", lines.place.fake), (fatou, WHATSAPP_PATH.encode(), lines.place.whatsapp)
    for person, path, channel in places:
        await person.quote(WEBHOOK)
        await channel.idle()
        lines.inbound.cut(Cut.AFTER, path)
        update = person.confirm()
        await person.code()
        await channel.idle()
        assert channel.attempts(update) == 2  # type: ignore[arg-type]  # Each channel has ids of its own kind.
        await person.settled()
        # Where it is held back, the code was there before.
        assert (person.saw("sent.title"), person.saw("sent.before")) == (person is awa, 0)
    moussa, done = lines.place.customer(next(numbers)), lines.inbound.done
    await moussa.quote(WEBHOOK)
    lines.inbound.cut(Cut.AFTER, b"/webhooks/dexchange")
    moussa.confirm()
    await eventually(lambda: lines.inbound.done > done, "the provider's webhook is cut")
    await lines.paid_once(moussa)
    assert len(moussa.codes) == 1


async def test_a_slow_line(lines: Lines, person: Customer[Any]) -> None:
    """Each piece takes its time, on every line: it is slow, and nothing else."""
    every = [lines.provider, lines.telegram, lines.whatsapp, lines.inbound, *filter(None, [lines.database])]
    for line in every:
        line.delay_seconds = 0.01
    await person.quote(WEBHOOK)
    person.confirm()
    await lines.paid_once(person)
    for line in every:
        line.delay_seconds = 0.0
    assert (lines.received(person), len(person.codes)) == (1, 1)


# The database.

over_postgres = pytest.mark.parametrize("lasting_database", ["postgres"], indirect=True)


@over_postgres
@pytest.mark.parametrize("how", Cut)
async def test_26_a_commit_whose_answer_is_cut(lines: Lines, awa: Customer, how: Cut) -> None:
    """Whether it was kept is found out before anything is done again: one order, one payment, one message each."""
    assert lines.database is not None
    await awa.quote(WEBHOOK)
    await lines.place.fake.idle()
    await lines.bot.outbox_is_empty()
    done = lines.database.done
    lines.database.cut(how, COMMIT, times=3)
    awa.confirm()
    await eventually(lambda: lines.database is not None and lines.database.done == done + 3, "three that were cut")
    await lines.bot.hasten_until(lambda: awa.codes, "the code")
    await lines.paid_once(awa)
    assert (lines.received(awa), len(awa.codes), awa.saw("sent.title")) == (1, 1, 1)


@over_postgres
async def test_27_a_database_whose_line_is_dead(lines: Lines, awa: Customer) -> None:
    """Nothing is answered and nothing is closed: whoever calls is told to come again, and when the line is cut and
    there is another one, all goes on by itself.
    """
    assert lines.database is not None
    await awa.quote(WEBHOOK)
    await lines.place.fake.idle()
    lines.database.hold()
    began = time.monotonic()
    refused = await lines.bot.update(text_update(next(numbers), awa.user, "/id"))
    assert refused.status == 503
    assert int(refused.headers["retry-after"]) > 0
    assert time.monotonic() - began < BUSY_WITHIN_SECONDS
    awa.confirm()
    await lines.database.reset()
    lines.database.release()
    began = time.monotonic()
    await lines.paid_once(awa)
    assert time.monotonic() - began < BACK_WITHIN_SECONDS
    assert (lines.received(awa), len(awa.codes), awa.saw("sent.title")) == (1, 1, 1)
