"""Faults 23 to 25 over WhatsApp: messages that are days old, a window that has closed, people out of reach or paced.

One bot, on Telegram and WhatsApp at once, serves them all; every test has its own people.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import WHATSAPP_PATH, Bot, Customer, Town, eventually, town
from tests.running_whatsapp import Person

pytestmark = pytest.mark.anyio

PAID_AT_ONCE = "14123456799"
LOOK_UP_ALONE = "14123456702"
DAY_SECONDS = 86_400
BOTH = ("telegram", "whatsapp")
ADMIN = "221760000001"

numbers = itertools.count(221_770_010_001)


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Town, Bot]]:
    async with town(tmp_path_factory.mktemp("late"), channels=BOTH, admins=f"whatsapp:+{ADMIN}") as (place, bot):
        yield place, bot


@pytest.fixture
def awa(served: tuple[Town, Bot]) -> Customer[Person]:
    return served[0].customer(str(next(numbers)))


async def test_a_whole_purchase_costs_at_most_eight_messages(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    """From the first word to the receipt; the code comes alone in its message, so that a long press copies it."""
    place, bot = served
    awa.user.text("bonjour")
    await awa.press(".buy.woyofal")
    await awa.shown(2)
    awa.user.text(PAID_AT_ONCE)
    await awa.press(".amount.5000")
    await awa.press(".confirm.")
    code = await awa.code()
    await bot.outbox_is_empty()
    assert _calls(place, awa) == len(awa.user.shown) <= 8, awa.user.story()
    assert awa.codes == [code] == _codes_of(place, awa)
    alone, receipt = awa.user.shown[-2:]
    assert alone.body.replace(" ", "") == alone.code == code
    assert receipt.code is None
    assert PAID_AT_ONCE[-4:] in receipt.text


# 25: days old.


@pytest.mark.parametrize(("days", "pressed"), [(6, False), (6, True), (0.02, False)])
async def test_25_an_old_yes_confirms_nothing(
    served: tuple[Town, Bot], awa: Customer[Person], days: float, pressed: bool
) -> None:
    """A "oui", or a press on Confirm, that was days (or half an hour) under way, while a quote is open now."""
    place, bot = served
    await awa.quote(PAID_AT_ONCE)
    message_id, data = awa.confirms[-1]
    long_ago = time.time() - days * DAY_SECONDS
    if pressed:
        awa.user.tap_data(data, message_id, at=long_ago)
    else:
        awa.user.text("oui", at=long_ago)
    await awa.expect("still_there.button" if pressed else "still_there")
    # What else was under way with it changes nothing either.
    awa.user.text("oui", at=long_ago + 1)
    awa.user.tap_data(data, message_id, at=long_ago + 2)
    await place.whatsapp.idle()
    await awa.settled()
    assert not bot.rows("SELECT id FROM orders WHERE customer = ?", awa.address)
    # Whoever presses now is offered the same once more, and buys it.
    awa.user.tap_data(data, message_id)
    await eventually(lambda: len(awa.confirms) > 1, awa.user.story)
    awa.confirm()
    await awa.code()
    assert awa.codes == _codes_of(place, awa)


async def test_25_an_old_order_starts_no_payment(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    """A whole order in one line, a meter, an amount and a yes, all of six days ago, in one batch."""
    place, bot = served
    long_ago = time.time() - 6 * DAY_SECONDS
    with place.whatsapp.batch():
        for at, text in enumerate((f"w {PAID_AT_ONCE} 5000", "oui", PAID_AT_ONCE, "5000", "1", "oui")):
            awa.user.text(text, at=long_ago + at)
    await place.whatsapp.idle()
    await awa.expect("still_there")
    await awa.settled()
    assert not awa.confirms
    assert not bot.rows("SELECT id FROM orders WHERE customer = ?", awa.address)


# 25: the code is ready when nothing but a template may be said.


@pytest.mark.parametrize("how", ["answer", "status"])
async def test_25_a_code_after_the_window_has_closed(served: tuple[Town, Bot], awa: Customer[Person], how: Any) -> None:
    """131047, at once or told later: the code goes by a template, and all of it once the person writes."""
    place, bot = served
    await _ordered(place, bot, awa)
    shown = len(awa.user.shown)
    awa.user.close_window(how=how)
    await _finished(place, bot, awa)
    (code,) = _codes_of(place, awa)
    await awa.shown(shown + 1)
    (template,) = awa.user.shown[shown:]
    assert template.kind == "template"
    assert f"{code[:4]} {code[4:8]}" in template.text
    await place.whatsapp.idle()
    await eventually(lambda: _kept(bot, awa) == 1, bot.story)
    # They press the template's button, which is as good as writing.
    awa.user.tap("button")
    assert await awa.code() == code
    await eventually(lambda: not _kept(bot, awa), bot.story)
    await awa.settled()
    assert awa.codes == [code]
    assert sum(one.kind == "template" for one in awa.user.shown) == 1


async def test_25_without_a_template_the_code_is_kept(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    """An operator who has registered none: nothing can be said, nothing is lost."""
    place, bot = served
    await _ordered(place, bot, awa)
    awa.user.close_window()
    known = dict(place.whatsapp.templates)
    place.whatsapp.templates.clear()
    await _finished(place, bot, awa)
    await eventually(lambda: _kept(bot, awa) == 1, bot.story)
    place.whatsapp.templates |= known
    awa.user.text("bonjour")
    await awa.code()
    await awa.settled()
    assert awa.codes == _codes_of(place, awa)


# 24: out of reach.


@pytest.mark.parametrize("how", ["answer", "status"])
async def test_24_out_of_reach_while_the_code_comes(served: tuple[Town, Bot], awa: Customer[Person], how: Any) -> None:
    """131026, at once or told later: nobody hammers at a closed door, and the code is shown when the person writes."""
    place, bot = served
    await _ordered(place, bot, awa)
    awa.user.block(how=how)
    await _finished(place, bot, awa)
    await eventually(
        lambda: bot.rows("SELECT 1 FROM session WHERE address = ? AND unreachable_at > 0", awa.address), bot.story
    )
    await place.whatsapp.idle()
    tried = _calls(place, awa)
    stranger = place.customer(str(next(numbers)))
    await stranger.settled()
    assert (_calls(place, awa), awa.codes, _kept(bot, awa)) == (tried, [], 1)
    awa.user.block(False)
    awa.user.text("bonjour")
    await awa.code()
    await awa.settled()
    await place.whatsapp.idle()
    assert awa.codes == _codes_of(place, awa)
    assert not _kept(bot, awa)


# 23: too fast.


@pytest.mark.parametrize("code", [131056, 130429])
async def test_23_told_to_wait(tmp_path: Path, code: int) -> None:
    """That person waits, in the database too, over a kill; others go on; then it comes, once, and in order."""
    async with town(tmp_path, channels=("whatsapp",)) as (place, bot):
        awa, moussa = place.customer("221770001122"), place.customer("221780003344")
        await awa.quote(PAID_AT_ONCE)
        place.whatsapp.fail(code, status=400 if code == 131056 else 429, who=awa.user.chat_id)
        awa.user.text("/id")
        (line,) = await bot.logs(event="message later")
        assert str(code) in line["reason"]
        awa.confirm()
        await bot.order_is(awa.order_id, "delivered")
        await moussa.settled()
        waits = bot.rows("SELECT max(due_at) AS at FROM outbox WHERE address = ?", awa.address)[0]["at"]
        assert waits - time.time() * 1000 > (4_000 if code == 131056 else 1_000)
        assert not awa.codes
        # Everything of this person stays behind the message that waits; a slow machine must not outwait a short pause.
        bot.rows("UPDATE outbox SET due_at = due_at + 60000 WHERE due_at = ?", waits)
        await bot.kill()
        await bot.start()
        await moussa.settled()
        assert not awa.codes
        bot.rows("UPDATE outbox SET due_at = 0")
        await awa.code()
        await bot.outbox_is_empty()
        assert len(awa.codes) == 1
        assert awa.user.count(awa.address) == 1
        words = [shown.text for shown in awa.user.shown]
        assert awa.address in words[1], awa.user.story()


# Two channels in one process.


async def test_each_channel_has_its_own_people(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    """Somebody of Telegram and somebody of WhatsApp buy at once: each has their own code, where they asked for it."""
    place, bot = served
    other = place.customer(1001)
    await asyncio.gather(awa.buy(PAID_AT_ONCE), other.buy("14123456788"))
    await asyncio.gather(awa.code(), other.code())
    assert awa.codes == _codes_of(place, awa)
    assert other.codes == _codes_of(place, other)
    assert bot.order(awa.order_id)["customer"] == awa.address
    assert bot.order(other.order_id)["customer"] == other.address


async def test_an_admin_on_whatsapp(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    """An admin's commands are text, and move the money of somebody on the other channel."""
    place, bot = served
    admin, other = place.customer(ADMIN), place.customer(1002)
    await other.settled()
    admin.user.text("/credit telegram:1002 7500 test")
    await admin.press(".do.")
    await eventually(lambda: _balance(bot, "telegram:1002") == 7500, lambda: f"{admin.user.story()}\n{bot.story()}")
    # Nobody else is one, whatever they say.
    awa.user.text("/credit telegram:1002 7500 test")
    await awa.settled()
    assert not awa.buttons(".do.")


