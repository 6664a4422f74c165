"""The app: the only place that knows which adapter is plugged in. It builds the rooms, starts and stops them.

Theory of operation. `Taal` is one running bot: a store, a gateway, channels, and the three workers between them
(engine, outbox, settlement). `serve` puts a web server and Telegram around it. One process serves everything in one
loop.

Starting: the database is brought up to date; a process that finds itself alone with its SQLite file (it holds a lock
on it) takes over every lease that a dead one left. Stopping: SIGTERM ends the intake first, then what is in flight is
given a few seconds to come home; whatever does not is left in the database for the next start, where nothing is lost.
"""

import asyncio
import contextlib
import fcntl
import gc
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from bot import dialogue, i18n, logs, metrics
from bot.catalog import Catalog
from bot.channels import Channel, Door
from bot.dialogue import Shop
from bot.engine import Engine, fresh_id
from bot.errors import SettingsError, StoreBusy
from bot.gateway import Gateway
from bot.gateway.wire import read_hint
from bot.model import Address, FloatUnavailable, Language
from bot.outbox import Outbox
from bot.settings import Settings
from bot.settlement import Settlement
from bot.store import Store
from bot.store.scripts import messages
from bot.store.scripts.desk import Budget, Desk
from bot.store.scripts.remember import fund
from bot.store.sqlite import SqliteStore
from bot.web import callback_url, web_app

if TYPE_CHECKING:
    from bot.channels.telegram.channel import TelegramChannel
    from bot.channels.terminal import TerminalChannel

DRAIN_SECONDS = 7.0
WEB_DRAIN_SECONDS = 2
RESTART_SECONDS = 1.0
DEMO_ADDRESS = Address("terminal", "demo")

log = logs.get_logger("app")


def wall_clock() -> int:
    """The time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


@dataclass
class Taal:
    """One running bot, without what is around it. `clock` is in milliseconds."""

    store: Store
    gateway: Gateway
    desk: Desk
    channels: Mapping[str, Channel]
    outbox: Outbox
    settlement: Settlement
    engine: Engine
    clock: Callable[[], int]
    workers: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def start(self) -> None:
        """Start the workers."""
        for name, work in (
            ("engine", self.engine.work),
            ("outbox", self.outbox.work),
            ("settlement", self.settlement.work),
        ):
            self.workers[name] = asyncio.create_task(_for_ever(name, work), name=name)

    async def stop(self, seconds: float = DRAIN_SECONDS) -> None:
        """Take nothing more, let what is in flight come home within `seconds`, and stop the workers."""
        until = time.monotonic() + seconds
        # Inquiries and payments first: what they bring still goes out through the outbox.
        await asyncio.gather(self.engine.drain(seconds), self.settlement.drain(seconds))
        await self.outbox.drain(max(0.5, until - time.monotonic()))
        for task in self.workers.values():
            task.cancel()
        await asyncio.gather(*self.workers.values(), return_exceptions=True)
        for channel in self.channels.values():
            await channel.aclose()
        await self.gateway.aclose()

    @property
    def idle(self) -> bool:
        """Whether nothing is in flight."""
        return self.engine.idle and self.settlement.idle and self.outbox.idle

    async def ready(self) -> Mapping[str, str]:
        """What is not well, by name; empty when all is."""
        problems = {name: "has stopped" for name, task in self.workers.items() if task.done()}
        try:
            if behind := await self.store.pending():
                problems["migrations"] = f"not applied: {', '.join(behind)}"
            await self.store.run(messages.ping)
        except StoreBusy as error:
            problems["database"] = str(error)
        return problems

    async def gauge(self) -> None:
        """Bring the gauges up to date."""
        with contextlib.suppress(StoreBusy):
            waiting, oldest_at, open_orders = await self.store.run(messages.backlog)
            metrics.outbox_rows.set(waiting)
            metrics.outbox_age_seconds.set(0 if oldest_at is None else max(0, self.clock() - oldest_at) / 1000)
            for state in ("waiting", "sending", "processing", "token_awaited", "unknown"):
                metrics.open_orders(state).set(open_orders.get(state, 0))


async def _for_ever(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run a worker; one that falls over is reported and started again, for the others depend on it."""
    metrics.worker_alive(name).set(1)
    try:
        while True:
            try:
                await work()
            except Exception as error:
                log.error("worker fell over", worker=name, exc_info=error)
            await asyncio.sleep(RESTART_SECONDS)
    finally:
        metrics.worker_alive(name).set(0)


