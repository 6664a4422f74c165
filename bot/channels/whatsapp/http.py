"""HTTP to the Cloud API: an httpx client over aiohttp that does for a plain request only what a plain request needs.

pywa sends through an `httpx.AsyncClient`. Most of what that class does for a request (merging headers, parameters and
cookies, following redirects, asking for credentials) is to no purpose here and costs more than all the rest of a send:
measured over loopback with 20 calls in flight, 303 µs of CPU a call with it and 158 without. So a request whose body is
bytes goes straight to the transport; any other goes the long way, files among them.
"""

import asyncio
from typing import Any

import httpx
from httpx_aiohttp import AiohttpTransport

CALL_SECONDS = 15.0
FILE_SECONDS = 60.0
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
        """Make one request, within `CALL_SECONDS` altogether, or `FILE_SECONDS` when a file goes with it. Raises what
        httpx raises, TimeoutError, or aiohttp's.
        """
        if self.is_closed:
            raise httpx.ConnectError("closed")
        async with asyncio.timeout(FILE_SECONDS if "files" in kwargs else CALL_SECONDS):
            if not isinstance(url, str) or kwargs.keys() != {"content", "headers"}:
                return await super().request(method, url, **kwargs)
            whole = self._urls.get(url)
            if whole is None:
                whole = httpx.URL(f"{str(self.base_url).rstrip('/')}{url}")
                if method == "POST":
                    # There is one such address; what is read has as many as there are files.
                    self._urls[url] = whole
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

    async def download(self, url: httpx.URL, limit_bytes: int) -> tuple[int, bytes]:
        """The status and the content of what is at `url`, which gets our access token. Raises as `request` does, and
        TooLarge when there is more than `limit_bytes`, of which no more is read.
        """
        if self.is_closed:
            raise httpx.ConnectError("closed")
        content = bytearray()
        async with asyncio.timeout(FILE_SECONDS), self.stream("GET", url, follow_redirects=False) as response:
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > limit_bytes:
                    raise TooLarge
            return response.status_code, bytes(content)


class TooLarge(ValueError):
    """A file is larger than what was asked for."""
