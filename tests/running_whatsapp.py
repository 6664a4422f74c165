"""What `tests.running` needs to know of WhatsApp: settings, webhooks by hand, and what no log may tell of a person."""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any, TypeAlias

from tests import fake_telegram, fake_whatsapp
from tests.fake_whatsapp import (
    ACCOUNT_ID,
    APP_SECRET,
    DISPLAY_PHONE_NUMBER,
    PHONE_NUMBER_ID,
    TOKEN,
    VERIFY_TOKEN,
    FakeWhatsApp,
    encode,
)

Person: TypeAlias = fake_whatsapp.User
Shown: TypeAlias = fake_telegram.Shown | fake_whatsapp.Shown

SECRETS = (TOKEN, APP_SECRET, VERIFY_TOKEN)
SIGNATURE = "X-Hub-Signature-256"


def settings(fake: FakeWhatsApp) -> dict[str, str]:
    """The environment of a bot that is on WhatsApp."""
    return {
        "WHATSAPP_ACCESS_TOKEN": TOKEN,
        "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
        "WHATSAPP_ACCOUNT_ID": ACCOUNT_ID,
        "WHATSAPP_APP_SECRET": APP_SECRET,
        "WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
        "WHATSAPP_API_URL": fake.url,
    }


def text_message(message_id: str, person: Person, text: str, *, at: float | None = None) -> dict[str, Any]:
    """A message as a webhook holds it; `at` is seconds UTC."""
    return _message(message_id, person, at, type="text", text={"body": text})


def press_message(message_id: str, person: Person, data: str, *, at: float | None = None) -> dict[str, Any]:
    """A press on a button as a webhook holds it."""
    reply = {"type": "button_reply", "button_reply": {"id": data, "title": "x"}}
    return _message(message_id, person, at, type="interactive", interactive=reply)


def _message(message_id: str, person: Person, at: float | None, **content: Any) -> dict[str, Any]:
    moment = time.time() if at is None else at
    return {"from": person.chat_id, "id": message_id, "timestamp": str(int(moment)), **content}


def webhook_body(*messages: Any, kind: str = "messages") -> bytes:
    """One batch, all of it in one change."""
    metadata = {"display_phone_number": DISPLAY_PHONE_NUMBER, "phone_number_id": PHONE_NUMBER_ID}
    value = {"messaging_product": "whatsapp", "metadata": metadata, kind: messages}
    change = {"field": "messages", "value": value}
    return encode({"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT_ID, "changes": [change]}]})


def signed(body: bytes, secret: str = APP_SECRET) -> tuple[bytes, dict[str, str]]:
    """A body and the header that proves it."""
    return body, {SIGNATURE: f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


def private(fake: FakeWhatsApp) -> Iterator[str]:
    """What no log may tell: people's numbers, also as message ids hold them, and the ids themselves."""
    for number in fake.users:
        yield number
        yield base64.b64encode(number.encode()[: len(number) // 3 * 3]).decode()
    yield from (event.id for event in fake._events.values())
