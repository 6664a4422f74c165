"""What DEXCHANGE's two collectors have in common: pay-backs, the balance, webhooks. Abstract."""

from collections.abc import Mapping

from bot.collectors.adapter import HttpCollector
from bot.collectors.caller import Caller
from bot.collectors.wire import dexchange as wire
from bot.collectors.wire.creating import unfit_pay_back
from bot.domain.collecting import (
    Abilities,
    CannotExpire,
    CollectionClaim,
    ExpireResult,
    LookUpUnknown,
    PayBackLookUp,
    PayBackRequest,
    PayBackResult,
)
from bot.domain.inquiry import FloatAnswer

NO_ID = LookUpUnknown("no_id", "no id of the provider's to ask by")


class DexchangeCollector(HttpCollector):
    """DEXCHANGE, whatever the way by which it collects."""

    def __init__(self, caller: Caller, abilities: Abilities) -> None:
        super().__init__(caller)
        self._abilities = abilities

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    async def expire(self, request_id: str, provider_id: str | None) -> ExpireResult:
        return CannotExpire()

    async def pay_back(self, request: PayBackRequest, *, again: bool) -> PayBackResult:
        if (refused := unfit_pay_back(self._abilities, request)) is not None:
            return refused
        return await self._paid_back(
            wire.pay_back_call(request), lambda reply: wire.paid_back(reply, request, again=again)
        )

    async def look_up_pay_back(self, request_id: str, provider_id: str | None) -> PayBackLookUp:
        if provider_id is None:
            return NO_ID
        return await self._asked(
            "look_up_pay_back",
            wire.look_up_call(provider_id),
            lambda reply: wire.pay_back_looked_up(reply, request_id, provider_id),
        )

    async def balance(self) -> FloatAnswer:
        return await self._balance()

    def read_webhook(self, headers: Mapping[str, str], raw: bytes) -> CollectionClaim:
        return wire.read_claim(raw)
