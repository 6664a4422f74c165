"""Which adapters the settings name, and how they are made."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from bot import dialogue, i18n, logs
from bot.app.calls import observe_call
from bot.app.collecting import terms_of
from bot.channels.adapter import OpenChannel, Place
from bot.domain.catalog import Catalog
from bot.errors import CannotStart, Exit, SettingsError
from bot.gateway import Gateway
from bot.gateway.wire import read_webhook_claim
from bot.lean_imports import without
from bot.private_files import FILE_MODE
from bot.settings import Settings
from bot.settlement import Settlement
from bot.shop import ShopSettings
from bot.store import Store
from bot.store.sqlite import SqliteStore
from bot.store.sqlite.file import prepare

log = logs.get_logger("app")


def shop_of(settings: Settings) -> ShopSettings:
    """The shop as this operator runs it."""
    return ShopSettings(
        words=i18n.load(),
        catalog=settings.catalog(),
        pay_in=settings.pay_in_text,
        contact=settings.contact_text,
        closed=settings.contact_closed_text,
        contact_hours=settings.contact_hours,
        quote_seconds=settings.quote_minutes * 60,
        float_alert_xof=settings.float_alert_xof,
        approval_xof=settings.approval_above_xof,
        bounds=settings.bounds(),
        move_wait_hours=settings.move_wait_hours,
        alert_chat=settings.alert_chat,
        collecting=terms_of(settings),
        advances=settings.advances,
    )


def demo_shop() -> ShopSettings:
    """The shop of the demonstration: everything as it comes."""
    return ShopSettings(words=i18n.load(), catalog=Catalog())


async def open_store(settings: Settings, *, make: bool = True) -> Store:
    """The database that the settings name; with `make` a file is made. Raises CannotStart and StoreBusy when it cannot
    be opened.
    """
    if settings.is_shared:
        from bot.store.postgres import PostgresStore

        return await PostgresStore.open(settings.database_url)
    return await SqliteStore.open(str(settings.database_path), make=make)


def held(settings: Settings) -> contextlib.AbstractContextManager[None]:
    """Hold the database while serving, where only one process may: a file (see `sole_user`). A PostgreSQL is shared."""
    return contextlib.nullcontext() if settings.is_shared else sole_user(settings.database_path)


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


def channels_of(settings: Settings, secret_key: bytes, shop: ShopSettings) -> dict[str, OpenChannel]:
    """The channels that are set up, by name. Raises SettingsError when there is none."""
    commands = {str(language): listed for language, listed in dialogue.commands(shop).items()}
    place = Place(settings.public_url, secret_key, commands)
    with without("click", "pygments", "rich"):
        channels = {each.channel: each.open(place) for each in settings.channels if each.is_set_up}
    if not channels:
        raise SettingsError([each.begin for each in settings.channels[:1]])
    return channels


def gateway_of(settings: Settings) -> Gateway:
    """The provider that the settings name."""
    with without("click", "pygments", "rich"):
        if settings.provider == "simulator":
            from bot.gateway.simulator import Simulator, SimulatorGateway

            if settings.collect_with == "simulator":
                from bot.collectors.simulator import CollectingSimulator

                return SimulatorGateway(CollectingSimulator(), observe=observe_call)
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
