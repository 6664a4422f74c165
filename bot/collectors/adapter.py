"""What every collector over HTTP does alike: ask, name what an error of the connection means, tell the observer.

An adapter says which call and which reader; nothing of a provider is known here.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

from bot.collectors.caller import Caller, NoAnswer
from bot.domain.collecting import (
    CreateResult,
    LookUpUnknown,
    NotOpened,
    OpeningUnknown,
    PayBackNotSent,
    PayBackResult,
    PayBackUnknown,
)
from bot.domain.inquiry import FloatAnswer, FloatUnavailable
from bot.gateway.wire.calls import Call, Reply, balance_call
from bot.gateway.wire.payment import float_answer

R = TypeVar("R", bound=Struct)


class HttpCollector:
    """The part of `bot.collectors.Collector` that is the same for every provider."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def _created(self, call: Call, read: Callable[[Reply], CreateResult]) -> CreateResult:
        started = time.monotonic()
        reply = await self._caller.act(call)
        result: CreateResult
        if isinstance(reply, Reply):
            result = read(reply)
        else:
            result = OpeningUnknown(reply.reason) if isinstance(reply, NoAnswer) else NotOpened("unreachable")
        self._caller.tell("collect", started, result)
        return result

    async def _paid_back(self, call: Call, read: Callable[[Reply], PayBackResult]) -> PayBackResult:
        started = time.monotonic()
        reply = await self._caller.act(call)
        result: PayBackResult
        if isinstance(reply, Reply):
            result = read(reply)
        else:
            result = PayBackUnknown(reply.reason) if isinstance(reply, NoAnswer) else PayBackNotSent("unreachable")
        self._caller.tell("pay_back", started, result)
        return result

    async def _asked(
        self, name: str, call: Call, read: Callable[[Reply], R], *, once: bool = False
    ) -> R | LookUpUnknown:
        """A call that tells; with `once` it does something, too, and is not repeated on another connection."""
        started = time.monotonic()
        reply = await (self._caller.act(call) if once else self._caller.read(call))
        result: R | LookUpUnknown
        if isinstance(reply, Reply):
            result = read(reply)
        else:
            result = LookUpUnknown("unreachable", reply.reason if isinstance(reply, NoAnswer) else "no connection")
        self._caller.tell(name, started, result)
        return result

    async def _balance(self) -> FloatAnswer:
        started = time.monotonic()
        reply = await self._caller.read(balance_call())
        if isinstance(reply, Reply):
            result = float_answer(reply)
        else:
            result = FloatUnavailable(reply.reason if isinstance(reply, NoAnswer) else "no connection")
        self._caller.tell("balance", started, result)
        return result

    async def aclose(self) -> None:
        """Let go of every connection; calls in flight may end as unknown."""
        await self._caller.aclose()
