"""`python -m bench.flood`: how long a purchase takes while a stranger types numbers, beside how long it takes without.

The bot is a process of its own and keeps to a budget of 100 calls a minute, as the real provider wants it. First people
buy, one every few seconds; then they go on while one person without a franc sends 50 new meter numbers a second. No
call of the flooder may cost the others anything.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

import uvloop

from bench import runs
from bench.customers import Customers, Times
from bench.http import serve
from bench.process import SECRET_KEY, Bot, choose_cores
from bench.provider import Provider
from bench.telegram import Telegram

RATE_PER_MINUTE = 100
FLOODER = 666_000_666
TEXTS_PER_SECOND = 50
# None of the meters of those who buy.
FIRST_NUMBER = 500_000_000
# Three calls a purchase: one every three seconds takes 60 of the 88 that are given out a minute.
PER_SECOND = 1 / 3
SECONDS = 60.0
MOST_TIMES = 1.3


class CountingProvider(Provider):
    """Knows the most calls that it had within any 60 seconds."""

    def __init__(self, bot_port: int) -> None:
        super().__init__(bot_port)
        self.most_a_minute = 0
        self._last: deque[float] = deque()

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        now = time.monotonic()
        self._last.append(now)
        while self._last[0] <= now - 60:
            self._last.popleft()
        self.most_a_minute = max(self.most_a_minute, len(self._last))
        return super().answer(path, body)


async def flood(channel: Telegram, until: asyncio.Event) -> int:
    """Numbers that nobody has typed before, one after another, until it is enough; answers how many."""
    loop = asyncio.get_running_loop()
    began, sent = loop.time(), 0
    while not until.is_set():
        channel.say(FLOODER, f"w 14{FIRST_NUMBER + sent} 5000")
        sent += 1
        await asyncio.sleep(max(0.0, began + sent / TEXTS_PER_SECOND - loop.time()))
    return sent


def _summary(times: Times, asked: int) -> dict[str, Any]:
    took = sorted(times.dialogues)
    return {
        "purchases": asked,
        "finished": len(took),
        "mean_ms": round(sum(took) / max(1, len(took)) * 1000, 1),
        "p50_ms": round(runs.percentile(took, 0.5), 1),
        "max_ms": round(runs.percentile(took, 1.0), 1),
    }


async def measure(seconds: float, directory: Path | None) -> dict[str, Any]:
    """Both, one after the other, with the same bot."""
    folder = Path(tempfile.mkdtemp(prefix="taal-flood-", dir=directory))
    bot = Bot(folder, choose_cores(), log_level="WARNING", rate_per_minute=RATE_PER_MINUTE)
    customers = Customers()
    provider = customers.provider = CountingProvider(bot.port)
    channel = customers.channel = Telegram(bot.port, SECRET_KEY, customers.hear)
    served, channel_port = await serve(channel.answer)
    providing, provider_port = await serve(provider.answer)
    try:
        await runs.Scene(bot, customers, channel_port, provider_port).start()
        return await _measure(customers, channel, provider, seconds)
    finally:
        await bot.stop()
        served.close()
        providing.close()
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(
    customers: Customers, channel: Telegram, provider: CountingProvider, seconds: float
) -> dict[str, Any]:
    purchases = int(PER_SECOND * seconds)
    customers.times = Times()
    await customers.stream(PER_SECOND, seconds)
    calm = _summary(customers.times, purchases)
    customers.times = Times()
    enough = asyncio.Event()
    flooding = asyncio.create_task(flood(channel, enough))
    await customers.stream(PER_SECOND, seconds)
    flooded = _summary(customers.times, purchases)
    enough.set()
    sent = await flooding
    return {
        "calm": calm,
        "flooded": flooded,
        "texts_of_the_flooder": sent,
        "inquiries": provider.calls["inquiry"],
        "most_calls_a_minute": provider.most_a_minute,
        "times_as_long": round(flooded["mean_ms"] / calm["mean_ms"], 2),
    }


def main() -> int:
    """Measure and print; answers 0 if nobody waited longer than they may."""
    parser = argparse.ArgumentParser(prog="bench.flood", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of each half (default {SECONDS:.0f})")
    parser.add_argument("--directory", type=Path, help="where the database lives while it runs (default: as tempfile)")
    asked = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        measured = runner.run(measure(asked.seconds, asked.directory))
    print(json.dumps(measured, indent=2))
    flooded = measured["flooded"]
    return 0 if flooded["finished"] == flooded["purchases"] and measured["times_as_long"] <= MOST_TIMES else 1


if __name__ == "__main__":
    sys.exit(main())
