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
from typing import Final, Literal, TypeAlias

TOTAL_BYTES = 16 * 1024 * 1024
# Four of the largest webhooks that WhatsApp documents.
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
        # What is counted now, altogether and of strangers; and the bodies that may give way, the stillest first.
        self.held_bytes = 0
        self.held_unproved_bytes = 0
        self._may_give_way: dict[Body, None] = {}

    def body(self, limit_bytes: int, *, proved: bool) -> "Body":
        """One body of at most `limit_bytes`, to be read inside a `with`, where it is counted."""
        return Body(self, limit_bytes, proved)

    def _begin(self, body: "Body") -> None:
        if body.proved:
            return
        if len(self._may_give_way) >= self.most_unproved:
            self._stillest().give_way()
        self._may_give_way[body] = None

    def _stillest(self) -> "Body":
        return next(iter(self._may_give_way))

    def _add(self, body: "Body", size: int) -> bool:
        """Count `size` more bytes of a body; False when there is no room for them, however many give way."""
        if body in self._may_give_way:
            del self._may_give_way[body]
            self._may_give_way[body] = None
        while self._is_full(body, size):
            # Of two proved senders neither is turned away in the middle for the other.
            if not self._may_give_way:
                return False
            stillest = self._stillest()
            stillest.give_way()
            if stillest is body:
                return False
        self._count(body, size)
        return True

    def _is_full(self, body: "Body", size: int) -> bool:
        if self.held_bytes + size > self.total_bytes:
            return True
        return not body.proved and self.held_unproved_bytes + size > self.unproved_bytes

    def _count(self, body: "Body", size: int) -> None:
        body.held_bytes += size
        self.held_bytes += size
        if not body.proved:
            self.held_unproved_bytes += size

    def _whole(self, body: "Body") -> None:
        self._may_give_way.pop(body, None)

    def _prove(self, body: "Body") -> None:
        if not body.proved:
            self.held_unproved_bytes -= body.held_bytes
            body.proved = True

    def _end(self, body: "Body") -> None:
        self._may_give_way.pop(body, None)
        self._count(body, -body.held_bytes)


class Body:
    """One body: `content` once `read` has answered None."""

    def __init__(self, bodies: Bodies, limit_bytes: int, proved: bool) -> None:
        self._bodies = bodies
        self._limit_bytes = limit_bytes
        self._pieces: list[bytes] = []
        self._deadline: asyncio.Timeout | None = None
        self._gave_way = False
        self.proved = proved
        self.held_bytes = 0
        self.content = b""

    def __enter__(self) -> "Body":
        self._bodies._begin(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._bodies._end(self)

    async def read(self, stream: AsyncIterator[bytes], announced_bytes: int | None) -> Trouble | None:
        """Read all of it. `announced_bytes` is the length that its headers tell, if they do."""
        if announced_bytes is not None and announced_bytes > self._limit_bytes:
            return "too large"
        try:
            async with asyncio.timeout(self._bodies.body_seconds) as self._deadline:
                async for piece in stream:
                    if self.held_bytes + len(piece) > self._limit_bytes:
                        return "too large"
                    if self._gave_way or not self._bodies._add(self, len(piece)):
                        return "no room"
                    self._pieces.append(piece)
        except TimeoutError:
            return "no room" if self._gave_way else "too slow"
        finally:
            pieces, self._pieces = self._pieces, []
        if self._gave_way:
            return "no room"
        self._bodies._whole(self)
        self.content = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return None

    def prove(self) -> None:
        """Its sender is known now: its bytes are no stranger's any more."""
        self._bodies._prove(self)

    def give_way(self) -> None:
        """Let go of what was read; whoever reads it is told that there is no room."""
        self._gave_way = True
        self._pieces.clear()
        self._bodies._end(self)
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time())
