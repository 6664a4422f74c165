"""A connection to the web server: HTTP/1.1 over httptools, ASGI behind it, and limits to what it may cost.

Theory of operation. A connection *waits* from its opening, and from each answer, until the head of a request is whole.
Who waits for longer than some seconds is cut, and so is who does not fetch an answer. When there are as many
connections as there may be, the one that has waited longest gives way to the next; requests beyond their own limit read
503 with Retry-After. So connections that say nothing, however many, keep nobody out.

It stands in uvicorn's server in the place of uvicorn's own protocol, which does more for a request than our small ones
cost in all: here a request is one task, and its answer, which the application gives whole, is one write.
"""

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Iterable
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol, cast
from urllib.parse import unquote

import httptools
from uvicorn.server import ServerState

from bot.app.connection_limits import MAX_HEAD_BYTES, MOST_PIPELINED, RECEIVE_BUFFER_BYTES, Connections
from bot.app.exchange import Exchange, busy, path_and_query

_STATUS_LINES = {status.value: b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode()) for status in HTTPStatus}
_PLAIN = [(b"content-type", b"text/plain; charset=utf-8")]
_ASGI = {"version": "3.0", "spec_version": "2.3"}

log = logging.getLogger("uvicorn.error")


class Served(Protocol):
    """What a connection reads of how it is served: a `uvicorn.Config`, and who waits."""

    known_connections: Connections
    loaded_app: Any


