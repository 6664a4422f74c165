"""What admins did, what they asked for, and what they may decide. Pure."""

from typing import Literal, TypeAlias

from msgspec import Struct

from bot.domain.model import Address, Language, Role
from bot.repositories.accounts import Member
from bot.repositories.money import Balance
from bot.repositories.people import Terms


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
    """An admin. `fixed` ones stand in the settings: their role cannot be taken away here. `named_at` is when the role
    was given in a chat. One whose account is `frozen` may do nothing.
    """

    address: Address
    role: Role
    customer: str
    language: Language
    fixed: bool
    named_at: int = 0
    frozen: bool = False


class Touched(Struct, frozen=True):
    """Whose affairs an act decides: those of the account behind an address, of an order, or of every reseller whom a
    change of the shop's `fee` or `commission` for a service reaches (`fee:woyofal`).
    """

    address: Address | None = None
    order: str = ""
    rule: str = ""


# Why an act is one's own affair: one's own account, or one that was ever joined to it; a client, or whose client one
# is; a meter that one keeps; a rule that one earns by.
Interest: TypeAlias = Literal["own", "client", "meter", "rule"]


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
    """A confirmed draft that waits for a second person, or did. `customer` is the account of the one who asked, who may
    do it alone from `alone_at` on; None: never.
    """

    id: str
    draft: str
    why: str
    address: Address
    customer: str
    language: Language
    amount_xof: int
    asked_at: int
    expires_at: int
    alone_at: int | None
    state: Literal["asked", "approved", "refused", "expired", "void"]


class UsedReference(Struct, frozen=True):
    """A payment's reference that was counted: when, by whom, for whom, and how much (negative: taken)."""

    reference: str
    at: int
    by: str
    address: str
    amount_xof: int
