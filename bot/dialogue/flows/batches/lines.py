"""A list of sales as a reseller wrote it: rows of cells become numbered lines, each good or with its fault. Pure.

Theory of operation. A line needs a meter and an amount, and may have a name. People part them with `;`, a tab, `|`,
commas, or spaces, and put them in any order: a first line of titles says which column is which; without one the cells
tell by themselves, for a meter number has its usual length and an amount has not. Beyond that there is no guessing: a
line that may be read in two ways is marked as faulty. Every row that is not empty, nor a title, becomes exactly one
line, so that what somebody wrote is bought or named, never lost.
"""

import re
import unicodedata
from typing import Final

from msgspec.structs import replace

from bot.dialogue.flows.batches.bills import bill_line, bill_of, billed, blank
from bot.dialogue.flows.batches.line_values import MAX_NAME_CHARACTERS, MAX_WRITTEN_CHARACTERS, Line
from bot.dialogue.parsing.amounts import amount_off, is_sum, parse_amount
from bot.dialogue.parsing.figures import figures_of
from bot.dialogue.parsing.lines import parse_line
from bot.dialogue.parsing.number_words import in_figures
from bot.dialogue.parsing.references import ROUNDED, parse_reference
from bot.dialogue.parsing.titles import Column, Rows, cell_under, columns_of
from bot.domain.catalog import Service
from bot.domain.text import fold
from bot.repositories.batches import Fault

MAX_LINES = 500
# An amount has fewer digits than any meter number.
MAX_AMOUNT_DIGITS = 7
MIN_NAME_LETTERS = 2


_HERE: Final = frozenset({"woyofal", "w"})
_DECIMALS: Final = re.compile(r"(\d+)[.,]0{1,2}")
# Its blanks are single: `_plain` sees to that, for two patterns that both take blanks try every way to share them.
_FIGURE: Final = re.compile(
    r"\d(?: ?[\d.,'_])*(?: ?(?:k|mille|mil))?(?: ?(?:francs?|fr|f))?(?: ?(?:cfa|xof))?", re.IGNORECASE
)
_TURNED: Final = ("amount", "name")
_FIRST_THOUSAND: Final = re.compile(r"\s*\d{1,3}")
_NEXT_THOUSAND: Final = re.compile(r"\d{3}")
_THREE: Final = re.compile(r"\d{3}(?!\d)")
_UNITS: Final = frozenset({"f", "fr", "fcfa", "cfa", "franc", "francs", "xof", "k", "mille", "mil"})


# A figure so long is no amount: it is somebody's meter, and the provider knows whether there is such a one.
METER_DIGITS = 8


def rows_of(text: str) -> Rows:
    """A text of several lines as rows of cells, empty lines too."""
    return tuple(cells_of(line) for line in text.splitlines())


def cells_of(line: str) -> tuple[str, ...]:
    """The cells of one written line; one cell where nothing parts it but single spaces."""
    line = line.strip()
    for mark in (";", "\t", "|"):
        if mark in line:
            return _trimmed(line.split(mark))
    if "," in line:
        return _trimmed(_with_thousands(line.split(",")))
    return _trimmed(re.split(r"\s{2,}", line))


def _trimmed(cells: list[str]) -> tuple[str, ...]:
    stripped = [cell.strip() for cell in cells]
    while stripped and not stripped[-1]:
        del stripped[-1]
    return tuple(stripped)


def _with_thousands(cells: list[str]) -> list[str]:
    """`5,000` was torn apart at its comma: `5` and `000` are one cell."""
    joined: list[list[str]] = []
    for cell in cells:
        parts = joined[-1] if joined else []
        # The first part of a figure has one to three digits, each further one three, and nothing behind them.
        begun = len(parts) > 1 or (bool(parts) and _FIRST_THOUSAND.fullmatch(parts[0]) is not None)
        if begun and _NEXT_THOUSAND.fullmatch(parts[-1] if len(parts) > 1 else "000") and _THREE.match(cell):
            parts.append(cell)
        else:
            joined.append([cell])
    return [",".join(parts) for parts in joined]


