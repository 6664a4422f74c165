"""Tasks that had to wait for the commit: done, and answered with an event."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TypeAlias

from msgspec.structs import replace

from bot.channels import Channel
from bot.dialogue import shown
from bot.dialogue.tasks import (
    MAX_FETCHED_BYTES,
    AskAudit,
    AskFloat,
    AskReading,
    AuditAnswered,
    BatchChecked,
    BookRead,
    CheckBatch,
    CheckPin,
    CodeAnswered,
    EraseOwn,
    Event,
    Fetch,
    FloatAnswered,
    GiveCode,
    HashPin,
    PinAnswered,
    PinHashed,
    ShowCommands,
    TableRead,
    Task,
)
from bot.documents.reading import Problem
from bot.documents.reading_queue import ReadingQueue
from bot.domain.collecting import CodeResult, LookUpUnknown
from bot.domain.people import Address
from bot.engine.readings import Readings
from bot.gateway import Gateway
from bot.monitoring import Audits
from bot.pins import Pins
from bot.store import Store
from bot.transactions.installation import Installation

# Asked with a collection's id, the collector's name for it, and the code.
GiveTheCode: TypeAlias = Callable[[str, str, str], Awaitable[CodeResult]]


async def nobody_collects(collection_id: str, provider_id: str, code: str) -> CodeResult:
    """Where nobody collects no code is waited for."""
    return LookUpUnknown("unreachable", "nobody collects")


class TaskRunner:
    """Does the tasks that a committed step left. `clock` is in milliseconds, `give_code` hands a payer's code on."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        installation: Installation,
        clock: Callable[[], int],
        channels: Mapping[str, Channel],
        audits: Audits,
        give_code: GiveTheCode = nobody_collects,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._installation = installation
        self._clock = clock
        self._channels = channels
        self._audits = audits
        self._give_code = give_code
        self._pins = Pins()
        self._reading = ReadingQueue()
        self._readings = Readings(store, installation, clock)

    async def run(self, task: Task, address: Address, own_ref: str | None) -> Event | None:
        """Do a task; what it leads to is an event that the engine is to hear, or nothing."""
        match task:
            case AskFloat():
                return FloatAnswered(await self._gateway.balance())
            case AskAudit(first=first, last=last):
                return await self._readings.in_turn(address, "audit", partial(self._audit, first, last))
            case AskReading():
                return await self._readings.answer(address, task)
            case EraseOwn():
                channel = self._channels.get(address.channel)
                if channel is not None and own_ref is not None:
                    await channel.erase(address, own_ref)
            case ShowCommands(role=role, reseller=reseller, advances=advances):
                channel = self._channels.get(address.channel)
                if channel is not None:
                    shop = replace(self._installation.shop, advances="allowed" if advances else "none")
                    await channel.show_commands(address, shown(shop, role, reseller))
            case CheckPin(nonce=nonce, pin=pin, pin_hash=pin_hash, number=number):
                right = await self._pins.right(pin, pin_hash)
                return PinAnswered(nonce, right, pin_hash, number)
            case HashPin(nonce=nonce, pin=pin):
                return PinHashed(nonce, await self._pins.hashed(pin))
            case Fetch(ref=ref, name=name, is_book=is_book):
                read = await self._fetch(address, ref, name)
                return BookRead(read.rows, read.problem) if is_book else read
            case CheckBatch(batch_id=batch_id):
                return BatchChecked(batch_id)
            case GiveCode(collection_id=collection_id, provider_id=provider_id, code=code):
                return CodeAnswered(collection_id, await self._give_code(collection_id, provider_id, code.digits))
            case _:
                raise TypeError(f"nobody runs {type(task).__name__}")
        return None

    async def _audit(self, first: str, last: str) -> AuditAnswered:
        return AuditAnswered(await self._audits.audit(first, last))

    async def _fetch(self, address: Address, ref: str, name: str) -> TableRead:
        """Get a file and read it as a table, when it is its turn."""
        channel = self._channels.get(address.channel)

        async def fetch() -> bytes | None:
            return None if channel is None else await channel.fetch(ref, MAX_FETCHED_BYTES)

        table = await self._reading.read(str(address), name, fetch)
        return TableRead(problem=table.code) if isinstance(table, Problem) else TableRead(table)
