"""The calls that tell Telegram who we are: commands in each language, those of single chats, the webhook, our own name.

They are made after a start and by the doctor, never on the way of an update, so they go through python-telegram-bot's
`Bot`, which knows and checks their parameters. The library is a fifth of a start's imports: whoever needs this module
imports it then (`TelegramChannel.bot`).

The bot's token is a part of every path. Errors of the client quote none, and python-telegram-bot, which writes its base
URL into its debug log, is kept from debugging.
"""

import logging
from typing import Any

import msgspec
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    WebhookInfo,
)
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.channels.telegram.commands import ALLOWED_UPDATES, Commands, Webhook
from bot.channels.telegram.http import CALL_SECONDS, Session
from bot.languages import DEFAULT

# Telegram knows no languages but those of ISO 639-1 (documented); people of others get the default list.
MAX_CODE_CHARACTERS = 2
# Telegram takes no more in one list (documented).
MAX_COMMANDS = 100

logging.getLogger("telegram").setLevel(logging.INFO)


def bot_of(token: str, session: Session) -> Bot:
    """The library's bot, which calls over our own client. Raises InvalidToken for what is no token."""
    request = SessionRequest(session)
    return Bot(token, base_url=f"{session.api_url}/bot", request=request, get_updates_request=request)


async def name_of(bot: Bot) -> tuple[str | None, str]:
    """The bot's own name, and the problem in asking for it; one of them is empty."""
    try:
        return (await bot.get_me()).username, ""
    except TelegramError as error:
        return None, problem(error)


async def register(bot: Bot, commands: Commands, webhook: Webhook | None) -> list[str]:
    """Tell Telegram the commands and the webhook; without one the webhook is left alone (`poll` removes it).

    Answers the problems, in words for the log; an empty list means that all is told.
    """
    problems: list[str] = []
    try:
        await _tell(bot, commands, BotCommandScopeAllPrivateChats())
    except TelegramError as error:
        problems.append(f"commands: {problem(error)}")
    if webhook is not None:
        try:
            await bot.set_webhook(
                webhook.url,
                max_connections=webhook.max_connections,
                allowed_updates=ALLOWED_UPDATES,
                secret_token=webhook.secret_token,
            )
        except TelegramError as error:
            problems.append(f"webhook: {problem(error)}")
    return problems


async def tell_chat(bot: Bot, chat_id: int, commands: Commands) -> str | None:
    """Give one chat commands of its own in place of everybody's. Answers the problem, if any."""
    try:
        await _tell(bot, commands, BotCommandScopeChat(chat_id))
    except TelegramError as error:
        return problem(error)
    return None


async def _tell(bot: Bot, commands: Commands, scope: BotCommandScope) -> None:
    for language, listed in (("", commands.get(DEFAULT, ())), *commands.items()):
        if listed and len(language) <= MAX_CODE_CHARACTERS:
            await bot.set_my_commands(
                [BotCommand(command, description) for command, description in listed[:MAX_COMMANDS]],
                scope=scope,
                language_code=language or None,
            )


async def remove_webhook(bot: Bot) -> str | None:
    """Let updates be polled; those that wait at Telegram are kept. Answers the problem, if any."""
    try:
        await bot.delete_webhook(drop_pending_updates=False)
    except TelegramError as error:
        return problem(error)
    return None


async def webhook_info(bot: Bot) -> WebhookInfo | str:
    """What Telegram thinks of our webhook, for the doctor; or the problem in asking."""
    try:
        return await bot.get_webhook_info()
    except TelegramError as error:
        return problem(error)


def problem(error: TelegramError) -> str:
    """An error of python-telegram-bot in words that quote no URL."""
    return f"{type(error).__name__}: {error.message}"


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
