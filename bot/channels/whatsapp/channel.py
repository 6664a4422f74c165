"""The WhatsApp channel: sends outbounds, by template where nothing else is allowed, and shows that we are at work.

A send is rendered, paced, posted, and its answers read. An outbound may be several messages (a code is alone in its
own); they are taken from the person's pace together, so that no code goes out whose receipt must wait. `Sent` names
the first of them: where there is a code, that is the code's, and its arrival is what matters. It is not yet confirmed,
since the Cloud API says later whether a message arrived.

Three answers are followed at once by another way to say the same, which is no retry: when the window is closed, the
outbound's brief by a template; when the buttons are refused, the words alone; when a file is refused, all but the file.
Every other failure is a value, and the outbox decides.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence

from aiolimiter import AsyncLimiter

from bot.channels.files import file_name
from bot.channels.whatsapp.abilities import ABILITIES
from bot.channels.whatsapp.answers import WINDOW_CLOSED, Again, reason, trouble, verdict
from bot.channels.whatsapp.api import API_VERSION, DEFAULT_API_URL, Answer, CloudApi, Observe, observe_nothing
from bot.channels.whatsapp.check import check, own_number
from bot.channels.whatsapp.pace import PersonPace
from bot.channels.whatsapp.people import CHANNEL, target
from bot.channels.whatsapp.render import (
    Media,
    Message,
    media_of,
    render,
    render_brief,
    uploaded_as,
    working,
)
from bot.channels.whatsapp.templates import DEFAULT_NAMES, Names
from bot.channels.whatsapp.window import Window
from bot.domain.outbound import Brief, File, Outbound, SendLater, SendRefused, SendResult, Sent, SentBriefly
from bot.domain.people import Address
from bot.logs import masked_address

RATE_PER_SECOND = 80.0
RETRY_SECONDS = 2.0
CLOSE_SECONDS = 2.0
LONGEST_ASKING_PAUSE_SECONDS = 600.0

_MEDIA_ID = re.compile(r"[0-9A-Za-z_-]{1,128}")

log = logging.getLogger(__name__)


def _now() -> int:
    return time.time_ns() // 1_000_000


class WhatsAppChannel:
    """A `Channel` over the Cloud API.

    `window` is shared with the channel's endpoint, which tells it who wrote. `templates` are the names of the approved
    templates; those that are missing have their own names. `rate_per_second` paces all sends together (80 a number by
    documentation); None means no pace. `clock` tells milliseconds UTC, `ticks` seconds that never go back.
    `account_id` is the WhatsApp Business account's, for `check` alone.
    """

    name = CHANNEL
    abilities = ABILITIES

    def __init__(
        self,
        access_token: str,
        phone_number_id: str,
        *,
        api_url: str = DEFAULT_API_URL,
        api_version: str = API_VERSION,
        window: Window | None = None,
        templates: Names = DEFAULT_NAMES,
        observe: Observe = observe_nothing,
        rate_per_second: float | None = RATE_PER_SECOND,
        retry_seconds: float = RETRY_SECONDS,
        clock: Callable[[], int] = _now,
        ticks: Callable[[], float] = time.monotonic,
        account_id: str | None = None,
    ) -> None:
        self.api = CloudApi(access_token, phone_number_id, api_url=api_url, api_version=api_version, observe=observe)
        self.window = Window() if window is None else window
        self._phone_number_id = phone_number_id
        self._account_id = account_id
        self._templates: Names = {**DEFAULT_NAMES, **templates}
        self._retry_seconds = retry_seconds
        self._clock = clock
        self._ticks = ticks
        self._person_pace = PersonPace()
        self._limiter = _limiter(rate_per_second)
        self._number: str | None = None
        self._asking: asyncio.Task[None] | None = None

    @property
    def link(self) -> str | None:
        """Where the chat with our number is, once Meta has told it."""
        return None if self._number is None else f"https://wa.me/{self._number}"

    async def start(self) -> None:
        """Begin to ask for our own number. Nothing is to be told: the webhook is set in Meta's own pages."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._learn_number(), name="whatsapp-number")

    async def aclose(self) -> None:
        """Stop what runs beside, and close every connection."""
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.cancel()
            await asyncio.wait((asking,), timeout=CLOSE_SECONDS)
        await self.api.aclose()

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        """Deliver one message; `Sent.message_ref` names the first that it became.

        Where a later one fails, the outbox sends all of it again: twice rather than torn.
        """
        if outbound.progress:
            # Nothing can be edited here, and a progress that is told line by line is a nuisance.
            return Sent()
        if target(address.id) is None:
            return SendRefused("not an id of WhatsApp", unreachable=True)
        if outbound.brief is not None and self.window.is_closed(address.id, self._clock()):
            return await self._send_brief(address, outbound.brief)
        media = None
        if file is not None:
            uploaded = await self._upload(address, file)
            if isinstance(uploaded, SendLater | SendRefused):
                return uploaded
            media = uploaded
        sent: list[tuple[Message, Sent]] = []
        result = await self._send_all(address, render(address.id, outbound, media=media), sent)
        interactive = True
        while isinstance(result, Again) and result.how != "briefly":
            if result.how == "bare":
                log.error("WhatsApp does not take a file for %s; its words are sent alone", masked_address(address))
                media = None
            else:
                log.error("WhatsApp cannot read a message to %s; its words are sent alone", masked_address(address))
                interactive = False
            known = [message for message, _ in sent]
            every = render(address.id, outbound, interactive=interactive, media=media)
            result = await self._send_all(address, tuple(one for one in every if one not in known), sent)
        if not isinstance(result, Again):
            return result
        self.window.shut(address.id)
        if outbound.brief is None:
            return SendRefused(WINDOW_CLOSED, unreachable=True)
        return await self._send_brief(address, outbound.brief)

    async def fetch(self, ref: str, limit_bytes: int) -> bytes | None:
        """The content of a file that a person sent; the Cloud API keeps it for 30 days (documented)."""
        return await self.api.download(ref, limit_bytes) if _MEDIA_ID.fullmatch(ref) else None

    async def erase(self, address: Address, own_ref: str) -> None:
        """The Cloud API lets nobody delete what a person wrote."""

    async def show_commands(self, address: Address, commands: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """WhatsApp has no list of commands."""

    async def working(self, address: Address, message_ref: str | None) -> None:
        """Mark the person's message as read and show "typing…"; what the Cloud API thinks of it does not matter."""
        if message_ref is not None:
            await self.api.post(working(message_ref), method="typing")

    async def check(self) -> list[tuple[bool, str]]:
        """What the Cloud API says of our number, token, webhook and templates: whether it is well, and in words."""
        return await check(self.api, self._phone_number_id, self._account_id, self._templates)

    async def _learn_number(self) -> None:
        pause_seconds = self._retry_seconds
        while (number := await own_number(self.api, self._phone_number_id)) is None:
            if pause_seconds == self._retry_seconds:
                log.warning("WhatsApp does not tell our number: until then no page leads back to a chat with it")
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(pause_seconds * 2, LONGEST_ASKING_PAUSE_SECONDS)
        self._number = number

    async def _upload(self, address: Address, file: File) -> Media | SendLater | SendRefused | None:
        """Bring a file to the Cloud API; None when it does not take it, and the words must go alone."""
        answer = await self.api.upload(file_name(file.name), uploaded_as(file), file.content)
        if isinstance(answer, Answer):
            media_id = answer.value.get("id")
            if isinstance(media_id, str):
                return media_of(file, media_id)
            return SendLater(self._retry_seconds, "unreadable answer")
        result = verdict(answer, retry_seconds=self._retry_seconds, file=True)
        if isinstance(result, Again):
            log.error("WhatsApp does not take a file for %s: %s", masked_address(address), reason(answer))
            return None
        return result

    async def _send_all(
        self, address: Address, messages: tuple[Message, ...], sent: list[tuple[Message, Sent]]
    ) -> SendResult | Again:
        """Send `messages` after those that were `sent`, to which they are added; the first trouble ends it."""
        wait_seconds = self._person_pace.take(address.id, len(messages), self._ticks())
        if wait_seconds:
            return SendLater(wait_seconds, "this person's pace")
        for message in messages:
            result = await self._post(address, message)
            if not isinstance(result, Sent):
                return result
            sent.append((message, result))
        return sent[0][1] if sent else SendRefused("nothing to show", unreachable=False)

    async def _send_brief(self, address: Address, brief: Brief) -> SendResult:
        """Say it by a template. One that is not taken leaves the outbound to be kept until the person writes."""
        result = await self._send_all(address, (render_brief(address.id, brief, self._templates),), [])
        match result:
            case Sent(message_ref=message_ref):
                return SentBriefly(message_ref)
            case SendRefused(reason=why):
                return SendRefused(why, unreachable=True)
            case Again():
                return SendRefused(WINDOW_CLOSED, unreachable=True)
        return result

    async def _post(self, address: Address, message: Message) -> SendResult | Again:
        if self._limiter is not None:
            await self._limiter.acquire()
        answer = await self.api.post(message.body)
        if isinstance(answer, Answer):
            message_ref = _message_ref(answer)
            if message_ref is None:
                return SendLater(self._retry_seconds, "unreadable answer")
            return Sent(message_ref, confirmed=False)
        what = trouble(answer)
        if what == "pair":
            self._person_pace.spend(address.id, self._ticks())
        elif what == "template":
            log.error("WhatsApp does not take a template: %s", reason(answer))
        result = verdict(answer, retry_seconds=self._retry_seconds, file=message.file)
        if isinstance(result, Again) and result.how == "plain" and not message.interactive:
            return SendRefused(reason(answer), unreachable=False)
        return result


def _message_ref(answer: Answer) -> str | None:
    messages = answer.value.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    message_ref = first.get("id") if isinstance(first, dict) else None
    return message_ref if isinstance(message_ref, str) else None


def _limiter(rate_per_second: float | None) -> AsyncLimiter | None:
    """A leaky bucket whose burst and refill together stay within the rate in any one second."""
    if rate_per_second is None:
        return None
    burst = max(1.0, rate_per_second / 8)
    return AsyncLimiter(burst, burst / max(rate_per_second - burst, 1.0))
