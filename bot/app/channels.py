"""The channels that the program knows, and the settings with theirs among them. A new channel is one more line here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bot import settings
from bot.channels.adapter import ChannelAdapter
from bot.channels.telegram.adapter import TelegramAdapter
from bot.channels.whatsapp.adapter import WhatsAppAdapter
from bot.settings import Need, Settings

CHANNELS: Final[tuple[type[ChannelAdapter], ...]] = (
    TelegramAdapter,
    WhatsAppAdapter,
)


def load_settings(
    env: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env"), *, needs: tuple[Need, ...] = ()
) -> Settings:
    """Read the settings; see `bot.settings.load`."""
    return settings.load(env, dotenv, needs=needs, channels=CHANNELS)


def noted_settings(env: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> list[str]:
    """Names that are no settings and may have been meant as such."""
    return settings.noted(env, dotenv, channels=CHANNELS)


def variables() -> tuple[str, ...]:
    """The names of all variables, in the order in which they are documented."""
    return settings.variables(CHANNELS)
