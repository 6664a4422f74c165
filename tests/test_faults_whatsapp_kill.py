"""Faults 1 to 8 and 26 over WhatsApp: the real process is killed (SIGKILL), and people get what they came for.

Nobody waits for anything here: WhatsApp brings messages without an order, and again, and tells by statuses what became
of ours, also of those that a process sent which is dead by now.
"""

import asyncio
import random
from pathlib import Path

import pytest

from tests.databases import DatabaseSettings
from tests.running import Customer, Provider, eventually, town
from tests.running_whatsapp import Person, text_message

pytestmark = pytest.mark.anyio

PAID_AT_ONCE = "14123456799"
WEBHOOK = "14123456701"
LOOK_UP_ALONE = "14123456702"
NO_ANSWER = "14123456706"
WEBHOOK_ALONE = "14123456727"
AWA = "221770001122"
WHATSAPP = ("whatsapp",)
# The provider tells nothing of itself while a test lasts.
SLOWLY = 1000.0


async def test_1_2_killed_before_and_after_the_batch_is_stored(tmp_path: Path) -> None:
    """Before: no 2xx, all of it comes again. After, with the 2xx never read: it comes again and is a duplicate."""
    async with town(tmp_path, channels=WHATSAPP) as (place, bot):
        awa, moussa = place.customer(AWA), place.customer("221780003344")
        with bot.locked():
            with place.whatsapp.batch():
                ids = awa.user.text("/start"), moussa.user.text("/start")
            await eventually(lambda: place.whatsapp.attempts(ids[0]), "a first attempt")
            assert place.whatsapp.deliveries[-1].status == 503
            assert not bot.rows("SELECT * FROM inbox")
            await bot.kill()
        await bot.start()
        await place.whatsapp.idle()
        await awa.expect("welcome")
        await moussa.expect("welcome")
        # A welcome that is sent and not yet marked might come a second time after the kill.
        await bot.outbox_is_empty()
        # The same again, and now the process dies between its commit and anybody's reading of the answer.
        await place.whatsapp_away()  # No reply can leave, so that only the outbox can have kept it.
        messages = [text_message(f"wamid.HBgM2{one.user.chat_id}", one.user, "/id") for one in (awa, moussa)]
        waiting = asyncio.create_task(bot.whatsapp(*messages))
        await eventually(lambda: len(bot.rows("SELECT * FROM inbox")) == 4, "the batch is committed")
        waiting.cancel()
        await bot.kill()
        await place.whatsapp_back()
        await bot.start()
        assert (await bot.whatsapp(*messages)).status == 200
        for one in (awa, moussa):
            await one.user.expect(one.address)
        await bot.outbox_is_empty()
        assert len(bot.logged(event="update", state="duplicate")) == 2
        for one in (awa, moussa):
            assert (one.saw("welcome"), one.user.count(one.address)) == (1, 1)


async def test_3_killed_after_the_2xx_before_the_reply(tmp_path: Path) -> None:
    """The reply comes after the restart, within 5 s, without the person doing anything."""
    async with town(tmp_path, channels=WHATSAPP) as (place, bot):
        awa = place.customer(AWA)
        place.whatsapp.hold()
        awa.user.text("/start")
        await place.whatsapp.idle()
        await place.whatsapp.held()
        await bot.kill()
        # The call that hung dies with the connection: nobody ever saw that reply.
        await place.whatsapp_away()
        place.whatsapp.release()
        await place.whatsapp_back()
        assert not awa.user.shown
        await bot.start()
        await awa.expect("welcome", timeout=5)
        await bot.outbox_is_empty()
        assert awa.saw("welcome") == 1


async def test_4_killed_between_a_send_and_marking_it_sent(tmp_path: Path) -> None:
    """At most one duplicate, never a loss; the statuses of the first, whose process is dead, do no harm."""
    async with town(tmp_path, channels=WHATSAPP) as (place, bot):
        awa = place.customer(AWA)
        await awa.quote(PAID_AT_ONCE)
        place.whatsapp.hold()
        awa.confirm()
        await bot.order_is(awa.order_id, "delivered")
        await place.whatsapp.held()
        with bot.locked():
            place.whatsapp.release()
            await eventually(lambda: len(bot.logged(room="outbox", event="outbox could not be marked")) > 0, bot.story)
            await bot.kill()
        shown = len(awa.user.shown)
        await bot.start()
        await bot.outbox_is_empty()
        await place.whatsapp.idle()
        code = await awa.code()
        assert 1 <= len(awa.codes) <= 2
        assert set(awa.codes) == {code}
        assert len(awa.user.shown) > shown
        assert not bot.rows("SELECT * FROM outbox")


