"""Faults 13 and 19 to 21 over WhatsApp: unproved, twice, at once, out of order.

One bot serves them all; every test has its own people.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import WHATSAPP_PATH, Bot, Customer, Town, eventually, text_of, town
from tests.running_whatsapp import SIGNATURE, Person, press_message, signed, text_message, webhook_body

pytestmark = pytest.mark.anyio

PAID_AT_ONCE = "14123456799"

numbers = itertools.count(221_770_000_001)


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Town, Bot]]:
    async with town(tmp_path_factory.mktemp("whatsapp"), channels=("whatsapp",)) as (place, bot):
        yield place, bot


@pytest.fixture
def awa(served: tuple[Town, Bot]) -> Customer[Person]:
    return served[0].customer(str(next(numbers)))


@pytest.fixture
def moussa(served: tuple[Town, Bot]) -> Customer[Person]:
    return served[0].customer(str(next(numbers)))


# 13: unproved.


@pytest.mark.parametrize("how", ["none", "empty", "of other bytes", "of another secret", "without its name"])
async def test_13_a_wrong_signature(served: tuple[Town, Bot], awa: Customer[Person], how: str) -> None:
    """401, and nothing is stored; the same bytes rightly signed are taken."""
    _, bot = served
    body, right = signed(webhook_body(text_message(f"wamid.13.{how}", awa.user, "/start")))
    _, of_other_bytes = signed(body + b" ")
    _, of_another_secret = signed(body, "another secret")
    wrong: dict[str, dict[str, str]] = {
        "none": {},
        "empty": {SIGNATURE: ""},
        "of other bytes": of_other_bytes,
        "of another secret": of_another_secret,
        "without its name": {SIGNATURE: right[SIGNATURE].removeprefix("sha256=")},
    }
    answer = await bot.post(WHATSAPP_PATH, body, wrong[how])
    assert (answer.status, answer.body) == (401, b"")
    assert not bot.rows("SELECT * FROM session WHERE address = ?", awa.address)
    inbox = len(bot.rows("SELECT * FROM inbox"))
    assert (await bot.post(WHATSAPP_PATH, body, right)).status == 200
    assert len(bot.rows("SELECT * FROM inbox")) == inbox + (" " not in how)


async def test_13_an_altered_body(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    """One digit of the amount is another one on the way: 401."""
    _, bot = served
    body, headers = signed(webhook_body(text_message("wamid.13.altered", awa.user, f"w {PAID_AT_ONCE} 5000")))
    answer = await bot.post(WHATSAPP_PATH, body.replace(b" 5000", b" 9000"), headers)
    assert answer.status == 401
    assert not bot.rows("SELECT * FROM session WHERE address = ?", awa.address)


async def test_13_the_challenge(served: tuple[Town, Bot]) -> None:
    """Only who knows the verify token is answered, and with nothing but what they asked for."""
    place, bot = served
    assert await place.whatsapp.subscribe(f"{bot.url}{WHATSAPP_PATH}")
    assert not await place.whatsapp.subscribe(f"{bot.url}{WHATSAPP_PATH}", "a guess")
    assert not await place.whatsapp.subscribe(f"{bot.url}{WHATSAPP_PATH}", "")


async def test_13_an_empty_secret_closes_the_endpoint(tmp_path: Path) -> None:
    """Without the app's secret, or without the verify token, nothing is trusted: not even what has no signature."""
    async with Town(tmp_path, channels=("whatsapp",)) as place:
        bot = place.bot(whatsapp_app_secret="", whatsapp_verify_token="")
        await bot.start()
        person = place.whatsapp.user("221770009999")
        body, by_nothing = signed(webhook_body(text_message("wamid.13.closed", person, "/start")), "")
        for headers in ({}, {SIGNATURE: ""}, {SIGNATURE: "sha256="}, by_nothing, signed(body)[1]):
            assert (await bot.post(WHATSAPP_PATH, body, headers)).status == 401
        assert not await place.whatsapp.subscribe(f"{bot.url}{WHATSAPP_PATH}")
        assert not await place.whatsapp.subscribe(f"{bot.url}{WHATSAPP_PATH}", "")
        assert not bot.rows("SELECT * FROM inbox")
        place.check()


# 19, 25: twice, and many in one request.


