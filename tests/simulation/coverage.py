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


# Why a row is not walked here, or hardly ever.
_TURNED_AWAY = "only while a look-up that a forged webhook asked for is on its way: hardly ever"
_TRUTHFUL = "the admins here say only what the provider does"
_ONE_CALL = "one call is in flight, and what it brings finds an order that was sent"
_ASKED_FIRST = "what asks looks first whether there is something to do"
NEVER: dict[Step, str] = {
    ("Begun", 3): _ASKED_FIRST,
    ("Cancelled", 2): _ASKED_FIRST,
    ("Delivered", 1): _ONE_CALL,
    ("Delivered", 7): "the admins here deliver late only what no look-up confirmed: hardly ever",
    ("Delivered", 8): "no answer to a call brings further codes here",
    ("Delivered", 9): "no admin here types a further code",
    ("TokenAwaited", 1): _ONE_CALL,
    ("Refused", 2): _TRUTHFUL,
    ("Refused", 3): _TURNED_AWAY,
    ("Refused", 5): _ONE_CALL,
    ("Processing", 1): _TURNED_AWAY,
    ("Processing", 2): _ONE_CALL,
    ("Processing", 6): _TRUTHFUL,
    ("NotSent", 1): _TURNED_AWAY,
    ("Unknown", 1): _TURNED_AWAY,
    ("AnotherAmount", 1): _TURNED_AWAY,
    ("Due", 4): _ASKED_FIRST,
}
