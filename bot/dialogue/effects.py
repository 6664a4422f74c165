"""What a step of the dialogue wants to happen. Pure values; the store's scripts carry them out in the step's own
transaction, except what waits for the commit (`tasks`). What only resellers and admins cause stands in those rooms, in
an `effects.py` of their own.
"""

from msgspec import Struct

from bot.domain.model import Address, Outbound, Outcome


class Effect(Struct, frozen=True):
    """Something that is to happen; a test knows that every kind of it is carried out."""


class Say(Effect, frozen=True):
    """Send a message; to the person who speaks, or to `address`."""

    outbound: Outbound
    address: Address | None = None


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
