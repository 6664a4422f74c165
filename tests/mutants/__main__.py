"""Plant every bug and see who finds it: `python -m tests.mutants`. Exits with 1 when one survives."""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

from tests.mutants.page import write, written
from tests.mutants.planting import SEEDS, Found, hunt
from tests.mutants.table import MUTANTS

TAIL_CHARACTERS = 1500


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="plant these alone")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many worlds the simulation may take")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)), help="so many bugs at once")
    parser.add_argument("--write", action="store_true", help="write the figures into docs/mutants.md")
    options = parser.parse_args()
    if unknown := set(options.names) - {mutant.name for mutant in MUTANTS}:
        parser.error(f"no such bug: {', '.join(sorted(unknown))}")
    wanted = [mutant for mutant in MUTANTS if not options.names or mutant.name in options.names]
    found: dict[str, Found] = {}
    with ThreadPoolExecutor(options.processes) as pool:
        hunts = {pool.submit(hunt, mutant, options.seeds): mutant for mutant in wanted}
        for done in as_completed(hunts):
            mutant, one = hunts[done], done.result()
            found[mutant.name] = one
            print(f"{mutant.name:34} {one.by or 'SURVIVES'} {one.after}", flush=True)
            if not one.by:
                print(one.output[-TAIL_CHARACTERS:], flush=True)
    survivors = [name for name, one in found.items() if not one.by]
    print(f"{len(found)} planted, {len(survivors)} survived")
    if options.write:
        write(written() | {name: one for name, one in found.items() if one.by})
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
