"""The outbox: every message leaves through here. Lease, send, mark.

Theory of operation. A message is a row before it is anything else. The process that wrote the row holds its lease and
hands it over in memory (`push`), so that the usual reply leaves at once without being looked for; a sweep finds
whatever was left behind by a crash, a pause or another process. One chat is served in the order of its rows, by one
task; chats do not wait for each other. A sent row is deleted. Between a send and that deletion lies the one window in
which a crash sends a message twice; none in which it is lost.

What the channel says decides: `Sent` deletes; `SendLater` puts the row off and releases the chat's other rows, so that
they stay behind it; `SendRefused` gives up, and order news is kept until the person writes again. `SentBriefly`, and
`Sent` where the channel confirms later, keep order news too: until the person writes, or until it is said to have
arrived.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress

from bot import metrics
from bot.channels import Channel
from bot.errors import StoreBusy
from bot.flight import Flight
from bot.logs import get_logger, masked_address
from bot.model import Address, File, Outbound, Paper, SendLater, SendRefused, SendResult, Sent, SentBriefly
from bot.store import Store
from bot.store.scripts import messages
from bot.store.scripts.rows import PAUSE_LIMIT_MS, Posted

SWEEP_SECONDS = 1.0
SWEEP_ROWS = 500
MAX_PAUSE_SECONDS = PAUSE_LIMIT_MS / 2000
# With pauses that grow to five minutes, this is about a day.
MAX_ATTEMPTS = 300
# How many names of messages are remembered whose fate changes nothing any more.
MOST_SETTLED = 50_000

log = get_logger("outbox")


async def no_paper(paper: Paper) -> File | None:
    """For a bot that makes no files."""
    return None


class Outbox:
    """Sends what is in the outbox. `channels` by the name that stands in an address; `clock` in milliseconds; `make`
    makes the file that goes with a message, None when there is nothing to make it of; it may raise StoreBusy.
    """

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        owner: str,
        clock: Callable[[], int],
        make: Callable[[Paper], Awaitable[File | None]] = no_paper,
    ) -> None:
        self._make = make
        self._store = store
        self._channels = channels
        self._owner = owner
        self._clock = clock
        self._chats: dict[str, deque[Posted]] = {}
        self._flight = Flight(log, "a chat's messages could not be sent")
        self._settled: dict[str, None] = {}

    def settled(self, message_ref: str) -> None:
        """What else the channel tells of this message changes nothing."""
        self._settled[message_ref] = None
        if len(self._settled) > MOST_SETTLED:
            del self._settled[next(iter(self._settled))]

    def is_settled(self, message_ref: str) -> bool:
        """Whether what the channel tells of this message certainly changes nothing; after a restart nothing is certain.

        Most reports are of replies, of which nobody waits to hear: they need not reach the database.
        """
        return message_ref in self._settled

    def push(self, posted: Iterable[Posted]) -> None:
        """Take over messages whose lease this process holds; those that must wait are left to the sweep."""
        for message in posted:
            if not message.leased or self._flight.draining:
                continue
            chat = self._chats.get(message.address)
            if chat is not None:
                chat.append(message)
                continue
            self._chats[message.address] = deque((message,))
            self._flight.begin(self._serve(message.address))

    async def work(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep()
            except StoreBusy as error:
                log.warning("outbox sweep failed", problem=str(error))
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Take up what is due and nobody holds."""
        if self._flight.draining:
            return
        rows = await self._store.run(messages.claim_outbox, self._owner, self._clock(), SWEEP_ROWS)
        self.push(rows)

    async def home(self, seconds: float) -> None:
        """Wait until everything that was handed over has left, but no longer than `seconds`."""
        await self._flight.home(seconds)

    async def drain(self, seconds: float) -> None:
        """Take nothing more; let the sends in flight end."""
        await self._flight.drain(seconds)

    @property
    def idle(self) -> bool:
        """Whether nothing is being sent."""
        return self._flight.idle

    async def _serve(self, address: str) -> None:
        chat = self._chats[address]
        try:
            while chat:
                message = chat.popleft()
                if self._flight.draining or not await self._send(message):
                    return
        finally:
            # Rows that were handed over and not sent are found by a sweep once their lease has been released.
            del self._chats[address]
            if chat and not self._flight.draining:
                with suppress(StoreBusy):
                    await self._store.run(messages.release_chat, self._owner, address)

    async def _send(self, message: Posted) -> bool:
        """Send one message and write down what became of it; False when the chat must wait."""
        address = Address.parse(message.address)
        channel = self._channels.get(address.channel)
        result: SendResult
        if channel is None:
            result = SendLater(MAX_PAUSE_SECONDS, "no such channel here")
        else:
            result = await self._deliver(channel, address, message.outbound)
        now = self._clock()
        match result:
            case Sent(message_ref=ref, confirmed=confirmed):
                metrics.update_to_reply_seconds.observe(max(0, now - message.created_at) / 1000)
                if confirmed or ref is None or not message.outbound.keep:
                    if ref is not None and not confirmed:
                        self.settled(ref)
                    await self._surely(
                        lambda: self._store.run(messages.sent, message.id, message.outbound.batch_id, ref)
                    )
                else:
                    await self._surely(lambda: self._store.run(messages.rests, message.id, ref, message.address, now))
                return True
            case SentBriefly():
                await self._surely(lambda: self._store.run(messages.rests, message.id, None, message.address, now))
                return True
            case SendLater(retry_seconds=seconds, reason=reason) if message.attempts < MAX_ATTEMPTS:
                pause_seconds = min(max(seconds, 2.0 ** min(message.attempts, 8)), MAX_PAUSE_SECONDS)
                due_at = now + int(pause_seconds * 1000)
                log.warning("message later", to=masked_address(address), message=message.id, reason=reason)
                await self._surely(
                    lambda: self._store.run(messages.later, self._owner, message.id, message.address, due_at)
                )
                return False
            case SendLater(reason=reason):
                refused = SendRefused(reason, unreachable=False)
            case SendRefused():
                refused = result
        log.warning("message given up", to=masked_address(address), message=message.id, reason=refused.reason)
        await self._surely(
            lambda: self._store.run(messages.given_up, message.id, message.address, now, refused.unreachable)
        )
        return True

    async def _deliver(self, channel: Channel, address: Address, outbound: Outbound) -> SendResult:
        """Hand a message to its channel, with the file that goes with it, which is made first."""
        file = None
        if outbound.paper is not None:
            try:
                file = await self._make(outbound.paper)
            except StoreBusy:
                return SendLater(SWEEP_SECONDS, "its file waits for the database")
        return await channel.send(address, outbound, file)

    async def _surely(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write down what became of a send, however long the database is away: otherwise it would be sent again."""
        while True:
            try:
                await write()
                return
            except StoreBusy as error:
                log.warning("outbox could not be marked", problem=str(error))
                await asyncio.sleep(SWEEP_SECONDS)
