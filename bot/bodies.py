"""The bodies of requests: read within seconds, and all of them together within one limit of bytes.

Theory of operation. A body is counted while it is read and until its request has been answered. A sender is `proved`
when its headers or its address alone show who it is; a signature over the body shows that only once the body is there,
so until then its sender is a stranger. Strangers share a part of the limit among them, in bytes and in number. When
that part is full, the body that has been still for longest gives way: an honest one comes without a pause, those that
fill the memory stay. So half-sent bodies cost a bounded memory, and neither keep a proved sender out nor another
stranger's next message. Whoever must give way reads 503 and brings it again.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final, Literal, TypeAlias

from bot.time_limits import Countdown

TOTAL_BYTES = 16 * 1024 * 1024
# Four of the largest webhooks that any channel documents.
UNPROVED_BYTES = 12 * 1024 * 1024
MOST_UNPROVED = 128
# For a whole body: who drips wins nothing by each drop.
BODY_SECONDS = 5.0

Trouble: TypeAlias = Literal["too large", "too slow", "no room", "broken off"]


class Bodies:
    """All bodies in flight. For one event loop."""

    def __init__(
        self,
        *,
        total_bytes: int = TOTAL_BYTES,
        unproved_bytes: int = UNPROVED_BYTES,
        most_unproved: int = MOST_UNPROVED,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self.total_bytes: Final = total_bytes
        self.unproved_bytes: Final = unproved_bytes
        self.most_unproved: Final = most_unproved
        self.body_seconds: Final = body_seconds
        # What is counted now, altogether and of strangers.
        self.held_bytes = 0
        self.held_unproved_bytes = 0
        self._reading: Countdown[Body] = Countdown(body_seconds, self._too_slow)
        # Those of strangers, the stillest first.
        self._may_give_way: dict[Body, None] = {}

    def body(self, limit_bytes: int, *, proved: bool) -> "Body":
        """One body of at most `limit_bytes`, to be read inside a `with`, where it is counted."""
        return Body(self, limit_bytes, proved)

    def begin(self, body: "Body") -> None:
        """A body is going to be read."""
        if body.proved:
            return
        if len(self._may_give_way) >= self.most_unproved:
            self._give_way(next(iter(self._may_give_way)))
        self._may_give_way[body] = None

    def started(self, body: "Body") -> None:
        """Its time runs from now on."""
        self._reading.start(body)

    def add(self, body: "Body", size: int) -> bool:
        """Count `size` more bytes of a body; False when there is no room for them, however many give way."""
        if body.held_bytes and body in self._may_give_way:
            # It is not still.
            del self._may_give_way[body]
            self._may_give_way[body] = None
        if not self._has_room(size, body):
            return False
        self._count(body, size)
        return True

    def hold(self, size: int) -> bool:
        """Count a proved sender's body that came whole, until `let_go`; False when there is no room for it."""
        if not self._has_room(size):
            return False
        self.held_bytes += size
        return True

    def let_go(self, size: int) -> None:
        """It counts no more."""
        self.held_bytes -= size

    def whole(self, body: "Body") -> None:
        """It was read to its end."""
        self._reading.stop(body)
        self._may_give_way.pop(body, None)

    def prove(self, body: "Body") -> None:
        """Its sender is known."""
        if not body.proved:
            self.held_unproved_bytes -= body.held_bytes
            body.proved = True

    def end(self, body: "Body") -> None:
        """It counts no more."""
        self._reading.stop(body)
        self._may_give_way.pop(body, None)
        self._count(body, -body.held_bytes)

    def _has_room(self, size: int, body: "Body | None" = None) -> bool:
        """Whether there is room for more of a body, once others gave way."""
        stranger = body is not None and not body.proved
        while self.held_bytes + size > self.total_bytes or (
            stranger and self.held_unproved_bytes + size > self.unproved_bytes
        ):
            # Of two proved senders neither is turned away in the middle for the other.
            if not self._may_give_way:
                return False
            stillest = next(iter(self._may_give_way))
            self._give_way(stillest)
            if stillest is body:
                return False
        return True

    def _count(self, body: "Body", size: int) -> None:
        body.held_bytes += size
        self.held_bytes += size
        if not body.proved:
            self.held_unproved_bytes += size

    def _give_way(self, body: "Body") -> None:
        self.end(body)
        body.stop("no room")

    def _too_slow(self, body: "Body") -> None:
        self.end(body)
        body.stop("too slow")


class Body:
    """One body: `content` once `read` has answered None."""

    def __init__(self, bodies: Bodies, limit_bytes: int, proved: bool) -> None:
        self._bodies = bodies
        self._limit_bytes = limit_bytes
        self._pieces: list[bytes] = []
        self._stopped: Trouble | None = None
        self._reader: asyncio.Task[Any] | None = None
        self.proved = proved
        self.held_bytes = 0
        self.content = b""

    def __enter__(self) -> "Body":
        self._bodies.begin(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._bodies.end(self)

    async def read(self, stream: AsyncIterator[bytes], announced_bytes: int | None) -> Trouble | None:
        """Read all of it. `announced_bytes` is the length that its headers tell, if they do."""
        if announced_bytes is not None and announced_bytes > self._limit_bytes:
            return "too large"
        reader = asyncio.current_task()
        if reader is None:
            raise RuntimeError("read by no task")
        cancelled_before = reader.cancelling()
        self._bodies.started(self)
        self._reader = reader
        try:
            async for piece in stream:
                if self.held_bytes + len(piece) > self._limit_bytes:
                    return "too large"
                if self._stopped is not None or not self._bodies.add(self, len(piece)):
                    return self._stopped or "no room"
                self._pieces.append(piece)
        except asyncio.CancelledError:
            # As `asyncio.timeout` has it: a cancellation of ours ends here, anybody else's goes on.
            if self._stopped is None or reader.uncancel() > cancelled_before:
                raise
            return self._stopped
        finally:
            self._reader = None
            pieces, self._pieces = self._pieces, []
        if self._stopped is not None:
            return self._stopped
        self._bodies.whole(self)
        self.content = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return None

    def prove(self) -> None:
        """Its sender is known now: its bytes are no stranger's any more."""
        self._bodies.prove(self)

    def stop(self, trouble: Trouble) -> None:
        """Let go of what was read; whoever reads it is told why."""
        self._stopped = trouble
        self._pieces.clear()
        if self._reader is not None and self._reader is not asyncio.current_task():
            self._reader.cancel()
