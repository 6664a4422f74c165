"""One call of the Bot API, timed and told to whoever observes."""

import logging
import time
from collections.abc import Callable
from typing import TypeAlias

from bot.channels.telegram.answers import Reply, outcome
from bot.channels.telegram.http import CALL_SECONDS, Session
from bot.channels.telegram.render import Upload
from bot.domain.outbound import File

DEFAULT_API_URL = "https://api.telegram.org"

Observe: TypeAlias = Callable[[str, float, str], None]
"""Told of every call: method, seconds, and the result in one word (`answers.Result`)."""

log = logging.getLogger(__name__)


def observe_nothing(method: str, seconds: float, result: str) -> None:
    """For when nobody counts."""


class BotApi:
    """Calls by method name and rendered JSON, or with a file, at `<session's URL>/bot<token>/<method>`."""

    def __init__(self, token: str, session: Session, *, observe: Observe = observe_nothing) -> None:
        self._base = f"/bot{token}"
        self._files = f"/file/bot{token}"
        self._session = session
        self._observe = observe
        self._token_refused = False

    async def call(self, method: str, body: bytes, *, total_seconds: float = CALL_SECONDS) -> Reply:
        """Make one call, once. Raises nothing that the network may cause."""
        began = time.perf_counter()
        reply = await self._session.post(f"{self._base}/{method}", body, total_seconds=total_seconds)
        self._observed(method, began, reply)
        return reply

    async def upload(self, method: str, upload: Upload, file: File) -> Reply:
        """Make one call that a file goes with, as `call` does."""
        began = time.perf_counter()
        reply = await self._session.upload(
            f"{self._base}/{method}", upload.fields, upload.part, upload.file_name, file.media_type, file.content
        )
        self._observed(method, began, reply)
        return reply

    async def download(self, path: str, limit_bytes: int) -> bytes | None:
        """A file's content, at `<session's URL>/file/bot<token>/<path>`; None when it cannot be had or is larger."""
        began = time.perf_counter()
        reply = await self._session.download(f"{self._files}/{path}", limit_bytes)
        # A 404 is a file that is no longer there, and says nothing of the bot's token.
        self._observe("file", time.perf_counter() - began, "rejected" if reply.status == 404 else outcome(reply))
        return reply.body if reply.status == 200 else None

    def _observed(self, method: str, began: float, reply: Reply) -> None:
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
