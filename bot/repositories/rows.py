"""Rows into values: a column fills the field that bears its name. Pure."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from bot.store import Row, Rows

T = TypeVar("T")


def reader(of: type[T], **decode: Callable[[str], Any]) -> Callable[[Row], T]:  # A column may hold any value.
    """What makes a value of a row; columns that the value has no field for are left out.

    `decode` says of a column how its text becomes a value: an address, or JSON. Flags come as 0 and 1, so the
    conversion is not strict.
    """

    def read(row: Row) -> T:
        columns = dict(row)
        for name, decoded in decode.items():
            if columns[name] is not None:
                columns[name] = decoded(columns[name])
        return msgspec.convert(columns, of, strict=False)

    return read


def all_of(rows: Rows, read: Callable[[Row], T]) -> tuple[T, ...]:
    """Rows as values, in their order."""
    return tuple(read(row) for row in rows)
