"""What became of a message that we sent, from one status of a webhook. Pure.

| status                   | becomes                                                                              |
|--------------------------|--------------------------------------------------------------------------------------|
| delivered, read, played  | a Report that it arrived                                                             |
| failed                   | a Report that it did not, and why (see `answers`)                                    |
| sent, deleted, any other | nothing: Meta has it, the person not yet                                             |
"""

from typing import Final

from bot.channels.whatsapp.answers import KEPT, PASSING, Failure, reason, trouble
from bot.channels.whatsapp.parse.contacts import also_known_as
from bot.channels.whatsapp.parse.payload import Contact, Status, milliseconds
from bot.channels.whatsapp.people import CHANNEL, identities
from bot.domain.outbound import Report
from bot.domain.people import Address

_ARRIVED: Final = frozenset(("delivered", "read", "played"))


def read_status(status: Status, contacts: list[Contact]) -> Report | None:
    """None while the message is on its way. Raises ValueError when nobody is named."""
    arrived = status.status in _ARRIVED
    if not arrived and status.status != "failed":
        return None
    named = identities(status.recipient_id, status.recipient_user_id or status.user_id)
    if not named:
        raise ValueError("nobody")
    known_as = also_known_as(named, contacts)
    address = Address(CHANNEL, known_as[0].value)
    if arrived:
        # Who got it is who is called that. What did not arrive is no sign of anybody.
        at = milliseconds(status.timestamp)
        return Report(address, status.id, arrived=True, known_as=known_as, at=at)
    failure = Failure(status.errors[0].code if status.errors else None, 400)
    what = trouble(failure)
    return Report(
        address,
        status.id,
        arrived=False,
        reason=reason(failure),
        unreachable=what in KEPT,
        again=what == "window" or what in PASSING,
    )
