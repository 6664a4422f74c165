"""`python -m bench.growth FILE`: fill a file with a year of past."""

import argparse
import sys
from pathlib import Path

from bench.growth.filling import fill
from bench.growth.scale import Scale


def main() -> int:
    """Fill, and say how long it took."""
    parser = argparse.ArgumentParser(prog="bench.growth", description=__doc__)
    parser.add_argument("file", type=Path, help="the database to make")
    parser.add_argument("--scale", type=float, default=1.0, help="a share of the year (default 1.0: a million orders)")
    asked = parser.parse_args()
    if asked.file.exists():
        parser.error(f"{asked.file} is there already")
    seconds = fill(asked.file, Scale.of(asked.scale), tell=lambda text: print(text, file=sys.stderr, flush=True))
    print(f"{asked.file}: {asked.file.stat().st_size / 1e6:.0f} MB in {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
