"""The lean Telegram: takes the bot's messages, hands them to whom they are for, brings updates until they are taken.

An update that was not answered with 2xx is brought again, after a pause that grows, for as long as it takes; no more
connections are used than the bot asked for in `setWebhook`.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from bench.customers import Sent
from bench.http import poster_to
from bot.channels.telegram.secret import HEADER, secret_token

BOT_TOKEN = "42:bench-token-of-nobody"  # there is no such bot
DEFAULT_CONNECTIONS = 40
LONGEST_PAUSE_SECONDS = 2.0
_BOT = {"id": 42, "is_bot": True, "first_name": "Taal", "username": "TaalBot"}
_COMMAND = "/"


class CopyText(Struct):
    """What a button copies."""

    text: str


class Key(Struct):
    """A button."""

    text: str
    callback_data: str = ""
    copy_text: CopyText | None = None
    url: str = ""


class Keyboard(Struct):
    """The buttons under a message."""

    inline_keyboard: list[list[Key]]


class Message(Struct):
    """A message as the bot sent it."""

    chat_id: int
    text: str
    message_id: int = 0
    reply_markup: Keyboard | None = None

    def sent(self, raw: bytes) -> Sent:
        """What a customer makes of it."""
        keys = [key for row in self.reply_markup.inline_keyboard for key in row] if self.reply_markup else []
        return Sent(
            self.chat_id,
            [key.callback_data for key in keys],
            [key.copy_text.text for key in keys if key.copy_text is not None],
            raw,
            urls=[key.url for key in keys if key.url],
        )


class _Shown(Struct):
    text: Raw
    reply_markup: Raw = Raw(b"{}")


class _Webhook(Struct):
    url: str
    secret_token: str
    max_connections: int = DEFAULT_CONNECTIONS


_read_message = msgspec.json.Decoder(Message).decode
_read_shown = msgspec.json.Decoder(_Shown).decode
_read_webhook = msgspec.json.Decoder(_Webhook).decode
_encode = msgspec.json.Encoder().encode


class Telegram:
    """A `bench.customers.Channel`. `hear` is given every message of the bot."""

    path = "/webhooks/telegram"

    def __init__(self, bot_port: int | Sequence[int], secret_key: str, hear: Callable[[Sent], None]) -> None:
        self.calls: Counter[str] = Counter()
        self.repeated = 0
        self._registered = asyncio.Event()
        self._hear = hear
        self._secret = secret_token(secret_key.encode())
        self._poster = poster_to(bot_port, DEFAULT_CONNECTIONS)
        self._headers = {HEADER: self._secret}
        self._updates = 0
        self._messages = 0

    def settings(self, port: int) -> dict[str, str]:
        return {
            "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
            "TELEGRAM_API_URL": f"http://127.0.0.1:{port}",
            "TELEGRAM_RATE_PER_SECOND": "10000",
        }

    def starting(self) -> None:
        self._registered.clear()

    async def started(self) -> None:
        """Wait until the bot has asked for its webhook."""
        await self._registered.wait()

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        """The answer to one call of the Bot API."""
        method = path.rpartition("/")[2]
        self.calls[method] += 1
        if method in ("sendMessage", "editMessageText"):
            return 200, self._take(body)
        if method == "getMe":
            return 200, _encode({"ok": True, "result": _BOT})
        if method == "setWebhook":
            webhook = _read_webhook(body)
            assert webhook.secret_token == self._secret
            self._poster.connections = webhook.max_connections
            self._registered.set()
        return 200, b'{"ok":true,"result":true}'

    def _take(self, body: bytes) -> bytes:
        message = _read_message(body)
        if not message.message_id:
            message.message_id = self._next_message()
        shown = _read_shown(body)
        raw = _encode(
            {
                "message_id": message.message_id,
                "from": _BOT,
                "chat": _chat(message.chat_id),
                "date": int(time.time()),
                "text": shown.text,
                "reply_markup": shown.reply_markup,
            }
        )
        self._hear(message.sent(raw))
        return b'{"ok":true,"result":' + raw + b"}"

    def say(self, chat_id: int, text: str) -> None:
        message: dict[str, Any] = {
            "message_id": self._next_message(),
            "from": _person(chat_id),
            "chat": _chat(chat_id),
            "date": int(time.time()),
            "text": text,
        }
        if text.startswith(_COMMAND):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        self._post({"message": message})

    def tap(self, chat_id: int, data: str, message: bytes) -> None:
        self._post(
            {
                "callback_query": {
                    "id": str(chat_id * 1000 + self._updates),
                    "from": _person(chat_id),
                    "message": Raw(message),
                    "chat_instance": str(-chat_id),
                    "data": data,
                }
            }
        )

    def _post(self, update: dict[str, Any]) -> None:
        self._updates += 1
        body = _encode({"update_id": self._updates, **update})
        self._bring(self._poster.request(self.path, body, self._headers), 0.1)

    def _bring(self, request: bytes, pause_seconds: float) -> None:
        def done(status: int) -> None:
            if not 200 <= status < 300:
                self.repeated += 1
                asyncio.get_running_loop().call_later(
                    pause_seconds, self._bring, request, min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)
                )

        self._poster.post(request, done)

    def _next_message(self) -> int:
        self._messages += 1
        return self._messages


def _chat(chat_id: int) -> dict[str, Any]:
    return {"id": chat_id, "first_name": "Awa", "last_name": "Ndiaye", "type": "private"}


def _person(chat_id: int) -> dict[str, Any]:
    language = "en" if chat_id % 4 == 0 else "fr"
    return {"id": chat_id, "is_bot": False, "first_name": "Awa", "last_name": "Ndiaye", "language_code": language}
