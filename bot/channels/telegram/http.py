"""HTTP to Telegram: one client, used in several ways.

`post` is the lean one: bytes out, status and bytes in. `upload` posts a form with a file, `download` reads one, and no
more of it than was asked for. `SessionRequest` is python-telegram-bot's public `BaseRequest` over the same client, for
the calls that its `Bot` makes.

The bot's token is a part of every path. Errors of the client quote none, and python-telegram-bot, which writes its base
URL into its debug log, is kept from debugging.
"""

import logging
import secrets
from collections.abc import Iterable
from typing import Any

import msgspec
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.channels.telegram.answers import Reply
from bot.http_client import HttpClient

CALL_SECONDS = 15.0
FILE_SECONDS = 60.0

logging.getLogger("telegram").setLevel(logging.INFO)


class Session:
    """Calls to the Bot API at `api_url`, by paths below it. Connections open when they are needed."""

    def __init__(self, api_url: str) -> None:
        self.api_url = api_url.rstrip("/")
        self._http = HttpClient(api_url)

    async def post(self, path: str, body: bytes, *, total_seconds: float = CALL_SECONDS) -> Reply:
        """Post JSON. Every trouble of the network is a `Reply` of status 0; only a cancellation is raised."""
        reply = await self._http.post(path, body, total_seconds=total_seconds)
        return Reply(reply.status, reply.body, reply.error)

    async def upload(
        self, path: str, fields: Iterable[tuple[str, str]], part: str, name: str, media_type: str, content: bytes
    ) -> Reply:
        """Post a form that a file goes with as its `part`. Troubles are as those of `post`."""
        boundary = secrets.token_hex(16)
        reply = await self._http.post(
            path,
            _form(boundary, fields, part, name, media_type, content),
            content_type=f"multipart/form-data; boundary={boundary}",
            total_seconds=FILE_SECONDS,
        )
        return Reply(reply.status, reply.body, reply.error)

    async def download(self, path: str, limit_bytes: int) -> Reply:
        """Read what is there; more than `limit_bytes` is a `Reply` of status 0 too, and the rest is not read."""
        reply = await self._http.get(path, total_seconds=FILE_SECONDS, max_body_bytes=limit_bytes)
        return Reply(reply.status, reply.body, reply.error)

    async def aclose(self) -> None:
        """Close every connection; a later call opens new ones."""
        await self._http.aclose()


class SessionRequest(BaseRequest):
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
        reply = await self._session.post(url.removeprefix(self._session.api_url), msgspec.json.encode(parameters))
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


# Names are written as they are, in UTF-8, as Telegram reads them; what would end them is written as browsers do.
_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


def _form(
    boundary: str, fields: Iterable[tuple[str, str]], part: str, name: str, media_type: str, content: bytes
) -> bytes:
    mark = f"--{boundary}\r\nContent-Disposition: form-data; name="
    head = "".join(f'{mark}"{field}"\r\n\r\n{value}\r\n' for field, value in fields)
    head += f'{mark}"{part}"; filename="{name.translate(_QUOTED)}"\r\nContent-Type: {media_type}\r\n\r\n'
    return b"".join((head.encode(), content, f"\r\n--{boundary}--\r\n".encode()))
