"""The Telegram channel: sends outbounds, answers taps, and tells Telegram at start who we are.

A send is rendered, posted, and its answer read; between the pure rooms that do this there is one network call. When
Telegram finds fault with the tags of a text, with an edit, or with a file, the same words go out at once in the way
that it will take: that is another call and not a retry. Every other failure is a value, and the outbox decides.

The tasks at start (who are we, the commands, the webhook) run beside the bot and are tried again until they are done,
because a bot that is started while Telegram is away must still be found by its updates later.
"""

import asyncio
import logging
import re
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from aiolimiter import AsyncLimiter
from msgspec.structs import replace as replace_fields

from bot.channels.telegram.abilities import ABILITIES
from bot.channels.telegram.answers import Again, outcome, place, verdict
from bot.channels.telegram.api import DEFAULT_API_URL, BotApi, Observe, observe_nothing
from bot.channels.telegram.commands import Commands, Webhook
from bot.channels.telegram.http import Session
from bot.channels.telegram.render import (
    Call,
    erasure,
    file_question,
    render,
    render_passing,
    tap_answer,
    typing,
)
from bot.domain.outbound import File, Outbound, SendLater, SendRefused, SendResult, Sent
from bot.domain.people import Address

RETRY_SECONDS = 2.0
BURST_SECONDS = 0.25
CLOSE_SECONDS = 2.0
LONGEST_REGISTRATION_PAUSE_SECONDS = 60.0

_USERNAME = re.compile("[A-Za-z0-9_]{3,64}")

if TYPE_CHECKING:
    from telegram import Bot

log = logging.getLogger(__name__)


