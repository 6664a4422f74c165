"""The lean collector, with DEXPAY's interface: whoever opens the address of a session has paid it.

It belongs to the provider of the bench: what is collected is the operator's there.
"""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from bench.http import poster_to
from bot.collectors.wire.signature import sign

PAGE = "https://pay.example.sn/c/"
SECRET = "bench"
FEE_BASIS_POINTS = 100
WEBHOOK_CONNECTIONS = 32
LONGEST_PAUSE_SECONDS = 2.0
# The environment of a bot that collects by it, but for its address.
SETTINGS = {
    "COLLECT_WITH": "dexpay",
    "WAYS_TO_PAY": "wave",
    "DEXPAY_API_KEY": "bench",
    "DEXPAY_API_SECRET": SECRET,
}
_encode = msgspec.json.Encoder().encode


class Session(Struct):
    """A collection, and how often it was asked for and paid."""

    reference: str
    amount_xof: int
    url: str
    number: int
    asked: int = 1
    paid: int = 0

    @property
    def fee_xof(self) -> int:
        return -(-self.amount_xof * FEE_BASIS_POINTS // 10_000)


class _Asked(Struct, rename={"url": "webhook_url"}):
    reference: str
    amount: int
    url: str


_read = msgspec.json.Decoder(_Asked).decode


class Collector:
    """Answers `checkout-sessions`. A share of the webhooks may be lost; a look-up knows all."""

    def __init__(self, bot_port: int | Sequence[int], lost_share: float = 0.0) -> None:
        self.sessions: dict[str, Session] = {}
        self.webhooks_lost = 0
        self.webhooks_repeated = 0
        self._lost_share = lost_share
        self._chance = random.Random(2)  # The same are lost in each run.
        self._poster = poster_to(bot_port, WEBHOOK_CONNECTIONS)

    @property
    def payments(self) -> int:
        """How often anything was paid."""
        return sum(session.paid for session in self.sessions.values())

    def answer(self, call: str, body: bytes) -> tuple[int, bytes]:
        """The answer to one request."""
        if call == "checkout-sessions":
            return self._create(_read(body))
        session = self.sessions.get(call.rpartition("/")[2])
        if session is None:
            return 404, b'{"message":"Not found","error":"Not Found"}'
        return 200, _encode({"success": True, "data": self._shown(session)})

    def pay(self, url: str) -> None:
        """Somebody opens the address that they were sent, and pays."""
        session = self.sessions[url.removeprefix(PAGE)]
        session.paid += 1
        if self._chance.random() < self._lost_share:
            self.webhooks_lost += 1
            return
        told = {
            "event": "CHECKOUT_COMPLETED",
            "reference": session.reference,
            "checkout_session_id": f"CS{session.number}",
            "status": "COMPLETED",
            "amount": session.amount_xof,
            "currency": "XOF",
        }
        content = _encode(told)
        path = "/" + session.url.split("/", 3)[3]
        self._bring(self._poster.request(path, content, {"X-Webhook-Signature": sign(content, SECRET)}), 0.2)

    def _create(self, asked: _Asked) -> tuple[int, bytes]:
        if (known := self.sessions.get(asked.reference)) is not None:
            known.asked += 1
            return 409, b'{"message":"reference already used","error":"Conflict"}'
        session = Session(asked.reference, asked.amount, asked.url, len(self.sessions) + 1)
        self.sessions[asked.reference] = session
        return 201, _encode({"success": True, "data": self._shown(session)})

    def _shown(self, session: Session) -> dict[str, Any]:
        attempts = [
            {
                "id": f"AT{session.number}-{number}",
                "status": "COMPLETED",
                "amount": session.amount_xof,
                "fee_amount": session.fee_xof,
                "customer": {"phone": "+221770000000"},
            }
            for number in range(session.paid)
        ]
        return {
            "id": f"CS{session.number}",
            "reference": session.reference,
            "amount": session.amount_xof,
            "currency": "XOF",
            "status": "COMPLETED" if session.paid else "PENDING",
            "payment_url": PAGE + session.reference,
            "attempts": attempts,
        }

    def _bring(self, request: bytes, pause_seconds: float) -> None:
        def done(status: int) -> None:
            if not 200 <= status < 300:
                self.webhooks_repeated += 1
                asyncio.get_running_loop().call_later(
                    pause_seconds, self._bring, request, min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)
                )

        self._poster.post(request, done)
