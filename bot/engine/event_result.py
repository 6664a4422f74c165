"""What a step is being carried out for, and what it leaves to be done after the commit. Pure."""

from dataclasses import dataclass, field

from bot.dialogue.tasks import Inquire, Task
from bot.domain.people import Address, Language
from bot.repositories.outbox import OutboxMessage
from bot.transactions.installation import Installation
from bot.transactions.orders import SettlementResult
from bot.transactions.unit import Unit


@dataclass
class EventResult:
    """What handling an event leaves to be done after the commit. `fresh` is False for an update seen before.

    `address` is the chat in which it was heard, whatever the channel calls the person now.
    """

    fresh: bool = True
    posted: list[OutboxMessage] = field(default_factory=list)
    inquiry: Inquire | None = None
    inquiry_wait_ms: int = 0
    tasks: list[Task] = field(default_factory=list)
    wake: list[str] = field(default_factory=list)
    state: str = ""
    settled: SettlementResult = field(default_factory=SettlementResult)
    address: Address | None = None
    collect: list[str] = field(default_factory=list)

    @property
    def is_held(self) -> bool:
        """Whether something that was said is held back, so that the person is to see that we are at work."""
        return any(message.is_held for message in self.posted)

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
        return Unit(
            installation, address, customer, language, now, takes_up, self.posted, self.wake, self.settled, self.collect
        )