async def test_19_the_same_message_again_and_again(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    """Twice in one batch, again in another request, and six times in parallel: handled once, every request is taken."""
    place, bot = served
    message = text_message("wamid.HBgM19", awa.user, "/start")
    answers = [await bot.whatsapp(message, message), await bot.whatsapp(message)]
    answers += await asyncio.gather(*(bot.whatsapp(message) for _ in range(6)))
    assert {answer.status for answer in answers} == {200}
    await awa.expect("welcome")
    # WhatsApp itself brings a message again that it thinks was not taken.
    message_id = awa.user.text("/code")
    await place.whatsapp.idle()
    for _ in range(3):
        place.whatsapp.redeliver(message_id)
    await place.whatsapp.idle()
    await awa.settled()
    assert awa.saw("welcome") == 1
    assert len(awa.user.shown) == 3, awa.user.story()


async def test_19_a_confirm_that_comes_twice(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    """The same press, in parallel: one order, one payment, one code."""
    place, bot = served
    await awa.quote(PAID_AT_ONCE)
    press = press_message("wamid.HBgM19c", awa.user, awa.confirms[-1][1])
    answers = await asyncio.gather(*(bot.whatsapp(press, press) for _ in range(4)))
    assert {answer.status for answer in answers} == {200}
    await awa.code()
    await awa.settled()
    assert awa.codes == _codes_of(place, awa)
    # The code took the place of the word that it is under way.
    assert awa.saw("sent.title") == 0
    assert not awa.saw("sent.before")
    assert place.provider.simulator.received[awa.order_id] == 1


async def test_a_batch_of_several_people(served: tuple[Town, Bot]) -> None:
    """Five people, four messages of each, interleaved in one request: one commit, each once and in its order."""
    place, bot = served
    people = [place.customer(str(next(numbers))) for _ in range(5)]
    place.whatsapp.hold()  # Nothing is sent meanwhile, so that nothing else is written.
    before = _commits(bot)
    with place.whatsapp.batch():
        ids = [one.user.text(text) for text in ("/start", "/id", "english", "/start") for one in people]
    await place.whatsapp.held(5)
    commits = _commits(bot) - before
    place.whatsapp.release()
    await place.whatsapp.idle()
    assert [delivery.status for delivery in place.whatsapp.deliveries if delivery.ids == tuple(ids)] == [200]
    # Heard one by one they would be twenty; one more may be the end of what the tests before set going.
    assert commits in (1, 2)
    for one in people:
        await one.shown(4)
        first, second, _, fourth = (shown.text for shown in one.user.shown)
        assert text_of("welcome") in first
        assert one.address in second
        assert fourth != first
    await bot.outbox_is_empty()


async def test_a_batch_is_kept_whole_or_not_at_all(served: tuple[Town, Bot]) -> None:
    """The database is busy: 503 and nothing of the batch is kept; later all of it, each message once."""
    place, bot = served
    people = [place.customer(str(next(numbers))) for _ in range(4)]
    with bot.locked():
        with place.whatsapp.batch():
            ids = tuple(one.user.text("/id") for one in people for _ in range(2))
        await eventually(lambda: place.whatsapp.attempts(ids[0]), "a first attempt")
        assert [delivery.status for delivery in place.whatsapp.deliveries if delivery.ids == ids] == [503]
        assert not bot.rows("SELECT * FROM inbox WHERE key LIKE ?", f"%{ids[0]}")
    await place.whatsapp.idle()
    for one in people:
        await one.shown(2)
        await one.settled()
        assert one.user.count(one.address) == 3
    kept = {row["key"] for row in bot.rows("SELECT key FROM inbox")}
    assert {f"whatsapp:message:{message_id}" for message_id in ids} <= kept


def _commits(bot: Bot) -> int:
    """How many commits stand in the database's log."""
    log = (bot.folder / "taal.db-wal").read_bytes()
    salt, frame = log[16:24], 24 + int.from_bytes(log[8:12])
    heads = (log[at : at + 24] for at in range(32, len(log), frame))
    # The last frame of a commit says how large the database is now; frames of an earlier round have another salt.
    return sum(head[8:16] == salt and head[4:8] != bytes(4) for head in heads)


# 20, 21: double, out of order.


async def test_20_a_double_press_on_confirm(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    """Three presses, three ids, at once: one order."""
    place, bot = served
    await awa.quote(PAID_AT_ONCE)
    message_id, data = awa.confirms[-1]
    for _ in range(3):
        awa.user.tap_data(data, message_id)
    await awa.code()
    await place.whatsapp.idle()
    await awa.settled()
    assert awa.codes == _codes_of(place, awa)
    assert place.provider.simulator.received[awa.order_id] == 1
    assert len(bot.rows("SELECT id FROM orders WHERE customer = ?", awa.address)) == 1
    # We were seen at work. What is said again goes behind the first word, unless the code is there first.
    assert awa.user.typing
    assert awa.saw("sent.title") <= 1
    assert awa.saw("sent.before") == 2


async def test_21_a_press_overtakes_a_text(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    """The text was written before the press and comes after it: it finds another step and changes nothing."""
    _, bot = served
    await awa.quote(PAID_AT_ONCE, 5000)
    order_id = awa.order_id
    written = text_message("wamid.HBgM21", awa.user, "/cancel", at=time.time() - 5)
    awa.confirm()
    await awa.code()
    assert (await bot.whatsapp(written)).status == 200
    await awa.expect("cancel.nothing")
    assert bot.order(order_id)["state"] == "delivered"
    assert len(awa.codes) == 1


async def test_21_a_text_overtakes_a_press(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    """The press was for a step that is over: it says so and changes nothing."""
    _, bot = served
    awa.user.text(f"w {PAID_AT_ONCE}")
    await eventually(lambda: awa.buttons(".amount."), "amounts to choose from")
    _, stale = awa.buttons(".amount.")[0]
    awa.user.text("7000")
    await eventually(lambda: awa.confirms, "a Confirm button")
    await bot.whatsapp(press_message("wamid.HBgM21t", awa.user, stale, at=time.time() - 5))
    await awa.expect("step_over")
    assert not bot.rows("SELECT id FROM orders WHERE customer = ?", awa.address)
    awa.user.text("oui")
    await awa.code()
    assert bot.order(awa.order_id)["amount_xof"] == 7000


async def test_21_a_batch_in_the_wrong_order_is_put_right(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    """Within one request the time of each message tells which was first."""
    _, bot = served
    now = time.time()
    await bot.whatsapp(
        text_message("wamid.HBgM21b", awa.user, "/id", at=now),
        text_message("wamid.HBgM21a", awa.user, "/start", at=now - 60),
    )
    await awa.shown(2)
    await awa.expect("welcome")
    assert awa.address in awa.user.shown[1].text


def _codes_of(place: Town, person: Customer[Any]) -> Any:
    return place.provider.simulator.audit(0)["payments"][person.order_id]["codes"]
