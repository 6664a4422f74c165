"""The titles above a list of sales or of clients: which column holds what, in every way that people write it. Pure."""

from typing import Final, Literal, TypeAlias

from msgspec import convert

from bot.domain.text import fold
from bot.languages import LISTS, meanings_of

Rows: TypeAlias = tuple[tuple[str, ...], ...]
Column: TypeAlias = Literal["meter", "amount", "name", "service", "phone"]
Columns: TypeAlias = tuple[Column | None, ...]

_TITLES: Final = convert(meanings_of(each.columns for each in LISTS.values()), dict[str, Column])


def columns_of(rows: list[tuple[str, ...]]) -> tuple[Columns, list[tuple[str, ...]]]:
    """What each column holds, and the rows under the titles; no columns where there are no titles.

    Lines without a figure above the titles are a heading.
    """
    for at, row in enumerate(rows):
        columns = titles_in(row)
        if "amount" in columns and ("meter" in columns or "name" in columns):
            return columns, rows[at + 1 :]
        if any(c.isdecimal() for cell in row for c in cell):
            break
    return (), rows


def titles_in(row: tuple[str, ...]) -> Columns:
    """What the columns under a row of titles hold; None for what is no title."""
    return tuple(_TITLES.get(fold(cell)) for cell in row)


def cell_under(row: tuple[str, ...], columns: Columns, of: Column) -> str:
    """What stands in a row under a title; a first and a last name are one name."""
    cells = [cell for cell, column in zip(row, columns, strict=False) if column == of and cell]
    return " ".join(cells) if of == "name" else "".join(cells[:1])
