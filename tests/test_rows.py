"""Rows into values."""

from msgspec import Struct

from bot.domain.people import Address
from bot.repositories.rows import all_of, reader


class Entry(Struct, frozen=True):
    address: Address
    other: Address | None
    seen: bool
    total_xof: int = 0


def test_a_column_fills_the_field_of_its_name() -> None:
    read = reader(Entry, address=Address.parse, other=Address.parse)
    rows = (
        {"address": "telegram:1", "other": None, "seen": 0, "at": 7},
        {"address": "telegram:1", "other": "whatsapp:2", "seen": 1, "total_xof": 5},
    )
    one, two = Address("telegram", "1"), Address("whatsapp", "2")
    assert all_of(rows, read) == (Entry(one, None, False), Entry(one, two, True, 5))
