"""What is posted to an address that is the proof of itself: it carries an id, and an HMAC of it with our secret key."""

import hmac
from abc import ABC, abstractmethod
from collections.abc import Mapping

from starlette.types import Receive

from bot.bodies import Bodies
from bot.errors import StoreError
from bot.web.answers import AGAIN, TAKEN, UNKNOWN, Answer, Answering, log, warn_sparingly
from bot.web.reading import read, turned_away

# What a provider tells of one thing is less than a kilobyte.
MAX_BODY_BYTES = 1_048_576


def proof_of(purpose: bytes, id_: str, secret_key: bytes) -> str:
    """What makes the address of one thing unguessable; a `purpose` has proofs of its own."""
    return hmac.digest(secret_key, purpose + id_.encode(), "sha256").hex()[:40]


class ProvedWebhook(ABC):
    """What is posted below `path`; `told` is the rest of it."""

    path: str
    purpose: bytes

    def __init__(self, bodies: Bodies, secret_key: bytes) -> None:
        self._bodies = bodies
        self._secret_key = secret_key

    @abstractmethod
    async def hear(self, id_: str, headers: Mapping[str, str], content: bytes) -> bool:
        """Keep what is said of a thing; False when there is no such thing. Raises StoreError when it is not kept."""

    async def take(self, told: str, headers: Mapping[str, str], receive: Receive) -> Answer:
        """Answer what is still to be read."""
        id_ = self._proved(told)
        if id_ is None:
            return UNKNOWN
        with self._bodies.body(MAX_BODY_BYTES, proved=True) as body:
            if (trouble := await read(headers, receive, body)) is not None:
                return turned_away(self.path, trouble)
            return await self._keep(id_, headers, body.content)

    def take_whole(self, told: str, headers: Mapping[str, str], content: bytes) -> Answering:
        """Answer what has been read."""
        id_ = self._proved(told)
        if id_ is None:
            return UNKNOWN
        if len(content) > MAX_BODY_BYTES or not self._bodies.hold(len(content)):
            return None
        return self._keep_held(id_, headers, content)

    async def _keep_held(self, id_: str, headers: Mapping[str, str], content: bytes) -> Answer:
        try:
            return await self._keep(id_, headers, content)
        finally:
            self._bodies.let_go(len(content))

    async def _keep(self, id_: str, headers: Mapping[str, str], content: bytes) -> Answer:
        try:
            known = await self.hear(id_, headers, content)
        except StoreError as error:
            log.warning("hint not kept", order=id_, problem=type(error).__name__)
            return AGAIN
        return TAKEN if known else UNKNOWN

    def _proved(self, told: str) -> str | None:
        id_, _, given = told.partition("/")
        if hmac.compare_digest(proof_of(self.purpose, id_, self._secret_key).encode(), given.encode()):
            return id_
        warn_sparingly("webhook refused", path=self.path)
        return None
