"""Tables as CSV.

CSV is written for the spreadsheet that most people here have, Excel in French: UTF-8 with a byte order mark, semicolons
between cells, one line of titles. CSV has no way to say that a cell is a text, so one that a spreadsheet would take for
a formula, or for a number or a date that it would then show in its own way (a leading zero, a digit beyond the
eleventh, `10/12`), gets an apostrophe before it, which makes it a text everywhere. Readers that are set up for another
country cut at other characters: behind each of those a text is guarded in the same way. Our own reader takes the
apostrophe off.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.documents.tables import Cell, Column, ColumnKind, TableRow, date_of, is_formula, moment_of, plain

# Behind these characters a reader may begin a cell, and would skip blanks and quotes at its beginning.
_CELL_ENDS: Final = re.compile(r"([;,|\t\r\n])")
_FORMULA_INSIDE: Final = re.compile(r"[\s\"]*[=+\-@＝＋－＠]")
# What may be read as a number, a date or a time; and numbers that are shown as they were written.
_NUMBER_LIKE: Final = re.compile(r"[\s\"]*[.,]?\d[\d\s\".,:/\-'’eE%]*")
_SAME_NUMBER: Final = re.compile(r"0|[1-9]\d{0,10}")


class CsvWriter:
    """Tables below each other, parted by an empty line; each begins with the titles of its columns."""

    def __init__(self) -> None:
        self._text = io.StringIO()
        self._lines = csv.writer(self._text, delimiter=";", lineterminator="\r\n")
        self._columns: Sequence[Column] = ()
        self._begun = False

    def start(self, title: str, columns: Sequence[Column], sample: Sequence[TableRow] = ()) -> None:
        if self._begun:
            self._lines.writerow([])
        self._begun = True
        self._columns = columns
        self._lines.writerow([_unmistakable(column.title) for column in columns])

    def add(self, rows: Iterable[TableRow]) -> None:
        kinds = [column.kind for column in self._columns]
        self._lines.writerows([_csv_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in rows)

    def end(self, totals: Sequence[TableRow] = (), note: str = "") -> None:
        self.add(totals)
        if note:
            self._lines.writerow([_unmistakable(note)])

    def content(self) -> bytes:
        return self._text.getvalue().encode("utf-8-sig")

    def discard(self) -> None:
        """Nothing is kept but in memory."""


def _csv_cell(cell: Cell, kind: ColumnKind) -> str:
    if cell is None:
        return ""
    if isinstance(cell, int):
        return moment_of(cell).isoformat(sep=" ") if kind == "moment" else str(cell)
    return cell if kind == "day" and date_of(cell) is not None else _unmistakable(cell)


def _unmistakable(text: str) -> str:
    text = plain(text)
    guarded = "".join(
        f"'{piece}" if _FORMULA_INSIDE.match(piece) or _rewritten(piece) else piece for piece in _CELL_ENDS.split(text)
    )
    # What is harmless piece by piece may be none as a whole: `1,5`.
    whole = (is_formula(text) or _rewritten(text)) and not guarded.startswith("'")
    return f"'{guarded}" if whole else guarded


def _rewritten(text: str) -> bool:
    """Whether a spreadsheet would take a text for a number or a date, and show something else in its place."""
    return _NUMBER_LIKE.fullmatch(text) is not None and _SAME_NUMBER.fullmatch(text) is None
