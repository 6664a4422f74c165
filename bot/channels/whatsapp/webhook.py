"""The webhook endpoint: a signed batch comes in, people's words and what became of messages come out. Pure.

It also tells the channel's window who has just written.
"""

from collections.abc import Mapping

from bot.channels import Proof, Received
from bot.channels.whatsapp.answers import WINDOW_CLOSED
from bot.channels.whatsapp.parse import parse
from bot.channels.whatsapp.signature import HEADER, challenge, is_signed, verify
from bot.channels.whatsapp.window import Window

# Webhooks reach 3 MB (documented), whichever megabytes are meant.
MAX_BODY_BYTES = 3 * 1024 * 1024


class WhatsAppEndpoint:
    """A `bot.channels.WebhookEndpoint` for Meta's webhook.

    An empty secret lets nobody in; an empty verify token greets nobody.
    """

    path = "/webhooks/whatsapp"
    limit_bytes = MAX_BODY_BYTES

    def __init__(self, phone_number_id: str, *, app_secret: str, verify_token: str, window: Window) -> None:
        self._phone_number_id = phone_number_id
        self._app_secret = app_secret
        self._verify_token = verify_token
        self._window = window
        self._header = HEADER.lower()

    def proof(self, headers: Mapping[str, str]) -> Proof:
        return "in the body" if self._app_secret and is_signed(headers.get(self._header)) else "none"

    def handle(self, headers: Mapping[str, str], body: bytes) -> Received | None:
        if not verify(headers.get(self._header), body, self._app_secret):
            return None
        batch = parse(body, self._phone_number_id)
        return Received(batch.inbounds, problem=batch.problem, reports=batch.reports)

    def take_note(self, received: Received) -> None:
        for report in received.reports:
            if report.reason == WINDOW_CLOSED:
                self._window.shut(report.address.id)
        for inbound in received.inbounds:
            # A change of names is told by Meta: nobody wrote.
            if inbound.sent_at is not None and inbound.known_as:
                self._window.note_message(inbound.address.id, inbound.sent_at, known_as=inbound.known_as)

    def greet(self, query: Mapping[str, str]) -> bytes | None:
        return challenge(query, self._verify_token)
