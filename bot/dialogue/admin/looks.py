"""What admins read: orders counted and summed, orders and people found. Pure.

An order belongs to the day on which it was confirmed; money in the books to the day on which it moved.
"""

from bot.dialogue.looks import Look
from bot.domain.model import Address
from bot.repositories.statistics import Filter


class LookNumbers(Look, frozen=True):
    """→ Numbers of the orders confirmed at `since` or later and before `until`. For admins."""

    since: int
    until: int


class LookNeedy(Look, frozen=True):
    """→ int: how many orders need a person; see `repositories.orders.stuck`. For admins."""

    since: int


class LookFiltered(Look, frozen=True):
    """→ Page of everybody's orders, newest first; `since` as in `repositories.orders.stuck`. For admins."""

    filter: Filter
    since: int
    skip: int = 0
    count: int = 6


class LookFound(Look, frozen=True):
    """→ Found: everything that `text` names, a few of each kind; orders confirmed before `since` are left out, except
    by their own number. For admins.
    """

    text: str
    since: int
    count: int = 3


class LookPerson(Look, frozen=True):
    """→ Person | None: whoever is behind an address, None for an address that never wrote or held money. For admins."""

    address: Address
    count: int = 5
