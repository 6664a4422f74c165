"""What the doctor looks at beyond the settings: each check answers whether it is well, and words that help."""

import asyncio
import os
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from bot.app.adapters import gateway_of, open_store, whatsapp_of
from bot.app.ports import take_port
from bot.domain.model import FloatUnavailable
from bot.errors import CannotStart, StoreBusy
from bot.private_files import others_may
from bot.settings import Settings
from bot.store import Store
from bot.store.sqlite import files_of
from bot.transactions import messages
from bot.transactions.people import named_owners

if TYPE_CHECKING:
    from bot.channels.telegram.channel import TelegramChannel


async def count_owners(settings: Settings) -> int:
    """How many addresses are owners, by the settings or named in a chat."""
    owners = {str(address) for address in settings.admins}
    if settings.database_path.exists():
        try:
            store = await open_store(settings, make=False)
        except (CannotStart, StoreBusy):
            return len(owners)
        try:
            if not await store.pending():
                owners |= set(await store.run(named_owners))
        finally:
            await store.aclose()
    return len(owners)


async def ledger_of(store: Store) -> dict[str, int]:
    """Every account's balance, in XOF."""
    return await store.run(messages.accounts)


def check_folder(settings: Settings) -> tuple[bool, str]:
    """Whether the database that is not there yet can be made."""
    path = settings.database_path
    there = path.parent
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        words = "mend its owner or mode, or name a file elsewhere"
        return False, f"DATABASE_URL: {path} cannot be made, for {there} is no folder that we may write in: {words}"
    return True, f"{path} will be made at the first start"


def readable_by_others(settings: Settings) -> list[str]:
    """What of the database, and of the key beside it, other users of this machine may read."""
    return [
        f"{path} may be read by others: chmod 600 {path} (the next start does it, where it is allowed to)"
        for path in (*files_of(settings.database_path), settings.secret_key_path)
        if others_may(path)
    ]


async def check_port(settings: Settings) -> tuple[bool, str]:
    """Whether the port is free, or taken by a Taal that answers."""
    at = f"{settings.host}:{settings.port}"
    try:
        for bound in take_port(settings.host, settings.port):
            bound.close()
    except CannotStart as error:
        if await asyncio.to_thread(_answers, settings.host, settings.port):
            return True, f"{at}, where a Taal answers"
        return False, str(error)
    return True, f"{at} is free"


def _answers(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        return answer.status == HTTPStatus.OK and answer.read(16) == b"ok\n"
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


async def check_channels(settings: Settings) -> list[tuple[str, bool, str]]:
    """Whether the channels know us, as (name, well, words): Telegram, its webhook, WhatsApp."""
    found: list[tuple[str, bool, str]] = []
    if settings.telegram_bot_token is not None:
        found.append(("telegram", *await _check_telegram(settings)))
        found.append(("webhook", *await _check_webhook(settings)))
    if settings.whatsapp_access_token is not None:
        found += [("whatsapp", well, words) for well, words in await _check_whatsapp(settings)]
    return found


async def _check_whatsapp(settings: Settings) -> list[tuple[bool, str]]:
    found: list[tuple[bool, str]] = []
    if settings.whatsapp_app_secret is None:
        found.append((False, "WHATSAPP_APP_SECRET is missing: nothing that comes in would be believed"))
    if settings.whatsapp_verify_token is None:
        found.append((False, "WHATSAPP_VERIFY_TOKEN is missing: Meta could not set the webhook"))
    if settings.public_url is None:
        found.append((False, "PUBLIC_URL is missing: WhatsApp has no polling, Meta must reach us"))
    channel = whatsapp_of(settings)
    try:
        return found + await channel.check()
    finally:
        await channel.aclose()


async def _check_telegram(settings: Settings) -> tuple[bool, str]:
    channel = _bare_telegram(settings)
    try:
        problems = await channel.look()
    finally:
        await channel.aclose()
    if problems:
        return False, _telegram_words(problems, settings)
    return True, f"the bot is @{channel.username}"


def _telegram_words(problem: str, settings: Settings) -> str:
    """What a call to Telegram met: nobody there, somebody who does not know us, or a trouble that passes."""
    if any(word in problem for word in ("InvalidToken", "Unauthorized", "Forbidden", "Not Found")):
        return f"Telegram answers and refuses the token ({problem}): copy TELEGRAM_BOT_TOKEN from @BotFather again"
    if any(word in problem for word in ("NetworkError", "TimedOut")):
        where = settings.telegram_api_url
        return f"{where} cannot be reached ({problem}): check this machine's network and TELEGRAM_API_URL"
    return f"Telegram answers with a trouble ({problem}): ask again in a minute, then check TELEGRAM_API_URL"


async def _check_webhook(settings: Settings) -> tuple[bool, str]:
    from bot.channels.telegram.commands import webhook_info
    from bot.channels.telegram.webhook import TelegramDoor

    channel = _bare_telegram(settings)
    try:
        info = await webhook_info(channel.bot)
    finally:
        await channel.aclose()
    if settings.public_url is None:
        if isinstance(info, str):
            return True, "none is wanted, Telegram will be polled (it does not tell now whether one is set)"
        if info.url:
            return True, "a webhook is set at Telegram and will be removed when polling begins"
        return True, "none, Telegram will be polled"
    if isinstance(info, str):
        return False, f"not known: {_telegram_words(info, settings)}"
    expected = f"{settings.public_url}{TelegramDoor.path}"
    if info.url != expected:
        return True, f"will be set to {expected} at the next start"
    if info.last_error_message:
        return (
            False,
            f"Telegram's last delivery failed: {info.last_error_message}; is {expected} reachable from outside?",
        )
    return True, f"{expected}, {info.pending_update_count} update(s) waiting"


async def check_provider(settings: Settings) -> tuple[bool, str]:
    """Whether the provider takes our key, and how much is in the float."""
    gateway = gateway_of(settings)
    try:
        answer = await gateway.balance()
    finally:
        await gateway.aclose()
    if isinstance(answer, FloatUnavailable):
        return False, _provider_words(answer.cause, settings)
    return True, f"{settings.provider}, the float holds {answer.balance_xof} F CFA"


def _provider_words(cause: str, settings: Settings) -> str:
    if cause == "credentials":
        return "the provider answers and refuses the key: check DEXCHANGE_API_KEY, and that it may be used from here"
    if cause == "unreachable":
        where = settings.dexchange_api_url
        return f"{where} cannot be reached: check this machine's network and DEXCHANGE_API_URL"
    return f"no answer to a balance request ({cause}): ask again, then check DEXCHANGE_API_KEY and DEXCHANGE_API_URL"


def _bare_telegram(settings: Settings) -> "TelegramChannel":
    from bot.channels.telegram.channel import TelegramChannel

    token = settings.telegram_bot_token
    return TelegramChannel(token.get_secret_value() if token else "", api_url=settings.telegram_api_url)
