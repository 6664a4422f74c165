"""Scripts that wait for a transaction, whichever store runs them: they gather, and share it.

Theory of operation. `run` puts its script on a list and asks for a transaction; `ride` puts its script on another list
and waits a moment for a transaction that takes it along, before it asks for one of its own. `ride_each` does the same
with an item, and all that wait for the same script become one run of it. The store takes a batch from the lists when it
can run one (`_board`), and answers each caller after the commit (`_answer`).
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

from bot.errors import StoreConflict
from bot.store import Item, P, Script, T

CONFLICT_TRIES: Final = 3
# How long what is in no hurry waits for a transaction that takes it along.
RIDE_SECONDS: Final = 0.02

# Whatever a script returns is carried to who ran it.
Make: TypeAlias = Callable[[], Script[Any]]
Result: TypeAlias = tuple[Any, BaseException | None]
Job: TypeAlias = tuple[Make, "asyncio.Future[Any]"]
# A script that answers for each of many items, whatever they are.
OfMany: TypeAlias = Callable[[Sequence[Any]], Script[Sequence[Any]]]


class GatheringStore(ABC):
    """The part of a `bot.store.Store` that does not depend on its database."""

    def __init__(self) -> None:
        self._waiting: list[Job] = []
        self._riding: list[Job] = []
        self._items: dict[OfMany, list[tuple[Any, asyncio.Future[Any]]]] = {}
        self._departure: asyncio.TimerHandle | None = None

    async def run(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(CONFLICT_TRIES):
            future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
            self._waiting.append((lambda: script(*args, **kwargs), future))
            self._is_waited_for()
            try:
                return await future
            except StoreConflict as error:
                conflict = error
        raise conflict

    def ride(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[T]":
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._riding.append((lambda: script(*args, **kwargs), future))
        self._depart_soon(loop)
        return future

    def ride_each(self, script: Callable[[Sequence[Item]], Script[Sequence[T]]], item: Item, /) -> "asyncio.Future[T]":
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._items.setdefault(script, []).append((item, future))
        self._depart_soon(loop)
        return future

    def _depart_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._departure is None:
            self._departure = loop.call_later(RIDE_SECONDS, self._depart)

    @property
    def _has_riders(self) -> bool:
        return bool(self._riding or self._items)

    @abstractmethod
    def _is_waited_for(self) -> None:
        """Somebody waits for a transaction."""

    @abstractmethod
    def _depart(self) -> None:
        """Begin what can be begun."""

    def _board(self, most: int) -> list[Job]:
        """The next batch: what rides along, which was there before the rest, and at most so many of the others."""
        if self._departure is not None:
            self._departure.cancel()
            self._departure = None
        batch = [*self._riding, *map(_run_of, self._items.items()), *self._waiting[:most]]
        self._riding, self._items, self._waiting = [], {}, self._waiting[most:]
        return batch

    @staticmethod
    def _answer(batch: Iterable[Job], results: Iterable[Result]) -> None:
        for (_, future), (value, error) in zip(batch, results, strict=True):
            if future.done():
                continue  # The caller was cancelled; the commit stands.
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)


def _run_of(items: "tuple[OfMany, list[tuple[Any, asyncio.Future[Any]]]]") -> Job:
    """One run of a script for all the items that wait for it."""
    script, waiting = items
    given = tuple(item for item, _ in waiting)
    whole: asyncio.Future[Sequence[Any]] = asyncio.get_running_loop().create_future()

    def tell(done: "asyncio.Future[Sequence[Any]]") -> None:
        error = done.exception()
        for at, (_, future) in enumerate(waiting):
            if future.done():
                continue
            if error is None:
                future.set_result(done.result()[at])
            else:
                future.set_exception(error)

    whole.add_done_callback(tell)
    return lambda: script(given), whole
