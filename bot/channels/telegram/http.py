"""HTTP to Telegram: one client, used in several ways.

`post` is the lean one: bytes out, status and bytes in. `upload` posts a form with a file, `download` reads one, and no
more of it than was asked for. The bot's token is a part of every path, and errors of the client quote none.
"""

import secrets
from collections.abc import Iterable

from bot.channels.telegram.answers import Reply
from bot.http_client import HttpClient

CALL_SECONDS = 15.0
FILE_SECONDS = 60.0


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


# Names are written as they are, in UTF-8, as Telegram reads them; what would end them is written as browsers do.
_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


def _form(
    boundary: str, fields: Iterable[tuple[str, str]], part: str, name: str, media_type: str, content: bytes
) -> bytes:
    mark = f"--{boundary}\r\nContent-Disposition: form-data; name="
    head = "".join(f'{mark}"{field}"\r\n\r\n{value}\r\n' for field, value in fields)
    head += f'{mark}"{part}"; filename="{name.translate(_QUOTED)}"\r\nContent-Type: {media_type}\r\n\r\n'
    return b"".join((head.encode(), content, f"\r\n--{boundary}--\r\n".encode()))
