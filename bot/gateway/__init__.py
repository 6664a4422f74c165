"""The gateway: the one way to the pay provider.

A gateway asks whose meter it is, pays, looks a payment up and reads the operator's float. It never raises for
anything the network or the provider may do: every such thing is one of the values below. Adapters: `client` (HTTP)
and `simulator` (in process); `app.py` alone says which.

The contract, checked by one test over every adapter:

- `inquire` never moves money. It answers `Inquiry`, `InquiryRefused` or `InquiryUnavailable`.
- `pay` sends one request and only one; there is no retry in it, whatever happens. `replay` says that the same body
  with the same id was sent before: then 409 means "received" (`Processing`), and no 400 proves a refusal (`Unknown`).
  `NotSent` is answered only when it is certain that the provider did not take the payment.
- `look_up` asks for a payment by the provider's own id. `Unknown` and `NotSent` mean that nothing was learned.
- `balance` reads the operator's float.
"""

from typing import Protocol

from bot.domain.catalog import ServiceName
from bot.domain.inquiry import FloatAnswer, InquiryAnswer
from bot.domain.outcome import Outcome


class PayRequest(Protocol):
    """What `pay` needs of an order; `bot.domain.order.Order` has it."""

    @property
    def id(self) -> str: ...
    @property
    def service(self) -> ServiceName: ...
    @property
    def reference(self) -> str: ...
    @property
    def amount_xof(self) -> int: ...
    @property
    def reference_facture(self) -> str | None: ...


class Gateway(Protocol):
    """What settlement and the engine may ask of the provider. Safe for concurrent use."""

    async def inquire(self, service: ServiceName, reference: str) -> InquiryAnswer:
        """Whose meter or contract is `reference`, and what is owed on it?"""
        ...

    async def pay(self, request: PayRequest, *, callback_url: str | None, replay: bool) -> Outcome:
        """Pay, once. The request's id travels as `externalTransactionId` and as `customData`."""
        ...

    async def look_up(self, transaction_id: str, service: ServiceName) -> Outcome:
        """What became of the payment that the provider knows as `transaction_id`?"""
        ...

    async def balance(self) -> FloatAnswer:
        """The operator's float at the provider."""
        ...

    async def aclose(self) -> None:
        """Let go of every connection; calls in flight may end as `Unknown`."""
        ...
