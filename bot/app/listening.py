"""The web server: uvicorn, and limits to what a connection may cost before anybody is asked.

Theory of operation. uvicorn gives a connection all the time it likes to bring the head of a request, and its parser
takes a head of any size. Here a connection *waits* from its opening, and from each answer, until the head of a request
is whole. Who waits for longer than some seconds is cut, and so is who does not fetch an answer. When there are as many
connections as there may be, the one that has waited longest gives way to the next; requests beyond their own limit read
503 with Retry-After. So connections that say nothing, however many, keep nobody out.

It stands on the names of uvicorn's own protocol over httptools, whose version is pinned.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from typing import Any

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from bot.logs import Sparing
from bot.web import RETRY_AFTER_SECONDS

# Together with the connections that we open ourselves, below the 1,024 files that a process may usually have.
MOST_CONNECTIONS = 600
# Below that, so that there is always one that waits and may give way.
MOST_REQUESTS = 500
WAIT_SECONDS = 5.0
# All header lines of a request, and its address.
MAX_HEAD_BYTES = 16 * 1024
# Of requests that come before an earlier one was answered. Nobody whom we know sends any.
MOST_PIPELINED = 4
# The proxy that brings requests is near: this is no limit to their speed.
RECEIVE_BUFFER_BYTES = 32 * 1024


class _Filter(logging.Filter):
    """Of what uvicorn says of requests that it cannot read, only so much."""

    def __init__(self) -> None:
        super().__init__()
        self._sparing = Sparing()

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno != logging.WARNING or self._sparing.take(str(record.msg)) is not None


_sparing_filter = _Filter()


class Connections:
    """Who waits for what since when, oldest first: a request's head is awaited of some, of some that an answer is
    fetched.
    """

    def __init__(self, most: int, most_requests: int, wait_seconds: float) -> None:
        self.most = most
        self.most_requests = most_requests
        self._wait_seconds = wait_seconds
        self.silent: dict[Connection, float] = {}
        self.clogged: dict[Connection, float] = {}

    def cut_overdue(self, now: float) -> None:
        """Cut everybody who was waited for too long."""
        for waiting in (self.silent, self.clogged):
            while waiting and now - next(iter(waiting.values())) > self._wait_seconds:
                self.cut(next(iter(waiting)))

    def cut(self, connection: "Connection") -> None:
        """Close one at once."""
        self.forget(connection)
        connection.transport.abort()

    def forget(self, connection: "Connection") -> None:
        """It is closed."""
        self.silent.pop(connection, None)
        self.clogged.pop(connection, None)


class Config(uvicorn.Config):
    """How we serve `app`, an ASGI application; `drain_seconds` is what its answers have at the end."""

    def __init__(
        self,
        app: Any,
        *,
        drain_seconds: int,
        most_connections: int = MOST_CONNECTIONS,
        most_requests: int = MOST_REQUESTS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        super().__init__(
            app,
            http=Connection,
            ws="none",
            interface="asgi3",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            # Nobody asks for the client's address.
            proxy_headers=False,
            limit_concurrency=most_requests,
            timeout_keep_alive=int(WAIT_SECONDS),
            timeout_graceful_shutdown=drain_seconds,
        )
        logging.getLogger("uvicorn.error").addFilter(_sparing_filter)
        self.known_connections = Connections(most_connections, most_requests, wait_seconds)


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: the app decides when it ends, and what ends after it."""

    config: Config

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def on_tick(self, counter: int) -> bool:
        self.config.known_connections.cut_overdue(asyncio.get_running_loop().time())
        return await super().on_tick(counter)


class Connection(HttpToolsProtocol):
    """One connection, within its limits."""

    config: Config

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._known = config.known_connections
        self._app = self.app
        # uvicorn's own answer beyond it asks nobody to come again: `_busy` does.
        self.limit_concurrency = None
        # A head is being read, and has so many bytes, as they came and as they were understood.
        self._in_head = True
        self._head_bytes = self._fields_bytes = 0
        self._ended = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        # What the system may keep for us of each: a loop takes all of that at once from all who sent something.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._wait()
        if len(self.connections) > self._known.most:
            self._known.cut(next(iter(self._known.silent)))

    def connection_lost(self, exc: Exception | None) -> None:
        self._known.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._ended = False
        super().data_received(data)
        # Of a piece that also ended a request, the next one counts: how much of it was head is not known.
        if self._in_head and not self._ended and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("Invalid HTTP request received.")

    def on_header(self, name: bytes, value: bytes) -> None:
        # These come after a body, too; each with a colon, a space and the end of its line.
        self._fields_bytes += len(name) + len(value) + 4
        if self._fields_bytes > MAX_HEAD_BYTES:
            raise httptools.HttpParserError("too long")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if len(self.url) > MAX_HEAD_BYTES or len(self.pipeline) >= MOST_PIPELINED:
            raise httptools.HttpParserError("too long, or too many at once")
        self._in_head, self._head_bytes = False, 0
        self._known.silent.pop(self, None)
        self.app = self._app if len(self.tasks) < self._known.most_requests else _busy
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = self._ended = True
        self._fields_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # A body that was not read to its end is thrown away, and what is still to come of it. Who is slow with that is
        # cut like who is silent.
        if self.cycle.response_complete:
            self.cycle.body = bytearray()
            if not self.transport.is_closing():
                self._wait()

    def pause_writing(self) -> None:
        self._known.clogged[self] = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._known.clogged.pop(self, None)
        super().resume_writing()

    def _wait(self) -> None:
        self._known.silent.pop(self, None)
        self._known.silent[self] = self.loop.time()


async def _busy(scope: Any, receive: Any, send: Any) -> None:
    headers = [
        (b"retry-after", str(RETRY_AFTER_SECONDS).encode()),
        (b"content-length", b"0"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
