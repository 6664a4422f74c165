"""The provider's health, as this process has observed it: its last calls, how long they took, whether it answered.

`MeasuredGateway` stands between the bot and its gateway and changes nothing: it hands every call on, and notes the
result.
What is remembered lives and dies with the process; a replica that has made no call lately assesses nothing, and says
so.
"""

import time
from collections import deque
from collections.abc import Callable

from msgspec import Struct

from bot.domain.catalog import ServiceName
from bot.domain.concerns import ProviderDown, ProviderSlow
from bot.domain.inquiry import FloatAnswer, FloatUnavailable, InquiryAnswer, InquiryUnavailable
from bot.domain.outcome import NotSent, Outcome, Unknown
from bot.gateway import Gateway, PayRequest

REMEMBERED = 200
# The last so many calls speak, as far as they were made within so long; fewer say nothing.
SPEAKING = 10
SPEAKING_MS = 300_000
LEAST_SPEAKING = 5
# Down: so many in ten found nobody, for so long. Up again: as many calls in a row were answered.
DOWN_IN_TEN = 6
DOWN_FOR_MS = 60_000
UP_AFTER = 3
# Slow: the ninety-fifth of a hundred calls takes longer.
SLOW_SECONDS = 10.0
TIMED = 40


class Health(Struct, frozen=True):
    """What the last calls say. `assessed` are the kinds of concern of which
    something can be said, either way."""

    down: ProviderDown | None = None
    slow: ProviderSlow | None = None
    assessed: frozenset[str] = frozenset()


class Call(Struct, frozen=True):
    """One call: when it ended, how long it took, and whether the provider was there."""

    at: int
    seconds: float
    answered: bool


class GatewayHealth:
    """The last calls. `clock` is in milliseconds."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._calls: deque[Call] = deque(maxlen=REMEMBERED)

    def note(self, seconds: float, answered: bool) -> None:
        """A call has ended."""
        self._calls.append(Call(self._clock(), seconds, answered))

    def health(self) -> Health:
        """What can be said now."""
        now = self._clock()
        lately = [call for call in self._calls if 0 <= now - call.at <= SPEAKING_MS]
        last = lately[-SPEAKING:]
        assessed: set[str] = set()
        down = slow = None
        missed = [call for call in last if not call.answered]
        if len(last) >= LEAST_SPEAKING:
            if len(missed) * 10 < DOWN_IN_TEN * len(last):
                assessed.add("provider_down")
            elif last[-1].at - missed[0].at >= DOWN_FOR_MS:
                assessed.add("provider_down")
                down = ProviderDown(len(missed), len(last))
        if len(last) >= UP_AFTER and all(call.answered for call in last[-UP_AFTER:]):
            assessed.add("provider_down")
            down = None
        # How long nobody took to answer says nothing of how fast somebody does.
        timed = sorted(call.seconds for call in lately[-TIMED:] if call.answered)
        if len(timed) >= SPEAKING:
            assessed.add("provider_slow")
            p95_seconds = timed[-(len(timed) // 20) - 1]
            if p95_seconds >= SLOW_SECONDS:
                slow = ProviderSlow(int(p95_seconds * 1000), len(timed))
        return Health(down, slow, frozenset(assessed))


class MeasuredGateway:
    """A `bot.gateway.Gateway` whose calls are noted in `gateway_health`."""

    def __init__(
        self, gateway: Gateway, gateway_health: GatewayHealth, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._gateway = gateway
        self._gateway_health = gateway_health
        self._monotonic = monotonic

    async def inquire(self, service: ServiceName, reference: str) -> InquiryAnswer:
        started = self._monotonic()
        answer = await self._gateway.inquire(service, reference)
        self._note(started, answer)
        return answer

    async def pay(self, request: PayRequest, *, callback_url: str | None, replay: bool) -> Outcome:
        started = self._monotonic()
        outcome = await self._gateway.pay(request, callback_url=callback_url, replay=replay)
        self._note(started, outcome)
        return outcome

    async def look_up(self, transaction_id: str, service: ServiceName) -> Outcome:
        started = self._monotonic()
        outcome = await self._gateway.look_up(transaction_id, service)
        self._note(started, outcome)
        return outcome

    async def balance(self) -> FloatAnswer:
        started = self._monotonic()
        answer = await self._gateway.balance()
        self._note(started, answer)
        return answer

    async def aclose(self) -> None:
        await self._gateway.aclose()

    def _note(self, started: float, answer: InquiryAnswer | Outcome | FloatAnswer) -> None:
        self._gateway_health.note(self._monotonic() - started, was_answered(answer))


def was_answered(answer: InquiryAnswer | Outcome | FloatAnswer) -> bool:
    """Whether the provider was there. Being turned away for asking too often, or for our key, is an answer."""
    match answer:
        case InquiryUnavailable(cause=cause) | NotSent(cause=cause):
            return cause in ("busy", "credentials")
        case FloatUnavailable(answered=answered):
            return answered
        case Unknown(heard=heard):
            return heard != "nothing"
        case _:
            return True
