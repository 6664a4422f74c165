"""The provider's HTTP, on the connections of `http_client`, with httpx's errors.

Why not httpx's own transport: its pool costs several milliseconds of CPU a call with 200 calls in flight, more than the
whole dialogue around it. And what matters for money is plain to see here: `ConnectError` and `ConnectTimeout` are
raised only before the first byte of the request is written, every other error only after. So the first two prove that
nothing was sent.

A request has a connection of its own, closed behind it, unless it says `extensions={"reuse": True}`. That is for calls
that may be repeated: an idle connection may have died unnoticed, and then the request is sent once more on a fresh one.
"""

import asyncio
import re
import ssl
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import httpx

from bot.http_client import COMPRESSED, DISCONNECTED, TOO_LARGE, UNREADABLE, HttpConnection, HttpReply
from bot.time_limits import TimeLimit

# Node's HTTP server closes an idle connection after 5 s: reusing one just before that would only meet its end.
IDLE_SECONDS = 4.0
MAX_IDLE = 64

# Whatever a header says, it says it on its own line.
_HEAD = re.compile(rb"[A-Z]+ [!-~]+ HTTP/1\.1\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t -~\x80-\xff]*\r\n)+\r\n")

# Raised before the first byte of a request is written.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# Raised after it: nobody knows what became of the request. Named one by one, for a group that gains a member would turn
# "nobody knows" into "not sent".
UNKNOWN = (
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
    httpx.LocalProtocolError,
    httpx.DecodingError,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.TooManyRedirects,
)

Origin = tuple[str, str, int]
"""Scheme, host and port."""

Timeout = Mapping[str, float | None]
"""Seconds to `connect`, and for the whole exchange (`read`)."""


class _Idle(NamedTuple):
    connection: HttpConnection
    origin: Origin
    since: float


