"""Faults 1 to 8: the real process is killed (SIGKILL) at every point where something could be lost or done twice.

Each test says at which point, reaches it from outside, kills, starts the program again on the same database, and lets
the person see what came of it.
"""

import asyncio
import random
from pathlib import Path

import pytest

from tests.databases import DatabaseSettings
from tests.running import Customer, Provider, eventually, text_update, town

pytestmark = pytest.mark.anyio

PAID_AT_ONCE = "14123456799"
WEBHOOK = "14123456701"
LOOK_UP_ALONE = "14123456702"
NO_ANSWER = "14123456706"
WEBHOOK_ALONE = "14123456727"
# The provider tells nothing of itself while a test lasts.
SLOWLY = 1000.0


async def test_1_killed_before_the_update_is_stored(tmp_path: Path, database: DatabaseSettings) -> None:
    """No 2xx was sent, so Telegram brings it again: it is handled once."""
    async with town(tmp_path, **database) as (place, bot):
        awa = place.customer(1001)
        with bot.locked():
            update_id = awa.user.text("/start")
            await eventually(lambda: place.fake.attempts(update_id), "a first attempt")
            refused = place.fake.deliveries[-1]
            assert refused.status == 503
            assert not bot.rows("SELECT * FROM inbox")
            await bot.kill()
        # A second one is written while nobody is there at all.
        later_id = awa.user.text("/id")
        await eventually(lambda: place.fake.attempts(update_id) > 1, "an attempt while the bot is dead")
        await bot.start()
        await place.fake.idle()
        await awa.user.expect("telegram:1001")
        assert awa.saw("welcome") == 1
        assert place.fake.attempts(update_id) > 1
        assert {row["key"] for row in bot.rows("SELECT key FROM inbox")} == {
            f"telegram:update:{update_id}",
            f"telegram:update:{later_id}",
        }


async def test_2_killed_after_the_commit_before_the_2xx(tmp_path: Path, database: DatabaseSettings) -> None:
    """It comes again and is dropped as a duplicate; the reply still goes out once, from the outbox."""
    async with town(tmp_path, **database) as (place, bot):
        awa = place.customer(1001)
        update = text_update(77, awa.user, "/start")
        await place.telegram_away()  # No reply can leave, so that only the outbox can have kept it.
        waiting = asyncio.create_task(bot.update(update))
        await eventually(lambda: bot.rows("SELECT * FROM inbox"), "the update is committed")
        waiting.cancel()  # Nobody ever reads the answer.
        await bot.kill()
        await place.telegram_back()
        await bot.start()
        assert (await bot.update(update)).status == 200
        await awa.expect("welcome")
        assert bot.logged(event="update", state="duplicate")
        # Nothing else is on its way either.
        await eventually(lambda: not bot.rows("SELECT * FROM outbox"), "an empty outbox")
        assert awa.saw("welcome") == 1


async def test_2_the_same_when_telegram_is_polled(tmp_path: Path, database: DatabaseSettings) -> None:
    """The update was handled, but the getUpdates that confirms it never arrived: it comes again and is dropped."""
    async with town(tmp_path, webhook=False, **database) as (place, bot):
        awa = place.customer(1001)
        await place.fake.called("getUpdates")
        place.fake.hold("getUpdates")
        awa.user.text("/start")
        await awa.expect("welcome")
        await eventually(lambda: not bot.rows("SELECT * FROM outbox"), "the reply is marked as sent")
        await place.fake.held()
        await bot.kill()
        await place.telegram_away()
        place.fake.release("getUpdates")
        await place.telegram_back()
        await bot.start()
        await place.fake.idle()
        assert await bot.logs(event="update", state="duplicate")
        await eventually(lambda: not bot.rows("SELECT * FROM outbox"), "an empty outbox")
        assert awa.saw("welcome") == 1


