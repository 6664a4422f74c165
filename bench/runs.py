"""The runs: throughput, latency, kills. Each gives plain numbers."""

import asyncio
import contextlib
import gc
import resource
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from bench.customers import Channel, Customers, Times
from bench.http import serve
from bench.process import SECRET_KEY, Bot, Cores, Measured, Program
from bench.provider import Provider
from bench.telegram import Telegram
from bench.whatsapp import WhatsApp

WARM_UP = 300
KILLS = 3
KILL_CUSTOMERS = 300
KILL_IN_FLIGHT = 100
# Longer than any pause after which the bot takes a step of its own accord for an order that nobody asks about.
QUIET_SECONDS = 40.0

Numbers = dict[str, Any]


class Scene:
    """A bot and the world around it."""

    def __init__(self, bot: Measured, customers: Customers, channel_port: int, provider_port: int) -> None:
        self.bot = bot
        self.customers = customers
        self._channel_port = channel_port
        self._provider_port = provider_port
        self.start_numbers: Numbers = {}

    async def start(self) -> None:
        """Start a process of the bot and wait until it is ready."""
        channel = self.customers.channel
        channel.starting()
        began_at = time.monotonic()
        self.bot.start(channel.settings(self._channel_port), self._provider_port)
        await self.bot.ready()
        seconds = time.monotonic() - began_at
        rss_mib, _ = self.bot.memory_mib()
        self.start_numbers = {"seconds": seconds, "cpu_seconds": self.bot.cpu_seconds(), "rss_mib": rss_mib}
        async with asyncio.timeout(10):
            await channel.started()

    async def warm_up(self, count: int = WARM_UP) -> None:
        """Let everything be loaded, connected and compiled before anything is measured."""
        if not await self.customers.crowd(count, 50):
            where, words = self.customers.where(), self.bot.last_words()
            raise RuntimeError(f"somebody was not served while the bot was warmed up: {where}\n{words}")
        self.customers.times = Times()


@contextlib.asynccontextmanager
async def scene(
    channel: str,
    directory: Path | None,
    cores: Cores | None,
    *,
    log_level: str = "WARNING",
    profile: Path | None = None,
    program: Program | None = None,
) -> AsyncIterator[Scene]:
    """Set a scene in a folder of its own, with the bot running in it, and clear everything away in the end."""
    folder = Path(tempfile.mkdtemp(prefix="taal-bench-", dir=directory))
    bot = Bot(folder, cores, log_level=log_level, profile=profile, program=program)
    customers = Customers()
    customers.provider = Provider(bot.port)
    customers.channel = _channel(channel, bot.port, customers)
    served, channel_port = await serve(customers.channel.answer)
    provider, provider_port = await serve(customers.provider.answer)
    made = Scene(bot, customers, channel_port, provider_port)
    try:
        await made.start()
        yield made
    finally:
        await bot.stop()
        served.close()
        provider.close()
        shutil.rmtree(folder, ignore_errors=True)


def _channel(name: str, bot_port: int, customers: Customers) -> Channel:
    if name == "whatsapp":
        return WhatsApp(bot_port, customers.hear)
    return Telegram(bot_port, SECRET_KEY, customers.hear)


class _Meter:
    """Reads clocks before and after."""

    def __init__(self, bot: Measured) -> None:
        self._bot = bot
        gc.collect()
        # What lives now lives on. The bench's own collections would otherwise be measured as the bot's slowness.
        gc.freeze()
        gc.disable()
        self._before = self._clocks()

    def _clocks(self) -> tuple[float, float, float, float]:
        return time.monotonic(), self._bot.cpu_seconds(), self._bot.waited_seconds(), _own_cpu_seconds()

    def read(self, dialogues: int) -> Numbers:
        wall, bot, waited, own = (now - then for now, then in zip(self._clocks(), self._before, strict=True))
        gc.enable()
        return {
            "dialogues": dialogues,
            "seconds": wall,
            "dialogues_per_second": dialogues / wall,
            "bot_cpu_seconds_per_1000": bot / dialogues * 1000,
            "bot_core_busy": bot / wall,
            "bot_waited_for_core": waited / wall,
            "bench_cpu_ms_per_dialogue": own / dialogues * 1000,
            "bench_core_busy": own / wall,
        }


