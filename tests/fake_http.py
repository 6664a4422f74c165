"""A small HTTP server and client over loopback, for the fakes: quick, because a bench shares their core.

One request at a time on a connection, bodies whole in memory, no TLS. A handler may answer `DROP` to close the
connection without a word, which is what a process does that dies.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httptools

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 503: "Service Unavailable"}
IDLE_SECONDS = 2.0


@dataclass(slots=True)
class Request:
    """What came in; header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Response:
    """What goes out, or came back."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Part:
    """One field of a form; `file_name` is None where it is no file."""

    name: str
    file_name: str | None
    media_type: str
    content: bytes


def form(request: Request) -> list[Part]:
    """The fields of a multipart form. Raises ValueError when the body is none."""
    kind, _, boundary = request.headers.get("content-type", "").partition("boundary=")
    if not kind.startswith("multipart/form-data") or not boundary:
        raise ValueError("not a form")
    mark = b"--" + boundary.strip('"').encode()
    first, *fields, last = request.body.split(mark)
    if first or not last.startswith(b"--"):
        raise ValueError("a form that does not end")
    return [_part(field.removeprefix(b"\r\n").removesuffix(b"\r\n")) for field in fields]


def _part(field: bytes) -> Part:
    head, gap, content = field.partition(b"\r\n\r\n")
    if not gap:
        raise ValueError("a field without an end of its head")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.decode().split("\r\n"))}
    named = dict(re.findall(r'(\w+)="([^"]*)"', headers["content-disposition"]))
    return Part(named["name"], named.get("filename"), headers.get("content-type", "text/plain"), content)


DROP = Response(0)
Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


class _ServerConnection(asyncio.Protocol):
    def __init__(self, server: "HttpServer") -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._parser: Any = httptools.HttpRequestParser(self)
        self._path = ""
        self._headers: dict[str, str] = {}
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.connections.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        # What was taken is carried out, even when whoever asked is gone: so does a real server.
        if self._transport is not None:
            self._server.connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            if self._transport is not None:
                self._transport.close()

    def on_url(self, url: bytes) -> None:
        self._path += url.decode()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode().lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        request = Request(self._parser.get_method().decode(), self._path, self._headers, self._body)
        keep_alive = self._parser.should_keep_alive()
        task = asyncio.get_running_loop().create_task(self._answer(request, keep_alive))
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)
        self._path, self._headers, self._body = "", {}, b""

    async def _answer(self, request: Request, keep_alive: bool) -> None:
        try:
            response = await self._server.handler(request)
        except Exception as error:
            self._server.errors.append(error)
            response = Response(500, repr(error).encode())
        if self._transport is None or self._transport.is_closing():
            return
        if response is DROP:
            self._transport.abort()
            return
        head = f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'Status')}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
        head += f"Content-Length: {len(response.body)}\r\n\r\n"
        self._transport.write(head.encode() + response.body)
        if not keep_alive:
            self._transport.close()


class HttpServer:
    """Serves `handler` on loopback. `errors` holds what the handler raised: a fault of the fake, not of the bot."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.errors: list[Exception] = []
        self.connections: set[asyncio.Transport] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on `port`, or on a free one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _ServerConnection(self), "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def aclose(self) -> None:
        """Stop listening and cut every connection; `start` with the old port brings it back."""
        if self._server is not None:
            self._server.close()
            for transport in tuple(self.connections):
                transport.abort()
            for task in tuple(self.tasks):
                task.cancel()
            await self._server.wait_closed()
            self._server = None


class _ClientConnection(asyncio.Protocol):
    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.idle_since = 0.0
        self.closed = False
        self._waiting: asyncio.Future[Response] | None = None
        self._parser: Any = None
        self._headers: dict[str, str] = {}
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionResetError("closed before the answer"))

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            if self._waiting is not None and not self._waiting.done():
                self._waiting.set_exception(ConnectionError(repr(error)))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode().lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if not self._parser.should_keep_alive():
            self.closed = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(Response(self._parser.get_status_code(), self._body, self._headers))

    def exchange(self, request: bytes) -> "asyncio.Future[Response]":
        assert self.transport is not None
        self._parser = httptools.HttpResponseParser(self)
        self._headers, self._body = {}, b""
        self._waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._waiting


class HttpClient:
    """Asks one host. Raises OSError (which TimeoutError and ConnectionError are) when there is no answer."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._idle: list[_ClientConnection] = []

    async def post(self, path: str, body: bytes, headers: dict[str, str], *, timeout: float = 30.0) -> Response:
        """Bring something."""
        return await self._exchange("POST", path, {"Content-Length": str(len(body)), **headers}, body, timeout)

    async def get(self, path: str, *, timeout: float = 30.0) -> Response:
        """Look something up."""
        return await self._exchange("GET", path, {}, b"", timeout)

    async def _exchange(self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float) -> Response:
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection = self._take() or await self._connect()
        answer = connection.exchange(f"{head}\r\n".encode() + body)
        try:
            async with asyncio.timeout(timeout):
                response = await answer
        except BaseException:
            if connection.transport is not None:
                connection.transport.abort()
            raise
        if not connection.closed:
            connection.idle_since = time.monotonic()
            self._idle.append(connection)
        return response

    def _take(self) -> _ClientConnection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed and time.monotonic() - connection.idle_since < IDLE_SECONDS:
                return connection
            if connection.transport is not None:
                connection.transport.abort()
        return None

    async def _connect(self) -> _ClientConnection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_ClientConnection, self._host, self._port)
        return connection

    async def aclose(self) -> None:
        """Cut every idle connection."""
        for connection in self._idle:
            if connection.transport is not None:
                connection.transport.abort()
        self._idle.clear()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
