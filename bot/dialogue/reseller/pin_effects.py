"""What a reseller's PIN leads to: looks, effects and errands. Pure values.

A PIN in clear exists only in memory, from the message that held it to the errand that checks or hashes it. It stands in
a `Pin`, which prints as dots and which nothing can encode, so that it cannot get into a log or the database by mistake.
Structs that hold a hash print without it: of so short a secret the hash alone is worth guessing at.
"""

from bot.dialogue.effects import Answered, Effect, Errand
from bot.dialogue.looks import Look
from bot.domain.model import Address
from bot.domain.pin import DOTS, Pin


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


class CheckPin(Errand, frozen=True):
    """Check a PIN against a hash; the answer comes back as `PinAnswered` with the same `nonce` and `number`.

    `number` says the how many-th try it is; 0 for one that is not counted (a new PIN typed for the second time).
    """

    nonce: str
    pin: Pin
    pin_hash: str
    number: int = 0

    def __repr__(self) -> str:
        return f"CheckPin({DOTS})"


class HashPin(Errand, frozen=True):
    """Hash a new PIN; the answer comes back as `PinHashed` with the same `nonce`."""

    nonce: str
    pin: Pin


class PinAnswered(Answered, frozen=True):
    """Whether a PIN was the one of `pin_hash`."""

    nonce: str
    right: bool
    pin_hash: str
    number: int = 0

    def __repr__(self) -> str:
        return f"PinAnswered({DOTS})"


class PinHashed(Answered, frozen=True):
    """A new PIN's hash."""

    nonce: str
    pin_hash: str

    def __repr__(self) -> str:
        return f"PinHashed({DOTS})"
