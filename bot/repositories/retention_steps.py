"""What a sweep of `retention` is made of. Pure."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from bot.store import Rows, Script

DAY_MS = 86_400_000
# A step of so many rows takes the database about a millisecond (measured over 100,000 rows of each table).
STEP_ROWS = 100

Key: TypeAlias = str | int


class Stretch(Struct, frozen=True):
    """What one step may look at: `count` rows of a table, along its key `after` where it is walked; what is older than
    `before` goes.
    """

    now: int
    before: int
    after: Key | None = None
    count: int = STEP_ROWS


class Step(Struct, frozen=True):
    """What a step did: how many rows went, and where the next one begins (None: the sweep is over)."""

    gone: int
    after: Key | None = None


class Rule(Struct, frozen=True):
    """A table, for how many days its rows are kept, and the sweep that forgets older ones. `passes` only reads: it
    answers as the sweep's step would where that has nothing to forget, and None where it may have.
    """

    table: str
    days: int
    sweep: Callable[[Stretch], Script[Step]]
    passes: Callable[[Stretch], Script[Step | None]] | None = None


def more(of: Stretch, gone: int) -> Step:
    return Step(gone, 0 if gone == of.count else None)


def walked(of: Stretch, gone: int, rows: Rows, upto: Key, *, is_old: bool = True) -> Step:
    """Where a walk goes on; it ends where the key does, or, where keys are given out in the order of time, with the
    first stretch whose last row is not old.
    """
    return Step(gone, upto if is_old and len(rows) == of.count else None)
