"""Faults 9 and 15 to 18: the provider is silent, slow, broke, busy or away.

What takes a minute, or a minute's budget, is told with a clock that the test moves; the rest over HTTP.
"""

import asyncio
import contextlib
from collections import deque
from pathlib import Path

import pytest

from bot.domain.people import Address
from bot.gateway.simulator import Simulator
from bot.transactions.budget import IN_LINE, Budget, take_budget
from tests.databases import DatabaseSettings
from tests.in_process import ADMIN, AWA, MOUSSA, Clock, Room, room
from tests.running import town

pytestmark = pytest.mark.anyio

PAID_AT_ONCE = "14123456799"
WEBHOOK = "14123456701"
LOOK_UP_ALONE = "14123456702"
NO_ANSWER = "14123456706"
CODE_LATE = "14123456708"
MAINTENANCE = "14123456710"
FLOAT_TOO_LOW = "14123456712"
FAILED = "14123456713"
BUSY = "14123456719"
NEVER = "14123456728"


async def test_9_no_webhook_and_the_poll_has_the_code(tmp_path: Path, database: DatabaseSettings) -> None:
    """Nothing can reach us from outside: Telegram is polled, and the look-ups alone bring the code."""
    async with town(tmp_path, webhook=False, pace=0.3, **database) as (place, bot):
        awa = place.customer(1001)
        await awa.buy(LOOK_UP_ALONE)
        # The first poll comes by itself after about 5 s.
        await awa.code()
        await bot.order_is(awa.order_id, "delivered")
        assert place.provider.simulator.calls["look_up"] == 1


