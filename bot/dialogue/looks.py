"""What the dialogue may ask of the store while it decides: each look is answered inside the same transaction. Pure.

A step yields a look and receives its answer, whose type is named in the look's docstring. The store's scripts answer
them with statements; a test answers them from a dictionary. A look never changes anything. What is asked for resellers
and for admins alone stands in those rooms, in a `looks.py` of their own.
"""

from typing import Literal

from msgspec import Struct

from bot.domain.model import Address, Language, ServiceName
from bot.domain.order import Order


class Look(Struct, frozen=True):
    """A question to the store; a test knows that every kind of it is answered."""


class Balance(Struct, frozen=True):
    """A customer's money: what is his own, what is held for open orders, and how far below zero he may go."""

    available_xof: int
    held_xof: int = 0
    credit_limit_xof: int = 0

    @property
    def spendable_xof(self) -> int:
        return self.available_xof + self.credit_limit_xof


class Movement(Struct, frozen=True):
    """One line of a customer's account.

    `kind` is credit, debit, hold, release, spend (a difference came back), reopen, refund or join (another account's
    money).
    """

    kind: str
    amount_xof: int
    at: int
    order_id: str | None = None
    note: str = ""


class SavedMeter(Struct, frozen=True):
    """A meter or reference that the person keeps, with his own name for it."""

    id: int
    service: ServiceName
    reference: str
    holder: str
    nickname: str


class RecentMeter(Struct, frozen=True):
    """A meter or reference that the person paid for lately and has not saved."""

    service: ServiceName
    reference: str
    holder: str


class Page(Struct, frozen=True):
    """Some orders, newest first; `more` says that older ones follow."""

    orders: tuple[Order, ...]
    more: bool


class TrailLine(Struct, frozen=True):
    """One move of an order as the journal keeps it (`what` is `source: outcome`, `state` the state after it)."""

    at: int
    what: str
    state: str
    detail: str = ""


class Trail(Struct, frozen=True):
    """Everything about one order."""

    order: Order
    lines: tuple[TrailLine, ...]
    movements: tuple[tuple[str, int], ...]


class Member(Struct, frozen=True):
    """An address that shares an account, and its language; `heard`: they chose it by writing. Until then nobody knows
    which they read.
    """

    address: Address
    language: Language
    heard: bool = True


class Account(Struct, frozen=True):
    """A customer and what is his: `customer` is the address that the account is named after, and one of `members`.

    `frozen` says that an admin has paused it, `reseller` that it sells to clients of its own.
    """

    customer: str
    members: tuple[Member, ...]
    balance: Balance
    orders: int = 0
    meters: int = 0
    frozen: bool = False
    reseller: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing could be lost or shown by joining it to another."""
        return not (self.balance.available_xof or self.balance.held_xof or self.orders or self.meters)


class Link(Struct, frozen=True):
    """A code that joins two addresses to one account.

    `address` made it, `other` typed it. It is `made`, then `asked` (the maker is asked), then `joined` or `refused`; a
    newer code of the same maker makes it `replaced`. `expires_at` is the end of the step that it is in.
    """

    id: int
    code: str
    address: Address
    language: Language
    made_at: int
    expires_at: int
    state: Literal["made", "asked", "joined", "refused", "replaced"]
    other: Address | None = None
    other_language: Language = "fr"


class Tries(Struct, frozen=True):
    """How many codes an address made lately, how many wrong ones it typed, and how many everybody together."""

    made: int
    wrong: int
    all_wrong: int = 0


class Undo(Struct, frozen=True):
    """What undoing a link would do now: `theirs` leave the account of `ours`, `back_xof` goes with them, and
    `missing_xof` of what they brought has been spent by others. `until` is the end of its day.
    """

    link_id: int
    ours: tuple[Address, ...]
    theirs: tuple[Address, ...]
    back_xof: int
    missing_xof: int
    until: int
    frozen: bool = False


class LookUndo(Look, frozen=True):
    """→ Undo | None: the newest link of the last day in which the address that speaks took part."""

    now: int


class LookMembersOf(Look, frozen=True):
    """→ tuple[Member, ...] of these addresses: each with its language."""

    addresses: tuple[Address, ...]


class LookBalance(Look, frozen=True):
    """→ Balance of `customer`, or of the customer behind `address` (neither: the person who speaks).

    Nobody yet: a balance of 0.
    """

    address: Address | None = None
    customer: str | None = None


class LookMovements(Look, frozen=True):
    """→ tuple[Movement, ...] of the person who speaks, newest first."""

    count: int = 5


class LookMeters(Look, frozen=True):
    """→ tuple[SavedMeter, ...] of the person who speaks, for one service or all, last used first."""

    service: ServiceName | None = None


class LookRecent(Look, frozen=True):
    """→ tuple[RecentMeter, ...]: paid for lately by the person who speaks, newest first, saved ones left out."""

    service: ServiceName
    count: int = 3


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
