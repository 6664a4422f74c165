"""HTTP to the Cloud API: our own client behind the face of an httpx client.

pywa sends through an `httpx.AsyncClient`. Most of what that class does for a request (merging headers, parameters and
cookies, following redirects, asking for credentials) is to no purpose here and costs more than all the rest of a send.
So a request whose body is bytes goes straight to our client, and what comes back has only what pywa reads of it. Any
other request is written by httpx first, files among them.
"""

from typing import Any, cast

import httpx
import msgspec

from bot.domain.encoding import without_nul
from bot.http_client import HttpClient, HttpReply

CALL_SECONDS = 15.0
FILE_SECONDS = 60.0

JSON = {"Content-Type": "application/json"}
# What a request brings whose body is bytes.
_PLAIN = {"content", "headers"}


class NoAnswer(Exception):
    """No whole answer came; the text is the name of what went wrong, and nothing else."""


class CloudClient(httpx.AsyncClient):
    """A client for the host of `base_url` and for those of files. It connects when it must, and is closed once."""

    def __init__(self) -> None:
        # Nothing goes through a transport of httpx; without one it would make its own.
        super().__init__(transport=httpx.AsyncBaseTransport())
        self._clients: dict[tuple[str, bytes], HttpClient] = {}
        # The one for the host of `base_url`, once it is known: nearly every request is for it.
        self._own: HttpClient | None = None
        self._path = ""

    async def request(self, method: str, url: httpx.URL | str, **kwargs: Any) -> httpx.Response:
        """Make one request, a POST or a GET, within `CALL_SECONDS` altogether, or `FILE_SECONDS` when a file goes with
        it. Raises NoAnswer.
        """
        client = self._own or self._open_own()
        if isinstance(url, str) and kwargs.keys() == _PLAIN:
            path, body, content_type = self._path + url, kwargs["content"], kwargs["headers"]["Content-Type"]
        else:
            kwargs = {name: value for name, value in kwargs.items() if name not in ("auth", "follow_redirects")}
            request = self.build_request(method, url, **kwargs)
            path, body = request.url.raw_path.decode("ascii"), await request.aread()
            content_type = request.headers.get("Content-Type", "")
        if method == "GET":
            reply = await client.get(path, total_seconds=CALL_SECONDS)
        else:
            seconds = FILE_SECONDS if "files" in kwargs else CALL_SECONDS
            reply = await client.post(path, body, content_type=content_type, total_seconds=seconds)
        if reply.status == 0:
            raise NoAnswer(reply.error)
        # It has all that pywa reads.
        return cast(httpx.Response, _Response(reply))

    async def download(self, url: httpx.URL, limit_bytes: int) -> HttpReply:
        """What is at `url`, which gets our access token; of more than `limit_bytes` nothing."""
        if self.is_closed:
            return HttpReply(0, error="closed")
        path = url.raw_path.decode("ascii")
        return await self._client(url).get(path, total_seconds=FILE_SECONDS, max_body_bytes=limit_bytes)

    async def aclose(self) -> None:
        """Close every connection."""
        await super().aclose()
        self._own = None
        for client in self._clients.values():
            await client.aclose()

    def _open_own(self) -> HttpClient:
        self._own = self._client(self.base_url)
        self._path = self.base_url.path.rstrip("/")
        return self._own

    def _client(self, url: httpx.URL) -> HttpClient:
        if self.is_closed:
            raise NoAnswer("closed")
        client = self._clients.get((url.scheme, url.netloc))
        if client is None:
            client = self._clients[url.scheme, url.netloc] = HttpClient(
                f"{url.scheme}://{url.netloc.decode('ascii')}",
                headers={"Authorization": self.headers["Authorization"]},
                ssl_context=httpx.create_ssl_context() if url.scheme == "https" else None,
            )
        return client


class _Response:
    """What pywa, and we, read of a response."""

    __slots__ = ("_reply", "status_code")

    def __init__(self, reply: HttpReply) -> None:
        self.status_code = reply.status
        self._reply = reply

    @property
    def text(self) -> str:
        return self._reply.body.decode("utf-8", "replace")

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self._reply.headers.items()}

    def json(self) -> Any:
        """Raises ValueError when the body is no JSON."""
        return msgspec.json.decode(without_nul(self._reply.body))
