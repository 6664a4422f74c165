"""`python -m bench`: measure the bot and print a table."""

import argparse
import asyncio
import json
import pstats
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from bench import runs
from bench.customers import PLAN
from bench.process import ROOT, Cores, Program, choose_cores, commit_ms, filesystem_of

DIALOGUES = 3_000
IN_FLIGHT = 200
PER_SECOND = 20.0
SECONDS = 30.0
# Above this the bench may have been the slower one, and its numbers say little about the bot.
SATURATED = 0.9
# What the bot is to reach, durable and on one core.
MOST_CPU_SECONDS_PER_1000 = 6.0
MOST_P99_MS = 10.0

CHANNELS = ("telegram", "whatsapp")

_LOSSES = ("stuck", "double_pays", "lost_codes", "foreign_codes")

Numbers = dict[str, Any]
Cell = Callable[[Numbers], str]
Row = tuple[str, Cell, str]


def main() -> int:
    """Run what was asked for; answers 0 unless the bot lost something or fell silent."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--dialogues", type=int, default=DIALOGUES, help=f"for the throughput (default {DIALOGUES})")
    parser.add_argument("--in-flight", type=int, default=IN_FLIGHT, help=f"dialogues at once (default {IN_FLIGHT})")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of the latency run (default {SECONDS:.0f})")
    parser.add_argument("--rate", type=float, default=PER_SECOND, help="dialogues a second of the latency run")
    parser.add_argument("--channel", choices=(*CHANNELS, "both"), default="both", help="where the customers are")
    parser.add_argument("--only", choices=("throughput", "latency", "kills"), help="one run instead of all")
    parser.add_argument("--log-level", help="one level for throughput and latency instead of INFO after WARNING")
    parser.add_argument("--directory", type=Path, help="where the database lives while it runs (default: as tempfile)")
    parser.add_argument("--profile", type=Path, help="run the bot under cProfile and keep the profile in this file")
    parser.add_argument("--program", type=Path, default=ROOT, help="the checkout whose bot is measured (this one)")
    parser.add_argument("--python", default=sys.executable, help="the Python that runs that bot (this one)")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    asked = parser.parse_args()
    if asked.profile is not None and asked.channel == "both":
        parser.error("--profile needs one --channel")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        numbers = runner.run(_all(asked))
    if asked.json:
        print(json.dumps(numbers, indent=2))
    else:
        _print(numbers)
    if asked.profile is not None:
        pstats.Stats(str(asked.profile)).sort_stats("tottime").print_stats(40)
    channels = [numbers[name] for name in CHANNELS if name in numbers]
    well = all(run.get("finished", True) for results in channels for run in results.values())
    return 0 if well and not any(results.get("kills", {}).get(loss) for results in channels for loss in _LOSSES) else 1


async def _all(asked: argparse.Namespace) -> Numbers:
    cores = choose_cores()
    numbers: Numbers = {"machine": _machine(asked.directory, cores)}
    for name in CHANNELS if asked.channel == "both" else (asked.channel,):
        numbers[name] = await _channel(name, asked, cores)
    return numbers


async def _channel(name: str, asked: argparse.Namespace, cores: Cores | None) -> Numbers:
    def tell(text: str) -> None:
        print(f"{name}: {text}", file=sys.stderr, flush=True)

    numbers: Numbers = {}
    program = Program(asked.program, asked.python)
    levels = [asked.log_level] if asked.log_level else ["WARNING", "INFO"]
    if asked.only != "kills":
        async with runs.scene(
            name, asked.directory, cores, log_level=levels[0], profile=asked.profile, program=program
        ) as on:
            numbers["start"] = on.start_numbers
            await on.warm_up()
            if asked.only != "throughput":
                tell(f"latency: {asked.rate:.0f} dialogues a second for {asked.seconds:.0f} s, log {levels[0]}")
                numbers["latency"] = {"log_level": levels[0], **await runs.latency(on, asked.rate, asked.seconds)}
            if asked.only != "latency":
                tell(f"throughput: {asked.dialogues} dialogues, {asked.in_flight} in flight, log {levels[0]}")
                measured = await runs.throughput(on, asked.dialogues, asked.in_flight)
                numbers["throughput"] = {"log_level": levels[0], **measured}
        if asked.only != "latency" and len(levels) > 1 and asked.profile is None:
            async with runs.scene(name, asked.directory, cores, log_level=levels[1], program=program) as on:
                await on.warm_up()
                tell(f"throughput: {asked.dialogues} dialogues, {asked.in_flight} in flight, log {levels[1]}")
                measured = await runs.throughput(on, asked.dialogues, asked.in_flight)
                numbers["throughput_logged"] = {"log_level": levels[1], **measured}
    if asked.only in (None, "kills"):
        async with runs.scene(name, asked.directory, cores, program=program) as on:
            tell(f"kills: {runs.KILLS} among {runs.KILL_CUSTOMERS} customers")
            numbers["kills"] = await runs.kills(on, tell)
    return numbers


def _machine(directory: Path | None, cores: Cores | None) -> Numbers:
    folder = directory or Path(tempfile.gettempdir())
    commits = commit_ms(folder)
    return {
        "python": sys.version.split()[0],
        "bot_alone_on_a_core": cores is not None and cores.apart,
        "filesystem": filesystem_of(folder),
        "commit_p50_ms": commits[len(commits) // 2],
        "commit_p99_ms": commits[len(commits) * 99 // 100],
    }


def _print(numbers: Numbers) -> None:
    console = Console(highlight=False, width=120)
    machine = numbers["machine"]
    columns = [name for name in CHANNELS if name in numbers]
    table = Table(
        title="Taal: /start to the code and /code; 6 messages of the customer, 1 webhook, 3 calls to the provider",
        title_justify="left",
    )
    table.add_column("measure")
    for name in columns:
        table.add_column(name, justify="right")
    table.add_column("aim", justify="right")
    for run, rows in _TABLE.items():
        if not any(run in numbers[name] for name in columns):
            continue
        for label, value, aim in rows:
            cells = [value(numbers[name][run]) if run in numbers[name] else "" for name in columns]
            measured = next(numbers[name][run] for name in columns if run in numbers[name])
            table.add_row(label.format_map(measured), *cells, aim)
        table.add_section()
    console.print(table)
    console.print(
        f"durable: SQLite in WAL mode, synchronous=FULL, on {machine['filesystem']}, where a small durable write alone"
        f" takes {machine['commit_p50_ms']:.2f} ms (p99 {machine['commit_p99_ms']:.2f}); Python {machine['python']}"
    )
    if machine["filesystem"] == "tmpfs":
        console.print("[bold]tmpfs forgets: a commit costs nothing there. Choose a disk with --directory.[/bold]")
    if not machine["bot_alone_on_a_core"]:
        console.print("[bold]The bot had no core to itself: it and the bench slowed each other down.[/bold]")
    for channel in columns:
        for name, run in numbers[channel].items():
            _print_doubts(console, f"{channel}, {name}", run)


def _print_doubts(console: Console, name: str, run: Numbers) -> None:
    """What must be known of a run before its numbers are believed."""
    if "bench_core_busy" in run:
        console.print(
            f"{name}: the bench itself used {run['bench_cpu_ms_per_dialogue']:.2f} ms of CPU a dialogue"
            f" ({run['bench_core_busy']:.0%} of a core), the bot {run['bot_core_busy']:.0%} of its core"
            f" and waited for it {run['bot_waited_for_core']:.0%} of the time"
        )
        if run["bench_core_busy"] > SATURATED:
            console.print("[bold]The bench was saturated: the bot may be faster than this.[/bold]")
    if not run.get("finished", True):
        console.print(f"[bold]{name}: somebody never got what they came for: {run['where']}.[/bold]")
    if run.get("log_errors"):
        console.print(f"[bold]{name}: {run['log_errors']} errors in the bot's log.[/bold]")


def _pair(name: str, step: str = "") -> Cell:
    def cell(run: Numbers) -> str:
        spread = run[name][step] if step else run[name]
        return f"{spread['p50_ms']:.1f} / {spread['p99_ms']:.1f} ms"

    return cell


def _filled(template: str) -> Cell:
    return lambda run: template.format_map(run)


_THROUGHPUT: tuple[Row, ...] = (
    ("dialogues a second (log {log_level}, {in_flight} in flight)", _filled("{dialogues_per_second:.0f}"), "≥ 250"),
    (
        "CPU seconds for 1,000",
        _filled("{bot_cpu_seconds_per_1000:.2f}"),
        f"≤ {MOST_CPU_SECONDS_PER_1000:.0f}, better 4",
    ),
    ("   calls of the bot to the channel, a dialogue", _filled("{messages_per_dialogue:.1f}"), ""),
    ("   message to reply, p50 / p99", _pair("reply"), ""),
    ("   resident memory now / highest", _filled("{rss_mib:.0f} / {peak_rss_mib:.0f} MiB"), ""),
)
_TABLE: dict[str, tuple[Row, ...]] = {
    "throughput": _THROUGHPUT,
    "throughput_logged": _THROUGHPUT,
    "latency": (
        (
            "message to reply, p50 / p99 ({dialogues_per_second:.0f} dialogues a second, log {log_level})",
            _pair("reply"),
            f"p99 ≤ {MOST_P99_MS:.0f} ms",
        ),
        *((f"   {step}", _pair("reply_by_step", step), "") for step, _, _ in PLAN),
        ("webhook to code, p50 / p99", _pair("webhook_to_code"), ""),
        ("CPU seconds for 1,000", _filled("{bot_cpu_seconds_per_1000:.2f}"), ""),
    ),
    "kills": (
        ("stuck of {customers} after {kills} kills under load", _filled("{stuck}"), "0"),
        ("paid twice", _filled("{double_pays}"), "0"),
        ("codes lost", _filled("{lost_codes}"), "0"),
        ("codes shown to somebody else", _filled("{foreign_codes}"), "0"),
        (
            "updates / payments' webhooks brought again",
            _filled("{updates_brought_again} / {webhooks_brought_again}"),
            "",
        ),
        ("from a kill to ready again, at most", _filled("{seconds_to_restart:.1f} s"), ""),
        ("longest dialogue", _filled("{longest_dialogue_seconds:.1f} s"), ""),
    ),
}


if __name__ == "__main__":
    sys.exit(main())