class LeanTransport(httpx.AsyncBaseTransport):
    """Sends a request and reads its answer whole, at most `max_body_bytes` of it. For one event loop.

    Raises httpx.ConnectError and httpx.ConnectTimeout when nothing was sent; httpx.ReadTimeout, ReadError,
    RemoteProtocolError and DecodingError when nobody knows what became of the request. The `timeout` extension's `read`
    is the time for the whole exchange after connecting, so that a server that drips bytes cannot hold a call for ever.
    """

    def __init__(
        self,
        *,
        max_body_bytes: int,
        ssl_context: ssl.SSLContext | None = None,
        max_idle: int = MAX_IDLE,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._max_body_bytes = max_body_bytes
        self._max_idle = max_idle
        self._idle_seconds = idle_seconds
        self._ssl_context = ssl_context
        self._idle: deque[_Idle] = deque()
        self._connections: set[HttpConnection] = set()
        self._limits: dict[float, TimeLimit] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reuse = request.extensions.get("reuse", False)
        timeout: Timeout = request.extensions.get("timeout", {})
        head = (
            f"{request.method} ".encode("ascii") + request.url.raw_path + b" HTTP/1.1\r\n" + lines_of(request.headers)
        )
        reply = await self.exchange(origin_of(request.url), head, request.content, timeout, reuse=reuse)
        return httpx.Response(reply.status, headers=list(reply.headers.items()), content=reply.body, request=request)

    async def exchange(self, origin: Origin, head: bytes, body: bytes, timeout: Timeout, *, reuse: bool) -> HttpReply:
        """The same for whoever writes a request's head without httpx: all its lines, without the empty one. Raises
        httpx.LocalProtocolError, before a connection is made, for a head that would be another one.
        """
        message = head + (b"\r\n" if reuse else b"connection: close\r\n\r\n")
        if _HEAD.fullmatch(message) is None:
            raise httpx.LocalProtocolError("a header, or an address, that cannot be sent")
        message += body
        if reuse and (idle := self._take(origin)) is not None:
            try:
                return await self._exchange(idle, origin, message, timeout.get("read"), reuse)
            except (httpx.ReadError, httpx.RemoteProtocolError):
                pass
        connection = await self._connect(origin, timeout.get("connect"))
        return await self._exchange(connection, origin, message, timeout.get("read"), reuse)

    async def aclose(self) -> None:
        """Cut every connection; exchanges in flight end with an error."""
        self._idle.clear()
        for connection in tuple(self._connections):
            connection.abort()

    def opened(self, connection: HttpConnection) -> None:
        """Told by a connection."""
        self._connections.add(connection)

    def lost(self, connection: HttpConnection) -> None:
        """Told by a connection that is closed."""
        self._connections.discard(connection)

    async def _connect(self, origin: Origin, seconds: float | None) -> HttpConnection:
        scheme, host, port = origin
        try:
            async with asyncio.timeout(seconds):
                tls: dict[str, Any] = {}
                if scheme == "https":
                    self._ssl_context = self._ssl_context or httpx.create_ssl_context()
                    tls = {"ssl": self._ssl_context, "server_hostname": host}
                loop = asyncio.get_running_loop()
                _, connection = await loop.create_connection(lambda: HttpConnection(self), host, port, **tls)
        except TimeoutError as error:
            # The kernel's own ETIMEDOUT is a TimeoutError too. Both are before anything was sent.
            raise httpx.ConnectTimeout(f"no connection within {seconds} s") from error
        except (OSError, UnicodeError) as error:
            # ssl.SSLError is an OSError; UnicodeError is what a host name beyond 63 letters gives.
            raise httpx.ConnectError(str(error)) from error
        if connection.is_closing():
            raise httpx.ConnectError("the server closed the connection at once")
        return connection

    async def _exchange(
        self,
        connection: HttpConnection,
        origin: Origin,
        message: bytes,
        seconds: float | None,
        reuse: bool,
    ) -> HttpReply:
        """Write the request and read the answer. The connection goes back to the idle ones, or is closed."""
        try:
            answer = connection.ask(message, self._max_body_bytes)
            reply = await (answer if seconds is None else self._within(seconds, answer))
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"no whole answer within {seconds} s") from error
        finally:
            # Bytes after the answer belong to no request of ours: such a connection is not reusable.
            if reuse and connection.reusable and not connection.is_closing():
                self._put(connection, origin)
            else:
                connection.abort()
        if reply.status == 0:
            raise _error(reply)
        return reply

    async def _within(self, seconds: float, answer: "asyncio.Future[HttpReply]") -> HttpReply:
        limit = self._limits.get(seconds)
        if limit is None:
            limit = self._limits[seconds] = TimeLimit(seconds)
        return await limit.within(cast("asyncio.Task[Any]", asyncio.current_task()), answer)

    def _take(self, origin: Origin) -> HttpConnection | None:
        """The idle connection that was used last, as far as it may still live."""
        oldest = asyncio.get_running_loop().time() - self._idle_seconds
        while self._idle:
            idle = self._idle.pop()
            if idle.origin == origin and idle.since > oldest and not idle.connection.is_closing():
                return idle.connection
            idle.connection.abort()
        return None

    def _put(self, connection: HttpConnection, origin: Origin) -> None:
        if len(self._idle) >= self._max_idle:
            self._idle.popleft().connection.abort()
        self._idle.append(_Idle(connection, origin, asyncio.get_running_loop().time()))


def _error(reply: HttpReply) -> httpx.TransportError | httpx.DecodingError:
    """What broke an exchange, as httpx calls it."""
    if reply.error in (DISCONNECTED, UNREADABLE, TOO_LARGE):
        return httpx.RemoteProtocolError(reply.error)
    if reply.error == COMPRESSED:
        return httpx.DecodingError(reply.error)
    # The kernel's own ETIMEDOUT.
    return httpx.ReadTimeout(reply.error) if reply.error == "TimeoutError" else httpx.ReadError(reply.error)


def origin_of(url: httpx.URL) -> Origin:
    """The server of a URL."""
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def lines_of(headers: httpx.Headers) -> bytes:
    """The lines of a request's head that tell its headers."""
    return b"".join(b"%s: %s\r\n" % header for header in headers.raw)
