"""Files that people send, read as tables. Whatever the bytes are, the answer is a table or a `Problem`.

Theory of operation. What a file is, its first bytes say; its name only rules out what is certainly no table. A
workbook is measured before it is opened: it is a zip, and a small one can hold more than this machine has. Text is
tried in the encodings that Excel writes, and cut at the separator that makes the most regular table.

Nothing is guessed. A number that a spreadsheet has rounded (`1.41235E+10` for a meter number) stays as it is written,
so that whoever reads the line can say so; leading zeros of a text stay; rows keep their places, empty ones too.

Every measure is taken before the work that it bounds: a part before it is parsed, a cell before it is split. Still
nobody knows what openpyxl makes of a part that somebody made to be dear, so `read_table` belongs in a process that can
be given up (`reading_queue`). openpyxl is imported when it is first needed.
"""

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, time
from itertools import islice
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from bot.logs import get_logger

MAX_BYTES = 1_000_000
MAX_ROWS = 2_000
MAX_COLUMNS = 20
MAX_CELL_CHARACTERS = 500
# Of a longer cell the beginning is looked at, spaces and all.
_MAX_RAW_CHARACTERS = 4 * MAX_CELL_CHARACTERS
# Of all cells together: one text of a workbook may stand in any number of cells.
MAX_CHARACTERS = 1_000_000
# What a workbook may hold when it is unpacked: bytes, and marks that open or close an element, which cost openpyxl a
# hundred times as much memory as their bytes. 2,000 rows of 20 cells have less than this.
MAX_UNPACKED_BYTES = 8_000_000
MAX_TAGS = 500_000
# Everything but cells and their texts; formats above all, which are the dearest.
MAX_OTHER_TAGS = 20_000
MAX_PARTS = 500
# A spreadsheet may keep a formatted row at its far end, and all the empty ones before it: nobody looks so far.
MAX_ROWS_LOOKED_AT = 20_000

Code: TypeAlias = Literal["too_large", "not_a_table", "too_many_rows", "encrypted", "too_heavy", "busy", "gone"]
Rows: TypeAlias = tuple[tuple[str, ...], ...]

_ZIP: Final = b"PK\x03\x04"
# The container of old Excel files, and of new ones under a password.
_COMPOUND: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
# Texts that are something else, whatever the file is called.
_OTHER_TEXT: Final = re.compile(r"\s*(?:%PDF|\{\\rtf|<[!?a-zA-Z]|[{\[]\s*[\"'{\[\]}])")
_NAMES: Final = frozenset({"", "csv", "txt", "text", "tsv", "tab", "xls", "xlsx", "xlsm"})
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SEPARATORS: Final = (";", "\t", "|", ",")
_SAMPLE_ROWS = 50
# A document type is where XML bombs are declared; no spreadsheet writes one.
_CELLS: Final = re.compile(r"xl/(?:worksheets/[^/]+|sharedStrings)\.xml")
_DOCUMENT_TYPES: Final = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
_ENCODING: Final = re.compile(rb"[^<]*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")
_ENCODINGS: Final = frozenset({"utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii", "iso-8859-1"})
_MAX_DECLARATION_BYTES = 400
# Up to here a spreadsheet's number still has every digit that was typed.
_EXACT = 10**15

log = get_logger("documents")


class Problem(Struct, frozen=True):
    """Why a file could not be read as a table. `busy` and `gone` are said of files that were never looked at."""

    code: Code


class _TooManyRows(Exception):
    pass


class _TooHeavy(Exception):
    pass


class _NotATable(Exception):
    pass


def read_table(content: bytes, name: str) -> Rows | Problem:
    """The cells of a CSV or text file, or of the first sheet of a workbook. Raises nothing.

    Cells are stripped texts; what is empty at the end of a row, and empty rows at the end, are left out.
    """
    if len(content) > MAX_BYTES:
        return Problem("too_large")
    try:
        if content.startswith(_COMPOUND):
            return Problem("encrypted" if _ENCRYPTED in content else "not_a_table")
        rows = _kept(_workbook(content) if content.startswith(_ZIP) else _text(content, name))
    except _TooManyRows:
        return Problem("too_many_rows")
    except (_TooHeavy, MemoryError):
        return Problem("too_heavy")
    except _NotATable:
        return Problem("not_a_table")
    # A damaged workbook makes openpyxl, zipfile and expat raise whatever they happen to stumble over. It is the file
    # of somebody who can be told so; the log keeps the type, for the text may quote the file.
    except Exception as error:
        log.warning("a file could not be read", problem=type(error).__name__)
        return Problem("not_a_table")
    return rows or Problem("not_a_table")


