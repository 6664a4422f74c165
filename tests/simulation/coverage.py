"""Which rows of the transition tables were walked, in which state and brought by whom: of the order, the collection and
the pay-back.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias
from unittest.mock import patch

from bot.domain.collection import lifecycle as of_collection
from bot.domain.collection import transitions as collection_table
from bot.domain.order import lifecycle as of_order
from bot.domain.order import transitions as order_table
from bot.domain.payback import lifecycle as of_payback
from bot.domain.payback import transitions as payback_table

Step: TypeAlias = tuple[str, str, int]
"""A table, an event, and the number of its row."""

# Each table, and the page on which it is printed.
TABLES: Final[Mapping[str, tuple[Mapping[type[Any], tuple[Any, ...]], str]]] = {
    "order": (order_table.TRANSITIONS, "docs/orders.md"),
    "collection": (collection_table.TRANSITIONS, "docs/collections.md"),
    "pay-back": (payback_table.TRANSITIONS, "docs/collections.md"),
}
_NUMBERS: Final[dict[int, Step]] = {
    id(row): (name, event.__name__, number)
    for name, (table, _) in TABLES.items()
    for event, rows in table.items()
    for number, row in enumerate(rows, 1)
}


@contextlib.contextmanager
def walked() -> Iterator[Counter[Step]]:
    """Within this, every row that is looked up is counted."""
    counted: Counter[Step] = Counter()

    def counting(look_up: Callable[..., Any]) -> Callable[..., Any]:
        def counts(*args: Any) -> Any:
            row = look_up(*args)
            counted[_NUMBERS[id(row)]] += 1
            return row

        return counts

    with contextlib.ExitStack() as patches:
        for lifecycle in (of_order, of_collection, of_payback):
            patches.enter_context(patch.object(lifecycle, "row_of", counting(lifecycle.row_of)))
        yield counted


def report(counted: Counter[Step]) -> Iterator[str]:
    """What was walked and what was not, in the order of each table."""
    for name, (table, page) in TABLES.items():
        yield f"\nRows of the {name}'s transition table that were walked ({page}):"
        rows_of_table = [(event, *each) for event, rows in table.items() for each in enumerate(rows, 1)]
        for event, number, row in rows_of_table:
            times = counted[name, event.__name__, number]
            states = " ".join(row.states) if len(row.states) < 6 else "every state"
            guard = "" if row.when is None else f", when {row.when.__name__}"
            to = "" if row.to is None else f" -> {row.to}"
            yield f"{times:8} {event.__name__:17} {states} by {' '.join(row.by)}{guard}{to}"
        walked_rows = sum(1 for of, _, _ in +counted if of == name)
        yield f"{walked_rows} of {len(rows_of_table)} rows were walked"
