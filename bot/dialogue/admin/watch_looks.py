"""What the watch sees and what admins ask of it: looks, effects, errands, and what may be wrong. Pure values.

A *concern* is one kind of thing that is wrong now, however many orders or people it is about. Its kind is its tag: as
long as it lasts it is one row in the store, told once, and again only when it has grown or has lasted for hours.
"""

from bot.dialogue.effects import Effect
from bot.dialogue.looks import Look


class LookFloat(Look, frozen=True):
    """→ FloatNow at `now`, as far as it is remembered; `balance_xof` is what the provider tells right now."""

    now: int
    balance_xof: int | None = None


class KeepFloat(Effect, frozen=True):
    """The provider told its balance because it was asked: remember it."""

    balance_xof: int


# What may be wrong.


# What is told of a day.
