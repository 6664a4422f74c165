"""Meters and references that people keep or paid for lately. Pure."""

from msgspec import Struct

from bot.domain.model import ServiceName


class SavedMeter(Struct, frozen=True):
    """A meter or reference that the person keeps, with his own name for it."""

    id: int
    service: ServiceName
    reference: str
    holder: str
    nickname: str


class RecentMeter(Struct, frozen=True):
    """A meter or reference that the person paid for lately and has not saved."""

    service: ServiceName
    reference: str
    holder: str
