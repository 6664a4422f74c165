"""What a collector posts: at an address that is the proof of itself, what it says of one collection or pay-back.

Its signature, where it has one, is checked on the raw bytes by whoever reads it; what it says is a hint all the same.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bot.bodies import Bodies
from bot.web.proved import ProvedWebhook, proof_of

COLLECTION_PATH: Final = "/webhooks/collection"

_PURPOSE: Final = b"collection webhook, 1:"

# The id, the headers and the bytes of the body.
TakeCollectionWebhook = Callable[[str, Mapping[str, str], bytes], Awaitable[bool]]


def collection_url(public_url: str, id_: str, secret_key: bytes) -> str:
    """The address that a collector is given for a collection or a pay-back."""
    return f"{public_url}{COLLECTION_PATH}/{id_}/{proof_of(_PURPOSE, id_, secret_key)}"


class CollectionWebhook(ProvedWebhook):
    """What is posted below `COLLECTION_PATH`."""

    path = COLLECTION_PATH
    purpose = _PURPOSE

    def __init__(self, bodies: Bodies, take: TakeCollectionWebhook, secret_key: bytes) -> None:
        super().__init__(bodies, secret_key)
        self._take = take

    async def hear(self, id_: str, headers: Mapping[str, str], content: bytes) -> bool:
        return await self._take(id_, headers, content)
