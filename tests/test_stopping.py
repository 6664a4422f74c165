"""The end of the process: in order when asked once, at once when asked twice, and in any case within a bound."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app.running import end, for_ever
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.poll import Poller
from bot.domain.inbound import Inbound
from bot.errors import Exit
from tests.running import ROOT, Bot, Town, eventually, free_port, town

NO_ANSWER = "14123456706"


@pytest.mark.anyio
async def test_stop_while_telegram_cannot_be_reached(tmp_path: Path) -> None:
    """Nobody listens at Telegram's address: SIGTERM in the pause between two calls ends the process in order."""
    async with Town(tmp_path) as place:
        bot = place.bot(webhook=False, telegram_api_url=f"http://127.0.0.1:{free_port()}")
        await bot.start()
        await _polls_in_vain(bot)
        status, seconds = await bot.stop()
        assert (status, bot.noise) == (0, []), bot.story()
        assert seconds < 5
        assert bot.logged(event="stopped")


@pytest.mark.anyio
async def test_stop_while_telegram_accepts_and_never_answers(tmp_path: Path) -> None:
    async with Town(tmp_path) as place, _silent() as (port, connections):
        bot = place.bot(webhook=False, telegram_api_url=f"http://127.0.0.1:{port}")
        await bot.start()
        # The registration and getUpdates both hang.
        await eventually(lambda: len(connections) >= 2, "two calls")
        status, seconds = await bot.stop()
        assert (status, bot.noise) == (0, []), bot.story()
        assert seconds < 5


@pytest.mark.anyio
async def test_a_second_signal_ends_it_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    """The first one waits for a payment that is not answered; the next start finds what became of it."""
    async with town(tmp_path, pace=0.05) as (place, bot):
        awa = place.customer(1001)
        await awa.buy(NO_ANSWER)
        await place.provider.paid()
        assert bot.process is not None
        bot.process.send_signal(signal.SIGTERM)
        await bot.logs(event="stopping")
        began = time.monotonic()
        bot.process.send_signal(signal.SIGINT)
        assert await bot.process.wait() == Exit.CUT_SHORT
        assert time.monotonic() - began < 1
        await bot._ended()
        assert [line for line in bot.noise if "second signal" in line]
        bot.noise.clear()
        await bot.start()
        await awa.code()
        assert place.provider.simulator.accepted == {awa.order_id: 1}


async def _polls_in_vain(bot: Bot) -> None:
    def failed() -> bool:
        return any(str(line.get("event")).startswith("no updates from Telegram") for line in bot.lines)

    await eventually(failed, lambda: f"a failed getUpdates\n{bot.story()}")


@contextlib.asynccontextmanager
async def _silent() -> AsyncIterator[tuple[int, list[object]]]:
    """A server that takes connections and says nothing; answers its port and who knocked."""
    connections: list[object] = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await reader.read()
        while await reader.read(65_536):
            pass
        writer.close()

    async with await asyncio.start_server(keep, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], connections


# The bound, in processes that do their worst.

STUBBORN = {
    "a task that swallows every cancellation": (
        """
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
""",
        Exit.CUT_SHORT,
    ),
    "a loop that hangs": ("    time.sleep(60)\n", Exit.CUT_SHORT),
    "a thread that waits for the network after everything came home": (
        """
    asyncio.get_running_loop().run_in_executor(None, time.sleep, 60)
    signals.ended()
""",
        Exit.WELL,
    ),
}


@pytest.mark.parametrize(("worst", "status"), STUBBORN.values(), ids=STUBBORN.keys())
def test_whatever_happens_the_process_ends(worst: str, status: Exit) -> None:
    script = f"""
import asyncio, contextlib, time
from bot.app.stopping import StopSignals

async def main():
    signals = StopSignals(0.3)
    signals.listen()
    print("listening", flush=True)
    await signals.asked.wait()
{worst}

asyncio.run(main())
"""
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"listening\n"
    process.send_signal(signal.SIGTERM)
    _, noise = process.communicate(timeout=10)
    assert process.returncode == status, noise
    assert (b"not stopped after" in noise) == (status is Exit.CUT_SHORT)


