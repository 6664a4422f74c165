"""Faults 26, 29 and 30: the database is busy, full or read-only, the clock jumps, and what comes in is poison."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import DatabaseSettings
from tests.in_process import ADMIN, AWA, MOUSSA, room
from tests.running import TELEGRAM_HEADERS, Bot, Customer, Town, eventually, text_update, town

pytestmark = pytest.mark.anyio

PAID_AT_ONCE = "14123456799"
LOOK_UP_ALONE = "14123456702"
NEVER = "14123456728"
SLOW = "14123456715"
HOUR_SECONDS = 3600


@pytest.fixture(scope="module")
async def served(
    tmp_path_factory: pytest.TempPathFactory, lasting_database: DatabaseSettings
) -> AsyncIterator[tuple[Town, Bot]]:
    async with town(tmp_path_factory.mktemp("store"), admins="telegram:1", **lasting_database) as (place, bot):
        yield place, bot


# 26: the database.


async def test_26_the_database_is_busy(served: tuple[Town, Bot]) -> None:
    """503 with Retry-After, so that Telegram keeps the update; nothing is half done; then it goes on by itself."""
    place, bot = served
    awa = place.customer(2601)
    update = text_update(2601, awa.user, "/start")
    with bot.locked():
        refused = await bot.update(update)
        assert refused.status == 503
        assert int(refused.headers["retry-after"]) > 0
    assert not bot.rows("SELECT * FROM inbox WHERE key = 'telegram:update:2601'")
    assert not bot.rows("SELECT * FROM session WHERE address = 'telegram:2601'")
    assert (await bot.update(update)).status == 200
    await awa.expect("welcome")
    assert awa.saw("welcome") == 1


async def test_26_busy_while_the_answer_to_a_payment_comes(served: tuple[Town, Bot]) -> None:
    """The provider has answered and it cannot be written down: it is kept until it can."""
    place, bot = served
    awa = place.customer(2602)
    place.provider.simulator.pace = 0.03
    await awa.buy(SLOW)
    await eventually(lambda: place.provider.simulator.accepted[awa.order_id], "accepted")
    with bot.locked():
        await bot.logs(event="an outcome waits for the database")
        assert (await bot.webhook(awa.order_id, {"STATUS": "SUCCESS"})).status == 503
    await awa.code()
    assert place.provider.simulator.received[awa.order_id] == 1
    assert bot.order(awa.order_id)["state"] == "delivered"
    place.provider.simulator.pace = 0.05


async def test_26_the_disk_is_full(served: tuple[Town, Bot]) -> None:
    """503 with Retry-After for as long as it lasts; once there is room everything goes on, and no person is needed."""
    place, bot = served
    awa, moussa = place.customer(2603), place.customer(2604)
    await awa.quote(PAID_AT_ONCE)
    with bot.full():
        refused = await bot.update(text_update(2604, moussa.user, "/start"))
        assert refused.status == 503
        assert int(refused.headers["retry-after"]) > 0
        awa.confirm()
        await eventually(lambda: place.fake.deliveries[-1].status == 503, "the Confirm is refused")
        assert not place.provider.simulator.received[awa.order_id]
        assert (await bot.get("/readyz")).status_code == 503
        assert (await bot.get("/healthz")).status_code == 200
        assert (await bot.get("/metrics")).status_code == 200
    await awa.code()
    assert (await bot.update(text_update(2604, moussa.user, "/start"))).status == 200
    await moussa.expect("welcome")
    assert place.provider.simulator.received[awa.order_id] == 1
    await eventually_ready(bot)


async def test_26_the_disk_is_full_while_the_answer_comes(served: tuple[Town, Bot]) -> None:
    """The payment was made and its code cannot be stored yet: it is shown as soon as it can."""
    place, bot = served
    awa = place.customer(2605)
    place.provider.simulator.pace = 0.03
    await awa.buy(SLOW)
    await eventually(lambda: place.provider.simulator.accepted[awa.order_id], "accepted")
    waits = len(bot.logged(event="an outcome waits for the database"))
    with bot.full():
        await bot.logs(waits + 1, event="an outcome waits for the database")
        assert not awa.codes
    await awa.code()
    assert place.provider.simulator.received[awa.order_id] == 1
    assert len(awa.codes) == 1
    place.provider.simulator.pace = 0.05


async def test_26_killed_on_a_full_disk(tmp_path: Path, database: DatabaseSettings) -> None:
    """What was acknowledged before is there afterwards, what was not comes again, and the file is whole."""
    async with town(tmp_path, **database) as (place, bot):
        awa = place.customer(1001)
        await awa.quote(PAID_AT_ONCE)
        with bot.full():
            awa.confirm()
            await eventually(lambda: place.fake.deliveries[-1].status == 503, "the Confirm is refused")
            await bot.kill()
        await bot.start()
        await awa.code()
        assert place.provider.simulator.received == {awa.order_id: 1}


async def _shown(customer: Customer, fragment: str, count: int) -> None:
    await eventually(lambda: customer.user.count(fragment) >= count, f"{fragment}, {count} times")


async def eventually_ready(bot: Bot) -> None:
    """Wait until the load balancer would send people again."""
    async with asyncio.timeout(10):
        while (await bot.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.01)


# 29: the clock.


@pytest.mark.parametrize("hours", [1, -1])
async def test_29_polls_go_on(tmp_path: Path, hours: int) -> None:
    """A payment in PROCESSING is asked about in its time again, and not all polls at once."""
    async with room(tmp_path, pace=1.0) as here:
        order_id = await here.buys(AWA, NEVER)
        await here.turn(6)
        assert here.simulator.calls["look_up"] == 1
        here.clock.jump(hours * HOUR_SECONDS)
        await here.turn()
        # The jump itself brings one poll at most.
        at_once = here.simulator.calls["look_up"]
        assert at_once <= 2
        await here.turn()
        assert here.simulator.calls["look_up"] == at_once
        # And within two minutes they have not stopped.
        for _ in range(12):
            await here.turn(10)
        assert at_once < here.simulator.calls["look_up"] <= at_once + 4
        assert (await here.order(order_id))["state"] == "processing"


@pytest.mark.parametrize("hours", [1, -1])
async def test_29_quotes(tmp_path: Path, hours: int) -> None:
    """A quote may count as expired after a jump; a new one is offered then, and that one can be confirmed."""
    async with room(tmp_path) as here:
        data = await here.quotes(AWA, PAID_AT_ONCE)
        here.clock.jump(hours * HOUR_SECONDS)
        await here.taps(AWA, data)
        if not here.codes(AWA):
            assert here.saw(AWA, "quote.expired") == 1
            await here.taps(AWA, here.button(AWA, "confirm"))
        assert len(here.codes(AWA)) == 1
        assert len(await here.rows("SELECT * FROM orders")) == 1


@pytest.mark.parametrize("hours", [1, -1])
async def test_29_the_outbox_goes_on(tmp_path: Path, hours: int) -> None:
    """Messages that waited for Telegram, and messages whose lease a dead process holds, leave within minutes."""
    async with room(tmp_path) as here:
        for who in (AWA, MOUSSA):
            await here.says(who, "/start")
        # One was put off by Telegram, one is leased to a process that died.
        await here.rows(
            "INSERT INTO outbox (address, body, keep, created_at, due_at, attempts, lease_owner, lease_until) VALUES"
            " ('telegram:1001', :body, 0, :now, :now + 30000, 1, NULL, NULL),"
            " ('telegram:1002', :body, 0, :now, :now, 0, 'DEAD', :now + 300000)",
            body=json.dumps({"text": "news"}),
            now=here.clock.now,
        )
        here.clock.jump(hours * HOUR_SECONDS)
        for _ in range(40):
            await here.turn(10)
        for who in (AWA, MOUSSA):
            assert [outbound.text for outbound in here.mailbox.to(who)].count("news") == 1
        assert not await here.rows("SELECT * FROM outbox")


@pytest.mark.parametrize("hours", [1, -1])
async def test_29_the_budget_and_the_inquiries_go_on(tmp_path: Path, hours: int) -> None:
    """After a jump an inquiry is answered and an order paid at the usual pace."""
    async with room(tmp_path, rate_per_minute=30) as here:
        await here.quotes(AWA, PAID_AT_ONCE)
        here.clock.jump(hours * HOUR_SECONDS)
        await here.says(MOUSSA, f"w {PAID_AT_ONCE} 5000")
        for _ in range(3):
            await here.turn(5)
        await here.taps(MOUSSA, here.button(MOUSSA, "confirm"))
        for _ in range(3):
            await here.turn(5)
        assert len(here.codes(MOUSSA)) == 1


@pytest.mark.parametrize("hours", [1, -1])
async def test_29_orders_that_wait_are_paid_once(tmp_path: Path, hours: int) -> None:
    """An order that waits for the provider is neither forgotten nor paid twice."""
    async with room(tmp_path) as here:
        data = await here.quotes(AWA, PAID_AT_ONCE)
        here.simulator.outage = "maintenance"
        await here.taps(AWA, data)
        here.simulator.outage = None
        here.clock.jump(hours * HOUR_SECONDS)
        await here.turn()
        for _ in range(12):
            await here.turn(10)
        assert len(here.codes(AWA)) == 1
        assert set(here.simulator.received.values()) == {1}


async def test_29_alerts_are_told_again_after_a_jump_back(tmp_path: Path) -> None:
    """The pause between two alerts of a kind does not become an hour and more."""
    async with room(tmp_path) as here:
        for who in (AWA, MOUSSA):
            here.simulator.outage = None
            data = await here.quotes(who, PAID_AT_ONCE)
            here.simulator.outage = "maintenance"
            await here.taps(who, data)
            here.clock.move(-HOUR_SECONDS)
        assert here.saw(ADMIN, "alert.credentials") == 2


# 30: poison.

NESTED = b'{"update_id": 30, "message": ' + b'{"a": ' * 5_000 + b"1" + b"}" * 5_001
POISON: dict[str, bytes] = {
    "no JSON": b"{",
    "no object": b"[1, 2, 3]",
    "nothing": b"",
    "no text at all": bytes(range(256)),
    "half a surrogate": b'{"update_id": 31, "message": {"text": "\\ud800"}}',
    "deep": NESTED,
    "a number of a thousand digits": b'{"update_id": ' + b"9" * 1000 + b"}",
    "the wrong types": b'{"update_id": "x", "message": [], "callback_query": 5}',
    "no sender": b'{"update_id": 32, "message": {"message_id": 1, "date": 1, "text": "x"}}',
    "a sender without a number": b'{"update_id": 33, "message": {"message_id": 1, "date": 1, "text": "x", '
    b'"chat": {"id": {}, "type": "private"}, "from": {"id": null}}}',
}


@pytest.mark.parametrize("body", POISON.values(), ids=POISON.keys())
async def test_30_poisoned_bodies(served: tuple[Town, Bot], body: bytes) -> None:
    """What cannot be read is set aside with a 2xx, or Telegram would bring it for a day; nobody else notices."""
    place, bot = served
    awa = place.customer(3000)
    answer = await bot.post("/webhooks/telegram", body, TELEGRAM_HEADERS)
    assert answer.status == 200
    before = awa.user.count("telegram:3000")
    awa.user.text("/id")
    await eventually(lambda: awa.user.count("telegram:3000") > before, "an answer")


TEXTS = {
    "an emoji for a meter": "w 🔌🔌🔌 5000",
    "digits of other scripts": "w ١٤١٢٣٤٥٦٧٨٩ 5000",
    "a huge amount": "w 14123456799 1000000000",
    "a huger amount": "w 14123456799 " + "9" * 400,
    "a negative amount": "w 14123456799 -5000",
    "a fraction": "w 14123456799 0.5",
    "64 KB": "x" * 65_536,
    "64 KB of digits": "1" * 65_536,
    "tags": "<b><script>alert(1)</script>&amp;",
    "a tag for a meter": "w <code>1</code> 5000",
    "nothing visible": "\u200b\u200d\ufeff",
    "a null": "a\u0000b",
    "right to left": "\u202e00005 99765432141 w",
    "braces": "{amount} {0} %s %(x)s",
    "quotes": "'; DROP TABLE orders; --",
    "a long command": "/" + "a" * 4000,
    "a command that is none": "/\u0000 @ @@@",
    "1 000 lines": "w\n" * 1000,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_30_poisoned_texts(served: tuple[Town, Bot], text: str) -> None:
    """Each gets an answer that Telegram takes, and the chat goes on."""
    place, bot = served
    poisoner = place.customer(3001)
    shown = len(poisoner.user.shown)
    poisoner.user.text(text)
    await place.fake.idle()
    await eventually(lambda: len(poisoner.user.shown) > shown, "an answer")
    before = poisoner.user.count("telegram:3001")
    poisoner.user.text("/id")
    await eventually(lambda: poisoner.user.count("telegram:3001") > before, "an answer to the next")
    poisoner.user.text("/cancel")
    await place.fake.idle()
    assert not bot.logged(event="an event failed")
    assert not bot.logged(event="message given up")
    assert bot.rows("SELECT count(*) AS n FROM orders WHERE customer = 'telegram:3001'")[0]["n"] == 0


TAPS = [
    "",
    "x",
    "~.",
    "~.menu",
    "~.order.",
    "~.order.%",
    "99999999.confirm.x",
    "1.amount.-5",
    "1.amount.x",
    "-.code.'",
    "~.history.-1",
    "~.history.x",
    "~.meter.9999999999999999999",
    "-.save.x",
    "-.again.x",
    "~.language.xx",
    "~.buy.x",
    "-.inspect.x",
    "1.do.x",
    "1.bill.99",
    "é.è.à",
    "1.read.x",
    "~.meter.x",
    "-.recall.x",
]


@pytest.mark.parametrize("data", TAPS)
async def test_30_poisoned_taps(served: tuple[Town, Bot], data: str) -> None:
    """A button that we never made changes nothing and breaks nothing."""
    place, bot = served
    poisoner = place.customer(3002)
    poisoner.user.tap_data(data)
    await place.fake.idle()
    before = poisoner.user.count("telegram:3002")
    poisoner.user.text("/id")
    await eventually(lambda: poisoner.user.count("telegram:3002") > before, "an answer to the next")
    assert not bot.logged(event="an event failed")


async def test_30_a_handler_that_raises(served: tuple[Town, Bot]) -> None:
    """One person's session cannot be read: 503 twice, then it is set aside with 2xx and an apology; others go on."""
    place, bot = served
    awa, moussa = place.customer(3003), place.customer(3004)
    await awa.quote(PAID_AT_ONCE)
    secret = "14123456799 is what a session holds"
    bot.rows("UPDATE session SET body = ? WHERE address = 'telegram:3003'", '{"state": "' + secret)
    update = text_update(3003, awa.user, "12345678901234567890 je veux mon code")
    statuses = []
    for served_others in range(1, 4):
        statuses.append((await bot.update(update)).status)
        # Between two tries everybody else is served.
        moussa.user.text("/id")
        await _shown(moussa, "telegram:3004", served_others)
    assert statuses == [503, 503, 200]
    await awa.expect("apology")
    assert awa.saw("apology") == 1
    # It never comes back, not even if Telegram brings it again.
    assert (await bot.update(update)).status == 200
    assert awa.saw("apology") == 1
    assert len(bot.logged(event="an event failed", key="telegram:update:3003")) == 3
    bot.check_log(PAID_AT_ONCE, "12345678901234567890", secret)


