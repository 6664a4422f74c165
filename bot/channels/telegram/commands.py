"""What Telegram is told about the bot: its commands in each language, those of single chats, and where updates go.

These calls are made at start and by the doctor, never on the way of an update, so they go through
python-telegram-bot's `Bot`, which knows and checks their parameters.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    WebhookInfo,
)
from telegram.error import TelegramError

from bot.languages import DEFAULT

Commands: TypeAlias = Mapping[str, Sequence[tuple[str, str]]]
"""Language to (command, description): `{"fr": [("aide", "…")]}`."""

ALLOWED_UPDATES = ("message", "edited_message", "callback_query")
# Telegram knows no languages but those of ISO 639-1 (documented); people of others get the default list.
MAX_CODE_CHARACTERS = 2
# Telegram takes no more in one list (documented).
MAX_COMMANDS = 100


class Webhook(Struct, frozen=True):
    """Where Telegram posts updates. `max_connections` (1 to 100) is how many it may have in flight."""

    url: str
    secret_token: str
    max_connections: int = 40


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
