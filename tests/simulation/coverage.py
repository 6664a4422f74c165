"""Which rows of the order's transition table were walked, in which state and brought by whom."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeAlias
from unittest.mock import patch

from bot.domain.order import lifecycle
from bot.domain.order.case import Case, Event
from bot.domain.order.transitions import TRANSITIONS, Row, row_of

Step: TypeAlias = tuple[str, int]
"""An event, and the number of its row in the table."""

_NUMBERS: dict[int, Step] = {
    id(row): (event.__name__, number) for event, rows in TRANSITIONS.items() for number, row in enumerate(rows, 1)
}


@contextlib.contextmanager
def walked() -> Iterator[Counter[Step]]:
    """Within this, every row that is looked up is counted."""
    counted: Counter[Step] = Counter()

    def look_up(case: Case[Event]) -> Row[Any]:
        row = row_of(case)
        counted[_NUMBERS[id(row)]] += 1
        return row

    with patch.object(lifecycle, "row_of", look_up):
        yield counted


def report(counted: Counter[Step]) -> list[str]:
    """What was walked and what was not, in the order of the table."""
    lines = []
    for event, rows in TRANSITIONS.items():
        for number, row in enumerate(rows, 1):
            times = counted[event.__name__, number]
            states = " ".join(row.states) if len(row.states) < 6 else "every state"
            guard = "" if row.when is None else f", when {row.when.__name__}"
            to = "" if row.to is None else f" -> {row.to}"
            why = "" if times else f"  {NEVER.get((event.__name__, number), '')}"
            lines.append(f"{times:8} {event.__name__:13} {states} by {' '.join(row.by)}{guard}{to}{why}")
    walked_rows = sum(1 for times in counted.values() if times)
    lines.append(f"{walked_rows} of {len(_NUMBERS)} rows were walked")
    return lines


# Why a row is not walked here.
NEVER: dict[Step, str] = {}
