"""Meters and references that people keep, or paid for lately. Pure."""

from typing import Final

from msgspec import Struct

from bot.domain.catalog import ServiceName
from bot.repositories.rows import all_of, reader
from bot.store import Script


class SavedMeter(Struct, frozen=True):
    """A meter or reference that a customer keeps, with their own name for it."""

    id: int
    service: ServiceName
    reference: str
    holder: str
    nickname: str


class RecentMeter(Struct, frozen=True):
    """A meter or reference that a customer paid for lately and has not saved."""

    service: ServiceName
    reference: str
    holder: str


_saved: Final = reader(SavedMeter)
_recent: Final = reader(RecentMeter)


def saved_by(customer: str, service: ServiceName | None = None) -> Script[tuple[SavedMeter, ...]]:
    """The saved meters of a customer, for one service or all, last used first."""
    rows = yield "meters_of", {"customer": customer, "service": service}
    return all_of(rows, _saved)


def paid_lately_by(customer: str, service: ServiceName, count: int = 3) -> Script[tuple[RecentMeter, ...]]:
    """What a customer paid for lately and has not saved, newest first."""
    rows = yield "meters_recent", {"customer": customer, "service": service, "count": count}
    return all_of(rows, _recent)


def save(customer: str, service: ServiceName, reference: str, holder: str, nickname: str, now: int) -> Script[None]:
    """Keep a meter under a nickname; one that is saved already gets the new nickname."""
    yield (
        "meter_save",
        {
            "customer": customer,
            "service": service,
            "reference": reference,
            "holder": holder,
            "nickname": nickname,
            "now": now,
        },
    )


def rename(customer: str, meter_id: int, nickname: str) -> Script[None]:
    """Give one of a customer's saved meters another nickname."""
    yield "meter_rename", {"id": meter_id, "nickname": nickname, "customer": customer}


def delete(customer: str, meter_id: int) -> Script[None]:
    """Forget one of a customer's saved meters."""
    yield "meter_delete", {"id": meter_id, "customer": customer}


def forget(customer: str, service: ServiceName, reference: str) -> Script[None]:
    """Forget the meter of a number, where a customer has saved it."""
    yield "meter_forget", {"customer": customer, "service": service, "reference": reference}


def is_saved(customer: str, service: ServiceName, reference: str) -> Script[bool]:
    """Whether a customer keeps the meter of a number."""
    return bool((yield "meter_saved", {"customer": customer, "service": service, "reference": reference}))


def move_all(customer: str, into: str) -> Script[None]:
    """A customer is joined to another: their meters are the other's. One that both keep has the other's name for it."""
    yield "meters_join_known", {"customer": customer, "into": into}
    yield "meters_join", {"customer": customer, "into": into}
