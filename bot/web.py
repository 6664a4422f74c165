"""The web room: verify, hear or settle, and only then 200.

| path                                | who knocks           | answer                                                 |
|-------------------------------------|----------------------|--------------------------------------------------------|
| a channel's door                    | the channel's server | 401 unverified; 503 not remembered; 200 once committed |
| /webhooks/dexchange/{order}/{proof} | the pay provider     | 404 wrong or unknown path; 503 not kept; 200 once kept |
| /healthz                            | the supervisor       | 200 while the process answers                          |
| /readyz                             | the load balancer    | 200 when database, schema and workers are well         |
| /metrics                            | Prometheus           | counters and histograms                                |

The provider signs nothing, so the address that it is given is the proof: it carries the order's id and an HMAC of it
with our secret key. What it says is a hint all the same; settlement reads the status back before anything is final.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import metrics
from bot.channels import Door
from bot.errors import StoreError
from bot.logs import get_logger
from bot.model import Hint, Inbound, Report

MAX_BODY_BYTES = 1_048_576
RETRY_AFTER_SECONDS = 2
PROVIDER_PATH = "/webhooks/dexchange"

_PURPOSE = b"provider webhook, 1:"

log = get_logger("web")

Hear = Callable[[Inbound], Awaitable[None]]
TakeReport = Callable[[Report], Awaitable[None]]
TakeHint = Callable[[str, Hint], Awaitable[bool]]
Ready = Callable[[], Awaitable[Mapping[str, str]]]


def proof(order_id: str, secret_key: bytes) -> str:
    """What makes an order's webhook address unguessable."""
    return hmac.new(secret_key, _PURPOSE + order_id.encode(), hashlib.sha256).hexdigest()[:40]


def callback_url(public_url: str, order_id: str, secret_key: bytes) -> str:
    """The address that the provider is given for an order."""
    return f"{public_url}{PROVIDER_PATH}/{order_id}/{proof(order_id, secret_key)}"


def web_app(
    *,
    doors: Sequence[Door],
    hear: Hear,
    report: TakeReport,
    take_hint: TakeHint,
    read_hint: Callable[[bytes], Hint],
    secret_key: bytes,
    ready: Ready,
    gauge: Callable[[], Awaitable[None]],
) -> Starlette:
    """The ASGI application. `ready` names what is not well; `gauge` brings the gauges up to date for a scrape."""
    too_much = Response(status_code=413)
    again = Response(status_code=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})

    def knocked(door: Door) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            body = await _body(request)
            if body is None:
                return too_much
            knock = door.knock(request.headers, body)
            if knock is None:
                log.warning("webhook refused", path=door.path)
                return Response(status_code=401)
            if knock.problem:
                log.warning("update set aside", path=door.path, problem=knock.problem)
            try:
                if len(knock.inbounds) == 1:
                    await hear(knock.inbounds[0])
                elif knock.inbounds:
                    # Heard together they share one transaction; the store keeps their order.
                    await asyncio.gather(*(hear(inbound) for inbound in knock.inbounds))
                if knock.reports:
                    # Together, too: after an outage they come by the hundred.
                    await asyncio.gather(*(report(told) for told in knock.reports))
            except StoreError as error:
                log.warning("update not remembered", path=door.path, problem=type(error).__name__)
                return again
            return Response(knock.answer, media_type="application/json" if knock.answer else None)

        return handle

    def greeted(door: Door) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            answer = door.greet(request.query_params)
            return Response(status_code=403) if answer is None else PlainTextResponse(answer)

        return handle

    async def provider(request: Request) -> Response:
        order_id = request.path_params["order"]
        if not hmac.compare_digest(proof(order_id, secret_key).encode(), request.path_params["proof"].encode()):
            log.warning("provider webhook refused")
            return Response(status_code=404)
        body = await _body(request)
        if body is None:
            return too_much
        try:
            known = await take_hint(order_id, read_hint(body))
        except StoreError as error:
            log.warning("hint not kept", order=order_id, problem=type(error).__name__)
            return again
        return Response(status_code=200 if known else 404)

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        problems = await ready()
        lines = "".join(f"{name}: {problem}\n" for name, problem in problems.items())
        return PlainTextResponse(lines or "ready\n", status_code=503 if problems else 200)

    async def scrape(request: Request) -> Response:
        await gauge()
        return Response(metrics.render(), media_type=metrics.CONTENT_TYPE)

    return Starlette(
        routes=[
            *(Route(door.path, knocked(door), methods=["POST"]) for door in doors),
            *(Route(door.path, greeted(door), methods=["GET"]) for door in doors),
            Route(f"{PROVIDER_PATH}/{{order}}/{{proof}}", provider, methods=["POST"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", scrape),
        ]
    )


async def _body(request: Request) -> bytes | None:
    """The raw bytes of a request, None when there are too many of them."""
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                return None
            chunks.append(chunk)
    except ClientDisconnect:
        return None
    return b"".join(chunks)
