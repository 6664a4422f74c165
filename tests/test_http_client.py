"""The HTTP client against a server that misbehaves in every way, on asyncio's own loop and on uvloop."""

import asyncio
import socket
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.http_client import MAX_HEAD_BYTES, TOO_LARGE, HttpClient, HttpReply

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module", params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param}


class Server:
    """Does on each connection what `answer` says, which may be changed between them; keeps what it was sent."""

    def __init__(self) -> None:
        self.answer: Answer = saying(OK)
        self.requests: list[bytes] = []
        self.opened = 0
        self.port = 0

    async def start(self, tls: ssl.SSLContext | None = None) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        try:
            while request := await read_request(reader):
                self.requests.append(request)
                await self.answer(reader, writer)
        except OSError:
            pass
        finally:
            writer.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


async def read_request(reader: asyncio.StreamReader) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = next((line[15:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), b"0")
    return head + await reader.readexactly(int(length))


def saying(*pieces: bytes, close: bool = False) -> Answer:
    """An answer in pieces, each of which travels alone."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if close:
            writer.close()

    return answer


async def aborting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # Without waiting for anything: this is what makes it a reset.
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    served = Server()
    async with await served.start():
        yield served


@pytest.fixture
async def client(server: Server) -> AsyncIterator[HttpClient]:
    client = HttpClient(f"{server.url}/base/", headers={"Authorization": "Bearer x"})
    yield client
    await client.aclose()


async def test_a_post_is_written_at_once_with_all_that_it_needs(server: Server, client: HttpClient):
    assert (await client.post("/here?a=b", b'{"x":1}'))[:2] == (200, b"ok")
    assert server.requests == [
        b"POST /base/here?a=b HTTP/1.1\r\n"
        b"Host: 127.0.0.1:%d\r\nAccept-Encoding: identity\r\nAuthorization: Bearer x\r\n"
        b'Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{"x":1}' % server.port
    ]


async def test_a_get_has_no_body(server: Server, client: HttpClient):
    assert (await client.get("/here")).body == b"ok"
    assert server.requests[0].startswith(b"GET /base/here HTTP/1.1\r\n")
    assert b"Content" not in server.requests[0]


async def test_a_large_body_travels_whole(server: Server, client: HttpClient):
    body = bytes(range(256)) * 20_000
    server.answer = saying(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body), body)
    assert (await client.post("/", body)).body == body
    assert server.requests[0].endswith(body)


WELL: list[tuple[str, tuple[bytes, ...], bool, int, bytes, bool]] = [
    # what, pieces, closes after it, status, body, is used again
    ("length", (OK,), False, 200, b"ok", True),
    ("byte by byte", tuple(bytes((byte,)) for byte in OK), False, 200, b"ok", True),
    ("length zero", (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",), False, 200, b"", True),
    ("no content", (b"HTTP/1.1 204 No Content\r\n\r\n",), False, 204, b"", True),
    ("not modified", (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",), False, 304, b"", True),
    ("redirect", (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",), False, 302, b"", True),
    ("no reason", (b"HTTP/1.1 500\r\nContent-Length: 1\r\n\r\nx",), False, 500, b"x", True),
    (
        "continue",
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n", OK),
        False,
        200,
        b"ok",
        True,
    ),
    (
        "chunks",
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n", b"1;x=y\r\nk\r\n", b"0\r\n\r\n"),
        False,
        200,
        b"ok",
        True,
    ),
    (
        "chunks with a trailer",
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", b"0\r\nContent-Encoding: br\r\n\r\n"),
        False,
        200,
        b"ok",
        True,
    ),
    ("until the end", (b"HTTP/1.1 200 OK\r\n\r\no", b"k"), True, 200, b"ok", False),
    ("old", (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",), False, 200, b"ok", False),
    (
        "told to close",
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",),
        False,
        200,
        b"ok",
        False,
    ),
    ("more than it said", (OK + b"more",), False, 200, b"ok", False),
    ("two answers", (OK + OK,), False, 200, b"ok", False),
    ("one more, begun", (OK + b"HTT",), False, 200, b"ok", False),
]


@pytest.mark.parametrize(
    ("pieces", "close", "status", "body", "again"), [case[1:] for case in WELL], ids=[case[0] for case in WELL]
)
async def test_an_answer_is_read_to_its_end(
    server: Server, client: HttpClient, pieces: tuple[bytes, ...], close: bool, status: int, body: bytes, again: bool
):
    server.answer = saying(*pieces, close=close)
    reply = await client.post("/", b"{}")
    assert (reply.status, reply.body, reply.error) == (status, body, "")
    server.answer = saying(OK)
    assert (await client.post("/", b"{}")).status == 200
    assert (server.opened, len(server.requests)) == (1 if again else 2, 2)


async def test_headers_are_in_lower_case_and_those_of_a_trailer_are_none(server: Server, client: HttpClient):
    server.answer = saying(
        b"HTTP/1.1 429 X\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nRETRY-AFTER: 9\r\n\r\n"
    )
    assert (await client.post("/", b"{}")).headers == {b"retry-after": b"7", b"transfer-encoding": b"chunked"}


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ILL: list[tuple[str, Answer, str]] = [
    ("nothing", saying(close=True), "ServerDisconnected"),
    ("reset", aborting, "ConnectionResetError"),
    ("half a head", saying(HEAD + b"Content-Le", close=True), "ServerDisconnected"),
    ("half a body", saying(HEAD + b"Content-Length: 9\r\n\r\nhalf", close=True), "ServerDisconnected"),
    ("half a chunk", saying(CHUNKED + b"9\r\nhalf", close=True), "ServerDisconnected"),
    ("no last chunk", saying(CHUNKED + b"2\r\nok\r\n", close=True), "ServerDisconnected"),
    ("only continue", saying(b"HTTP/1.1 100 Continue\r\n\r\n", close=True), "ServerDisconnected"),
    ("garbage", saying(b"<html>not HTTP</html>"), "UnreadableAnswer"),
    ("a request", saying(b"POST / HTTP/1.1\r\n\r\n"), "UnreadableAnswer"),
    ("no chunk", saying(CHUNKED + b"zz\r\n"), "UnreadableAnswer"),
    ("two lengths", saying(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok"), "UnreadableAnswer"),
    ("a length and chunks", saying(HEAD + b"Content-Length: 2\r\n" + CHUNKED[len(HEAD) :]), "UnreadableAnswer"),
    ("another protocol", saying(b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), "UnreadableAnswer"),
    ("compressed", saying(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok"), "CompressedAnswer"),
    ("a huge line", saying(HEAD + b"X: " + b"x" * 200_000), TOO_LARGE),
    ("huge headers", saying(HEAD, *[b"X-%d: %s\r\n" % (number, b"x" * 4_000) for number in range(12)]), TOO_LARGE),
    ("endless continues", saying(*[b"HTTP/1.1 100 C\r\nX: %s\r\n\r\n" % (b"x" * 8_000)] * 6), TOO_LARGE),
    ("a huge body", saying(HEAD + b"Content-Length: 999999999\r\n\r\n", *[b"x" * 65_536] * 20), TOO_LARGE),
    ("an endless body", saying(HEAD + b"\r\n", *[b"x" * 65_536] * 20), TOO_LARGE),
    ("a body that is a byte too large", saying(HEAD + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001), TOO_LARGE),
    ("tiny chunks", saying(CHUNKED, *[b"1\r\nx\r\n" * 900] * 9), TOO_LARGE),
    ("an endless trailer", saying(CHUNKED + b"0\r\nX: ", *[b"x" * 9_000] * 9), TOO_LARGE),
    ("silence", silent, "TimeoutError"),
    ("a drip", saying(HEAD + b"Content-Length: 9\r\n\r\nx"), "TimeoutError"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "error"), [case[1:] for case in ILL], ids=[case[0] for case in ILL])
async def test_every_trouble_is_a_value_and_nothing_is_sent_again(
    server: Server, client: HttpClient, answer: Answer, error: str
):
    assert (await client.post("/", b"{}")).status == 200
    server.answer = answer
    # On the connection that was used before, where others would try once more.
    reply = await client.post("/", b"{}", max_body_bytes=1000, total_seconds=0.3)
    assert reply == HttpReply(0, error=error)
    assert (server.opened, len(server.requests)) == (1, 2)
    server.answer = saying(OK)
    assert (await client.post("/", b"{}")).status == 200
    assert server.opened == 2


async def test_a_body_as_large_as_it_may_be_is_read(server: Server, client: HttpClient):
    for head in (b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n"):
        server.answer = saying(HEAD + head + b"x" * 1000 + (b"\r\n0\r\n\r\n" if b"chunked" in head else b""))
        assert (await client.get("/", max_body_bytes=1000)).body == b"x" * 1000
    assert server.opened == 1
    assert MAX_HEAD_BYTES > 1000


async def test_a_server_that_closes_an_idle_connection_is_noticed(server: Server, client: HttpClient):
    closed: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        closed.append(writer)

    server.answer = answer
    assert (await client.post("/", b"{}")).status == 200
    closed[0].close()
    await until(lambda: not client._connections)
    assert client._open == 0
    assert (await client.post("/", b"{}")).status == 200
    assert server.opened == 2


async def test_a_request_that_meets_the_end_of_an_idle_connection_is_lost_and_not_repeated(
    server: Server, client: HttpClient
):
    assert (await client.post("/", b"{}")).status == 200
    (connection,) = client._connections
    # Nobody has told the loop yet that this connection is over.
    connection._transport.close()
    connection.is_closing = lambda: False  # type: ignore[method-assign]  # the moment before it is known
    reply = await client.post("/", b"{}")
    assert reply == HttpReply(0, error="ServerDisconnected")
    assert len(server.requests) == 1
    assert (await client.post("/", b"{}")).status == 200


async def test_words_that_nobody_asked_for_end_a_connection(server: Server, client: HttpClient):
    writers: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        writers.append(writer)

    server.answer = answer
    assert (await client.post("/", b"{}")).status == 200
    writers[0].write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
    await until(lambda: not client._connections)
    assert (await client.post("/", b"{}")).status == 200
    assert server.opened == 2


async def test_a_connection_that_was_idle_for_long_is_closed(server: Server):
    client = HttpClient(server.url, idle_seconds=0.05)
    assert (await client.post("/", b"{}")).status == 200
    assert client._open == 1
    await until(lambda: not client._connections)
    assert client._open == 0
    assert (await client.post("/", b"{}")).status == 200
    assert server.opened == 2
    await client.aclose()


async def test_no_more_connections_than_allowed_and_whoever_waits_goes_in_order(server: Server):
    client, order, gate = HttpClient(server.url, connections=2), [], asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        writer.write(OK)

    server.answer = answer

    async def call(number: int) -> None:
        assert (await client.post(f"/{number}", b"{}")).status == 200
        order.append(number)

    calls = [asyncio.create_task(call(number)) for number in range(9)]
    await until(lambda: len(server.requests) == 2)
    gate.set()
    await asyncio.gather(*calls)
    assert server.opened == 2
    assert [request.split()[1] for request in server.requests[2:]] == [b"/%d" % number for number in range(2, 9)]
    assert sorted(order) == list(range(9))
    await client.aclose()
    assert client._open == 0


async def test_whoever_gives_up_waiting_leaves_the_line_and_whoever_breaks_a_connection_makes_room(server: Server):
    client, gate = HttpClient(server.url, connections=1), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        writer.write(OK)

    server.answer = answer
    first = asyncio.create_task(client.post("/first", b"{}"))
    await until(lambda: len(server.requests) == 1)
    impatient = await client.post("/impatient", b"{}", total_seconds=0.02)
    assert impatient == HttpReply(0, error="TimeoutError")
    cancelled, patient = (asyncio.create_task(client.post(f"/{name}", b"{}")) for name in ("cancelled", "patient"))
    await asyncio.sleep(0)
    cancelled.cancel()
    first.cancel()
    gate.set()
    assert (await patient).status == 200
    assert (first.cancelled(), cancelled.cancelled()) == (True, True)
    assert [request.split()[1] for request in server.requests] == [b"/first", b"/patient"]
    assert (server.opened, client._open) == (2, 1)
    await client.aclose()


async def test_what_was_given_to_somebody_who_is_cancelled_at_that_moment_goes_on(server: Server):
    client, gate = HttpClient(server.url, connections=1), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        writer.write(OK)

    server.answer = answer
    first = asyncio.create_task(client.post("/", b"{}"))
    await until(lambda: client._open == 1)
    second, third = (asyncio.create_task(client.post(f"/{name}", b"{}")) for name in ("second", "third"))
    await until(lambda: len(client._waiting) == 2)
    waiter = client._waiting[0]
    pass_on = client._pass_on

    def and_cancel(connection: Any) -> None:
        pass_on(connection)
        if waiter.done() and not second.cancelling():
            second.cancel()

    client._pass_on = and_cancel  # type: ignore[method-assign]  # the moment between giving and taking
    gate.set()
    assert [reply.status for reply in await asyncio.gather(first, third)] == [200, 200]
    assert second.cancelled()
    assert (server.opened, client._open) == (1, 1)
    await client.aclose()


async def test_after_the_end_calls_fail_that_were_in_flight_and_later_ones_connect_again(server: Server):
    client = HttpClient(server.url, connections=1)
    server.answer = silent
    calls = [asyncio.create_task(client.post("/", b"{}")) for _ in range(3)]
    await until(lambda: bool(server.requests))
    await client.aclose()
    assert [reply.error for reply in await asyncio.gather(*calls)] == ["ConnectionAbortedError"] * 3
    assert (client._open, client._connections) == (0, set())
    server.answer = saying(OK)
    assert (await client.post("/", b"{}")).status == 200
    await client.aclose()


async def test_a_server_that_is_away_is_a_value(server: Server):
    unused = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = unused.sockets[0].getsockname()[1]
    unused.close()
    client = HttpClient(f"http://127.0.0.1:{port}")
    for _ in range(2):
        assert await client.post("/", b"{}") == HttpReply(0, error="ConnectionRefusedError")
    assert client._open == 0
    long = HttpClient(f"http://127.0.0.1.{'x' * 70}/")
    assert (await long.post("/", b"{}")).error in ("UnicodeError", "gaierror", "RuntimeError")


async def test_a_connection_that_is_not_made_has_its_own_limit(server: Server):
    class Stuck(HttpClient):
        pass

    client = Stuck(server.url, connect_seconds=0.02)
    loop = asyncio.get_running_loop()
    never = asyncio.Event()

    async def getaddrinfo(*args: object, **named: object) -> Any:
        await never.wait()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(loop), "getaddrinfo", getaddrinfo, raising=False)
        assert await client.post("/", b"{}") == HttpReply(0, error="TimeoutError")
    assert client._open == 0


URLS = [
    "",
    "nonsense",
    "gopher://127.0.0.1",
    "http://",
    "http://127.0.0.1:1:2",
    "http://127.0.0.1:99999",
    "http://[::1",
]
URLS += ["http://me:secret@127.0.0.1", "http://127.0.0.1/?q", "http://127.0.0.1/#f", "http://127.0.0.1/ a"]


@pytest.mark.parametrize("url", URLS)
async def test_a_url_that_is_none_is_a_value(url: str):
    assert await HttpClient(url).post("/", b"{}") == HttpReply(0, error="InvalidURL")


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "/é", "/\x7f"])
async def test_a_path_cannot_say_more_than_a_path(server: Server, client: HttpClient, path: str):
    assert await client.get(path) == HttpReply(0, error="InvalidURL")
    assert server.requests == []


@pytest.mark.parametrize("value", ["a\r\nX: y", "é"])
async def test_a_header_cannot_say_more_than_a_header(server: Server, value: str):
    client = HttpClient(server.url, headers={"Authorization": value})
    assert await client.get("/") == HttpReply(0, error="InvalidHeader")
    assert server.requests == []


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1", "127.0.0.1"),
        ("http://127.0.0.1:80/x", "127.0.0.1"),
        ("https://LOCALHOST:443", "localhost"),
        ("https://localhost:80", "localhost:80"),
        ("http://[::1]:8080", "[::1]:8080"),
    ],
)
def test_the_host_is_named_with_the_port_that_it_does_not_have_by_itself(url: str, host: str):
    assert HttpClient(url)._lines.startswith(f"Host: {host}\r\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    wanted = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost"
    more = ("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate))
    subprocess.run(["openssl", *wanted.split(), *more], check=True, capture_output=True)
    return key, certificate


async def test_tls_is_spoken_with_a_server_whose_certificate_is_known(certificate: tuple[Path, Path]):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate[1], certificate[0])
    known = ssl.create_default_context(cafile=str(certificate[1]))
    server = Server()
    async with await server.start(tls):
        client = HttpClient(f"https://localhost:{server.port}", ssl_context=known)
        for _ in range(2):
            assert (await client.post("/", b"{}"))[:2] == (200, b"ok")
        assert server.opened == 1
        await client.aclose()
        # The certificate is another name's, and then one that nobody vouches for.
        for other in (
            HttpClient(f"https://127.0.0.1:{server.port}", ssl_context=known),
            HttpClient(f"https://localhost:{server.port}"),
        ):
            assert await other.post("/", b"{}") == HttpReply(0, error="SSLCertVerificationError")
            assert other._open == 0
        assert len(server.requests) == 2


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.001)
