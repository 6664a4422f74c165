"""Tables as files: one neutral `Table`, written as CSV or XLSX.

These functions work for long and hold no lock: they belong in a thread.
"""

from typing import Final, Literal, TypeAlias

from bot.documents.csv_file import CsvWriter
from bot.documents.tables import Table, Writer
from bot.documents.xlsx_file import XlsxWriter

Format: TypeAlias = Literal["csv", "xlsx"]

MEDIA_TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


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
