"""Messages to people, put in the outbox in the transaction of what they tell of. Pure."""

from bot.domain.outbound import Outbound
from bot.domain.people import Address
from bot.repositories.outbox import say
from bot.store import Script
from bot.transactions.people import make_known
from bot.transactions.unit import Unit


def tell_somebody(unit: Unit, address: Address, outbound: Outbound) -> Script[None]:
    """Put a message in somebody's outbox; whoever has not written yet is written to in the unit's language."""
    if address != unit.address:
        yield from make_known(address, unit.language, unit.now)
    unit.posted.append((yield from say(str(address), outbound, unit.installation.owner, unit.now)))
