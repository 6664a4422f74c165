"""The load run: people buy at a steady pace while replicas are killed and webhooks are lost."""

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench import collector
from bench.customers import CREDIT_XOF, Customers, Times
from bench.http import serve
from bench.load import tables
from bench.load.books import books
from bench.load.replicas import Replicas
from bench.process import SECRET_KEY, Measured
from bench.provider import Provider
from bench.runs import Scene, percentile
from bench.telegram import Telegram
from tests.postgres_server import PostgresServer

# As somebody's own small server would be: durable, too.
SERVER = ("fsync=on", "full_page_writes=on", "shared_buffers=256MB", "max_wal_size=1GB")
# What a dead replica had in hand is taken up by another after some seconds; until then people wait for it.
SHADOW_SECONDS = 20.0
BEFORE_SECONDS = 1.0
# Longer than any pause after which a replica takes a step of its own accord.
QUIET_SECONDS = 90.0
SAMPLE_SECONDS = 1.0
WARM_UP = 60
# A process that has just started fills its caches: what it has after that is what it is to keep.
SETTLED_SECONDS = 20.0

Numbers = dict[str, Any]


class Plan(NamedTuple):
    """What is to be endured."""

    replicas: int = 3
    per_second: float = 20.0
    seconds: float = 180.0
    kills: int = 5
    lost_share: float = 0.3
    collect_share: float = 0.33


class Memory:
    """The resident memory of each replica over its life of the moment, in MiB."""

    def __init__(self, replicas: Replicas) -> None:
        self._replicas = replicas
        self._since = [time.monotonic()] * len(replicas.all)
        self._first: list[float | None] = [None] * len(replicas.all)
        self.now = [0.0] * len(replicas.all)

    def born(self, number: int) -> None:
        """A replica has started again."""
        self._since[number], self._first[number] = time.monotonic(), None

    def look(self) -> None:
        for number, bot in enumerate(self._replicas.all):
            with contextlib.suppress(OSError, KeyError):
                self.now[number] = bot.memory_mib()[0]
                if self._first[number] is None and time.monotonic() - self._since[number] > SETTLED_SECONDS:
                    self._first[number] = self.now[number]

    def growth(self) -> float:
        """The most that a replica has gained since it was settled, as a share of what it had then."""
        return max((now / first - 1 for now, first in zip(self.now, self._first, strict=True) if first), default=0.0)


@contextlib.asynccontextmanager
async def scene(
    bot: Measured, ports: int | tuple[int, ...], lost_share: float = 0.0, collect_share: float = 0.0
) -> AsyncIterator[Scene]:
    """Replicas, or one bot, with the world around them."""
    customers = Customers(collect_share)
    customers.provider = Provider(ports, lost_share)
    customers.channel = Telegram(ports, SECRET_KEY, customers.hear)
    channel, channel_port = await serve(customers.channel.answer)
    provider, provider_port = await serve(customers.provider.answer)
    made = Scene(bot, customers, channel_port, provider_port)
    try:
        await made.start()
        yield made
    finally:
        await bot.stop()
        channel.close()
        provider.close()


@contextlib.contextmanager
def folder(directory: Path | None) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="taal-load-", dir=directory))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


async def under_fire(plan: Plan, directory: Path | None, tell: Callable[[str], None]) -> Numbers:
    """Measure what is lost, and how long people wait."""
    server = await asyncio.to_thread(PostgresServer, SERVER)
    try:
        with folder(directory) as path:
            url = server.new_database()
            settings = {**collector.SETTINGS, "DEFAULT_CREDIT_LIMIT_XOF": str(CREDIT_XOF)} if plan.collect_share else {}
            replicas = Replicas(path, plan.replicas, url, settings=settings)
            async with scene(replicas, replicas.ports, plan.lost_share, plan.collect_share) as on:
                await on.warm_up(WARM_UP)
                return await _measured(plan, on, replicas, server, url, tell)
    finally:
        await asyncio.to_thread(server.stop)


