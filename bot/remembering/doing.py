"""What a step is being carried out for, and what it leaves to be done after the commit. Pure."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from bot.dialogue import Session
from bot.dialogue.effects import Errand, Inquire
from bot.domain.model import Address, Language, encode
from bot.repositories.orders import find_order, save_order
from bot.repositories.outbox import OutboxMessage
from bot.store import Script
from bot.transactions.installation import Installation
from bot.transactions.orders import SettlementResult
from bot.transactions.unit import Unit


@dataclass
class EventResult:
    """What remembering an event leaves to be done after the commit. `fresh` is False for an update seen before.

    `address` is the chat in which it was heard, whatever the channel calls the person now.
    """

    fresh: bool = True
    posted: list[OutboxMessage] = field(default_factory=list)
    inquiry: Inquire | None = None
    inquiry_wait_ms: int = 0
    errands: list[Errand] = field(default_factory=list)
    wake: list[str] = field(default_factory=list)
    state: str = ""
    settled: SettlementResult = field(default_factory=SettlementResult)
    address: Address | None = None

    def unit(
        self,
        installation: Installation,
        address: Address,
        customer: str,
        language: Language,
        now: int,
        *,
        takes_up: bool = False,
    ) -> Unit:
        """The unit of work that leaves here what it leaves to be done."""
        return Unit(installation, address, customer, language, now, takes_up, self.posted, self.wake, self.settled)


def make_due(order_id: str, now: int) -> Script[list[str]]:
    """Somebody asks about an order: it is due now, unless it has ended or is in somebody's hands."""
    order = yield from find_order(order_id)
    if order is None or order.is_final or order.state == "sending":
        return []
    yield from save_order(replace(order, due_at=now, updated_at=now))
    return [order.id]


def make_known(address: Address, language: Language, now: int) -> Script[str]:
    """The customer behind an address; one who has not written yet gets an empty session. `language` is only in which
    they are written to until they say something themselves.
    """
    rows = yield "session_load", {"address": str(address)}
    if rows:
        return str(rows[0]["customer"])
    session = Session(language=language)
    yield (
        "session_add",
        {
            "address": str(address),
            "customer": str(address),
            "language": language,
            "body": encode(session).decode(),
            "now": now,
            "inquiry_due_at": None,
        },
    )
    return str(address)
