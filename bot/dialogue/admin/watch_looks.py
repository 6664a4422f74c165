"""What the watch sees and what admins ask of it: looks, effects, errands, and what may be wrong. Pure values.

A *concern* is one kind of thing that is wrong now, however many orders or people it is about. Its kind is its tag: as
long as it lasts it is one row in the store, told once, and again only when it has grown or has lasted for hours.
"""

from bot.dialogue.effects import Answered, Effect, Errand
from bot.dialogue.looks import Look
from bot.domain.audit import Findings


class LookFloat(Look, frozen=True):
    """→ FloatNow at `now`, as far as it is remembered; `balance_xof` is what the provider tells right now."""

    now: int
    balance_xof: int | None = None


class KeepFloat(Effect, frozen=True):
    """The provider told its balance because it was asked: remember it."""

    balance_xof: int


class AskAudit(Errand, frozen=True):
    """Audit the days from `first` to `last`; the answer comes back as `AuditAnswered`."""

    first: str
    last: str


class AuditAnswered(Answered, frozen=True):
    """What an `AskAudit` came to."""

    findings: Findings


# What may be wrong.


# What is told of a day.
