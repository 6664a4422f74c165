"""A bad line: a proxy between the program and whatever it talks to, which delays, cuts and half-closes.

    async with TcpProxy(provider.port) as line:
        bot = place.bot(dexchange_api_url=line.url)
        line.cut(Cut.AFTER, b"/billing/pay")    # the next pay call is carried out, and its answer never arrives

What is on the line is looked at as it comes, a piece at a time: a mark to be found must be short and near the
beginning of what is sent, such as a path.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Coroutine, Iterator
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

PIECE_BYTES = 65_536
RESET = struct.pack("ii", 1, 0)


@contextlib.contextmanager
def loop_in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that runs in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


class Cut(Enum):
    """What becomes of the connection on which a mark is sent."""

    BEFORE = auto()
    """It is reset, and the other side never hears what was sent."""
    AFTER = auto()
    """The other side hears it; when it answers, the connection is reset and nobody reads the answer."""
    HALF_ANSWER = auto()
    """The other side hears it; when it answers, the asker reads the first half of that piece and then nothing more."""
    NO_ANSWER = auto()
    """The other side hears it; when it answers, the asker reads an end, and may still send."""
    HALF_REQUEST = auto()
    """The other side hears the first half of that piece and then its end, and may still answer."""


class _Planned(NamedTuple):
    how: Cut
    mark: bytes


class TcpProxy:
    """Listens on loopback, on `port`, from `start` to `aclose`, and passes everything on to `target`: a port of this
    machine, or a socket in its files.

    `delay_seconds` is what each piece takes, either way. `done` counts the cuts that were made, `served` the
    connections that were made. With a `loop`, which runs in another thread, it serves there: for a test that waits for
    a database in its own.
    """

    def __init__(self, target: int | Path, port: int = 0, *, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.target = target
        self.port = port
        self.delay_seconds = 0.0
        self.done = 0
        self.served = 0
        self._planned: deque[_Planned] = deque()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._loop = loop
        self._server: asyncio.Server | None = None
        self._pairs: set[_Pair] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @classmethod
    def of_database(cls, url: str, *, loop: asyncio.AbstractEventLoop | None = None) -> Self:
        """Before the server of a `postgresql://` address whose host is a folder."""
        return cls(Path(parse_qs(urlsplit(url).query)["host"][0]) / ".s.PGSQL.5432", loop=loop)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def database_url(self, url: str) -> str:
        """The same database by way of this proxy."""
        parts = urlsplit(url)
        user = parts.netloc.rpartition("@")[0]
        return f"postgresql://{user}@127.0.0.1:{self.port}{parts.path}?sslmode=disable"

    async def start(self) -> None:
        """Listen, on the same port each time."""
        self._loop = self._loop or asyncio.get_running_loop()
        await self._there(self._start())

    async def accept_no_more(self) -> None:
        """Nobody listens any more; what is open stays open."""
        await self._there(self._accept_no_more())

    async def refuse(self) -> None:
        """Nobody listens any more, and all that is open is reset, with what was held; `start` ends that."""
        await self._there(self._refuse())

    async def aclose(self) -> None:
        """End it, and all that is open."""
        await self.refuse()

    def cut(self, how: Cut, mark: bytes, times: int = 1) -> None:
        """The next connections on which `mark` is sent are cut so, one after another."""
        self._planned.extend([_Planned(how, mark)] * times)

    async def reset(self) -> None:
        """Reset all that is open."""
        await self._there(self._reset())

    def hold(self) -> None:
        """Nothing passes any more, either way, and nothing is closed: a line that is dead and does not say so."""
        self._flowing.clear()

    def release(self) -> None:
        """What was held passes, and all that comes after it."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._flowing.set)

    async def _there(self, work: Coroutine[None, None, None]) -> None:
        """Do something in the loop that serves."""
        assert self._loop is not None
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _accept_no_more(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _refuse(self) -> None:
        await self._accept_no_more()
        await self._reset()
        self._flowing.set()
        await asyncio.gather(*self._tasks)

    async def _reset(self) -> None:
        for pair in tuple(self._pairs):
            pair.reset()

    def _take(self, data: bytes) -> Cut | None:
        if self._planned and self._planned[0].mark in data:
            return self._planned.popleft().how
        return None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            if isinstance(self.target, int):
                there, thither = await asyncio.open_connection("127.0.0.1", self.target)
            else:
                there, thither = await asyncio.open_unix_connection(self.target)
        except OSError:
            _reset(writer)
            return
        pair = _Pair(self, reader, writer, there, thither)
        self._pairs.add(pair)
        self.served += 1
        try:
            await pair.serve()
        finally:
            self._pairs.discard(pair)

    async def _pass(self) -> None:
        """Wait as long as a piece takes."""
        await self._flowing.wait()
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)


class _Pair:
    """One connection to the proxy, and the one that it made for it."""

    def __init__(
        self,
        proxy: TcpProxy,
        asker: asyncio.StreamReader,
        to_asker: asyncio.StreamWriter,
        other: asyncio.StreamReader,
        to_other: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._asker = asker
        self._to_asker = to_asker
        self._other = other
        self._to_other = to_other
        self._how: Cut | None = None

    async def serve(self) -> None:
        """Until both sides have ended."""
        try:
            await asyncio.gather(self._requests(), self._answers())
        finally:
            for writer in (self._to_asker, self._to_other):
                writer.close()

    def reset(self) -> None:
        for writer in (self._to_asker, self._to_other):
            _reset(writer)

    async def _requests(self) -> None:
        with contextlib.suppress(OSError):
            while data := await self._asker.read(PIECE_BYTES):
                await self._proxy._pass()
                how = self._proxy._take(data)
                self._how = how or self._how
                if how is Cut.BEFORE:
                    self._proxy.done += 1
                    self.reset()
                    return
                if how is Cut.HALF_REQUEST:
                    self._proxy.done += 1
                    data = data[: len(data) // 2]
                    self._to_other.write(data)
                    break
                self._to_other.write(data)
                await self._to_other.drain()
        _end(self._to_other)

    async def _answers(self) -> None:
        with contextlib.suppress(OSError):
            while data := await self._other.read(PIECE_BYTES):
                await self._proxy._pass()
                if self._how in (Cut.AFTER, Cut.HALF_ANSWER, Cut.NO_ANSWER):
                    self._proxy.done += 1
                    if self._how is Cut.AFTER:
                        self.reset()
                        return
                    if self._how is Cut.HALF_ANSWER:
                        self._to_asker.write(data[: len(data) // 2])
                    break
                self._to_asker.write(data)
                await self._to_asker.drain()
        _end(self._to_asker)


def _end(writer: asyncio.StreamWriter) -> None:
    """No more is written; what comes the other way is still read."""
    with contextlib.suppress(OSError):
        if not writer.transport.is_closing():
            writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End it at once, as a router does that has forgotten it."""
    line = writer.get_extra_info("socket")
    if line.family == socket.AF_INET:
        with contextlib.suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
