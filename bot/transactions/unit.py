"""One event's unit of work: for whom something happens and when, and what it leaves to be done after the commit. Pure.

A unit is made anew each time a transaction is run, so that a transaction that is run again leaves nothing twice.
"""

from dataclasses import dataclass, field

from bot.domain.people import Address, Language
from bot.repositories.outbox import OutboxMessage
from bot.transactions.installation import Installation
from bot.transactions.orders import SettlementResult


@dataclass
class Unit:
    """`address` is the chat in which it happens, `customer` the account that it is for, `language` the one that the
    person reads. `takes_up`: this process takes up what is ordered.

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
