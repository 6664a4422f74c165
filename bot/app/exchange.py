"""A request that is not answered at once, between a connection and the application: as ASGI has it (`Exchange`), or one
that was taken whole and whose answer is on its way (`Coming`).
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

from bot.app.connection_limits import MAX_UNREAD_BYTES
from bot.web import RETRY_AFTER_SECONDS, Answer, Answering

Post = Callable[[str, list[tuple[bytes, bytes]], bytes], Answering]
"""Answers what was posted to a path, with these headers and this body."""

# What is said to the application with every request.
_SCOPE = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "scheme": "http", "root_path": ""}


def all_by_asgi(path: str, headers: list[tuple[bytes, bytes]], content: bytes) -> None:
    """A `Post` that leaves everything to the application."""


class Carrier(Protocol):
    """What an exchange asks of the connection that it came with."""

    loop: asyncio.AbstractEventLoop

    def write(self, data: bytes) -> None:
        """Write, unless it is closed."""
        ...

    async def writable(self) -> None:
        """Wait until what was written before has been fetched."""
        ...

    def resume_reading(self) -> None:
        """Read on, when nothing else is in the way."""
        ...

    def answer(self, due: "Due", answer: Answer) -> None:
        """Write a whole answer, and turn to the next request."""
        ...


class Due:
    """A request whose answer is due."""

    asks_for_head = False

    def __init__(self, connection: Carrier, *, keep_alive: bool) -> None:
        self.keep_alive = keep_alive
        self.answered = False
        self._connection = connection
        self._gone = False

    async def run(self) -> None:
        """Find the answer and give it."""
        raise NotImplementedError

    def end(self) -> None:
        """It is answered."""
        self.answered = True

    def gone(self) -> None:
        """Nobody waits for the answer any more."""
        self._gone = True

    async def give(self, answer: Answer) -> None:
        """Answer, once what was answered before has been fetched."""
        await self._connection.writable()
        if not self._gone:
            self._connection.answer(self, answer)


class Coming(Due):
    """One that was taken whole; `answer` is on its way."""

    def __init__(self, connection: Carrier, answer: Coroutine[Any, Any, Answer], *, keep_alive: bool) -> None:
        super().__init__(connection, keep_alive=keep_alive)
        self._answer = answer

    async def run(self) -> None:
        await self.give(await self._answer)


class Exchange(Due):
    """One request and its answer, as ASGI has it."""

    def __init__(
        self, connection: Carrier, app: Any, scope: dict[str, Any], *, keep_alive: bool, continues: bool
    ) -> None:
        super().__init__(connection, keep_alive=keep_alive)
        self._app = app
        self._scope = scope
        self._continues = continues
        self._unread = b""
        self._whole = self._told_whole = False
        self._waiter: asyncio.Future[None] | None = None
        self.asks_for_head = scope["method"] == "HEAD"
        self._status = 0
        self._headers: Iterable[tuple[bytes, bytes]] = ()
        self._answer = b""

    async def run(self) -> None:
        await self._app(_SCOPE | self._scope, self.receive, self.send)

    def feed(self, body: bytes) -> bool:
        """More of the body has come. Answers whether that is enough for now."""
        if self.answered:
            return False
        self._unread = self._unread + body if self._unread else body
        self._wake()
        return len(self._unread) > MAX_UNREAD_BYTES

    def whole(self) -> None:
        """The body has come to its end."""
        self._whole = True
        self._wake()

    def end(self) -> None:
        super().end()
        # What was not read before is thrown away.
        self._unread = b""
        self._wake()

    def gone(self) -> None:
        super().gone()
        self._unread = b""
        self._wake()

    async def receive(self) -> dict[str, Any]:
        if self._continues and not self._whole:
            self._connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._continues = False
        while not (self._unread or self._gone or self.answered or (self._whole and not self._told_whole)):
            self._connection.resume_reading()
            self._waiter = self._connection.loop.create_future()
            await self._waiter
        if self._gone or self.answered:
            return {"type": "http.disconnect"}
        body, self._unread, self._told_whole = self._unread, b"", self._whole
        return {"type": "http.request", "body": body, "more_body": not self._whole}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], message.get("headers", ())
            return
        self._answer += message.get("body", b"")
        if message.get("more_body", False):
            return
        await self.give(Answer(self._status, self._answer, tuple((name, value) for name, value in self._headers)))

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def busy(scope: Any, receive: Any, send: Any) -> None:
    """The application of a server that has enough to do."""
    headers = [(b"retry-after", str(RETRY_AFTER_SECONDS).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def failing(error: Exception) -> Answer:
    """No answer: what was raised where an answer was asked for."""
    raise error
