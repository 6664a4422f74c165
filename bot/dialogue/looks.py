"""What the dialogue may ask of the store while it decides: each look is answered inside the same transaction. Pure.

A step yields a look and receives its answer, whose type is named in the look's docstring. The store's scripts answer
them with statements; a test answers them from a dictionary. A look never changes anything. What is asked for resellers
and for admins alone stands in those rooms, in a `looks.py` of their own.
"""

from typing import Any

from msgspec import Struct

from bot.domain.model import Address, ServiceName
from bot.store import Script


class Look(Struct, frozen=True):
    """A question to the store; a test knows that every kind of it is answered."""


def look(at: Look) -> Script[Any]:
    """Ask it. The answer's type stands with the kind of question."""
    return (yield at)  # type: ignore[misc]  # Whoever runs a step answers it.


class LookUndo(Look, frozen=True):
    """→ Undo | None: the newest link of the last day in which the address that speaks took part."""

    now: int


class LookMembersOf(Look, frozen=True):
    """→ tuple[Member, ...] of these addresses: each with its language."""

    addresses: tuple[Address, ...]


class LookOrders(Look, frozen=True):
    """→ Page of the orders of the person who speaks."""

    skip: int = 0
    count: int = 5


class LookOrder(Look, frozen=True):
    """→ Order | None. Only the speaker's own, unless `anyone` (for admins). A unique beginning of the id will do."""

    order_id: str
    anyone: bool = False


class LookCodes(Look, frozen=True):
    """→ tuple[Order, ...] that carry recharge codes, newest first: the speaker's own, and those that a reseller bought
    for him since he agreed to have his codes here.
    """

    count: int = 3


class LookTwin(Look, frozen=True):
    """→ Order | None: the newest for this meter and amount that is open, or delivered and confirmed since `since`."""

    service: ServiceName
    reference: str
    amount_xof: int
    since: int


class LookOpen(Look, frozen=True):
    """→ tuple[Order, ...]: the speaker's orders that are not final, newest first."""

    count: int = 5


class LookStuck(Look, frozen=True):
    """→ tuple[Order, ...] that need a person: unknown, token awaited, stuck, or open for long. For admins."""

    since: int
    count: int = 10


class LookTrail(Look, frozen=True):
    """→ Trail | None. For admins."""

    order_id: str


class LookAccount(Look, frozen=True):
    """→ Account of the customer behind `address` (None: the person who speaks)."""

    address: Address | None = None


class LookLink(Look, frozen=True):
    """→ Link | None: the newest of that code; without a code the newest that the speaker made or typed and that has not
    ended.
    """

    code: str = ""


class LookTries(Look, frozen=True):
    """→ Tries of the address that speaks, after `since` and not after `now`."""

    since: int
    now: int
