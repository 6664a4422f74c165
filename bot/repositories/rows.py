"""Rows into values: a column fills the field that bears its name. Pure."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from bot.store import Row, Rows

T = TypeVar("T")


def reader(of: type[T]) -> Callable[[Row], T]:
    """What makes a value of a row; columns that the value has no field for are left out.

    Flags come as 0 and 1, so the conversion is not strict.
    """

    def read(row: Row) -> T:
        return msgspec.convert(dict(row), of, strict=False)  # type: ignore[call-overload]  # A row has keys.

    return read


def all_of(rows: Rows, read: Callable[[Row], T]) -> tuple[T, ...]:
    """Rows as values, in their order."""
    return tuple(read(row) for row in rows)
