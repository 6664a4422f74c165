"""What a step of the dialogue wants to happen. Pure values; the store's scripts carry them out in the step's own
transaction, except the *errands*, which the engine carries out after the commit and whose answers come back as events.
What only resellers and admins cause stands in those rooms, in an `effects.py` of their own.
"""

from typing import TypeAlias

from msgspec import Struct

from bot.domain.model import (
    Address,
    Document,
    FloatAnswer,
    InquiryAnswer,
    Outbound,
    Outcome,
    Quote,
    Role,
    ServiceName,
    Tap,
    Text,
    Unreadable,
)


class Effect(Struct, frozen=True):
    """Something that is to happen; a test knows that every kind of it is carried out."""


class Errand(Effect, frozen=True):
    """What the engine does after the commit; its answer comes back as an event of the same person. One whose process
    dies on the way has no answer: the dialogue must be able to ask again.
    """


class Say(Effect, frozen=True):
    """Send a message; to the person who speaks, or to `address`."""

    outbound: Outbound
    address: Address | None = None


class Inquire(Errand, frozen=True):
    """Ask the provider whose meter this is; the answer comes back as `InquiryAnswered` with the same `inquiry_id`."""

    inquiry_id: str
    service: ServiceName
    reference: str


class Place(Effect, frozen=True):
    """The quote was confirmed: write the order and its hold. The step has looked at the balance in this transaction."""

    quote: Quote


class EraseOwn(Errand, frozen=True):
    """Take the person's own message away where the channel can, for it holds a secret; there is no answer."""


class ShowCommands(Errand, frozen=True):
    """Show the person, where his channel has a list of commands, those that he may use now; there is no answer."""

    role: Role | None
    reseller: bool


class CancelOrder(Effect, frozen=True):
    """Call back one of the speaker's orders that was not sent yet; the notice of it is sent by the order's own door."""

    order_id: str


class AskOrder(Effect, frozen=True):
    """Make an open order due now, because its owner or an admin asks."""

    order_id: str


class Resolve(Effect, frozen=True):
    """An admin decides what became of an order: the same door as every other outcome."""

    order_id: str
    outcome: Outcome


class MoveMoney(Effect, frozen=True):
    """An admin credits (positive) or debits (negative) the customer behind `address`; `key` makes it happen once,
    and so does the payment's `reference`, where there is one.

    The step has looked at the balance in this transaction.
    """

    key: str
    address: Address
    amount_xof: int
    note: str
    reference: str = ""


class MakeLink(Effect, frozen=True):
    """Keep a code that joins another address to the speaker's account; an earlier one of his ends."""

    code: str
    expires_at: int


class MissLink(Effect, frozen=True):
    """The speaker typed a code that joins nothing: it counts."""


class AskLink(Effect, frozen=True):
    """The speaker typed the code of a link: it is his now, until `expires_at`, and its maker is asked."""

    link_id: int
    expires_at: int


class EndLink(Effect, frozen=True):
    """A link comes to nothing."""

    link_id: int


class Join(Effect, frozen=True):
    """The maker of a link confirmed: everything of the other's account goes to his. The step has looked at both."""

    link_id: int


class Part(Effect, frozen=True):
    """Addresses leave the speaker's account with nothing; each has its own, empty account again."""

    addresses: tuple[Address, ...]


class AskFloat(Errand, frozen=True):
    """Ask the provider for the operator's float; the answer comes back as `FloatAnswered`."""


class Answered(Struct, frozen=True):
    """The answer to an errand."""


class InquiryAnswered(Answered, frozen=True):
    """The provider answered an `Inquire`. An answer whose id is not the session's is stale and says nothing."""

    inquiry_id: str
    answer: InquiryAnswer


class InquiryLimited(Answered, frozen=True):
    """An `Inquire` was not asked: the account has made too many, and may go on at `until`."""

    inquiry_id: str
    until: int


class FloatAnswered(Answered, frozen=True):
    """The provider answered an `AskFloat`."""

    answer: FloatAnswer


Event: TypeAlias = Text | Tap | Document | Unreadable | Answered
