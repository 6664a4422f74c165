"""One running bot: the rooms put together, its workers started and stopped."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from msgspec.structs import replace

from bot import logs, metrics
from bot.channels import Channel
from bot.collections import Addresses, Collecting
from bot.collectors import Collector
from bot.documents.audit import audit_maker
from bot.documents.maker import Documents
from bot.domain.people import Address
from bot.engine import Engine, fresh_id, nobody_collects
from bot.errors import StoreBusy
from bot.gateway import Gateway
from bot.leases import LEAVE_SECONDS
from bot.long_work import LongWork
from bot.monitoring import Audits, GatewayHealth, MeasuredGateway, Monitoring, Retention
from bot.outbox import Outbox
from bot.replicas import HAND_OVER_SECONDS, SURE_SECONDS, Replicas
from bot.settlement import Settlement
from bot.settlement.worker import KEEP_DRAIN_SECONDS
from bot.shop import ShopSettings
from bot.store import Store
from bot.transactions import housekeeping
from bot.transactions.allowances import Limits
from bot.transactions.installation import Budget, Installation

# What a process that stops gives to inquiries and look-ups in flight, and then to the last messages.
READ_DRAIN_SECONDS = 5.0
SEND_DRAIN_SECONDS = 5.0
# A pay call's own time limit, where the settings do not tell; connecting comes on top of it.
PAY_SECONDS = 60.0
CONNECT_SECONDS = 5.0
RESTART_SECONDS = 1.0
# What only one of several processes does: looking around, auditing, forgetting.
MONITORING = "monitoring"
# How long a worker that was cancelled may take, and after what pause it is cancelled again.
END_SECONDS = 2.0
CANCEL_AGAIN_SECONDS = 0.5
# What a stop may take besides its pay calls: writing down what they brought, sending, ending, telling the others.
REST_SECONDS = KEEP_DRAIN_SECONDS + SEND_DRAIN_SECONDS + END_SECONDS + 4.0 + HAND_OVER_SECONDS

log = logs.get_logger("app")


def stop_seconds(pay_seconds: float) -> float:
    """The longest that `Taal.stop` takes where a pay call may take `pay_seconds`."""
    return pay_seconds + CONNECT_SECONDS + REST_SECONDS


def wall_clock() -> int:
    """The time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def steady_ticks() -> float:
    """Seconds since some moment in the past, by a clock that never jumps and, where the system has such a one, goes on
    while the machine sleeps.
    """
    return time.clock_gettime(_STEADY) if _STEADY is not None else time.monotonic()


_STEADY: int | None = getattr(time, "CLOCK_BOOTTIME", None)


@dataclass
class Taal:
    """One running bot, without what is around it. `clock` is in milliseconds; once `stopping` is set, no worker is
    started again.
    """

    store: Store
    gateway: Gateway
    installation: Installation
    channels: Mapping[str, Channel]
    outbox: Outbox
    settlement: Settlement
    engine: Engine
    monitoring: Monitoring
    retention: Retention
    replicas: Replicas
    clock: Callable[[], int]
    pay_seconds: float = PAY_SECONDS
    collecting: Collecting | None = None
    workers: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Start the workers."""
        for name, work in (
            ("engine", self.engine.work),
            ("outbox", self.outbox.work),
            ("settlement", self.settlement.work),
            ("monitoring", self.monitoring.work),
            ("retention", self.retention.work),
            # What shows that the database can be written, so that `ready`, which anybody may ask as often as they like,
            # need not try.
            ("pulse", self.replicas.work),
        ):
            self._begin(name, work)
        if self.collecting is not None:
            self._begin("collections", self.collecting.work)

    def _begin(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self.workers[name] = asyncio.create_task(for_ever(name, work, self.stopping), name=name)

    def refrain(self) -> None:
        """Begin nothing new from now on; what is in flight goes on, and messages still go out."""
        self.stopping.set()
        self.engine.refrain()
        self.settlement.refrain()
        if self.collecting is not None:
            self.collecting.refrain()

    async def stop(self, seconds: float | None = None) -> None:
        """Take nothing more, let what is in flight come home, and stop the workers.

        Pay calls are waited for up to their own time limit, or `seconds`; everything else only a moment. What they
        bring still goes out: the outbox ends last.
        """
        pay_seconds = self.pay_seconds + CONNECT_SECONDS if seconds is None else seconds
        read_seconds = min(pay_seconds, READ_DRAIN_SECONDS)
        self.refrain()
        asked = () if self.collecting is None else (self.collecting.drain(pay_seconds),)
        await asyncio.gather(self.engine.drain(read_seconds), self.settlement.drain(pay_seconds), *asked)
        await self.outbox.home(min(pay_seconds, SEND_DRAIN_SECONDS))
        await self.outbox.drain(0.5)
        await end(self.workers.values())
        await self.replicas.leave()
        for channel in self.channels.values():
            await channel.aclose()
        await self.gateway.aclose()
        if self.collecting is not None:
            await self.collecting.aclose()

    @property
    def idle(self) -> bool:
        """Whether nothing is in flight."""
        asks = self.collecting is not None and not self.collecting.idle
        return not asks and self.engine.idle and self.settlement.idle and self.outbox.idle

    async def ready(self) -> Mapping[str, str]:
        """What is not well, by name; empty when all is. Writes nothing."""
        problems = {name: "has stopped" for name, task in self.workers.items() if task.done()}
        try:
            if behind := await self.store.pending():
                problems["migrations"] = f"not applied: {', '.join(behind)}"
        except StoreBusy as error:
            problems["database"] = str(error)
        if self.store.trouble:
            problems["database"] = self.store.trouble
        return problems

    async def gauge(self) -> None:
        """Bring the gauges up to date."""
        with contextlib.suppress(StoreBusy):
            waiting, oldest_at, open_orders = await self.store.read(housekeeping.backlog)
            metrics.outbox_rows.set(waiting)
            metrics.outbox_age_seconds.set(0 if oldest_at is None else max(0, self.clock() - oldest_at) / 1000)
            for state in ("waiting", "sending", "processing", "token_awaited", "unknown"):
                metrics.open_orders(state).set(open_orders.get(state, 0))


async def for_ever(name: str, work: Callable[[], Awaitable[None]], stopping: asyncio.Event) -> None:
    """Run a worker until `stopping`; one that falls over is reported and started again, for the others depend on it."""
    metrics.set_worker_alive(name, True)
    try:
        while not stopping.is_set():
            try:
                await work()
            except Exception as error:
                log.error("worker fell over", worker=name, exc_info=error)
            if not stopping.is_set():
                await asyncio.sleep(RESTART_SECONDS)
    finally:
        metrics.set_worker_alive(name, False)


async def end(tasks: Iterable[asyncio.Task[None]], seconds: float = END_SECONDS) -> None:
    """Cancel tasks and wait for them: one that loses its cancellation is cancelled again, and left behind when it has
    not ended after `seconds`.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    running = {task for task in tasks if not task.done()}
    while running and loop.time() < until:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=CANCEL_AGAIN_SECONDS)
    for task in running:
        log.warning("worker did not end", worker=task.get_name())


