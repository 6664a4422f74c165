"""The provider's HTTP, on asyncio's streams and h11, with httpx's errors.

Why not httpx's own transport: its pool costs several milliseconds of CPU a call with 200 calls in flight, more than the
whole dialogue around it. h11 is the parser that httpx itself stands on; what is left is short enough to be read whole.
And what matters for money is plain to see here: `ConnectError` and `ConnectTimeout` are raised only before the first
byte of the request is written, every other error only after. So the first two prove that nothing was sent.

A request has a connection of its own, closed behind it, unless it says `extensions={"reuse": True}`. That is for calls
that may be repeated: an idle connection may have died unnoticed, and then the request is sent once more on a fresh one.
"""

import asyncio
import ssl
from collections import deque
from typing import Any, NamedTuple

import h11
import httpx

# Node's HTTP server closes an idle connection after 5 s: reusing one just before that would only meet its end.
IDLE_SECONDS = 4.0
MAX_IDLE = 64
READ_BYTES = 65_536


class _Connection(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    http: h11.Connection
    origin: tuple[str, str, int]
    idle_since: float = 0.0


class StreamTransport(httpx.AsyncBaseTransport):
    """Sends a request and reads its answer whole, at most `max_body_bytes` of it.

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
        self._idle: deque[_Connection] = deque()
        self._in_use: set[asyncio.StreamWriter] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url, reuse = request.url, request.extensions.get("reuse", False)
        timeout: dict[str, float | None] = request.extensions.get("timeout", {})
        origin = (url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80))
        message = _serialised(request, reuse)
        if reuse and (idle := self._take(origin)) is not None:
            try:
                return await self._exchange(idle, message, request, timeout.get("read"), reuse)
            except (httpx.ReadError, httpx.RemoteProtocolError):
                pass
        connection = await self._connect(origin, timeout.get("connect"))
        return await self._exchange(connection, message, request, timeout.get("read"), reuse)

    async def aclose(self) -> None:
        """Cut every connection; exchanges in flight end with an error."""
        for connection in self._idle:
            connection.writer.transport.abort()
        self._idle.clear()
        for writer in self._in_use:
            writer.transport.abort()

    async def _connect(self, origin: tuple[str, str, int], seconds: float | None) -> _Connection:
        scheme, host, port = origin
        try:
            async with asyncio.timeout(seconds):
                tls: dict[str, Any] = {}
                if scheme == "https":
                    self._ssl_context = self._ssl_context or httpx.create_ssl_context()
                    tls = {"ssl": self._ssl_context, "server_hostname": host}
                reader, writer = await asyncio.open_connection(host, port, **tls)
        except TimeoutError as error:
            # The kernel's own ETIMEDOUT is a TimeoutError too. Both are before anything was sent.
            raise httpx.ConnectTimeout(f"no connection within {seconds} s") from error
        except (OSError, UnicodeError) as error:
            # ssl.SSLError is an OSError; UnicodeError is what a host name beyond 63 letters gives.
            raise httpx.ConnectError(str(error)) from error
        if writer.is_closing():
            raise httpx.ConnectError("the server closed the connection at once")
        return _Connection(reader, writer, h11.Connection(h11.CLIENT), origin)

    async def _exchange(
        self,
        connection: _Connection,
        message: list[h11.Event],
        request: httpx.Request,
        seconds: float | None,
        reuse: bool,
    ) -> httpx.Response:
        """Write the request and read the answer. The connection goes back to the idle ones, or is closed."""
        reader, writer, http, _, _ = connection
        kept = False
        self._in_use.add(writer)
        try:
            async with asyncio.timeout(seconds):
                writer.write(b"".join(http.send(event) or b"" for event in message))
                response = await self._answer(reader, http, request)
            # Bytes after the answer belong to no request of ours: such a connection is not used again.
            kept = reuse and http.our_state is http.their_state is h11.DONE and http.trailing_data == (b"", False)
            return response
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"no whole answer within {seconds} s") from error
        except OSError as error:
            raise httpx.ReadError(str(error)) from error
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        finally:
            self._in_use.discard(writer)
            if kept:
                http.start_next_cycle()
                self._put(connection)
            else:
                writer.transport.abort()

    async def _answer(
        self, reader: asyncio.StreamReader, http: h11.Connection, request: httpx.Request
    ) -> httpx.Response:
        head: h11.Response | None = None
        body = bytearray()
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(READ_BYTES))
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > self._max_body_bytes:
                    raise httpx.RemoteProtocolError(f"an answer of more than {self._max_body_bytes} bytes")
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                break
            elif not isinstance(event, h11.InformationalResponse):
                # h11 raises before it comes to this. A loop that neither reads nor ends must not be possible.
                raise httpx.RemoteProtocolError("the connection ended without an answer")
        encoding = next((value for name, value in head.headers if name == b"content-encoding"), b"identity")
        if encoding.lower() != b"identity":
            # Compression was declined. A small body could unpack into a huge one, so it is not unpacked.
            raise httpx.DecodingError("the answer is compressed")
        return httpx.Response(head.status_code, headers=head.headers.raw_items(), content=bytes(body), request=request)

    def _take(self, origin: tuple[str, str, int]) -> _Connection | None:
        """The idle connection that was used last, as far as it may still live."""
        oldest = asyncio.get_running_loop().time() - self._idle_seconds
        while self._idle:
            connection = self._idle.pop()
            dead = connection.reader.at_eof() or connection.writer.is_closing()
            if connection.origin == origin and connection.idle_since > oldest and not dead:
                return connection
            connection.writer.transport.abort()
        return None

    def _put(self, connection: _Connection) -> None:
        if len(self._idle) >= self._max_idle:
            self._idle.popleft().writer.transport.abort()
        self._idle.append(connection._replace(idle_since=asyncio.get_running_loop().time()))


def _serialised(request: httpx.Request, reuse: bool) -> list[h11.Event]:
    """The request as h11's events. Raises httpx.LocalProtocolError, before a connection is made, for a bad header."""
    headers = request.headers.raw if reuse else [*request.headers.raw, (b"connection", b"close")]
    try:
        head = h11.Request(method=request.method, target=request.url.raw_path, headers=headers)
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error)) from error
    events: list[h11.Event] = [head]
    if request.content:
        events.append(h11.Data(data=request.content))
    return [*events, h11.EndOfMessage()]
