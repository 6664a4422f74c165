"""The files with which operators run the program, as they stand in the project."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.app.running import stop_seconds
from bot.app.serving import AROUND_SECONDS
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
COMPOSE = ROOT / "compose.yaml"
OPERATIONS = ROOT / "docs" / "operations.md"
# What a variable is called that nobody else may see.
SECRET = re.compile("PASSWORD|SECRET|TOKEN|KEY|DATABASE_URL")
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def run(program: str | Path, *arguments: str | Path, **env: str) -> tuple[int, str]:
    """The status of a validator, and what it says."""
    command = [BIN / program, *arguments]
    ran = subprocess.run(command, env=env or None, capture_output=True, text=True, timeout=60, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def longest_stop_seconds() -> float:
    """The longest that a process may take to stop, however PAY_TIMEOUT_SECONDS is set."""
    bounds = Settings.model_fields["pay_timeout_seconds"].metadata
    return stop_seconds(next(bound.le for bound in bounds if hasattr(bound, "le"))) + AROUND_SECONDS


def highest_memory_mib() -> float:
    """The most memory that the bot was measured to take, with the process of long work beside it."""
    performance = (ROOT / "docs" / "performance.md").read_text()
    rows = re.findall(r"(?m)^\| .*memory, highest, MiB \|(.*)\|$", performance)
    beside = re.search(r"takes \d+ to (\d+) MiB", OPERATIONS.read_text())
    assert beside
    return max(float(each) for row in rows for each in re.findall(r"[\d.]+", row)) + int(beside[1])


@cache
def compose() -> Any:  # as deep as YAML is
    """What `compose.yaml` says."""
    return yaml.safe_load(COMPOSE.read_text())


def mib(size: str) -> int:
    """A size as these files write it (512m, 512M, 512Mi, 1g), in MiB."""
    match = re.fullmatch(r"(\d+)([mMgG])i?", size)
    assert match, size
    return int(match[1]) * (1024 if match[2] in "gG" else 1)


def port_of_the_image() -> int:
    """Where the image listens."""
    (port,) = set(re.findall(r"(?m)^EXPOSE (\d+)$|PORT=(\d+)", DOCKERFILE)[0]) - {""}
    return int(port)
