"""DEXPAY: checkout sessions under our own reference, with signed webhooks."""

from collections.abc import Mapping

from msgspec.structs import replace

from bot.collectors.adapter import HttpCollector
from bot.collectors.caller import Caller
from bot.collectors.wire import dexpay as wire
from bot.collectors.wire.creating import unfit, unfit_pay_back
from bot.domain.collecting import (
    Abilities,
    CodeResult,
    CollectionClaim,
    CollectionRequest,
    CreateResult,
    ExpireResult,
    LookUpResult,
    LookUpUnknown,
    Opened,
    PayBackLookUp,
    PayBackRequest,
    PayBackResult,
)
from bot.domain.inquiry import FloatAnswer, FloatUnavailable
from bot.gateway.wire.calls import Reply


class Dexpay(HttpCollector):
    """`bot.collectors.Collector` over checkout sessions. `webhook_secrets` are those that may sign a webhook."""

    name = "dexpay"

    def __init__(self, caller: Caller, webhook_secrets: tuple[str, ...]) -> None:
        super().__init__(caller)
        self._webhook_secrets = webhook_secrets

    @property
    def abilities(self) -> Abilities:
        return wire.ABILITIES

    async def create(self, request: CollectionRequest, *, again: bool) -> CreateResult:
        """The session decides. Where the operator and the number are known, a second request asks for an address that
        opens the payer's application; whatever comes of it, the session's page serves as well.
        """
        if (refused := unfit(self.abilities, request)) is not None:
            return refused
        result = await self._created(
            wire.session_call(request), lambda reply: wire.session_created(reply, request, again=again)
        )
        attempt = wire.attempt_call(request)
        if not isinstance(result, Opened) or attempt is None:
            return result
        reply = await self._caller.act(attempt)
        url = wire.attempt_url(reply) if isinstance(reply, Reply) else None
        return result if url is None else replace(result, url=url)

    async def look_up(self, request_id: str, provider_id: str | None) -> LookUpResult:
        return await self._asked(
            "look_up_collection", wire.look_up_call(request_id), lambda reply: wire.looked_up(reply, request_id)
        )

    async def confirm_code(self, request_id: str, provider_id: str, code: str) -> CodeResult:
        return LookUpUnknown("unreadable", "no way to pay here asks for a code")

    async def expire(self, request_id: str, provider_id: str | None) -> ExpireResult:
        return await self._asked("expire", wire.expire_call(request_id, provider_id), wire.expired, once=True)

    async def pay_back(self, request: PayBackRequest, *, again: bool) -> PayBackResult:
        if (refused := unfit_pay_back(self.abilities, request)) is not None:
            return refused
        return await self._paid_back(wire.pay_back_call(request), lambda reply: wire.paid_back(reply, again=again))

    async def look_up_pay_back(self, request_id: str, provider_id: str | None) -> PayBackLookUp:
        return await self._asked(
            "look_up_pay_back",
            wire.pay_back_look_up_call(request_id, provider_id),
            lambda reply: wire.pay_back_looked_up(reply, request_id, provider_id),
        )

    async def balance(self) -> FloatAnswer:
        return FloatUnavailable("no call for it is known", answered=True)

    def read_webhook(self, headers: Mapping[str, str], raw: bytes) -> CollectionClaim:
        return wire.read_claim(headers, raw, self._webhook_secrets)
