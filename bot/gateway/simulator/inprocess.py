"""The simulator behind the gateway's contract, without a network: for the demo and for tests.

It is the real client over a transport that asks the simulator instead of a socket: requests, answers and errors take
the same way as in production. A lost answer becomes, after `time_out_seconds`, the read time-out that it would be.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

import httpx

from bot.gateway.client import DexchangeGateway, Observer, observe_nothing
from bot.gateway.simulator.answers import Webhook
from bot.gateway.simulator.brain import Simulator

# Told of each webhook: the order's id and the body.
OnWebhook: TypeAlias = Callable[[str, bytes], Awaitable[None]]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def drop_webhook(external_id: str, body: bytes) -> None:
    """For those who listen to no webhook: look-ups alone must do."""


class SimulatorTransport(httpx.AsyncBaseTransport):
    """Carries requests to a `Simulator` in this process, and its webhooks to `on_webhook`."""

    def __init__(
        self, simulator: Simulator, on_webhook: OnWebhook, clock: Callable[[], int], time_out_seconds: float
    ) -> None:
        self.on_webhook = on_webhook
        self._simulator = simulator
        self._clock = clock
        self._time_out_seconds = time_out_seconds
        self._webhooks: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._simulator.handle(
            request.method,
            request.url.raw_path.decode("ascii"),
            request.content,
            self._clock(),
            request.headers.get("authorization", ""),
        )
        self.bring_all(answer.webhooks)
        await asyncio.sleep(self._time_out_seconds if answer.lost else answer.after_seconds)
        if answer.lost:
            raise httpx.ReadTimeout("the simulator does not answer")
        headers = {} if answer.retry_after is None else {"Retry-After": answer.retry_after}
        return httpx.Response(answer.status, headers=headers, content=answer.body, request=request)

    def bring_all(self, webhooks: Iterable[Webhook]) -> None:
        """Bring each when its time comes."""
        for webhook in webhooks:
            task = asyncio.create_task(self._bring(webhook))
            self._webhooks.add(task)
            task.add_done_callback(self._webhooks.discard)

    async def aclose(self) -> None:
        """Webhooks that were still to come will not come."""
        pending = tuple(self._webhooks)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _bring(self, webhook: Webhook) -> None:
        await asyncio.sleep(webhook.after_seconds)
        self._simulator.webhooks_sent[webhook.external_id] += 1
        await self.on_webhook(webhook.external_id, webhook.body)


class SimulatorGateway(DexchangeGateway):
    """`bot.gateway.Gateway` over a `Simulator` in this process.

    Webhooks are handed to `on_webhook` (which may be set later) whether or not the pay call named a URL, for there is
    no network to need one.
    """

    def __init__(
        self,
        simulator: Simulator,
        *,
        on_webhook: OnWebhook = drop_webhook,
        clock: Callable[[], int] = now_ms,
        time_out_seconds: float = 5.0,
        observe: Observer = observe_nothing,
    ) -> None:
        self.simulator = simulator
        self._simulated = SimulatorTransport(simulator, on_webhook, clock, time_out_seconds)
        super().__init__("http://simulator.invalid", "simulator", transport=self._simulated, observe=observe)

    @property
    def on_webhook(self) -> OnWebhook:
        return self._simulated.on_webhook

    @on_webhook.setter
    def on_webhook(self, listener: OnWebhook) -> None:
        self._simulated.on_webhook = listener