class Connection(asyncio.Protocol):
    """One connection, within its limits."""

    transport: asyncio.Transport

    def __init__(
        self,
        config: Served,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.loop = _loop or asyncio.get_running_loop()
        self._known = config.known_connections
        self._app = config.loaded_app
        self._server = server_state
        self._parser = httptools.HttpRequestParser(self)
        # What follows a request with "Connection: close" is not read, and is no reason to refuse that request.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        # The one whose answer is next, those behind it, and the one whose body is being read.
        self._running: Exchange | None = None
        self._pipeline: deque[Exchange] = deque()
        self._reading: Exchange | None = None
        self._paused = False
        self._drained: asyncio.Future[None] | None = None
        # A head is being read, and has so many bytes, as they came and as they were understood.
        self._in_head = True
        self._head_bytes = self._fields_bytes = 0
        self._ended = False
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._continues = False
        self._ends: dict[str, Any] = {}

    # What the loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of it, but all that it promises.
        self.transport = cast(asyncio.Transport, transport)
        # What the system may keep for us of each: a loop takes all of that at once from all who sent something.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        server, client = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        self._ends = {"server": server and server[:2], "client": client and client[:2]}
        self._server.connections.add(self)  # type: ignore[arg-type]  # uvicorn names its own protocols
        self._wait()
        if len(self._server.connections) > self._known.most:
            self._known.cut(next(iter(self._known.silent)))

    def connection_lost(self, exc: Exception | None) -> None:
        self._known.forget(self)
        self._server.connections.discard(self)
        if self._running is not None:
            self._running.gone()
        self._pipeline.clear()
        self._fetched()
        # They hold each other, and the bytes that came: the collector of such cycles comes late.
        self._running = self._reading = None
        del self._parser

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._ended = False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._refuse()
            return
        except httptools.HttpParserUpgrade:
            # It asked for another protocol, and is answered in this one; what follows it is in neither.
            return
        # Of a piece that also ended a request, the next one counts: how much of it was head is not known.
        if self._in_head and not self._ended:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse()

    def pause_writing(self) -> None:
        self._known.clogged[self] = self.loop.time()
        self._drained = self.loop.create_future()

    def resume_writing(self) -> None:
        self._known.clogged.pop(self, None)
        self._fetched()

    # What the parser tells.

    def on_message_begin(self) -> None:
        self._url, self._headers, self._continues = b"", [], False

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        # These come after a body, too; each with a colon, a space and the end of its line.
        self._fields_bytes += len(name) + len(value) + 4
        if self._fields_bytes > MAX_HEAD_BYTES:
            raise httptools.HttpParserError("too long")
        if self._in_head:
            name = name.lower()
            self._headers.append((name, value))
            if name == b"expect":
                self._continues = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        if len(self._url) > MAX_HEAD_BYTES or len(self._pipeline) >= MOST_PIPELINED:
            raise httptools.HttpParserError("too long, or too many at once")
        self._in_head, self._head_bytes = False, 0
        self._known.silent.pop(self, None)
        parser = self._parser
        version = parser.get_http_version()
        path, query = path_and_query(self._url)
        exchange = self._reading = Exchange(
            self,
            self._app if len(self._server.tasks) < self._known.most_requests else busy,
            {
                "type": "http",
                "asgi": _ASGI,
                "http_version": version,
                "method": parser.get_method().decode("ascii"),
                "scheme": "http",
                "path": unquote(path.decode("ascii")) if b"%" in path else path.decode("ascii"),
                "raw_path": path,
                "query_string": query,
                "root_path": "",
                "headers": self._headers,
                **self._ends,
            },
            keep_alive=version != "1.0" and parser.should_keep_alive() and not parser.should_upgrade(),
            continues=self._continues,
        )
        if self._running is None:
            self._start(exchange)
        else:
            self._pipeline.append(exchange)
            self._pause_reading()

    def on_body(self, body: bytes) -> None:
        if self._reading is not None and self._reading.feed(body):
            self._pause_reading()

    def on_message_complete(self) -> None:
        self._in_head = self._ended = True
        self._fields_bytes = 0
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.whole()

    # What an exchange asks for.

    def write(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(data)

    async def writable(self) -> None:
        """Wait until what was written before has been fetched."""
        if self._drained is not None:
            await self._drained

    def resume_reading(self) -> None:
        if self._paused and not self._pipeline and not self.transport.is_closing():
            self._paused = False
            self.transport.resume_reading()

    def answer(self, exchange: Exchange, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        """Write a whole answer, and turn to the next request."""
        lines = [_STATUS_LINES[status]]
        names = set()
        for name, value in (*self._server.default_headers, *headers):
            if b"\n" in value or b"\r" in value:
                raise ValueError("a header of more than a line")
            names.add(name)
            lines += (name, b": ", value, b"\r\n")
        if b"content-length" not in names and status not in (204, 304):
            lines.append(b"content-length: %d\r\n" % len(body))
        if b"connection" in names:
            # Nobody says anything else there than that it shall be closed.
            exchange.keep_alive = False
        elif not exchange.keep_alive:
            lines.append(b"connection: close\r\n")
        lines.append(b"\r\n")
        if not exchange.asks_for_head:
            lines.append(body)
        self.write(b"".join(lines))
        exchange.end()
        self._running = None
        if not exchange.keep_alive:
            self.transport.close()
        elif self._pipeline:
            self._start(self._pipeline.popleft())
        else:
            # Who is slow with a body that was not read to its end is cut like who is silent.
            self._wait()
        self.resume_reading()

    # What uvicorn's server asks for.

    def shutdown(self) -> None:
        """End with the answers that are due."""
        if self._running is None:
            self.transport.close()
        else:
            last = self._pipeline[-1] if self._pipeline else self._running
            last.keep_alive = False

    def _start(self, exchange: Exchange) -> None:
        self._running = exchange
        task = self.loop.create_task(exchange.run())
        self._server.tasks.add(task)
        task.add_done_callback(partial(self._done, exchange))

    def _done(self, exchange: Exchange, task: asyncio.Task[None]) -> None:
        self._server.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("Exception in ASGI application", exc_info=error)
        if not exchange.answered and not self.transport.is_closing():
            exchange.keep_alive = False
            self.answer(exchange, 500, _PLAIN, b"Internal Server Error")

    def _refuse(self) -> None:
        """Answer what is no request, and close."""
        text = "Invalid HTTP request received."
        log.warning(text)
        self.write(
            b"%scontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s"
            % (_STATUS_LINES[400], len(text), text.encode())
        )
        self.transport.close()

    def _pause_reading(self) -> None:
        if not self._paused and not self.transport.is_closing():
            self._paused = True
            self.transport.pause_reading()

    def _fetched(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    def _wait(self) -> None:
        self._known.silent.pop(self, None)
        self._known.silent[self] = self.loop.time()
