"""One call of the Bot API, timed and told to whoever observes."""

import logging
import time
from collections.abc import Callable
from typing import TypeAlias

from yarl import URL

from bot.channels.telegram.answers import Reply, outcome
from bot.channels.telegram.http import CALL_SECONDS, Session

DEFAULT_API_URL = "https://api.telegram.org"

Observe: TypeAlias = Callable[[str, float, str], None]
"""Told of every call: method, seconds, and the result in one word (`answers.Result`)."""

log = logging.getLogger(__name__)


def observe_nothing(method: str, seconds: float, result: str) -> None:
    """For when nobody counts."""


class BotApi:
    """Calls by method name and rendered JSON, at `<api_url>/bot<token>/<method>`."""

    def __init__(
        self,
        token: str,
        *,
        api_url: str = DEFAULT_API_URL,
        session: Session | None = None,
        observe: Observe = observe_nothing,
    ) -> None:
        self._base = f"{api_url.rstrip('/')}/bot{token}"
        self._urls: dict[str, URL] = {}
        self._session = session or Session()
        self._observe = observe
        self._token_refused = False

    async def call(self, method: str, body: bytes, *, total_seconds: float = CALL_SECONDS) -> Reply:
        """Make one call, once. Raises nothing that the network may cause."""
        url = self._urls.get(method)
        if url is None:
            url = self._urls[method] = URL(f"{self._base}/{method}", encoded=True)
        began = time.perf_counter()
        reply = await self._session.post(url, body, total_seconds=total_seconds)
        result = outcome(reply)
        self._observe(method, time.perf_counter() - began, result)
        if result == "credentials":
            if not self._token_refused:
                log.error("Telegram refuses the bot's token (status %d to %s)", reply.status, method)
            self._token_refused = True
        elif result == "ok":
            self._token_refused = False
        return reply

    async def aclose(self) -> None:
        """Close every connection."""
        await self._session.aclose()
