"""What a question is about until it is answered: a value of its own for each kind of question. Pure.

It is kept in the session as a tagged union, so that an impossible value is an error when the session is read, and never
a default. A state says which kind it needs (`State.pending`); whoever stands in it without one has lost their place and
is told so. A kind that is renamed or changed needs no migration: what the version before kept is not understood, and
the person starts again, with nothing paid.
"""

from typing import TypeAlias

from msgspec import Struct

from bot.domain.model import ServiceName


class Reading(Struct, frozen=True):
    """One way to read a number that was typed."""

    service: ServiceName
    reference: str
    amount_xof: int | None = None


class Readings(Struct, frozen=True, tag="readings"):
    """A number that can be read in several ways: which one is meant?"""

    readings: tuple[Reading, ...]


Pending: TypeAlias = Readings
