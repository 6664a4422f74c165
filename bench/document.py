"""Writes what was measured into docs/performance.md, between the marks of its section."""

import datetime
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.process import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"


def machine() -> str:
    """What it was measured on."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column is words and whose others are numbers."""
    lines = [" | ".join(headings), " | ".join(["---"] + ["---:"] * (len(headings) - 1))]
    lines += [" | ".join(row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def write(section: str, command: str, text: str, path: Path = DOCUMENT) -> None:
    """Put a section's text in the place of the old one, with the command, the day and the machine."""
    begin, end = f"<!-- {section} -->\n", f"<!-- /{section} -->"
    before, _, rest = path.read_text("utf-8").partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{path} has no section {section}")
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    path.write_text(f"{before}{begin}`{command}`, {day}, {machine()}:\n\n{text}\n{end}{after}", "utf-8")
