"""What the dialogue wanted to happen, carried out inside the transaction of its step. Pure.

`DEEDS` says for every kind of effect what does it. Each domain of the dialogue brings its own.
"""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.effects import (
    Effect,
    Say,
)
from bot.store import Script
from bot.transactions.outbound import tell_somebody
from bot.transactions.unit import Unit


def _say(unit: Unit, effect: Say) -> Script[None]:
    yield from tell_somebody(unit, effect.address or unit.address, effect.outbound)


DEEDS: Final[dict[type[Effect], Callable[[Unit, Any], Script[None]]]] = {
    Say: _say,
}
