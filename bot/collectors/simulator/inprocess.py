"""The simulated collectors behind the contract, without a network: for the demonstration and for tests.

The real adapters, over a transport that asks the simulator instead of a socket.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from bot.collectors.caller import Caller
from bot.collectors.dexchange_link import DexchangeLink
from bot.collectors.dexchange_push import DexchangePush
from bot.collectors.dexpay import Dexpay
from bot.collectors.simulator import page
from bot.collectors.simulator.brain import WEBHOOK_SECRET, CollectingSimulator
from bot.collectors.wire import dexpay as dexpay_wire
from bot.gateway.client import Observer, observe_nothing
from bot.gateway.simulator.answers import Answer, Webhook
from bot.gateway.simulator.inprocess import SimulatorTransport, drop_webhook, now_ms
from bot.gateway.wire.calls import headers as dexchange_headers

# Told of each webhook: our id, the headers and the body.
OnCollectionWebhook: TypeAlias = Callable[[str, Mapping[str, str], bytes], Awaitable[None]]
_ROOT = "http://simulator.invalid"


class CollectingTransport(SimulatorTransport):
    """Carries requests to a `CollectingSimulator` in this process, and its webhooks to `on_collected`."""

    def __init__(
        self,
        simulator: CollectingSimulator,
        on_collected: OnCollectionWebhook,
        clock: Callable[[], int] = now_ms,
        time_out_seconds: float = 5.0,
    ) -> None:
        super().__init__(simulator, drop_webhook, clock, time_out_seconds)
        self.collecting = simulator
        self.on_collected = on_collected

    def visit(self, method: str, path: str, body: bytes) -> Answer:
        """Answer a payer's browser."""
        answer = self.collecting.handle(method, path, body, self._clock())
        self.bring_all(answer.webhooks)
        return answer

    def may_choose(self, external_id: str) -> bool:
        """Whether a collection still waits for its payer."""
        session = self.collecting.session(external_id)
        return session is not None and page.may_choose(session, self._clock())

    def decide(self, external_id: str, choice: str) -> None:
        """Choose for the payer of a collection, as on its page."""
        self.bring_all(self.collecting.decide(external_id, choice, self._clock()))

    async def _bring(self, webhook: Webhook) -> None:
        await asyncio.sleep(webhook.after_seconds)
        self.collecting.webhooks_sent[webhook.external_id] += 1
        await self.on_collected(webhook.external_id, dict(webhook.headers), webhook.body)


def collectors(
    transport: CollectingTransport, *, observe: Observer = observe_nothing
) -> tuple[DexchangeLink, DexchangePush, Dexpay]:
    """Every adapter over one simulator. Closing one of them closes the transport of all."""
    dexchange = Caller(_ROOT, dexchange_headers("simulator"), transport=transport, observe=observe)
    dexpay = Caller(_ROOT, dexpay_wire.headers("simulator", "simulator"), transport=transport, observe=observe)
    return DexchangeLink(dexchange), DexchangePush(dexchange), Dexpay(dexpay, (WEBHOOK_SECRET,))


async def _ignore(id_: str, headers: Mapping[str, str], body: bytes) -> None:
    """Until somebody listens."""


class SimulatedCollector(Dexpay):
    """`bot.collectors.Collector` over a simulator in this process; webhooks are handed to `on_collected`. `payer` is
    the other way to it: what a payer's browser sends, and what a payer chooses.
    """

    def __init__(
        self,
        simulator: CollectingSimulator,
        *,
        clock: Callable[[], int] = now_ms,
        time_out_seconds: float = 5.0,
        observe: Observer = observe_nothing,
    ) -> None:
        self.payer = self._simulated = CollectingTransport(simulator, _ignore, clock, time_out_seconds)
        sent = dexpay_wire.headers("simulator", "simulator")
        super().__init__(Caller(_ROOT, sent, transport=self._simulated, observe=observe), (WEBHOOK_SECRET,))

    @property
    def on_collected(self) -> OnCollectionWebhook:
        return self._simulated.on_collected

    @on_collected.setter
    def on_collected(self, listener: OnCollectionWebhook) -> None:
        self._simulated.on_collected = listener