def assemble(
    *,
    store: Store,
    gateway: Gateway,
    channels: Mapping[str, Channel],
    shop: ShopSettings,
    admins: tuple[Address, ...] = (),
    rate_per_minute: int = 100,
    default_credit_limit_xof: int = 0,
    limits: Limits = Limits(),  # noqa: B008  # frozen
    order_url: Callable[[str], str | None] = lambda order_id: None,
    pay_seconds: float = PAY_SECONDS,
    clock: Callable[[], int] = wall_clock,
    ticks: Callable[[], float] = steady_ticks,
    new_id: Callable[[], str] = fresh_id,
    database_url: str | None = None,
    is_shared: bool = False,
    collector: Collector | None = None,
    addresses: Callable[[str], Addresses] | None = None,
) -> Taal:
    """Put the rooms together. `clock` is the time in milliseconds, `ticks` seconds of a clock that never jumps,
    `new_id` makes ids that nobody can foresee. Where there is a `database_url`, by which another process can open the
    store, long work is done in one. `is_shared` where other processes serve from the store beside this one. Where there
    is a `collector`, customers pay for themselves, and `addresses` are those of a collection.
    """
    abilities = {name: channel.abilities for name, channel in channels.items()}
    logs.show_whole(name for name, of in abilities.items() if not of.ids_are_numbers)
    shop = replace(shop, channels=abilities)
    installation = Installation(
        new_id(), shop, admins, Budget.of(rate_per_minute), default_credit_limit_xof, limits=limits
    )
    said = shop.advances if shop.collecting is not None else "allowed"
    long_work = LongWork(database_url, shop.catalog, default_credit_limit_xof, clock, said) if database_url else None
    documents = Documents(store, shop.words, {"audit": audit_maker(installation, clock)}, long_work)
    audits = Audits(store, installation, clock, long_work)
    replicas = Replicas(store, installation, clock, ticks, new_id, is_shared=is_shared)
    replicas.stand_for(MONITORING)
    outbox = Outbox(store, channels, installation, clock, ticks, documents.make, is_sure=replicas.is_sure)
    replicas.on_lost(outbox.doubt_leases)
    gateway_health = GatewayHealth(clock)
    gateway = MeasuredGateway(gateway, gateway_health, ticks)
    # Before anybody can have taken us for dead.
    leave_seconds = SURE_SECONDS if is_shared else LEAVE_SECONDS
    settlement = Settlement(
        store,
        gateway,
        installation,
        clock,
        order_url,
        outbox.push,
        ticks,
        replicas.make_sure,
        leave_seconds,
    )
    collecting = None
    if collector is not None and addresses is not None:
        collecting = Collecting(
            store,
            collector,
            installation,
            clock,
            addresses,
            outbox.push,
            settlement.wake,
            ticks,
            replicas.make_sure,
            leave_seconds,
        )
    engine = Engine(
        store,
        gateway,
        installation,
        clock,
        outbox,
        settlement,
        channels,
        audits,
        new_id,
        processes=replicas.hear,
        collect=(lambda collection_id: None) if collecting is None else collecting.wake,
        give_code=nobody_collects if collecting is None else collecting.give_code,
    )
    leads = partial(replicas.leads, MONITORING)
    monitoring = Monitoring(store, gateway, installation, clock, gateway_health, outbox.push, audits, leads)
    retention = Retention(store, clock, leads=leads)
    return Taal(
        store,
        gateway,
        installation,
        channels,
        outbox,
        settlement,
        engine,
        monitoring,
        retention,
        replicas,
        clock,
        pay_seconds,
        collecting,
    )
