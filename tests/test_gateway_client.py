"""What a broken connection means: `NotSent` only when not a byte of the payment can have left.

Each server here is a few lines on a raw socket, so that the errors are the network's own.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import httpx
import pytest

from bot.domain.inquiry import Float, FloatUnavailable, InquiryUnavailable
from bot.domain.outcome import Delivered, NotSent, Outcome, Processing, Unknown
from bot.errors import ModelError
from bot.gateway import wire
from bot.gateway.client import DexchangeGateway
from bot.gateway.transport import LeanTransport
from tests.provider_samples import SAMPLES
from tests.test_wire import Ordered

pytestmark = pytest.mark.anyio


@pytest.fixture(
    scope="module",
    params=[("asyncio", {"use_uvloop": False}), ("asyncio", {"use_uvloop": True})],
    ids=["asyncio", "uvloop"],
)
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    """Both loops: each has its own way of saying that a connection broke."""
    return request.param


Script: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

PAID = SAMPLES["pay_woyofal_success"].content
BALANCE = SAMPLES["balance"].content


def http(body: bytes, head: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return head + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body


async def request_of(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-l")), 0
    )
    return head + await reader.readexactly(length)


class Server:
    """A server that plays one script per connection and counts them."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.connections = 0
        self.requests: list[bytes] = []
        self.port = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.script(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[Server]:
    server = Server(script)
    listener = await asyncio.start_server(server, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()


@asynccontextmanager
async def client(port: int, **settings: Any) -> AsyncIterator[DexchangeGateway]:
    settings = {"connect_seconds": 2.0, "pay_seconds": 5.0, "read_seconds": 5.0, **settings}
    gateway = DexchangeGateway(f"http://127.0.0.1:{port}", "key", **settings)
    try:
        yield gateway
    finally:
        await gateway.aclose()


async def pay_at(port: int, **settings: Any) -> Outcome:
    async with client(port, **settings) as gateway:
        return await gateway.pay(Ordered(), callback_url=None, replay=False)


def answering(answer: bytes) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(answer)
        await writer.drain()

    return script


async def closes_unread(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def resets_unread(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.transport.abort()


async def takes_and_resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request_of(reader)
    writer.transport.abort()


async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request_of(reader)
    await reader.read()


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One byte at a time, each in time, and never an end: as long as the client stays."""
    await request_of(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    gone = asyncio.ensure_future(reader.read())
    while not gone.done():
        writer.write(b"x")
        await asyncio.wait({gone}, timeout=0.02)


async def free_port() -> int:
    """A port on which nobody listens."""
    listener = await asyncio.start_server(closes_unread, "127.0.0.1", 0)
    port: int = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    return port


async def test_a_refused_connection_sent_nothing():
    assert await pay_at(await free_port()) == NotSent("unreachable")


async def test_a_name_that_cannot_be_a_host_sent_nothing():
    gateway = DexchangeGateway(f"http://{'x' * 64}.localhost", "key")
    assert await gateway.pay(Ordered(), callback_url=None, replay=False) == NotSent("unreachable")


async def test_a_connection_that_is_not_taken_in_time_sent_nothing():
    """A listener whose queue is full takes no further connection: the kernel lets the next ones wait."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [asyncio.ensure_future(asyncio.open_connection(*address)) for _ in range(4)]
        await asyncio.wait(waiting, timeout=0.1)
        try:
            assert await pay_at(address[1], connect_seconds=0.2) == NotSent("unreachable")
        finally:
            for task in waiting:
                task.cancel()
            for done in await asyncio.gather(*waiting, return_exceptions=True):
                if isinstance(done, tuple):
                    done[1].close()


async def test_a_failed_handshake_sent_nothing():
    """Plain HTTP where TLS is spoken: the handshake fails, and the request waits behind it."""
    received: list[bytes] = []

    async def speaks_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(4096))
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with serving(speaks_http) as server:
        gateway = DexchangeGateway(f"https://127.0.0.1:{server.port}", "key", connect_seconds=2.0)
        assert await gateway.pay(Ordered(), callback_url=None, replay=False) == NotSent("unreachable")
    assert received
    assert b"billing" not in b"".join(received)


@pytest.mark.parametrize(
    ("script", "causes"),
    [
        (closes_unread, {"RemoteProtocolError", "ReadError"}),
        (resets_unread, {"RemoteProtocolError", "ReadError"}),
        (answering(b""), {"RemoteProtocolError"}),
        (takes_and_resets, {"RemoteProtocolError", "ReadError"}),
        (answering(b"\x00\xffgarbage\r\n\r\n"), {"RemoteProtocolError"}),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Le"), {"RemoteProtocolError"}),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"), {"RemoteProtocolError"}),
        (answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), {"RemoteProtocolError"}),
        (answering(b"HTTP/1.1 100 Continue\r\n\r\n"), {"RemoteProtocolError"}),
        (answering(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), {"RemoteProtocolError"}),
        (answering(http(b"x" * (wire.MAX_BODY_BYTES + 1))), {"RemoteProtocolError"}),
        (answering(http(PAID, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip")), {"DecodingError"}),
    ],
    ids=[
        "closed unread",
        "reset unread",
        "taken and closed",
        "taken and reset",
        "garbage",
        "half a head",
        "half a body",
        "bad chunk",
        "only a 100",
        "a 101",
        "too large",
        "compressed",
    ],
)
async def test_what_breaks_after_connecting_leaves_the_outcome_unknown(script: Script, causes: set[str]):
    async with serving(script) as server:
        outcome = await pay_at(server.port)
        assert isinstance(outcome, Unknown), outcome
        assert outcome.cause in causes
        assert server.connections == 1


@pytest.mark.parametrize("script", [hangs, drips])
async def test_an_answer_that_does_not_come_in_time_leaves_the_outcome_unknown(script: Script):
    async with serving(script) as server:
        assert await pay_at(server.port, pay_seconds=0.3) == Unknown("ReadTimeout")
        assert server.connections == 1


async def test_closing_the_gateway_leaves_calls_in_flight_unknown():
    taken = asyncio.Event()

    async def takes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        taken.set()
        await reader.read()

    async with serving(takes) as server, client(server.port) as gateway:
        call = asyncio.ensure_future(gateway.pay(Ordered(), callback_url=None, replay=False))
        await asyncio.wait_for(taken.wait(), 5)
        await gateway.aclose()
        assert isinstance(await asyncio.wait_for(call, 5), Unknown)


@pytest.mark.parametrize(
    "answer",
    [
        http(PAID),
        http(PAID, b"HTTP/1.1 201 Created\r\nContent-Encoding: identity"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + http(PAID),
        b"HTTP/1.0 200 OK\r\n\r\n" + PAID,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + (hex(len(PAID))[2:].encode() + b"\r\n" + PAID + b"\r\n0\r\n\r\n"),
    ],
    ids=["length", "201", "after a 100", "until closed", "chunked"],
)
async def test_whole_answers_are_read(answer: bytes):
    async with serving(answering(answer)) as server:
        assert isinstance(await pay_at(server.port), Delivered)


async def test_a_payment_is_sent_whole_with_its_key_on_a_connection_of_its_own():
    requests: list[bytes] = []

    async def pays(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            requests.append(await request_of(reader))
            writer.write(http(PAID))

    async with serving(pays) as server, client(server.port) as gateway:
        for replay in (False, True):
            await gateway.pay(Ordered(), callback_url="https://bot.example/x", replay=replay)
        assert server.connections == 2
    first, second = requests
    assert first == second
    assert first.startswith(b"POST /api/v1/billing/pay HTTP/1.1\r\n")
    assert b"authorization: bearer key\r\n" in first.lower()
    assert b"connection: close\r\n" in first.lower()
    assert first.endswith(wire.pay_call(Ordered(), "https://bot.example/x").body)


async def test_a_409_depends_on_whether_the_call_is_a_replay():
    async with serving(answering(http(b"{}", b"HTTP/1.1 409 Conflict"))) as server, client(server.port) as gateway:
        assert await gateway.pay(Ordered(), callback_url=None, replay=True) == Processing()
        first = await gateway.pay(Ordered(), callback_url=None, replay=False)
        assert isinstance(first, Unknown)
        assert first.conflict


async def test_retry_after_is_respected():
    answer = http(b"{}", b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 7")
    async with serving(answering(answer)) as server:
        assert await pay_at(server.port) == NotSent("busy", 7.0)


async def test_reads_share_a_connection_and_survive_its_death():
    """The server answers twice on a connection, then closes it: the third call finds it dead and takes a new one."""
    third = asyncio.Event()

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            await request_of(reader)
            writer.write(http(BALANCE))
        await reader.readexactly(1)  # The third request has begun when the connection is cut.
        third.set()

    async with serving(twice) as server, client(server.port) as gateway:
        assert [await gateway.balance() for _ in range(2)] == [Float(394455)] * 2
        assert server.connections == 1
        assert await gateway.balance() == Float(394455)
        assert third.is_set()
        assert server.connections == 2


async def test_a_dead_connection_is_replaced_once_only():
    """A fresh connection that breaks is an answer: no call is repeated without end."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(http(BALANCE))
        await reader.readexactly(1)

    async with serving(once) as server, client(server.port) as gateway:
        assert await gateway.balance() == Float(394455)
        server.script = takes_and_resets
        assert isinstance(await gateway.balance(), FloatUnavailable)
        assert server.connections == 2


async def test_an_idle_connection_that_was_closed_is_seen_before_it_is_used():
    closed = asyncio.Event()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(http(BALANCE))
        await writer.drain()
        writer.close()
        closed.set()

    async with serving(once) as server, client(server.port) as gateway:
        for _ in range(3):
            assert await gateway.balance() == Float(394455)
            await asyncio.wait_for(closed.wait(), 5)
        assert server.connections == 3


async def test_bytes_after_an_answer_are_nobodys():
    """A connection that says more than it was asked is not used again: its rest would answer the next question."""
    async with serving(answering(http(BALANCE) + http(b'{"balance": 1}'))) as server, client(server.port) as gateway:
        assert [await gateway.balance() for _ in range(2)] == [Float(394455)] * 2
        assert server.connections == 2


async def answers_always(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await request_of(reader)
        writer.write(http(BALANCE))


def get(server: Server) -> httpx.Request:
    return httpx.Request("GET", f"http://127.0.0.1:{server.port}/", extensions={"reuse": True})


async def test_idle_connections_belong_to_one_server():
    transport = LeanTransport(max_body_bytes=1000)
    async with serving(answers_always) as one, serving(answers_always) as other:
        for server, connections in ((one, 1), (other, 1), (one, 2)):
            assert (await transport.handle_async_request(get(server))).is_success
            assert server.connections == connections
        await transport.aclose()


async def test_idle_connections_are_few():
    transport = LeanTransport(max_body_bytes=1000, max_idle=1)
    async with serving(answers_always) as server:
        for connections in (3, 5):  # Three at once leave one behind.
            calls = [transport.handle_async_request(get(server)) for _ in range(3)]
            assert all(response.is_success for response in await asyncio.gather(*calls))
            assert server.connections == connections
        await transport.aclose()


async def test_idle_connections_are_not_kept_for_long():
    transport = LeanTransport(max_body_bytes=1000, idle_seconds=0)
    async with serving(answers_always) as server:
        for connections in (1, 2):
            assert (await transport.handle_async_request(get(server))).is_success
            assert server.connections == connections
        await transport.aclose()


@pytest.mark.parametrize("script", [answering(b""), answering(b"garbage\r\n\r\n"), hangs])
async def test_reads_that_break_learn_nothing(script: Script):
    async with serving(script) as server, client(server.port, read_seconds=0.3) as gateway:
        assert await gateway.inquire("woyofal", "14123456789") == InquiryUnavailable("unreachable")
        assert isinstance(await gateway.look_up("TXB1", "woyofal"), Unknown)
        assert isinstance(await gateway.balance(), FloatUnavailable)


async def test_reads_of_nobody_learn_nothing():
    async with client(await free_port()) as gateway:
        assert await gateway.inquire("woyofal", "14123456789") == InquiryUnavailable("unreachable")
        assert await gateway.look_up("TXB1", "woyofal") == NotSent("unreachable")
        assert await gateway.balance() == FloatUnavailable("unreachable", detail="ConnectionRefusedError")


class Failing(httpx.AsyncBaseTransport):
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise self.error


def errors_below(root: type[Exception]) -> set[type[Exception]]:
    return {root}.union(*(errors_below(error) for error in root.__subclasses__()))


GROUPS = {httpx.TransportError, httpx.TimeoutException, httpx.NetworkError, httpx.ProtocolError}
EVERY_ERROR = sorted(errors_below(httpx.TransportError) - GROUPS, key=lambda error: error.__name__)


@pytest.mark.parametrize("error", [*EVERY_ERROR, httpx.DecodingError, httpx.TooManyRedirects])
async def test_every_error_that_httpx_knows_has_its_place(error: type[Exception]):
    """A new httpx with a new error makes this fail, before a payment meets it."""
    gateway = DexchangeGateway("http://127.0.0.1", "key", transport=Failing(error("x")))
    outcome = await gateway.pay(Ordered(), callback_url=None, replay=False)
    if error in (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        assert outcome == NotSent("unreachable")
    else:
        assert outcome == Unknown(error.__name__)


async def test_a_bug_is_not_taken_for_an_outcome():
    gateway = DexchangeGateway("http://127.0.0.1", "key", transport=Failing(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        await gateway.pay(Ordered(), callback_url=None, replay=False)


async def test_a_header_that_cannot_be_sent_is_said_before_connecting():
    transport = LeanTransport(max_body_bytes=1000, ssl_context=ssl.create_default_context())
    request = httpx.Request("GET", "http://127.0.0.1:9/", headers={"x": "a\nb"})
    with pytest.raises(httpx.LocalProtocolError):
        await transport.handle_async_request(request)


@pytest.mark.parametrize("key", ["", "a b", "a\n", "clé"])
async def test_a_key_that_no_header_can_carry_is_refused_at_once(key: str):
    with pytest.raises(ModelError):
        DexchangeGateway("http://127.0.0.1", key)


async def test_every_call_is_told_to_the_observer():
    observed: list[tuple[str, float, str]] = []
    async with (
        serving(answering(http(PAID))) as server,
        client(server.port, observe=lambda *call: observed.append(call)) as gateway,
    ):
        await gateway.pay(Ordered(), callback_url=None, replay=False)
        await gateway.inquire("woyofal", "14123456789")
        await gateway.look_up("TXB000123", "woyofal")
        await gateway.balance()
    assert [(call, result) for call, _, result in observed] == [
        ("pay", "delivered"),
        ("inquiry", "inquiry_unavailable"),
        ("look_up", "delivered"),
        ("balance", "float_unavailable"),
    ]
    assert all(0 <= seconds < 5 for _, seconds, _ in observed)
