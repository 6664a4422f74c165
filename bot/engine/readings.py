"""Readings beside the transactions: one after another, and no more than can be waited for."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

from bot.dialogue import Person, read
from bot.dialogue.session import read_session
from bot.dialogue.tasks import AskReading, ReadingAnswered
from bot.domain.people import Address
from bot.engine.event_result import EventResult
from bot.errors import StoreError
from bot.logs import get_logger
from bot.repositories import sessions
from bot.store import Script, Store, T
from bot.transactions.installation import Installation
from bot.transactions.people import shop_now, speaker_in

MOST_OF_ONE_PERSON: Final = 4
MOST_ALTOGETHER: Final = 16

log = get_logger("engine")


def answer(installation: Installation, address: Address, asked: AskReading, now: int) -> Script[ReadingAnswered]:
    """Read what a person asked for, as everything is at this moment."""
    row = yield from sessions.caller(str(address))
    session = read_session(row["body"])
    speaker = yield from speaker_in(row, address, installation)
    shop = (yield from shop_now(installation)) if row["rules"] else installation.shop
    person = Person(
        str(address),
        ("", ""),
        now,
        speaker.role,
        row["customer"],
        speaker.reseller,
        speaker.frozen,
        selling=speaker.selling,
    )
    unit = EventResult().unit(installation, address, row["customer"], session.language, now)
    unit.selling = speaker.selling
    return (yield from read(session, asked, person, shop, unit))


class Readings:
    """Answers readings for everybody. For one event loop. `clock` is in milliseconds."""

    def __init__(self, store: Store, installation: Installation, clock: Callable[[], int]) -> None:
        self._store = store
        self._installation = installation
        self._clock = clock
        # The store can read something else meanwhile: what is short never waits for what may be long.
        self._one_at_a_time = asyncio.Lock()
        self._waiting: Counter[Address] = Counter()
        self._turns: dict[Address, asyncio.Lock] = {}

    async def answer(self, address: Address, asked: AskReading) -> ReadingAnswered:
        """What a reading came to. Raises nothing."""

        async def read() -> ReadingAnswered:
            async with self._one_at_a_time:
                return await self._store.read(answer, self._installation, address, asked, self._clock())

        return await self.in_turn(address, asked.name, read)

    async def in_turn(self, address: Address, name: str, read: Callable[[], Awaitable[T]]) -> "T | ReadingAnswered":
        """What `read` came to when it was this person's turn. Too many of one person, or of all, are `busy`, and never
        begun. `name` is for the log. Raises nothing.
        """
        if self._waiting[address] >= MOST_OF_ONE_PERSON or self._waiting.total() >= MOST_ALTOGETHER:
            return ReadingAnswered(problem="busy")
        self._waiting[address] += 1
        try:
            async with self._turns.setdefault(address, asyncio.Lock()):
                return await read()
        except StoreError as error:
            log.warning("a reading was not to be had", reading=name, problem=type(error).__name__)
        # A fault of ours in this one reading: whoever waits for it is told that there is none. What was asked for may
        # hold anything and is not logged.
        except Exception as error:
            log.error("a reading failed", reading=name, problem=type(error).__name__, exc_info=error)
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address], self._turns[address]
        return ReadingAnswered(problem="unavailable")
