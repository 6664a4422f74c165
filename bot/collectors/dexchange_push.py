"""DEXCHANGE pushes: one operator is asked, and the payer answers on their telephone."""

from bot.collectors.caller import Caller
from bot.collectors.dexchange import NO_ID, DexchangeCollector
from bot.collectors.wire import dexchange as wire
from bot.collectors.wire.creating import unfit
from bot.domain.collecting import CodeResult, CollectionRequest, CreateResult, LookUpResult


class DexchangePush(DexchangeCollector):
    """`bot.collectors.Collector` over `transaction/init`."""

    name = "dexchange_push"

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller, wire.PUSH)

    async def create(self, request: CollectionRequest, *, again: bool) -> CreateResult:
        if (refused := unfit(self.abilities, request)) is not None:
            return refused
        return await self._created(
            wire.push_call(request), lambda reply: wire.created(reply, request, self.abilities, again=again)
        )

    async def look_up(self, request_id: str, provider_id: str | None) -> LookUpResult:
        if provider_id is None:
            return NO_ID
        return await self._asked(
            "look_up_collection",
            wire.look_up_call(provider_id),
            lambda reply: wire.push_looked_up(reply, request_id, provider_id),
        )

    async def confirm_code(self, request_id: str, provider_id: str, code: str) -> CodeResult:
        return await self._asked(
            "confirm_code",
            wire.code_call(provider_id, code),
            lambda reply: wire.code_taken(reply, provider_id),
            once=True,
        )
