"""One call of the Cloud API, made by pywa, timed and told to whoever observes.

pywa raises; here everything that may go wrong becomes a `Failure`. Its errors and its debug log quote messages, so
nothing of them but a code leaves this file, and pywa's log is kept to what concerns the program itself.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import httpx
from msgspec import Struct
from pywa_async.client import WhatsApp
from pywa_async.errors import WhatsAppError

from bot.channels.whatsapp.answers import Failure, trouble
from bot.channels.whatsapp.http import JSON, CloudClient, NoAnswer
from bot.http_client import TOO_LARGE

DEFAULT_API_URL = "https://graph.facebook.com"
API_VERSION = "25.0"
# Where the files lie that people sent (documented).
FILES_HOST = "lookaside.fbsbx.com"

Observe: TypeAlias = Callable[[str, float, str], None]
"""Told of every call: what it was for, seconds, and the result in one word ("ok" or `answers.Trouble`)."""

log = logging.getLogger(__name__)
logging.getLogger("pywa").setLevel(logging.ERROR)


class Answer(Struct, frozen=True):
    """What the Cloud API answered; `value` is its JSON."""

    value: Mapping[str, Any]


def observe_nothing(method: str, seconds: float, result: str) -> None:
    """For when nobody counts."""


class CloudApi:
    """Calls for one phone number, at `<api_url>/v<version>/…`."""

    def __init__(
        self,
        access_token: str,
        phone_number_id: str,
        *,
        api_url: str = DEFAULT_API_URL,
        api_version: str = API_VERSION,
        observe: Observe = observe_nothing,
    ) -> None:
        self._client = CloudClient()
        self._pywa = WhatsApp(
            phone_id=phone_number_id, token=access_token, session=self._client, api_version=api_version
        )
        # Not before: pywa gives its session the address of Meta's own host.
        self._client.base_url = httpx.URL(f"{api_url.rstrip('/')}/v{api_version}")
        self._phone_number_id = phone_number_id
        self._messages = f"/{phone_number_id}/messages"
        self._observe = observe
        self._token_refused = False

    async def post(self, body: bytes, *, method: str = "messages") -> Answer | Failure:
        """Post to `messages`, once. Raises nothing that the network may cause; `method` names the call to observers."""
        return await self._observed(
            method, self._pywa.api.send_raw_request("POST", self._messages, content=body, headers=JSON)
        )

    async def get(self, endpoint: str, *, method: str = "look") -> Answer | Failure:
        """Read `endpoint`, which begins with a slash."""
        return await self._observed(method, self._pywa.api.send_raw_request("GET", endpoint, content=b"", headers=JSON))

    async def upload(self, name: str, media_type: str, content: bytes) -> Answer | Failure:
        """Upload a file, which a message can then name by the id in the answer."""
        media = self._pywa.api.upload_media(self._phone_number_id, content, media_type, name)
        return await self._observed("upload", media)

    async def download(self, media_id: str, limit_bytes: int) -> bytes | None:
        """The content of a file that a person sent; None when it cannot be had or is larger.

        Where it lies is asked of the Cloud API, and its answer is followed only to Meta's own host for files, or back
        to the Cloud API itself: whoever is asked for a file is shown our access token.
        """
        answer = await self.get(f"/{media_id}", method="media")
        if not isinstance(answer, Answer):
            return None
        url = self._ours(answer.value.get("url"))
        if url is None:
            log.error("WhatsApp names a host for a file that is not its own")
            return None
        began = time.perf_counter()
        reply = await self._client.download(url, limit_bytes)
        status = 413 if reply.error == TOO_LARGE else reply.status
        self._observe("file", time.perf_counter() - began, "ok" if status == 200 else trouble(Failure(status=status)))
        return reply.body if status == 200 else None

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    def _ours(self, url_text: object) -> httpx.URL | None:
        try:
            url = httpx.URL(url_text if isinstance(url_text, str) else "")
        except httpx.InvalidURL:
            return None
        base = self._client.base_url
        if (url.scheme, url.host, url.port) == (base.scheme, base.host, base.port) and not url.userinfo:
            return url
        files = url.scheme == "https" and url.host == FILES_HOST and url.port is None and not url.userinfo
        return url if files else None

    async def _observed(self, method: str, call: Awaitable[Any]) -> Answer | Failure:
        began = time.perf_counter()
        try:
            value = await call
        except WhatsAppError as error:
            answer: Answer | Failure = _failure(error)
        except NoAnswer as error:
            answer = Failure(error=str(error))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            # pywa reads the body of an answer, also of an error, without looking whether it has its shape.
            answer = Failure(error=f"unreadable answer, {type(error).__name__}")
        else:
            answer = Answer(value) if isinstance(value, dict) else Failure(error="unreadable answer")
        result = "ok" if isinstance(answer, Answer) else trouble(answer)
        self._observe(method, time.perf_counter() - began, result)
        if result == "credentials":
            if not self._token_refused:
                log.error("WhatsApp refuses the access token")
            self._token_refused = True
        elif result == "ok":
            self._token_refused = False
        return answer


def _failure(error: WhatsAppError) -> Failure:
    response = error.raw_response
    if response is None:
        return Failure(error.code, error="no answer")
    return Failure(
        error.code,
        response.status_code,
        error.subcode,
        retry_after_seconds=_seconds(response.headers.get("retry-after")),
    )


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isdecimal() else None
