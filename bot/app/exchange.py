"""One request and its answer, as ASGI has it, between a connection and the application."""

import asyncio
from collections.abc import Iterable
from typing import Any, Protocol

import httptools

from bot.app.connection_limits import MAX_UNREAD_BYTES
from bot.web import RETRY_AFTER_SECONDS


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

    def answer(self, exchange: "Exchange", status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        """Write a whole answer, and turn to the next request."""
        ...


class Exchange:
    """One request and its answer, as ASGI has it."""

    def __init__(
        self, connection: Carrier, app: Any, scope: dict[str, Any], *, keep_alive: bool, continues: bool
    ) -> None:
        self.keep_alive = keep_alive
        self.answered = False
        self._app = app
        self._connection = connection
        self._scope = scope
        self._continues = continues
        self._unread = b""
        self._whole = self._told_whole = self._gone = False
        self._waiter: asyncio.Future[None] | None = None
        self._status = 0
        self._headers: Iterable[tuple[bytes, bytes]] = ()
        self._answer = b""

    async def run(self) -> None:
        """Let the application answer."""
        await self._app(self._scope, self.receive, self.send)

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
        """It is answered. What was not read before is thrown away."""
        self.answered, self._unread = True, b""
        self._wake()

    def gone(self) -> None:
        """Nobody waits for the answer any more."""
        self._gone, self._unread = True, b""
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
        await self._connection.writable()
        if not self._gone:
            self._connection.answer(self, self._status, self._headers, self._answer)

    @property
    def asks_for_head(self) -> bool:
        return bool(self._scope["method"] == "HEAD")

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def path_and_query(url: bytes) -> tuple[bytes, bytes]:
    """An address that was asked for, cut in two. Raises httptools.HttpParserError for one without a path."""
    if url.startswith(b"/") and b"#" not in url:
        path, _, query = url.partition(b"?")
        return path, query
    # With a host, as proxies are asked.
    parts = httptools.parse_url(url)
    if parts.path is None:
        raise httptools.HttpParserError("no path")
    return parts.path, parts.query or b""


async def busy(scope: Any, receive: Any, send: Any) -> None:
    """The application of a server that has enough to do."""
    headers = [(b"retry-after", str(RETRY_AFTER_SECONDS).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
