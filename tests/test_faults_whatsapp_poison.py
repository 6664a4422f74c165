"""Fault 30 over WhatsApp: what cannot be read, what makes no sense, and a handler that raises.

One bot serves them all; every test has its own people.
"""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.running import WHATSAPP_PATH, Bot, Customer, Town, town
from tests.running_whatsapp import Person, signed, text_message, webhook_body

pytestmark = pytest.mark.anyio

PAID_AT_ONCE = "14123456799"

numbers = itertools.count(221_770_020_001)


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Town, Bot]]:
    async with town(tmp_path_factory.mktemp("poison"), channels=("whatsapp",)) as (place, bot):
        yield place, bot


@pytest.fixture
def awa(served: tuple[Town, Bot]) -> Customer[Person]:
    return served[0].customer(str(next(numbers)))


@pytest.fixture
def moussa(served: tuple[Town, Bot]) -> Customer[Person]:
    return served[0].customer(str(next(numbers)))


NESTED = b'{"entry": ' + b'[{"a": ' * 5_000 + b"1" + b"}]" * 5_000 + b"}"
BODIES: dict[str, bytes] = {
    "no JSON": b"{",
    "no object": b"[1, 2, 3]",
    "nothing": b"",
    "no text at all": bytes(range(256)),
    "half a surrogate": b'{"entry": [{"changes": [{"field": "messages", "value": "\\ud800"}]}]}',
    "deep": NESTED,
    "the wrong types": b'{"entry": [{"changes": {"field": 5}}, 5, null]}',
    "no sender": webhook_body({"id": "wamid.HBgM30a", "type": "text", "text": {"body": "x"}}),
    "no id": webhook_body({"from": "221770001122", "type": "text", "text": {"body": "x"}}),
    "an id with blanks": webhook_body({"from": "221770001122", "id": "a b", "type": "text", "text": {"body": "x"}}),
    "a status of nothing": webhook_body({"id": None, "status": 5}, kind="statuses"),
    "an unknown status": webhook_body({"id": "x", "status": "pondered", "recipient_id": "2217"}, kind="statuses"),
}


async def test_30_poisoned_bodies(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    """What is rightly signed and cannot be read is set aside with a 2xx, or it would come for a week; others go on."""
    _, bot = served
    for name, body in BODIES.items():
        answer = await bot.post(WHATSAPP_PATH, *signed(body))
        assert answer.status == 200, name
    await awa.settled()
    assert not bot.logged(event="an event failed")


async def test_30_one_poisoned_message_takes_no_other_with_it(served: tuple[Town, Bot], awa: Customer[Person]) -> None:
    _, bot = served
    poisoned: list[Any] = [{"from": {}, "id": 5}, "x", {"from": awa.user.chat_id, "id": "", "type": "text"}]
    good = text_message("wamid.HBgM30g", awa.user, "/start")
    assert (await bot.whatsapp(*poisoned, good, *poisoned)).status == 200
    await awa.expect("welcome")


MESSAGES: dict[str, dict[str, Any]] = {
    "an emoji for a meter": {"type": "text", "text": {"body": "w 🔌🔌🔌 5000"}},
    "digits of other scripts": {"type": "text", "text": {"body": "w ١٤١٢٣٤٥٦٧٨٩ 5000"}},
    "a huge amount": {"type": "text", "text": {"body": "w 14123456799 1000000000"}},
    "64 KB": {"type": "text", "text": {"body": "x" * 65_536}},
    "64 KB of digits": {"type": "text", "text": {"body": "1" * 65_536}},
    "stars": {"type": "text", "text": {"body": "*_~```w *14*~_"}},
    "a null": {"type": "text", "text": {"body": "a\u0000b"}},
    "nothing visible": {"type": "text", "text": {"body": "\u200b\u200d\ufeff"}},
    "no words": {"type": "text", "text": {"body": ""}},
    "no body": {"type": "text"},
    "a strange press": {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": {"name": "flow"}}},
    "a press that we never made": {
        "type": "interactive",
        "interactive": {"button_reply": {"id": "1.do.x", "title": ""}},
    },
    "an order of a catalog": {"type": "order", "order": {"catalog_id": "1", "product_items": []}},
    "a kind of the future": {"type": "hologram", "hologram": {"depth": 3}},
    "no kind": {},
    "a sticker": {"type": "sticker", "sticker": {"id": "1", "mime_type": "image/webp"}},
    "contacts": {"type": "contacts", "contacts": [{"name": {"formatted_name": "x"}}]},
}


async def test_30_poisoned_messages(served: tuple[Town, Bot]) -> None:
    """Each gets an answer that WhatsApp takes, and the chat goes on."""
    place, bot = served
    for content in MESSAGES.values():
        # Each by somebody else: all of them together are more than one person is sent in a minute.
        awa = place.customer(str(next(numbers)))
        shown = len(awa.user.shown)
        awa.user.message(**content)
        await awa.shown(shown + 1)
        await awa.settled()
        awa.user.text("/cancel")
    await place.whatsapp.idle()
    assert not bot.logged(event="an event failed")
    assert not bot.logged(event="message given up")
    assert not bot.rows("SELECT id FROM orders WHERE customer = ?", awa.address)


async def test_30_a_handler_that_raises(
    served: tuple[Town, Bot], awa: Customer[Person], moussa: Customer[Person]
) -> None:
    """A session that cannot be read: 503 twice, then set aside with 2xx and an apology; others of its batch go on."""
    _, bot = served
    await awa.quote(PAID_AT_ONCE)
    bot.rows("UPDATE session SET body = ? WHERE address = ?", '{"state": ', awa.address)
    poisoned = text_message(f"wamid.{awa.user.chat_id}", awa.user, "12345678901234567890 je veux mon code")
    others = text_message("wamid.HBgM30o", moussa.user, "/start")
    assert [(await bot.whatsapp(poisoned, others)).status for _ in range(3)] == [503, 503, 200]
    await awa.expect("apology")
    await moussa.settled()
    assert (await bot.whatsapp(poisoned)).status == 200
    await awa.settled()
    assert (awa.saw("apology"), moussa.saw("welcome")) == (1, 1)
    assert len(bot.logged(event="an event failed")) == 3
    bot.check_log("12345678901234567890", awa.user.chat_id)
