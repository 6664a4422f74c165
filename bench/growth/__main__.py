"""`python -m bench.growth`: fill a database with a year of past, and print how long everything holds it."""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TypeAlias

from msgspec import to_builtins
from rich.console import Console

from bench import document
from bench.growth.carrying import carry
from bench.growth.databases import databases
from bench.growth.filling import fill, make
from bench.growth.scale import Scale
from bench.growth.table import Measured, in_document, measure, show
from bot import logs

# What is called the empty database has some people and a few orders, so that every step finds what it asks for.
EMPTY = Scale.of(0.0)


def main() -> int:
    """Fill where there is no file yet, then measure over a copy of it and over an empty one."""
    parser = argparse.ArgumentParser(prog="bench.growth", description=__doc__)
    parser.add_argument("--file", type=Path, help="the filled database; made if it is not there, and kept")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite", help="which database is measured")
    parser.add_argument("--url", help="a PostgreSQL where databases may be made (default: one that comes and goes)")
    parser.add_argument("--scale", type=float, default=1.0, help="a share of the year (default 1.0: a million orders)")
    parser.add_argument("--fill-only", action="store_true", help="make the file, and measure nothing")
    parser.add_argument("--directory", type=Path, help="where databases live while this runs (default: as tempfile)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    asked = parser.parse_args()
    logs.configure("CRITICAL", stream=sys.stderr)
    with tempfile.TemporaryDirectory(dir=asked.directory) as folder:
        full = asked.file or Path(folder) / "year.db"
        if not full.exists():
            seconds = fill(full, Scale.of(asked.scale), tell=_tell)
            _tell(f"{full}: {full.stat().st_size / 1e6:.0f} MB in {seconds:.0f} s")
        if asked.fill_only:
            return 0
        over = (
            _over_sqlite(full, Path(folder))
            if asked.store == "sqlite"
            else _over_postgres(full, Path(folder), asked.url)
        )
        of_empty, of_full = over
    if asked.json:
        print(
            json.dumps(
                {"machine": document.machine(), "empty": to_builtins(of_empty), "full": to_builtins(of_full)}, indent=2
            )
        )
    else:
        console = Console(highlight=False, width=200)
        show(console, of_empty, of_full)
        console.print(document.machine())
    if asked.write:
        section, option = ("growth", "") if asked.store == "sqlite" else ("growth-postgres", " --store postgres")
        document.write(section, f"python -m bench.growth{option} --scale {asked.scale}", in_document(of_empty, of_full))
    return 1 if any(each.problem for each in of_full.values()) else 0


Both: TypeAlias = tuple[dict[str, Measured], dict[str, Measured]]


def _over_sqlite(full: Path, folder: Path) -> Both:
    empty, copy = folder / "empty.db", folder / "copy.db"
    fill(empty, EMPTY)
    _tell("measuring over the empty database")
    of_empty = measure(empty)
    shutil.copyfile(full, copy)
    asyncio.run(make(copy))
    _tell("measuring over the full database")
    return of_empty, measure(copy)


def _over_postgres(full: Path, folder: Path, url: str | None) -> Both:
    """The same rows, carried over."""
    empty = folder / "empty.db"
    fill(empty, EMPTY)
    with databases(url) as new:
        of_empty_url, of_full_url = new(), new()
        carry(empty, of_empty_url)
        _tell("measuring over the empty database")
        of_empty = measure(of_empty_url)
        _tell(f"carried over in {carry(full, of_full_url, tell=_tell):.0f} s")
        _tell("measuring over the full database")
        return of_empty, measure(of_full_url)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
