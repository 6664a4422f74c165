"""Calls to one server: connections that are kept, opened and waited for in turn."""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import aiohappyeyeballs

from bot.http_client.connection import HttpConnection, HttpReply
from bot.time_limits import Countdown, TimeLimit

CALL_SECONDS = 15.0
CONNECT_SECONDS = 5.0
# Many servers close a connection that was idle for a minute, some after less. A request that meets that is lost.
IDLE_SECONDS = 15.0
CONNECTIONS = 100
MAX_BODY_BYTES = 16 * 1024 * 1024
# When an address does not answer, the server's next one is tried beside it.
NEXT_ADDRESS_SECONDS = 0.25

_PORTS = {"http": 80, "https": 443}


class HttpClient:
    """Calls to paths below `url`; for one event loop.

    `headers` go with every request. TLS is checked by `ssl_context`, by default against the system's authorities. An
    unusable `url` or header raises nothing: it makes every call fail as a value, like a server that is away.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        connections: int = CONNECTIONS,
        connect_seconds: float = CONNECT_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._host, self._port, secure, self._below, self._problem = _parts(url)
        self._tls: dict[str, Any] = {}
        if secure:
            self._tls = {"ssl": ssl_context or ssl.create_default_context(), "server_hostname": self._host}
        name = f"[{self._host}]" if ":" in self._host else self._host
        if self._port != _PORTS["https" if secure else "http"]:
            name = f"{name}:{self._port}"
        lines = {"Host": name, "Accept-Encoding": "identity", **(headers or {})}
        self._lines = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        if not all(value.isascii() and value.isprintable() for value in lines.values()):
            self._problem = self._problem or "InvalidHeader"
        self._most = connections
        self._connect_seconds = connect_seconds
        self._open = 0
        self._connections: set[HttpConnection] = set()
        self._idle: list[HttpConnection] = []
        self._idle_times: Countdown[HttpConnection] = Countdown(idle_seconds, HttpConnection.abort)
        # Who waits is given a connection, or None for the right to open one.
        self._waiting: deque[asyncio.Future[HttpConnection | None]] = deque()
        self._limits: dict[float, TimeLimit] = {}

    async def post(
        self,
        path: str,
        body: bytes,
        *,
        content_type: str = "application/json",
        total_seconds: float = CALL_SECONDS,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> HttpReply:
        """Post `body` to `path`, which begins with a slash, once. Raises nothing that server or network may cause."""
        head = f"{self._lines}Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        return await self._call("POST", path, head, body, total_seconds, max_body_bytes)

    async def get(
        self, path: str, *, total_seconds: float = CALL_SECONDS, max_body_bytes: int = MAX_BODY_BYTES
    ) -> HttpReply:
        """Read `path`, which may have a query; as `post`."""
        return await self._call("GET", path, f"{self._lines}\r\n", b"", total_seconds, max_body_bytes)

    async def aclose(self) -> None:
        """Cut every connection; calls in flight fail. A later call opens new ones."""
        waiting, self._waiting = self._waiting, deque()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_exception(ConnectionAbortedError())
        for connection in tuple(self._connections):
            connection.abort()
        # The loop tells connections in its next round that they are closed.
        await asyncio.sleep(0)

    async def _call(
        self, method: str, path: str, head: str, body: bytes, total_seconds: float, max_body_bytes: int
    ) -> HttpReply:
        if self._problem:
            return HttpReply(0, error=self._problem)
        path = self._below + path
        if not (path.isascii() and path.isprintable() and " " not in path):
            return HttpReply(0, error="InvalidURL")
        limit = self._limits.get(total_seconds)
        if limit is None:
            limit = self._limits[total_seconds] = TimeLimit(total_seconds)
        request = f"{method} {path} HTTP/1.1\r\n{head}".encode("ascii") + body
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        try:
            return await limit.within(task, self._exchange(request, max_body_bytes))
        except (OSError, UnicodeError) as error:
            # TimeoutError and ssl.SSLError are OSErrors; UnicodeError is what a host name beyond 63 letters gives.
            return HttpReply(0, error=type(error).__name__)

    async def _exchange(self, request: bytes, max_body_bytes: int) -> HttpReply:
        connection = await self._acquire()
        try:
            return await connection.ask(request, max_body_bytes)
        finally:
            self._release(connection)

    async def _acquire(self) -> HttpConnection:
        while self._idle:
            connection = self._idle.pop()
            self._idle_times.stop(connection)
            if not connection.is_closing():
                return connection
            self._open -= 1
        if self._open < self._most:
            self._open += 1
        else:
            waiter: asyncio.Future[HttpConnection | None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                given = await waiter
            except asyncio.CancelledError:
                if not waiter.cancelled():
                    # It was given something in the moment in which it was cancelled.
                    self._pass_on(waiter.result())
                raise
            if given is not None and not given.is_closing():
                return given
        try:
            return await self._connect()
        except BaseException:
            self._pass_on(None)
            raise

    def _release(self, connection: HttpConnection) -> None:
        """A connection has done its work."""
        if connection.reusable and not connection.is_closing():
            self._pass_on(connection)
        else:
            connection.abort()
            self._pass_on(None)

    def _pass_on(self, connection: HttpConnection | None) -> None:
        """Give a connection, or the right to open one, to whoever has waited longest."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        if connection is None:
            self._open -= 1
        else:
            self._idle.append(connection)
            self._idle_times.start(connection)

    async def _connect(self) -> HttpConnection:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._connect_seconds):
            addresses = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            connected = await aiohappyeyeballs.start_connection(
                addresses, happy_eyeballs_delay=NEXT_ADDRESS_SECONDS, interleave=1
            )
            try:
                _, connection = await loop.create_connection(lambda: HttpConnection(self), sock=connected, **self._tls)
            except BaseException:
                connected.close()
                raise
        return connection

    def opened(self, connection: HttpConnection) -> None:
        """Told by a connection."""
        self._connections.add(connection)

    def lost(self, connection: HttpConnection) -> None:
        """Told by a connection that is closed."""
        self._connections.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
            self._idle_times.stop(connection)
            self._open -= 1


def _parts(url: str) -> tuple[str, int, bool, str, str]:
    """Host, port, whether it is TLS, and path of a URL; and what is wrong with it, empty when nothing is."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, LookupError):
        return "", 0, False, "", "InvalidURL"
    well = parts.hostname and not (parts.username or parts.password or parts.query or parts.fragment)
    problem = "" if well else "InvalidURL"
    return parts.hostname or "", port, parts.scheme == "https", parts.path.rstrip("/"), problem
