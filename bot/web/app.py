"""The web application: what is posted takes a short way in, past the framework, which has all else."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot import metrics
from bot.bodies import Bodies
from bot.channels import WebhookEndpoint
from bot.domain.outcome import WebhookClaim
from bot.web import pay_pages
from bot.web.answers import Answer, Answering
from bot.web.channel_webhook import ChannelWebhook, Hear, IsNews, TakeReports
from bot.web.collection_webhook import CollectionWebhook, TakeCollectionWebhook
from bot.web.proved import ProvedWebhook
from bot.web.provider_webhook import ProviderWebhook, TakeWebhookClaim

Ready = Callable[[], Awaitable[Mapping[str, str]]]
Gauge = Callable[[], Awaitable[None]]


class WebApp:
    """The ASGI application, and `post` for what has been read already. `ready` names what is not well; `gauge` brings
    the gauges up to date for a scrape; `pages` are for browsers, by their paths; `bodies` holds the limits of what is
    read. Where customers pay for themselves, `collecting` takes what whoever collects posts.
    """

    def __init__(
        self,
        *,
        endpoints: Sequence[WebhookEndpoint],
        hear: Hear,
        is_news: IsNews,
        report: TakeReports,
        take_webhook_claim: TakeWebhookClaim,
        read_webhook_claim: Callable[[bytes], WebhookClaim],
        secret_key: bytes,
        ready: Ready,
        gauge: Gauge,
        pages: Mapping[str, pay_pages.Page] | None = None,
        bodies: Bodies | None = None,
        take_collection_webhook: TakeCollectionWebhook | None = None,
    ) -> None:
        taken = bodies or Bodies()
        metrics.body_bytes.set_function(lambda: taken.held_bytes)
        self._channels = {
            endpoint.path: ChannelWebhook(endpoint, taken, hear, is_news, report) for endpoint in endpoints
        }
        proved: list[ProvedWebhook] = [ProviderWebhook(taken, take_webhook_claim, read_webhook_claim, secret_key)]
        if take_collection_webhook is not None:
            proved.append(CollectionWebhook(taken, take_collection_webhook, secret_key))
        self._proved = {f"{webhook.path}/": webhook for webhook in proved}
        self._framework = _framework(endpoints, ready, gauge, pages or {})

    def post(self, path: str, headers: list[tuple[bytes, bytes]], content: bytes) -> Answering:
        """Answer what was posted and came whole. None where that is to be called with its scope, as ASGI has it."""
        webhook = self._channels.get(path)
        if webhook is not None:
            return webhook.take_whole(Headers(raw=headers), content)
        for above, proved in self._proved.items():
            if path.startswith(above):
                return proved.take_whole(path[len(above) :], Headers(raw=headers), content)
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            path = scope["path"]
            webhook = self._channels.get(path)
            if webhook is not None:
                await _answer(send, await webhook.take(Headers(scope=scope), receive))
                return
            for above, proved in self._proved.items():
                if path.startswith(above):
                    await _answer(send, await proved.take(path[len(above) :], Headers(scope=scope), receive))
                    return
        await self._framework(scope, receive, send)


async def _answer(send: Send, answer: Answer) -> None:
    length = (b"content-length", str(len(answer.body)).encode())
    await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, length]})
    await send({"type": "http.response.body", "body": answer.body})


def _framework(
    endpoints: Sequence[WebhookEndpoint], ready: Ready, gauge: Gauge, pages: Mapping[str, pay_pages.Page]
) -> Starlette:
    def greeted(endpoint: WebhookEndpoint) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            answer = endpoint.greet(request.query_params)
            return Response(status_code=403) if answer is None else PlainTextResponse(answer)

        return handle

    def shown(page: pay_pages.Page) -> Callable[[Request], Awaitable[Response]]:
        async def show(request: Request) -> Response:
            return HTMLResponse(page(request.headers.get("accept-language", "")), headers=pay_pages.HEADERS)

        return show

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
            *(Route(endpoint.path, greeted(endpoint), methods=["GET"]) for endpoint in endpoints),
            *(Route(path, shown(page)) for path, page in pages.items()),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", scrape),
        ]
    )
