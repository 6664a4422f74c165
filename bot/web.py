"""The web room: verify, hear or settle, and only then 200.

| path                                | who calls            | answer                                                 |
|-------------------------------------|----------------------|--------------------------------------------------------|
| a channel's webhook endpoint        | the channel's server | 401 unverified; 503 not remembered; 200 once committed |
| /webhooks/dexchange/{order}/{proof} | the pay provider     | 404 wrong or unknown path; 503 not kept; 200 once kept |
| either                              |                      | 413 too large; 408 too slow; 503 no room for it now    |
| /healthz                            | the supervisor       | 200 while the process answers                          |
| /readyz                             | the load balancer    | 200 when database, schema and workers are well         |
| /metrics                            | Prometheus           | counters and histograms                                |

The provider signs nothing, so the address that it is given is the proof: it carries the order's id and an HMAC of it
with our secret key. What it says is a hint all the same; settlement reads the status back before anything is final.

What path and headers can prove is checked before a byte of the body is read, and all bodies are read within the limits
of `bodies`. A large body is verified and parsed in a thread, and what it brings is handled by the piece, so that nobody
else waits for more than a piece. When the database is busy in the middle, the whole request is answered 503 and comes
again; what was remembered before is dropped by its key.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple, TypeVar

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import metrics
from bot.bodies import Bodies, Body, Trouble
from bot.channels import Received, WebhookEndpoint
from bot.domain.inbound import Inbound
from bot.domain.outbound import Report
from bot.domain.outcome import WebhookClaim
from bot.errors import StoreBusy, StoreError
from bot.logs import Sparing, get_logger

# What the provider tells of an order is less than a kilobyte.
MAX_BODY_BYTES = 1_048_576
# Above this a body is verified and parsed in a thread: that takes 10 ms a megabyte.
IN_A_THREAD_BYTES = 128 * 1024
# So many things that people did, or reports of messages, are handled together: they share one transaction.
PIECE = 32
RETRY_AFTER_SECONDS = 2
PROVIDER_PATH = "/webhooks/dexchange"

_PURPOSE = b"provider webhook, 1:"

log = get_logger("web")

T = TypeVar("T")

Hear = Callable[[Inbound], Awaitable[None]]
TakeReport = Callable[[Report], Awaitable[None]]
TakeWebhookClaim = Callable[[str, WebhookClaim], Awaitable[bool]]
Ready = Callable[[], Awaitable[Mapping[str, str]]]


def proof(order_id: str, secret_key: bytes) -> str:
    """What makes an order's webhook address unguessable."""
    return hmac.digest(secret_key, _PURPOSE + order_id.encode(), "sha256").hex()[:40]


def callback_url(public_url: str, order_id: str, secret_key: bytes) -> str:
    """The address that the provider is given for an order."""
    return f"{public_url}{PROVIDER_PATH}/{order_id}/{proof(order_id, secret_key)}"


def web_app(
    *,
    endpoints: Sequence[WebhookEndpoint],
    hear: Hear,
    report: TakeReport,
    take_webhook_claim: TakeWebhookClaim,
    read_webhook_claim: Callable[[bytes], WebhookClaim],
    secret_key: bytes,
    ready: Ready,
    gauge: Callable[[], Awaitable[None]],
    bodies: Bodies | None = None,
) -> ASGIApp:
    """The ASGI application. `ready` names what is not well; `gauge` brings the gauges up to date for a scrape; `bodies`
    holds the limits of what is read.

    What channels' servers post is nearly all that comes, so it takes the short way in, past the framework's routes.
    """
    taken = bodies or Bodies()
    metrics.body_bytes.set_function(lambda: taken.held_bytes)

    def taking(endpoint: WebhookEndpoint) -> Take:
        async def handle(headers: Mapping[str, str], receive: Receive) -> Answer:
            proof = endpoint.proof(headers)
            if proof == "none":
                _warn_sparingly("webhook refused", path=endpoint.path)
                return Answer(401)
            with taken.body(endpoint.limit_bytes, proved=proof == "given") as body:
                if (trouble := await _read(headers, receive, body)) is not None:
                    return _turned_away(endpoint.path, trouble)
                received = await _handled(endpoint, headers, body.content)
                if received is None:
                    _warn_sparingly("webhook refused", path=endpoint.path)
                    return Answer(401)
                body.prove()
                return await take_in(endpoint, received)

        return handle

    async def take_in(endpoint: WebhookEndpoint, received: Received) -> Answer:
        endpoint.take_note(received)
        if received.problem:
            log.warning("update set aside", path=endpoint.path, problem=received.problem)
        try:
            await _by_the_piece(hear, received.inbounds)
            # After an outage they come by the thousand.
            await _by_the_piece(report, received.reports)
        except StoreError as error:
            log.warning("update not remembered", path=endpoint.path, problem=type(error).__name__)
            return _AGAIN
        return Answer(200, received.answer, _JSON) if received.answer else _TAKEN

    async def provider(order_id: str, given: str, headers: Mapping[str, str], receive: Receive) -> Answer:
        if not hmac.compare_digest(proof(order_id, secret_key).encode(), given.encode()):
            _warn_sparingly("webhook refused", path=PROVIDER_PATH)
            return Answer(404)
        with taken.body(MAX_BODY_BYTES, proved=True) as body:
            if (trouble := await _read(headers, receive, body)) is not None:
                return _turned_away(PROVIDER_PATH, trouble)
            try:
                known = await take_webhook_claim(order_id, read_webhook_claim(body.content))
            except StoreError as error:
                log.warning("hint not kept", order=order_id, problem=type(error).__name__)
                return _AGAIN
        return _TAKEN if known else Answer(404)

    def greeted(endpoint: WebhookEndpoint) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            answer = endpoint.greet(request.query_params)
            return Response(status_code=403) if answer is None else PlainTextResponse(answer)

        return handle

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        problems = await ready()
        lines = "".join(f"{name}: {problem}\n" for name, problem in problems.items())
        return PlainTextResponse(lines or "ready\n", status_code=503 if problems else 200)

    async def scrape(request: Request) -> Response:
        await gauge()
        return Response(metrics.render(), media_type=metrics.CONTENT_TYPE)

    posted = {endpoint.path: taking(endpoint) for endpoint in endpoints}
    framework = Starlette(
        routes=[
            *(Route(endpoint.path, greeted(endpoint), methods=["GET"]) for endpoint in endpoints),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", scrape),
        ]
    )

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            path = scope["path"]
            take = posted.get(path)
            if take is not None:
                await _answer(send, await take(_headers(scope), receive))
                return
            if path.startswith(_PROVIDER):
                order_id, _, given = path[len(_PROVIDER) :].partition("/")
                await _answer(send, await provider(order_id, given, _headers(scope), receive))
                return
        await framework(scope, receive, send)

    return front


