"""What the doctor looks at beyond the settings: each check answers whether it is well, and words that help."""

from typing import TYPE_CHECKING

from bot.app.adapters import gateway_of, whatsapp_of
from bot.model import FloatUnavailable
from bot.settings import Settings
from bot.store import Store
from bot.store.scripts import messages

if TYPE_CHECKING:
    from bot.channels.telegram.channel import TelegramChannel


async def ledger_of(store: Store) -> dict[str, int]:
    """Every account's balance, in XOF."""
    return await store.run(messages.accounts)


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
        return False, f"{problems}: check TELEGRAM_BOT_TOKEN and TELEGRAM_API_URL"
    return True, f"the bot is @{channel.username}"


async def _check_webhook(settings: Settings) -> tuple[bool, str]:
    from bot.channels.telegram.commands import webhook_info
    from bot.channels.telegram.door import TelegramDoor

    channel = _bare_telegram(settings)
    try:
        info = await webhook_info(channel.bot)
    finally:
        await channel.aclose()
    if isinstance(info, str):
        return False, f"Telegram did not tell ({info})"
    if settings.public_url is None:
        if info.url:
            return True, "a webhook is set at Telegram and will be removed when polling begins"
        return True, "none, Telegram will be polled"
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
        return False, f"no answer to a balance request ({answer.cause}): check DEXCHANGE_API_KEY and DEXCHANGE_API_URL"
    return True, f"{settings.provider}, the float holds {answer.balance_xof} F CFA"


def _bare_telegram(settings: Settings) -> "TelegramChannel":
    from bot.channels.telegram.channel import TelegramChannel

    token = settings.telegram_bot_token
    return TelegramChannel(token.get_secret_value() if token else "", api_url=settings.telegram_api_url)
