"""Which adapters the settings name, and how they are made."""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bot import dialogue, i18n, logs, metrics
from bot.channels import Channel, Door
from bot.domain.catalog import Catalog
from bot.domain.model import Language
from bot.errors import CannotStart, Exit, SettingsError
from bot.gateway import Gateway
from bot.gateway.wire import read_webhook_claim
from bot.private_files import FILE_MODE
from bot.settings import Settings
from bot.settlement import Settlement
from bot.shop import ShopSettings
from bot.store.sqlite import SqliteStore, prepare

if TYPE_CHECKING:
    from bot.channels.telegram.channel import TelegramChannel
    from bot.channels.whatsapp.channel import WhatsAppChannel

log = logs.get_logger("app")


def shop_of(settings: Settings) -> ShopSettings:
    """The shop as this operator runs it."""
    return ShopSettings(
        words=i18n.load(),
        catalog=settings.catalog(),
        pay_in=_texts(settings.pay_in_text_fr, settings.pay_in_text_en),
        contact=_texts(settings.contact_text_fr, settings.contact_text_en),
        quote_seconds=settings.quote_minutes * 60,
        float_alert_xof=settings.float_alert_xof,
        approval_xof=settings.approval_above_xof,
        bounds=settings.bounds(),
    )


def _texts(french: str | None, english: str | None) -> dict[Language, str]:
    texts: dict[Language, str] = {}
    if french:
        texts["fr"] = french
    if english:
        texts["en"] = english
    return texts


def demo_shop() -> ShopSettings:
    """The shop of the demonstration: everything as it comes."""
    return ShopSettings(words=i18n.load(), catalog=Catalog())


async def open_store(settings: Settings, *, make: bool = True) -> SqliteStore:
    """The database that the settings name. Raises CannotStart and StoreBusy when it cannot be opened."""
    return await SqliteStore.open(str(settings.database_path), make=make)


@contextlib.contextmanager
def sole_user(database: Path) -> Iterator[None]:
    """Hold the database's lock file while serving; the system lets go of it when the process dies, however it dies.

    Raises CannotStart when another process serves from the same file, or when there can be no such file.
    """
    prepare(database)
    try:
        handle = os.open(f"{database}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    except OSError as error:
        raise CannotStart(f"DATABASE_URL: {database}.lock cannot be made ({error.strerror})") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        words = f"DATABASE_URL: another taal serves from {database} already: stop that one first, or name another file"
        raise CannotStart(words, Exit.BUSY) from None
    try:
        yield
    finally:
        os.close(handle)


@dataclass
class Reach:
    """The channels of the settings, the doors at which their servers knock, and Telegram if it must be polled."""

    channels: dict[str, Channel] = field(default_factory=dict)
    doors: list[Door] = field(default_factory=list)
    polled: "TelegramChannel | None" = None


def reach_of(settings: Settings, secret_key: bytes, shop: ShopSettings) -> Reach:
    """Telegram, WhatsApp, or both. Raises SettingsError when there is neither."""
    reach = Reach()
    if settings.telegram_bot_token is not None:
        _add_telegram(reach, settings, secret_key, shop)
    if settings.whatsapp_access_token is not None:
        _add_whatsapp(reach, settings)
    if not reach.channels:
        raise SettingsError(["TELEGRAM_BOT_TOKEN is missing: ask @BotFather on Telegram for one"])
    return reach


def _add_telegram(reach: Reach, settings: Settings, secret_key: bytes, shop: ShopSettings) -> None:
    from bot.channels.telegram.channel import TelegramChannel
    from bot.channels.telegram.commands import Webhook
    from bot.channels.telegram.secret import secret_token
    from bot.channels.telegram.webhook import TelegramDoor

    token = settings.telegram_bot_token
    webhook = None
    if settings.public_url is not None:
        webhook = Webhook(f"{settings.public_url}{TelegramDoor.path}", secret_token(secret_key))
    channel = TelegramChannel(
        token.get_secret_value() if token is not None else "",
        api_url=settings.telegram_api_url,
        commands=_by_name(dialogue.commands(shop.words)),
        webhook=webhook,
        rate_per_second=float(settings.telegram_rate_per_second),
    )
    reach.channels[channel.name] = channel
    if webhook is None:
        reach.polled = channel
    else:
        reach.doors.append(TelegramDoor(secret_key, lambda: channel.username))


def _by_name(listed: Mapping[Language, list[tuple[str, str]]]) -> dict[str, list[tuple[str, str]]]:
    return {str(language): commands for language, commands in listed.items()}


def _add_whatsapp(reach: Reach, settings: Settings) -> None:
    from bot.channels.whatsapp.webhook import WhatsAppDoor

    channel = whatsapp_of(settings)
    reach.channels[channel.name] = channel
    app_secret, verify_token = settings.whatsapp_app_secret, settings.whatsapp_verify_token
    reach.doors.append(
        WhatsAppDoor(
            settings.whatsapp_phone_number_id or "",
            app_secret=app_secret.get_secret_value() if app_secret is not None else "",
            verify_token=verify_token.get_secret_value() if verify_token is not None else "",
            window=channel.window,
        )
    )


def whatsapp_of(settings: Settings) -> "WhatsAppChannel":
    """The WhatsApp channel, as the settings have it."""
    from bot.channels.whatsapp.channel import WhatsAppChannel

    token = settings.whatsapp_access_token
    return WhatsAppChannel(
        token.get_secret_value() if token is not None else "",
        settings.whatsapp_phone_number_id or "",
        api_url=settings.whatsapp_api_url,
        account_id=settings.whatsapp_account_id,
        rate_per_second=float(settings.whatsapp_rate_per_second),
        templates={
            ("codes", "fr"): settings.whatsapp_template_code_fr,
            ("codes", "en"): settings.whatsapp_template_code_en,
            ("news", "fr"): settings.whatsapp_template_news_fr,
            ("news", "en"): settings.whatsapp_template_news_en,
        },
    )


def gateway_of(settings: Settings) -> Gateway:
    """The provider that the settings name."""
    if settings.provider == "simulator":
        from bot.gateway.simulator import Simulator, SimulatorGateway

        return SimulatorGateway(Simulator(), observe=observe_call)
    from bot.gateway.client import DexchangeGateway

    if settings.dexchange_api_key is None:
        raise SettingsError(["DEXCHANGE_API_KEY is missing"])
    return DexchangeGateway(
        settings.dexchange_api_url,
        settings.dexchange_api_key.get_secret_value(),
        pay_seconds=float(settings.pay_timeout_seconds),
        observe=observe_call,
    )


def listen(gateway: Gateway, settlement: Settlement) -> None:
    """A simulator in this process brings its webhooks by hand."""
    from bot.gateway.simulator import SimulatorGateway

    async def webhook(order_id: str, body: bytes) -> None:
        await settlement.webhook_claim(order_id, read_webhook_claim(body))

    if isinstance(gateway, SimulatorGateway):
        gateway.on_webhook = webhook


def observe_call(call: str, seconds: float, result: str) -> None:
    """Count and log one call to the provider."""
    metrics.provider_calls(call, result).inc()
    metrics.provider_seconds(call).observe(seconds)
    log.info("provider", call=call, result=result, ms=round(seconds * 1000))
