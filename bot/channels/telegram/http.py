"""HTTP to Telegram: one aiohttp session, used in several ways.

`post` is the lean one: bytes out, status and bytes in. `upload` posts a form with a file, `download` reads one, and no
more of it than was asked for. `AiohttpRequest` is python-telegram-bot's public `BaseRequest`
over the same session, for the calls that its `Bot` makes.

The bot's token is a part of every URL, and aiohttp's errors quote URLs. So nothing but the name of an error's type
leaves this file, and python-telegram-bot, which writes its base URL into its debug log, is kept from debugging.
"""

import io
import logging
from collections.abc import Iterable
from typing import Any

import aiohttp
import msgspec
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.channels.telegram.answers import Reply

CALL_SECONDS = 15.0
FILE_SECONDS = 60.0
CONNECT_SECONDS = 5.0
IDLE_SECONDS = 15.0

_JSON = {"Content-Type": "application/json"}
_NOT_ASKED = ("User-Agent", "Accept", "Accept-Encoding")

logging.getLogger("telegram").setLevel(logging.INFO)


class Session:
    """One pool of connections. It opens at the first call, in the loop that makes it."""

    def __init__(self, *, connections: int = 100) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: URL, body: bytes, *, total_seconds: float = CALL_SECONDS) -> Reply:
        """Post JSON. Every trouble of the network is a `Reply` of status 0; only a cancellation is raised.

        A connection that was idle for long is not used again, since the other side may just have closed it.
        """
        session = self._session or self._open()
        timeout = _CALL if total_seconds == CALL_SECONDS else _timeout(total_seconds)
        try:
            async with session.post(url, data=body, timeout=timeout, allow_redirects=False) as response:
                return Reply(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return Reply(0, error=type(error).__name__)

    async def upload(
        self, url: URL, fields: Iterable[tuple[str, str]], part: str, name: str, media_type: str, content: bytes
    ) -> Reply:
        """Post a form that a file goes with as its `part`. Troubles are as those of `post`."""
        session = self._session or self._open()
        # Names are written as they are, in UTF-8, as Telegram reads them.
        form = aiohttp.FormData(fields, quote_fields=False, charset="utf-8")
        try:
            form.add_field(part, io.BytesIO(content), filename=name, content_type=media_type)
            body = form()
            headers = {"Content-Type": body.content_type}
            async with session.post(url, data=body, headers=headers, timeout=_FILE, allow_redirects=False) as response:
                return Reply(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return Reply(0, error=type(error).__name__)

    async def download(self, url: URL, limit_bytes: int) -> Reply:
        """Read what is there; more than `limit_bytes` is a `Reply` of status 0 too, and the rest is not read."""
        session = self._session or self._open()
        content = bytearray()
        try:
            async with session.get(url, timeout=_FILE, allow_redirects=False) as response:
                async for chunk in response.content.iter_any():
                    content += chunk
                    if len(content) > limit_bytes:
                        return Reply(0, error="too large")
                return Reply(response.status, bytes(content))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return Reply(0, error=type(error).__name__)

    def _open(self) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=IDLE_SECONDS, ttl_dns_cache=300),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_JSON,
            skip_auto_headers=_NOT_ASKED,
        )
        return self._session

    async def aclose(self) -> None:
        """Close every connection; a later call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


class AiohttpRequest(BaseRequest):
    """python-telegram-bot's transport over a `Session`. Whoever made the session closes it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def read_timeout(self) -> float:
        return CALL_SECONDS

    async def initialize(self) -> None:
        """Nothing to do: the session opens itself."""

    async def shutdown(self) -> None:
        """Nothing to do: the session is not ours."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Every call is a POST of JSON under our own limits of time; files go another way."""
        parameters = {} if request_data is None else request_data.parameters
        reply = await self._session.post(URL(url, encoded=True), msgspec.json.encode(parameters))
        if reply.status == 0:
            raise TimedOut if "Timeout" in reply.error else NetworkError(reply.error)
        return reply.status, reply.body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Unlike the method it replaces, this one logs nothing of what it cannot read."""
        try:
            return msgspec.json.decode(payload, type=dict[str, Any])
        except (ValueError, RecursionError):
            raise TelegramError("unreadable answer") from None


def _timeout(total_seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=total_seconds, sock_connect=CONNECT_SECONDS)


_CALL = _timeout(CALL_SECONDS)
_FILE = _timeout(FILE_SECONDS)
