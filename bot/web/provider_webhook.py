"""What the provider posts: at an address that is the proof of itself, what it says of one order."""

import hmac
from collections.abc import Awaitable, Callable, Mapping

from starlette.types import Receive

from bot.bodies import Bodies
from bot.domain.outcome import WebhookClaim
from bot.errors import StoreError
from bot.web.answers import AGAIN, TAKEN, UNKNOWN, Answer, Answering, log, warn_sparingly
from bot.web.reading import read, turned_away

# What the provider tells of an order is less than a kilobyte.
MAX_BODY_BYTES = 1_048_576
PROVIDER_PATH = "/webhooks/dexchange"

_PURPOSE = b"provider webhook, 1:"

TakeWebhookClaim = Callable[[str, WebhookClaim], Awaitable[bool]]


def proof(order_id: str, secret_key: bytes) -> str:
    """What makes an order's webhook address unguessable."""
    return hmac.digest(secret_key, _PURPOSE + order_id.encode(), "sha256").hex()[:40]


def callback_url(public_url: str, order_id: str, secret_key: bytes) -> str:
    """The address that the provider is given for an order."""
    return f"{public_url}{PROVIDER_PATH}/{order_id}/{proof(order_id, secret_key)}"


class ProviderWebhook:
    """What is posted below `PROVIDER_PATH`; `told` is the rest of the path."""

    def __init__(
        self,
        bodies: Bodies,
        take_webhook_claim: TakeWebhookClaim,
        read_webhook_claim: Callable[[bytes], WebhookClaim],
        secret_key: bytes,
    ) -> None:
        self._bodies = bodies
        self._take_webhook_claim = take_webhook_claim
        self._read_webhook_claim = read_webhook_claim
        self._secret_key = secret_key

    async def take(self, told: str, headers: Mapping[str, str], receive: Receive) -> Answer:
        """Answer what is still to be read."""
        order_id = self._order(told)
        if order_id is None:
            return UNKNOWN
        with self._bodies.body(MAX_BODY_BYTES, proved=True) as body:
            if (trouble := await read(headers, receive, body)) is not None:
                return turned_away(PROVIDER_PATH, trouble)
            return await self._keep(order_id, body.content)

    def take_whole(self, told: str, content: bytes) -> Answering:
        """Answer what has been read."""
        order_id = self._order(told)
        if order_id is None:
            return UNKNOWN
        if len(content) > MAX_BODY_BYTES or not self._bodies.hold(len(content)):
            return None
        return self._keep_held(order_id, content)

    async def _keep_held(self, order_id: str, content: bytes) -> Answer:
        try:
            return await self._keep(order_id, content)
        finally:
            self._bodies.let_go(len(content))

    async def _keep(self, order_id: str, content: bytes) -> Answer:
        try:
            known = await self._take_webhook_claim(order_id, self._read_webhook_claim(content))
        except StoreError as error:
            log.warning("hint not kept", order=order_id, problem=type(error).__name__)
            return AGAIN
        return TAKEN if known else UNKNOWN

    def _order(self, told: str) -> str | None:
        order_id, _, given = told.partition("/")
        if hmac.compare_digest(proof(order_id, self._secret_key).encode(), given.encode()):
            return order_id
        warn_sparingly("webhook refused", path=PROVIDER_PATH)
        return None
