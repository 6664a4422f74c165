"""The worker of settlement: orders that are due are taken up, and their calls made outside every transaction."""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

from bot import metrics
from bot.background import BackgroundTasks, keep_sweeping
from bot.domain.order import Source
from bot.domain.outcome import Outcome, WebhookClaim
from bot.errors import StoreBusy, StoreError
from bot.gateway import Gateway
from bot.leases import LEAVE_SECONDS, ClockTrust, Departure, Orphans, always_sure
from bot.logs import get_logger
from bot.repositories.leases import PAY_LEASE_MS
from bot.repositories.outbox import OutboxMessage
from bot.settlement import claims
from bot.settlement.answers import Answers
from bot.store import Store
from bot.transactions.installation import Installation
from bot.transactions.orders import Job, SettlementResult

SWEEP_SECONDS = 1.0
CLAIM_ROWS = 50
# What a process that stops gives to look-ups in flight, and to writing down what was heard.
LOOK_UP_DRAIN_SECONDS = 5.0
KEEP_DRAIN_SECONDS = 5.0

# A call that lasts is renewed well before its lease ends.
RENEW_SECONDS = 30.0

log = get_logger("settlement")


class Held:
    """A call in flight whose order is leased to this process, under which name, and when (in ticks) that lease was
    begun or renewed.
    """

    __slots__ = ("owner", "since")

    def __init__(self, owner: str, since: float) -> None:
        self.owner = owner
        self.since = since


