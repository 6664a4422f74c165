"""Looking up a row in a table of transitions. Pure.

The rows of an event are read from top to bottom; the first that names the state and the bringer, and whose guard holds,
says everything that follows.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar


class AnyRow(Protocol):
    """What a row must have to be found."""

    @property
    def states(self) -> tuple[str, ...]: ...
    @property
    def by(self) -> tuple[str, ...]: ...
    # A row knows the type of its own event's case; no type can say which rows an event has.
    @property
    def when(self) -> Callable[[Any], bool] | None: ...


R = TypeVar("R", bound=AnyRow)


def candidates(rows: Iterable[R], state: str, by: str) -> tuple[R, ...]:
    """The rows that name a state and a bringer, in their order, up to the first without a guard."""
    found: list[R] = []
    for row in rows:
        if state in row.states and by in row.by:
            found.append(row)
            if row.when is None:
                break
    return tuple(found)


def row_of(rows: Iterable[R], state: str, by: str, case: object) -> R:
    """The row that says what follows. Every state and bringer has one that holds without a guard; tests check it."""
    return next(row for row in candidates(rows, state, by) if row.when is None or row.when(case))
