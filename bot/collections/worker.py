"""The worker of collecting: what is due is taken up, and the collector asked outside every transaction."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping

from bot import metrics
from bot.background import BackgroundTasks, keep_sweeping
from bot.collections import claims
from bot.collections.asking import Addresses, Asking, Keep
from bot.collections.claims import Due
from bot.collectors import Collector
from bot.domain.collecting import CodeResult, CollectionClaim
from bot.errors import StoreBusy, StoreError
from bot.leases import LEAVE_SECONDS, ClockTrust, Departure, Orphans, always_sure
from bot.logs import get_logger
from bot.repositories.leases import PAY_LEASE_MS
from bot.repositories.outbox import OutboxMessage
from bot.store import Store
from bot.transactions.installation import Installation
from bot.transactions.payment_news import PaymentJob, PaymentResult

SWEEP_SECONDS = 1.0
CLAIM_ROWS = 50
STORE_PAUSE_SECONDS = 0.5
# What a process that stops gives to look-ups in flight, and to writing down what was heard.
LOOK_UP_DRAIN_SECONDS = 5.0
KEEP_DRAIN_SECONDS = 5.0

log = get_logger("collections")


class Collecting:
    """Asks payers, hears whether they paid, and sends money back. `addresses` are those of one collection or pay-back;
    `deliver` takes over the messages that a transaction put in the outbox, `wake` the orders that were bought. `clock`
    is in milliseconds, `ticks` are seconds of a clock that never jumps; `make_sure` and `leave_seconds` as in
    `Departure`.
    """

    def __init__(
        self,
        store: Store,
        collector: Collector,
        installation: Installation,
        clock: Callable[[], int],
        addresses: Callable[[str], Addresses],
        deliver: Callable[[Iterable[OutboxMessage]], None],
        wake: Callable[[str], None],
        ticks: Callable[[], float] = time.monotonic,
        make_sure: Callable[[], Awaitable[bool]] = always_sure,
        leave_seconds: float = LEAVE_SECONDS,
    ) -> None:
        self._store = store
        self._collector = collector
        self._installation = installation
        self._clock = clock
        self._asking = Asking(store, collector, installation, clock, addresses)
        self._deliver = deliver
        self._wake = wake
        self._calls = BackgroundTasks(log, "a payer could not be asked")
        self._background = BackgroundTasks(log, "a collection could not be worked on")
        # Answers on their way into the database.
        self._keeping = BackgroundTasks(log, "an answer could not be kept")
        self._ticks = ticks
        self._departure = Departure(ticks, make_sure, leave_seconds)
        self._trust = ClockTrust(clock, ticks, PAY_LEASE_MS / 1000)
        self._held: set[str] = set()
        self._orphans: Orphans[str] = Orphans(ticks)

    def wake(self, collection_id: str) -> None:
        """A collection is due now; a process that stops leaves it to the next one."""
        if not self._background.draining:
            self._background.begin(self._take_up(Due((collection_id,))))

    async def webhook_claim(self, id_: str, headers: Mapping[str, str], raw: bytes) -> bool:
        """A webhook spoke of a collection or a pay-back: it is looked up. False when there is no such thing.

        Raises StoreError when it could not be kept.
        """
        claim = self._collector.read_webhook(headers, raw)
        return await self.claimed(id_, claim)

    async def claimed(self, id_: str, claim: CollectionClaim) -> bool:
        """The same, once it has been read."""
        result = await self._store.run(claims.claim_heard, self._installation, id_, claim, self._clock())
        if result is None:
            return False
        self._announce(result)
        self.wake(id_)
        return True

    async def give_code(self, collection_id: str, provider_id: str, code: str) -> CodeResult:
        """Hand on the code that a payer was sent, once. That it was right is no proof of a payment: a look-up is."""
        return await self._collector.confirm_code(collection_id, provider_id, code)

    async def work(self) -> None:
        """Sweep until cancelled."""
        await keep_sweeping(self.sweep, log, "sweep of collections failed")

    async def sweep(self) -> float:
        """Take up what is due; answers after how many seconds to look again."""
        if self._orphans.is_due():
            leased = await self._store.run(claims.leased_to, self._installation.owner)
            if lost := self._orphans.among(leased, self._held):
                log.warning("collections were in nobody's hands", ids=lost)
                await self._store.run(claims.release, self._installation.owner, lost)
        if self._background.draining:
            return SWEEP_SECONDS
        due = await self._store.read(
            claims.due_ids, self._installation, self._clock(), CLAIM_ROWS, trusts_clock=self._trust.check()
        )
        if not due:
            return SWEEP_SECONDS
        try:
            wait_ms = await self._claim(due)
        except StoreError:
            raise
        # One that cannot be read or told of would keep all others waiting: they are taken up one by one.
        except Exception as error:
            log.error("sweep of collections fell over", exc_info=error)
            await self._one_by_one(due)
            return SWEEP_SECONDS
        return min(SWEEP_SECONDS, wait_ms / 1000) if wait_ms else SWEEP_SECONDS

    async def _one_by_one(self, due: Due) -> None:
        each_alone = [
            *((id_, Due(collections=(id_,))) for id_ in due.collections),
            *((id_, Due(paybacks=(id_,))) for id_ in due.paybacks),
        ]
        for id_, alone in each_alone:
            try:
                await self._claim(alone)
            except StoreError:
                raise
            except Exception as error:
                await self._set_aside(id_, error)

    async def _set_aside(self, id_: str, error: Exception) -> None:
        log.error("set aside", id=id_, exc_info=error)
        self._announce(
            await self._store.run(claims.set_aside, self._installation, id_, type(error).__name__, self._clock())
        )

    async def _take_up(self, due: Due) -> None:
        try:
            await self._claim(due)
        except StoreBusy as error:
            # It is due in the database; the sweep finds it.
            log.warning("a collection waits for the database", problem=str(error))

    async def _claim(self, due: Due) -> int:
        since = self._ticks()
        result = await self._store.run(
            claims.claim_all, self._installation, due, self._clock(), trusts_clock=self._trust.check()
        )
        self._announce(result)
        for job in result.jobs:
            begins = self._background if job.step == "look_up" else self._calls
            self._held.add(job.about.id)
            begins.begin(self._hold(job, since))
        return result.wait_ms

    def refrain(self) -> None:
        """Begin nothing more; what is in flight goes on."""
        self._background.draining = True

    async def drain(self, seconds: float) -> None:
        """Take nothing more up; let the calls in flight end within `seconds` and be settled."""
        until = self._ticks() + seconds
        await self._background.drain(min(seconds, LOOK_UP_DRAIN_SECONDS))
        await self._calls.drain(max(0.0, until - self._ticks()))
        await self._keeping.drain(KEEP_DRAIN_SECONDS)

    async def aclose(self) -> None:
        """Let go of the collector's connections."""
        await self._collector.aclose()

    @property
    def idle(self) -> bool:
        """Whether no call is in flight."""
        return self._background.idle and self._calls.idle and self._keeping.idle

    def _announce(self, result: PaymentResult) -> None:
        """Hand over the messages and the orders of a committed script, count and log what it did."""
        self._deliver(result.posted)
        if result.wait_ms:
            metrics.provider_budget_waits.inc()
        for what, state in result.moves:
            metrics.payments(what, state).inc()
        for kind, detail in result.alerts:
            metrics.alerts(kind).inc()
            log.warning("alert", kind=kind, detail=detail)
        for order_id in result.orders:
            self._wake(order_id)

    async def _hold(self, job: PaymentJob, since: float) -> None:
        """Make a call, and know meanwhile that it is in hand."""
        try:
            if job.step == "look_up" or await self._departure.is_open(since):
                await self._run(job)
            else:
                # It has not left; that is told by nobody but us, and we may have lost the right to tell it.
                log.warning("a call did not leave in time", id=job.about.id)
        finally:
            self._held.discard(job.about.id)

    async def _run(self, job: PaymentJob) -> None:
        keep = await self._asking.make(job)
        # From here on nothing cancels it but the last drain.
        self._keeping.take_over(self._background if job.step == "look_up" else self._calls)
        await self._keep(job.about.id, keep)

    async def _keep(self, id_: str, keep: Keep) -> None:
        """Keep an answer, however long the database is away. One that cannot be decided leaves its row to a person."""
        while True:
            try:
                result = await keep()
            except StoreError as error:
                log.warning("an answer waits for the database", id=id_, problem=str(error))
                await asyncio.sleep(STORE_PAUSE_SECONDS)
                continue
            except Exception as error:
                await self._set_aside(id_, error)
                return
            if result is not None:
                self._announce(result)
            return