async def test_the_doctor(served: tuple[Town, Bot]) -> None:
    """It says what WhatsApp says, changes nothing, and its status tells whether all is well."""
    place, bot = served
    status, words = await bot.run("doctor")
    assert "where a Taal answers" in words
    assert status == 0, words
    for piece in ("✓ whatsapp: number: +221330001122, Taal", f"{bot.url}{WHATSAPP_PATH}", "1 app(s)", "all approved"):
        assert piece in words
    known = dict(place.whatsapp.templates)
    place.whatsapp.templates.pop(("taal_code", "fr"))
    status, words = await bot.run("doctor")
    place.whatsapp.templates |= known
    assert status == 1
    assert "✗ whatsapp: templates: not approved: taal_code (fr)" in words


async def _ordered(place: Town, bot: Bot, person: Customer[Person]) -> None:
    """An order that is being worked on; everything said so far has arrived."""
    place.provider.simulator.pace = 1000
    await person.buy(LOOK_UP_ALONE)
    await bot.order_is(person.order_id, "processing")
    await person.settled()
    await place.whatsapp.idle()
    await eventually(lambda: not bot.rows("SELECT 1 FROM outbox WHERE address = ?", person.address), bot.story)


async def _finished(place: Town, bot: Bot, person: Customer[Person]) -> None:
    """The code is there."""
    place.provider.simulator.pace = 0
    await bot.hasten_until(lambda: bot.order(person.order_id)["state"] == "delivered", "delivered")
    place.provider.simulator.pace = 0.05


def _kept(bot: Bot, person: Customer[Any]) -> int:
    """How many messages are kept until the person writes."""
    sql = "SELECT 1 FROM outbox WHERE address = ? AND given_up_at IS NOT NULL AND message_ref IS NULL"
    return len(bot.rows(sql, person.address))


def _balance(bot: Bot, address: str) -> int:
    account = f"customer:{address}"
    rows = bot.rows("SELECT coalesce(sum(amount_xof), 0) AS xof FROM entry WHERE account = ?", account)
    return int(rows[0]["xof"])


def _calls(place: Town, person: Customer[Any]) -> int:
    """How many messages were sent to a person."""
    return sum(call.what == "messages" and call.who == person.user.chat_id for call in place.whatsapp.calls)


def _codes_of(place: Town, person: Customer[Any]) -> Any:
    return place.provider.simulator.audit(0)["payments"][person.order_id]["codes"]
