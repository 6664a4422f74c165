"""The way from one process to whoever answers it from outside: it fails, loses and delays, on either side of what it
carries.

What arrives does so whether or not the process that sent it still lives, as on a network. `acts` is said of a request
that moves money, or asks for some: such a one may be lost before it was taken, or after.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

import httpx
from msgspec.structs import replace

from bot.gateway.simulator.answers import Answer

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.world import World

ACT_SECONDS: Final = 30.0
READ_SECONDS: Final = 10.0
INQUIRY_SECONDS: Final = 3.0
BEFORE: Final = ("lost before acceptance", "5xx before acceptance")
AFTER: Final = ("lost after acceptance", "cut off after acceptance", "5xx after acceptance", "garbage", "odd word")
WORDS: Final = ("ACCEPTED", "En cours", "REFUNDED", "")


class Line(httpx.AsyncBaseTransport):
    """Who is at the other end says what a request means, and answers it."""

    call: ClassVar[str]
    garbage: ClassVar[Sequence[bytes]]

    def __init__(self, world: "World", process: "Process") -> None:
        self.world = world
        self._process = process

    def acts(self, request: httpx.Request) -> bool:
        """Whether it moves money, or asks for some."""
        raise NotImplementedError

    def moving_id(self, request: httpx.Request) -> str | None:
        """Our id of what must not have two such calls at once; None: nothing."""
        raise NotImplementedError

    def inquires(self, request: httpx.Request) -> bool:
        """Whether a customer waits for it, so that it is never slow for long, and its answer is never lost."""
        return False

    def take(self, request: httpx.Request) -> Answer:
        """It has arrived."""
        raise NotImplementedError

    def reworded(self, body: bytes, word: str) -> bytes:
        """The same answer with another status word."""
        raise NotImplementedError

    def misled(self, request: httpx.Request, answer: Answer) -> Answer:
        """What else may be wrong with an answer that came."""
        return answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        faults, process = self.world.faults, self._process
        acts = self.acts(request)
        limit_seconds = ACT_SECONDS if acts else READ_SECONDS
        await process.lives()
        if acts and process.dies_here("before a pay"):
            process.die(f"before {self.call}")
        await process.lives()
        if faults.strikes("unreachable"):
            raise httpx.ConnectError("nobody answers")
        arrival = self.world.loop.begin(self._arrive(request, acts, limit_seconds))
        id_ = self.moving_id(request)
        with contextlib.nullcontext() if id_ is None else self.world.provider.in_flight(process, id_):
            done, _ = await asyncio.wait((arrival,), timeout=limit_seconds)
        if acts and process.dies_here("after a pay"):
            process.die(f"after {self.call}")
        await process.lives()
        if not done:
            arrival.add_done_callback(_hear)
            raise httpx.ReadTimeout("no answer")
        answer = arrival.result()
        if isinstance(answer, httpx.TransportError):
            raise answer
        headers = {} if answer.retry_after is None else {"Retry-After": answer.retry_after}
        return httpx.Response(answer.status, headers=headers, content=answer.body, request=request)

    async def _arrive(self, request: httpx.Request, acts: bool, limit_seconds: float) -> Answer | httpx.TransportError:
        faults, inquires = self.world.faults, self.inquires(request)
        slow = faults.strikes("slow provider")
        most_seconds = INQUIRY_SECONDS if inquires else limit_seconds * 1.3
        await asyncio.sleep(faults.chance.uniform(0.01, most_seconds) if slow else 0.05)
        before = faults.one_of(BEFORE) if acts else None
        if before == "lost before acceptance":
            return httpx.ReadTimeout("lost on its way")
        if before is not None or (not acts and faults.strikes("inquiry fails" if inquires else "look-up fails")):
            return Answer(faults.chance.choice((500, 502, 503, 504, 429)), b"")
        answer = self.take(request)
        await asyncio.sleep(limit_seconds if answer.lost else answer.after_seconds)
        if acts and faults.strikes("late answer"):
            await asyncio.sleep(faults.chance.uniform(1, limit_seconds))
        after = None if inquires else faults.one_of(AFTER)
        if answer.lost or after == "lost after acceptance":
            return httpx.ReadTimeout("the answer is lost")
        if after == "cut off after acceptance":
            return httpx.RemoteProtocolError("cut off")
        if after == "5xx after acceptance":
            return Answer(500, b'{"message": ["Internal server error"], "success": false}')
        if after == "garbage":
            return replace(answer, status=200, body=faults.chance.choice(self.garbage))
        if after == "odd word":
            return replace(answer, body=self.reworded(answer.body, faults.chance.choice(WORDS)))
        return self.misled(request, answer)


def _hear(task: asyncio.Task[Any]) -> None:
    """What a task came to is of no use any more."""
    if not task.cancelled():
        task.exception()
