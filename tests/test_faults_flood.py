"""Fault 31, measured: one stranger who types numbers as fast as a machine does not make anybody else's purchase longer.

The real engine, settlement, outbox and store, the simulated provider behind its real client, and a clock that the test
moves; the budget is the real provider's 100 requests a minute.
"""

from pathlib import Path

import pytest

from bot.domain.inbound import Text
from bot.domain.people import Address
from bot.gateway.simulator import Simulator
from tests.in_process import Room, room

pytestmark = pytest.mark.anyio

FLOODER = Address("telegram", "666")
# Fifty a second.
TICK_SECONDS = 0.2
TEXTS_A_TICK = 10
MOST_TIMES = 1.3
LONGEST_SECONDS = 40.0


async def purchases(here: Room, flooding: bool) -> list[float]:
    """How long each of some purchases takes, from the line that is typed to the code: the provider is asked whose meter
    it is, paid, and asked again by polls, since it sends no webhook for these meters.
    """
    took: list[float] = []
    typed = 0
    for number in range(2):
        buyer, began = Address("telegram", str(2_000 + number)), here.clock.now
        await here.hears(buyer, Text(f"w 14{100_000_000 + number * 100 + 2} 5000"))
        confirmed = False
        while not here.codes(buyer) and here.clock.now - began < LONGEST_SECONDS * 1000:
            for _ in range(TEXTS_A_TICK if flooding else 0):
                typed += 1
                await here.hears(FLOODER, Text(f"w 14{500_000_000 + typed} 5000"))
            await here.turn(TICK_SECONDS)
            if not confirmed and any(".confirm." in data for data in here.buttons(buyer)):
                confirmed = True
                await here.taps(buyer, here.button(buyer, "confirm"))
        took.append((here.clock.now - began) / 1000)
    return took


async def test_31_beside_a_flood_of_numbers_a_purchase_takes_as_long_as_without(tmp_path: Path) -> None:
    for name in ("calm", "flooded"):
        (tmp_path / name).mkdir()
    async with room(tmp_path / "calm", rate_per_minute=100, simulator=Simulator(pace=1.0)) as here:
        calm = await purchases(here, flooding=False)
    async with room(tmp_path / "flooded", rate_per_minute=100, simulator=Simulator(pace=1.0)) as here:
        flooded = await purchases(here, flooding=True)
        assert not await here.rows("SELECT key FROM inbox WHERE handled_at IS NULL")
    assert 10 < min(calm) <= max(calm) < 20
    assert sum(flooded) <= MOST_TIMES * sum(calm), (calm, flooded)
    assert max(flooded) <= MOST_TIMES * max(calm), (calm, flooded)
