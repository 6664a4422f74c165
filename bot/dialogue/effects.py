"""What a step of the dialogue wants to happen. Pure values; the store's scripts carry them out in the step's own
transaction, except `Inquire` and `AskFloat`, which the engine carries out after the commit and whose answers come back
as events.
"""

from typing import TypeAlias

from msgspec import Struct

from bot.model import Address, FloatAnswer, InquiryAnswer, Outbound, Outcome, Quote, ServiceName, Tap, Text, Unreadable


class Say(Struct, frozen=True):
    """Send a message; to the person who speaks, or to `address`."""

    outbound: Outbound
    address: Address | None = None


class Inquire(Struct, frozen=True):
    """Ask the provider whose meter this is; the answer comes back as `InquiryAnswered` with the same `inquiry_id`."""

    inquiry_id: str
    service: ServiceName
    reference: str


class Place(Struct, frozen=True):
    """The quote was confirmed: write the order and its hold. The step has looked at the balance in this transaction."""

    quote: Quote


class SaveMeter(Struct, frozen=True):
    """Keep a meter under a nickname; an already saved one gets the new nickname."""

    service: ServiceName
    reference: str
    holder: str
    nickname: str


class RenameMeter(Struct, frozen=True):
    """Give one of the speaker's saved meters another nickname."""

    meter_id: int
    nickname: str


class DeleteMeter(Struct, frozen=True):
    """Forget one of the speaker's saved meters."""

    meter_id: int


class CancelOrder(Struct, frozen=True):
    """Call back one of the speaker's orders that was not sent yet; the notice of it is sent by the order's own door."""

    order_id: str


class AskOrder(Struct, frozen=True):
    """Make an open order due now, because its owner or an admin asks."""

    order_id: str


class Resolve(Struct, frozen=True):
    """An admin decides what became of an order: the same door as every other outcome."""

    order_id: str
    outcome: Outcome


class MoveMoney(Struct, frozen=True):
    """An admin credits (positive) or debits (negative) the customer behind `address`; `key` makes it happen once.

    The step has looked at the balance in this transaction.
    """

    key: str
    address: Address
    amount_xof: int
    note: str


class MakeLink(Struct, frozen=True):
    """Keep a code that joins another address to the speaker's account; an earlier one of his ends."""

    code: str
    expires_at: int


class MissLink(Struct, frozen=True):
    """The speaker typed a code that joins nothing: it counts."""


class AskLink(Struct, frozen=True):
    """The speaker typed the code of a link: it is his now, until `expires_at`, and its maker is asked."""

    link_id: int
    expires_at: int


class EndLink(Struct, frozen=True):
    """A link comes to nothing."""

    link_id: int


class Join(Struct, frozen=True):
    """The maker of a link confirmed: everything of the other's account goes to his. The step has looked at both."""

    link_id: int


class Part(Struct, frozen=True):
    """Addresses leave the speaker's account with nothing; each has its own, empty account again."""

    addresses: tuple[Address, ...]


class AskFloat(Struct, frozen=True):
    """Ask the provider for the operator's float; the answer comes back as `FloatAnswered`."""


Effect: TypeAlias = (
    Say
    | Inquire
    | Place
    | SaveMeter
    | RenameMeter
    | DeleteMeter
    | CancelOrder
    | AskOrder
    | Resolve
    | MoveMoney
    | MakeLink
    | MissLink
    | AskLink
    | EndLink
    | Join
    | Part
    | AskFloat
)


class InquiryAnswered(Struct, frozen=True, tag="inquiry_answered"):
    """The provider answered an `Inquire`. An answer whose id is not the session's is stale and says nothing."""

    inquiry_id: str
    answer: InquiryAnswer


class FloatAnswered(Struct, frozen=True, tag="float_answered"):
    """The provider answered an `AskFloat`."""

    answer: FloatAnswer


Event: TypeAlias = Text | Tap | Unreadable | InquiryAnswered | FloatAnswered
