"""The meters of a list that a reseller knows already. Pure."""

from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.catalog import ServiceName
from bot.repositories.rows import reader
from bot.store import Script

# A service, and a meter's number or a reference of it.
Meter: TypeAlias = tuple[ServiceName, str]


class KnownMeter(Struct, frozen=True):
    """A meter for which the reseller has sold before, or which they keep."""

    holder: str
    client_id: int | None = None
    client: str = ""


_known_meter: Final = reader(KnownMeter)


def known_meters(customer: str, meters: tuple[Meter, ...]) -> Script[dict[Meter, KnownMeter]]:
    """Those of the meters and references for which a reseller has sold before, or which they keep."""
    known: dict[Meter, KnownMeter] = {}
    for service, reference in meters:
        meter: dict[str, str | int | None] = {"customer": customer, "service": service, "reference": reference}
        rows = yield "meter_in_book", meter
        booked = _known_meter(rows[0]) if rows else KnownMeter("")
        if not booked.holder:
            rows = yield "meter_kept_or_sold", meter
            booked = replace(booked, holder=rows[0]["holder"] if rows else "")
        if booked.holder or booked.client_id is not None:
            known[service, reference] = booked
    return known