def assemble(
    *,
    store: Store,
    gateway: Gateway,
    channels: Mapping[str, Channel],
    shop: Shop,
    admins: tuple[Address, ...] = (),
    rate_per_minute: int = 100,
    default_credit_limit_xof: int = 0,
    order_url: Callable[[str], str | None] = lambda order_id: None,
    clock: Callable[[], int] = wall_clock,
) -> Taal:
    """Put the rooms together."""
    desk = Desk(fresh_id(), shop, admins, Budget.of(rate_per_minute), default_credit_limit_xof)
    outbox = Outbox(store, channels, desk.owner, clock)
    settlement = Settlement(store, gateway, desk, clock, order_url, outbox.push)
    engine = Engine(store, gateway, desk, clock, outbox, settlement)
    return Taal(store, gateway, desk, channels, outbox, settlement, engine, clock)


def shop_of(settings: Settings) -> Shop:
    """The shop as this operator runs it."""
    texts = {"fr": settings.pay_in_text_fr, "en": settings.pay_in_text_en}
    return Shop(
        words=i18n.load(),
        catalog=settings.catalog(),
        pay_in={language: text for language, text in texts.items() if text},  # type: ignore[misc]  # two literals
        quote_seconds=settings.quote_minutes * 60,
    )


def demo_shop() -> Shop:
    """The shop of the demonstration: everything as it comes."""
    return Shop(words=i18n.load(), catalog=Catalog())


async def open_store(settings: Settings) -> SqliteStore:
    """The database that the settings name. Raises StoreBusy when it cannot be opened."""
    return await SqliteStore.open(str(settings.database_path))


