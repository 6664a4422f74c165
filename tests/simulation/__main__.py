"""Play many worlds: `python -m tests.simulation --seeds 1000`. Exits with 1 when a promise was broken."""

import argparse
import os
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from itertools import islice

from tests.simulation.coverage import Step, report, walked
from tests.simulation.world import Failed, simulate

TRACE_LINES = 60
A_TURN = 20


@dataclass
class Played:
    """What came of some seeds."""

    seeds: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    steps: Counter[Step] = field(default_factory=Counter)
    payments: int = 0
    collections: int = 0
    paybacks: int = 0
    commits: int = 0
    failures: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: "Played") -> None:
        self.seeds += other.seeds
        self.faults += other.faults
        self.steps += other.steps
        self.payments += other.payments
        self.collections += other.collections
        self.paybacks += other.paybacks
        self.commits += other.commits
        self.failures += other.failures


def play(seeds: range, stop_at_first: bool) -> Played:
    """Play these seeds, one after another."""
    played = Played()
    with walked() as played.steps:
        for seed in seeds:
            played.seeds += 1
            try:
                world = simulate(seed)
            except Failed as failure:
                world = failure.world
                played.failures.append((seed, _story(failure)))
            played.faults += world.faults.seen
            played.payments += len(world.provider.payments)
            if world.shop.collecting is not None:
                played.collections += len(world.payers.simulator.sessions)
                played.paybacks += len(world.payers.simulator.paid_out)
            played.commits += world.database.commits
            if played.failures and stop_at_first:
                break
    return played


def _story(failure: Failed) -> str:
    world = failure.world
    error = failure.__cause__
    told = traceback.format_exception(error)[-8:] if error is not None else []
    faults = ", ".join(f"{kind} {strength:.2f}" for kind, strength in world.faults.strength.items())
    return "\n".join([str(failure), *world.trace[-TRACE_LINES:], "".join(told), f"faults: {faults}"])


def play_all(first: int, count: int, processes: int, stop_at_first: bool) -> Played:
    """Play `count` seeds from `first` on, in several processes."""
    played = Played()
    turns = (range(at, min(at + A_TURN, first + count)) for at in range(first, first + count, A_TURN))
    if processes == 1:
        for turn in turns:
            played.add(play(turn, stop_at_first))
            if played.failures and stop_at_first:
                break
        return played
    with ProcessPoolExecutor(processes) as pool:
        running = {pool.submit(play, turn, stop_at_first) for turn in islice(turns, 2 * processes)}
        while running:
            done = next(as_completed(running))
            running.discard(done)
            one = done.result()
            played.add(one)
            for _, story in one.failures:
                # Long before the end of a long run.
                print(story.partition("\n")[0], file=sys.stderr, flush=True)
            if not (played.failures and stop_at_first):
                running |= {pool.submit(play, turn, stop_at_first) for turn in islice(turns, 1)}
    return played


def told(played: Played, seconds: float) -> Iterator[str]:
    """What is printed."""
    yield f"{played.seeds} seeds in {seconds:.1f} s: {played.seeds / seconds:.1f} a second"
    yield f"{played.payments} payments were accepted, {played.commits} transactions committed"
    yield f"{played.collections} payers were asked, {played.paybacks} pay-backs were taken"
    yield "\nFaults that came about:"
    for kind, times in sorted(played.faults.items()):
        yield f"{times:8} {kind}"
    yield from report(played.steps)


def commit() -> str:
    """Of which state of the code a failure is."""
    described = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return described.stdout.strip() or "unknown"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=300, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="play this one alone and print all that happened")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--stop-at-first", action="store_true", help="end with the first broken promise")
    parser.add_argument("--quiet", action="store_true", help="print one line alone")
    options = parser.parse_args()
    if options.seed is not None:
        return replay(options.seed)
    began = time.monotonic()
    played = play_all(options.first, options.seeds, options.processes, options.stop_at_first)
    if not options.quiet:
        print(*told(played, time.monotonic() - began), sep="\n")
    for seed, story in sorted(played.failures):
        line = story.partition("\n")[0]
        print(f"\n{line}" if options.quiet else f"\ncommit {commit()}\n{story}")
        print(f"again: python -m tests.simulation --seed {seed}")
    if options.quiet:
        print(f"{played.seeds} seeds, {len(played.failures)} broken")
    return 1 if played.failures else 0


def replay(seed: int) -> int:
    """Play one seed and print its trace."""
    try:
        world = simulate(seed)
    except Failed as failure:
        print(*failure.world.trace, sep="\n")
        traceback.print_exception(failure.__cause__)
        print(failure)
        return 1
    print(*world.trace, sep="\n")
    print(f"digest {world.digest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
