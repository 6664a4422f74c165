"""The pages of the demonstration, for a browser on this machine: where the simulated payer pays, and where they land.

Only this machine can reach it: it listens at 127.0.0.1 alone, at a port that happens to be free. Nothing but these
pages is served, and the one that pays only to whoever has its address from the conversation.
"""

import asyncio
import socket
from typing import Any

from bot.app.listening import Config, Server
from bot.app.ports import take_port
from bot.collectors.simulator import CollectingTransport
from bot.gateway.simulator.answers import Answer
from bot.i18n import Words
from bot.payer_page import MEDIA_TYPE
from bot.web import pay_pages

HOST = "127.0.0.1"
# A form of ours sends a word.
MAX_BODY_BYTES = 1024

_NOTHING = Answer(404, b"", media_type=MEDIA_TYPE)
_TOO_LARGE = Answer(413, b"", media_type=MEDIA_TYPE)


class DemoPage:
    """Serves from `open` until `aclose`; `root` is where. Raises CannotStart where there is no such port to be had."""

    def __init__(self, words: Words) -> None:
        self._sockets: list[socket.socket] = take_port(HOST, 0)
        self.root = f"http://{HOST}:{self._sockets[0].getsockname()[1]}"
        self._pages = pay_pages.pages(words)
        self._payer: CollectingTransport | None = None
        self._server = Server(Config(self._answer, drain_seconds=1))
        self._serving: asyncio.Task[None] | None = None

    def open(self, payer: CollectingTransport) -> None:
        """Begin to serve the pages of whoever collects."""
        self._payer = payer
        self._serving = asyncio.create_task(self._server.serve(self._sockets), name="demo-page")

    async def aclose(self) -> None:
        """Serve no more."""
        self._server.should_exit = True
        if self._serving is not None:
            await asyncio.wait((self._serving,))
        for each in self._sockets:
            each.close()

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:  # what ASGI calls with
        answer = await self._answer_of(scope, receive)
        headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
        headers += [(b"content-type", answer.media_type.encode()), (b"content-length", str(len(answer.body)).encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer_of(self, scope: Any, receive: Any) -> Answer:  # likewise
        method, path = scope["method"], scope["path"]
        if (page := self._pages.get(path)) is not None:
            accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
            return Answer(200, page(accepted), media_type=MEDIA_TYPE, headers=tuple(pay_pages.HEADERS.items()))
        if self._payer is None or not path.startswith("/pay/"):
            return _NOTHING
        body, more = b"", True
        while more:
            event = await receive()
            body += event.get("body", b"")
            more = event.get("more_body", False)
            if len(body) > MAX_BODY_BYTES:
                return _TOO_LARGE
        return self._payer.visit(method, path, body)
