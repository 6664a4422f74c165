"""HTTP/1.1 as far as the bench needs it: messages with a Content-Length, in both directions, at little cost."""

import asyncio
import itertools
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:[ \t]*close", re.IGNORECASE)

# Told the HTTP status of an exchange; 0 when there was no answer.
Done = Callable[[int], None]


class Framed(asyncio.Protocol):
    """Cuts what arrives into messages."""

    def __init__(self) -> None:
        self._rest = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of it, but all that it promises.
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        rest = self._rest + data if self._rest else data
        while (end := rest.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(rest, 0, end)
            stop = end + 4 + (int(length[1]) if length else 0)
            if len(rest) < stop:
                break
            head, body, rest = rest[:end], rest[end + 4 : stop], rest[stop:]
            self.message(head, body)
        self._rest = rest

    def message(self, head: bytes, body: bytes) -> None:
        """A whole message has arrived."""
        raise NotImplementedError


class Served(Framed):
    """A connection on which requests are answered at once: `answer` takes a path and a body, gives status and body."""

    def __init__(self, answer: Callable[[str, bytes], tuple[int, bytes]]) -> None:
        super().__init__()
        self._answer = answer

    def message(self, head: bytes, body: bytes) -> None:
        assert self.transport is not None
        status, answer = self._answer(head.split(b" ", 2)[1].decode("latin-1"), body)
        self.transport.write(
            b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(answer))
            + answer
        )
        if _CLOSE.search(head):
            self.transport.close()


class _Posting(Framed):
    """A connection over which one request at a time is posted."""

    def __init__(self, owner: "Poster") -> None:
        super().__init__()
        self._owner = owner
        self._done: Done | None = None

    def post(self, request: bytes, done: Done) -> None:
        assert self.transport is not None
        self._done = done
        self.transport.write(request)

    def message(self, head: bytes, body: bytes) -> None:
        done, self._done = self._done, None
        self._owner.free(self)
        if done is not None:
            done(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        done, self._done = self._done, None
        self._owner.lost(self)
        if done is not None:
            done(0)


class Poster:
    """Posts to one server over at most `connections` connections; what is more waits its turn."""

    def __init__(self, port: int, connections: int) -> None:
        self.connections = connections
        self._port = port
        self._open = 0
        self._idle: list[_Posting] = []
        self._waiting: deque[tuple[bytes, Done]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def request(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The bytes of a POST of JSON."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Type: application/json\r\n{lines}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def post(self, request: bytes, done: Done) -> None:
        """Send a request as soon as a connection is free."""
        if self._idle:
            self._idle.pop().post(request, done)
            return
        self._waiting.append((request, done))
        if self._open < self.connections:
            self._open += 1
            task = asyncio.create_task(self._connect())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def free(self, posting: _Posting) -> None:
        """A connection has done its work."""
        if self._waiting:
            posting.post(*self._waiting.popleft())
        else:
            self._idle.append(posting)

    def lost(self, posting: _Posting) -> None:
        """A connection is gone; what still waits gets another one."""
        self._open -= 1
        if posting in self._idle:
            self._idle.remove(posting)
        if self._waiting:
            self.post(*self._waiting.popleft())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, posting = await loop.create_connection(lambda: _Posting(self), "127.0.0.1", self._port)
        except OSError:
            # Nobody is there: everything that waits has failed, and its owner will try again.
            self._open -= 1
            waiting, self._waiting = self._waiting, deque()
            for _, done in waiting:
                done(0)
        else:
            self.free(posting)


class Dealt:
    """Posts to several servers in turn, as a balancer would: one of them may be dead, and another takes the next."""

    def __init__(self, posters: Sequence[Poster]) -> None:
        self._posters = posters
        self._turns = itertools.cycle(posters)

    @property
    def connections(self) -> int:
        """To each server."""
        return self._posters[0].connections

    @connections.setter
    def connections(self, connections: int) -> None:
        for each in self._posters:
            each.connections = connections

    def request(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The bytes of a POST of JSON, which are the same for each server."""
        return self._posters[0].request(path, body, headers)

    def post(self, request: bytes, done: Done) -> None:
        """Send a request to the server whose turn it is."""
        next(self._turns).post(request, done)


def poster_to(ports: int | Sequence[int], connections: int) -> Poster | Dealt:
    """Posts to one server, or to several in turn."""
    if isinstance(ports, int):
        return Poster(ports, connections)
    return Dealt([Poster(port, connections) for port in ports])


async def serve(answer: Callable[[str, bytes], tuple[int, bytes]]) -> tuple[asyncio.Server, int]:
    """Answer requests on a free port of this machine."""
    server = await asyncio.get_running_loop().create_server(lambda: Served(answer), "127.0.0.1", 0, backlog=1024)
    return server, server.sockets[0].getsockname()[1]