def _own_cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def percentile(values: list[float], share: float) -> float:
    """The value in seconds below which this share of the values lies, in milliseconds."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else float("nan")


def _spread(values: list[float]) -> Numbers:
    return {"p50_ms": percentile(values, 0.5), "p99_ms": percentile(values, 0.99), "max_ms": percentile(values, 1.0)}


def _measured(times: Times) -> Numbers:
    replies = [value for values in times.replies.values() for value in values]
    return {
        "reply": _spread(replies),
        "reply_by_step": {name: _spread(values) for name, values in times.replies.items()},
        "webhook_to_code": _spread(times.codes),
        "dialogue": _spread(times.dialogues),
    }


async def throughput(on: Scene, dialogues: int, in_flight: int) -> Numbers:
    """As many dialogues as the bot can do with so many at once."""
    customers = on.customers
    customers.times = Times()
    sent = sum(customers.channel.calls.values())
    meter = _Meter(on.bot)
    finished = await customers.crowd(dialogues, in_flight)
    numbers = meter.read(dialogues)
    rss, peak = on.bot.memory_mib()
    return {
        "finished": finished,
        "where": customers.where(),
        "in_flight": in_flight,
        **numbers,
        **_measured(customers.times),
        "messages_per_dialogue": (sum(customers.channel.calls.values()) - sent) / dialogues,
        "rss_mib": rss,
        "peak_rss_mib": peak,
        "log_errors": on.bot.problems(),
    }


async def latency(on: Scene, per_second: float, seconds: float) -> Numbers:
    """How long people wait when so many begin a dialogue each second."""
    on.customers.times = Times()
    meter = _Meter(on.bot)
    finished = await on.customers.stream(per_second, seconds)
    numbers = meter.read(int(per_second * seconds))
    return {
        "finished": finished,
        "where": on.customers.where(),
        **numbers,
        **_measured(on.customers.times),
        "log_errors": on.bot.problems(),
    }


async def kills(on: Scene, tell: Callable[[str], None]) -> Numbers:
    """Kill the bot three times while customers buy, start it again each time, and count what was lost."""
    customers, bot = on.customers, on.bot
    assert isinstance(bot, Bot)
    began = customers.finished
    done = asyncio.create_task(customers.crowd(KILL_CUSTOMERS, KILL_IN_FLIGHT, quiet_seconds=QUIET_SECONDS))
    restarts: list[float] = []
    for number in range(KILLS):
        await customers.until_finished(began + KILL_CUSTOMERS * (number + 1) // (KILLS + 2), quiet_seconds=10.0)
        bot.kill()
        killed_at = time.monotonic()
        tell(f"kill {number + 1} of {KILLS}: {customers.finished - began} of {KILL_CUSTOMERS} had finished")
        await on.start()
        restarts.append(time.monotonic() - killed_at)
    finished = await done
    provider = customers.provider
    concerned = [customer for customer in customers.all.values() if customer.at >= 0][-KILL_CUSTOMERS:]
    return {
        "finished": finished,
        "where": customers.where(),
        "customers": KILL_CUSTOMERS,
        "kills": KILLS,
        "stuck": sum(not customer.done for customer in concerned),
        "stuck_at": sorted(customer.at for customer in concerned if not customer.done),
        "double_pays": sum(count - 1 for count in provider.paid.values()),
        "lost_codes": sum(customer.code is None and customer.reference in provider.paid for customer in concerned),
        "foreign_codes": customers.foreign_codes,
        "updates_brought_again": customers.channel.repeated,
        "webhooks_brought_again": provider.webhooks_repeated,
        "seconds_to_restart": max(restarts),
        "longest_dialogue_seconds": max(customers.times.dialogues, default=float("nan")),
        "log_errors": bot.problems(),
    }
