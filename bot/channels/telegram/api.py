"""One call of the Bot API, timed and told to whoever observes."""

import logging
import time
from collections.abc import Callable
from typing import TypeAlias

from yarl import URL

from bot.channels.telegram.answers import Reply, outcome
from bot.channels.telegram.http import CALL_SECONDS, Session
from bot.channels.telegram.render import Upload
from bot.domain.model import File

DEFAULT_API_URL = "https://api.telegram.org"

Observe: TypeAlias = Callable[[str, float, str], None]
"""Told of every call: method, seconds, and the result in one word (`answers.Result`)."""

log = logging.getLogger(__name__)


def observe_nothing(method: str, seconds: float, result: str) -> None:
    """For when nobody counts."""


class BotApi:
    """Calls by method name and rendered JSON, or with a file, at `<api_url>/bot<token>/<method>`."""

    def __init__(
        self,
        token: str,
        *,
        api_url: str = DEFAULT_API_URL,
        session: Session | None = None,
        observe: Observe = observe_nothing,
    ) -> None:
        self._base = f"{api_url.rstrip('/')}/bot{token}"
        self._files = f"{api_url.rstrip('/')}/file/bot{token}"
        self._urls: dict[str, URL] = {}
        self._session = session or Session()
        self._observe = observe
        self._token_refused = False

    async def call(self, method: str, body: bytes, *, total_seconds: float = CALL_SECONDS) -> Reply:
        """Make one call, once. Raises nothing that the network may cause."""
        began = time.perf_counter()
        reply = await self._session.post(self._url(method), body, total_seconds=total_seconds)
        self._told(method, began, reply)
        return reply

    async def upload(self, method: str, upload: Upload, file: File) -> Reply:
        """Make one call that a file goes with, as `call` does."""
        began = time.perf_counter()
        reply = await self._session.upload(
            self._url(method), upload.fields, upload.part, upload.file_name, file.media_type, file.content
        )
        self._told(method, began, reply)
        return reply

    async def download(self, path: str, limit_bytes: int) -> bytes | None:
        """A file's content, at `<api_url>/file/bot<token>/<path>`; None when it cannot be had or is larger."""
        began = time.perf_counter()
        reply = await self._session.download(URL(f"{self._files}/{path}", encoded=True), limit_bytes)
        # A 404 is a file that is no longer there, and says nothing of the bot's token.
        self._observe("file", time.perf_counter() - began, "rejected" if reply.status == 404 else outcome(reply))
        return reply.body if reply.status == 200 else None

    def _url(self, method: str) -> URL:
        url = self._urls.get(method)
        if url is None:
            url = self._urls[method] = URL(f"{self._base}/{method}", encoded=True)
        return url

    def _told(self, method: str, began: float, reply: Reply) -> None:
        result = outcome(reply)
        self._observe(method, time.perf_counter() - began, result)
        if result == "credentials":
            if not self._token_refused:
                log.error("Telegram refuses the bot's token (status %d to %s)", reply.status, method)
            self._token_refused = True
        elif result == "ok":
            self._token_refused = False

    async def aclose(self) -> None:
        """Close every connection."""
        await self._session.aclose()
