"""What admins cause: pure values, carried out in the step's transaction."""

from bot.dialogue.effects import Effect
from bot.domain.model import Address


class Freeze(Effect, frozen=True):
    """Pause the account behind an address, or let it buy again (`frozen` False).

    A pause stops the account's running lists of sales: what was not sent is called back and its money is free.
    """

    address: Address
    frozen: bool
