"""A connection to the web server: HTTP/1.1 over httptools, ASGI behind it, and limits to what it may cost.

Theory of operation. A connection *waits* from its opening, and from each answer, until the head of a request is whole.
Who waits for longer than some seconds is cut, and so is who does not fetch an answer. When there are as many
connections as there may be, the one that has waited longest gives way to the next; requests beyond their own limit read
503 with Retry-After. So connections that say nothing, however many, keep nobody out.

What is posted and comes whole, in one piece with its head, is handed over as it is (`Post`), and nearly always answered
there and then: no task is begun for it, and nothing waits. Anything else is one task and speaks ASGI. Either way an
answer is one write.

It stands in uvicorn's server in the place of uvicorn's own protocol, which does more for a request than our small ones
cost in all.
"""

import asyncio
import logging
import socket
from collections import deque
from functools import partial
from typing import Any, Protocol, cast

import httptools
from uvicorn.server import ServerState

from bot.app.answer_lines import CLOSE, PLAIN, answer_lines, no_request
from bot.app.connection_limits import MAX_HEAD_BYTES, MOST_PIPELINED, RECEIVE_BUFFER_BYTES, Connections
from bot.app.exchange import Coming, Due, Exchange, Post, busy, failing
from bot.app.request_head import RequestHead
from bot.web import Answer

_FAILED = Answer(500, b"Internal Server Error", (PLAIN, CLOSE))
log = logging.getLogger("uvicorn.error")


class Served(Protocol):
    """What a connection reads of how it is served: a `uvicorn.Config`, and who waits."""

    known_connections: Connections
    loaded_app: Any
    post: Post


