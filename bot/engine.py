"""The engine: hear an event, let the dialogue decide inside one transaction, act after the commit.

Theory of operation. `hear` is the one door for everything a person does, whichever channel heard it. It runs the
`remember` script; when that has committed, and not before, it returns, and the channel may acknowledge. What the
script left to do happens afterwards: messages go to the outbox, a confirmed order to settlement, an inquiry to the
gateway, whose answer comes back through the same script as an event. An inquiry is durable too: the session says that
it waits for one, and a sweep asks again when nobody does.

An update whose handling raises is counted, refused so that the channel brings it again, and after some tries set aside
with an apology, so that one poisoned update never stops a chat.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from typing import Any

from bot import metrics
from bot.dialogue.effects import Event, FloatAnswered, InquiryAnswered
from bot.errors import StoreBusy, StoreError
from bot.gateway import Gateway
from bot.logs import get_logger, masked_address
from bot.model import Address, Inbound, ServiceName
from bot.outbox import Outbox
from bot.settlement import Settlement
from bot.store import Store
from bot.store.scripts import messages
from bot.store.scripts.desk import Desk
from bot.store.scripts.remember import Heard, Said, claim_inquiries, failed, remember

SWEEP_SECONDS = 1.0
SWEEP_ROWS = 50
PRUNE_SECONDS = 3600

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID_BITS = 60

log = get_logger("engine")


def fresh_id() -> str:
    """A new id for an order or an inquiry: 12 letters that are not mistaken for one another when read aloud."""
    bits = secrets.randbits(_ID_BITS)
    return "".join(_CROCKFORD[bits >> shift & 31] for shift in range(0, _ID_BITS, 5))


class HandlingFailed(StoreError):
    """An update could not be handled; the channel should bring it again."""


class Engine:
    """Hears events and carries out what they led to. `clock` is in milliseconds."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        desk: Desk,
        clock: Callable[[], int],
        outbox: Outbox,
        settlement: Settlement,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._desk = desk
        self._clock = clock
        self._outbox = outbox
        self._settlement = settlement
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining = False

    async def hear(self, inbound: Inbound) -> None:
        """Handle one thing a person did; when this returns it is remembered.

        Raises StoreBusy or HandlingFailed when it is not, and the channel should bring it again.
        """
        kind = type(inbound.event).__name__.lower()
        said = Said(
            inbound.address,
            inbound.event,
            self._clock(),
            (fresh_id(), fresh_id()),
            inbound.key,
            inbound.language_hint,
            inbound.message_ref,
        )
        try:
            heard = await self._store.run(remember, self._desk, said)
        except StoreError:
            raise
        # Any other error is a fault of ours in handling this one update. It must not stop the chat for ever, so it is
        # counted, and told with its place in the code only: the update itself may hold anything.
        except Exception as error:
            if not await self._set_aside(inbound.key, inbound.address, error):
                raise HandlingFailed(type(error).__name__) from error
            return
        metrics.updates(inbound.address.channel, kind if heard.fresh else "duplicate").inc()
        log.info(
            "update",
            key=inbound.key,
            sender=masked_address(inbound.address),
            kind=kind,
            state=heard.state or "duplicate",
        )
        self._act(inbound.address, heard)

    async def work(self) -> None:
        """Sweep for inquiries that nobody asks, and forget old updates, until cancelled."""
        prune_in_seconds = 0.0
        while True:
            try:
                await self.sweep()
                prune_in_seconds -= SWEEP_SECONDS
                if prune_in_seconds <= 0:
                    await self._store.run(messages.prune, self._clock())
                    prune_in_seconds = PRUNE_SECONDS
            except StoreBusy as error:
                log.warning("inquiry sweep failed", problem=str(error))
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Take up the inquiries that are due."""
        for pending in await self._store.run(claim_inquiries, self._desk, self._clock(), SWEEP_ROWS):
            self._spawn(
                self._inquire(Address.parse(pending.address), pending.inquiry_id, pending.service, pending.reference)
            )

    async def drain(self, seconds: float) -> None:
        """Begin no inquiry any more; let those in flight come back."""
        self._draining = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()

    @property
    def idle(self) -> bool:
        """Whether no inquiry is in flight."""
        return not self._tasks

    def _act(self, address: Address, heard: Heard) -> None:
        self._outbox.push(heard.posted)
        if heard.news.moves or heard.news.alerts:
            heard.news.posted.clear()
            self._settlement.announce(heard.news)
        for order_id in heard.wake:
            self._settlement.wake(order_id)
        if heard.inquiry is not None and not heard.inquiry_wait_ms:
            asked = heard.inquiry
            self._spawn(self._inquire(address, asked.inquiry_id, asked.service, asked.reference))
        if heard.ask_float:
            self._spawn(self._ask_float(address))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an answer could not be handled", exc_info=error)

    async def _inquire(self, address: Address, inquiry_id: str, service: ServiceName, reference: str) -> None:
        answer = await self._gateway.inquire(service, reference)
        await self._answered(address, InquiryAnswered(inquiry_id, answer))

    async def _ask_float(self, address: Address) -> None:
        await self._answered(address, FloatAnswered(await self._gateway.balance()))

    async def _answered(self, address: Address, event: Event) -> None:
        said = Said(address, event, self._clock(), (fresh_id(), fresh_id()))
        try:
            heard = await self._store.run(remember, self._desk, said)
        except StoreError as error:
            # The session still waits for its inquiry; the sweep asks again.
            log.warning("an answer waits for the database", problem=str(error))
            return
        # As in `hear`: the sweep asks again, but not for ever.
        except Exception as error:
            key = event.inquiry_id if isinstance(event, InquiryAnswered) else said.fresh_ids[1]
            await self._set_aside(f"answer:{key}", address, error)
            return
        self._act(address, heard)

    async def _set_aside(self, key: str, address: Address, error: Exception) -> bool:
        """Count a failure; after the last try it is set aside, the person is told, and the answer is True."""
        problem = type(error).__name__
        log.error("an event failed", key=key, problem=problem, exc_info=error)
        failure = await self._store.run(failed, self._desk, key, address, problem, self._clock())
        if failure.set_aside:
            metrics.updates(address.channel, "set_aside").inc()
            self._outbox.push(failure.posted)
        return failure.set_aside