def read_lines(rows: Rows, sold: Service) -> tuple[Line, ...]:
    """The lines of a list. What was already said in an earlier line, meter and amount, is at fault."""
    columns, rest = columns_of([row for row in rows if any(row)])
    return marked(tuple(_line(number, row, columns, sold) for number, row in enumerate(rest, 1)))


def marked(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The lines, those marked that say an earlier one again."""
    seen: list[Line] = []
    said: dict[tuple[str, str, int], int] = {}
    for line in lines:
        if not line.fault:
            is_bill = line.service != "woyofal"
            what = (line.service, line.reference.lstrip("0"), 0 if is_bill else line.amount_xof)
            first = said.setdefault(what, line.number)
            if first != line.number:
                line = replace(line, fault="repeats", repeats=first)
        seen.append(line)
    return tuple(seen)


def single(text: str, sold: Service) -> Line | None:
    """A text that is one good line of a list, with a number that can only be a meter's; None for anything else."""
    rows = [row for row in rows_of(text) if any(row)]
    line = _line(1, rows[0], (), sold) if len(rows) == 1 else None
    return line if line is not None and not line.fault and len(line.reference) >= METER_DIGITS else None


def is_list(text: str, sold: Service) -> bool:
    """Whether a text of several lines is meant as a list: one of them has a meter number and an amount."""
    rows = [row for row in rows_of(text) if any(row)]
    if len(rows) < 2:
        return False
    columns, rest = columns_of(rows)
    low, high = sold.usual_digits
    for row in rest:
        line = _line(1, row, columns, sold)
        if line.reference and line.service != sold.name:
            return True
        if line.reference and line.amount_xof and (columns or low <= len(line.reference) <= high):
            return True
    return False


def _line(number: int, row: tuple[str, ...], columns: tuple[Column | None, ...], sold: Service) -> Line:
    written = " ; ".join(row).strip()[:MAX_WRITTEN_CHARACTERS]
    if columns:
        meter, amount, name, service = (cell_under(row, columns, of) for of in ("meter", "amount", "name", "service"))
        if (bill := billed(service)) is not None:
            return bill_of(blank(number, row, bill, name), bill, meter, amount)
    else:
        if len(row) == 1:
            row = cells_of(row[0])
        if (pays := bill_line(number, row)) is not None:
            return pays
        row = whole = tuple(cell for cell in row if fold(cell) not in _HERE)
        if len(row) == 1:
            spaced = _spaced(row[0], sold)
            if spaced is None:
                return by_name(Line(number, written, fault="unclear"), row, sold)
            row = spaced
        meter, amount, name = _sorted(row, sold)
    reference, fault = _meter(meter)
    amount_xof, amiss = _amount(amount, sold)
    line = Line(
        number,
        written,
        reference,
        amount_xof,
        " ".join(name.split())[:MAX_NAME_CHARACTERS],
        fault or amiss,
    )
    if columns:
        return by_name(line, (name, amount), sold) if line.fault == "no_meter" and not meter else line
    # `5000;Fatou` has its amount where others have their meter.
    turned = line.fault == "bad_amount" and len(whole) == len(_TURNED) and len(reference) <= MAX_AMOUNT_DIGITS
    return by_name(line, whole, sold) if line.fault == "no_meter" or turned else line


def by_name(line: Line, cells: tuple[str, ...], sold: Service) -> Line:
    """A line without a meter that names somebody and one amount; the same line where it does not."""
    filled = [cell for cell in cells if cell]
    if len(filled) > 1:
        figures = [cell for cell in filled if _FIGURE.fullmatch(_plain(in_figures(cell)))]
        name, amount = " ".join(cell for cell in filled if cell not in figures), "".join(figures)
        if len(figures) != 1:
            return line
    else:
        words, amount_said = amount_off(in_figures("".join(filled)).split())
        name, amount = " ".join(words), "" if amount_said is None else str(amount_said)
    letters = sum(c.isalpha() for c in name)
    if not amount or letters < MIN_NAME_LETTERS or any(is_sum(word) for word in name.split()):
        return line
    name = " ".join(name.split())[:MAX_NAME_CHARACTERS]
    amount_xof, amiss = _amount(in_figures(amount), sold)
    return replace(line, reference="", amount_xof=amount_xof, name=name, named=name, fault=amiss or "no_meter")


def _sorted(row: tuple[str, ...], sold: Service) -> tuple[str, str, str]:
    """Meter, amount and name of a row without titles: by what they look like, else in that order."""
    low, high = sold.usual_digits
    meters = [at for at, cell in enumerate(row) if low <= len(_meter(cell)[0]) <= high and _is_number(cell)]
    if len(meters) == 1:
        figures = [at for at, cell in enumerate(row) if at != meters[0] and _short_figure(cell)]
        if len(figures) > 1:
            figures = [at for at in figures if not _amount(row[at], sold)[1]]
        if len(figures) == 1:
            names = [cell for at, cell in enumerate(row) if at not in (meters[0], figures[0]) and cell]
            # A number of the line's own is no name where there is one.
            names.sort(key=_is_number)
            return row[meters[0]], row[figures[0]], "".join(names[:1])
    meter, amount, name = (*row, "", "", "")[:3]
    return meter, amount, name


def _is_number(cell: str) -> bool:
    return not any(c.isalpha() for c in cell)


def _short_figure(cell: str) -> bool:
    """Whether a cell can be an amount and no meter number."""
    return _FIGURE.fullmatch(_plain(cell)) is not None and sum(c.isdecimal() for c in cell) <= MAX_AMOUNT_DIGITS


def _plain(cell: str) -> str:
    """A cell in plain signs; a spreadsheet's whole number may come with decimals."""
    plain = " ".join(unicodedata.normalize("NFKC", cell).split())
    whole = _DECIMALS.fullmatch(plain)
    return whole[1] if whole is not None else plain


def _meter(cell: str) -> tuple[str, Fault]:
    plain = _plain(cell)
    if ROUNDED.fullmatch(plain):
        return "", "rounded"
    reference = parse_reference(plain.replace(",", ""))
    return (reference, "") if reference is not None else ("", "no_meter")


def _amount(cell: str, sold: Service) -> tuple[int, Fault]:
    plain = _plain(cell)
    if not plain:
        return 0, "no_amount"
    amount = parse_amount(plain) if _FIGURE.fullmatch(plain) else None
    if amount is None:
        return 0, "bad_amount"
    if amount < sold.minimum_xof:
        return amount, "too_small"
    return amount, "too_large" if amount > sold.maximum_xof else ""


def _spaced(text: str, sold: Service) -> tuple[str, str, str] | None:
    """Meter, amount and name of a line whose parts are parted by single spaces; None when it reads in several ways."""
    runs: list[list[str]] = [[]]
    words: list[str] = []
    for word in unicodedata.normalize("NFKC", text).split():
        if word[0].isdecimal() or (runs[-1] and fold(word) in _UNITS):
            runs[-1].append(word)
        else:
            words.append(word)
            if runs[-1]:
                runs.append([])
    figures = [" ".join(run) for run in runs if run]
    name = " ".join(words)
    if name.partition(" ")[0].lower() in _HERE:
        name = name.partition(" ")[2]
    # A number of the usual length is the meter, whatever else stands in the line.
    usual = [at for at, figure in enumerate(figures) if _has_usual(figure, sold)]
    for at in usual or range(len(figures)):
        readings = [one for one in parse_line(figures[at], sold) if one.reference]
        whole = [one for one in readings if one.amount_xof is not None]
        if len(readings) == 1 and whole:
            rest = " ".join((name, *figures[:at], *figures[at + 1 :])).strip()
            return whole[0].reference, str(whole[0].amount_xof), rest
        if whole or len(readings) > 1:
            return None
    meters: list[str] = []
    others: list[str] = []
    for figure in figures:
        (meters if len(_meter(figure)[0]) >= sold.usual_digits[0] else others).append(figure)
    return "".join(meters[:1]), "".join(others[:1]), name


def _has_usual(figure: str, sold: Service) -> bool:
    low, high = sold.usual_digits
    return any(low <= len(run) <= high for run in figures_of(figure).runs)