async def test_9_polls_get_wider_and_the_person_is_told_at_a_minute(tmp_path: Path) -> None:
    """Polls at about 5 s, 15 s, 1 min, 5 min, then wider, up to a day; then a person has to look."""
    async with room(tmp_path, pace=1.0) as here:
        order_id = await here.buys(AWA, NEVER)
        # That it is under way was said a moment ago.
        assert not here.saw(AWA, "notice.processing.code")
        start = here.clock.now
        polled_at = []
        for seconds in (4, 2, 4, 6, 30, 15, 60, 120, 60, 1, 600, 900, 1800, 3600, 7200, 14400, 28800, 28800, 1):
            look_ups = here.simulator.calls["look_up"]
            await here.turn(seconds)
            if here.simulator.calls["look_up"] > look_ups:
                polled_at.append((here.clock.now - start) // 1000)
            if here.clock.now - start < 55_000:
                assert not here.saw(AWA, "notice.still_pending")
            if here.clock.now - start > 70_000:
                assert here.saw(AWA, "notice.still_pending") == 1
        assert polled_at[:4] == [6, 16, 61, 301]
        assert polled_at[-1] - start // 10**9 <= 90_000
        assert here.simulator.calls["look_up"] == 12
        order = await here.order(order_id)
        assert (order["state"], order["due_at"]) == ("processing", None)
        assert order["stuck_at"] is not None
        assert here.saw(ADMIN, "alert.stuck") == 1
        assert (await here.balances())["hold"] == order["amount_xof"] + order["fee_xof"]


async def test_15_the_pay_call_times_out_after_it_was_sent(tmp_path: Path) -> None:
    """Unknown: the money stays held, the same id is sent once more after a pause, and a webhook ends it."""
    async with room(tmp_path, pace=0.0) as here:
        order_id = await here.buys(AWA, NO_ANSWER)
        order = await here.order(order_id)
        assert order["state"] == "unknown"
        assert here.saw(AWA, "notice.unknown") == 1
        assert here.saw(ADMIN, "alert.unknown") == 1
        assert (await here.balances())["hold"] == order["amount_xof"] + order["fee_xof"]
        await here.turn(10)
        assert here.simulator.received == {order_id: 1}
        await here.turn(10)
        assert here.simulator.received == {order_id: 2}
        assert here.simulator.accepted == {order_id: 1}
        for _ in range(40):
            await here.turn(3600)
        # Asked again once, and never with another id. Nobody gave the money back.
        assert here.simulator.received == {order_id: 2}
        assert (await here.order(order_id))["state"] in ("unknown", "processing")
        assert (await here.balances())["hold"] == order["amount_xof"] + order["fee_xof"]
        # The customer who asks, out of impatience, changes nothing.
        await here.says(AWA, "/history")
        assert here.codes(AWA) == []
        code = here.simulator.audit(here.clock.now)["payments"][order_id]["codes"][0]
        await here.says(ADMIN, f"/resolve {order_id} delivered {code}")
        await here.says(ADMIN, "confirmer")
        assert here.codes(AWA) == [code]
        assert (await here.balances())["hold"] == 0


async def test_15_the_connection_is_cut_after_the_request(tmp_path: Path, database: DatabaseSettings) -> None:
    """Over HTTP: the provider dies with the request in its hands. It is unknown, not unsent, and paid once."""
    async with town(tmp_path, pace=0.05, admins="telegram:1", **database) as (place, bot):
        admin, awa = place.customer(1), place.customer(1001)
        await awa.buy(NO_ANSWER)
        await place.provider.paid()
        await place.provider.close()
        await awa.expect("notice.unknown")
        await admin.expect("alert.unknown")
        await bot.order_is(awa.order_id, "unknown")
        await place.provider.open()
        bot.hasten()
        await place.provider.paid(2)
        await awa.code()
        await bot.order_is(awa.order_id, "delivered")
        assert place.provider.simulator.accepted == {awa.order_id: 1}
        assert set(place.provider.simulator.received) == {awa.order_id}


async def test_16_the_float_is_too_low(tmp_path: Path, database: DatabaseSettings) -> None:
    """The customer was not charged and reads it, the money is back, the admins are alerted, nothing is tried again."""
    async with town(tmp_path, admins="telegram:1", **database) as (place, bot):
        admin, awa = place.customer(1), place.customer(1001)
        await awa.buy(FLOAT_TOO_LOW)
        await awa.expect("refused.float")
        await awa.expect("notice.money_back")
        await admin.expect("alert.float")
        bot.hasten()
        awa.user.text("/id")
        await awa.user.expect("telegram:1001")
        assert place.provider.simulator.received == {awa.order_id: 1}
        assert bot.order(awa.order_id)["due_at"] is None
        balance = bot.rows("SELECT sum(amount_xof) AS xof FROM entry WHERE account = 'customer:telegram:1001'")
        assert balance[0]["xof"] == 0


async def test_17_no_window_of_a_minute_holds_more_than_the_rate(tmp_path: Path) -> None:
    """Two replicas share one budget; whatever the moments of asking, 100 in any 60 s is never passed."""
    async with room(tmp_path, rate_per_minute=100) as here:
        installation = here.taal.installation
        granted: list[int] = []
        now, wait_ms = here.clock.now, 0
        for step in range(4000):
            now += (1, 0, 37, 500, 2)[step % 5] if step % 1000 else 20_000
            kind = IN_LINE[step % 4]
            wait_ms = await here.taal.store.run(take_budget, installation, kind, now)
            if not wait_ms:
                granted.append(now)
            else:
                assert 0 < wait_ms < 60_000
        window: deque[int] = deque()
        fullest = 0
        for at in granted:
            window.append(at)
            while window[0] <= at - 60_000:
                window.popleft()
            fullest = max(fullest, len(window))
        assert 90 <= fullest <= 100


async def test_17_pays_come_before_inquiries_before_polls(tmp_path: Path) -> None:
    """A crowd of look-ups leaves room for an inquiry, and a crowd of inquiries leaves room for a pay call."""
    async with room(tmp_path, rate_per_minute=100) as here:
        taken = []
        for kind in ("poll", "inquiry", "pay"):
            count = 0
            while not await here.taal.store.run(take_budget, here.taal.installation, kind, here.clock.now):
                count += 1
            taken.append(count)
        assert all(count > 0 for count in taken)
        assert sum(taken) == Budget.of(100).burst
        # As time goes by the pay call is the first that may go again.
        waits = [
            await here.taal.store.run(take_budget, here.taal.installation, kind, here.clock.now)
            for kind in ("pay", "inquiry", "poll")
        ]
        assert waits == sorted(waits)
        assert len(set(waits)) == 3


async def test_17_a_crowd_is_served_without_a_single_429(tmp_path: Path, database: DatabaseSettings) -> None:
    """Eight people at once on two replicas and 30 requests a minute for both: all are served, those who wait are told,
    the provider is never asked too often.
    """
    clock = Clock()
    simulator = Simulator(pace=0.0, rate_per_minute=30)
    people = [Address("telegram", str(2000 + at)) for at in range(8)]

    def replica() -> contextlib.AbstractAsyncContextManager[Room]:
        return room(tmp_path, rate_per_minute=30, clock=clock, simulator=simulator, **database)

    async with replica() as one, replica() as other:
        both = (one, other)

        def saw(who: Address, key: str) -> int:
            return sum(each.saw(who, key) for each in both)

        def codes(who: Address) -> int:
            return sum(len(each.codes(who)) for each in both)

        await asyncio.gather(*(both[at % 2].says(who, f"w {PAID_AT_ONCE} 5000") for at, who in enumerate(people)))
        # Not all of the inquiries could go: who waits reads so at once.
        assert 0 < sum(saw(who, "busy") for who in people) < len(people)
        confirmed: set[Address] = set()
        for _ in range(150):
            for at, who in enumerate(people):
                confirms = [data for each in both for data in each.buttons(who) if ".confirm." in data]
                if who not in confirmed and confirms:
                    confirmed.add(who)
                    # Not where the quote was asked for.
                    await both[(at + 1) % 2].taps(who, confirms[-1])
            if all(codes(who) for who in people):
                break
            await one.turn(2)
            await other.turn()
        assert all(codes(who) == 1 for who in people)
        assert any(saw(who, "notice.waiting") for who in people)
        assert all(saw(who, "notice.waiting") <= 1 for who in people)
        assert simulator.calls["turned_away"] == 0
        assert simulator.calls["pay"] == len(people)
        assert (await one.balances())["hold"] == 0


@pytest.mark.parametrize("meter", [MAINTENANCE, BUSY, "14123456720"])
async def test_17_18_turned_away_at_first(tmp_path: Path, meter: str) -> None:
    """403, 429 and 401: certainly not sent, so the same id is sent again later, and paid once."""
    async with room(tmp_path) as here:
        order_id = await here.buys(AWA, meter)
        assert (await here.order(order_id))["state"] == "waiting"
        assert here.saw(AWA, "notice.waiting") == 1
        for _ in range(4):
            await here.turn(60)
        assert len(here.codes(AWA)) == 1
        assert here.simulator.accepted == {order_id: 1}
        assert set(here.simulator.received) == {order_id}
        assert here.saw(ADMIN, "alert.credentials") == (0 if meter == BUSY else 1)


async def test_18_the_provider_is_away(tmp_path: Path, database: DatabaseSettings) -> None:
    """Orders wait; one is called back and its money returns; the other is paid once when the provider is back."""
    async with town(tmp_path, **database) as (place, bot):
        awa, moussa = place.customer(1001), place.customer(1002)
        await awa.quote(PAID_AT_ONCE)
        await moussa.quote(WEBHOOK)
        await place.provider.close()
        awa.confirm()
        moussa.confirm()
        await awa.expect("notice.waiting")
        await moussa.expect("notice.waiting")
        # An inquiry fails with an answer, too, and not with silence.
        stranger = place.customer(1003)
        stranger.user.text(f"w {PAID_AT_ONCE[:-4]}0{PAID_AT_ONCE[-3:]} 5000")
        await stranger.expect("inquiry.unavailable")
        recall = next(
            key["callback_data"]
            for shown in moussa.user.shown
            for row in shown.rows
            for key in row
            if ".recall." in key.get("callback_data", "")
        )
        moussa.user.tap_data(recall)
        await moussa.expect("notice.cancelled")
        await moussa.expect("notice.money_back")
        await bot.hasten_until(lambda: bot.order(awa.order_id)["pay_attempts"] >= 4, "four attempts")
        await bot.order_is(awa.order_id, "waiting")
        await place.provider.open()
        bot.hasten()
        await awa.code()
        assert place.provider.simulator.received == {awa.order_id: 1}
        assert bot.order(moussa.order_id)["state"] == "cancelled"
        assert awa.saw("notice.waiting") == 1
        balance = bot.rows("SELECT sum(amount_xof) AS xof FROM entry WHERE account = 'customer:telegram:1002'")
        assert balance[0]["xof"] == 0


async def test_18_half_an_hour_away(tmp_path: Path) -> None:
    """For thirty minutes every call is refused; everybody who waited is paid once afterwards, nobody twice."""
    async with room(tmp_path) as here:
        confirms = {who: await here.quotes(who, PAID_AT_ONCE, 5000) for who in (AWA, MOUSSA)}
        here.simulator.outage = "maintenance"
        for who, data in confirms.items():
            await here.taps(who, data)
        for _ in range(60):
            await here.turn(30)
        assert not here.simulator.received
        assert {row["state"] for row in await here.rows("SELECT state FROM orders")} == {"waiting"}
        here.simulator.outage = None
        for _ in range(4):
            await here.turn(30)
        assert [len(here.codes(who)) for who in (AWA, MOUSSA)] == [1, 1]
        assert set(here.simulator.accepted.values()) == {1}
        # An outage of half an hour is not thirty alerts.
        assert 1 <= here.saw(ADMIN, "alert.credentials") <= 4


async def test_18_500_is_not_a_refusal(tmp_path: Path) -> None:
    """An error that says nothing: the money stays held, and the replay finds that nothing was accepted and pays."""
    async with room(tmp_path) as here:
        order_id = await here.buys(AWA, "14123456705")
        assert (await here.order(order_id))["state"] == "unknown"
        assert not here.saw(AWA, "notice.money_back")
        await here.turn(20)
        assert len(here.codes(AWA)) == 1
        assert here.simulator.received == {order_id: 2}
        assert here.simulator.accepted == {order_id: 1}
