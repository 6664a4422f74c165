"""The provider and the way to it: the simulated provider's brain behind the real client, over a line that fails.

What arrives at the provider does so whether or not the process that sent it still lives, as on a network.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import httpx
import msgspec
from msgspec.structs import replace

from bot.gateway.simulator import Simulator
from bot.gateway.simulator.answers import Answer, Payment, Webhook
from bot.gateway.simulator.moods import WebhookPlan
from bot.gateway.simulator.people import codes_of
from tests.simulation.line import Line

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.world import World

WEBHOOK_TRIES: Final = 4
MOST_CODES: Final = 3
GARBAGE: Final = (
    b"",
    b"<html><body>Bonjour</body></html>",
    b'{"transaction": []}',
    b'{"message": "ok", "transaction": {"Status": 7, "token": {"a": 1}}}',
    b'{"success": true}',
    b"\xff\xfe\x00",
)
# It succeeds, then it has failed, and in the end it has succeeded after all.
CONTRADICTION: Final = ((0.0, "PROCESSING"), (1.0, "SUCCESS"), (6.0, "FAILED"), (40.0, "SUCCESS"))


class Provider:
    """The provider. `accepted` is its own list of what it took, with the order's id as the external id."""

    def __init__(self, world: "World", simulator: Simulator) -> None:
        self.world = world
        self.simulator = simulator
        # Whose pay calls for an order are in flight.
        self._calling: dict[str, list[Process]] = {}
        # How many webhooks are on their way.
        self.webhooks = 0
        # Whose failure was told, whose success was brought for good, and of whom both are said in turns.
        self.told_failed: set[str] = set()
        self.brought_success: set[str] = set()
        self.contradicts: set[str] = set()
        # Which order a recharge code is of.
        self.codes: dict[str, str] = {}

    @property
    def payments(self) -> dict[str, Payment]:
        """What was accepted, by external id."""
        return self.simulator._by_external_id

    def status(self, payment: Payment) -> str:
        """What is true of a payment now."""
        return self.simulator._status(payment, self.world.now())

    def shows_code(self, payment: Payment) -> bool:
        """Whether a look-up shows every code that there is."""
        token = self.simulator._token(payment, self.world.now())
        return not payment.codes or token == " ".join(payment.codes)

    def take(self, request: httpx.Request) -> Answer:
        """A request arrives."""
        answer = self.simulator.handle(
            request.method,
            request.url.raw_path.decode("ascii"),
            request.content,
            self.world.now(),
            request.headers["authorization"],
        )
        if b"FAILED" in answer.body:
            self.told_failed |= {
                payment.external_id
                for payment in self.payments.values()
                if payment.id.encode() in answer.body or request.url.path.endswith(payment.id)
            }
        asked: dict[str, Any] = {}
        if request.url.path.endswith("/pay"):
            asked = msgspec.json.decode(request.content)
            external_id = str(asked.get("externalTransactionId"))
            self.world.oracle.paid(external_id, asked, answer.status)
            for code in codes_of(external_id, MOST_CODES):
                self.codes[code] = external_id
            if answer.status < 300 and self.world.faults.strikes("contradiction"):
                payment = self.payments[external_id]
                payment.mood = replace(payment.mood, steps=CONTRADICTION, code_after_seconds=30)
                self.contradicts.add(external_id)
            if self.world.faults.strikes("webhook forged"):
                self.webhooks += 1
                forged = self.world.loop.begin(self._forge(str(asked.get("callBackURL")), external_id))
                forged.add_done_callback(self.brought)
        early = self._early(asked) if asked and answer.status < 300 else ()
        for webhook in (*early, *answer.webhooks):
            self.webhooks += 1
            self.world.loop.begin(self._bring(webhook)).add_done_callback(self.brought)
        return answer

    def _early(self, asked: dict[str, Any]) -> tuple[Webhook, ...]:
        """A webhook that overtakes the answer to its pay call."""
        external_id, url = str(asked["externalTransactionId"]), asked.get("callBackURL")
        if url is None or not self.world.faults.strikes("webhook early"):
            return ()
        payment = self.payments[external_id]
        plan = WebhookPlan(0, self.status(payment), "right" if self.status(payment) == "SUCCESS" else "none")
        return (Webhook(0, url, external_id, self.simulator._webhook(payment, plan, self.world.now())),)

    def brought(self, _: object) -> None:
        self.webhooks -= 1

    async def _bring(self, webhook: Webhook) -> None:
        faults = self.world.faults
        await self.world.wait(webhook.after_seconds)
        if faults.strikes("webhook lost") or webhook.url is None:
            return
        for _ in range(1 + faults.strikes("webhook doubled")):
            if faults.strikes("webhook late"):
                await self.world.wait(faults.chance.uniform(0, 60))
            taken = await self.post(webhook.url, webhook.body)
            payment = self.payments[webhook.external_id]
            if taken and payment.external_id not in self.contradicts and self.status(payment) == "SUCCESS":
                self.brought_success.add(payment.external_id)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> bool:
        """A webhook is brought, and again where it was not taken."""
        for _ in range(WEBHOOK_TRIES):
            process = self.world.somebody()
            status = None if process is None else await process.webhook(url, headers or {}, body)
            self.world.note(f"webhook {url[-60:-41]} {status}")
            if status is not None and status < 500:
                return status < 300
            await asyncio.sleep(5.0)
        return False

    async def _forge(self, url: str, external_id: str) -> None:
        """Somebody claims that an order was paid: with a code, by an address that they made up; or without one, by that
        which they have learnt.
        """
        chance = self.world.faults.chance
        body = {"externalTransactionId": external_id, "STATUS": chance.choice(("SUCCESS", "FAILED", "PAID OUT"))}
        if chance.random() < 0.3:
            body["id"] = "TXB000000000000"
        await self.world.wait(chance.uniform(0, 20))
        if chance.random() < 0.5:
            made_up = url[:-1] + ("0" if url[-1] != "0" else "1")
            taken = await self.post(made_up, msgspec.json.encode(body | {"token": "6" * 20}))
            self.world.oracle.require(not taken, f"what came without its proof is not taken: {external_id}")
        else:
            await self.post(url, msgspec.json.encode(body))

    @contextlib.contextmanager
    def in_flight(self, process: "Process", order_id: str) -> Iterator[None]:
        """While a call that moves money, or asks for some, is in flight. Another one beside it is a lease that was not
        kept, unless its process stood still.
        """
        calling = self._calling.setdefault(order_id, [])
        others = [other for other in calling if not other.is_dead and not other.stood_still]
        self.world.oracle.leaves(order_id, [other.name for other in others])
        calling.append(process)
        try:
            yield
        finally:
            calling.remove(process)

    def heal(self) -> None:
        """From now on every payment comes to an end, and a look-up tells of it."""
        self.simulator.outage = None
        for payment in self.payments.values():
            mood, age = payment.mood, (self.world.now() - payment.created_at) / 1000
            steps = tuple((min(seconds, age), word) for seconds, word in mood.steps)
            if steps[-1][1] not in ("SUCCESS", "FAILED"):
                steps = (*steps, (age, "SUCCESS"))
            payment.mood = replace(mood, steps=steps, code_after_seconds=0, more_after_seconds=0)


