"""What a step of the dialogue wants to happen. Pure values; the store's scripts carry them out in the step's own
transaction, except what waits for the commit (`tasks`). What only resellers and admins cause stands in those rooms, in
an `effects.py` of their own.
"""

from msgspec import Struct

from bot.domain.model import Address, Outbound


class Effect(Struct, frozen=True):
    """Something that is to happen; a test knows that every kind of it is carried out."""


class Say(Effect, frozen=True):
    """Send a message; to the person who speaks, or to `address`."""

    outbound: Outbound
    address: Address | None = None
