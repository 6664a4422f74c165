"""The worker of the outbox: what is handed over or due is sent, one chat in order, and its fate is written down."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Concatenate

from cachetools import FIFOCache

from bot import metrics
from bot.background import BackgroundTasks
from bot.channels import Channel
from bot.domain.outbound import Attachment, File, SendLater, SendRefused, SendResult, Sent, SentBriefly
from bot.domain.people import Address
from bot.errors import StoreBusy
from bot.leases import ClockTrust
from bot.logs import get_logger, masked_address
from bot.outbox import messages
from bot.outbox.delivery import MAX_PAUSE_SECONDS, SEND_SECONDS, Delivery, no_attachment
from bot.outbox.held import LEASE_SECONDS, Held, HeldLeases
from bot.outbox.marks import RidingMarks, surely
from bot.outbox.messages import Lease
from bot.outbox.sweeps import SWEEP_ROWS, SWEEP_SECONDS, Sweeps
from bot.repositories.outbox import OutboxMessage
from bot.store import P, Pending, Script, Store
from bot.transactions.installation import Installation

# With pauses that grow to five minutes, this is about a day.
MAX_ATTEMPTS = 300
# A message whose sending raised is tried again after these; then it is set aside.
FAILURE_PAUSE_SECONDS = (1.0, 5.0, 20.0)
# A lease outlasts the send that it is for by at least this.
LEASE_MARGIN_SECONDS = 30.0
# How many names of messages are remembered whose fate changes nothing any more, and how many leases that were let go.
MOST_SETTLED = 50_000

log = get_logger("outbox")


class Outbox:
    """Sends what is in the outbox. `channels` by the name that stands in an address; `clock` in milliseconds; `make`
    makes the file that goes with a message, None when there is nothing to make it of; it may raise StoreBusy. `ticks`
    are seconds of a clock that never jumps. `is_sure` tells whether what is leased to this process certainly is.
    """

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        installation: Installation,
        clock: Callable[[], int],
        ticks: Callable[[], float],
        make: Callable[[Attachment], Awaitable[File | None]] = no_attachment,
        send_seconds: float = SEND_SECONDS,
        is_sure: Callable[[], bool] = lambda: True,
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        self._store = store
        self._installation = installation
        self._clock = clock
        self._ticks = ticks
        self._is_sure = is_sure
        self._trust = ClockTrust(clock, ticks, LEASE_SECONDS)
        self._delivery = Delivery(channels, make, send_seconds)
        self._chats: dict[str, deque[Held]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._background = BackgroundTasks(log, "a chat's messages could not be sent")
        self._settled: FIFOCache[str, None] = FIFOCache(MOST_SETTLED)
        self._leases = HeldLeases(store, installation, clock, ticks)
        # The chats of which a lease turned out to be somebody else's.
        self._lost: set[str] = set()
        self._marks = RidingMarks(self._background)
        self._sweeps = Sweeps(sweep_seconds)

    def settled(self, message_ref: str) -> None:
        """What else the channel tells of this message changes nothing."""
        self._settled[message_ref] = None

    def is_settled(self, message_ref: str) -> bool:
        """Whether what the channel tells of this message certainly changes nothing; after a restart nothing is certain.

        Most reports are of replies, of which nobody waits to hear: they need not reach the database.
        """
        return message_ref in self._settled

    def doubt_leases(self) -> None:
        """The process was taken for dead: what it has in hand may be somebody else's by now."""
        self._leases.doubt()

    def push(self, posted: Iterable[OutboxMessage], *, since: float | None = None) -> None:
        """Take over messages whose lease this process holds; those that must wait are left to the sweep. `since` are
        the ticks when they were not yet leased (default: now).
        """
        until = (self._ticks() if since is None else since) + LEASE_SECONDS
        for message in posted:
            if not message.leased:
                self._sweeps.hurry(message)
                continue
            held = None if self._background.draining else self._leases.take(message, until)
            if held is None:
                continue
            chat = self._chats.get(message.address)
            if chat is not None:
                chat.append(held)
                continue
            self._chats[message.address] = deque((held,))
            self._tasks[message.address] = self._background.begin(self._serve(message.address))

    async def work(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep()
            except StoreBusy as error:
                log.warning("outbox sweep failed", problem=str(error))
            await self._sweeps.pause()

    async def sweep(self) -> None:
        """Take up what is due and nobody holds."""
        if self._background.draining or not self._is_sure():
            return
        since = self._ticks()
        rows = await self._store.run(
            messages.claim_outbox, self._installation, self._clock(), SWEEP_ROWS, trusts_clock=self._trust.check()
        )
        self.push(rows, since=since)
        await self._leases.release_orphans(SWEEP_ROWS)

    async def home(self, seconds: float) -> None:
        """Wait until everything that was handed over has left, but no longer than `seconds`."""
        await self._background.home(seconds)
        # Whoever closes the store writes them, or fails to: no time is lost over them here.
        if not self._background.tasks:
            await self._marks.written()

    async def drain(self, seconds: float) -> None:
        """Take nothing more; let the sends in flight end."""
        await self._background.drain(seconds)

    @property
    def idle(self) -> bool:
        """Whether nothing is being sent."""
        return self._background.idle and self._marks.idle

    async def _serve(self, address: str) -> None:
        chat, task = self._chats[address], self._tasks.pop(address)
        try:
            while chat:
                held = chat.popleft()
                if self._background.draining:
                    return
                goes_on = await self._send(task, held)
                if not held.is_sent:
                    self._leases.drop(held)
                if not goes_on or address in self._lost:
                    await self._release(address, chat)
        finally:
            del self._chats[address]
            self._lost.discard(address)
            for held in chat:
                self._leases.drop(held)

    async def _release(self, address: str, chat: deque[Held]) -> None:
        """Let go of what of a chat is not sent: the sweep finds it when its turn has come."""
        await self._marks.written()
        self._lost.discard(address)
        self._leases.let_go(
            await surely(lambda: self._store.run(messages.release_chat, self._installation.owner, address))
        )
        kept = [held for held in chat if not self._leases.was_let_go(held)]
        for held in chat:
            self._leases.drop(held)
        chat.clear()
        # What was leased and not let go is somebody else's by now, unless we took it up again this very moment.
        ours = [held for held in kept if await self._leases.renew(held)]
        for held in ours:
            self._leases.hold(held)
        ours += chat
        chat.clear()
        chat.extend(sorted(ours, key=lambda held: held.message.id))

    async def _send(self, task: asyncio.Task[None], held: Held) -> bool:
        """Send one message and write down what became of it; False when the chat must wait."""
        message = held.message
        lasts = held.until - self._ticks() >= self._delivery.limit.seconds + LEASE_MARGIN_SECONDS
        if not (lasts and self._is_sure()) and not await self._leases.renew(held):
            log.warning("lease lost before a send", message=message.id)
            return False
        try:
            goes_on = await self._mark(held, await self._delivery.deliver(task, message))
        # Whatever raises here is a fault of ours in this one message, and must not stop its chat for ever.
        except Exception as error:
            goes_on = await self._failed(held, error)
        return goes_on

    async def _mark(self, held: Held, result: SendResult) -> bool:
        message, now = held.message, self._clock()
        match result:
            case Sent(message_ref=ref, confirmed=confirmed):
                metrics.update_to_reply_seconds.observe(max(0, now - message.created_at) / 1000)
                if ref is not None and not confirmed:
                    if message.outbound.durable:
                        self._ride(held, messages.rests, ref, message.address, now)
                        return True
                    self.settled(ref)
                if message.outbound.batch_id is None and message.outbound.collection_id is None:
                    self._mark_soon(held, lambda: self._store.ride_each(messages.sent_each, (message.id, held.lease)))
                else:
                    self._ride(held, messages.sent, message.outbound.batch_id, ref, message.outbound.collection_id)
                return True
            case SentBriefly():
                self._ride(held, messages.rests, None, message.address, now)
                return True
            case SendLater(retry_seconds=seconds, reason=reason) if message.attempts < MAX_ATTEMPTS:
                pause_seconds = min(max(seconds, 2.0 ** min(message.attempts, 8)), MAX_PAUSE_SECONDS)
                due_at = now + int(pause_seconds * 1000)
                log.warning("message later", to=_masked(message.address), message=message.id, reason=reason)
                await self._put_off(messages.later, held, due_at)
                return False
            case SendLater(reason=reason):
                refused = SendRefused(reason, unreachable=False)
            case SendRefused():
                refused = result
        log.warning("message given up", to=_masked(message.address), message=message.id, reason=refused.reason)
        arguments = message.id, held.lease, message.address, now, refused.unreachable
        return self._still(held, await surely(lambda: self._store.run(messages.given_up, *arguments)))

    def _ride(
        self,
        held: Held,
        script: Callable[Concatenate[int, int, P], Script[bool]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        self._mark_soon(held, lambda: self._store.ride(script, held.message.id, held.lease, *args, **kwargs))

    def _mark_soon(self, held: Held, ride: Callable[[], Pending[bool]]) -> None:
        """Write down soon that a message was sent; until then it is in our hands."""
        held.is_sent = True

        def done(ours: bool) -> None:
            self._leases.drop(held)
            if not self._still(held, ours) and held.message.address in self._chats:
                self._lost.add(held.message.address)

        self._marks.write(ride, done)

    def _still(self, held: Held, ours: bool) -> bool:
        if not ours:
            log.warning("lease lost while sending", message=held.message.id)
        return ours

    async def _failed(self, held: Held, error: Exception) -> bool:
        """A message could not be sent or marked, and that is no answer of its channel: later, or set aside."""
        message, problem = held.message, type(error).__name__
        if message.failures < len(FAILURE_PAUSE_SECONDS):
            log.warning("a message could not be sent", message=message.id, problem=problem)
            due_at = self._clock() + int(FAILURE_PAUSE_SECONDS[message.failures] * 1000)
            await self._put_off(messages.failed, held, due_at)
            return False
        log.error("a message is set aside", message=message.id, problem=problem, exc_info=error)
        metrics.outbox_set_aside.inc()
        try:
            posted = await self._set_aside(self._installation, held, problem)
        # That the admins cannot be told is bad; that the chat stands still as well would be worse.
        except Exception as untold:
            log.error("nobody was told of a message that was set aside", message=message.id, exc_info=untold)
            posted = await self._set_aside(None, held, problem)
        if posted is None:
            return self._still(held, False)
        self.push(posted)
        return True

    async def _set_aside(
        self, installation: Installation | None, held: Held, problem: str
    ) -> list[OutboxMessage] | None:
        message = held.message
        return await surely(
            lambda: self._store.run(
                messages.set_aside, installation, message.id, held.lease, message.address, problem, self._clock()
            )
        )

    async def _put_off(self, script: Callable[..., Script[list[Lease]]], held: Held, due_at: int) -> None:
        """Write down that a message waits, and what else of its chat was let go with it."""
        message = held.message
        await self._marks.written()
        self._leases.let_go(
            await surely(
                lambda: self._store.run(
                    script, self._installation.owner, message.id, held.lease, message.address, due_at
                )
            )
        )


def _masked(address: str) -> str:
    return masked_address(Address.parse(address))