class Settlement:
    """Makes orders final. `callback_url` gives an order's webhook address, or None where nothing can reach us;
    `deliver` takes over the messages that a transaction put in the outbox; `clock` is in milliseconds,
    `ticks` are seconds of a clock that never jumps. `make_sure` and `leave_seconds` as in
    `Departure`.
    """

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        installation: Installation,
        clock: Callable[[], int],
        callback_url: Callable[[str], str | None],
        deliver: Callable[[Iterable[OutboxMessage]], None],
        ticks: Callable[[], float] = time.monotonic,
        make_sure: Callable[[], Awaitable[bool]] = always_sure,
        leave_seconds: float = LEAVE_SECONDS,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._installation = installation
        self._clock = clock
        self._callback_url = callback_url
        self._deliver = deliver
        # Pay calls may take long and must be heard to their end; the rest may be asked again.
        self._pays = BackgroundTasks(log, "an order could not be paid for")
        self._background = BackgroundTasks(log, "an order could not be worked on")
        # Answers on their way into the database. Nothing cancels them while there is hope.
        self._keeping = BackgroundTasks(log, "an answer could not be kept")
        self._answers = Answers(store, installation, clock, self.follow)
        self.ticks = ticks
        self._departure = Departure(ticks, make_sure, leave_seconds)
        self._trust = ClockTrust(clock, ticks, PAY_LEASE_MS / 1000)
        self._held: dict[str, Held] = {}
        self._orphans: Orphans[str] = Orphans(ticks)

    def wake(self, order_id: str) -> None:
        """An order is due now; a process that stops leaves it to the next one."""
        if not self._background.draining:
            self._background.begin(self._take_up(order_id))

    async def webhook_claim(self, order_id: str, webhook_claim: WebhookClaim) -> bool:
        """A webhook spoke: keep it, then look the payment up. False when there is no such order; it is kept all the
        same.

        Raises StoreError when it could not be kept.
        """
        metrics.outcomes("webhook", webhook_claim.status).inc()
        return await self._answers.hear(self._answers.fact(order_id, "webhook", webhook_claim))

    async def work(self) -> None:
        """Sweep until cancelled."""
        await keep_sweeping(self.sweep, log, "order sweep failed")

    async def sweep(self) -> float:
        """Decide what was kept and not decided, then take up the orders that are due; answers after how many seconds to
        look again.
        """
        await self._answers.decide_kept()
        await self._keep_leases()
        if self._background.draining:
            return SWEEP_SECONDS
        since, trusts_clock = self.ticks(), self._trust.check()
        due = await self._store.read(
            claims.due_ids, self._installation, self._clock(), CLAIM_ROWS, trusts_clock=trusts_clock
        )
        if not due and not self._installation.lines:
            return SWEEP_SECONDS
        try:
            result = await self._store.run(
                claims.claim_all, self._installation, due, self._clock(), CLAIM_ROWS, trusts_clock=trusts_clock
            )
        except StoreError:
            raise
        # One order that cannot be read or told of would keep all others waiting: they are taken up one by one.
        except Exception as error:
            log.error("order sweep fell over", exc_info=error)
            await self._one_by_one(due, trusts_clock)
            return SWEEP_SECONDS
        self.follow(result, since)
        if len(result.jobs) == CLAIM_ROWS:
            return 0.0
        return min(SWEEP_SECONDS, result.wait_ms / 1000) if result.wait_ms else SWEEP_SECONDS

    async def _keep_leases(self) -> None:
        """Renew what lasts, and let go of what was claimed and is in nobody's hands."""
        now = self.ticks()
        lasting = {order_id: held for order_id, held in self._held.items() if now - held.since >= RENEW_SECONDS}
        if lasting:
            await self._store.run(claims.renew, self._installation, tuple(lasting), self._clock())
            for held in lasting.values():
                held.since = now
        if self._orphans.is_due():
            leased = await self._store.run(claims.leased_to, self._installation.owner)
            for order_id in self._orphans.among(leased, self._held):
                log.warning("an order was in nobody's hands", order=order_id)
                await self._store.run(claims.release, self._installation.owner, order_id)

    async def _one_by_one(self, due: Sequence[str], trusts_clock: bool) -> None:
        for order_id in due:
            since = self.ticks()
            try:
                result = await self._store.run(
                    claims.claim_one, self._installation, order_id, self._clock(), trusts_clock=trusts_clock
                )
            except StoreError:
                raise
            except Exception as error:
                log.error("order set aside", order=order_id, exc_info=error)
                problem = type(error).__name__
                result = await self._store.run(
                    claims.set_aside, self._installation, order_id, problem, self._clock(), trusts_clock=trusts_clock
                )
            self.follow(result, since)

    def refrain(self) -> None:
        """Begin nothing more; what is in flight goes on."""
        self._background.draining = True

    async def drain(self, pay_seconds: float) -> None:
        """Take nothing more up; let the pay calls in flight end within `pay_seconds` and be settled."""
        until = self.ticks() + pay_seconds
        # Whatever was being taken up may still become a pay call, so these are waited for first.
        await self._background.drain(min(pay_seconds, LOOK_UP_DRAIN_SECONDS))
        await self._pays.drain(max(0.0, until - self.ticks()))
        await self._keeping.drain(KEEP_DRAIN_SECONDS)

    @property
    def idle(self) -> bool:
        """Whether no call is in flight."""
        return self._background.idle and self._pays.idle and self._keeping.idle

    async def _take_up(self, order_id: str) -> None:
        since = self.ticks()
        try:
            claimed = await self._store.run(
                claims.claim_one, self._installation, order_id, self._clock(), trusts_clock=self._trust.check()
            )
            self.follow(claimed, since)
        except StoreBusy as error:
            # The order is due in the database; the sweep finds it.
            log.warning("order waits for the database", order=order_id, problem=str(error))

    def follow(self, result: SettlementResult, since: float | None = None) -> None:
        """After a commit: send, count, and make the calls that were claimed. `since` are the ticks before the claim."""
        self.announce(result)
        for job in result.jobs:
            held = Held(self._installation.owner, self.ticks() if since is None else since)
            if job.step != "look_up":
                # It stands in the database as being sent: it is sent, even when the process is about to stop.
                self._pays.begin(self._hold(job, held))
            elif not self._background.draining:
                self._background.begin(self._hold(job, held))

    def announce(self, result: SettlementResult) -> None:
        """Hand over the messages of a committed script, count and log its moves."""
        self._deliver(result.posted)
        if result.wait_ms:
            metrics.provider_budget_waits.inc()
        for order in result.moves:
            metrics.orders(order.state, order.service).inc()
            if order.state == "delivered":
                metrics.order_seconds.observe(max(0, order.updated_at - order.confirmed_at) / 1000)
            log.info("order", order=order.id, state=order.state, service=order.service, reason=order.reason)
        for alert in result.alerts:
            metrics.alerts(alert.kind).inc()
            if alert.kind == "forged_hint":
                metrics.count_forged_webhook_claim()
            log.warning("alert", kind=alert.kind, detail=alert.detail)

    async def _hold(self, job: Job, held: Held) -> None:
        """Make a call, and know meanwhile that its order is in hand."""
        if not job.leased:
            await self._run(job, held)
            return
        order_id = job.order.id
        if job.step != "look_up" and not await self._departure.is_open(held.since):
            # It has not left; that is told by nobody but us, and we may have lost the right to tell it.
            log.warning("a call did not leave in time", order=order_id)
            return
        self._held[order_id] = held
        try:
            await self._run(job, held)
        finally:
            if self._held.get(order_id) is held:
                del self._held[order_id]

    async def _run(self, job: Job, held: Held) -> None:
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
        fact = self._answers.fact(order.id, source, outcome, job.transaction_id if source == "look_up" else None)
        # From here on nothing cancels it but the last drain.
        self._keeping.take_over(self._background if source == "look_up" else self._pays)
        await self._answers.settle(fact, is_leased=lambda: job.leased and held.owner == self._installation.owner)

    async def settle(self, order_id: str, outcome: Outcome, source: Source) -> None:
        """Let an outcome act on an order and tell everybody concerned; waits for the database as long as it takes."""
        await self._answers.settle(self._answers.fact(order_id, source, outcome))
