"""What the provider posts: at an address that is the proof of itself, what it says of one order."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bot.bodies import Bodies
from bot.domain.outcome import WebhookClaim
from bot.web.proved import MAX_BODY_BYTES, ProvedWebhook, proof_of

__all__ = ["MAX_BODY_BYTES", "PROVIDER_PATH", "ProviderWebhook", "TakeWebhookClaim", "callback_url", "proof"]

PROVIDER_PATH: Final = "/webhooks/dexchange"

_PURPOSE: Final = b"provider webhook, 1:"

TakeWebhookClaim = Callable[[str, WebhookClaim], Awaitable[bool]]


def proof(order_id: str, secret_key: bytes) -> str:
    """What makes an order's webhook address unguessable."""
    return proof_of(_PURPOSE, order_id, secret_key)


def callback_url(public_url: str, order_id: str, secret_key: bytes) -> str:
    """The address that the provider is given for an order."""
    return f"{public_url}{PROVIDER_PATH}/{order_id}/{proof(order_id, secret_key)}"


class ProviderWebhook(ProvedWebhook):
    """What is posted below `PROVIDER_PATH`."""

    path = PROVIDER_PATH
    purpose = _PURPOSE

    def __init__(
        self,
        bodies: Bodies,
        take_webhook_claim: TakeWebhookClaim,
        read_webhook_claim: Callable[[bytes], WebhookClaim],
        secret_key: bytes,
    ) -> None:
        super().__init__(bodies, secret_key)
        self._take_webhook_claim = take_webhook_claim
        self._read_webhook_claim = read_webhook_claim

    async def hear(self, id_: str, headers: Mapping[str, str], content: bytes) -> bool:
        return await self._take_webhook_claim(id_, self._read_webhook_claim(content))
