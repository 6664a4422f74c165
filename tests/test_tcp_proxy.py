"""The bad line itself: what passes, what is cut and where, and that either side reads what it would on a real one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.tcp_proxy import Cut, TcpProxy

pytestmark = pytest.mark.anyio


class Echo:
    """Answers each piece with itself, and keeps what it heard."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionResetError):
            while data := await reader.read(100):
                self.heard.append(data)
                writer.write(data)
        writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, TcpProxy]]:
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    async with TcpProxy(server.sockets[0].getsockname()[1]) as line:
        yield echo, line
    server.close()


async def said(line: TcpProxy, *words: bytes) -> list[bytes]:
    """What is read after each word; b"" is an end, and b"reset" a reset."""
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    answers = []
    async with asyncio.timeout(5):
        for word in words:
            try:
                writer.write(word)
                answers.append(await reader.read(100))
            except ConnectionResetError:
                answers.append(b"reset")
    writer.close()
    return answers


@pytest.mark.parametrize(
    ("how", "answers", "heard"),
    [
        (Cut.BEFORE, [b"one", b"reset"], [b"one"]),
        (Cut.AFTER, [b"one", b"reset"], [b"one", b"pay me"]),
        (Cut.HALF_ANSWER, [b"one", b"pay"], [b"one", b"pay me"]),
        (Cut.NO_ANSWER, [b"one", b""], [b"one", b"pay me"]),
        (Cut.HALF_REQUEST, [b"one", b"pay"], [b"one", b"pay"]),
    ],
)
async def test_a_cut(echo: tuple[Echo, TcpProxy], how: Cut, answers: list[bytes], heard: list[bytes]) -> None:
    server, line = echo
    line.cut(how, b"pay")
    assert await said(line, b"one", b"pay me") == answers
    assert (server.heard, line.done) == (heard, 1)
    # The next connection is a good one.
    assert await said(line, b"pay me") == [b"pay me"]


async def test_a_line_that_holds_refuses_and_comes_back(echo: tuple[Echo, TcpProxy]) -> None:
    server, line = echo
    line.hold()
    waiting = asyncio.create_task(said(line, b"one"))
    while not line.served:
        await asyncio.sleep(0)
    assert not server.heard
    line.release()
    assert await waiting == [b"one"]
    await line.refuse()
    with pytest.raises(ConnectionRefusedError):
        await said(line, b"two")
    await line.start()
    assert await said(line, b"two") == [b"two"]


async def test_a_delay_is_what_each_piece_takes_and_a_reset_ends_it(echo: tuple[Echo, TcpProxy]) -> None:
    _, line = echo
    line.delay_seconds = 0.05
    began = asyncio.get_running_loop().time()
    assert await said(line, b"one") == [b"one"]
    assert asyncio.get_running_loop().time() - began >= 0.1
    line.hold()
    waiting = asyncio.create_task(said(line, b"two"))
    while line.served < 2:
        await asyncio.sleep(0)
    await line.reset()
    assert await waiting == [b"reset"]


async def test_before_a_database(echo: tuple[Echo, TcpProxy]) -> None:
    _, line = echo
    url = "postgresql://taal@/t1?host=/tmp/somewhere"
    assert line.database_url(url) == f"postgresql://taal@127.0.0.1:{line.port}/t1?sslmode=disable"
    assert str(TcpProxy.of_database(url).target) == "/tmp/somewhere/.s.PGSQL.5432"
