"""What admins ask of the store before they act. Pure; each look's answer is named in its docstring."""

from typing import Literal

from msgspec import Struct

from bot.dialogue.looks import Balance, Look, Member
from bot.dialogue.session import Terms
from bot.model import Address, Language, Role


class Standing(Struct, frozen=True):
    """What the person behind an address is. `known` says that he ever wrote or was credited, `members` are the
    addresses of his account. `limit_xof` is a credit limit of his own. `role` is the address's, the rest the account's.
    """

    customer: str
    known: bool
    members: tuple[Member, ...]
    balance: Balance
    role: Role | None = None
    reseller: Terms | None = None
    frozen: bool = False
    limit_xof: int | None = None


class Admin(Struct, frozen=True):
    """An admin. `fixed` ones stand in the settings: their role cannot be taken away here."""

    address: Address
    role: Role
    customer: str
    language: Language
    fixed: bool


class Unsent(Struct, frozen=True):
    """The lines of an account's running lists of sales that were not sent yet, and what is set aside for them."""

    lines: int = 0
    total_xof: int = 0


class AuditLine(Struct, frozen=True):
    """One line of the audit log."""

    at: int
    address: str
    role: str
    what: str
    target: str
    amount_xof: int
    why: str
    second: str


class Approval(Struct, frozen=True):
    """A confirmed draft that waits for a second person, or did. `customer` is the account of the one who asked."""

    id: str
    draft: str
    why: str
    address: Address
    customer: str
    language: Language
    amount_xof: int
    asked_at: int
    expires_at: int
    state: Literal["asked", "approved", "refused", "expired", "void"]


class LookStanding(Look, frozen=True):
    """→ Standing of the person behind an address."""

    address: Address


class LookUnsent(Look, frozen=True):
    """→ Unsent of a customer's account."""

    customer: str


class LookAdmins(Look, frozen=True):
    """→ tuple[Admin, ...], owners first."""


class LookLog(Look, frozen=True):
    """→ tuple[AuditLine, ...], newest first, of a stretch of time; `about` is an address that acted or was acted on, or
    an order, a service, a verb; empty for all.
    """

    since: int = 0
    until: int = 1 << 62
    about: str = ""
    count: int = 15


class LookMoved(Look, frozen=True):
    """→ int: the XOF that the person who speaks moved by himself alone after `since`."""

    since: int


class LookApproval(Look, frozen=True):
    """→ Approval | None."""

    id: str


class LookSetUp(Look, frozen=True):
    """→ Shop as it was set up, without what admins have changed since."""


class LookDefaultLimit(Look, frozen=True):
    """→ int: how far below zero an account may go that has no limit of its own, in XOF."""
