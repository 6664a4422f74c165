"""Tables for people: what one is, and what its cells mean, whatever file it is written into.

Theory of operation. A long table is written in pieces, so that neither its rows nor their cells are all in memory at
once: `start`, `add` as often as there are rows, `end`, and `content` when every table is written (`Writer`). Nothing
here knows where rows come from or what language they are in: titles are given.

Cells are strings, whole numbers or None. What a number means is said by its column: money or a count stays a number,
a moment (milliseconds since the epoch, written in UTC, which is the time of Dakar) becomes a date. A text stays a text:
an order's id, a meter number or a code keeps its zeros and its last digit, and what looks like a formula is none.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final, Literal, Protocol, TypeAlias

from msgspec import Struct

ColumnKind: TypeAlias = Literal["text", "amount", "count", "moment", "day"]
Cell: TypeAlias = str | int | None
TableRow: TypeAlias = tuple[Cell, ...]

_MOST_CHARACTERS = 32_000
# What a spreadsheet takes for the beginning of a formula, the wide forms of Asian keyboards too.
_FORMULA: Final = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
# What no XML may hold, and halves of characters, which no encoding holds.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Column(Struct, frozen=True):
    """One column: its title, and what its cells mean. Cells of an `amount` are whole XOF."""

    title: str
    kind: ColumnKind = "text"


class Table(Struct, frozen=True):
    """A table for people. `totals` is a row under it; `note` is a sentence under that.

    A cell of a column of kind `day` is `YYYY-MM-DD`; one that is no such date stays a text.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...] = ()
    totals: TableRow | None = None
    note: str = ""


class Writer(Protocol):
    """Writes tables one after another into one file."""

    def start(self, title: str, columns: Sequence[Column], sample: Sequence[TableRow] = ()) -> None:
        """Begin a table; `sample` are rows by which it may choose its widths."""
        ...

    def add(self, rows: Iterable[TableRow]) -> None:
        """Add rows to the table that was begun. They have as many cells as it has columns."""
        ...

    def end(self, totals: Sequence[TableRow] = (), note: str = "") -> None:
        """End the table that was begun, with rows of sums and a sentence under it."""
        ...

    def content(self) -> bytes:
        """The whole file, once every table is ended."""
        ...

    def discard(self) -> None:
        """Throw away what was written, whatever state it is in."""
        ...


def moment_of(at: int) -> datetime:
    """A moment as a spreadsheet keeps it: without a zone, to the second."""
    return datetime.fromtimestamp(at // 1000, UTC).replace(tzinfo=None)


def plain(text: str) -> str:
    """A text that can be written in any file."""
    return _UNWRITABLE.sub("\ufffd", str(text))[:_MOST_CHARACTERS]


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would take a text that it reads from a CSV for a formula."""
    return _FORMULA.match(text) is not None


def date_of(text: str) -> date | None:
    """The day that a cell of kind `day` names; None when it is no such date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
