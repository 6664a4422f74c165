"""Lines of a list that name a client of the book instead of a meter: `Bocar ; 3000`. Pure.

A name is looked for as in a single sale: who is called exactly that, else whose words begin so. Where several people,
or several meters of one, may be meant, the line waits for the reseller to say which; nothing is guessed.
"""

import re
from collections import defaultdict
from typing import Final

from msgspec.structs import replace

from bot.dialogue.clients import begins
from bot.dialogue.context import Context
from bot.dialogue.flows.batches.bills import bill_line
from bot.dialogue.flows.batches.line_values import Line
from bot.dialogue.flows.batches.lines import by_name, cells_of, read_lines, rows_of
from bot.dialogue.parsing import openers
from bot.dialogue.parsing.titles import Rows
from bot.domain.catalog import Catalog
from bot.domain.text import fold
from bot.languages import answers
from bot.repositories import clients
from bot.repositories.clients import BookedMeter
from bot.store import Script

_AND: Final = "|".join(map(re.escape, sorted(answers("number_and"))))
# What parts several sales in one line; a comma before three digits is inside of a figure.
_PARTED: Final = re.compile(rf";|,(?!\d{{3}}\b)|\s(?:{_AND})\s", re.IGNORECASE)
# All words of a name begin with the first letters of one of them.
_FIRST_LETTERS = 2


class Book:
    """A reseller's clients with their meters and references, to look names up in."""

    def __init__(self, catalog: Catalog, meters: tuple[BookedMeter, ...]) -> None:
        self._catalog = catalog
        self._called: dict[str, list[BookedMeter]] = defaultdict(list)
        self._begun: dict[str, list[tuple[list[str], BookedMeter]]] = defaultdict(list)
        for meter in meters:
            name, nickname = fold(meter.name), fold(meter.nickname)
            words = [*name.split(), *nickname.split()]
            for called in {name, nickname}:
                self._called[called].append(meter)
            for letters in {word[:size] for word in words for size in range(1, _FIRST_LETTERS + 1)}:
                self._begun[letters].append((words, meter))

    def find(self, name: str) -> tuple[BookedMeter, ...]:
        """The meters, and clients without one, that a name may mean; none where nobody is called so."""
        if found := self._find(fold(name)):
            return found
        opening = openers.read(self._catalog, name)
        return () if opening is None else self._find(fold(opening.rest))

    def _find(self, folded: str) -> tuple[BookedMeter, ...]:
        typed = folded.split()
        if not typed:
            return ()
        exact = self._called.get(folded, [])
        if exact and len({one.client_id for one in exact}) == 1:
            return tuple(exact)
        near = self._begun.get(typed[0][:_FIRST_LETTERS], ())
        return tuple(meter for words, meter in near if begins(typed, words))


def book_of(ctx: Context) -> Script[Book]:
    """The book of the reseller who speaks."""
    return Book(ctx.shop.catalog, (yield from clients.booked_meters(ctx.customer)))


def named_rows(text: str, catalog: Catalog) -> Rows:
    """A text that is a list of names with an amount each, by its lines or in one line, as rows; empty for any other."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1:
        return rows_of(text) if sum(_names_client(line, catalog) for line in lines) > 1 else ()
    parts = [_without_verbs(part.strip(), catalog) for part in _PARTED.split(text)]
    return tuple((part,) for part in parts) if len(parts) > 1 and all(parts) else ()


def _names_client(line: str, catalog: Catalog) -> bool:
    if (bill := bill_line(1, cells_of(line))) is not None:
        return bool(bill.named or not bill.fault)
    return bool(by_name(Line(1, line), cells_of(line), catalog.woyofal).named)


def _without_verbs(part: str, catalog: Catalog) -> str:
    """One of several sales in a line, as it stands or without its verb; empty where it names nobody."""
    if _names_client(part, catalog):
        return part
    opening = openers.read(catalog, part)
    return opening.rest if opening is not None and _names_client(opening.rest, catalog) else ""


def names_somebody(ctx: Context, rows: Rows) -> Script[bool]:
    """Whether a line of a list names a client of the book, or is a bill: else it may be anything."""
    lines = yield from with_meters(ctx, read_lines(rows, ctx.shop.catalog.woyofal))
    return any(
        (line.named and (line.reference or line.fault in ("ambiguous", "no_number")))
        or (line.service != "woyofal" and not line.fault)
        for line in lines
    )


def with_meters(ctx: Context, lines: tuple[Line, ...]) -> Script[tuple[Line, ...]]:
    """The lines with the meter of the client whom they name; the book is opened only where one names somebody."""
    if not any(line.named for line in lines):
        return lines
    book = yield from book_of(ctx)
    return tuple(_with_meter(line, book) if line.named else line for line in lines)


def _with_meter(line: Line, book: Book) -> Line:
    found = book.find(line.named)
    meters = [one for one in found if one.reference and one.service == line.service]
    if len(meters) == 1:
        # The fault of its amount, if there is one, stays.
        return replace(line, reference=meters[0].reference, fault="" if line.fault == "no_meter" else line.fault)
    if line.fault != "no_meter":
        return line
    return replace(line, fault="ambiguous" if meters else "no_number" if found else "nobody")