class Connection(RequestHead, asyncio.Protocol):
    """One connection, within its limits."""

    transport: asyncio.Transport

    def __init__(
        self,
        config: Served,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__()
        self.loop = _loop or asyncio.get_running_loop()
        self._known = config.known_connections
        self._app = config.loaded_app
        self._post = config.post
        self._server = server_state
        # The one whose answer is next, those behind it, and the one whose body is being read.
        self._running: Due | None = None
        self._pipeline: deque[Exchange] = deque()
        self._reading: Exchange | None = None
        # What has come of the body of one that may be answered at once.
        self._posted: list[bytes] | None = None
        self._paused = False
        self._drained: asyncio.Future[None] | None = None
        # So many bytes of a head have come, and a piece that ended a request.
        self._head_bytes = 0
        self._ended = False
        self._ends: dict[str, Any] = {}

    # What the loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of it, but all that it promises.
        self.transport = cast(asyncio.Transport, transport)
        # What the system may keep for us of each: a loop takes all of that at once from all who sent something.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        server, client = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        self._ends = {"server": server and server[:2], "client": client and client[:2]}
        self._server.connections.add(self)  # type: ignore[arg-type]  # uvicorn names its own protocols
        self._wait()
        if len(self._server.connections) > self._known.most:
            self._known.cut(next(iter(self._known.silent)))

    def connection_lost(self, exc: Exception | None) -> None:
        self._known.forget(self)
        self._server.connections.discard(self)
        if self._running is not None:
            self._running.gone()
        self._pipeline.clear()
        self._fetched()
        # They hold each other, and the bytes that came: the collector of such cycles comes late.
        self._running = self._reading = None
        del self.parser

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._ended = False
        try:
            self.parser.feed_data(data)
            if self._posted is not None:
                # Its body has not come whole.
                self._begin()
        except httptools.HttpParserError:
            self._refuse()
            return
        except httptools.HttpParserUpgrade:
            # It asked for another protocol, and is answered in this one; what follows it is in neither.
            return
        # Of a piece that also ended a request, the next one counts: how much of it was head is not known.
        if self.in_head and not self._ended:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse()

    def pause_writing(self) -> None:
        self._known.clogged[self] = self.loop.time()
        self._drained = self.loop.create_future()

    def resume_writing(self) -> None:
        self._known.clogged.pop(self, None)
        self._fetched()

    # What the parser tells.

    def on_headers_complete(self) -> None:
        if self.transport.is_closing():
            # It was answered before that nothing more is read.
            raise httptools.HttpParserError("closed")
        if len(self._pipeline) >= MOST_PIPELINED:
            raise httptools.HttpParserError("too many at once")
        self.end_head()
        self._head_bytes = 0
        if (
            self._running is None
            and self._drained is None
            and self.parser.get_method() == b"POST"
            and len(self._server.tasks) < self._known.most_requests
        ):
            self._posted = []
        else:
            self._begin()

    def on_body(self, body: bytes) -> None:
        if self._posted is not None:
            self._posted.append(body)
        elif self._reading is not None and self._reading.feed(body):
            self._pause_reading()

    def on_message_complete(self) -> None:
        self._ended = True
        self.end_request()
        if self._posted is not None:
            if self._answers_at_once(self._posted):
                self._posted = None
                return
            self._begin()
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.whole()

    # What an exchange asks for.

    def write(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(data)

    async def writable(self) -> None:
        """Wait until what was written before has been fetched."""
        if self._drained is not None:
            await self._drained

    def resume_reading(self) -> None:
        if self._paused and not self._pipeline and not self.transport.is_closing():
            self._paused = False
            self.transport.resume_reading()

    def answer(self, due: Due, answer: Answer) -> None:
        """Write a whole answer, and turn to the next request."""
        due.keep_alive = self._write_answer(answer, keep_alive=due.keep_alive, asks_for_head=due.asks_for_head)
        due.end()
        self._running = None
        if not due.keep_alive:
            self.transport.close()
        elif self._pipeline:
            self._start(self._pipeline.popleft())
        else:
            # Who is slow with a body that was not read to its end is cut like who is silent.
            self._wait()
        self.resume_reading()

    # What uvicorn's server asks for.

    def shutdown(self) -> None:
        """End with the answers that are due."""
        if self._running is None:
            self.transport.close()
        else:
            last = self._pipeline[-1] if self._pipeline else self._running
            last.keep_alive = False

    def _answers_at_once(self, pieces: list[bytes]) -> bool:
        """Whether a request that came whole is answered, or its answer is on its way."""
        content = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        try:
            answer = self._post(self.path, self.headers, content)
        # A fault of ours is no fault of the request's: it goes where those of tasks go.
        except Exception as error:
            answer = failing(error)
        if answer is None:
            return False
        keep_alive = self.keeps_alive()
        if not isinstance(answer, Answer):
            self._known.silent.pop(self, None)
            self._start(Coming(self, answer, keep_alive=keep_alive))
        elif self._write_answer(answer, keep_alive=keep_alive):
            self._wait()
        else:
            self.transport.close()
        return True

    def _begin(self) -> None:
        """Begin an exchange with the request whose head is whole, and with what has come of its body."""
        self._known.silent.pop(self, None)
        exchange = self._reading = Exchange(
            self,
            self._app if len(self._server.tasks) < self._known.most_requests else busy,
            self.scope() | self._ends,
            keep_alive=self.keeps_alive(),
            continues=self.continues,
        )
        if self._posted and exchange.feed(b"".join(self._posted)):
            self._pause_reading()
        self._posted = None
        if self._running is None:
            self._start(exchange)
        else:
            self._pipeline.append(exchange)
            self._pause_reading()

    def _start(self, due: Due) -> None:
        self._running = due
        task = self.loop.create_task(due.run())
        self._server.tasks.add(task)
        task.add_done_callback(partial(self._done, due))

    def _done(self, due: Due, task: asyncio.Task[None]) -> None:
        self._server.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("Exception in ASGI application", exc_info=error)
        if not due.answered and not self.transport.is_closing():
            due.keep_alive = False
            self.answer(due, _FAILED)

    def _write_answer(self, answer: Answer, *, keep_alive: bool, asks_for_head: bool = False) -> bool:
        """Write a whole answer; False when the connection is to be closed behind it."""
        headers = (*self._server.default_headers, *answer.headers)
        lines, keep_alive = answer_lines(
            answer.status, headers, answer.body, keep_alive=keep_alive, asks_for_head=asks_for_head
        )
        self.write(lines)
        return keep_alive

    def _refuse(self) -> None:
        """Answer what is no request, and close."""
        if self.transport.is_closing():
            return
        log.warning("Invalid HTTP request received.")
        self.transport.write(no_request())
        self.transport.close()

    def _pause_reading(self) -> None:
        if not self._paused and not self.transport.is_closing():
            self._paused = True
            self.transport.pause_reading()

    def _fetched(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    def _wait(self) -> None:
        self._known.silent.pop(self, None)
        self._known.silent[self] = self.loop.time()