# The same in one loop, where the tick in which things happen can be chosen.


@pytest.mark.anyio
async def test_a_poller_that_is_told_to_stop_and_cancelled_in_one_tick_ends() -> None:
    """On Python 3.11 `asyncio.wait_for` lost that cancellation, and the worker was started again for ever."""
    channel = TelegramChannel("1:x", api_url=f"http://127.0.0.1:{free_port()}")

    async def hear(inbound: Inbound) -> None:
        raise AssertionError("nobody writes")

    poller = Poller(channel, hear)
    waits = asyncio.Event()
    pause = poller._wait

    async def seen(seconds: float) -> None:
        waits.set()
        await pause(seconds)

    poller._wait = seen  # type: ignore[method-assign]  # to know when it waits, not to change how
    task = asyncio.create_task(for_ever("telegram", poller.run, asyncio.Event()))
    await waits.wait()
    await asyncio.sleep(0)
    poller.stop()
    task.cancel()
    done, _ = await asyncio.wait((task,), timeout=2)
    assert task in done
    await channel.aclose()


@pytest.mark.anyio
async def test_a_worker_that_was_told_to_stop_is_not_started_again() -> None:
    stopping = asyncio.Event()
    lives = 0

    async def work() -> None:
        nonlocal lives
        lives += 1
        stopping.set()

    await asyncio.wait_for(for_ever("engine", work, stopping), 2)
    assert lives == 1


@pytest.mark.anyio
@pytest.mark.parametrize("losses", [1, 1_000_000])
async def test_a_worker_that_loses_its_cancellation_is_cancelled_again_and_then_left(losses: int) -> None:
    async def work() -> None:
        nonlocal losses
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                losses -= 1
                if losses < 0:
                    raise

    stubborn = losses > 1
    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    began = time.monotonic()
    await end((task,), 0.7)
    assert time.monotonic() - began < 2
    assert task.done() is not stubborn
    losses = 0
    task.cancel()
    await asyncio.wait((task,), timeout=2)


def test_a_command_that_is_stopped_tidies_up(tmp_path: Path) -> None:
    """A backup under way leaves no half of a copy, not even under its other name."""
    script = """
import os, sys, time
import bot.app
from bot.__main__ import main

def slow(source, to):
    print("copying", flush=True)
    time.sleep(60)

sys.modules["bot.app.backup"]._copy = slow
open("taal.db", "wb").write(b"x")
os.environ["DATABASE_URL"] = "sqlite:///taal.db"
sys.exit(main(["backup", "copy.db"]))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"copying\n"
    assert len(list(tmp_path.iterdir())) == 2
    process.send_signal(signal.SIGTERM)
    _, noise = process.communicate(timeout=10)
    assert (process.returncode, noise) == (Exit.CUT_SHORT, b"")
    assert [path.name for path in tmp_path.iterdir()] == ["taal.db"]


def test_a_process_that_tidies_up_slowly_has_ended_well(tmp_path: Path) -> None:
    """The interpreter has forgotten by then who hears the alarm, and it would kill."""
    script = """
import asyncio, os, signal, sys, time
from bot.app import stopping

stopping.LAST_SECONDS = 0.2

class Slow:
    def __init__(self):
        self.clock = time.monotonic

    def __del__(self):
        until = self.clock() + 0.5
        while self.clock() < until:
            pass

async def serve():
    signals = stopping.StopSignals(5)
    signals.listen()
    os.kill(os.getpid(), signal.SIGTERM)
    await signals.asked.wait()
    signals.ended()

asyncio.run(serve())
# Only the very last of the tidying up comes to it.
sys.modules["slow"] = Slow()
sys.modules["sys"].__dict__["slow"] = sys.modules.pop("slow")
"""
    process = subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": str(ROOT)}, timeout=20, check=False)
    assert process.returncode == Exit.WELL