class Answer(NamedTuple):
    """What is answered to a request of the short way. `headers` tell everything but its length."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


Take = Callable[[Mapping[str, str], Receive], Awaitable[Answer]]

_PROVIDER = f"{PROVIDER_PATH}/"
_JSON = ((b"content-type", b"application/json"),)
_TAKEN = Answer(200)
_AGAIN = Answer(503, headers=((b"retry-after", str(RETRY_AFTER_SECONDS).encode()),))


def _headers(scope: Scope) -> dict[str, str]:
    """Names in lower case. Of a header that comes twice, the first counts."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}


async def _answer(send: Send, answer: Answer) -> None:
    length = (b"content-length", str(len(answer.body)).encode())
    await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, length]})
    await send({"type": "http.response.body", "body": answer.body})


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        if body := message.get("body", b""):
            yield body


_STATUS: Final[dict[Trouble, int]] = {"too large": 413, "too slow": 408, "no room": 503, "broken off": 400}


async def _read(headers: Mapping[str, str], receive: Receive, body: Body) -> Trouble | None:
    """Read a request's body within the limits."""
    # The parser of HTTP has seen to it that this is a number.
    announced = headers.get("content-length")
    try:
        return await body.read(_pieces(receive), None if announced is None else int(announced))
    except ClientDisconnect:
        return "broken off"


def _turned_away(path: str, trouble: Trouble) -> Answer:
    metrics.bodies_refused(trouble.replace(" ", "_")).inc()
    _warn_sparingly("body not read", path=path, problem=trouble)
    if trouble == "no room":
        return _AGAIN
    # Who is slow would be slow to the end.
    return Answer(_STATUS[trouble], headers=((b"connection", b"close"),) if trouble == "too slow" else ())


# Anybody can cause these lines, as fast as a network is.
_sparing = Sparing()


def _warn_sparingly(event: str, *, path: str, **more: str) -> None:
    left_out = _sparing.take(f"{event} {path}")
    if left_out is not None:
        log.warning(event, path=path, **more, **({"left_out": left_out} if left_out else {}))


async def _handled(endpoint: WebhookEndpoint, headers: Mapping[str, str], content: bytes) -> Received | None:
    if len(content) <= IN_A_THREAD_BYTES:
        return endpoint.handle(headers, content)
    return await asyncio.to_thread(endpoint.handle, headers, content)


async def _by_the_piece(take: Callable[[T], Awaitable[None]], things: Sequence[T]) -> None:
    """Take many things, some of them together, in their order; raises the StoreError of one that was not taken.

    One that cannot be handled keeps none of the others from being remembered. A busy database does: it is left alone.
    """
    if len(things) == 1:
        # Nearly always, and then without a task of its own.
        await take(things[0])
        return
    rest = iter(things)
    failure: StoreError | None = None
    while piece := tuple(islice(rest, PIECE)):
        for result in await asyncio.gather(*map(take, piece), return_exceptions=True):
            if isinstance(result, StoreError):
                failure = result
            elif isinstance(result, BaseException):
                raise result
        if isinstance(failure, StoreBusy):
            break
    if failure is not None:
        raise failure
