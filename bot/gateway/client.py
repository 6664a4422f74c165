"""The provider over HTTP: `wire` says what to send and what an answer means, `transport` carries it.

What is decided here is only what an *error* of the connection means. `pay` has a connection of its own, sends one
request and never tries again: `ConnectError`, `ConnectTimeout` and `PoolTimeout` come before the first byte is sent and
are `NotSent`; any other error comes after it and is `Unknown`. The errors are named one by one, for a group that gains
a member would silently turn "nobody knows" into "not sent". Nothing is logged here: `observe` is told of every call.
"""

import re
import time
from collections.abc import Callable
from typing import TypeAlias

import httpx

from bot.domain.catalog import ServiceName
from bot.domain.inquiry import FloatAnswer, FloatUnavailable, InquiryAnswer, InquiryUnavailable
from bot.domain.outcome import NotSent, Outcome, Unknown
from bot.errors import ModelError
from bot.gateway import PayRequest, wire
from bot.gateway.transport import NOT_SENT, UNKNOWN, LeanTransport, lines_of, origin_of

# Told of each call: its name, its duration in seconds, and the tag of what it gave (`delivered`, `unknown`, ...).
Observer: TypeAlias = Callable[[str, float, str], None]


def observe_nothing(call: str, seconds: float, result: str) -> None:
    """The observer of those who do not want to know."""


class DexchangeGateway:
    """`bot.gateway.Gateway` over HTTP.

    `connect_seconds` bounds making a connection; `pay_seconds` and `read_seconds` bound the exchange after it, for a
    payment and for everything else. Raises ModelError when the key cannot be put into a header.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        connect_seconds: float = 5.0,
        pay_seconds: float = 30.0,
        read_seconds: float = 10.0,
        observe: Observer = observe_nothing,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if not re.fullmatch(r"[!-~]+", api_key):
            raise ModelError("the provider's API key holds a blank or a letter outside ASCII")
        self._root = wire.api_root(base_url)
        self._urls: dict[str, httpx.URL] = {}
        self._headers = httpx.Headers(wire.headers(api_key))
        self._pay_timeout = httpx.Timeout(pay_seconds, connect=connect_seconds).as_dict()
        self._read_timeout = httpx.Timeout(read_seconds, connect=connect_seconds).as_dict()
        self._observe = observe
        if transport is None:
            # Made once, and now: reading the certificates takes longer than many calls.
            ssl_context = httpx.create_ssl_context() if self._root.startswith("https:") else None
            transport = LeanTransport(max_body_bytes=wire.MAX_BODY_BYTES, ssl_context=ssl_context)
        self._transport = transport
        root = httpx.Request("GET", self._root, headers=self._headers)
        self._origin, self._path, self._lines = (
            origin_of(root.url),
            root.url.raw_path.decode("ascii").rstrip("/"),
            lines_of(root.headers),
        )

    async def inquire(self, service: ServiceName, reference: str) -> InquiryAnswer:
        started = time.monotonic()
        answer: InquiryAnswer
        try:
            reply = await self._read(wire.inquiry_call(service, reference))
        except (*NOT_SENT, *UNKNOWN):
            answer = InquiryUnavailable("unreachable")
        else:
            answer = wire.inquiry_answer(reply, service=service, reference=reference)
        self._tell("inquiry", started, answer)
        return answer

    async def pay(self, request: PayRequest, *, callback_url: str | None, replay: bool) -> Outcome:
        started = time.monotonic()
        outcome: Outcome
        try:
            reply = await self._send(wire.pay_call(request, callback_url), self._pay_timeout, reuse=False)
        except NOT_SENT:
            outcome = NotSent("unreachable")
        except UNKNOWN as error:
            outcome = Unknown(type(error).__name__)
        else:
            outcome = wire.pay_outcome(reply, service=request.service, external_id=request.id, replay=replay)
        self._tell("pay", started, outcome)
        return outcome

    async def look_up(self, transaction_id: str, service: ServiceName) -> Outcome:
        started = time.monotonic()
        outcome: Outcome
        try:
            reply = await self._read(wire.look_up_call(transaction_id))
        except NOT_SENT:
            outcome = NotSent("unreachable")
        except UNKNOWN as error:
            outcome = Unknown(type(error).__name__)
        else:
            outcome = wire.look_up_outcome(reply, service=service, transaction_id=transaction_id)
        self._tell("look_up", started, outcome)
        return outcome

    async def balance(self) -> FloatAnswer:
        started = time.monotonic()
        answer: FloatAnswer
        try:
            reply = await self._read(wire.balance_call())
        except NOT_SENT as error:
            answer = FloatUnavailable("unreachable", detail=type(error.__cause__ or error).__name__)
        except UNKNOWN as error:
            answer = FloatUnavailable(type(error).__name__)
        else:
            answer = wire.float_answer(reply)
        self._tell("balance", started, answer)
        return answer

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _read(self, call: wire.Call) -> wire.Reply:
        """A call that moves no money: it may use an idle connection, and be sent again when that one was dead."""
        return await self._send(call, self._read_timeout, reuse=True)

    async def _send(self, call: wire.Call, timeout: dict[str, float | None], *, reuse: bool) -> wire.Reply:
        # Straight to the transport: redirects, cookies and proxies, which httpx.AsyncClient would add, have no place
        # between us and a payment, and its machinery costs as much as the exchange itself. Its requests and responses
        # cost no less, so our own transport is spared them, too.
        if isinstance(self._transport, LeanTransport):
            head = f"{call.method} {self._path}{call.path} HTTP/1.1\r\n".encode() + self._lines
            if call.body:
                head += b"Content-Length: %d\r\n" % len(call.body)
            reply = await self._transport.exchange(self._origin, head, call.body, timeout, reuse=reuse)
            pause = reply.headers.get(b"retry-after")
            return wire.Reply(reply.status, reply.body, None if pause is None else pause.decode("latin-1"))
        request = httpx.Request(
            call.method,
            self._url(call),
            headers=self._headers,
            content=call.body,
            extensions={"timeout": timeout, "reuse": reuse},
        )
        response = await self._transport.handle_async_request(request)
        body = await response.aread()
        return wire.Reply(response.status_code, body, response.headers.get("retry-after"))

    def _url(self, call: wire.Call) -> httpx.URL:
        """The address of a call; parsing one is not cheap, so those that do not change are kept."""
        if call.method == "GET":
            return httpx.URL(self._root + call.path)
        if call.path not in self._urls:
            self._urls[call.path] = httpx.URL(self._root + call.path)
        return self._urls[call.path]

    def _tell(self, call: str, started: float, result: InquiryAnswer | Outcome | FloatAnswer) -> None:
        self._observe(call, time.monotonic() - started, str(result.__struct_config__.tag))
