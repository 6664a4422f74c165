"""One line of a list as it was read. Pure."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.catalog import ServiceName
from bot.repositories.batches import Fault

MAX_NAME_CHARACTERS: Final = 60
MAX_WRITTEN_CHARACTERS: Final = 120


class Line(Struct, frozen=True):
    """One line of a list, numbered from 1. `written` is how it stood there, `repeats` the line that it says again;
    `named` is the client whom it names instead of a meter. A bill has an amount only where one is written.
    """

    number: int
    written: str
    reference: str = ""
    amount_xof: int = 0
    name: str = ""
    fault: Fault = ""
    repeats: int | None = None
    named: str = ""
    service: ServiceName = "woyofal"

    def at_fault(self, fault: Fault) -> "Line":
        """The same with what is wrong with it."""
        return replace(self, fault=fault)

    def of_client(self, named: str) -> "Line":
        """The same of a client, whose number is in the book."""
        return replace(self, named=named, fault="no_meter")

    def of_bill(self, reference: str, amount_xof: int) -> "Line":
        """The same with its reference, and the amount that is written."""
        return replace(self, reference=reference, amount_xof=amount_xof)
