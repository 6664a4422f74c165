"""`python -m bench.compare BASE`: this checkout's bot beside that of a commit, by turns, with the same customers.

Each pair measures both, and the next pair in the other order, so that a machine that grows slower or faster harms both
alike. What is printed is the median of each, and the ratio of each pair: its median, lowest and highest.
"""

import argparse
import contextlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from bench import document
from bench.process import ROOT, Program

PAIRS = 5
REQUIREMENTS = "requirements.txt"

HEADINGS = ("measure", "base", "here", "ratio", "lowest", "highest")

Numbers = dict[str, Any]

# Of a run of the bench: what it is called, and where it stands.
MEASURES: Final[Mapping[str, tuple[str, ...]]] = {
    "start to ready, s": ("start", "seconds"),
    "CPU of a start, s": ("start", "cpu_seconds"),
    "memory when ready, MiB": ("start", "rss_mib"),
    "quiet: CPU of 1,000 dialogues, s": ("latency", "bot_cpu_seconds_per_1000"),
    "quiet: message to reply, p50, ms": ("latency", "reply", "p50_ms"),
    "quiet: message to reply, p99, ms": ("latency", "reply", "p99_ms"),
    "quiet: Confirm to reply, p99, ms": ("latency", "reply_by_step", "confirm", "p99_ms"),
    "quiet: webhook to code, p50, ms": ("latency", "webhook_to_code", "p50_ms"),
    "quiet: webhook to code, p99, ms": ("latency", "webhook_to_code", "p99_ms"),
    "saturated: dialogues a second": ("throughput", "dialogues_per_second"),
    "saturated: CPU of 1,000 dialogues, s": ("throughput", "bot_cpu_seconds_per_1000"),
    "saturated: memory, highest, MiB": ("throughput", "peak_rss_mib"),
}


def main() -> int:
    """Compare and print; answers 0."""
    parser = argparse.ArgumentParser(prog="bench.compare", description=__doc__)
    parser.add_argument("base", help="the commit to compare with")
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"how often each is measured (default {PAIRS})")
    parser.add_argument("--channel", choices=("telegram", "whatsapp", "both"), default="both")
    parser.add_argument("--dialogues", type=int, default=1_000, help="of a throughput run (default 1,000)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of a latency run (default 10)")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--json", type=Path, help="keep every run's numbers in this file")
    asked = parser.parse_args()
    channels = ("telegram", "whatsapp") if asked.channel == "both" else (asked.channel,)
    load = [f"--dialogues={asked.dialogues}", f"--seconds={asked.seconds}"]
    with _checkout(asked.base) as base:
        pairs = {channel: list(_pairs(base, channel, asked.pairs, load)) for channel in channels}
    if asked.json is not None:
        asked.json.write_text(json.dumps(pairs, indent=1))
    for channel, measured in pairs.items():
        _print(f"{channel}: {asked.base} and here, {asked.pairs} pairs", measured)
        if asked.write:
            command = f"python -m bench.compare {asked.base} --channel {channel} --pairs {asked.pairs} {' '.join(load)}"
            document.write(f"compared-{channel}", command, document.markdown(HEADINGS, _rows(measured)))
    return 0


@contextlib.contextmanager
def _checkout(commit: str) -> Iterator[Program]:
    """The program as it was, with an environment of its own where it stands on other packages."""
    folder = Path(tempfile.mkdtemp(prefix="taal-base-"))
    root = folder / "checkout"
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(root), commit], cwd=ROOT, check=True)
    try:
        python = sys.executable
        if (root / REQUIREMENTS).read_bytes() != (ROOT / REQUIREMENTS).read_bytes():
            subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
            python = str(folder / "venv" / "bin" / "python")
            subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", str(root / REQUIREMENTS)], check=True)
        yield Program(root, python)
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(root)], cwd=ROOT, check=True)
        shutil.rmtree(folder, ignore_errors=True)


def _pairs(base: Program, channel: str, count: int, load: list[str]) -> Iterator[tuple[Numbers, Numbers]]:
    for number in range(count):
        print(f"{channel}: pair {number + 1} of {count}", file=sys.stderr, flush=True)
        programs = (base, Program()) if number % 2 == 0 else (Program(), base)
        first, second = (_measure(program, channel, load) for program in programs)
        yield (first, second) if number % 2 == 0 else (second, first)


def _measure(program: Program, channel: str, load: list[str]) -> Numbers:
    """A latency run and a throughput run of a program's bot, each of a process of its own."""
    numbers: Numbers = {}
    for only in ("latency", "throughput"):
        command = [sys.executable, "-m", "bench", "--json", f"--only={only}", f"--channel={channel}", *load]
        command += ["--log-level=WARNING", f"--program={program.root}", f"--python={program.python}"]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise RuntimeError(f"{only} of {program.root} did not end well")
        numbers |= json.loads(done.stdout)[channel]
    return numbers


def value(numbers: Numbers, place: tuple[str, ...]) -> float:
    """One number of a run."""
    found: Any = numbers
    for key in place:
        found = found[key]
    return float(found)


def ratios(pairs: list[tuple[Numbers, Numbers]], place: tuple[str, ...]) -> tuple[float, float, float, float, float]:
    """The medians of base and here, and the pairs' ratios (here by base): median, lowest and highest."""
    measured = [(value(base, place), value(here, place)) for base, here in pairs]
    by_pair = [here / base for base, here in measured]
    bases, heres = zip(*measured, strict=True)
    return statistics.median(bases), statistics.median(heres), statistics.median(by_pair), min(by_pair), max(by_pair)


def _rows(pairs: list[tuple[Numbers, Numbers]]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, place in MEASURES.items():
        base, here, *spread = ratios(pairs, place)
        rows.append((name, f"{base:.2f}", f"{here:.2f}", *(f"{ratio:.2f}" for ratio in spread)))
    return rows


def _print(title: str, pairs: list[tuple[Numbers, Numbers]]) -> None:
    table = Table(title=title, title_justify="left")
    for at, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="right" if at else "left")
    for row in _rows(pairs):
        table.add_row(*row)
    Console(highlight=False, width=120).print(table)


if __name__ == "__main__":
    sys.exit(main())
