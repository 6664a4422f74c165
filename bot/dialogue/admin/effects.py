"""What admins cause, to people, orders and rules, and the log of it: pure values, carried out in the step's
transaction.
"""

from collections.abc import Mapping

from bot.dialogue.effects import Effect
from bot.domain.catalog import Commission
from bot.domain.model import Address, Role, ServiceName


class Audit(Effect, frozen=True):
    """One line of the append-only audit log: the person who speaks did `what` to `target`, and `why`.

    Every act writes exactly one, in the step that does it, and that it is there means that the act was done.
    `amount_xof` is the money that it moved or put at stake: it counts towards what one admin may do alone. Where a
    second person approved, `by` is the address that asked and `second` the one that approved; else `by` is empty and
    the line names the address that speaks.
    """

    what: str
    target: str
    why: str = ""
    amount_xof: int = 0
    second: str = ""
    by: str = ""


class KeepApproval(Effect, frozen=True):
    """Keep a confirmed draft of the person who speaks until another admin approves or refuses it, or until `alone_at`
    and they confirm it alone.
    """

    id: str
    draft: str
    why: str
    amount_xof: int
    expires_at: int
    alone_at: int | None = None


class EndApproval(Effect, frozen=True):
    """A draft that was kept is approved (and done in this same step), refused, expired or void; once."""

    id: str
    state: str


class Refund(Effect, frozen=True):
    """Make a delivered order good, once. The step has looked at the order and the books in this transaction."""

    order_id: str
    amount_xof: int
    note: str


class Freeze(Effect, frozen=True):
    """Pause the account behind an address, or let it buy again (`frozen` False).

    A pause stops the account's running lists of sales: what was not sent is called back and its money is free.
    """

    address: Address
    frozen: bool


class SetLimit(Effect, frozen=True):
    """How far below zero the account behind an address may go, in XOF; None: as the settings say."""

    address: Address
    limit_xof: int | None


class SetDayLimit(Effect, frozen=True):
    """The most that may leave a reseller's balance in a day, in XOF; None: no limit."""

    address: Address
    day_limit_xof: int | None


class SetRule(Effect, frozen=True):
    """Change one of the shop's rules (`shop.under_rules` knows their names); None: as the settings say."""

    name: str
    value: str | None


class NameAdmin(Effect, frozen=True):
    """Give an address a role; None: take it away."""

    address: Address
    role: Role | None


class MakeReseller(Effect, frozen=True):
    """Make the account behind an address a reseller's, or give its shop another name."""

    address: Address
    shop_name: str


class SetTerms(Effect, frozen=True):
    """The commissions of a reseller's own, all of them."""

    address: Address
    commissions: Mapping[ServiceName, Commission]


class EndReseller(Effect, frozen=True):
    """The account behind an address is no reseller's any more; its money stays."""

    address: Address