class ProviderLine(Line):
    """The way to the provider."""

    call = "a pay call"
    garbage = GARBAGE

    def acts(self, request: httpx.Request) -> bool:
        return request.url.path.endswith("/pay")

    def moving_id(self, request: httpx.Request) -> str | None:
        return str(msgspec.json.decode(request.content)["externalTransactionId"]) if self.acts(request) else None

    def inquires(self, request: httpx.Request) -> bool:
        return request.url.path.endswith("/inquiry")

    def take(self, request: httpx.Request) -> Answer:
        answer = self.world.provider.take(request)
        self.world.note(f"{request.url.path[-20:]} {answer.status}")
        return answer

    def reworded(self, body: bytes, word: str) -> bytes:
        return _reworded(body, "Status", word)

    def misled(self, request: httpx.Request, answer: Answer) -> Answer:
        if not self.acts(request) and self.world.faults.strikes("another amount"):
            return replace(answer, body=_reworded(answer.body, "Amount", 777))
        return answer


def _reworded(body: bytes, name: str, value: str | int) -> bytes:
    """The same answer with another value under that name."""
    told = msgspec.json.decode(body) if body.startswith(b"{") else {}
    if not isinstance(told.get("transaction"), dict):
        return body
    told["transaction"][name] = value
    return msgspec.json.encode(told)
