"""`python -m bench.beside`: a quiet evening over a year of past, while an admin searches, counts, audits and exports.

Three runs of the real bot with the same customers: over an empty database, over a full one, and over the full one with
an admin who asks for something long as soon as the last answer has come. What everybody else waits shall not change.
"""

import argparse
import asyncio
import itertools
import json
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from bench import document, runs
from bench.customers import Customers, Sent
from bench.growth.filling import fill, make
from bench.growth.scale import NOW, Scale
from bench.http import serve
from bench.process import SECRET_KEY, Bot, choose_cores
from bench.provider import Provider
from bench.telegram import Telegram

ADMIN = 1
PER_SECOND = 20.0
SECONDS = 30.0
# What the open orders of the past would be asked about is another load than that of an evening.
FAR_MS = 30 * 86_400_000

QUESTIONS = (
    "/find Abdoulaye DIOP",
    "/stats 01/12/2025 24/11/2026",
    "/find 4321",
    "/today",
    "/user telegram:700000000",
    "/stuck",
    "/log",
    "/audit 23/11/2026",
    "/export orders 23/11/2026 csv",
    "/find zzz",
    "/export ledger 23/11/2026 xlsx",
    "/stats 7",
)

# Its first answer says that it will take a moment.
ANSWERED_TWICE = "/audit"

Numbers = dict[str, Any]


class Admin:
    """Asks one thing after another. A question is over when its answer has come: that of an export is its file."""

    def __init__(self, channel: Telegram) -> None:
        self._channel = channel
        self._questions = itertools.cycle(QUESTIONS)
        self._asked_at = 0.0
        self.asking = ""
        self._to_come = 0
        self.seconds: dict[str, list[float]] = {}

    def ask(self) -> None:
        """Ask the next thing."""
        self.asking, self._asked_at = next(self._questions), asyncio.get_running_loop().time()
        self._to_come = 2 if self.asking.startswith(ANSWERED_TWICE) else 1
        self._channel.say(ADMIN, self.asking)

    def hear(self) -> None:
        """The bot has written, or sent a file."""
        self._to_come -= 1
        if self.asking and not self._to_come:
            now = asyncio.get_running_loop().time()
            self.seconds.setdefault(self.asking, []).append(now - self._asked_at)
            self.asking = ""
            asyncio.get_running_loop().call_soon(self.ask)


async def evening(folder: Path, database: Path | None, seconds: float, *, with_admin: bool) -> Numbers:
    """One run."""
    if database is not None:
        await asyncio.to_thread(shutil.copyfile, database, folder / "taal.db")
    bot = Bot(folder, choose_cores(), log_level="WARNING")
    customers = Customers()
    customers.provider = Provider(bot.port)
    admins: list[Admin] = []

    def hear(sent: Sent) -> None:
        if sent.chat_id != ADMIN:
            customers.hear(sent)
        elif admins:
            admins[0].hear()

    channel = customers.channel = _WithAdmin(bot.port, SECRET_KEY, hear)
    served, channel_port = await serve(channel.answer)
    providing, provider_port = await serve(customers.provider.answer)
    scene = runs.Scene(bot, customers, channel_port, provider_port)
    try:
        await scene.start()
        await scene.warm_up()
        if with_admin:
            admins.append(Admin(channel))
            admins[0].ask()
        numbers = {"start": scene.start_numbers, **await runs.latency(scene, PER_SECOND, seconds)}
        peak_mib = bot.memory_mib()[1]
        asked = {question: max(took) for question, took in admins[0].seconds.items()} if admins else {}
        return numbers | {"peak_rss_mib": peak_mib, "answered_within_seconds": asked}
    finally:
        await bot.stop()
        served.close()
        providing.close()


