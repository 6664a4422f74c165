"""The simulator as a server with the real provider's HTTP interface: a bare ASGI application, to be lean in a bench.

Beside the provider's paths there are two of its own, for tests and for curious people: `GET /_sim/audit` tells what
arrived and what was accepted, `POST /_sim/outage` with `{"outage": "maintenance"}` (or `busy`, `error`, `silent`, null)
closes the provider and opens it again.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import uvicorn

from bot.gateway.simulator.answers import Answer, Webhook
from bot.gateway.simulator.brain import Outage, Simulator
from bot.gateway.simulator.inprocess import now_ms
from bot.gateway.transport import LeanTransport

# A webhook that is not answered with 2xx is sent again after these pauses, in seconds times the pace.
RETRY_AFTER_SECONDS = (2.0, 10.0, 30.0)
_WEBHOOK_TIMEOUT = httpx.Timeout(10.0).as_dict()


class _Control(msgspec.Struct):
    outage: Outage | None


class SimulatorApp:
    """ASGI over one `Simulator`. A lost answer holds the connection until the caller gives up."""

    def __init__(self, simulator: Simulator, clock: Callable[[], int] = now_ms) -> None:
        self.simulator = simulator
        self._clock = clock
        self._transport = LeanTransport(max_body_bytes=4096)
        self._webhooks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.shutdown":
                for task in tuple(self._webhooks):
                    task.cancel()
                await self._transport.aclose()
            await send({"type": f"{event['type']}.complete"})
            if event["type"] == "lifespan.shutdown":
                return

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            body += event.get("body", b"")
            more = event.get("more_body", False)
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        if path.startswith("/_sim/"):
            answer = self._control(scope["method"], path, body)
        else:
            authorization = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
            answer = self.simulator.handle(scope["method"], path, body, self._clock(), authorization.decode("latin-1"))
        for webhook in answer.webhooks:
            if webhook.url is not None:
                task = asyncio.create_task(self._bring(webhook, webhook.url))
                self._webhooks.add(task)
                task.add_done_callback(self._webhooks.discard)
        if answer.after_seconds > 0:
            await asyncio.sleep(answer.after_seconds)
        if answer.lost:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        headers = [(b"content-type", answer.media_type.encode()), (b"content-length", str(len(answer.body)).encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in answer.headers]
        if answer.retry_after is not None:
            headers.append((b"retry-after", answer.retry_after.encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _control(self, method: str, path: str, body: bytes) -> Answer:
        if (method, path) == ("GET", "/_sim/audit"):
            return Answer(200, msgspec.json.encode(self.simulator.audit(self._clock())))
        if (method, path) == ("POST", "/_sim/outage"):
            try:
                self.simulator.outage = msgspec.json.decode(body, type=_Control).outage
            except msgspec.DecodeError as error:
                return Answer(400, msgspec.json.encode({"message": str(error)}))
            return Answer(200, b"{}")
        return Answer(404, b"{}")

    async def _bring(self, webhook: Webhook, url: str) -> None:
        """Send a webhook, and again while it is not answered with 2xx, as providers do."""
        await asyncio.sleep(webhook.after_seconds)
        for pause in (*RETRY_AFTER_SECONDS, None):
            if await self._sent(webhook, url) or pause is None:
                return
            await asyncio.sleep(pause * self.simulator.pace)

    async def _sent(self, webhook: Webhook, url: str) -> bool:
        self.simulator.webhooks_sent[webhook.external_id] += 1
        request = httpx.Request(
            "POST",
            url,
            headers={"Content-Type": "application/json", **dict(webhook.headers)},
            content=webhook.body,
            extensions={"timeout": _WEBHOOK_TIMEOUT, "reuse": True},
        )
        try:
            return (await self._transport.handle_async_request(request)).is_success
        except httpx.TransportError:
            return False


def app(simulator: Simulator) -> SimulatorApp:
    """The ASGI application that serves a simulator."""
    return SimulatorApp(simulator)


class SimulatorServer(uvicorn.Server):
    """uvicorn around a simulator; tells `ready` the port once it is open. Ends soon after `should_exit` is set."""

    def __init__(self, host: str, port: int, simulator: Simulator, ready: Callable[[int], None]) -> None:
        self.app = app(simulator)
        self._ready = ready
        config = uvicorn.Config(
            self.app,
            host=host,
            port=port,
            lifespan="on",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready(self.servers[0].sockets[0].getsockname()[1])


async def serve(
    host: str, port: int, *, simulator: Simulator | None = None, ready: Callable[[int], None] = lambda port: None
) -> None:
    """Serve until SIGINT or SIGTERM; port 0 takes a free one, which `ready` is told."""
    await SimulatorServer(host, port, simulator or Simulator(), ready).serve()
