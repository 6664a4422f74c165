"""The body of a request, read as ASGI has it and within the limits of `bot.bodies`."""

from collections.abc import AsyncIterator, Mapping
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from bot import metrics
from bot.bodies import Body, Trouble
from bot.web.answers import AGAIN, Answer, warn_sparingly

_STATUS: Final[dict[Trouble, int]] = {"too large": 413, "too slow": 408, "no room": 503, "broken off": 400}


async def read(headers: Mapping[str, str], receive: Receive, body: Body) -> Trouble | None:
    """Read a request's body within the limits."""
    # The parser of HTTP has seen to it that this is a number.
    announced = headers.get("content-length")
    try:
        return await body.read(_pieces(receive), None if announced is None else int(announced))
    except ClientDisconnect:
        return "broken off"


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        if body := message.get("body", b""):
            yield body


def turned_away(path: str, trouble: Trouble) -> Answer:
    """What is answered when a body was not read to its end."""
    metrics.bodies_refused(trouble.replace(" ", "_")).inc()
    warn_sparingly("body not read", path=path, problem=trouble)
    if trouble == "no room":
        return AGAIN
    # Who is slow would be slow to the end.
    return Answer(_STATUS[trouble], headers=((b"connection", b"close"),) if trouble == "too slow" else ())
