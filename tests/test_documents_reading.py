"""Files that people send: what Excel and others write is read as it was meant, and no bytes do any harm."""

import io
import random
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from bot.documents import reading
from bot.documents.reading import MAX_BYTES, MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS, Problem, read_table
from bot.documents.tables import Column, Table
from bot.documents.writing import write

LIST = (("Compteur", "Montant", "Nom"), ("14123456789", "5000", "Éva Sané"), ("00123456789", "2000", "Bâ; Awa"))


def text(separator: str) -> str:
    quoted = ['"Bâ; Awa"' if cell == "Bâ; Awa" and separator == ";" else cell for cell in LIST[2]]
    return "\r\n".join(separator.join(row) for row in (LIST[0], LIST[1], quoted)) + "\r\n"


@cache
def workbook(rows: tuple[tuple[object, ...], ...] = LIST, hidden: bool = False) -> bytes:
    book = Workbook()
    if hidden:
        book.active.append(["a hidden sheet"])
        book.active.sheet_state = "hidden"
        book.create_sheet("Liste")
    for row in rows:
        book.worksheets[-1].append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """A workbook of which one part is another."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as parts, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as changed:
        for part in parts.namelist():
            if part != name:
                changed.writestr(part, parts.read(part))
        changed.writestr(name, content)
    return file.getvalue()


# Text.


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_every_kind_of_text_that_a_spreadsheet_writes(separator: str, encoding: str) -> None:
    assert read_table(text(separator).encode(encoding), "liste.csv") == LIST


@pytest.mark.parametrize("name", ["liste.CSV", "liste.txt", "liste", "document", "clients.v2.tsv"])
def test_the_name_decides_nothing_that_the_text_can_tell(name: str) -> None:
    assert read_table(text(";").encode(), name) == LIST


@pytest.mark.parametrize(
    ("written", "read"),
    [
        # Line ends of every system, empty lines in their places, none at the end.
        ("1;2\n\n3;4\n;;\n\n", (("1", "2"), (), ("3", "4"))),
        ("1;2\r3;4\r", (("1", "2"), ("3", "4"))),
        # Only the separator that makes a table cuts; a decimal comma does not.
        ("1;2,5;Awa, Bâ\n3;4,5;Moussa\n", (("1", "2,5", "Awa, Bâ"), ("3", "4,5", "Moussa"))),
        ("14123456789 5000 Awa\n", (("14123456789 5000 Awa",),)),
        ("sep=|\n1|2;3;4\n", ((), ("1", "2;3;4"))),
        # Quotes: around a cell, doubled, inside a name, and never closed.
        ('1;"Awa ""la grande"" Bâ"\n', (("1", 'Awa "la grande" Bâ'),)),
        ('1;Awa "la grande" Bâ\n2;x\n', (("1", 'Awa "la grande" Bâ'), ("2", "x"))),
        ('1;"Awa\n2;Moussa\n', (("1", '"Awa'), ("2", "Moussa"))),
        ('1;"Awa\nBâ"\n', (("1", "Awa Bâ"),)),
        # Spaces of every kind are one.
        ("  1 ;5\u00a0000;\u202f x  y\n", (("1", "5 000", "x y"),)),
        # What keeps a spreadsheet from changing a text is no part of it.
        ("=\"00123\";'00124;'=x;'n\n", (("00123", "00124", "=x", "'n"),)),
        # A number that was rounded is left as it is, for somebody to see.
        ("1,41235E+10;5000\n1.41235E+10;x\n", (("1,41235E+10", "5000"), ("1.41235E+10", "x"))),
        ("1;2\n\x1a", (("1", "2"),)),
    ],
)
def test_texts_as_people_write_them(written: str, read: object) -> None:
    assert read_table(written.encode(), "liste.csv") == read


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "liste.csv"),
        (b"\n;;\n", "liste.csv"),
        (b"%PDF-1.7 ...", "liste.csv"),
        (b"{\\rtf1 hello}", "liste.txt"),
        (b"<html><table></table></html>", "liste.xls"),
        (b'[{"meter": 1}]', "liste.txt"),
        (b"\x89PNG\r\n\x1a\n\0\0", "liste.csv"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "photo"),
        (b"14123456789;5000", "photo.jpg"),
        (b"1;\x81\n", "liste.csv"),
        (b"\xff\xfe\x00\xd8", "liste.csv"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"Workbook", "liste.xls"),
        (b"PK\x03\x04", "liste.xlsx"),
        (b"a" * 200_000, "liste.csv"),
    ],
)
def test_what_is_no_table_is_said_to_be_none(content: bytes, name: str) -> None:
    assert read_table(content, name) == Problem("not_a_table")


def test_what_is_too_large_is_not_looked_at() -> None:
    assert read_table(b"1;2\n" * (MAX_BYTES // 4), "l.csv") == Problem("too_many_rows")
    assert read_table(b"1;2\n" * (MAX_BYTES // 4 + 1), "l.csv") == Problem("too_large")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_last_row_that_is_read(kind: str) -> None:
    def made(rows: int, columns: int = 2) -> bytes:
        # Empty lines do not count.
        lines = [(f"{at}", *("x",) * (columns - 1)) for at in range(rows)]
        lines.insert(1, ("",) * columns)
        return write(kind, Table("t", (Column("0"),) * columns, tuple(lines)))  # type: ignore[arg-type]

    full = read_table(made(MAX_ROWS - 1), "l")
    assert not isinstance(full, Problem)
    assert (len(full), full[1], full[2], full[-1]) == (MAX_ROWS + 1, ("0", "x"), (), (str(MAX_ROWS - 2), "x"))
    assert read_table(made(MAX_ROWS), "l") == Problem("too_many_rows")
    wide = read_table(made(3, MAX_COLUMNS), "l")
    assert not isinstance(wide, Problem)
    assert len(wide[1]) == MAX_COLUMNS
    assert read_table(made(3, MAX_COLUMNS + 1), "l") == Problem("not_a_table")


# Workbooks.


def test_a_workbook_is_read_as_it_was_typed() -> None:
    assert read_table(workbook(), "liste.xlsx") == LIST
    assert read_table(workbook(), "document") == LIST


def test_the_first_sheet_that_is_shown_is_read() -> None:
    assert read_table(workbook(hidden=True), "liste.xlsx") == LIST


def test_numbers_come_without_a_point_and_texts_keep_their_zeros() -> None:
    rows = (
        ("00123", 14123456789, 14123456789.0, 5000.5, -3),
        (True, None, datetime(2026, 11, 24, 21, 5), date(2026, 12, 5), "  Awa\nBâ "),  # noqa: DTZ001 a cell has no zone
        (None, None, None),
        (0.1 + 0.2, 123456789012345678, "=1+1", "#N/A", "1.41235E+10"),
    )
    assert read_table(workbook(rows), "l.xlsx") == (
        ("00123", "14123456789", "14123456789", "5000.5", "-3"),
        ("TRUE", "", "2026-11-24 21:05:00", "2026-12-05", "Awa Bâ"),
        (),
        # A formula that was never worked out is nothing; it is not run here.
        ("0.3", "1.234567890123457E+17", "", "#N/A", "1.41235E+10"),
    )


def test_a_number_that_lost_its_digits_is_not_completed() -> None:
    """A code of twenty digits, typed as a number: Excel keeps fifteen of them."""
    sheet = b'<c r="A1"><v>1.23456789012346E+19</v></c><c r="B1"><v>1.4123456789E10</v></c>'
    content = with_part("xl/worksheets/sheet1.xml", SHEET % (b"<row>" + sheet + b"</row>"))
    assert read_table(content, "l.xlsx") == (("1.23456789012346E+19", "14123456789"),)


def test_a_formatted_row_at_the_far_end_is_not_looked_for() -> None:
    rows = b'<row r="2"><c><v>5</v></c></row><row r="1048576"><c s="1"/></row>'
    assert read_table(with_part("xl/worksheets/sheet1.xml", SHEET % rows), "l.xlsx") == ((), ("5",))


def test_our_own_files_are_read_back() -> None:
    rows = (("14123456789", 5_000, "+Awa"), ("00123", 1, "=1"))
    table = Table("t", tuple(Column(name) for name in LIST[0]), rows)
    expected = (LIST[0], ("14123456789", "5000", "+Awa"), ("00123", "1", "=1"))
    assert read_table(write("csv", table), "l.csv") == expected
    assert read_table(write("xlsx", table), "l.xlsx") == expected


def test_a_workbook_under_a_password_is_told_apart() -> None:
    content = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500
    assert read_table(content, "liste.xlsx") == Problem("encrypted")


# Hostile files.

SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
STYLES = b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts>%s</fonts></styleSheet>'
ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "' + "x" * 9_999 + '">]><worksheet>' + "&b;" * 9_999 + "</worksheet>"
)
SHEET_1 = "xl/worksheets/sheet1.xml"

BOMBS: dict[str, Callable[[], bytes]] = {
    "many bytes": lambda: with_part("xl/media/image.bin", b"\0" * 9_000_000),
    "many cells": lambda: with_part(SHEET_1, SHEET % (b"<row>" + b"<c/>" * 600_000 + b"</row>")),
    "many formats": lambda: with_part("xl/styles.xml", STYLES % (b"<font/>" * 30_000)),
    "deep": lambda: with_part(SHEET_1, SHEET % (b"<a>" * 300_000 + b"</a>" * 300_000)),
    "entities": lambda: with_part(SHEET_1, ENTITIES.encode()),
    "entities in UTF-16": lambda: with_part(SHEET_1, ENTITIES.encode("utf-16")),
    "entities under another name": lambda: with_part("xl/some.bin", ENTITIES.encode()),
    "a part twice": lambda: twice(),
    "many parts": lambda: crowd(),
    "packed in another way": lambda: packed(zipfile.ZIP_LZMA),
    "no workbook": lambda: without("xl/workbook.xml"),
    "no sheet": lambda: without(SHEET_1),
    "a number of a million digits": lambda: with_part(
        SHEET_1, SHEET % (b"<row><c><v>" + b"9" * 1_000_000 + b"</v></c></row>")
    ),
}


def rewritten(change: Callable[[zipfile.ZipFile, zipfile.ZipFile], None], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as parts, zipfile.ZipFile(file, "w", method) as changed:
        for part in parts.namelist():
            changed.writestr(part, parts.read(part))
        change(parts, changed)
    return file.getvalue()


def twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate"):
        return rewritten(lambda parts, changed: changed.writestr(SHEET_1, parts.read(SHEET_1)))


def crowd() -> bytes:
    def add(parts: zipfile.ZipFile, changed: zipfile.ZipFile) -> None:
        for at in range(600):
            changed.writestr(f"xl/{at}.xml", "")

    return rewritten(add)


def packed(method: int) -> bytes:
    return rewritten(lambda parts, changed: None, method)


def without(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as parts, zipfile.ZipFile(file, "w") as changed:
        for part in parts.namelist():
            if part != name:
                changed.writestr(part, parts.read(part))
    return file.getvalue()


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_not_set_off(name: str) -> None:
    content = BOMBS[name]()
    assert len(content) < MAX_BYTES
    started = time.perf_counter()
    assert read_table(content, "liste.xlsx") == Problem("not_a_table")
    assert time.perf_counter() - started < 5


def test_a_workbook_that_lies_about_its_sizes_is_not_unpacked() -> None:
    """The announced size is what is unpacked at most, and then the sum is wrong."""
    content = bytearray(with_part(SHEET_1, b"\0" * 7_000_000))
    honest = (7_000_000).to_bytes(4, "little")
    for _ in range(content.count(honest)):
        at = content.index(honest)
        content[at : at + 4] = (1_000).to_bytes(4, "little")
    assert read_table(bytes(content), "l.xlsx") == Problem("not_a_table")


def test_an_encrypted_part_is_no_table() -> None:
    content = bytearray(workbook())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    assert read_table(bytes(content), "l.xlsx") == Problem("not_a_table")


def sound(content: bytes, name: str) -> None:
    """Whatever it is, the answer is a problem or a table within its limits."""
    read = read_table(content, name)
    if isinstance(read, Problem):
        assert read.code in ("too_large", "not_a_table", "too_many_rows", "encrypted")
        return
    assert read
    assert read[-1]
    assert sum(map(bool, read)) <= MAX_ROWS
    assert all(len(row) <= MAX_COLUMNS and (not row or row[-1]) for row in read)
    for cell in (cell for row in read for cell in row):
        assert len(cell) <= MAX_CELL_CHARACTERS
        cell.encode()


NAMES = st.sampled_from(["l.csv", "l.xlsx", "l", "l.txt"])


@given(st.binary(max_size=2_000), NAMES)
def test_any_bytes(content: bytes, name: str) -> None:
    sound(content, name)


@given(st.text(alphabet=st.sampled_from(";,\t|\"\r\n'=aé1\u00a0 \ufeff"), max_size=200), NAMES)
def test_any_text(content: str, name: str) -> None:
    sound(content.encode(), name)
    sound(content.encode("utf-16"), name)


@given(st.sampled_from([b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1"), b"\xff\xfe", b"\xef\xbb\xbf"]), st.binary())
def test_any_bytes_after_a_known_beginning(beginning: bytes, rest: bytes) -> None:
    sound(beginning + rest, "l.xlsx")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.integers(1, 30), st.booleans())
def test_damaged_workbooks(seed: int, bytes_changed: int, cut: bool) -> None:
    """Real ones, of which some bytes are others, or the end is missing."""
    chance = random.Random(seed)
    content = bytearray(workbook())
    for _ in range(bytes_changed):
        content[chance.randrange(len(content))] = chance.randrange(256)
    sound(bytes(content[: chance.randrange(len(content))] if cut else content), "l.xlsx")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.integers(1, 12))
def test_damaged_parts_of_workbooks(seed: int, bytes_changed: int) -> None:
    """The zip is sound, and what is in it is not: openpyxl and its parser get to see it."""
    chance = random.Random(seed)
    with zipfile.ZipFile(io.BytesIO(workbook())) as parts:
        name = chance.choice(parts.namelist())
        content = bytearray(parts.read(name))
    for _ in range(bytes_changed):
        at = chance.randrange(len(content))
        content[at : at + chance.randrange(3)] = bytes(chance.choices(b'<>/="0129-&;rct\0', k=chance.randrange(3)))
    sound(with_part(name, bytes(content)), "l.xlsx")


def test_the_log_learns_nothing_of_a_file_but_that_it_failed(capfd: pytest.CaptureFixture[str]) -> None:
    read_table(with_part(SHEET_1, SHEET % b"<row><c><v>14123456789x</v></c></row>"), "Awa.xlsx")
    captured = capfd.readouterr()
    assert "could not be read" in captured.out + captured.err
    assert "14123456789" not in captured.out + captured.err
    assert "Awa" not in captured.out + captured.err


def test_limits_leave_room_for_the_largest_honest_list() -> None:
    rows = tuple(tuple(f"{at}.{column}" for column in range(MAX_COLUMNS)) for at in range(MAX_ROWS))
    read = read_table(workbook(rows), "l.xlsx")
    assert read == rows
    assert len(workbook(rows)) < reading.MAX_BYTES
