"""One connection: a request is written, its answer is read within its limits."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple, Protocol, cast

import httptools

MAX_HEAD_BYTES = 32 * 1024

TOO_LARGE = "TooLarge"
DISCONNECTED = "ServerDisconnected"
UNREADABLE = "UnreadableAnswer"
COMPRESSED = "CompressedAnswer"
"""Errors that no type of Python's names: an answer that is larger than was asked for, one that ended early, one that is
no HTTP, and one that is packed though that was declined.
"""


class HttpReply(NamedTuple):
    """What came back: names of headers are in lower case. Without a whole answer `status` is 0, and `error` says why,
    by the name of a type.
    """

    status: int
    body: bytes = b""
    headers: Mapping[bytes, bytes] = {}
    error: str = ""


class Owner(Protocol):
    """Whoever opens connections, and is told of them."""

    def opened(self, connection: "HttpConnection") -> None:
        """It is open."""
        ...

    def lost(self, connection: "HttpConnection") -> None:
        """It is closed."""
        ...


class HttpConnection(asyncio.Protocol):
    """One connection: one request at a time, and its answer. `reusable` holds after an answer."""

    def __init__(self, owner: Owner) -> None:
        self.reusable = False
        self._owner = owner
        self._transport: asyncio.Transport
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[HttpReply] | None = None
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._in_body = False
        self._received_bytes = self._body_bytes = self._max_body_bytes = 0

    def ask(self, request: bytes, max_body_bytes: int) -> "asyncio.Future[HttpReply]":
        """Write a request; its answer comes."""
        waiter = self._waiter = asyncio.get_running_loop().create_future()
        self.reusable = False
        self._headers, self._body, self._in_body = {}, [], False
        self._received_bytes = self._body_bytes = 0
        self._max_body_bytes = max_body_bytes
        if self._transport.is_closing():
            self._end(HttpReply(0, error=DISCONNECTED))
        else:
            self._transport.write(request)
        return waiter

    def is_closing(self) -> bool:
        """Whether this end, or the other one as far as it is known, is closed."""
        return self._transport.is_closing()

    def abort(self) -> None:
        """Cut it at once."""
        self._end(HttpReply(0, error="ConnectionAbortedError"))
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of it, but all that it promises.
        self._transport = cast(asyncio.Transport, transport)
        self._owner.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        # An answer without a length ends with its connection; any other one would be cut short.
        if exc is None and self._in_body and not self._headers.keys() & {b"content-length", b"transfer-encoding"}:
            self._complete()
        self._end(HttpReply(0, error=DISCONNECTED if exc is None else type(exc).__name__))
        self._owner.lost(self)
        # They hold each other: the collector of such cycles comes late.
        del self._parser

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:
            # It belongs to no request.
            self.abort()
            return
        self._received_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.reusable = False
            self._end(HttpReply(0, error=UNREADABLE))
        # The marks of chunks, and what may follow a body, are not counted with it, but have their limit.
        most_bytes = MAX_HEAD_BYTES + (self._max_body_bytes * 5 // 4 if self._in_body else 0)
        if self._received_bytes > most_bytes or self._body_bytes > self._max_body_bytes:
            self._end(HttpReply(0, error=TOO_LARGE))

    def on_message_begin(self) -> None:
        """Another answer after the one that was asked for spoils the connection."""
        self.reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_body:
            self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self._in_body = True

    def on_body(self, body: bytes) -> None:
        self._body.append(body)
        self._body_bytes += len(body)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:
            # "100 Continue" and its like: the answer is still to come.
            self._headers, self._in_body = {}, False
        elif self._waiter is not None:
            self._complete()

    def _complete(self) -> None:
        if self._body_bytes > self._max_body_bytes:
            self._end(HttpReply(0, error=TOO_LARGE))
        elif self._headers.get(b"content-encoding", b"identity").lower() != b"identity":
            # It was declined. A small body could unpack into a huge one, so it is not unpacked.
            self._end(HttpReply(0, error=COMPRESSED))
        else:
            self.reusable = self._parser.should_keep_alive()
            self._end(HttpReply(self._parser.get_status_code(), b"".join(self._body), self._headers))

    def _end(self, reply: HttpReply) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(reply)