class TelegramChannel:
    """A `Channel` over the Bot API.

    `rate_per_second` paces all sends together (Telegram allows about 30 a second in bulk); None means no pace.
    `retry_seconds` is the pause after a failure for which Telegram names none. `registered` is set once Telegram was
    told everything, and `username` is the bot's own name from then on.
    """

    name = "telegram"
    abilities = ABILITIES

    def __init__(
        self,
        token: str,
        *,
        api_url: str = DEFAULT_API_URL,
        commands: Commands | None = None,
        webhook: Webhook | None = None,
        observe: Observe = observe_nothing,
        rate_per_second: float | None = 30.0,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._token = token
        self._session = Session(api_url)
        self.api = BotApi(token, self._session, observe=observe)
        self.username: str | None = None
        self.registered = asyncio.Event()
        self._commands = commands or {}
        self._webhook = webhook
        self._retry_seconds = retry_seconds
        self._limiter = _limiter(rate_per_second)
        self._registration: asyncio.Task[None] | None = None

    @cached_property
    def bot(self) -> "Bot":
        """python-telegram-bot's, for the calls that need no hurry. To import it takes long, so it is made when it is
        first needed.
        """
        from bot.channels.telegram.registration import bot_of

        return bot_of(self._token, self._session)

    @property
    def link(self) -> str | None:
        """Where the chat with the bot is, once its name is known."""
        return f"https://t.me/{self.username}" if _USERNAME.fullmatch(self.username or "") else None

    async def start(self) -> None:
        """Begin to tell Telegram who we are; returns at once, whether Telegram can be reached or not."""
        if self._registration is None:
            self._registration = asyncio.create_task(self._register_until_done(), name="telegram-registration")

    async def aclose(self) -> None:
        """Stop what runs beside, and close every connection."""
        registration, self._registration = self._registration, None
        if registration is not None:
            registration.cancel()
            await asyncio.wait((registration,), timeout=CLOSE_SECONDS)
        await self.api.aclose()

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        """Deliver one message; `Sent.message_ref` names the message that carries the text's end and the buttons.

        A text of several pieces whose later piece fails is sent whole again by the outbox: twice rather than torn.
        """
        if outbound.progress:
            return await self._show_passing(address, outbound)
        result: SendResult = SendRefused("not an id of Telegram", unreachable=True)
        for at, call in enumerate(render(address.id, outbound, file=file)):
            before = result
            result = await self._send_one(address, outbound, file, call, at)
            if not isinstance(result, Sent):
                return result
            if call.upload is not None and call.upload.alone:
                result = before
        return result

    async def fetch(self, ref: str, limit_bytes: int) -> bytes | None:
        """The content of a file that a person sent; the Bot API hands on none above 20 MB (documented)."""
        file = place(await self.api.call("getFile", file_question(ref)))
        if file is None or file.size_bytes > limit_bytes:
            return None
        return await self.api.download(file.path, limit_bytes)

    async def erase(self, address: Address, own_ref: str) -> None:
        """Delete what a person wrote, which the Bot API allows for 48 hours (documented)."""
        body = erasure(address.id, own_ref)
        if body is not None and (result := outcome(await self.api.call("deleteMessage", body))) != "ok":
            log.warning("Telegram did not delete a message of %s: %s", address, result)

    async def show_commands(self, address: Address, commands: Commands) -> None:
        """Give a chat its own list of commands."""
        from bot.channels.telegram.registration import tell_chat

        if address.id.isdecimal() and (trouble := await tell_chat(self.bot, int(address.id), commands)):
            log.warning("Telegram was not told the commands of a chat: %s", trouble)

    async def working(self, address: Address, message_ref: str | None) -> None:
        """Show "typing…" for a few seconds."""
        await self.api.call("sendChatAction", typing(address.id))

    async def answer_tap(self, tap_id: str, text: str | None = None) -> bool:
        """Stop a button's spinning, with a note if `text` is given (at most 200 characters).

        Answers whether Telegram took it; it refuses an answer that comes too late, and that harms nobody.
        """
        reply = await self.api.call("answerCallbackQuery", tap_answer(tap_id, text, method=False))
        return outcome(reply) == "ok"

    async def learn_name(self) -> str:
        """Learn our own name. Answers the problem, in words; empty when there is none."""
        from bot.channels.telegram.registration import name_of

        name, problem = await name_of(self.bot)
        if problem:
            return f"bot: {problem}"
        self.username = name
        return ""

    async def register(self) -> list[str]:
        """Tell Telegram the commands and the webhook and learn our own name, once. Answers the problems, in words."""
        from bot.channels.telegram.registration import register

        if trouble := await self.learn_name():
            return [trouble]
        return await register(self.bot, self._commands, self._webhook)

    async def _send_one(
        self, address: Address, outbound: Outbound, file: File | None, call: Call, at: int
    ) -> SendResult:
        styled = replace = as_picture = True
        while True:
            result = await self._make(call, file)
            if not isinstance(result, Again):
                if call.edit and isinstance(result, Sent) and result.message_ref is None:
                    return Sent(outbound.replaces)
                return result
            if result.how == "anew":
                replace = False
            elif result.how == "document":
                as_picture = False
            elif result.how == "bare" and call.shows:
                log.warning("Telegram does not show a photo to %s; its message goes without it", address)
                outbound = replace_fields(outbound, picture=None)
            elif result.how == "bare":
                log.error("Telegram does not take a file for %s; its message goes without it", address)
                if call.upload is not None and call.upload.alone:
                    return Sent()
                file = None
            elif styled:
                # The description of this error may quote the text, so the log only says that it happened.
                log.error("Telegram cannot read the tags of a message to %s; sent without them", address)
                styled = False
            else:
                return SendRefused("tags refused in a text without tags", unreachable=False)
            call = render(address.id, outbound, styled=styled, replace=replace, file=file, as_picture=as_picture)[at]

    async def _show_passing(self, address: Address, outbound: Outbound) -> SendResult:
        """Put a word on progress in the place of the one before it, or nowhere."""
        for styled in (True, False):
            call = render_passing(address.id, outbound, styled=styled)
            if call is None:
                break
            result = await self._make(call, None)
            if isinstance(result, Again) and result.how == "plain":
                continue
            if isinstance(result, SendLater):
                return result
            if isinstance(result, Sent):
                return Sent(outbound.replaces)
            break
        return Sent()

    async def _make(self, call: Call, file: File | None) -> SendResult | Again:
        if self._limiter is not None:
            await self._limiter.acquire()
        if call.upload is None or file is None:
            reply = await self.api.call(call.method, call.body)
            return verdict(
                reply,
                edit=call.edit,
                retry_seconds=self._retry_seconds,
                part="shown" if call.shows else None,
            )
        reply = await self.api.upload(call.method, call.upload, file)
        return verdict(reply, edit=False, retry_seconds=self._retry_seconds, part=call.upload.part)

    async def _register_until_done(self) -> None:
        # In a thread, for people are served meanwhile.
        await asyncio.to_thread(import_module, "bot.channels.telegram.registration")
        pause = 1.0
        while problems := await self.register():
            log.warning("Telegram was not told everything, next try in %.0f s: %s", pause, "; ".join(problems))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_REGISTRATION_PAUSE_SECONDS)
        self.registered.set()
        log.info("Telegram knows the bot as @%s", self.username)


def _limiter(rate_per_second: float | None) -> AsyncLimiter | None:
    """A leaky bucket that lets a quarter of a second's worth go at once, so that no second sees much more than one."""
    if rate_per_second is None:
        return None
    burst = max(1.0, rate_per_second * BURST_SECONDS)
    return AsyncLimiter(burst, burst / rate_per_second)