async def test_3_killed_after_the_2xx_before_the_reply(tmp_path: Path, database: DatabaseSettings) -> None:
    """The reply comes after the restart, within 5 s, without the person doing anything."""
    async with town(tmp_path, **database) as (place, bot):
        awa = place.customer(1001)
        place.fake.hold("sendMessage")
        awa.user.text("/start")
        await place.fake.idle()
        await place.fake.held()
        await bot.kill()
        # The call that hung dies with Telegram's connection: nobody ever saw that reply.
        await place.telegram_away()
        place.fake.release("sendMessage")
        await place.telegram_back()
        assert not awa.user.shown
        await bot.start()
        await awa.expect("welcome", timeout=5)
        await eventually(lambda: not bot.rows("SELECT * FROM outbox"), "an empty outbox")
        assert awa.saw("welcome") == 1


async def test_4_killed_between_a_send_and_marking_it_sent(tmp_path: Path, database: DatabaseSettings) -> None:
    """At most one duplicate of that message, never a loss, and the person's place is unchanged."""
    async with town(tmp_path, **database) as (place, bot):
        awa = place.customer(1001)
        await awa.quote(PAID_AT_ONCE)
        place.fake.hold("sendMessage")
        awa.confirm()
        order_id = awa.order_id
        await bot.order_is(order_id, "delivered")
        # The code message hangs at Telegram. From now on nothing can be marked as sent.
        await place.fake.held()
        with bot.locked():
            place.fake.release("sendMessage")
            code = await awa.code()
            await bot.logs(room="outbox", event="outbox could not be marked")
            assert bot.rows("SELECT * FROM outbox")
            await bot.kill()
        await bot.start()
        await eventually(lambda: not bot.rows("SELECT * FROM outbox"), "an empty outbox")
        assert awa.codes == [code, code]
        # A message whose call was cut after it arrived is sent once more, too, and not more.
        place.fake.fail("sendMessage", how="drop after")
        awa.user.text("/id")
        await awa.user.expect("telegram:1001")
        await bot.logs(event="message later")
        await bot.kill()
        await bot.start()
        await eventually(lambda: not bot.rows("SELECT * FROM outbox"), "an empty outbox")
        assert awa.user.count("telegram:1001") == 2
        assert bot.order(order_id)["state"] == "delivered"


async def test_5_killed_after_the_quote(tmp_path: Path, database: DatabaseSettings) -> None:
    """Confirm works after the restart, at the same price."""
    async with town(tmp_path, **database) as (place, bot):
        awa = place.customer(1001)
        quote = await awa.quote(PAID_AT_ONCE, 5000)
        quote_id = awa.order_id
        await bot.kill()
        # The operator changes the fee meanwhile; what was quoted stays what it was.
        await bot.start(fee_woyofal="10%")
        awa.confirm()
        code = await awa.code()
        order = bot.order(quote_id)
        total = f"{order['amount_xof'] + order['fee_xof']:,}".replace(",", "\u00a0")
        assert (order["amount_xof"], order["state"]) == (5000, "delivered")
        assert total in quote.text
        assert code in place.provider.simulator.audit(0)["payments"][quote_id]["codes"]


async def test_6_killed_after_the_order_is_committed_before_the_pay_call(
    tmp_path: Path, database: DatabaseSettings
) -> None:
    """It is paid once, with the same external id."""
    async with town(tmp_path, dexchange_rate_per_minute=10, **database) as (place, bot):
        awa = place.customer(1001)
        # The inquiry took the only request that may go at once: the pay call has to wait for 7.5 s.
        await awa.buy(PAID_AT_ONCE)
        await bot.order_is(awa.order_id, "waiting")
        await bot.kill()
        assert bot.order(awa.order_id)["pay_attempts"] == 0
        assert not place.provider.simulator.received
        bot.rows("UPDATE budget SET arrival_us = 0")
        await bot.start()
        await awa.code()
        assert place.provider.simulator.received == {awa.order_id: 1}