async def test_5_8_killed_after_the_quote_and_while_processing(tmp_path: Path) -> None:
    """Confirm works after one restart; the code comes after another, by the webhook that the provider repeats."""
    async with town(tmp_path, channels=WHATSAPP, pace=0.2) as (place, bot):
        awa = place.customer(AWA)
        await awa.quote(WEBHOOK_ALONE)
        await bot.kill()
        await bot.start()
        awa.confirm()
        await bot.order_is(awa.order_id, "processing")
        await bot.kill()
        await eventually(lambda: place.provider.simulator.webhooks_sent[awa.order_id], "a webhook to a dead bot")
        await bot.start()
        await awa.code()
        await bot.order_is(awa.order_id, "delivered")
        await bot.outbox_is_empty()
        assert len(awa.codes) == 1
        assert place.provider.simulator.received == {awa.order_id: 1}


async def test_7_killed_after_the_pay_call_before_its_answer(tmp_path: Path) -> None:
    """Replayed with the same id, never paid twice; the person reads that it is being checked, then has the code."""
    async with town(tmp_path, channels=WHATSAPP, pace=SLOWLY) as (place, bot):
        awa = place.customer(AWA)
        await awa.buy(NO_ANSWER)
        await place.provider.paid()
        await bot.kill()
        await bot.start()
        await awa.expect("notice.unknown")
        await bot.hasten_until(lambda: sum(place.provider.simulator.received.values()) == 2, "a second pay call")
        place.provider.simulator.pace = 0
        payment = place.provider.simulator.audit(0)["payments"][awa.order_id]
        await bot.webhook(awa.order_id, {"id": payment["transaction_id"], "STATUS": "SUCCESS"})
        code = await awa.code()
        await bot.outbox_is_empty()
        assert awa.codes == [code]
        assert place.provider.simulator.accepted == {awa.order_id: 1}


async def test_killed_before_the_statuses_come(tmp_path: Path) -> None:
    """The code was taken; that it arrived is told to the next process: it is forgotten then, and not sent again."""
    async with town(tmp_path, channels=WHATSAPP) as (place, bot):
        awa = place.customer(AWA)
        await awa.quote(PAID_AT_ONCE)
        await place.whatsapp.idle()
        place.whatsapp.deliver_to(f"{place.provider.url}/nowhere")  # What is told now reaches nobody.
        await bot.whatsapp(text_message("wamid.HBgMyes", awa.user, "oui"))
        await awa.code()
        await eventually(lambda: bot.rows("SELECT id FROM outbox WHERE message_ref IS NOT NULL"), bot.story)
        await bot.kill()
        await bot.start()
        assert await place.whatsapp.subscribe(f"{bot.url}/webhooks/whatsapp")
        await bot.outbox_is_empty()
        await awa.settled()
        assert len(awa.codes) == 1


async def test_26_killed_at_random_moments_under_load(tmp_path: Path, database: DatabaseSettings) -> None:
    """Ten people buy at once and the process is killed three times: everybody has their code, nobody paid twice."""
    chance = random.Random(26)
    meters = (WEBHOOK, WEBHOOK_ALONE, "14123456711", "14123456717", NO_ANSWER)
    async with town(tmp_path, channels=WHATSAPP, pace=0.1, **database) as (place, bot):
        customers = [place.customer(str(221_770_002_001 + at)) for at in range(10)]

        async def live(customer: Customer[Person], meter: str) -> None:
            await customer.buy(meter)
            await customer.code(timeout=40)

        async def hurry() -> None:
            """A replay would come 15 s after a kill; here it comes as soon as it is allowed to."""
            while True:
                bot.hasten()
                await asyncio.sleep(0.1)

        lives = [asyncio.create_task(live(customer, meters[at % len(meters)])) for at, customer in enumerate(customers)]
        for life in range(1, 4):
            await _busy(place.provider, calls=4 * life + chance.randrange(4))
            await bot.kill()
            await bot.start()
        hurrying = asyncio.create_task(hurry())
        await asyncio.gather(*lives)
        await bot.outbox_is_empty()
        hurrying.cancel()
        assert set(place.provider.simulator.accepted.values()) == {1}
        for customer in customers:
            own = place.provider.simulator.audit(0)["payments"][customer.order_id]["codes"]
            assert set(customer.codes) == set(own)
            assert bot.order(customer.order_id)["state"] == "delivered"


async def test_sigterm_brings_home_what_is_in_flight(tmp_path: Path) -> None:
    """The pay call's code still goes out; its statuses come to the next process, which sends nothing twice."""
    async with town(tmp_path, channels=WHATSAPP, pace=0.1) as (place, bot):
        awa = place.customer(AWA)
        await awa.buy("14123456715")  # Answered after 0.8 s.
        await place.provider.paid()
        status, seconds = await bot.stop()
        assert status == 0, bot.story()
        assert seconds < 10
        assert bot.order(awa.order_id)["state"] == "delivered"
        assert len(awa.codes) == 1
        assert bot.logged(event="stopped")
        awa.user.text("/id")
        await bot.start()
        await awa.user.expect(awa.address)
        await bot.outbox_is_empty()
        assert len(awa.codes) == 1


async def _busy(provider: Provider, calls: int) -> None:
    """Wait until the provider has had so many calls of any kind."""
    await eventually(lambda: sum(provider.simulator.calls.values()) >= calls, f"{calls} calls")