async def secret_key_of(settings: Settings, store: Store) -> bytes:
    """The operator's secret key, or the one that was made at the first start and kept."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    return (await store.run(messages.kept, "secret_key", secrets.token_hex(32))).encode()


@contextlib.contextmanager
def sole_user(database: Path) -> Iterator[None]:
    """Hold the database's lock file while serving; the system lets go of it when the process dies, however it dies.

    Raises SettingsError when another process serves from the same file.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(f"{database}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise SettingsError([f"DATABASE_URL: another taal serves from {database} already; stop it first"]) from None
    try:
        yield
    finally:
        os.close(handle)


def telegram_of(settings: Settings, secret_key: bytes, shop: Shop) -> "tuple[Channel, Door | None]":
    """The Telegram channel, and its webhook's door when there is a public address."""
    from bot.channels.telegram.channel import TelegramChannel
    from bot.channels.telegram.commands import Webhook
    from bot.channels.telegram.door import TelegramDoor
    from bot.channels.telegram.secret import secret_token

    if settings.telegram_bot_token is None:
        raise SettingsError(["TELEGRAM_BOT_TOKEN is missing: ask @BotFather on Telegram for one"])
    webhook = None
    if settings.public_url is not None:
        webhook = Webhook(f"{settings.public_url}{TelegramDoor.path}", secret_token(secret_key))
    channel = TelegramChannel(
        settings.telegram_bot_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        commands={str(language): listed for language, listed in dialogue.commands(shop.words).items()},
        webhook=webhook,
        rate_per_second=float(settings.telegram_rate_per_second),
    )
    return channel, None if webhook is None else TelegramDoor(secret_key, lambda: channel.username)


def gateway_of(settings: Settings) -> Gateway:
    """The provider that the settings name."""
    if settings.provider == "simulator":
        from bot.gateway.simulator import Simulator, SimulatorGateway

        return SimulatorGateway(Simulator(), observe=observe_call)
    from bot.gateway.client import DexchangeGateway

    if settings.dexchange_api_key is None:
        raise SettingsError(["DEXCHANGE_API_KEY is missing"])
    return DexchangeGateway(
        settings.dexchange_api_url, settings.dexchange_api_key.get_secret_value(), observe=observe_call
    )


def _listen(gateway: Gateway, settlement: Settlement) -> None:
    """A simulator in this process brings its webhooks by hand."""
    from bot.gateway.simulator import SimulatorGateway

    async def webhook(order_id: str, body: bytes) -> None:
        await settlement.hint(order_id, read_hint(body))

    if isinstance(gateway, SimulatorGateway):
        gateway.on_webhook = webhook


def observe_call(call: str, seconds: float, result: str) -> None:
    """Count and log one call to the provider."""
    metrics.provider_calls(call, result).inc()
    metrics.provider_seconds(call).observe(seconds)
    log.info("provider", call=call, result=result, ms=round(seconds * 1000))


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises SettingsError and StoreBusy when it cannot start."""
    with sole_user(settings.database_path):
        store = await open_store(settings)
        try:
            for name in await store.migrate():
                log.info("migrated", migration=name)
            await store.run(messages.take_over, wall_clock())
            await _serve(settings, store)
        finally:
            await store.aclose()


async def _serve(settings: Settings, store: Store) -> None:
    secret_key = await secret_key_of(settings, store)
    shop = shop_of(settings)
    telegram, door = telegram_of(settings, secret_key, shop)
    public_url = settings.public_url

    def order_url(order_id: str) -> str | None:
        return None if public_url is None else callback_url(public_url, order_id, secret_key)

    gateway = gateway_of(settings)
    taal = assemble(
        store=store,
        gateway=gateway,
        channels={telegram.name: telegram},
        shop=shop,
        admins=settings.admins,
        rate_per_minute=settings.dexchange_rate_per_minute,
        default_credit_limit_xof=settings.default_credit_limit_xof,
        order_url=order_url,
    )
    _listen(gateway, taal.settlement)
    web = web_app(
        doors=[door] if door is not None else [],
        hear=taal.engine.hear,
        take_hint=taal.settlement.hint,
        read_hint=read_hint,
        secret_key=secret_key,
        ready=taal.ready,
        gauge=taal.gauge,
    )
    server = Server(
        uvicorn.Config(
            web,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=WEB_DRAIN_SECONDS,
        )
    )
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    # What lives now lives as long as the process: the collector need not look at it again. And with some hundred
    # dialogues in flight a collection every 700 allocations finds nothing but costs a tenth of the CPU.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    taal.start()
    await telegram.start()
    async with _polling(telegram, taal) if door is None else contextlib.nullcontext():
        serving = asyncio.create_task(server.serve())
        log.info("serving", host=settings.host, port=settings.port, telegram="polling" if door is None else "webhook")
        waiting = asyncio.create_task(stopping.wait())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        log.info("stopping")
        server.should_exit = True
        await serving
    await taal.stop()
    log.info("stopped")


@contextlib.asynccontextmanager
async def _polling(telegram: Channel, taal: Taal) -> AsyncIterator[None]:
    from bot.channels.telegram.channel import TelegramChannel
    from bot.channels.telegram.poll import Poller

    if not isinstance(telegram, TelegramChannel):
        raise TypeError("only Telegram can be polled")
    poller = Poller(telegram, taal.engine.hear)
    task = asyncio.create_task(_for_ever("telegram", poller.run), name="telegram-poll")
    taal.workers["telegram"] = task
    try:
        yield
    finally:
        poller.stop()
        del taal.workers["telegram"]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: the app decides when it ends, and what ends after it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def migrate(settings: Settings) -> list[str]:
    """Bring the database up to date and name what was applied."""
    store = await open_store(settings)
    try:
        return await store.migrate()
    finally:
        await store.aclose()


async def simulate(host: str, port: int, pace: float) -> int:
    """Serve the simulated provider over HTTP until it is stopped."""
    from bot.gateway.simulator import Simulator
    from bot.gateway.simulator.http import serve as serve_simulator

    def ready(opened: int) -> None:
        print(f"the simulated provider answers at http://{host}:{opened}", flush=True)

    await serve_simulator(host, port, simulator=Simulator(pace=pace), ready=ready)
    return 0


class Demonstration:
    """A whole bot in memory with one funded customer at the terminal."""

    def __init__(self, taal: Taal, terminal: "TerminalChannel", language: Language) -> None:
        self.taal = taal
        self.terminal = terminal
        self._language = language
        self._lines = 0

    @classmethod
    async def open(cls, language: Language, funds_xof: int) -> "Demonstration":
        """Build and start it; the customer has `funds_xof`."""
        from bot.channels.terminal import TerminalChannel
        from bot.gateway.simulator import Simulator, SimulatorGateway

        logs.configure("ERROR", stream=sys.stderr)
        store = await SqliteStore.open(":memory:")
        await store.migrate()
        terminal = TerminalChannel()
        gateway = SimulatorGateway(Simulator())
        taal = assemble(
            store=store,
            gateway=gateway,
            channels={terminal.name: terminal},
            shop=demo_shop(),
        )
        _listen(gateway, taal.settlement)
        await store.run(fund, DEMO_ADDRESS, funds_xof, "demo", language, wall_clock())
        taal.start()
        return cls(taal, terminal, language)

    async def say(self, line: str) -> None:
        """The customer types a line."""
        from bot.channels.terminal import heard

        self._lines += 1
        inbound = heard(line, f"terminal:line:{self._lines}", address=DEMO_ADDRESS, language=self._language)
        await self.taal.engine.hear(inbound)

    async def open_orders(self) -> int:
        """How many orders have not ended."""
        _, _, states = await self.taal.store.run(messages.backlog)
        return sum(states.values())

    async def close(self) -> None:
        """Stop everything."""
        await self.taal.stop(1.0)
        await self.taal.store.aclose()


async def ledger_of(store: Store) -> dict[str, int]:
    """Every account's balance, in XOF."""
    return await store.run(messages.accounts)


async def check_telegram(settings: Settings) -> tuple[bool, str]:
    """Whether Telegram knows the bot."""
    channel = _bare_telegram(settings)
    try:
        problems = await channel.look()
    finally:
        await channel.aclose()
    if problems:
        return False, f"{problems}: check TELEGRAM_BOT_TOKEN and TELEGRAM_API_URL"
    return True, f"the bot is @{channel.username}"


async def check_webhook(settings: Settings) -> tuple[bool, str]:
    """What Telegram thinks of our webhook."""
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
