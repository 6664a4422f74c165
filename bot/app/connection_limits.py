"""What the web server's connections may cost: bytes of one, how many there are, and how long each is waited for."""

import asyncio
from typing import Protocol

# All header lines of a request, and its address.
MAX_HEAD_BYTES = 16 * 1024
# Of requests that come before an earlier one was answered. Nobody whom we know sends any.
MOST_PIPELINED = 4
# Of a body that nobody has read yet.
MAX_UNREAD_BYTES = 64 * 1024
# The proxy that brings requests is near: this is no limit to their speed.
RECEIVE_BUFFER_BYTES = 32 * 1024
# Together with the connections that we open ourselves, below the 1,024 files that a process may usually have.
MOST_CONNECTIONS = 600
# Below that, so that there is always one that waits and may give way.
MOST_REQUESTS = 500
WAIT_SECONDS = 5.0


class Limited(Protocol):
    """A connection, as far as it is cut."""

    transport: asyncio.Transport


class Connections:
    """Who waits for what since when, oldest first: a request's head is awaited of some, of some that an answer is
    fetched.
    """

    def __init__(self, most: int, most_requests: int, wait_seconds: float) -> None:
        self.most = most
        self.most_requests = most_requests
        self._wait_seconds = wait_seconds
        self.silent: dict[Limited, float] = {}
        self.clogged: dict[Limited, float] = {}

    def cut_overdue(self, now: float) -> None:
        """Cut everybody who was waited for too long."""
        for waiting in (self.silent, self.clogged):
            while waiting and now - next(iter(waiting.values())) > self._wait_seconds:
                self.cut(next(iter(waiting)))

    def cut(self, connection: Limited) -> None:
        """Close one at once."""
        self.forget(connection)
        connection.transport.abort()

    def forget(self, connection: Limited) -> None:
        """It is closed."""
        self.silent.pop(connection, None)
        self.clogged.pop(connection, None)
