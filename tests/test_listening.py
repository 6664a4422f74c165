"""The web server's limits: who says nothing gives way, what is too long is not read, who is turned away reads why."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import pytest

from bot.app.connection_limits import MAX_HEAD_BYTES, MOST_PIPELINED
from bot.app.listening import Config, Server
from bot.web import Answer, Answering
from tests.running import eventually

pytestmark = pytest.mark.anyio

Receive: TypeAlias = Callable[[], Awaitable[Any]]
Send: TypeAlias = Callable[[Any], Awaitable[None]]

ASKS = b"GET / HTTP/1.1\r\nHost: taal\r\n\r\n"


class Served:
    """A server with small limits. It answers each body's length, once `gate` is open; `big` answers are large."""

    def __init__(self, **limits: Any) -> None:
        self.limits = limits
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = 0
        self.answer_bytes = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def _app(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        self.asked += 1
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message.get("body", b"")), message.get("more_body", False)
        await self.gate.wait()
        body = str(size).encode().ljust(self.answer_bytes)
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def __aenter__(self) -> "Served":
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self.server = Server(Config(self._app, drain_seconds=2, **self.limits))
        self._serving = asyncio.create_task(self.server.serve([listening]))
        await eventually(lambda: self.server.started, "it listens")
        return self

    async def __aexit__(self, *_: object) -> None:
        for writer in self._writers:
            writer.close()
        self.gate.set()
        self.server.should_exit = True
        await self._serving

    async def connect(self, *pieces: bytes) -> asyncio.StreamReader:
        """A connection that has sent this."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        for piece in pieces:
            writer.write(piece)
            with contextlib.suppress(ConnectionError):
                await writer.drain()
            for _ in range(3):
                await asyncio.sleep(0)
        return reader

    @property
    def connections(self) -> int:
        return len(self.server.server_state.connections)


async def head_of(reader: asyncio.StreamReader) -> bytes:
    return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)


async def cut(reader: asyncio.StreamReader) -> bytes:
    """What came before the connection was cut."""
    came = b""
    with contextlib.suppress(ConnectionError):
        while more := await asyncio.wait_for(reader.read(65_536), 5):
            came += more
    return came


@contextlib.asynccontextmanager
async def served(**limits: Any) -> AsyncIterator[Served]:
    async with Served(**limits) as one:
        yield one


async def test_a_connection_is_kept_for_bodies_of_any_size() -> None:
    async with served() as one:
        reader = await one.connect()
        writer = one._writers[-1]
        for size in (0, 3, 3_000_000, 70_000, 0):
            writer.write(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
            assert b"200 OK" in await head_of(reader)
            assert await reader.readexactly(len(str(size))) == str(size).encode()


async def test_who_is_beyond_the_limit_is_asked_to_come_again() -> None:
    async with served(most_requests=2) as one:
        one.gate.clear()
        taken = [await one.connect(ASKS) for _ in range(2)]
        await eventually(lambda: one.asked == 2, "two are handled")
        answer = (await cut(await one.connect(ASKS))).lower()
        assert answer.startswith(b"http/1.1 503")
        assert b"retry-after: 2" in answer
        assert b"connection: close" in answer
        one.gate.set()
        for reader in taken:
            assert b"200 OK" in await head_of(reader)
        assert b"200 OK" in await head_of(await one.connect(ASKS))


async def test_who_has_said_nothing_for_longest_gives_way() -> None:
    async with served(most_connections=3) as one:
        one.gate.clear()
        busy = await one.connect(ASKS)
        await eventually(lambda: one.asked == 1, "it is handled")
        silent = [await one.connect(*begun) for begun in ((), (b"GET / HTTP/1.1\r\n",), (), ())]
        assert await cut(silent[0]) == b""
        assert await cut(silent[1]) == b""
        assert one.connections == 3
        one.gate.set()
        assert b"200 OK" in await head_of(busy)
        # After its answer it is one of those who say nothing, and the youngest.
        assert b"200 OK" in await head_of(await one.connect(ASKS))
        assert await cut(silent[2]) == b""
        assert not busy.at_eof()


async def test_who_says_nothing_is_cut_in_the_end_however_they_drip() -> None:
    async with served(wait_seconds=0.2) as one:
        silent = await one.connect()
        dripping = await one.connect(b"GET / HTTP/1.1\r\n")
        early = await one.connect(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n")

        async def drip() -> None:
            with contextlib.suppress(ConnectionError):
                while True:
                    one._writers[1].write(b"X-More: 1\r\n")
                    await one._writers[1].drain()
                    await asyncio.sleep(0.01)

        drops = asyncio.create_task(drip())
        assert await cut(silent) == await cut(dripping) == b""
        await drops
        # That one waits for its body, which is not the server's to judge.
        assert one.connections == 1
        assert not early.at_eof()


@pytest.mark.parametrize(
    "pieces",
    [
        (b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n",),
        (b"GET /" + b"x" * MAX_HEAD_BYTES + b" HTTP/1.1\r\n\r\n",),
        (b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * (MAX_HEAD_BYTES // 2) + b"\r\n",),
        (b"GET / HTTP/1.1\r\nX: ", *((b"x" * 1_000,) * (MAX_HEAD_BYTES // 1_000 + 1))),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: x\r\n" * (MAX_HEAD_BYTES // 2), b"\r\n"),
        (ASKS * (MOST_PIPELINED + 2),),
    ],
    ids=["a field", "an address", "many fields", "a field in pieces", "fields after a body", "many requests at once"],
)
async def test_a_head_beyond_all_measure_is_not_read(pieces: tuple[bytes, ...]) -> None:
    async with served() as one:
        one.gate.clear()
        assert (await cut(await one.connect(*pieces))).startswith(b"HTTP/1.1 400")
        one.gate.set()
        assert b"200 OK" in await head_of(await one.connect(ASKS))


async def test_a_few_requests_at_once_are_answered_in_their_order() -> None:
    async with served() as one:
        reader = await one.connect(ASKS * (MOST_PIPELINED + 1))
        for _ in range(MOST_PIPELINED + 1):
            assert b"200 OK" in await head_of(reader)
            assert await reader.readexactly(1) == b"0"


async def test_who_does_not_fetch_an_answer_is_cut() -> None:
    async with served(wait_seconds=0.2) as one:
        one.answer_bytes = 20_000_000
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            deaf.connect(("127.0.0.1", one.port))
            deaf.sendall(ASKS)
            await eventually(lambda: one.asked == 1, "it is asked")
            await eventually(lambda: one.connections == 0, "it is cut")


# What HTTP may ask for besides.


async def answered(one: Served, request: bytes) -> bytes:
    """All that a connection says to a request, until it is closed."""
    return await cut(await one.connect(request))


async def test_a_body_may_come_in_chunks_and_is_asked_for_when_it_is_wanted() -> None:
    async with served() as one:
        reader = await one.connect(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-Continue\r\n\r\n",
        )
        assert (await head_of(reader)).startswith(b"HTTP/1.1 100 ")
        one._writers[-1].write(b"3\r\nabc\r\n")
        one._writers[-1].write(b"2\r\nde\r\n0\r\n\r\n")
        assert b"200 OK" in await head_of(reader)
        assert await reader.readexactly(1) == b"5"
        # A body that has come by itself is not asked for.
        one._writers[-1].write(b"POST / HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx")
        assert b"200 OK" in await head_of(reader)


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\nmore than that",
        b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"GET http://taal/x?y HTTP/1.1\r\nConnection: close\r\n\r\n",
    ],
    ids=["old", "to be closed", "with more behind it", "another protocol", "through a proxy"],
)
async def test_a_connection_that_shall_not_be_kept_is_closed_behind_its_answer(request_: bytes) -> None:
    async with served() as one:
        answer = await answered(one, request_)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.endswith(b"connection: close\r\n\r\n0")


@pytest.mark.parametrize(
    "request_",
    [b"nonsense\r\n\r\n", b"GET /\xe9 HTTP/1.1\r\n\r\n", b"GET http://x HTTP/1.1\r\n\r\n"],
)
async def test_what_is_no_request_reads_so(request_: bytes) -> None:
    async with served() as one:
        assert (await answered(one, request_)).startswith(b"HTTP/1.1 400 ")
        assert one.asked == 0


async def test_an_answer_to_head_has_the_length_alone() -> None:
    async with served() as one:
        answer = await answered(one, b"HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert b"content-length: 1\r\n" in answer
        assert answer.endswith(b"\r\n\r\n")


async def test_the_application_is_told_of_an_address_its_parts_and_who_is_gone() -> None:
    async with served() as one:
        seen: list[Any] = []

        async def application(scope: Any, receive: Receive, send: Send) -> None:
            seen.append(scope)
            seen.append(await receive())
            seen.append(await receive())

        one.server.config.loaded_app = application
        await one.connect(b"POST /a%20b/?c=%20d HTTP/1.1\r\nX-One: 1\r\nContent-Length: 2\r\n\r\nx")
        await eventually(lambda: len(seen) == 2, "it has begun")
        one._writers[-1].close()
        await eventually(lambda: len(seen) == 3, "it is told")
    scope, began, gone = seen
    assert (scope["method"], scope["path"], scope["raw_path"]) == ("POST", "/a b/", b"/a%20b/")
    assert (scope["query_string"], scope["headers"][0]) == (b"c=%20d", (b"x-one", b"1"))
    assert began == {"type": "http.request", "body": b"x", "more_body": True}
    assert gone == {"type": "http.disconnect"}


@pytest.mark.parametrize("how", ["raises", "says nothing", "a header of two lines"])
async def test_an_application_that_fails_is_a_500_and_the_end_of_the_connection(
    caplog: pytest.LogCaptureFixture, how: str
) -> None:
    async with served() as one:

        async def application(scope: Any, receive: Receive, send: Send) -> None:
            if how == "raises":
                raise RuntimeError("a fault of ours")
            if how == "a header of two lines":
                await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"1\r\ny: 2")]})
                await send({"type": "http.response.body", "body": b""})

        one.server.config.loaded_app = application
        answer = await answered(one, ASKS)
        assert answer.startswith(b"HTTP/1.1 500 ")
        assert b"connection: close" in answer
    assert ("Exception in ASGI application" in caplog.text) == (how != "says nothing")


async def test_an_answer_in_pieces_is_one_and_one_without_a_body_has_no_length() -> None:
    async with served() as one:

        async def application(scope: Any, receive: Receive, send: Send) -> None:
            status = 204 if scope["path"] == "/204" else 200
            await send({"type": "http.response.start", "status": status})
            for piece in (b"", b"") if status == 204 else (b"on", b"e"):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body"})

        one.server.config.loaded_app = application
        reader = await one.connect(ASKS)
        assert b"content-length: 3\r\n" in await head_of(reader)
        assert await reader.readexactly(3) == b"one"
        one._writers[-1].write(ASKS.replace(b" / ", b" /204 "))
        head = await head_of(reader)
        assert head.startswith(b"HTTP/1.1 204 ")
        assert b"length" not in head


async def test_a_body_that_nobody_read_is_thrown_away_and_the_next_request_is_read() -> None:
    async with served() as one:

        async def application(scope: Any, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 413})
            await send({"type": "http.response.body", "body": b"no"})
            assert await receive() == {"type": "http.disconnect"}

        one.server.config.loaded_app = application
        reader = await one.connect(b"POST / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n" + b"x" * 1_000)
        assert (await head_of(reader)).startswith(b"HTTP/1.1 413 ")
        assert await reader.readexactly(2) == b"no"
        one._writers[-1].write(b"x" * 299_000 + b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")
        assert (await head_of(reader)).startswith(b"HTTP/1.1 413 ")


async def test_at_the_end_answers_that_are_due_are_given_and_silent_connections_closed() -> None:
    async with served() as one:
        one.gate.clear()
        silent = await one.connect()
        due = await one.connect(ASKS + ASKS)
        await eventually(lambda: one.asked == 1, "it is asked")
        one.server.should_exit = True
        assert await cut(silent) == b""
        one.gate.set()
        answers = await cut(due)
        assert answers.count(b"HTTP/1.1 200 OK") == 2
        assert answers.count(b"connection: close") == 1
        assert answers.endswith(b"connection: close\r\n\r\n0")


# What is posted and comes whole may be answered at once.


class Posted:
    """Answers what is posted with `answer`, or raises it; `later` answers wait until `gate` is open."""

    def __init__(self, answer: Answer | Exception | None, *, later: bool = False) -> None:
        self.answer = answer
        self.later = later
        self.gate = asyncio.Event()
        self.taken: list[tuple[str, dict[bytes, bytes], bytes]] = []

    def __call__(self, path: str, headers: list[tuple[bytes, bytes]], content: bytes) -> Answering:
        self.taken.append((path, dict(headers), content))
        if self.later:
            return self._answer()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def _answer(self) -> Answer:
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        assert self.answer is not None
        return self.answer


def posts(body: bytes, *, head: bytes = b"", path: bytes = b"/x", version: bytes = b"1.1") -> bytes:
    return b"POST %s HTTP/%s\r\n%scontent-length: %d\r\n\r\n%s" % (path, version, head, len(body), body)


GIVEN = Answer(200, b"given", ((b"x-one", b"1"),))


async def test_what_is_posted_whole_is_answered_without_a_task() -> None:
    posted = Posted(GIVEN)
    async with served(post=posted) as one:
        reader = await one.connect(posts(b"abc", head=b"X-Two: 2\r\n", path=b"/a%20b?c=d"))
        head = await head_of(reader)
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"x-one: 1\r\ncontent-length: 5\r\n" in head
        assert b"connection" not in head
        assert await reader.readexactly(5) == b"given"
        # In chunks, and without a body, too.
        one._writers[-1].write(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n")
        await head_of(reader)
        assert await reader.readexactly(5) == b"given"
        one._writers[-1].write(posts(b""))
        await head_of(reader)
        assert (one.asked, one.connections) == (0, 1)
    assert posted.taken[0] == ("/a b", {b"x-two": b"2", b"content-length": b"3"}, b"abc")
    assert [content for _, _, content in posted.taken] == [b"abc", b"abc", b""]


@pytest.mark.parametrize("answer", [None, GIVEN], ids=["not wanted whole", "not whole"])
async def test_what_is_not_answered_at_once_is_the_applications(answer: Answer | None) -> None:
    posted = Posted(answer)
    async with served(post=posted) as one:
        request = posts(b"x" * 100)
        reader = await one.connect(*((request,) if answer is None else (request[:-40], request[-40:])))
        assert b"200 OK" in await head_of(reader)
        assert await reader.readexactly(3) == b"100"
    assert one.asked == 1
    assert len(posted.taken) == (answer is None)


async def test_a_large_body_that_comes_in_pieces_waits_for_who_reads_it() -> None:
    async with served(post=Posted(GIVEN)) as one:
        reader = await one.connect(posts(b"x" * 1_000_000))
        assert b"200 OK" in await head_of(reader)
        assert await reader.readexactly(7) == b"1000000"


async def test_answers_at_once_and_others_keep_the_order_of_the_requests() -> None:
    posted = Posted(GIVEN)
    async with served(post=posted) as one:
        one.gate.clear()
        reader = await one.connect(posts(b"a") + posts(b"b") + ASKS + posts(b"cd") + ASKS)
        for _ in range(2):
            await head_of(reader)
            assert await reader.readexactly(5) == b"given"
        # Behind one whose answer is due, what is posted is not handed over: it would be answered too early.
        assert [content for _, _, content in posted.taken] == [b"a", b"b"]
        one.gate.set()
        for length in (b"0", b"2", b"0"):
            await head_of(reader)
            assert await reader.readexactly(1) == length


async def test_an_answer_that_is_on_its_way_keeps_what_is_behind_it_waiting() -> None:
    posted = Posted(GIVEN, later=True)
    async with served(post=posted) as one:
        reader = await one.connect(posts(b"a") + ASKS)
        gone = await one.connect(posts(b"b"))
        one._writers[-1].close()
        await eventually(lambda: one.connections == 1, "who left is forgotten")
        assert one.asked == 0
        posted.gate.set()
        assert b"200 OK" in await head_of(reader)
        assert await reader.readexactly(5) == b"given"
        assert b"200 OK" in await head_of(reader)
        assert await cut(gone) == b""


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(
    "request_", [posts(b"a", version=b"1.0"), posts(b"a", head=b"Connection: close\r\n") + b"more than that"]
)
async def test_a_connection_that_shall_not_be_kept_is_closed_behind_an_answer_at_once(
    request_: bytes, later: bool
) -> None:
    posted = Posted(GIVEN, later=later)
    posted.gate.set()
    async with served(post=posted) as one:
        answer = await answered(one, request_)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"connection: close\r\n\r\ngiven")


async def test_behind_an_answer_that_closes_nothing_is_read() -> None:
    posted = Posted(Answer(408, headers=((b"connection", b"close"),)))
    async with served(post=posted) as one:
        assert (await answered(one, posts(b"a") + posts(b"b"))).count(b"HTTP/1.1 ") == 1
    assert len(posted.taken) == 1


@pytest.mark.parametrize("later", [False, True])
async def test_a_fault_of_ours_is_a_500_and_the_end_of_the_connection(
    caplog: pytest.LogCaptureFixture, later: bool
) -> None:
    posted = Posted(RuntimeError("a fault of ours"), later=later)
    posted.gate.set()
    async with served(post=posted) as one:
        answer = await answered(one, posts(b"a") + posts(b"b"))
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"connection: close" in answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert "a fault of ours" in caplog.text


async def test_who_posts_beyond_the_limit_is_asked_to_come_again() -> None:
    posted = Posted(GIVEN, later=True)
    async with served(post=posted, most_requests=1) as one:
        reader = await one.connect(posts(b"a"))
        await eventually(lambda: len(posted.taken) == 1, "one is taken")
        assert (await answered(one, posts(b"b"))).startswith(b"HTTP/1.1 503 ")
        assert len(posted.taken) == 1
        posted.gate.set()
        assert b"200 OK" in await head_of(reader)


async def test_a_body_that_breaks_off_in_its_form_is_nobodys() -> None:
    posted = Posted(GIVEN)
    async with served(post=posted) as one:
        answer = await answered(one, b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nnonsense\r\n")
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert (one.asked, posted.taken) == (0, [])


async def test_who_fetches_no_answers_is_answered_no_more_and_cut() -> None:
    posted = Posted(Answer(200, b"x" * 20_000_000))
    async with served(post=posted, wait_seconds=0.2) as one:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            deaf.connect(("127.0.0.1", one.port))
            deaf.sendall(posts(b"a") + posts(b"b"))
            await eventually(lambda: one.asked == 1, "the second is the application's")
            await eventually(lambda: one.connections == 0, "it is cut")
    assert len(posted.taken) == 1


async def test_who_is_answered_at_once_is_the_youngest_of_those_who_say_nothing() -> None:
    async with served(post=Posted(GIVEN), most_connections=2) as one:
        lively = await one.connect()
        silent = await one.connect()
        one._writers[0].write(posts(b"a"))
        assert b"200 OK" in await head_of(lively)
        await one.connect()
        assert await cut(silent) == b""
        assert one.connections == 2
