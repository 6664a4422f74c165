"""Tables as files: one neutral `Table`, written as CSV or XLSX.

Theory of operation. A long table is written in pieces, so that neither its rows nor their cells are all in memory at
once: `start`, `add` as often as there are rows, `end`, and `content` when every table is written. `write` does the same
for tables that are short. Nothing here knows where rows come from or what language they are in: titles are given.

Cells are strings, whole numbers or None. What a number means is said by its column: money or a count stays a number,
a moment (milliseconds since the epoch, written in UTC, which is the time of Dakar) becomes a date. A text stays a text:
an order's id, a meter number or a code keeps its zeros and its last digit, and what looks like a formula is none.

CSV is written for the spreadsheet that most people here have, Excel in French: UTF-8 with a byte order mark, semicolons
between cells, one line of titles. CSV has no way to say that a cell is a text, so one that a spreadsheet would take for
a formula, or for a number or a date that it would then show in its own way (a leading zero, a digit beyond the
eleventh, `10/12`), gets an apostrophe before it, which makes it a text everywhere. Readers that are set up for another
country cut at other characters: behind each of those a text is guarded in the same way. Our own reader takes the
apostrophe off.

These functions work for long and hold no lock: they belong in a thread. openpyxl is imported when it is first needed.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell

ColumnKind: TypeAlias = Literal["text", "amount", "count", "moment", "day"]
Format: TypeAlias = Literal["csv", "xlsx"]
Cell: TypeAlias = str | int | None
_Look: TypeAlias = Literal[ColumnKind, "formula"]
TableRow: TypeAlias = tuple[Cell, ...]

MEDIA_TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_NUMBERS: Final[dict[ColumnKind, str]] = {
    "text": "@",
    "amount": "#,##0",
    "count": "#,##0",
    "moment": "dd/mm/yyyy hh:mm:ss",
    "day": "dd/mm/yyyy",
}
# Widths in characters: at least so much, for sums that come last are wider than what they sum; and never so much that
# the next column is off a telephone's screen.
_LEAST: Final[dict[ColumnKind, int]] = {"text": 6, "amount": 14, "count": 6, "moment": 20, "day": 12}
_MOST_WIDE = 36
# Cells by whose length a column's width is chosen.
_SAMPLE = 500
_MOST_CHARACTERS = 32_000
# What a spreadsheet takes for the beginning of a formula, the wide forms of Asian keyboards too.
_FORMULA: Final = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
# Behind these characters a reader may begin a cell, and would skip blanks and quotes at its beginning.
_CELL_ENDS: Final = re.compile(r"([;,|\t\r\n])")
_FORMULA_INSIDE: Final = re.compile(r"[\s\"]*[=+\-@＝＋－＠]")
# What may be read as a number, a date or a time; and numbers that are shown as they were written.
_NUMBER_LIKE: Final = re.compile(r"[\s\"]*[.,]?\d[\d\s\".,:/\-'’eE%]*")
_SAME_NUMBER: Final = re.compile(r"0|[1-9]\d{0,10}")
# What no XML may hold, and halves of characters, which no encoding holds.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_A_SHEETS_NAME: Final = re.compile(r"[\[\]:*?/\\]")


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


def write(format: Format, *tables: Table) -> bytes:
    """Short tables as one file: sheets of a workbook, or below each other in a CSV."""
    writer = writer_of(format)
    for table in tables:
        writer.start(table.title, table.columns, table.rows)
        writer.add(table.rows)
        writer.end(() if table.totals is None else (table.totals,), table.note)
    return writer.content()


def writer_of(format: Format) -> Writer:
    """A writer with nothing written yet."""
    return CsvWriter() if format == "csv" else XlsxWriter()


def moment_of(at: int) -> datetime:
    """A moment as a spreadsheet keeps it: without a zone, to the second."""
    return datetime.fromtimestamp(at // 1000, UTC).replace(tzinfo=None)


def plain(text: str) -> str:
    """A text that can be written in any file."""
    return _UNWRITABLE.sub("\ufffd", str(text))[:_MOST_CHARACTERS]


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would take a text that it reads from a CSV for a formula."""
    return _FORMULA.match(text) is not None


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


def _csv_cell(cell: Cell, kind: ColumnKind) -> str:
    if cell is None:
        return ""
    if isinstance(cell, int):
        return moment_of(cell).isoformat(sep=" ") if kind == "moment" else str(cell)
    return cell if kind == "day" and _date(cell) is not None else _unmistakable(cell)


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