def _kept(rows: Iterable[Iterable[str]]) -> Rows:
    """The rows within the limits; those at the end that hold nothing are left out."""
    kept: list[tuple[str, ...]] = []
    filled = characters = 0
    for row in rows:
        cells = [_cell(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise _NotATable
        filled += bool(cells)
        if filled > MAX_ROWS:
            raise _TooManyRows
        characters += sum(map(len, cells))
        if characters > MAX_CHARACTERS:
            raise _TooHeavy
        kept.append(tuple(cells))
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _cell(text: str) -> str:
    text = " ".join(text[:_MAX_RAW_CHARACTERS].split())
    # How people, and our own files, keep a spreadsheet from taking a text for something else.
    if len(text) > 2 and text.startswith('="') and text.endswith('"'):
        text = text[2:-1].strip()
    elif re.match(r"'[=+\-@\d]", text):
        text = text[1:]
    return text[:MAX_CELL_CHARACTERS]


# Text.


def _text(content: bytes, name: str) -> list[list[str]]:
    ending = name.rpartition(".")[2].strip().lower() if "." in name else ""
    text = _decoded(content)
    if ending not in _NAMES or _CONTROL.search(text) or _OTHER_TEXT.match(text):
        raise _NotATable
    separator = ""
    if named := re.match(r"sep=(.)[ \t]*(?:\r\n?|\n)", text, re.IGNORECASE):
        separator = named[1]
        # The line stays a line, so that those after it keep their numbers.
        text = text[named.end(1) :].lstrip(" \t")
    if separator not in _SEPARATORS:
        separator = max(_SEPARATORS, key=lambda each: _regularity(text, each))
    return _records(text, separator)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif content[1:60:2].count(0) > len(content[1:60:2]) // 2:
        encodings = ("utf-16-le",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            # Some programs end a text with the old mark of its end.
            return content.decode(encoding).removesuffix("\x1a")
        except UnicodeDecodeError:
            continue
    raise _NotATable


def _records(text: str, separator: str) -> list[list[str]]:
    """The records of a text. Where its quotes do not close, they are letters like others."""
    lines = io.StringIO(text, newline="")
    try:
        return list(islice(csv.reader(lines, delimiter=separator, strict=True), MAX_ROWS_LOOKED_AT))
    except csv.Error:
        lines.seek(0)
        return list(islice(csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE), MAX_ROWS_LOOKED_AT))


def _regularity(text: str, separator: str) -> int:
    """How much of a table a separator makes: how many of the first rows have the same number of cells, above one."""
    lines = islice(io.StringIO(text, newline=""), _SAMPLE_ROWS)
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=separator))
    except csv.Error:
        return 0
    return max((rows for width, rows in widths.items() if width > 1), default=0)


# Workbooks.


def _workbook(content: bytes) -> Iterator[list[str]]:
    from openpyxl import load_workbook

    _measure(content)
    with warnings.catch_warnings():
        # It warns of what it leaves out: colours, conditions, data from elsewhere.
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = next((each for each in book.worksheets if each.sheet_state == "visible"), None)
            if sheet is None:
                raise _NotATable
            # The size that a file claims for its sheet may be wrong either way.
            sheet.reset_dimensions()
            for row in sheet.iter_rows(max_col=MAX_COLUMNS + 1, max_row=MAX_ROWS_LOOKED_AT, values_only=True):
                yield [_written(value) for value in row]
        finally:
            book.close()


def _measure(content: bytes) -> None:
    """Refuse what is no workbook, or one that would unpack to more than a list of sales can be."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            infos = parts.infolist()
            if len(infos) > MAX_PARTS or sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
                raise _NotATable
            names = [info.filename for info in infos]
            if "xl/workbook.xml" not in names or len(set(names)) < len(names):
                raise _NotATable
            tags = other_tags = 0
            for info in infos:
                # Only this way of packing is unpacked bit by bit, up to the size that was announced.
                if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
                    raise _NotATable
                # Any part may be read as XML, whatever it is called.
                part = parts.read(info)
                tags += part.count(b"<")
                other_tags += 0 if _CELLS.fullmatch(info.filename) else part.count(b"<")
                if any(mark in part for mark in _DOCUMENT_TYPES) or not _is_plain(part):
                    raise _NotATable
            if tags > MAX_TAGS or other_tags > MAX_OTHER_TAGS:
                raise _NotATable
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise _NotATable from error


def _is_plain(part: bytes) -> bool:
    """Whether a part is written in letters in which the marks of XML are what they look like: in EBCDIC, say, no `<`
    would be one, and a document type could hide.
    """
    named = _ENCODING.match(part[:_MAX_DECLARATION_BYTES].replace(b"\0", b""))
    return named is None or named[1].decode("ascii", "replace").lower() in _ENCODINGS


def _written(value: object) -> str:
    """A cell's value as somebody would have written it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float() if value.is_integer() and abs(value) < _EXACT:
            return str(int(value))
        case float():
            return repr(value).upper()
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case _:
            return str(value)
