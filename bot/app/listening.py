"""The web server: uvicorn's, with connections of our own that keep to limits."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import uvicorn

from bot.app.connection import Connection
from bot.app.connection_limits import MOST_CONNECTIONS, MOST_REQUESTS, WAIT_SECONDS, Connections
from bot.app.exchange import Post, all_by_asgi
from bot.logs import Sparing


class _Filter(logging.Filter):
    """Of what uvicorn says of requests that it cannot read, only so much."""

    def __init__(self) -> None:
        super().__init__()
        self._sparing = Sparing()

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno != logging.WARNING or self._sparing.take(str(record.msg)) is not None


_sparing_filter = _Filter()


class Config(uvicorn.Config):
    """How we serve `app`, an ASGI application; `post` may answer what was posted and came whole. `drain_seconds` is
    what answers have at the end.
    """

    def __init__(
        self,
        app: Any,
        *,
        post: Post = all_by_asgi,
        drain_seconds: int,
        most_connections: int = MOST_CONNECTIONS,
        most_requests: int = MOST_REQUESTS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        super().__init__(
            app,
            http=Connection,
            ws="none",
            interface="asgi3",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            # Nobody asks for the client's address.
            proxy_headers=False,
            timeout_graceful_shutdown=drain_seconds,
        )
        logging.getLogger("uvicorn.error").addFilter(_sparing_filter)
        self.post = post
        self.known_connections = Connections(most_connections, most_requests, wait_seconds)


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: the app decides when it ends, and what ends after it."""

    config: Config

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def on_tick(self, counter: int) -> bool:
        self.config.known_connections.cut_overdue(asyncio.get_running_loop().time())
        return await super().on_tick(counter)