class XlsxWriter:
    """Sheets of a workbook. Rows go to a temporary file as they come."""

    def __init__(self) -> None:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
        from openpyxl.utils import get_column_letter

        self._book = Workbook(write_only=True)
        self._cell = WriteOnlyCell
        self._letter = get_column_letter
        # A bold font without a name is shown in another one than the rest.
        self._bold = Font(name="Calibri", size=11, bold=True)
        self._left = Alignment(horizontal="left")
        self._fill = PatternFill("solid", start_color="FFE3EEF6")
        self._wrapped = Alignment(vertical="center", wrap_text=True)
        self._above = Border(top=Side("thin"))
        self._sheet: Any = None
        self._columns: Sequence[Column] = ()
        self._rows = 0
        # A cell that was written is used again for the next row: setting its look costs more than writing it.
        self._used: dict[tuple[int, _Look], WriteOnlyCell] = {}

    def start(self, title: str, columns: Sequence[Column], sample: Sequence[TableRow] = ()) -> None:
        # Two sheets may not bear one name; openpyxl sees to that.
        name = _NOT_IN_A_SHEETS_NAME.sub(" ", plain(title)).strip(" '")[:31] or None
        self._sheet = self._book.create_sheet(name)
        self._columns, self._rows, self._used = columns, 0, {}
        self._sheet.freeze_panes = "A2"
        self._sheet.print_title_rows = "1:1"
        self._sheet.page_setup.orientation = "landscape"
        self._sheet.page_setup.fitToHeight = 0
        self._sheet.sheet_properties.pageSetUpPr.fitToPage = True
        for at, column in enumerate(columns):
            self._sheet.column_dimensions[self._letter(at + 1)].width = _width(
                column, (row[at] for row in sample[:_SAMPLE])
            )
        titles = [self._filled(self._new, column.title, "text") for column in columns]
        for cell in titles:
            cell.font, cell.fill, cell.alignment = self._bold, self._fill, self._wrapped
        self._sheet.append(titles)

    def add(self, rows: Iterable[TableRow]) -> None:
        kinds = [column.kind for column in self._columns]
        for row in rows:
            self._sheet.append(
                [
                    None if cell is None or cell == "" else self._filled(partial(self._again, at), cell, kind)
                    for at, (cell, kind) in enumerate(zip(row, kinds, strict=True))
                ]
            )
            self._rows += 1

    def end(self, totals: Sequence[TableRow] = (), note: str = "") -> None:
        # The totals stay outside, so that they are neither sorted nor filtered away.
        self._sheet.auto_filter.ref = f"A1:{self._letter(len(self._columns))}{self._rows + 1}"
        for row in totals:
            cells = [
                self._filled(self._new, "" if cell is None else cell, column.kind)
                for cell, column in zip(row, self._columns, strict=True)
            ]
            for cell in cells:
                cell.font, cell.border = self._bold, self._above
            self._sheet.append(cells)
        if note:
            self._sheet.append([self._filled(self._new, note, "text")])
        self._sheet.close()

    def content(self) -> bytes:
        file = io.BytesIO()
        self._book.save(file)
        return file.getvalue()

    def _new(self, look: _Look) -> "WriteOnlyCell":
        cell = self._cell(self._sheet)
        cell.number_format = _NUMBERS["text" if look == "formula" else look]
        if look in ("moment", "day"):
            cell.alignment = self._left
        # Otherwise it would become a formula when somebody edits the cell.
        cell.quotePrefix = look == "formula"
        return cell

    def _again(self, at: int, look: _Look) -> "WriteOnlyCell":
        cell = self._used.get((at, look))
        if cell is None:
            cell = self._used[at, look] = self._new(look)
        return cell

    def _filled(
        self, cell_of: Callable[[_Look], "WriteOnlyCell"], value: str | int, kind: ColumnKind
    ) -> "WriteOnlyCell":
        """A cell of the right look with a value in it."""
        written: int | date | None = None
        if isinstance(value, int):
            written = moment_of(value) if kind == "moment" else value
        elif kind == "day":
            written = _date(value)
        if written is not None:
            cell = cell_of(kind)
            cell.value = written
            return cell
        text = plain(str(value))
        cell = cell_of("formula" if is_formula(text) else "text")
        cell.value = text
        # openpyxl takes `=1+1` for a formula and `#N/A` for an error: here they are what somebody wrote.
        cell.data_type = "s"
        return cell


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _width(column: Column, cells: Iterable[Cell]) -> int:
    """A width that shows a column's cells, with room for the arrow of its filter beside the title."""
    widest = len(column.title) + 4
    for cell in cells:
        if isinstance(cell, str):
            widest = max(widest, len(cell) + 2)
        elif isinstance(cell, int) and column.kind != "moment":
            widest = max(widest, len(f"{cell:,}") + 2)
    return max(_LEAST[column.kind], min(widest, _MOST_WIDE))
