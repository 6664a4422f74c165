"""Serving: the web server and the channels around one running bot, from start to drain."""

import asyncio
import contextlib
import gc
import secrets
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot import logs
from bot.app.adapters import channels_of, gateway_of, held, listen, open_store, shop_of
from bot.app.collecting import addresses_of, collector_of, listen_to
from bot.app.listening import Config, Server
from bot.app.polling import POLL_DRAIN_SECONDS, Turns, polling
from bot.app.ports import port_refused, take_port
from bot.app.running import Taal, assemble, stop_seconds, wall_clock
from bot.app.secret_key import secret_key_of
from bot.app.stopping import StopSignals
from bot.channels import Channel
from bot.errors import StoreBusy
from bot.gateway.wire import read_webhook_claim
from bot.replicas import HAND_OVER_SECONDS
from bot.settings import Settings
from bot.store import Store
from bot.store.sqlite.file import trouble
from bot.transactions import housekeeping
from bot.transactions.allowances import Limits
from bot.web import WebApp, callback_url, pay_pages

WEB_DRAIN_SECONDS = 2
# What a stop may take besides what the bot itself does, whatever the network does.
AROUND_SECONDS = WEB_DRAIN_SECONDS + POLL_DRAIN_SECONDS + HAND_OVER_SECONDS + 2

FIRST_MIGRATION = "0001_start"

log = logs.get_logger("app")


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises SettingsError, CannotStart and StoreBusy when it cannot start."""
    # Supervisors must wait longer than this.
    signals = StopSignals(stop_seconds(settings.pay_timeout_seconds) + AROUND_SECONDS)
    with held(settings), _port(settings) as sockets:
        store = await open_store(settings)
        try:
            applied = await store.migrate()
            for name in applied:
                log.info("migrated", migration=name)
            if not settings.is_shared:
                await _take_over(store, settings.database_path)
            secret_key = await secret_key_of(settings, store, fresh=FIRST_MIGRATION in applied)
            await _serve(settings, store, secret_key, signals, sockets)
        finally:
            await store.aclose()
    signals.ended()


async def _take_over(store: Store, database: Path) -> None:
    try:
        await store.run(housekeeping.take_over, wall_clock())
    except StoreBusy as busy:
        # While it serves it waits for such a database; at the start somebody is there to read what is wrong with it.
        raise trouble(database, busy.__cause__ or busy) from busy


@contextlib.contextmanager
def _port(settings: Settings) -> Iterator[list[socket.socket]]:
    sockets = take_port(settings.host, settings.port)
    try:
        yield sockets
    finally:
        for each in sockets:
            each.close()


@dataclass(frozen=True)
class Built:
    """All that is served, before anything of it runs."""

    taal: Taal
    web: WebApp
    turns: Mapping[str, Turns]

    async def start(self) -> None:
        """Be known to the others, start the workers and open the channels; whoever serves starts the pollers."""
        await self.taal.replicas.enter()
        self.taal.start()
        for channel in self.taal.channels.values():
            await channel.start()


def build(settings: Settings, store: Store, secret_key: bytes) -> Built:
    """Put together what the settings name, over a store whose schema is up to date."""
    shop = shop_of(settings)
    channels = channels_of(settings, secret_key, shop)
    public_url = settings.public_url

    def order_url(order_id: str) -> str | None:
        return None if public_url is None else callback_url(public_url, order_id, secret_key)

    gateway = gateway_of(settings)
    collector = collector_of(settings, gateway)
    taal = assemble(
        store=store,
        gateway=gateway,
        channels={name: each.channel for name, each in channels.items()},
        shop=shop,
        admins=settings.admins,
        rate_per_minute=settings.dexchange_rate_per_minute,
        default_credit_limit_xof=settings.default_credit_limit_xof,
        limits=Limits.of(
            settings.inquiries_per_10_minutes,
            settings.inquiries_per_10_minutes_reseller,
            settings.messages_per_minute,
        ),
        order_url=order_url,
        pay_seconds=float(settings.pay_timeout_seconds),
        database_url=settings.database_url,
        is_shared=settings.is_shared,
        collector=collector,
        addresses=addresses_of(public_url, secret_key),
    )
    if settings.collect_with == "simulator":
        listen_to(collector, taal.collecting)
    if settings.provider == "simulator":
        listen(gateway, taal.settlement)
    web = WebApp(
        endpoints=[each.endpoint for each in channels.values() if each.endpoint is not None],
        hear=taal.engine.hear,
        is_news=taal.engine.is_news,
        report=taal.engine.report,
        take_webhook_claim=taal.settlement.webhook_claim,
        read_webhook_claim=read_webhook_claim,
        pages={} if collector is None else pay_pages.pages(shop.words, lambda: _chats(taal.channels)),
        secret_key=secret_key,
        ready=taal.ready,
        gauge=taal.gauge,
        take_collection_webhook=None if taal.collecting is None else taal.collecting.webhook_claim,
    )
    turns = {
        name: Turns(name, partial(each.poller, taal.engine.hear), taal.replicas)
        for name, each in channels.items()
        if each.poller is not None
    }
    return Built(taal, web, turns)


def _chats(channels: Mapping[str, Channel]) -> list[pay_pages.Chat]:
    return [pay_pages.Chat(each.abilities.label, each.link) for each in channels.values() if each.link is not None]


async def _serve(
    settings: Settings, store: Store, secret_key: bytes, signals: StopSignals, sockets: list[socket.socket]
) -> None:
    built = build(settings, store, secret_key)
    taal, turns = built.taal, built.turns
    server = Server(Config(built.web, post=built.web.post, drain_seconds=WEB_DRAIN_SECONDS))
    signals.listen()
    # What lives now lives as long as the process: the collector need not look at it again. And with some hundred
    # dialogues in flight a collection every 700 allocations finds nothing but costs a tenth of the CPU.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
    await built.start()
    async with polling(turns, taal):
        serving = asyncio.create_task(server.serve(sockets))
        log.info(
            "serving",
            host=settings.host,
            port=settings.port,
            channels=sorted(taal.channels),
            polling=" ".join(turns),
            owner=taal.installation.owner,
        )
        waiting = asyncio.create_task(signals.asked.wait())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        log.info("stopping")
        taal.refrain()
        server.should_exit = True
        await asyncio.wait((serving,))
    await taal.stop()
    if isinstance(error := serving.exception(), OSError):
        raise port_refused(settings.host, settings.port, error) from error
    serving.result()
    log.info("stopped")


async def migrate(settings: Settings) -> list[str]:
    """Bring the database up to date and name what was applied.

    Raises CannotStart when there is something to apply and another process serves from the file: it would go on with a
    schema that it does not know. Over PostgreSQL a schema is made so that the version before can go on with it.
    """
    store = await open_store(settings)
    try:
        if not await store.pending():
            return []
        with held(settings):
            return await store.migrate()
    finally:
        await store.aclose()


async def simulate(host: str, port: int, pace: float) -> int:
    """Serve the simulated provider over HTTP until it is stopped. Raises CannotStart when the port is taken."""
    for bound in take_port(host, port):
        bound.close()
    from bot.collectors.simulator import CollectingSimulator
    from bot.gateway.simulator.http import serve as serve_simulator

    simulator = CollectingSimulator(pace=pace, by_hand=True, page_key=secrets.token_bytes(32))

    def ready(opened: int) -> None:
        simulator.root = f"http://{host}:{opened}"
        print(f"the simulated provider answers at http://{host}:{opened}", flush=True)

    await serve_simulator(host, port, simulator=simulator, ready=ready)
    return 0
