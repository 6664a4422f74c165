"""Tables as sheets of a workbook. openpyxl is imported when it is first needed."""

import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from bot.documents.tables import Cell, Column, ColumnKind, TableRow, date_of, is_formula, moment_of, plain

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell

_CellKind: TypeAlias = Literal[ColumnKind, "formula"]

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
_NOT_IN_A_SHEETS_NAME: Final = re.compile(r"[\[\]:*?/\\]")


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
        # A cell that was written is used again for the next row: setting its format costs more than writing it.
        self._used: dict[tuple[int, _CellKind], WriteOnlyCell] = {}

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

    def discard(self) -> None:
        # openpyxl removes its temporary files when a workbook is saved, or when the process ends.
        self._book.save(io.BytesIO())

    def _new(self, cell_kind: _CellKind) -> "WriteOnlyCell":
        cell = self._cell(self._sheet)
        cell.number_format = _NUMBERS["text" if cell_kind == "formula" else cell_kind]
        if cell_kind in ("moment", "day"):
            cell.alignment = self._left
        # Otherwise it would become a formula when somebody edits the cell.
        cell.quotePrefix = cell_kind == "formula"
        return cell

    def _again(self, at: int, cell_kind: _CellKind) -> "WriteOnlyCell":
        cell = self._used.get((at, cell_kind))
        if cell is None:
            cell = self._used[at, cell_kind] = self._new(cell_kind)
        return cell

    def _filled(
        self, cell_of: Callable[[_CellKind], "WriteOnlyCell"], value: str | int, kind: ColumnKind
    ) -> "WriteOnlyCell":
        """A cell of the right kind with a value in it."""
        written: int | date | None = None
        if isinstance(value, int):
            written = moment_of(value) if kind == "moment" else value
        elif kind == "day":
            written = date_of(value)
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


def _width(column: Column, cells: Iterable[Cell]) -> int:
    """A width that shows a column's cells, with room for the arrow of its filter beside the title."""
    widest = len(column.title) + 4
    for cell in cells:
        if isinstance(cell, str):
            widest = max(widest, len(cell) + 2)
        elif isinstance(cell, int) and column.kind != "moment":
            widest = max(widest, len(f"{cell:,}") + 2)
    return max(_LEAST[column.kind], min(widest, _MOST_WIDE))
