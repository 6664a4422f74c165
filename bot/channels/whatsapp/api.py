"""One call of the Cloud API, made by pywa, timed and told to whoever observes.

pywa raises; here everything that may go wrong becomes a `Failure`. Its errors and its debug log quote messages, so
nothing of them but a code leaves this file, and pywa's log is kept to what concerns the program itself.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import aiohttp
import httpx
from msgspec import Struct
from pywa_async.client import WhatsApp
from pywa_async.errors import WhatsAppError

from bot.channels.whatsapp.answers import Failure, trouble
from bot.channels.whatsapp.http import JSON, CloudClient

DEFAULT_API_URL = "https://graph.facebook.com"
API_VERSION = "25.0"

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
        self._messages = f"/{phone_number_id}/messages"
        self._observe = observe
        self._token_refused = False

    async def post(self, body: bytes, *, method: str = "messages") -> Answer | Failure:
        """Post to `messages`, once. Raises nothing that the network may cause; `method` names the call to observers."""
        return await self._call("POST", self._messages, body, method)

    async def get(self, endpoint: str, *, method: str = "look") -> Answer | Failure:
        """Read `endpoint`, which begins with a slash."""
        return await self._call("GET", endpoint, b"", method)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _call(self, verb: str, endpoint: str, body: bytes, method: str) -> Answer | Failure:
        began = time.perf_counter()
        answer = await self._once(verb, endpoint, body)
        result = "ok" if isinstance(answer, Answer) else trouble(answer)
        self._observe(method, time.perf_counter() - began, result)
        if result == "credentials":
            if not self._token_refused:
                log.error("WhatsApp refuses the access token")
            self._token_refused = True
        elif result == "ok":
            self._token_refused = False
        return answer

    async def _once(self, verb: str, endpoint: str, body: bytes) -> Answer | Failure:
        try:
            value = await self._pywa.api.send_raw_request(verb, endpoint, content=body, headers=JSON)
        except WhatsAppError as error:
            response = error.raw_response
            if response is None:
                return Failure(error.code, error="no answer")
            return Failure(
                error.code,
                response.status_code,
                error.subcode,
                retry_after_seconds=_seconds(response.headers.get("retry-after")),
            )
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, TimeoutError, OSError) as error:
            return Failure(error=type(error).__name__)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            # pywa reads the body of an answer, also of an error, without looking whether it has its shape.
            return Failure(error=f"unreadable answer, {type(error).__name__}")
        if not isinstance(value, Mapping):
            return Failure(error="unreadable answer")
        return Answer(value)


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isdecimal() else None
