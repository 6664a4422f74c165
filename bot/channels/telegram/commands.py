"""What Telegram is told about the bot: its commands in each language, those of single chats, and where updates go.

These calls are made at start and by the doctor, never on the way of an update.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeVar

from msgspec import UNSET, Struct, UnsetType
from msgspec.json import decode, encode

from bot.channels.telegram.answers import Reply, Result, description, outcome
from bot.channels.telegram.api import BotApi
from bot.languages import DEFAULT

Commands: TypeAlias = Mapping[str, Sequence[tuple[str, str]]]
"""Language to (command, description): `{"fr": [("aide", "…")]}`."""

T = TypeVar("T")

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


class WebhookInfo(Struct, frozen=True):
    """What Telegram thinks of our webhook; an empty `url` is none, `last_error_message` that of its last delivery."""

    url: str = ""
    pending_update_count: int = 0
    last_error_message: str = ""


class Trouble(Struct, frozen=True):
    """Why Telegram did not do it; as a text, in words that quote no URL."""

    result: Result
    words: str

    def __str__(self) -> str:
        return f"{self.result}: {self.words}"


class _Command(Struct):
    command: str
    description: str


class _Scope(Struct, omit_defaults=True):
    type: str
    chat_id: int | UnsetType = UNSET


class _SetCommands(Struct):
    commands: list[_Command]
    scope: _Scope
    language_code: str | UnsetType = UNSET


class _SetWebhook(Struct):
    url: str
    max_connections: int
    allowed_updates: tuple[str, ...]
    secret_token: str


class _DeleteWebhook(Struct):
    drop_pending_updates: bool


class _Bot(Struct):
    username: str


class _BotAnswer(Struct):
    result: _Bot


class _WebhookAnswer(Struct):
    result: WebhookInfo


async def username_of(api: BotApi) -> str | Trouble:
    """The bot's own name, by its token."""
    answer = _read(await api.call("getMe", b"{}"), _BotAnswer)
    return answer if isinstance(answer, Trouble) else answer.result.username


async def register(api: BotApi, commands: Commands, webhook: Webhook | None) -> list[str]:
    """Tell Telegram the commands and the webhook; without one the webhook is left alone (`poll` removes it).

    Answers the problems, in words for the log; an empty list means that all is told.
    """
    problems: list[str] = []
    if trouble := await _tell(api, commands, _Scope("all_private_chats")):
        problems.append(f"commands: {trouble}")
    if webhook is not None:
        asked = _SetWebhook(webhook.url, webhook.max_connections, ALLOWED_UPDATES, webhook.secret_token)
        if trouble := _trouble(await api.call("setWebhook", encode(asked))):
            problems.append(f"webhook: {trouble}")
    return problems


async def tell_chat(api: BotApi, chat_id: int, commands: Commands) -> Trouble | None:
    """Give one chat commands of its own in place of everybody's. Answers the problem, if any."""
    return await _tell(api, commands, _Scope("chat", chat_id))


async def remove_webhook(api: BotApi) -> Trouble | None:
    """Let updates be polled; those that wait at Telegram are kept. Answers the problem, if any."""
    return _trouble(await api.call("deleteWebhook", encode(_DeleteWebhook(drop_pending_updates=False))))


async def webhook_info(api: BotApi) -> WebhookInfo | Trouble:
    """What Telegram thinks of our webhook, for the doctor."""
    answer = _read(await api.call("getWebhookInfo", b"{}"), _WebhookAnswer)
    return answer if isinstance(answer, Trouble) else answer.result


async def _tell(api: BotApi, commands: Commands, scope: _Scope) -> Trouble | None:
    for language, listed in (("", commands.get(DEFAULT, ())), *commands.items()):
        if listed and len(language) <= MAX_CODE_CHARACTERS:
            told = [_Command(command, words) for command, words in listed[:MAX_COMMANDS]]
            body = encode(_SetCommands(told, scope, language or UNSET))
            if trouble := _trouble(await api.call("setMyCommands", body)):
                return trouble
    return None


def _read(reply: Reply, kind: type[T]) -> T | Trouble:
    if trouble := _trouble(reply):
        return trouble
    try:
        return decode(reply.body, type=kind)
    except (ValueError, RecursionError):
        return Trouble("unreadable", "unreadable answer")


def _trouble(reply: Reply) -> Trouble | None:
    result = outcome(reply)
    if result == "ok":
        return None
    return Trouble(result, description(reply) or reply.error or f"status {reply.status}")
