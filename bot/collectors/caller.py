"""Carries the collectors' requests over the gateway's transport, whose errors are true.

What is decided here is only what an error of the connection means: `Unreached` proves that nothing was sent,
`NoAnswer` proves nothing. A call that opens something or moves money has a connection of its own and is sent once.
"""

import re
import time

import httpx
from msgspec import Struct

from bot.errors import ModelError
from bot.gateway.client import Observer, observe_nothing
from bot.gateway.transport import NOT_SENT, UNKNOWN, LeanTransport
from bot.gateway.wire.calls import Call, Reply, api_root
from bot.gateway.wire.reading import MAX_BODY_BYTES


class Unreached(Struct, frozen=True):
    """No connection was made: nothing was sent."""


class NoAnswer(Struct, frozen=True):
    """The request may have arrived, and no answer came; `reason` is the name of the error."""

    reason: str


class Caller:
    """One provider's address and credentials.

    `connect_seconds` bounds making a connection; `act_seconds` and `read_seconds` bound the exchange after it, for what
    opens or moves something and for everything else. Raises ModelError when a header cannot be sent.
    """

    def __init__(
        self,
        base_url: str,
        headers: dict[str, str],
        *,
        connect_seconds: float = 5.0,
        act_seconds: float = 30.0,
        read_seconds: float = 10.0,
        observe: Observer = observe_nothing,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if not all(re.fullmatch(r"[!-~]+(?: [!-~]+)*", value) for value in headers.values()):
            raise ModelError("a credential of the collecting API holds a blank or a letter outside ASCII")
        self._root = api_root(base_url)
        self._headers = httpx.Headers(headers)
        self._act_timeout = httpx.Timeout(act_seconds, connect=connect_seconds).as_dict()
        self._read_timeout = httpx.Timeout(read_seconds, connect=connect_seconds).as_dict()
        self._observe = observe
        if transport is None:
            # Made once, and now: reading the certificates takes longer than many calls.
            ssl_context = httpx.create_ssl_context() if self._root.startswith("https:") else None
            transport = LeanTransport(max_body_bytes=MAX_BODY_BYTES, ssl_context=ssl_context)
        self._transport = transport

    async def act(self, call: Call) -> Reply | Unreached | NoAnswer:
        """A call that opens something or moves money: once, on a connection of its own."""
        return await self._send(call, self._act_timeout, reuse=False)

    async def read(self, call: Call) -> Reply | Unreached | NoAnswer:
        """A call that may be repeated: an idle connection that has died is replaced."""
        return await self._send(call, self._read_timeout, reuse=True)

    def tell(self, call: str, started: float, result: Struct) -> None:
        """Tell the observer what a call gave; `started` is `time.monotonic()` before it."""
        self._observe(call, time.monotonic() - started, str(result.__struct_config__.tag))

    async def aclose(self) -> None:
        """Cut every connection."""
        await self._transport.aclose()

    async def _send(self, call: Call, timeout: dict[str, float | None], *, reuse: bool) -> Reply | Unreached | NoAnswer:
        request = httpx.Request(
            call.method,
            self._root + call.path,
            headers=self._headers,
            content=call.body,
            extensions={"timeout": timeout, "reuse": reuse},
        )
        try:
            response = await self._transport.handle_async_request(request)
            body = await response.aread()
        except NOT_SENT:
            return Unreached()
        except UNKNOWN as error:
            return NoAnswer(type(error).__name__)
        return Reply(response.status_code, body, response.headers.get("retry-after"))