async def test_7_killed_after_the_pay_call_before_its_answer(tmp_path: Path, database: DatabaseSettings) -> None:
    """Replayed with the same id; the 409 says that it was received; the webhook resolves it; nothing is paid twice."""
    async with town(tmp_path, pace=SLOWLY, **database) as (place, bot):
        awa = place.customer(1001)
        await awa.buy(NO_ANSWER)
        await place.provider.paid()
        await bot.kill()
        assert bot.order(awa.order_id)["state"] == "sending"
        await bot.start()
        await awa.expect("notice.unknown")
        await bot.order_is(awa.order_id, "unknown")
        journal = bot.rows("SELECT what FROM journal WHERE order_id = ?", awa.order_id)
        assert "interrupted" in [row["what"] for row in journal]
        await bot.hasten_until(lambda: sum(place.provider.simulator.received.values()) == 2, "a second pay call")
        assert place.provider.simulator.received == {awa.order_id: 2}
        place.provider.simulator.pace = 0
        payment = place.provider.simulator.audit(0)["payments"][awa.order_id]
        await bot.webhook(awa.order_id, {"id": payment["transaction_id"], "STATUS": "SUCCESS"})
        code = await awa.code()
        await bot.order_is(awa.order_id, "delivered")
        assert awa.codes == [code]
        assert place.provider.simulator.accepted == {awa.order_id: 1}


async def test_7_an_admin_resolves_what_nobody_can_look_up(tmp_path: Path, database: DatabaseSettings) -> None:
    """Without a webhook nothing tells the end: the money stays held until an admin decides."""
    async with town(tmp_path, webhook=False, admins="telegram:1", **database) as (place, bot):
        admin, awa = place.customer(1), place.customer(1001)
        await awa.buy(NO_ANSWER)
        await place.provider.paid()
        await bot.kill()
        await bot.start()
        await awa.expect("notice.unknown")
        await admin.expect("alert.unknown")
        await bot.order_is(awa.order_id, "unknown")
        await bot.hasten_until(lambda: sum(place.provider.simulator.received.values()) == 2, "a second pay call")
        await eventually(lambda: bot.order(awa.order_id)["lease_owner"] is None, "the replay's answer is settled")
        held = bot.rows("SELECT sum(amount_xof) AS xof FROM entry WHERE account = 'hold'")[0]["xof"]
        assert held == sum(bot.order(awa.order_id)[name] for name in ("amount_xof", "fee_xof"))
        assert not awa.codes
        code = place.provider.simulator.audit(0)["payments"][awa.order_id]["codes"][0]
        admin.user.text(f"/resolve {awa.order_id} delivered {code}")
        await eventually(lambda: _offers(admin, ".do."), lambda: f"a question to the admin\n{admin.user.story()}")
        admin.user.text("trancher")
        assert await awa.code() == code
        assert place.provider.simulator.accepted == {awa.order_id: 1}


async def test_8_killed_while_processing_then_the_webhook_is_retried(
    tmp_path: Path, database: DatabaseSettings
) -> None:
    """The webhook came while nobody was there; the provider tries again, and only that can bring this code."""
    async with town(tmp_path, pace=0.2, **database) as (place, bot):
        awa = place.customer(1001)
        await awa.buy(WEBHOOK_ALONE)
        await bot.order_is(awa.order_id, "processing")
        await bot.kill()
        await eventually(lambda: place.provider.simulator.webhooks_sent[awa.order_id], "a webhook to a dead bot")
        await bot.start()
        await awa.code()
        await bot.order_is(awa.order_id, "delivered")
        assert place.provider.simulator.webhooks_sent[awa.order_id] > 1


async def test_8_killed_while_processing_then_a_poll(tmp_path: Path, database: DatabaseSettings) -> None:
    """No webhook ever comes: a poll after the restart has the code."""
    async with town(tmp_path, webhook=False, **database) as (place, bot):
        awa = place.customer(1001)
        await awa.buy(LOOK_UP_ALONE)
        await bot.order_is(awa.order_id, "processing")
        await bot.kill()
        await bot.start()
        bot.hasten()
        await awa.code()
        await bot.order_is(awa.order_id, "delivered")
        assert len(awa.codes) == 1


