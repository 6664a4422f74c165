"""What a reseller's PIN leads to. Pure values; a PIN's hash is never printed."""

from bot.dialogue.effects import Effect
from bot.dialogue.looks import Look
from bot.domain.model import Address
from bot.domain.pin import DOTS


class LookPinTries(Look, frozen=True):
    """→ int: how many PINs the speaker's account tried since the last right one, as the counter stands."""


class LookPinLocks(Look, frozen=True):
    """→ PinLocks of the speaker's account."""


class CountLock(Effect, frozen=True):
    """A pause after wrong PINs begins; `for_good` it has no end until the PIN is taken away."""

    for_good: bool


class CountPin(Effect, frozen=True):
    """One more PIN is tried, counted before it is checked: the counter goes from `before` to `tries`, and nobody may
    try another until `locked_until` (0: no pause). A counter that moved meanwhile is a conflict.
    """

    before: int
    tries: int
    locked_until: int


class ForgetTries(Effect, frozen=True):
    """The right PIN was typed: the counter and its pause begin anew."""


class SavePin(Effect, frozen=True):
    """The speaker's account has this PIN from now on; None: it has none."""

    pin_hash: str | None

    def __repr__(self) -> str:
        return f"SavePin({DOTS})"


class SavePinAbove(Effect, frozen=True):
    """The PIN is asked for from this amount upwards; 0: for every sale."""

    above_xof: int


class DropPin(Effect, frozen=True):
    """An admin takes away the PIN of the reseller behind an address, who has forgotten it."""

    address: Address
