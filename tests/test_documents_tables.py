"""Tables as files: what is written is opened again and looked at, as a spreadsheet would see it."""

import csv
import io
import re
import subprocess
import sys
import zipfile
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from bot.documents.reading import Problem, read_table
from bot.documents.tables import Column, Table, is_formula, plain
from bot.documents.writing import write, writer_of

# 24 November 2026, 21:05:59 in Dakar.
AT = 1_795_554_359_123
COLUMNS = (
    Column("Date", "moment"),
    Column("Compteur"),
    Column("Montant", "amount"),
    Column("Lignes", "count"),
    Column("Échéance", "day"),
)
TABLE = Table(
    "Ventes",
    COLUMNS,
    (
        (AT, "00123456789", 1_250_000, 3, "2026-12-05"),
        (None, "14123456789012345678", -5, None, "bientôt"),
        (0, "", 0, 0, ""),
    ),
    totals=(None, "Total", 1_249_995, 3, None),
    note="Le reste manque.",
)


moment = datetime.fromisoformat


def sheets(content: bytes) -> list[Worksheet]:
    worksheets: list[Worksheet] = load_workbook(io.BytesIO(content)).worksheets
    return worksheets


def values(sheet: Worksheet) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(values_only=True))


def records(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "without the mark Excel shows Ã© for é"
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_a_workbook_keeps_what_each_cell_is() -> None:
    (sheet,) = sheets(write("xlsx", TABLE))
    assert sheet.title == "Ventes"
    assert values(sheet)[0] == ("Date", "Compteur", "Montant", "Lignes", "Échéance")
    at, meter, amount, many, day = sheet[2]
    assert (at.value, at.data_type, at.number_format) == (moment("2026-11-24 21:05:59"), "d", "dd/mm/yyyy hh:mm:ss")
    assert (meter.value, meter.data_type, meter.number_format) == ("00123456789", "s", "@")
    assert (amount.value, amount.data_type, amount.number_format) == (1_250_000, "n", "#,##0")
    assert (many.value, many.data_type, many.number_format) == (3, "n", "#,##0")
    assert (day.value, day.number_format) == (moment("2026-12-05"), "dd/mm/yyyy")
    # No digit of a long number is lost, no word is taken for a date, and nothing is nothing.
    assert values(sheet)[2] == (None, "14123456789012345678", -5, None, "bientôt")
    assert values(sheet)[3] == (moment("1970-01-01"), None, 0, 0, None)
    assert isinstance(amount.value, int)


def test_a_workbook_is_ready_to_be_read() -> None:
    (sheet,) = sheets(write("xlsx", TABLE))
    assert sheet.freeze_panes == "A2"
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.auto_filter.ref == "A1:E4", "neither the totals nor the note can be filtered away"
    assert all(cell.font.bold for cell in sheet[5])
    assert values(sheet)[4] == (None, "Total", 1_249_995, 3, None)
    assert values(sheet)[5][0] == "Le reste manque."
    widths = {letter: column.width for letter, column in sheet.column_dimensions.items()}
    assert widths["A"] >= 19, "a moment that has no room is shown as ####"
    assert widths["B"] >= len("14123456789012345678")
    assert widths["C"] >= len("1,250,000")


def test_a_csv_opens_as_excel_in_french_expects() -> None:
    content = write("csv", TABLE)
    assert content.decode("utf-8-sig").splitlines() == [
        "Date;Compteur;Montant;Lignes;Échéance",
        "2026-11-24 21:05:59;'00123456789;1250000;3;2026-12-05",
        ";'14123456789012345678;-5;;bientôt",
        "1970-01-01 00:00:00;;0;0;",
        ";Total;1249995;3;",
        "Le reste manque.",
    ]
    assert b"\r\n" in content


def test_tables_are_sheets_or_stand_below_each_other() -> None:
    other = Table("Soldes: [x]/y?", (Column("Compte"),), (("float",),))
    first, second, third = sheets(write("xlsx", TABLE, other, other))
    assert (first.title, second.title) == ("Ventes", "Soldes   x  y")
    assert second.title != third.title
    assert values(second) == [("Compte",), ("float",)]
    assert second.auto_filter.ref == "A1:A2"
    lines = records(write("csv", TABLE, other))
    assert lines[-3:] == [[], ["Compte"], ["float"]]


def test_a_table_of_nothing_is_its_titles() -> None:
    empty = Table("", COLUMNS)
    (sheet,) = sheets(write("xlsx", empty))
    assert len(values(sheet)) == 1
    assert len(records(write("csv", empty))) == 1


FORMULAS = ["=1+1", "+221770001122", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", '=HYPERLINK("http://x")', "="]


@pytest.mark.parametrize("text", FORMULAS)
def test_nobody_can_write_a_formula_into_somebody_elses_spreadsheet(text: str) -> None:
    """The client's name, a note, a title: whatever a person can choose."""
    table = Table(text, (Column(text),), ((text,),), totals=(text,), note=text)
    for line in records(write("csv", table)):
        assert len(line) == 1
        assert line[0].startswith("'")
        assert line[0].replace("'", "") == text
    content = write("xlsx", table)
    (sheet,) = sheets(content)
    for (cell,) in sheet.iter_rows():
        assert cell.data_type in ("s", "inlineStr")
        assert cell.quotePrefix, "or it becomes one when the cell is edited"
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_an_amount_below_zero_is_no_formula() -> None:
    assert records(write("csv", Table("", (Column("x", "amount"),), ((-5,),))))[1] == ["-5"]


@given(st.text(max_size=60))
def test_every_text_is_kept_and_none_is_a_formula(text: str) -> None:
    table = Table(text, (Column("x"), Column("y")), ((text, "end"),))
    ((cell, end),) = records(write("csv", table))[1:]
    assert not is_formula(cell)
    assert cell.replace("'", "") == plain(text).replace("'", "")
    assert end == "end"
    (sheet,) = sheets(write("xlsx", table))
    cell, end = values(sheet)[1]
    # XML knows one kind of line end, and an empty text is an empty cell.
    assert (cell or "") == plain(text).replace("\r\n", "\n").replace("\r", "\n")
    assert end == "end"


# What a person may call a client, write as a note or have as a number, as nasty as can be.
CELLS = st.text(alphabet=st.sampled_from("=+-@＝\t\r\n;,|\"' \u00a0aé.0012/:eE%"), max_size=12)


@given(st.lists(st.tuples(CELLS, st.integers(-(10**9), 10**9), CELLS), max_size=4), CELLS)
def test_whatever_separator_a_reader_guesses_nothing_runs_and_no_digit_is_lost(
    rows: list[tuple[str, int, str]], title: str
) -> None:
    columns = (Column(title), Column("Montant", "amount"), Column("Compteur"))
    text = write("csv", Table(title, columns, tuple(rows), totals=(title, 0, title), note=title)).decode("utf-8-sig")
    for separator in ";,\t|":
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting):
                for cell in line:
                    shown = cell.strip(' \u00a0\t\r\n"')
                    if re.fullmatch(r"-\d{1,10}", shown):
                        continue  # An amount, which has to stay a number.
                    assert not is_formula(shown), (separator, line)
                    assert not re.fullmatch(r"0\d+|\d{12,}|\d+[eE]\d+", shown), (separator, line)


KEPT = ["0", "5000", "14123456789", "771234567", "Fatou", "ENSE-76QV", "telegram:1001", "12 rue A", "", "bientôt"]
RESTRICTED = [
    "014123456789",
    "00",
    "221771234567",
    "77 123 45 67",
    "1E5",
    "12E45",
    "10/12",
    "10:30",
    "1,5",
    ".5",
    "1-2",
]


@pytest.mark.parametrize(
    ("text", "guarded"), [*((text, False) for text in KEPT), *((text, True) for text in RESTRICTED)]
)
def test_only_what_a_spreadsheet_would_rewrite_is_guarded_and_we_read_it_back(text: str, guarded: bool) -> None:
    content = write("csv", Table("t", (Column("x"), Column("y")), ((text, "end"),)))
    ((cell, _),) = records(content)[1:]
    assert cell.startswith("'") is guarded
    rows = read_table(content, "liste.csv")
    assert not isinstance(rows, Problem)
    assert rows[1][0].replace("'", "") == text


@given(st.integers(-(10**14), 10**14), st.integers(0, 4_000_000_000_000))
def test_every_amount_and_moment_is_kept(amount_xof: int, at: int) -> None:
    table = Table("t", (Column("x", "amount"), Column("y", "moment")), ((amount_xof, at),))
    (_, (amount, written)) = records(write("csv", table))
    assert int(amount) == amount_xof
    (sheet,) = sheets(write("xlsx", table))
    (cell, when) = values(sheet)[1]
    assert cell == amount_xof
    assert type(cell) is int
    assert moment(written) == when
    assert (when - moment("1970-01-01")).total_seconds() == at // 1000


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_pages_make_the_same_table_as_one_piece(format: str) -> None:
    writer = writer_of(format)  # type: ignore[arg-type]
    writer.start(TABLE.title, TABLE.columns, TABLE.rows)
    for row in TABLE.rows:
        writer.add([row])
    writer.end([TABLE.totals or ()], TABLE.note)
    paged, whole = writer.content(), write(format, TABLE)  # type: ignore[arg-type]
    if format == "csv":
        assert paged == whole
    else:
        assert [values(sheet) for sheet in sheets(paged)] == [values(sheet) for sheet in sheets(whole)]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_row_that_does_not_fit_is_a_fault_of_ours(format: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        write(format, Table("t", COLUMNS, (("too short",),)))  # type: ignore[arg-type]


def test_no_start_waits_for_spreadsheets_and_pictures() -> None:
    """They are large, and most processes never make a file."""
    script = (
        "import sys, bot.app; sys.exit(bool({'openpyxl', 'PIL'} & {name.partition('.')[0] for name in sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0
