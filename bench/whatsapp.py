"""The lean Cloud API: takes the bot's messages, hands them to whom they are for, brings webhooks until they are taken.

Each message of a person is a webhook of its own, and so is each status of a message of the bot, three of them: sent,
delivered, read. That is as it is in life, where nothing is gathered as long as the bot answers in time.
"""

import asyncio
import hashlib
import hmac
import re
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from bench.customers import Sent
from bench.http import Poster
from bot.channels.whatsapp.signature import HEADER

ACCESS_TOKEN = "bench-token-of-nobody"
PHONE_NUMBER_ID = "106540352242922"
APP_SECRET = "bench-app-secret"
CONNECTIONS = 40
LONGEST_PAUSE_SECONDS = 2.0
# When each status is told after the message was taken.
STATUSES = (("sent", 0.1), ("delivered", 0.2), ("read", 0.3))

_CODE = re.compile(r"\d{4}(?: \d{4}){3,}")


class _Text(Struct, frozen=True):
    body: str = ""


class _Reply(Struct):
    id: str


class _Button(Struct):
    reply: _Reply


class _Section(Struct):
    rows: list[_Reply]


class _Action(Struct):
    buttons: list[_Button] = []
    sections: list[_Section] = []


class _Interactive(Struct):
    action: _Action


class _Message(Struct):
    """A message as the bot sent it; without `to` it marks one as read."""

    to: str = ""
    text: _Text = _Text()
    interactive: _Interactive | None = None

    def buttons(self) -> list[str]:
        """What comes back for each button and row."""
        if self.interactive is None:
            return []
        action = self.interactive.action
        return [button.reply.id for button in action.buttons] + [
            row.id for section in action.sections for row in section.rows
        ]


_read_message = msgspec.json.Decoder(_Message).decode
_encode = msgspec.json.Encoder().encode


class WhatsApp:
    """A `bench.customers.Channel`. `hear` is given every message of the bot."""

    path = "/webhooks/whatsapp"

    def __init__(self, bot_port: int, hear: Callable[[Sent], None]) -> None:
        self.calls: Counter[str] = Counter()
        self.repeated = 0
        self._hear = hear
        self._poster = Poster(bot_port, CONNECTIONS)
        self._numbers = 0
        self._codes: dict[str, list[str]] = {}

    def settings(self, port: int) -> dict[str, str]:
        return {
            "WHATSAPP_ACCESS_TOKEN": ACCESS_TOKEN,
            "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
            "WHATSAPP_APP_SECRET": APP_SECRET,
            "WHATSAPP_VERIFY_TOKEN": "bench-verify-token",
            "WHATSAPP_API_URL": f"http://127.0.0.1:{port}",
            "WHATSAPP_RATE_PER_SECOND": "10000",
        }

    def starting(self) -> None:
        """Nothing to forget."""

    async def started(self) -> None:
        """The bot asks for nothing."""

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        message = _read_message(body)
        if not message.to:
            self.calls["read"] += 1
            return 200, b'{"success":true}'
        self.calls["messages"] += 1
        message_id = self._next_id(message.to)
        loop = asyncio.get_running_loop()
        for status, seconds in STATUSES:
            loop.call_later(seconds, self._tell_status, message_id, message.to, status)
        # A code is alone in its message, and the words that belong to it come next.
        alone = _CODE.fullmatch(message.text.body) is not None
        codes = self._codes.setdefault(message.to, [])
        if alone:
            codes.append(message.text.body.replace(" ", ""))
        else:
            del self._codes[message.to]
        self._hear(Sent(int(message.to), message.buttons(), codes, message_id.encode(), whole=not alone))
        reply = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": message.to, "wa_id": message.to}],
            "messages": [{"id": message_id}],
        }
        return 200, _encode(reply)

    def say(self, chat_id: int, text: str) -> None:
        self._tell_message(chat_id, {"type": "text", "text": {"body": text}})

    def tap(self, chat_id: int, data: str, message: bytes) -> None:
        reply = {"type": "button_reply", "button_reply": {"id": data, "title": "a button"}}
        context = {"from": "221330001122", "id": message.decode()}
        self._tell_message(chat_id, {"type": "interactive", "interactive": reply, "context": context})

    def _tell_message(self, chat_id: int, content: dict[str, Any]) -> None:
        number = str(chat_id)
        message = {"from": number, "id": self._next_id(number), "timestamp": str(int(time.time())), **content}
        contact = {"profile": {"name": "Awa Ndiaye"}, "wa_id": number}
        self._post({"contacts": [contact], "messages": [message]})

    def _tell_status(self, message_id: str, number: str, status: str) -> None:
        self._post(
            {
                "statuses": [
                    {
                        "id": message_id,
                        "status": status,
                        "timestamp": str(int(time.time())),
                        "recipient_id": number,
                        "conversation": {"id": "d3a1f0", "origin": {"type": "service"}},
                        "pricing": {"billable": False, "pricing_model": "PMP", "category": "service"},
                    }
                ]
            }
        )

    def _post(self, content: dict[str, Any]) -> None:
        metadata = {"display_phone_number": "221330001122", "phone_number_id": PHONE_NUMBER_ID}
        value = {"messaging_product": "whatsapp", "metadata": metadata, **content}
        changes = [{"field": "messages", "value": value}]
        body = _encode({"object": "whatsapp_business_account", "entry": [{"id": "1022901293", "changes": changes}]})
        signature = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        self._bring(self._poster.request(self.path, body, {HEADER: f"sha256={signature}"}), 0.1)

    def _bring(self, request: bytes, pause_seconds: float) -> None:
        def done(status: int) -> None:
            if not 200 <= status < 300:
                self.repeated += 1
                asyncio.get_running_loop().call_later(
                    pause_seconds, self._bring, request, min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)
                )

        self._poster.post(request, done)

    def _next_id(self, number: str) -> str:
        self._numbers += 1
        return f"wamid.HBgM{number}FQIAEhgU{self._numbers:020X}"