class _WithAdmin(Telegram):
    """A Telegram in which somebody is an admin, and gets files."""

    def settings(self, port: int) -> dict[str, str]:
        return super().settings(port) | {"ADMINS": f"telegram:{ADMIN}"}

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        if path.endswith(("/sendDocument", "/sendPhoto")):
            self.calls["file"] += 1
            self._hear(Sent(ADMIN, [], []))
            return 200, b'{"ok":true,"result":{"message_id":1,"date":0,"chat":{"id":1,"type":"private"}}}'
        return super().answer(path, body)


def _still(database: Path) -> None:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("UPDATE orders SET due_at = ? WHERE due_at IS NOT NULL", (NOW + FAR_MS,))
    connection.close()


async def measure(file: Path | None, scale: float, seconds: float, directory: Path | None) -> dict[str, Numbers]:
    """The three runs, by name."""
    with tempfile.TemporaryDirectory(prefix="taal-beside-", dir=directory) as name:
        folder = Path(name)
        full = folder / "year.db"
        if file is None:
            await asyncio.to_thread(fill, full, Scale.of(scale), tell=_tell)
        else:
            shutil.copyfile(file, full)
            await make(full)
        _still(full)
        measured: dict[str, Numbers] = {}
        for run, database, with_admin in (("empty", None, False), ("full", full, False), ("with an admin", full, True)):
            _tell(run)
            (folder / run).mkdir()
            measured[run] = await evening(folder / run, database, seconds, with_admin=with_admin)
            shutil.rmtree(folder / run)
        return measured


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


ROWS: dict[str, Callable[[Numbers], float]] = {
    "start to ready, s": lambda run: run["start"]["seconds"],
    "message to reply, p50, ms": lambda run: run["reply"]["p50_ms"],
    "message to reply, p99, ms": lambda run: run["reply"]["p99_ms"],
    "message to reply, longest, ms": lambda run: run["reply"]["max_ms"],
    "webhook to code, p99, ms": lambda run: run["webhook_to_code"]["p99_ms"],
    "CPU of 1,000 dialogues, s": lambda run: run["bot_cpu_seconds_per_1000"],
    "memory, highest, MiB": lambda run: run["peak_rss_mib"],
}


def _markdown(measured: dict[str, Numbers]) -> str:
    rows = [(name, *(f"{of(run):.2f}" for run in measured.values())) for name, of in ROWS.items()]
    answered = measured["with an admin"]["answered_within_seconds"]
    asked = [(f"`{question}`", f"{seconds:.2f}") for question, seconds in answered.items()]
    tables = (
        document.markdown(("measure", *measured), rows),
        document.markdown(("asked by the admin meanwhile", "answered within, s"), asked),
    )
    return "\n\n".join(tables)


def _print(measured: dict[str, Numbers]) -> None:
    console = Console(highlight=False, width=120)
    table = Table(title=f"{PER_SECOND:.0f} dialogues a second", title_justify="left")
    table.add_column("measure")
    for run in measured:
        table.add_column(run, justify="right")
    for name, of in ROWS.items():
        table.add_row(name, *(f"{of(run):.2f}" for run in measured.values()))
    console.print(table)
    for question, seconds in measured["with an admin"]["answered_within_seconds"].items():
        console.print(f"{question}: {seconds:.2f} s", markup=False)


def main() -> int:
    """Measure and print; answers 0 if everybody got what they came for."""
    parser = argparse.ArgumentParser(prog="bench.beside", description=__doc__)
    parser.add_argument("--file", type=Path, help="a filled database (bench.growth --fill-only); made if not given")
    parser.add_argument("--scale", type=float, default=1.0, help="a share of the year, where it is made")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of each run (default {SECONDS:.0f})")
    parser.add_argument("--directory", type=Path, help="where databases live while this runs (default: as tempfile)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    asked = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        measured = runner.run(measure(asked.file, asked.scale, asked.seconds, asked.directory))
    if asked.json:
        print(json.dumps(measured, indent=2))
    else:
        _print(measured)
    if asked.write:
        document.write("beside", f"python -m bench.beside --seconds {asked.seconds:.0f}", _markdown(measured))
    return 0 if all(run["finished"] for run in measured.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
