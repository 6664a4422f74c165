"""One event's unit of work: for whom something happens and when, and what it leaves to be done after the commit. Pure.

A unit is made anew each time a transaction is run, so that a transaction that is run again leaves nothing twice.
"""

from dataclasses import dataclass, field

from bot.domain.people import Address, Language
from bot.repositories.outbox import OutboxMessage
from bot.repositories.people import Selling
from bot.transactions.installation import Installation
from bot.transactions.orders import SettlementResult


@dataclass
class Unit:
    """`address` is the chat in which it happens, `customer` the account that it is for, `language` the one that the
    person reads. `takes_up`: this process takes up what is ordered. `selling` is what they sell under, if they sell for
    a reseller: then it is the reseller's account that buys (`buyer`).

    What is left for after the commit: messages that were `posted`, orders to `wake`, collections to `collect`, and what
    was `settled`.
    """

    installation: Installation
    address: Address
    customer: str
    language: Language
    now: int
    takes_up: bool = False
    posted: list[OutboxMessage] = field(default_factory=list)
    wake: list[str] = field(default_factory=list)
    settled: SettlementResult = field(default_factory=SettlementResult)
    collect: list[str] = field(default_factory=list)
    selling: Selling | None = None

    @property
    def buyer(self) -> str:
        """The account that is charged for what the person buys."""
        return self.customer if self.selling is None else self.selling.shop
