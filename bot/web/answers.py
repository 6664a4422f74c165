"""What is answered to what was posted."""

from collections.abc import Coroutine
from typing import Any, NamedTuple, TypeAlias

from bot.logs import Sparing, get_logger

RETRY_AFTER_SECONDS = 2

log = get_logger("web")


class Answer(NamedTuple):
    """What is answered to what was posted. `headers` tell everything but its length."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


# A coroutine yields to its event loop, and is sent, what only that knows.
Answering: TypeAlias = Answer | Coroutine[Any, Any, Answer] | None
"""An answer, one that is to be awaited, or none: whoever asked takes the long way."""

TAKEN = Answer(200)
AGAIN = Answer(503, headers=((b"retry-after", str(RETRY_AFTER_SECONDS).encode()),))
UNVERIFIED = Answer(401)
UNKNOWN = Answer(404)

# Anybody can cause these lines, as fast as a network is.
_sparing = Sparing()


def warn_sparingly(event: str, *, path: str, **more: str) -> None:
    """A warning that a stranger can cause."""
    left_out = _sparing.take(f"{event} {path}")
    if left_out is not None:
        log.warning(event, path=path, **more, **({"left_out": left_out} if left_out else {}))
