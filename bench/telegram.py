"""The lean Telegram: takes the bot's messages, hands them to whom they are for, brings updates until they are taken.

An update that was not answered with 2xx is brought again, after a pause that grows, for as long as it takes; no more
connections are used than the bot asked for in `setWebhook`.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw, Struct

from bench.http import Poster
from bot.channels.telegram.secret import HEADER, secret_token

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


class Keyboard(Struct):
    """The buttons under a message."""

    inline_keyboard: list[list[Key]]


class Sent(Struct):
    """A message as the bot sent it."""

    chat_id: int
    text: str
    message_id: int = 0
    reply_markup: Keyboard | None = None

    def data(self, begins: str) -> str | None:
        """The data of the first button whose action and argument begin so; what stands before them is the bot's."""
        for row in self.reply_markup.inline_keyboard if self.reply_markup else ():
            for key in row:
                if key.callback_data.partition(".")[2].startswith(begins):
                    return key.callback_data
        return None

    def copied(self) -> list[str]:
        """What the buttons copy: the recharge codes."""
        rows = self.reply_markup.inline_keyboard if self.reply_markup else ()
        return [key.copy_text.text for row in rows for key in row if key.copy_text is not None]


class _Shown(Struct):
    text: Raw
    reply_markup: Raw = Raw(b"{}")


class _Webhook(Struct):
    url: str
    secret_token: str
    max_connections: int = DEFAULT_CONNECTIONS


_read_sent = msgspec.json.Decoder(Sent).decode
_read_shown = msgspec.json.Decoder(_Shown).decode
_read_webhook = msgspec.json.Decoder(_Webhook).decode
_encode = msgspec.json.Encoder().encode


class Telegram:
    """`hear` is given every message of the bot. `registered` is set when the bot has asked for its webhook."""

    path = "/webhooks/telegram"

    def __init__(self, bot_port: int, secret_key: str, hear: Callable[[Sent, bytes], None]) -> None:
        self.calls: Counter[str] = Counter()
        self.repeated = 0
        self.registered = asyncio.Event()
        self._hear = hear
        self._secret = secret_token(secret_key.encode())
        self._poster = Poster(bot_port, DEFAULT_CONNECTIONS)
        self._headers = {HEADER: self._secret}
        self._updates = 0
        self._messages = 0

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
            self.registered.set()
        return 200, b'{"ok":true,"result":true}'

    def _take(self, body: bytes) -> bytes:
        sent = _read_sent(body)
        if not sent.message_id:
            sent.message_id = self._next_message()
        shown = _read_shown(body)
        message = _encode(
            {
                "message_id": sent.message_id,
                "from": _BOT,
                "chat": _chat(sent.chat_id),
                "date": int(time.time()),
                "text": shown.text,
                "reply_markup": shown.reply_markup,
            }
        )
        self._hear(sent, message)
        return b'{"ok":true,"result":' + message + b"}"

    def say(self, chat_id: int, language: str, text: str) -> None:
        """A person writes a text."""
        message: dict[str, Any] = {
            "message_id": self._next_message(),
            "from": _person(chat_id, language),
            "chat": _chat(chat_id),
            "date": int(time.time()),
            "text": text,
        }
        if text.startswith(_COMMAND):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        self._post({"message": message})

    def tap(self, chat_id: int, language: str, data: str, message: bytes) -> None:
        """A person taps a button of a message of the bot."""
        self._post(
            {
                "callback_query": {
                    "id": str(chat_id * 1000 + self._updates),
                    "from": _person(chat_id, language),
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


def _person(chat_id: int, language: str) -> dict[str, Any]:
    return {"id": chat_id, "is_bot": False, "first_name": "Awa", "last_name": "Ndiaye", "language_code": language}
