"""The whole program, simulated: hundreds of worlds, each with its own faults, in which every promise holds.

`tests/simulation` is the world, docs/simulation.md says what is in it and how to play a seed again.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.regressions import REGRESSIONS
from tests.simulation.world import simulate

SEEDS = 300
# Played twice: two in which people pay for themselves, and one in which they do not.
SAME = (26, 29, 5)
# So many in one test: two workers share them evenly.
TOGETHER = 6


@pytest.mark.parametrize("first", range(0, SEEDS, TOGETHER))
def test_every_promise_holds_in_every_world(first: int) -> None:
    for seed in range(first, first + TOGETHER):
        simulate(seed)


def test_what_was_broken_once_holds() -> None:
    for seed in REGRESSIONS:
        simulate(seed)


def test_a_seed_does_the_same_again() -> None:
    asked = []
    for seed in SAME:
        once, again = simulate(seed), simulate(seed)
        asked.append(once.shop.collecting is not None and len(once.payers.simulator.sessions))
        assert once.trace == again.trace
        assert once.digest() == again.digest()
    assert asked[0]
    assert asked[1]
    assert asked[2] is False


def test_a_seed_does_the_same_in_another_process() -> None:
    """Also where texts have other hashes, by which sets are ordered."""
    program = "from tests.simulation.world import simulate; print(simulate(26).digest())"
    digests = {
        subprocess.run(
            (sys.executable, "-c", program),
            env=os.environ | {"PYTHONHASHSEED": number},
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for number in ("1", "2")
    }
    assert digests == {simulate(26).digest()}


def test_seeds_differ() -> None:
    assert simulate(1).digest() != simulate(2).digest()