async def _measured(
    plan: Plan, on: Scene, replicas: Replicas, server: PostgresServer, url: str, tell: Callable[[str], None]
) -> Numbers:
    customers = on.customers
    customers.times = Times()
    before, collected_before = len(customers.all), customers.provider.collector.payments
    memory, kills = Memory(replicas), list[float]()
    began, cpu, database_cpu = time.monotonic(), replicas.cpu_seconds(), server.cpu_seconds()
    streaming = asyncio.create_task(customers.stream(plan.per_second, plan.seconds, quiet_seconds=QUIET_SECONDS))
    sampling = asyncio.create_task(_sample(memory))
    restarts = [await _kill(plan, number, began, replicas, memory, kills, tell) for number in range(plan.kills)]
    finished = await streaming
    seconds = time.monotonic() - began
    sampling.cancel()
    replicas_cpu, database_cpu = replicas.cpu_seconds() - cpu, server.cpu_seconds() - database_cpu
    provider, concerned = customers.provider, list(customers.all.values())
    found = await _at_rest(url, customers)
    after = await tables.look(url)
    bought = len(concerned) - before
    calm = [
        took for at, took in zip(customers.times.webhooks_at, customers.times.codes, strict=True) if _is_calm(at, kills)
    ]
    return {
        "purchases": bought,
        "collected": provider.collector.payments - collected_before,
        "seconds": seconds,
        "finished": finished,
        "where": customers.where(),
        "kills": len(kills),
        "webhooks_lost": provider.webhooks_lost / max(1, len(provider.payments)),
        "stuck": sum(not customer.done for customer in concerned) + found["open_orders"] + found["unsent_messages"],
        "paid_twice": sum(count - 1 for count in provider.paid.values()),
        "paid_without_code": sum(each.code is None and each.reference in provider.paid for each in concerned),
        "foreign_codes": customers.foreign_codes,
        "ledger": found["ledger"],
        "books": found,
        "webhooks_measured": len(calm),
        "p50_ms": percentile(calm, 0.5),
        "p99_ms": percentile(calm, 0.99),
        "all_p99_ms": percentile(customers.times.codes, 0.99),
        "longest_dialogue_seconds": max(customers.times.dialogues, default=float("nan")),
        "memory_mib": max(memory.now),
        "memory_growth": memory.growth(),
        "seconds_to_restart": max(restarts, default=0.0),
        "replicas_cpu_ms": replicas_cpu / bought * 1000,
        "database_cpu_ms": database_cpu / bought * 1000,
        "brought_again": customers.channel.repeated + provider.webhooks_repeated + provider.collector.webhooks_repeated,
        "log_errors": replicas.problems(),
        "tables": tables.report(after),
    }


async def _kill(
    plan: Plan,
    number: int,
    began: float,
    replicas: Replicas,
    memory: Memory,
    kills: list[float],
    tell: Callable[[str], None],
) -> float:
    """Kill the next replica when its time has come; answers how many seconds it took to be back."""
    await asyncio.sleep(max(0.0, began + plan.seconds * (number + 0.5) / (plan.kills + 1) - time.monotonic()))
    at, which = time.monotonic(), number % len(replicas.all)
    kills.append(at)
    await replicas.kill(which)
    memory.born(which)
    back = time.monotonic() - at
    tell(f"kill {number + 1} of {plan.kills}, after {at - began:.0f} s: replica {which} was back within {back:.1f} s")
    return back


async def _sample(memory: Memory) -> None:
    while True:
        memory.look()
        await asyncio.sleep(SAMPLE_SECONDS)


async def _at_rest(url: str, customers: Customers) -> dict[str, int]:
    """The books, once nothing is on its way any more; or as they are when that does not come."""
    found = await books(url, customers.provider)
    until = time.monotonic() + QUIET_SECONDS
    while (found["open_orders"] or found["unsent_messages"]) and time.monotonic() < until:
        await asyncio.sleep(SAMPLE_SECONDS)
        found = await books(url, customers.provider)
    return found


def _is_calm(at: float, kills: list[float]) -> bool:
    return not any(kill - BEFORE_SECONDS <= at <= kill + SHADOW_SECONDS for kill in kills)
