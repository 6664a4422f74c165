"""The collectors: the ways by which customers pay us, and by which money goes back to them.

A collector never raises for anything the network or the provider may do: every such thing is one of the values of
`bot.domain.collecting`. Adapters: `dexchange_link`, `dexchange_push` and `dexpay` (HTTP), `simulator` (in process);
`app` alone says which.

The contract, checked by one test over every adapter:

- `create` asks for a sum under our own id, with one request and no retry. `again` says that the same request was sent
  before. `NotOpened` is answered only when it is certain that nothing exists that could be paid; a 409 is `Exists`.
- `look_up` asks what became of a collection: by our id, or by the provider's where `abilities` say so and one is known.
  Only it proves a payment. `LookUpUnknown` means that nothing was learned.
- `expire` ends a collection that has not been paid, where that can be done.
- `pay_back` sends one request and only one. An answer that is lost is `PayBackUnknown`, and so is a 409, which proves
  neither that the money went nor that it did not. `PayBackNotSent` is answered only when it certainly was not taken.
- `read_webhook` has no I/O. What it reads is a claim, and whose it is; a look-up decides.
"""

from collections.abc import Mapping
from typing import Protocol

from bot.domain.collecting import (
    Abilities,
    CodeResult,
    CollectionClaim,
    CollectionRequest,
    CreateResult,
    ExpireResult,
    LookUpResult,
    PayBackLookUp,
    PayBackRequest,
    PayBackResult,
)
from bot.domain.inquiry import FloatAnswer


class Collector(Protocol):
    """What may be asked of whoever collects for us. Safe for concurrent use."""

    @property
    def name(self) -> str:
        """How settings, metrics and admins call it."""
        ...

    @property
    def abilities(self) -> Abilities:
        """Which ways to pay it offers, and what it can do."""
        ...

    async def create(self, request: CollectionRequest, *, again: bool) -> CreateResult:
        """Ask for a sum, once. The request's id travels as our reference."""
        ...

    async def look_up(self, request_id: str, provider_id: str | None) -> LookUpResult:
        """What became of a collection?"""
        ...

    async def confirm_code(self, request_id: str, provider_id: str, code: str) -> CodeResult:
        """Hand on the code that the payer was sent, for a way of the kind `code`."""
        ...

    async def expire(self, request_id: str, provider_id: str | None) -> ExpireResult:
        """End a collection, so that it cannot be paid any more."""
        ...

    async def pay_back(self, request: PayBackRequest, *, again: bool) -> PayBackResult:
        """Send money to the number that paid, once. `again`: the same request was sent before."""
        ...

    async def look_up_pay_back(self, request_id: str, provider_id: str | None) -> PayBackLookUp:
        """What became of a pay-back?"""
        ...

    async def balance(self) -> FloatAnswer:
        """The operator's money at the provider."""
        ...

    def read_webhook(self, headers: Mapping[str, str], raw: bytes) -> CollectionClaim:
        """What a webhook claims, from its headers, whatever their case, and the bytes of its body."""
        ...

    async def aclose(self) -> None:
        """Let go of every connection; calls in flight may end as unknown."""
        ...
