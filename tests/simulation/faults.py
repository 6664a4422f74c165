"""What goes wrong in a world: drawn from its seed, each kind with its own strength, most of them not at all."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

T = TypeVar("T")

# Each kind and how strong it may be: a probability for each chance that it has, or a number of times.
KINDS: Final[dict[str, tuple[float, float]]] = {
    # The provider and the way to it, by call.
    "unreachable": (0.05, 0.3),
    "lost before acceptance": (0.05, 0.3),
    "lost after acceptance": (0.05, 0.4),
    "cut off after acceptance": (0.05, 0.3),
    "5xx before acceptance": (0.05, 0.3),
    "5xx after acceptance": (0.05, 0.3),
    "garbage": (0.05, 0.3),
    "odd word": (0.05, 0.3),
    "slow provider": (0.1, 0.6),
    "late answer": (0.1, 0.7),
    "look-up fails": (0.1, 0.6),
    "inquiry fails": (0.05, 0.2),
    "outage": (1, 2),
    "contradiction": (0.05, 0.3),
    "another amount": (0.05, 0.3),
    "moods": (0.3, 1.0),
    # Webhooks.
    "webhook lost": (0.2, 1.0),
    "webhook doubled": (0.2, 0.8),
    "webhook late": (0.2, 0.8),
    "webhook early": (0.1, 0.6),
    "webhook forged": (0.1, 0.5),
    # Channels, by send or update.
    "send later": (0.05, 0.3),
    "send refused": (0.02, 0.1),
    "send answer lost": (0.05, 0.2),
    "send raises": (0.02, 0.15),
    "send hangs": (0.01, 0.05),
    "report lost": (0.1, 0.5),
    "report failed": (0.05, 0.3),
    "update doubled": (0.05, 0.4),
    "update late": (0.05, 0.4),
    # The machine.
    "clock jumps": (1, 3),
    "crash": (1, 4),
    "frozen": (1, 2),
    "database busy": (0.01, 0.1),
    "slow database": (0.05, 0.3),
    # People.
    "flood": (0.1, 0.4),
    "double tap": (0.1, 0.5),
    "old button": (0.1, 0.4),
    # Payers and pay-backs, where customers pay for themselves.
    "payer moods": (0.3, 1.0),
}


@dataclass
class Faults:
    """The faults of one world. `seen` counts those that came about."""

    chance: random.Random
    strength: dict[str, float] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    healed: bool = False

    @classmethod
    def draw(cls, chance: random.Random) -> "Faults":
        """A subset, from none to most of them."""
        share = chance.choice((0.0, 0.1, 0.2, 0.3, 0.5, 0.7))
        faults = cls(chance)
        for kind, (least, most) in KINDS.items():
            # Drawn in any case, so that a kind that is left out changes nothing about the others.
            is_in, strength = chance.random() < share, chance.uniform(least, most)
            if is_in:
                faults.strength[kind] = strength
        return faults

    def strikes(self, kind: str) -> bool:
        """Whether a fault comes about now."""
        strength = self.strength.get(kind, 0.0)
        if self.healed or not strength or self.chance.random() >= strength:
            return False
        self.seen[kind] += 1
        return True

    def times(self, kind: str) -> int:
        """How often a fault of the machine is to come about."""
        return round(self.strength.get(kind, 0.0))

    def one_of(self, kinds: Sequence[str]) -> str | None:
        """The first of these that comes about."""
        for kind in kinds:
            if self.strikes(kind):
                return kind
        return None