async def test_30_a_poisoned_webhook_of_the_provider(served: tuple[Town, Bot]) -> None:
    """Bodies that cannot be read change nothing, and the order goes on."""
    place, bot = served
    awa = place.customer(3005)
    place.provider.simulator.pace = 1000
    await awa.buy(LOOK_UP_ALONE)
    await bot.order_is(awa.order_id, "processing")
    bodies: list[Any] = [
        {},
        [],
        None,
        5,
        "x",
        {"STATUS": {"a": 1}},
        {"STATUS": "SUCCESS", "token": {"a": ["b"]}},
        {"token": "9" * 5000},
        {"AMOUNT": 10**30, "STATUS": "SUCCESS"},
        {"id": None},
        {"id": "x" * 9000},
    ]
    for body in bodies:
        assert (await bot.webhook(awa.order_id, body)).status == 200, body
    assert bot.order(awa.order_id)["state"] == "processing"
    assert not awa.codes
    place.provider.simulator.pace = 0
    await bot.hasten_until(lambda: awa.codes, "the code")
    assert awa.codes == place.provider.simulator.audit(0)["payments"][awa.order_id]["codes"]
    place.provider.simulator.pace = 0.05


# 36: a message that cannot be sent.


async def test_36_what_cannot_be_sent_is_set_aside_told_and_stands_in_nobodys_way(served: tuple[Town, Bot]) -> None:
    """Written into the database of the running bot: a body that nobody can read, before one that everybody can, and a
    message to an address that makes its sending raise.
    """
    place, bot = served
    admin, awa = place.customer(1), place.customer(3601)
    for who in (admin, awa):
        who.user.text("/start")
        await who.expect("welcome")
    before = await bot.metric("taal_outbox_set_aside_total")
    torn, whole, lost = ("telegram:3601", "torn"), ("telegram:3601", '{"text": "after"}'), ("nowhere", '{"text": "x"}')
    for address, body in (torn, whole, lost):
        bot.rows(
            "INSERT INTO outbox (address, body, keep, created_at, due_at, attempts) VALUES (?, ?, 0, 1, 1, 0)",
            address,
            body,
        )
    await eventually(lambda: awa.user.count("after"), "the next message goes out")

    def aside() -> bool:
        bot.rows("UPDATE outbox SET due_at = 1 WHERE given_up_at IS NULL AND lease_owner IS NULL")
        rows = bot.rows("SELECT address, problem FROM outbox WHERE problem IS NOT NULL ORDER BY address")
        return [tuple(row) for row in rows] == [("nowhere", "ModelError"), ("telegram:3601", "DecodeError")]

    await eventually(aside, "both are set aside, with their reasons")
    await eventually(lambda: admin.saw("alert.unsent"), "the admins are told")
    assert await bot.metric("taal_outbox_set_aside_total") == before + 1
    await awa.settled()
