"""The webhook endpoint: an update comes in with its secret token, the answer to a tap goes out in the response.

Pure.
"""

from collections.abc import Callable, Mapping

from bot.channels import Proof, Received
from bot.channels.plain import PlainEndpoint
from bot.channels.telegram.parse import Malformed, parse
from bot.channels.telegram.render import tap_answer
from bot.channels.telegram.secret import HEADER, verify

# An update is some kilobytes; Telegram documents no bound.
MAX_BODY_BYTES = 1_048_576


class TelegramEndpoint(PlainEndpoint):
    """A `bot.channels.WebhookEndpoint` for Telegram's webhook. `username` tells the bot's own name once it is known."""

    path = "/webhooks/telegram"
    limit_bytes = MAX_BODY_BYTES

    def __init__(self, secret_key: bytes, username: Callable[[], str | None]) -> None:
        self._secret_key = secret_key
        self._username = username
        self._header = HEADER.lower()

    def proof(self, headers: Mapping[str, str]) -> Proof:
        return "given" if verify(headers.get(self._header), self._secret_key) else "none"

    def handle(self, headers: Mapping[str, str], body: bytes) -> Received | None:
        if not verify(headers.get(self._header), self._secret_key):
            return None
        update = parse(body, self._username())
        if isinstance(update, Malformed):
            return Received(problem=update.reason)
        # A tap is answered in the response itself: it costs no call, and if it is lost only a spinner is lost.
        answer = b"" if update.tap_id is None else tap_answer(update.tap_id)
        return Received(() if update.inbound is None else (update.inbound,), answer)
