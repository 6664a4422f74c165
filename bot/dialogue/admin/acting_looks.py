"""What admins ask of the store before they act. Pure; each look's answer is named in its docstring."""

from bot.dialogue.looks import Look
from bot.domain.model import Address
from bot.repositories.acts import Touched


class LookStanding(Look, frozen=True):
    """→ Standing of the person behind an address."""

    address: Address


class LookUnsent(Look, frozen=True):
    """→ Unsent of a customer's account."""

    customer: str


class LookAdmins(Look, frozen=True):
    """→ tuple[Admin, ...], owners first."""


class LookInterest(Look, frozen=True):
    """→ Interest | None: why what is touched is the affair of the person behind an address."""

    whose: Address
    touched: Touched


class LookLog(Look, frozen=True):
    """→ tuple[AuditLine, ...], newest first, of a stretch of time; `about` is an address that acted or was acted on, or
    an order, a service, a verb; empty for all.
    """

    since: int = 0
    until: int = 1 << 62
    about: str = ""
    count: int = 15


class LookMoved(Look, frozen=True):
    """→ int: the XOF that the person who speaks moved alone after `since`, from any address that was ever theirs."""

    since: int


class LookReference(Look, frozen=True):
    """→ UsedReference | None."""

    reference: str


class LookSameMove(Look, frozen=True):
    """→ AuditLine | None: the last `what` (credit, debit) of just so much for the person behind an address after
    `since`."""

    what: str
    address: Address
    amount_xof: int
    since: int


class LookApproval(Look, frozen=True):
    """→ Approval | None."""

    id: str


class LookSetUp(Look, frozen=True):
    """→ Shop as it was set up, without what admins have changed since."""


class LookDefaultLimit(Look, frozen=True):
    """→ int: how far below zero an account may go that has no limit of its own, in XOF."""
