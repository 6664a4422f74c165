"""Faults 19 to 24: Telegram brings things twice, at once, late or out of order, and does not always take ours.

One bot serves them all; every test has its own customer. Two replicas, and a day that goes by, live in this process.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.inbound import Tap, Text
from bot.domain.outbound import SendLater, SendRefused
from tests.databases import DatabaseSettings
from tests.in_process import AWA, MOUSSA, room
from tests.running import Bot, Customer, Town, eventually, text_of, text_update, town

pytestmark = pytest.mark.anyio

PAID_AT_ONCE = "14123456799"
SLOW = "14123456715"
DAY_SECONDS = 86_400


@pytest.fixture(scope="module")
async def served(
    tmp_path_factory: pytest.TempPathFactory, lasting_database: DatabaseSettings
) -> AsyncIterator[tuple[Town, Bot]]:
    async with town(tmp_path_factory.mktemp("telegram"), **lasting_database) as (place, bot):
        yield place, bot


async def test_19_the_same_update_many_times_at_once(served: tuple[Town, Bot]) -> None:
    """One bot gets it eight times in parallel: handled once, and every delivery is taken."""
    place, bot = served
    awa = place.customer(1019)
    update = text_update(19, awa.user, "/start")
    answers = await asyncio.gather(*(bot.update(update) for _ in range(8)))
    assert {answer.status for answer in answers} == {200}
    await awa.expect("welcome")
    await _settled(bot, awa)
    assert awa.saw("welcome") == 1
    assert len(bot.logged(key="telegram:update:19", state="duplicate")) == 7


async def test_19_the_same_update_on_two_replicas(tmp_path: Path) -> None:
    """Two bots over one file get the same Confirm at the same moment: one order, one payment, one answer."""
    async with room(tmp_path) as one, room(tmp_path, simulator=one.simulator, clock=one.clock) as other:
        data = await one.quotes(AWA, PAID_AT_ONCE)
        key = "telegram:update:both"
        await asyncio.gather(
            *(replica.hears(AWA, Tap(data), key) for replica in (one, other, one, other)),
        )
        await one.quiet()
        await other.quiet()
        assert one.simulator.accepted == {data.rpartition(".")[2]: 1}
        assert len(one.codes(AWA)) + len(other.codes(AWA)) == 1
        assert one.saw(AWA, "sent.title") + other.saw(AWA, "sent.title") == 1


async def test_19_two_replicas_and_one_chat(tmp_path: Path) -> None:
    """Different updates of one chat, at the same moment on two replicas: each acts once, none is lost."""
    async with room(tmp_path) as one, room(tmp_path, clock=one.clock) as other:
        await asyncio.gather(
            *((one, other)[at % 2].hears(AWA, Text("/id"), f"telegram:update:of-{at}") for at in range(12))
        )
        await one.turn()
        await other.turn()
        await one.turn()
        shown = [outbound.text for replica in (one, other) for outbound in replica.mailbox.to(AWA)]
        assert len(shown) == 12
        assert len(await one.rows("SELECT * FROM inbox")) == 12


async def test_20_a_double_tap_on_confirm(served: tuple[Town, Bot]) -> None:
    """Two updates, two ids, one order."""
    place, bot = served
    awa = place.customer(1020)
    await awa.quote(PAID_AT_ONCE)
    message_id, data = awa.confirms[-1]
    for _ in range(3):
        awa.user.tap_data(data, message_id)
    await awa.code()
    await place.fake.idle()
    await _settled(bot, awa)
    assert awa.codes == place.provider.simulator.audit(0)["payments"][awa.order_id]["codes"]
    assert place.provider.simulator.received[awa.order_id] == 1
    assert len(bot.rows("SELECT id FROM orders WHERE customer = 'telegram:1020'")) == 1
    assert awa.saw("sent.title") == 1
    assert awa.saw("sent.before") == 2


async def test_20_a_double_tap_in_parallel(served: tuple[Town, Bot]) -> None:
    """Side by side, as two phones of one person could do it."""
    place, bot = served
    awa = place.customer(1120)
    await awa.quote(PAID_AT_ONCE)
    message_id, data = awa.confirms[-1]
    taps = [
        {
            "update_id": 2000 + at,
            "callback_query": {
                "id": f"20{at}",
                "from": awa.user.profile,
                "chat_instance": "1",
                "data": data,
                "message": {"message_id": message_id, "chat": {"id": 1120, "type": "private"}, "date": 1, "text": "x"},
            },
        }
        for at in range(6)
    ]
    answers = await asyncio.gather(*(bot.update(tap) for tap in taps))
    assert {answer.status for answer in answers} == {200}
    await awa.code()
    await _settled(bot, awa)
    assert len(awa.codes) == 1
    assert place.provider.simulator.received[awa.order_id] == 1


async def test_21_a_tap_for_a_step_that_is_over(served: tuple[Town, Bot]) -> None:
    """A text overtook the tap: the tap changes nothing and says so, and the person goes on where they were."""
    place, bot = served
    awa = place.customer(1021)
    awa.user.text(f"w {PAID_AT_ONCE}")
    await eventually(lambda: _buttons(awa, ".amount."), "amounts to choose from")
    message_id, stale = _buttons(awa, ".amount.")[0]
    await _types_an_amount(awa, "7000")
    quote_id = awa.order_id
    awa.user.tap_data(stale, message_id)
    await awa.expect("step_over")
    assert not bot.rows("SELECT id FROM orders WHERE customer = 'telegram:1021'")
    await place.fake.idle()
    awa.user.text("oui")
    await awa.code()
    assert bot.order(quote_id)["amount_xof"] == 7000


async def test_21_a_tap_overtakes_a_text(served: tuple[Town, Bot]) -> None:
    """The tap was made after the text and arrives before it: it acts, and the text then finds another step."""
    place, bot = served
    awa = place.customer(1121)
    await awa.quote(PAID_AT_ONCE, 5000)
    first_id = awa.order_id
    late = text_update(815_999_000, awa.user, "/cancel")
    awa.confirm()
    await awa.code()
    assert (await bot.update(late)).status == 200
    await awa.expect("cancel.nothing")
    assert bot.order(first_id)["state"] == "delivered"
    assert len(awa.codes) == 1


async def test_21_one_at_a_time_per_chat(served: tuple[Town, Bot]) -> None:
    """Twenty updates of one chat side by side: each starts from where the one before it ended, and is answered."""
    place, bot = served
    awa = place.customer(1221)
    await bot.update(text_update(21_000, awa.user, f"w {PAID_AT_ONCE}"))
    await eventually(lambda: _buttons(awa, ".amount."), "amounts to choose from")
    before = bot.rows("SELECT version FROM session WHERE address = 'telegram:1221'")[0]["version"]
    amounts = [5000 + 100 * at for at in range(20)]
    await asyncio.gather(
        *(bot.update(text_update(21_001 + at, awa.user, str(amount))) for at, amount in enumerate(amounts))
    )
    await eventually(lambda: len(awa.confirms) == 20, "twenty quotes")
    after = bot.rows("SELECT version FROM session WHERE address = 'telegram:1221'")[0]["version"]
    assert after == before + 20
    # Every question has its own number, and they were sent in that order.
    steps = [int(data.partition(".")[0]) for _, data in awa.confirms]
    assert steps == list(range(steps[0], steps[0] + 20))


async def test_22_a_button_of_yesterday(tmp_path: Path) -> None:
    """Confirm of an expired quote pays nothing and offers a new one at once."""
    async with room(tmp_path) as here:
        data = await here.quotes(AWA, PAID_AT_ONCE)
        here.clock.move(DAY_SECONDS)
        await here.taps(AWA, data)
        assert here.saw(AWA, "quote.expired") == 1
        assert not await here.rows("SELECT * FROM orders")
        renewed = here.button(AWA, "confirm")
        assert renewed != data
        # The old one is still dead, the new one lives.
        await here.taps(AWA, renewed)
        assert len(here.codes(AWA)) == 1
        await here.taps(AWA, data)
        assert len(await here.rows("SELECT * FROM orders")) == 1


@pytest.mark.parametrize("seconds", [599, 600])
async def test_5_a_quote_is_good_for_ten_minutes(tmp_path: Path, seconds: int) -> None:
    """Up to the last second at its price; from then on a clear "expired" with a new quote."""
    async with room(tmp_path) as here:
        data = await here.quotes(AWA, PAID_AT_ONCE)
        here.clock.move(seconds)
        await here.taps(AWA, data)
        orders = await here.rows("SELECT id FROM orders")
        if seconds < 600:
            assert [row["id"] for row in orders] == [data.rpartition(".")[2]]
        else:
            assert not orders
            assert here.saw(AWA, "quote.expired") == 1
            await here.taps(AWA, here.button(AWA, "confirm"))
            assert len(here.codes(AWA)) == 1


async def test_22_a_button_of_another_quote(tmp_path: Path) -> None:
    """The Confirm of a quote that another one has replaced pays neither."""
    async with room(tmp_path) as here:
        first = await here.quotes(AWA, PAID_AT_ONCE, 5000)
        await here.quotes(AWA, "14123456788", 9000)
        await here.taps(AWA, first)
        assert not await here.rows("SELECT * FROM orders")
        assert not here.simulator.received


async def test_22_a_button_of_another_language(served: tuple[Town, Bot]) -> None:
    """A quote that was shown in French is confirmed by its French button after the switch to English."""
    place, bot = served
    awa = place.customer(1022)
    await awa.quote(PAID_AT_ONCE)
    message_id, french = awa.confirms[-1]
    awa.user.text("english")
    await awa.user.expect(text_of("quote.title", "en"))
    awa.user.tap_data(french, message_id)
    await awa.user.expect(text_of("sent.title", "en"))
    await awa.code()
    # Its twin in English, of the same quote, finds the order that there is.
    awa.user.tap_data(awa.confirms[-1][1], awa.confirms[-1][0])
    await awa.user.expect(text_of("sent.before", "en"))
    assert len(awa.codes) == 1
    assert len(bot.rows("SELECT id FROM orders WHERE customer = 'telegram:1022'")) == 1


async def test_23_too_many_requests_for_the_code_message(served: tuple[Town, Bot]) -> None:
    """That chat waits as long as Telegram says, others go on, and then the code is delivered once."""
    place, bot = served
    awa, moussa = place.customer(1023), place.customer(1123)
    place.provider.simulator.pace = 0.02
    await awa.buy(SLOW)
    await awa.expect("sent.title")
    place.fake.fail(
        "sendMessage", status=429, description="Too Many Requests: retry after 3", retry_after=3, chat_id=1023
    )
    await bot.logs(event="message later", to="telegram:1023")
    began = asyncio.get_running_loop().time()
    moussa.user.text("/id")
    await moussa.user.expect("telegram:1123", timeout=2)
    # What is said to the chat meanwhile stays behind the code.
    awa.user.text("/id")
    await place.fake.idle()
    assert not awa.codes
    assert not awa.user.count("telegram:1023")
    await awa.code()
    assert asyncio.get_running_loop().time() - began > 2.5
    await awa.user.expect("telegram:1023")
    assert len(awa.codes) == 1
    place.provider.simulator.pace = 0.05


async def test_23_the_chat_waits_in_order(tmp_path: Path) -> None:
    """Told with a clock: nothing is sent to the chat before its time, nothing overtakes, nothing is sent twice."""
    async with room(tmp_path) as here:
        data = await here.quotes(AWA, PAID_AT_ONCE)
        here.mailbox.verdicts[AWA] = deque((SendLater(30, "too many requests"),))
        await here.taps(AWA, data)
        tries = len(here.mailbox.tries)
        await here.says(MOUSSA, "/id")
        assert here.mailbox.tries[tries:] == [MOUSSA]
        await here.turn(29)
        assert here.mailbox.tries[tries:] == [MOUSSA]
        await here.turn(2)
        texts = [outbound.text for outbound in here.mailbox.to(AWA)[-2:]]
        assert here.saw(AWA, "sent.title") == 1
        assert len(here.codes(AWA)) == 1
        assert here.codes(AWA)[0][:4] in texts[1]


async def test_24_blocked_while_the_code_comes(served: tuple[Town, Bot]) -> None:
    """The code is kept and shown when the person writes again; nobody hammers at a closed door meanwhile."""
    place, bot = served
    awa = place.customer(1024)
    place.provider.simulator.pace = 0.02
    await awa.quote(SLOW)
    awa.user.block()
    awa.confirm()
    await bot.order_is(awa.order_id, "delivered")
    await bot.logs(2, event="message given up", to="telegram:1024")
    tried = sum(call.params.get("chat_id") == 1024 for call in place.fake.calls)
    # Others are served, and nobody tries that door again.
    stranger = place.customer(1124)
    stranger.user.text("/id")
    await stranger.user.expect("telegram:1124")
    assert sum(call.params.get("chat_id") == 1024 for call in place.fake.calls) == tried
    assert bot.rows("SELECT id FROM outbox WHERE address = 'telegram:1024' AND given_up_at IS NOT NULL")
    awa.user.block(False)
    awa.user.text("bonjour")
    code = await awa.code()
    assert awa.codes == [code] == place.provider.simulator.audit(0)["payments"][awa.order_id]["codes"]
    assert not bot.rows("SELECT id FROM outbox WHERE address = 'telegram:1024' AND given_up_at IS NOT NULL")
    place.provider.simulator.pace = 0.05


async def test_24_no_endless_tries(tmp_path: Path) -> None:
    """A day goes by: what cannot be delivered is tried once, and what is only small talk is not kept at all."""
    async with room(tmp_path) as here:
        data = await here.quotes(AWA, PAID_AT_ONCE)
        gone = SendRefused("Forbidden: bot was blocked by the user", unreachable=True)
        here.mailbox.verdicts[AWA] = deque([gone] * 20)
        await here.taps(AWA, data)
        tries = len(here.mailbox.tries)
        for _ in range(24):
            await here.turn(3600)
        assert len(here.mailbox.tries) == tries
        kept = await here.rows("SELECT keep FROM outbox")
        assert [row["keep"] for row in kept] == [1]
        here.mailbox.verdicts.clear()
        await here.says(AWA, "/id")
        assert len(here.codes(AWA)) == 1


def _buttons(customer: Customer, act: str) -> list[tuple[int, str]]:
    return [
        (shown.message_id, key["callback_data"])
        for shown in customer.user.shown
        for row in shown.rows
        for key in row
        if act in key.get("callback_data", "")
    ]


async def _types_an_amount(customer: Customer, amount: str) -> None:
    customer.user.text(amount)
    await eventually(lambda: customer.confirms, lambda: f"a Confirm button\n{customer.user.story()}")


async def _settled(bot: Bot, customer: Customer) -> None:
    """The chat has seen everything that was on its way."""
    before = customer.user.count(f"telegram:{customer.user.chat_id}")
    customer.user.text("/id")
    await eventually(lambda: customer.user.count(f"telegram:{customer.user.chat_id}") > before, "the last answer")


async def test_31_one_floods_while_another_buys(served: tuple[Town, Bot]) -> None:
    """Two hundred texts at once: every one is taken, the flooder is told once, and the other has their code."""
    place, bot = served
    flooder, awa = place.customer(1031), place.customer(1131)
    texts = [text_update(31_000 + number, flooder.user, f"w 14{500_000_000 + number} 5000") for number in range(200)]
    flood = [asyncio.create_task(bot.update(text)) for text in texts]
    await awa.buy(PAID_AT_ONCE)
    await awa.code()
    assert {answer.status for answer in await asyncio.gather(*flood)} == {200}
    await flooder.expect("flooded")
    assert flooder.saw("flooded") == 1
    # They are silent for a minute and everybody else goes on.
    await _settled(bot, awa)
    assert len(awa.codes) == 1
