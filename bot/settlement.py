"""Settlement: lease what is due, pay or ask, settle. The only room that calls `gateway.pay`.

Theory of operation. The order row is the job. `wake` takes up one order the moment it was confirmed; `work` sweeps for
all that are due, after a pause, a crash or a missed webhook. Both claim in a transaction before they call, and bring
what they heard to `settle`, the one script through which a webhook, a poll, a customer's question and an admin's
decision go too. A call is made outside every transaction, and an answer that was heard is never dropped: while the
database is away, settling is tried again until it is written.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from bot import metrics
from bot.errors import StoreBusy, StoreConflict, StoreError
from bot.flight import Flight
from bot.gateway import Gateway
from bot.logs import get_logger
from bot.model import Hint, Outcome
from bot.order import Source
from bot.store import Store
from bot.store.scripts import orders
from bot.store.scripts.desk import Desk
from bot.store.scripts.orders import Job, News
from bot.store.scripts.rows import Posted

SWEEP_SECONDS = 1.0
CLAIM_ROWS = 50
STORE_PAUSE_SECONDS = 0.5

T = TypeVar("T")

log = get_logger("settlement")


class Settlement:
    """Makes orders final. `callback_url` gives an order's webhook address, or None where nothing can reach us;
    `deliver` takes over the messages that a transaction put in the outbox; `clock` is in milliseconds.
    """

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        desk: Desk,
        clock: Callable[[], int],
        callback_url: Callable[[str], str | None],
        deliver: Callable[[Iterable[Posted]], None],
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._desk = desk
        self._clock = clock
        self._callback_url = callback_url
        self._deliver = deliver
        self._flight = Flight(log, "an order could not be worked on")

    def wake(self, order_id: str) -> None:
        """An order is due now; a process that stops leaves it to the next one."""
        if not self._flight.draining:
            self._flight.begin(self._take_up(order_id))

    async def hint(self, order_id: str, hint: Hint) -> bool:
        """A webhook spoke: keep it, then look the payment up. False when there is no such order.

        Raises StoreBusy when it could not be kept.
        """
        news = await self._store.run(orders.hear_hint, self._desk, order_id, hint, self._clock())
        if news is None:
            return False
        metrics.outcomes("webhook", hint.status).inc()
        self._follow(news)
        return True

    async def work(self) -> None:
        """Sweep until cancelled."""
        while True:
            pause_seconds = SWEEP_SECONDS
            try:
                pause_seconds = await self.sweep()
            except StoreBusy as error:
                log.warning("order sweep failed", problem=str(error))
            await asyncio.sleep(pause_seconds)

    async def sweep(self) -> float:
        """Take up the orders that are due; answers after how many seconds to look again."""
        try:
            news = await self._store.run(orders.claim_due, self._desk, self._clock(), CLAIM_ROWS)
        except StoreError:
            raise
        # One order that cannot be read or told of would keep all others waiting: they are taken up one by one.
        except Exception as error:
            log.error("order sweep fell over", exc_info=error)
            await self._one_by_one()
            return SWEEP_SECONDS
        self._follow(news)
        if len(news.jobs) == CLAIM_ROWS:
            return 0.0
        return min(SWEEP_SECONDS, news.wait_ms / 1000) if news.wait_ms else SWEEP_SECONDS

    async def _one_by_one(self) -> None:
        for order_id in await self._store.run(orders.due_ids, self._clock(), CLAIM_ROWS):
            try:
                news = await self._store.run(orders.claim_one, self._desk, order_id, self._clock())
            except StoreError:
                raise
            except Exception as error:
                log.error("order set aside", order=order_id, exc_info=error)
                problem = type(error).__name__
                news = await self._store.run(orders.set_aside, self._desk, order_id, problem, self._clock())
            self._follow(news)

    async def drain(self, seconds: float) -> None:
        """Take nothing more up; let the calls in flight end and be settled."""
        await self._flight.drain(seconds)

    @property
    def idle(self) -> bool:
        """Whether no call is in flight."""
        return self._flight.idle

    async def _take_up(self, order_id: str) -> None:
        try:
            self._follow(await self._store.run(orders.claim_one, self._desk, order_id, self._clock()))
        except StoreBusy as error:
            # The order is due in the database; the sweep finds it.
            log.warning("order waits for the database", order=order_id, problem=str(error))

    def _follow(self, news: News) -> None:
        """After a commit: send, count, and make the calls that were claimed."""
        self.announce(news)
        if self._flight.draining:
            return
        for job in news.jobs:
            self._flight.begin(self._run(job))

    def announce(self, news: News) -> None:
        """Hand over the messages of a committed script, count and log its moves."""
        self._deliver(news.posted)
        if news.wait_ms:
            metrics.provider_budget_waits.inc()
        for order in news.moves:
            metrics.orders(order.state, order.service).inc()
            if order.state == "delivered":
                metrics.order_seconds.observe(max(0, order.updated_at - order.confirmed_at) / 1000)
            log.info("order", order=order.id, state=order.state, service=order.service, reason=order.reason)
        for alert in news.alerts:
            metrics.alerts(alert.kind).inc()
            if alert.kind == "forged_hint":
                metrics.forged_hints.inc()
            log.warning("alert", kind=alert.kind, detail=alert.detail)

    async def _run(self, job: Job) -> None:
        order = job.order
        source: Source
        if job.step == "look_up" and job.transaction_id is not None:
            source = "look_up"
            outcome = await self._gateway.look_up(job.transaction_id, order.service)
        else:
            source = "replay" if job.step == "replay" else "pay"
            outcome = await self._gateway.pay(
                order, callback_url=self._callback_url(order.id), replay=source == "replay"
            )
        log.info("answer", order=order.id, source=source, outcome=type(outcome).__name__)
        await self.settle(order.id, outcome, source, leased=job.leased)

    async def settle(self, order_id: str, outcome: Outcome, source: Source, *, leased: bool = False) -> None:
        """Let an outcome act on an order and tell everybody concerned; waits for the database as long as it takes."""
        metrics.outcomes(source, type(outcome).__name__).inc()
        news = await self._surely(
            lambda: self._store.run(orders.settle, self._desk, order_id, outcome, source, self._clock(), leased=leased)
        )
        self._follow(news)

    async def _surely(self, write: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await write()
            except (StoreBusy, StoreConflict) as error:
                log.warning("an outcome waits for the database", problem=str(error))
                await asyncio.sleep(STORE_PAUSE_SECONDS)
