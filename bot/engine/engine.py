"""The engine: hear an event, let the dialogue decide inside one transaction, act after the commit.

Theory of operation. `hear` is the one way in for everything a person does, whichever channel heard it. It runs the
`handle_event` script; when that has committed, and not before, it returns, and the channel may acknowledge. What the
script left to do happens afterwards: messages go to the outbox, a confirmed order to settlement, an inquiry to the
gateway, whose answer comes back through the same script as an event. An inquiry is durable too: the session says that
it waits for one, and a sweep asks again when nobody does.

An update whose handling raises is counted, refused so that the channel brings it again, and after some tries set aside
with an apology, so that one poisoned update never stops a chat.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from bot import metrics
from bot.background import BackgroundTasks
from bot.channels import Channel
from bot.dialogue.late import Clocks
from bot.dialogue.tasks import BatchChecked, Event, InquiryAnswered, Task
from bot.domain.catalog import ServiceName
from bot.domain.inbound import Inbound, Moved
from bot.domain.outbound import Report
from bot.domain.people import Address, Identity
from bot.engine.event_result import EventResult
from bot.engine.events import IncomingEvent, failed, handle_event, pass_over
from bot.engine.ids import fresh_id
from bot.engine.inquiries import claim_inquiries
from bot.engine.lookups import LookUps
from bot.engine.reports import Reports
from bot.engine.task_runner import GiveTheCode, TaskRunner, nobody_collects
from bot.errors import StoreBusy, StoreError
from bot.gateway import Gateway
from bot.logs import get_logger, masked_address, masked_key
from bot.monitoring import Audits
from bot.outbox import Outbox
from bot.repositories.batch_progress import Check
from bot.settlement import Settlement
from bot.store import Store
from bot.transactions import acts, batches, broadcasts
from bot.transactions.allowances import Meter, Verdict
from bot.transactions.installation import Installation

SWEEP_SECONDS = 1.0
SHORTEST_SWEEP_SECONDS = 0.25
SWEEP_ROWS = 50
# How many people a sweep tells of a broadcast: well below what any channel takes in a second.
TOLD_A_SWEEP = 20

log = get_logger("engine")


class HandlingFailed(StoreError):
    """An update could not be handled; the channel should bring it again."""


class Engine:
    """Hears events and carries out what they led to. `clock` is in milliseconds; `new_id` makes ids of orders and
    inquiries that nobody can foresee. `collect` takes up a collection, `give_code` hands a payer's code on.
    """

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        installation: Installation,
        clock: Callable[[], int],
        outbox: Outbox,
        settlement: Settlement,
        channels: Mapping[str, Channel],
        audits: Audits,
        new_id: Callable[[], str] = fresh_id,
        processes: Callable[[str], int] = lambda channel: 1,
        collect: Callable[[str], None] = lambda collection_id: None,
        give_code: GiveTheCode = nobody_collects,
    ) -> None:
        self._store = store
        self._installation = installation
        self._clock = clock
        self._new_id = new_id
        self._processes = processes
        self._outbox = outbox
        self._settlement = settlement
        self._collect = collect
        self._clocks = Clocks()
        self._reports = Reports(store, installation, clock, outbox)
        self._pace = Meter(installation.limits.messages)
        self._background = BackgroundTasks(log, "an answer could not be handled")
        self._lookups = LookUps(store, gateway, installation, clock, channels, self._background)
        self._tasks = TaskRunner(store, gateway, installation, clock, channels, audits, give_code)

    async def hear(self, inbound: Inbound) -> None:
        """Handle one thing a person did; when this returns it is remembered.

        Raises StoreBusy or HandlingFailed when it is not, and the channel should bring it again.
        """
        kind = type(inbound.event).__name__.lower()
        incoming = IncomingEvent(
            inbound.address,
            inbound.event,
            self._clock(),
            (self._new_id(), self._new_id()),
            inbound.key,
            inbound.language_hint,
            inbound.message_ref,
            inbound.sent_at,
            inbound.known_as,
            takes_up=not self._background.draining,
            given_name=inbound.given_name,
        )
        since = self._settlement.ticks()
        verdict: Verdict = "yes"
        until = 0
        # What a channel tells of a person is no word of theirs.
        if not isinstance(inbound.event, Moved):
            verdict, until = self._pace.use(
                str(inbound.address), incoming.now, self._processes(inbound.address.channel)
            )
        try:
            if verdict == "yes":
                result = await self._store.run(handle_event, self._installation, incoming)
            else:
                result = await self._store.run(
                    pass_over, self._installation, incoming, until if verdict == "warn" else None
                )
        except StoreError:
            raise
        # Any other error is a fault of ours in handling this one update. It must not stop the chat for ever, so it is
        # counted, and told with its place in the code only: the update itself may hold anything.
        except Exception as error:
            if not await self._set_aside(inbound.key, inbound.address, error, inbound.known_as):
                raise HandlingFailed(type(error).__name__) from error
            return
        if verdict == "warn":
            log.warning("somebody writes too fast", sender=masked_address(inbound.address))
        if verdict != "yes" and result.fresh:
            kind = "passed_over"
        if inbound.sent_at is not None and result.fresh:
            ahead_seconds = self._clocks.compare(inbound.address.channel, incoming.now - inbound.sent_at)
            if ahead_seconds is not None:
                # Or everything comes late. Answers that are typed meanwhile are taken for too old ones.
                log.warning("our clock is not the channel's", channel=inbound.address.channel, seconds=ahead_seconds)
        metrics.updates(inbound.address.channel, kind if result.fresh else "duplicate").inc()
        log.info(
            "update",
            key=masked_key(inbound.key),
            sender=masked_address(inbound.address),
            kind=kind,
            state=result.state or "duplicate",
        )
        self._act(result.address or inbound.address, result, since, inbound.message_ref, inbound.own_ref)

    def is_news(self, report: Report) -> bool:
        """Whether a report of a channel is to be heard; most repeat what is known, and change nothing."""
        return self._reports.is_news(report)

    async def report(self, reports: Sequence[Report]) -> None:
        """A channel tells what became of messages that it took. Raises StoreBusy when that could not be kept."""
        await self._reports.hear(reports)

    async def work(self) -> None:
        """Sweep for inquiries that nobody asks, until cancelled."""
        while True:
            try:
                await self.sweep()
            except StoreBusy as error:
                log.warning("inquiry sweep failed", problem=str(error))
            await asyncio.sleep(self._pause_seconds())

    def _pause_seconds(self) -> float:
        """While inquiries wait for the provider, the next one goes as soon as there is a place."""
        if "inquiry" not in self._installation.lines:
            return SWEEP_SECONDS
        return min(SWEEP_SECONDS, max(SHORTEST_SWEEP_SECONDS, self._installation.budget.interval_us / 1_000_000))

    async def sweep(self) -> None:
        """Take up the inquiries that are due, tell the next people of a broadcast, end requests that are too old."""
        if self._background.draining:
            return
        for pending in await self._store.run(claim_inquiries, self._installation, self._clock(), SWEEP_ROWS):
            address = Address.parse(pending.address)
            if pending.answer is not None:
                self._background.begin(self._answered(address, InquiryAnswered(pending.inquiry_id, pending.answer)))
            else:
                self._background.begin(self._inquire(address, pending.inquiry_id, pending.service, pending.reference))
        self._outbox.push(await self._store.run(broadcasts.tell_some, self._installation, self._clock(), TOLD_A_SWEEP))
        self._outbox.push(await self._store.run(acts.expire, self._installation, self._clock()))
        await self._sweep_batches()

    async def _sweep_batches(self) -> None:
        """Take up the checks of batches that are due, and tell how far batches are."""
        checks = await self._store.run(batches.claim_checks, self._installation, self._clock(), SWEEP_ROWS)
        for check in checks.asks:
            self._background.begin(self._check(check))
        for batch_id, owner in checks.checked:
            self._background.begin(self._answered(Address.parse(owner), BatchChecked(batch_id)))
        self._outbox.push(await self._store.run(batches.tell_batches, self._installation, self._clock()))

    def refrain(self) -> None:
        """Begin nothing more; what is in flight goes on."""
        self._background.draining = True

    async def drain(self, seconds: float) -> None:
        """Begin no inquiry any more; let those in flight come back."""
        await self._background.drain(seconds)

    @property
    def idle(self) -> bool:
        """Whether no inquiry is in flight."""
        return self._background.idle

    def _act(
        self,
        address: Address,
        result: EventResult,
        since: float,
        message_ref: str | None = None,
        own_ref: str | None = None,
    ) -> None:
        """Do what a committed event led to. `since` are the ticks before its transaction."""
        self._outbox.push(result.posted)
        result.settled.posted.clear()
        self._settlement.follow(result.settled, since)
        for order_id in result.wake:
            self._settlement.wake(order_id)
        if result.is_held:
            self._lookups.show_working(address, message_ref)
        for collection_id in result.collect:
            self._collect(collection_id)
        # A process that stops leaves the inquiry to the next one's sweep.
        if result.inquiry is not None and not result.inquiry_wait_ms and not self._background.draining:
            asked = result.inquiry
            self._background.begin(
                self._inquire(address, asked.inquiry_id, asked.service, asked.reference, message_ref)
            )
        for task in result.tasks:
            self._background.begin(self._run(address, task, own_ref))

    async def _inquire(
        self,
        address: Address,
        inquiry_id: str,
        service: ServiceName,
        reference: str,
        message_ref: str | None = None,
    ) -> None:
        answered = await self._lookups.inquire(address, inquiry_id, service, reference, message_ref)
        if answered is not None:
            await self._answered(address, answered)

    async def _check(self, check: Check) -> None:
        """Look a line of a batch up; after the last one the batch is brought to its owner's dialogue."""
        owner = await self._lookups.check(check)
        if owner is not None:
            await self._answered(owner, BatchChecked(check.batch_id))

    async def _run(self, address: Address, task: Task, own_ref: str | None) -> None:
        answer = await self._tasks.run(task, address, own_ref)
        if answer is not None:
            await self._answered(address, answer)

    async def _answered(self, address: Address, event: Event) -> None:
        takes_up = not self._background.draining
        incoming = IncomingEvent(address, event, self._clock(), (self._new_id(), self._new_id()), takes_up=takes_up)
        since = self._settlement.ticks()
        try:
            result = await self._store.run(handle_event, self._installation, incoming)
        except StoreError as error:
            # The session still waits for its inquiry; the sweep asks again.
            # Its text may name the person.
            log.warning("an answer waits for the database", problem=type(error).__name__)
            return
        # As in `hear`: the sweep asks again, but not for ever.
        except Exception as error:
            key = incoming.fresh_ids[1]
            if isinstance(event, InquiryAnswered):
                key = event.inquiry_id
            elif isinstance(event, BatchChecked):
                key = event.batch_id
            await self._set_aside(f"answer:{key}", address, error)
            return
        self._act(address, result, since)

    async def _set_aside(
        self, key: str, address: Address, error: Exception, known_as: tuple[Identity, ...] = ()
    ) -> bool:
        """Count a failure; after the last try it is set aside, the person is told, and the answer is True."""
        problem = type(error).__name__
        log.error("an event failed", key=masked_key(key), problem=problem, exc_info=error)
        failure = await self._store.run(failed, self._installation, key, address, problem, self._clock(), known_as)
        if failure.set_aside:
            metrics.updates(address.channel, "set_aside").inc()
            self._outbox.push(failure.posted)
        return failure.set_aside
