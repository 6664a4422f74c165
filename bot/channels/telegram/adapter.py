"""Telegram's settings, and the channel that is made of them."""

import re
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, Field, SecretStr

from bot.channels.abilities import Abilities
from bot.channels.adapter import ChannelAdapter, Finding, OpenChannel, Place
from bot.channels.telegram.abilities import ABILITIES
from bot.setting_types import BaseUrl

if TYPE_CHECKING:
    from bot.channels.telegram.channel import TelegramChannel


def _bot_token(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", secret.get_secret_value()):
        raise ValueError("does not look like a bot token (digits, a colon, letters and digits), as @BotFather gives it")
    return secret


class TelegramAdapter(ChannelAdapter):
    """Receives at a webhook where there is a public address, and by polling elsewhere."""

    channel: ClassVar[str] = "telegram"
    abilities: ClassVar[Abilities] = ABILITIES
    key: ClassVar[str] = "bot_token"
    begin: ClassVar[str] = "TELEGRAM_BOT_TOKEN is missing: ask @BotFather on Telegram for one"

    bot_token: Annotated[SecretStr, AfterValidator(_bot_token)] | None = None
    api_url: BaseUrl = "https://api.telegram.org"
    rate_per_second: int = Field(default=30, ge=1, le=10_000)

    def open(self, place: Place) -> OpenChannel:
        from bot.channels.telegram.channel import TelegramChannel
        from bot.channels.telegram.commands import Webhook
        from bot.channels.telegram.poll import Poller
        from bot.channels.telegram.secret import secret_token
        from bot.channels.telegram.webhook import TelegramEndpoint

        webhook = None
        if place.public_url is not None:
            webhook = Webhook(f"{place.public_url}{TelegramEndpoint.path}", secret_token(place.secret_key))
        channel = TelegramChannel(
            self._token(),
            api_url=self.api_url,
            commands=place.commands,
            webhook=webhook,
            rate_per_second=float(self.rate_per_second),
        )
        if webhook is None:
            return OpenChannel(channel, poller=lambda hear: Poller(channel, hear))
        return OpenChannel(channel, TelegramEndpoint(place.secret_key, lambda: channel.username))

    async def check(self, public_url: str | None) -> list[Finding]:
        return [("telegram", *await self._check_token()), ("webhook", *await self._check_webhook(public_url))]

    async def _check_token(self) -> tuple[bool, str]:
        channel = self._bare()
        try:
            problem = await channel.learn_name()
        finally:
            await channel.aclose()
        if problem:
            return False, self._words(problem)
        return True, f"the bot is @{channel.username}"

    async def _check_webhook(self, public_url: str | None) -> tuple[bool, str]:
        from bot.channels.telegram.registration import webhook_info
        from bot.channels.telegram.webhook import TelegramEndpoint

        channel = self._bare()
        try:
            info = await webhook_info(channel.bot)
        finally:
            await channel.aclose()
        if public_url is None:
            if isinstance(info, str):
                return True, "none is wanted, Telegram will be polled (it does not tell now whether one is set)"
            if info.url:
                return True, "a webhook is set at Telegram and will be removed when polling begins"
            return True, "none, Telegram will be polled"
        if isinstance(info, str):
            return False, f"not known: {self._words(info)}"
        expected = f"{public_url}{TelegramEndpoint.path}"
        if info.url != expected:
            return True, f"will be set to {expected} at the next start"
        if info.last_error_message:
            return (
                False,
                f"Telegram's last delivery failed: {info.last_error_message}; is {expected} reachable from outside?",
            )
        return True, f"{expected}, {info.pending_update_count} update(s) waiting"

    def _words(self, problem: str) -> str:
        """What a call to Telegram met: nobody there, somebody who does not know us, or a trouble that passes."""
        if any(word in problem for word in ("InvalidToken", "Unauthorized", "Forbidden", "Not Found")):
            return f"Telegram answers and refuses the token ({problem}): copy TELEGRAM_BOT_TOKEN from @BotFather again"
        if any(word in problem for word in ("NetworkError", "TimedOut")):
            return f"{self.api_url} cannot be reached ({problem}): check this machine's network and TELEGRAM_API_URL"
        return f"Telegram answers with a trouble ({problem}): ask again in a minute, then check TELEGRAM_API_URL"

    def _bare(self) -> "TelegramChannel":
        """To ask with, and to tell nothing."""
        from bot.channels.telegram.channel import TelegramChannel

        return TelegramChannel(self._token(), api_url=self.api_url)

    def _token(self) -> str:
        return "" if self.bot_token is None else self.bot_token.get_secret_value()
