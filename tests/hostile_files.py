"""Files that somebody made to cost as much as they can, each small enough to be sent."""

import io
import zipfile
from collections.abc import Callable

from openpyxl import Workbook

MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
BOOK = "xl/workbook.xml"


def workbook() -> dict[str, bytes]:
    """The parts of a small honest workbook."""
    book = Workbook()
    book.active.append(["14123456789", 5000, "Awa"])
    file = io.BytesIO()
    book.save(file)
    with zipfile.ZipFile(file) as parts:
        members = {name: parts.read(name) for name in parts.namelist()}
    # As Excel writes it: its texts in a part of their own.
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = b'<Override PartName="/%s" ContentType="%s"/></Types>' % (STRINGS.encode(), kind)
    types = members["[Content_Types].xml"].replace(b"</Types>", override)
    return members | {"[Content_Types].xml": types, STRINGS: strings(b"Awa")}


def zipped(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return file.getvalue()


def with_parts(**changed: bytes) -> bytes:
    names = {"sheet": SHEET, "strings": STRINGS, "styles": STYLES, "book": BOOK}
    return zipped(workbook() | {names[name]: content for name, content in changed.items()})


def sheet(rows: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    return b"<worksheet %s>%s<sheetData>%s</sheetData>%s</worksheet>" % (MAIN, before, rows, after)


def shared(cells_a_row: int, rows: int) -> bytes:
    return b"".join(b"<row>%s</row>" % (b'<c t="s"><v>0</v></c>' * cells_a_row) for _ in range(rows))


def strings(text: bytes) -> bytes:
    return b"<sst %s><si><t>%s</t></si></sst>" % (MAIN, text)


def styles(formats: bytes, count: int) -> bytes:
    return b"<styleSheet %s><numFmts>%s</numFmts><cellXfs>%s</cellXfs></styleSheet>" % (
        MAIN,
        b'<numFmt numFmtId="200" formatCode="%s"/>' % formats,
        b'<xf numFmtId="200" fontId="0" fillId="0" borderId="0"/>' * count,
    )


def laughs(encoding: str) -> bytes:
    """A billion laughs, in letters that hide what they are."""
    levels = "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10))
    text = f'<!DOCTYPE x [<!ENTITY a0 "{"ha" * 10}">{levels}]><x>&a9;</x>'
    return f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + text.encode(encoding)


def overlapping() -> bytes:
    """A directory that names the same packed bytes again and again."""
    parts = workbook()
    packed = bytearray(zipped(parts | {"xl/media/a": b"\0" * 1_000_000}))
    end = packed.rindex(b"PK\x05\x06")
    start = int.from_bytes(packed[end + 16 : end + 20], "little")
    entry_at = packed.index(b"xl/media/a", start) - 46
    entry = packed[entry_at : entry_at + 46 + len("xl/media/a")]
    more = b"".join(entry[:46] + b"xl/media/%c" % (65 + at) for at in range(60) if 65 + at != ord("a"))
    packed[end:end] = more
    at = end + len(more)
    count = int.from_bytes(packed[at + 10 : at + 12], "little") + more.count(b"PK\x01\x02")
    packed[at + 8 : at + 12] = count.to_bytes(2, "little") * 2
    packed[at + 12 : at + 16] = (end - start + len(more)).to_bytes(4, "little")
    return bytes(packed)


CHEAP: dict[str, tuple[str, Callable[[], bytes], str]] = {
    # What it is: its name, how it is made, and what may be said of it.
    "one text of megabytes in thousands of cells": (
        "l.xlsx",
        lambda: with_parts(sheet=sheet(shared(20, 1_500)), strings=strings(b"a " * 3_000_000)),
        "too_heavy",
    ),
    "one text of megabytes without a space": (
        "l.xlsx",
        lambda: with_parts(sheet=sheet(shared(20, 1_500)), strings=strings(b"a" * 6_000_000)),
        "too_heavy",
    ),
    "a million columns": (
        "l.xlsx",
        lambda: with_parts(
            sheet=sheet(b'<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>', b'<dimension ref="A1:ZZZZZZ1048576"/>')
        ),
        "not_a_table",
    ),
    "a million rows": (
        "l.xlsx",
        lambda: with_parts(sheet=sheet(b'<row r="1048576"><c><v>1</v></c></row>', b'<dimension ref="A1:XFD1048576"/>')),
        "not_a_table",
    ),
    "a thousand parts": (
        "l.xlsx",
        lambda: zipped(workbook() | {f"xl/worksheets/sheet{at}.xml": b"<x/>" for at in range(2, 1_002)}),
        "not_a_table",
    ),
    "a zip of zeros": ("l.xlsx", lambda: zipped(workbook() | {"xl/a": b"\0" * 60_000_000}), "not_a_table"),
    "the same bytes again and again": ("l.xlsx", overlapping, "not_a_table"),
    "a billion laughs in EBCDIC": ("l.xlsx", lambda: with_parts(strings=laughs("cp037")), "not_a_table"),
    "a billion laughs in UTF-16": ("l.xlsx", lambda: with_parts(strings=laughs("utf-16")), "not_a_table"),
    "thousands of links": (
        "l.xlsx",
        lambda: with_parts(
            sheet=sheet(b"", after=b"<hyperlinks>%s</hyperlinks>" % (b'<hyperlink ref="A1" display="x"/>' * 20_000))
        ),
        "not_a_table",
    ),
    "cells merged thousands of times": (
        "l.xlsx",
        lambda: with_parts(
            sheet=sheet(b"", after=b"<mergeCells>%s</mergeCells>" % (b'<mergeCell ref="A1:XFD1048576"/>' * 20_000))
        ),
        "not_a_table",
    ),
    "an endless line": ("l.csv", lambda: b"1" * 999_999, "not_a_table"),
    "an endless line of separators": ("l.csv", lambda: b"1" + b";" * 300_000 + b"1", "not_a_table"),
    "an endless field in quotes": ("l.csv", lambda: b'1;"' + b"x\n" * 499_000, "too_many_rows"),
    "nothing but quotes": ("l.csv", lambda: b'"' * 999_999, "not_a_table"),
    "quotes and separators": ("l.csv", lambda: b'";' * 200_000, "not_a_table"),
    "zeros": ("l.csv", lambda: b"1;2\n" + b"\0" * 900_000, "not_a_table"),
    "half a letter": ("l.csv", lambda: b"\xff\xfe" + b"\x00\xd8" * 400_000, "not_a_table"),
    "spaces": ("l.csv", lambda: b" " * 999_999, "not_a_table"),
}

# What openpyxl works on for minutes, or in gigabytes, before anybody could stop it.
DEAR: dict[str, Callable[[], bytes]] = {
    "a long format in thousands of styles": lambda: with_parts(styles=styles(b"[" * 1_500_000, 9_000)),
}
