"""Broadcasts: who is to hear them, and how far they are. Pure."""

from msgspec import Struct

from bot.domain.model import Address, Language


class Listeners(Struct, frozen=True):
    """An audience's people of one language: all of them, in which channels, and those who will not get it.

    `muted` want none, `unreachable` cannot be reached; `quiet` are in WhatsApp and have not written for a day, so that
    their channel takes nothing from us that is no answer.
    """

    language: Language
    people: int
    telegram: int = 0
    whatsapp: int = 0
    muted: int = 0
    unreachable: int = 0
    quiet: int = 0


class Broadcast(Struct, frozen=True):
    """A broadcast under way, or its end: how many people it is for, who were told, could not be, or want none."""

    id: str
    address: Address
    total: int
    told: int
    skipped: int
    muted: int

    @property
    def seen(self) -> int:
        """How many of its people were looked at."""
        return self.told + self.skipped + self.muted