async def test_26_killed_at_random_moments_under_load(tmp_path: Path, database: DatabaseSettings) -> None:
    """Ten people buy at once and the process is killed three times: everybody has their code, nobody paid twice."""
    chance = random.Random(26)
    meters = (WEBHOOK, WEBHOOK_ALONE, "14123456711", "14123456717", NO_ANSWER)
    async with town(tmp_path, pace=0.1, **database) as (place, bot):
        customers = [place.customer(1001 + at) for at in range(10)]

        async def live(customer: Customer, meter: str) -> None:
            await customer.buy(meter)
            await customer.code(timeout=40)

        async def hurry() -> None:
            """A replay would come 15 s after a kill; here it comes as soon as it is allowed to."""
            while True:
                bot.hasten()
                await asyncio.sleep(0.1)

        lives = [asyncio.create_task(live(customer, meters[at % len(meters)])) for at, customer in enumerate(customers)]
        for life in range(1, 4):
            # Nobody knows what a process is at when it dies; the seed makes it the same guess on every run.
            await _busy(place.provider, calls=4 * life + chance.randrange(4))
            await bot.kill()
            await bot.start()
        hurrying = asyncio.create_task(hurry())
        await asyncio.gather(*lives)
        await eventually(lambda: not bot.rows("SELECT * FROM outbox"), "an empty outbox")
        hurrying.cancel()
        assert set(place.provider.simulator.accepted.values()) == {1}
        for customer in customers:
            own = place.provider.simulator.audit(0)["payments"][customer.order_id]["codes"]
            assert set(customer.codes) == set(own)
            assert bot.order(customer.order_id)["state"] == "delivered"


async def test_32_sigterm_hears_a_slow_payment_to_its_end(tmp_path: Path, database: DatabaseSettings) -> None:
    """The provider takes 4 s: the answer is heard, kept and told before the process ends, and nothing new is begun."""
    async with town(tmp_path, pace=0.5, pay_timeout_seconds=20, **database) as (place, bot):
        awa, modou = place.customer(1001), place.customer(1002)
        await modou.quote(PAID_AT_ONCE)
        await awa.buy("14123456715")
        await place.provider.paid()
        stopping = asyncio.create_task(bot.stop())
        await bot.logs(event="stopping")
        modou.confirm()
        status, seconds = await stopping
        assert status == 0, bot.story()
        assert 2.5 < seconds < 12
        assert bot.order(awa.order_id)["state"] == "delivered"
        assert len(awa.codes) == 1
        assert bot.logged(event="stopped")
        assert place.provider.simulator.received == {awa.order_id: 1}
        await bot.start()
        await modou.code()


async def test_sigterm_while_telegram_is_polled(tmp_path: Path, database: DatabaseSettings) -> None:
    """An open getUpdates holds nothing up, and what comes meanwhile waits at Telegram for the next start."""
    async with town(tmp_path, webhook=False, **database) as (place, bot):
        awa = place.customer(1001)
        await place.fake.called("getUpdates")
        status, seconds = await bot.stop()
        assert status == 0, bot.story()
        assert seconds < 5
        awa.user.text("/start")
        await bot.start()
        await awa.expect("welcome")
        assert awa.saw("welcome") == 1


async def test_sigterm_leaves_what_takes_too_long_to_the_next_start(tmp_path: Path, database: DatabaseSettings) -> None:
    """A pay call that is not answered within its own limit is unknown; the next start finds out what became of it."""
    async with town(tmp_path, pace=0.2, pay_timeout_seconds=1, **database) as (place, bot):
        awa = place.customer(1001)
        await awa.buy(NO_ANSWER)
        await place.provider.paid()
        status, seconds = await bot.stop()
        assert status == 0, bot.story()
        assert seconds < 10
        assert awa.saw("notice.unknown")
        await bot.start()
        await awa.code()
        await bot.order_is(awa.order_id, "delivered")
        assert place.provider.simulator.accepted == {awa.order_id: 1}


async def _busy(provider: Provider, calls: int) -> None:
    """Wait until the provider has been called so often."""
    await eventually(lambda: provider.simulator.calls.total() >= calls, f"{calls} calls to the provider")


def _offers(customer: Customer, act: str) -> bool:
    return any(
        act in key.get("callback_data", "") for shown in customer.user.shown for row in shown.rows for key in row
    )
