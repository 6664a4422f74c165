"""A bug is planted in a copy of the project, and whoever has to find it is let loose on that."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutants.mutant import Mutant

ROOT: Final = Path(__file__).parent.parent.parent
# What the simulation and the tests that are named need.
COPIED: Final = ("bot", "locales", "tests", "docs", "deploy", "pyproject.toml", "README.md", "Makefile")
SEEDS: Final = 2000
LIMIT_SECONDS: Final = 1800.0
# Exit statuses: tests ran and some failed. Others say that nothing could be run.
FAILED: Final = 1

_BROKEN: Final = re.compile(r"^seed (\d+): \w+: (.*)$", re.MULTILINE)
_TEST: Final = re.compile(r"^FAILED (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """Who found a bug, in how many seeds or seconds; `by` is empty where nobody did."""

    by: str
    after: str
    output: str = ""


def plant(mutant: Mutant, into: Path) -> None:
    """Copy the project and plant a bug in the copy."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, into / name)
        else:
            shutil.copy2(source, into / name)
    file = into / mutant.file
    text = file.read_text("utf-8")
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: its text stands {text.count(mutant.old)} times in {mutant.file}")
    file.write_text(text.replace(mutant.old, mutant.new), "utf-8")


def hunt(mutant: Mutant, seeds: int = SEEDS) -> Found:
    """Plant a bug and have it looked for."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as directory:
        plant(mutant, Path(directory))
        began = time.monotonic()
        if mutant.tests:
            return _by_test(*_run(directory, "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutant.tests), began)
        wanted = ("--seeds", str(seeds), "--stop-at-first", "--quiet", "--processes", "1")
        return _by_simulation(*_run(directory, "tests.simulation", *wanted))


def _run(directory: str, module: str, *arguments: str) -> tuple[int, str]:
    process = subprocess.Popen(
        (sys.executable, "-m", module, *arguments),
        cwd=directory,
        env=os.environ | {"PYTHONPATH": directory},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return -1, output
    return process.returncode, output


def _by_simulation(status: int, output: str) -> Found:
    broken = _BROKEN.search(output)
    if status != FAILED or broken is None:
        return Found("", "", output)
    seeds = int(broken[1]) + 1
    return Found("simulation", f"{seeds} seed{'s' if seeds > 1 else ''}: {promise(broken[2])}", output)


def _by_test(status: int, output: str, began: float) -> Found:
    failed = _TEST.search(output)
    if status != FAILED or failed is None:
        return Found("", "", output)
    return Found(failed[1].partition("[")[0], f"{time.monotonic() - began:.0f} s", output)


def promise(broken: str) -> str:
    """Which promise was broken, in short: `I1` to `I5` as the simulation names them."""
    number = re.match(r"I\d", broken)
    return number[0] if number else broken.partition(":")[0]
