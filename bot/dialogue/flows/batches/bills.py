"""A line of a list that pays a bill: `senelec 210278816`, `Awa ; senelec`, `senelec ; 210278816 ; 18450`. Pure.

What is due comes from the provider, so a line needs no amount; one that is written must be what is due. The name of the
service makes it such a line. Its figures are the reference, then the amount; where a single figure may be either, the
line is at fault.
"""

from typing import Final

from bot.dialogue.flows.batches.line_values import MAX_NAME_CHARACTERS, MAX_WRITTEN_CHARACTERS, Line
from bot.dialogue.parsing.amounts import MAX_AMOUNT_DIGITS, NOT_DIGIT, amount_of, parse_amount
from bot.domain.catalog import SERVICES, Service
from bot.domain.text import fold

MIN_NAME_LETTERS: Final = 2
_MOST_FIGURES: Final = 2
# Every service with bills, by its names; written in one word or in two.
_BILLED: Final[dict[str, Service]] = {
    said: service
    for service in SERVICES
    for said in map(fold, (service.name, *service.words))
    if not service.prepaid and said.replace(" ", "") == service.name
}


def bill_line(number: int, row: tuple[str, ...]) -> Line | None:
    """The line of a bill; None where a row names no service that has bills."""
    found = _service_off([cell for cell in row if cell])
    if found is None:
        return None
    service, cells = found
    words: list[str] = []
    figures: list[str] = []
    for cell in cells:
        if not any(c.isalpha() for c in cell):
            figures += _figures(cell)
            continue
        if amount_of(cell.split()) is not None:
            figures.append(cell)
            continue
        for word in cell.split():
            (figures if word[0].isdecimal() else words).append(word)
    figures = [figure for figure in figures if NOT_DIGIT.sub("", figure)]
    return _of_figures(blank(number, row, service, " ".join(words)), service, figures)


def _figures(cell: str) -> list[str]:
    """The figures of a cell without a letter: one, unless a whole number stands before another (`210278816 18 450`)."""
    first, _, rest = cell.partition(" ")
    is_whole = len(NOT_DIGIT.sub("", first)) > MAX_AMOUNT_DIGITS
    return [first, rest] if is_whole and rest else [cell]


def billed(cell: str) -> Service | None:
    """The service with bills that a cell names."""
    return _BILLED.get(fold(cell))


def _service_off(cells: list[str]) -> tuple[Service, list[str]] | None:
    """The service that is named by a cell, or by a word or two anywhere in one, and what is left."""
    for at, cell in enumerate(cells):
        words = cell.split()
        for count in (2, 1):
            for first in range(len(words) - count + 1):
                if (service := billed(" ".join(words[first : first + count]))) is not None:
                    parts = (" ".join(words[:first]), " ".join(words[first + count :]))
                    return service, [*cells[:at], *(part for part in parts if part), *cells[at + 1 :]]
    return None


def _of_figures(line: Line, service: Service, figures: list[str]) -> Line:
    """The line with its figures, in the order in which they stand: the reference, then the amount."""
    digits = [NOT_DIGIT.sub("", figure) for figure in figures]
    if len(figures) > _MOST_FIGURES:
        return line.at_fault("unclear")
    if len(digits) == 1 and _is_name(line.name) and len(digits[0]) <= MAX_AMOUNT_DIGITS:
        # The reference of a bill may be as short as an amount.
        return line.at_fault("unclear")
    if len(digits) == _MOST_FIGURES and len(digits[0]) <= MAX_AMOUNT_DIGITS < len(digits[1]):
        figures = figures[::-1]
    reference, amount = (*figures, "", "")[:_MOST_FIGURES]
    return bill_of(line, service, reference, amount)


def bill_of(line: Line, service: Service, reference: str, amount: str) -> Line:
    """The line with a reference of this service, else of the client whom it names, and the amount that is written."""
    amount_xof = parse_amount(amount) if amount else 0
    if amount_xof is None or (amount and not amount_xof):
        return line.at_fault("bad_amount")
    digits = NOT_DIGIT.sub("", reference)
    line = line.of_bill(digits, amount_xof)
    if not digits:
        return line.of_client(line.name) if _is_name(line.name) else line.at_fault("no_meter")
    return line if service.is_usual(digits) else line.at_fault("length")


def _is_name(name: str) -> bool:
    return sum(c.isalpha() for c in name) >= MIN_NAME_LETTERS


def blank(number: int, row: tuple[str, ...], service: Service, name: str) -> Line:
    """The line of a bill of which only the service and the name are known."""
    written = " ; ".join(row).strip()[:MAX_WRITTEN_CHARACTERS]
    return Line(number, written, name=" ".join(name.split())[:MAX_NAME_CHARACTERS], service=service.name)
