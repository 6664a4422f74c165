"""A client book in a file: its rows as lines, and what each would do to the book as it is. Pure.

Theory of operation. A row needs a name; it may have a phone number and a meter. A row of titles says which column is
which; without one the cells tell by themselves. Nothing is guessed: what can be read in two ways is refused with its
reason. A meter says who somebody is: who has it in the book already is the same client, whatever the file calls them,
and a name of the book is that client. So a file that is taken in twice changes nothing the second time.
"""

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from bot.dialogue.context import Context
from bot.dialogue.flows.clients.parsing import clean_name, parse_number, parse_phone
from bot.dialogue.parsing.references import ROUNDED
from bot.dialogue.parsing.titles import Columns, Rows, cell_under, titles_in
from bot.domain.text import fold
from bot.repositories.book_imports import BookRow
from bot.repositories.clients import Client

MAX_ROWS: Final = 500
MAX_WRITTEN_CHARACTERS: Final = 60
# What a spreadsheet would take for a formula is nobody's name.
_FORMULA: Final = ("=", "+", "-", "@")
_NONE: Final[Columns] = ()

Why: TypeAlias = Literal["name", "phone", "number", "service", "length", "too_many", "book_full", "meters_full"]


class RefusedRow(Struct, frozen=True):
    """A row that is not taken in, where it stands in the file, and why."""

    number: int
    written: str
    why: Why


def read_rows(ctx: Context, rows: Rows) -> tuple[tuple[BookRow, ...], tuple[RefusedRow, ...]]:
    """The good lines of a file, and the others."""
    good: list[BookRow] = []
    refused: list[RefusedRow] = []
    columns, first = _columns(rows)
    filled = [(number, row) for number, row in enumerate(rows, 1) if number > first and any(row)]
    for at, (number, row) in enumerate(filled):
        read = "too_many" if at >= MAX_ROWS else _row(ctx, number, row, columns)
        if isinstance(read, BookRow):
            good.append(read)
        else:
            refused.append(RefusedRow(number, " ; ".join(cell for cell in row if cell)[:MAX_WRITTEN_CHARACTERS], read))
    return tuple(good), tuple(refused)


def _columns(rows: Rows) -> tuple[Columns, int]:
    """What each column holds, and how many rows stand above the first client."""
    for number, row in enumerate(rows, 1):
        columns = titles_in(row)
        if "name" in columns and not any(c.isdecimal() for cell in row for c in cell):
            return columns, number
        if any(c.isdecimal() for cell in row for c in cell):
            break
    return _NONE, 0


def _row(ctx: Context, number: int, row: tuple[str, ...], columns: Columns) -> BookRow | Why:
    if columns:
        name, phone, meter, service = (cell_under(row, columns, of) for of in ("name", "phone", "meter", "service"))
        meter = f"{service} {meter}".strip() if meter else ""
    else:
        sorted_cells = _sorted(ctx, row)
        if sorted_cells is None:
            return "number"
        name, phone, meter = sorted_cells
    named = None if name.startswith(_FORMULA) else clean_name(name)
    if named is None:
        return "name"
    digits = parse_phone(phone) if phone else ""
    if digits is None:
        return "phone"
    if not meter:
        return BookRow(number, named.name, named.nickname, digits)
    parsed = parse_number(ctx, meter)
    if parsed is None:
        return "number"
    of, reference = parsed
    if of is None:
        return "service"
    if of == "woyofal" and not ctx.shop.catalog.woyofal.is_usual(reference):
        return "length"
    return BookRow(number, named.name, named.nickname, digits, of, reference)


def _sorted(ctx: Context, row: tuple[str, ...]) -> tuple[str, str, str] | None:
    """Name, phone number and meter of a row without titles; None where two cells may be the same thing."""
    names: list[str] = []
    phones: list[str] = []
    meters: list[str] = []
    for cell in (cell for cell in row if cell):
        if not any(c.isdecimal() for c in cell):
            names.append(cell)
        elif any(c.isalpha() for c in cell):
            # "senelec 123456" is a number with its service; any other is a name with a figure: "Boutique 2".
            is_number = parse_number(ctx, cell) is not None or ROUNDED.fullmatch(cell)
            (meters if is_number else names).append(cell)
        else:
            digits = parse_phone(cell)
            is_phone = digits is not None and len(digits) == _PHONE_DIGITS and digits[0] in _PHONE_BEGINS
            (phones if is_phone else meters).append(cell)
    if len(phones) > 1 or len(meters) > 1:
        return None
    return " ".join(names), "".join(phones), "".join(meters)


# A telephone number of Senegal.
_PHONE_DIGITS: Final = 9
_PHONE_BEGINS: Final = frozenset("37")


# What it does to the book.


class Added(Struct):
    """A client as the file makes them: one of the book (`client`), or a new one. `meters` and `phone` are what is
    added.
    """

    row: BookRow
    client: Client | None
    meters: list[BookRow]
    phone: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether the file says more of them than the book."""
        return self.client is None or bool(self.meters) or bool(self.phone)


class Plan(Struct, frozen=True):
    """What a file does to a book: who is new, who of the book is completed, how many were as they are, and the lines
    that find no room.
    """

    added: tuple[Added, ...]
    refused: tuple[RefusedRow, ...]

    @property
    def new(self) -> int:
        """How many clients are new."""
        return sum(one.client is None for one in self.added)

    @property
    def completed(self) -> int:
        """How many clients of the book get something."""
        return sum(one.client is not None and one.is_changed for one in self.added)

    @property
    def unchanged(self) -> int:
        """How many clients of the book are as the file says."""
        return sum(not one.is_changed for one in self.added)


def plan(book: Iterable[Client], rows: tuple[BookRow, ...], most_clients: int, most_meters: int) -> Plan:
    """What the good lines of a file do to a book."""
    by_meter: dict[tuple[str | None, str], Added] = {}
    by_name: dict[str, Added] = {}
    named: dict[str, Client] = {}
    owner: dict[tuple[str, str], Client] = {}
    many = 0
    for client in book:
        many += 1
        named.setdefault(fold(client.name), client)
        owner.update({(meter.service, meter.reference): client for meter in client.meters})
    touched: dict[int, Added] = {}
    added: list[Added] = []
    refused: list[RefusedRow] = []
    for row in rows:
        meter, name = (row.service, row.reference), fold(row.name)
        known = owner.get((row.service or "", row.reference)) or named.get(name)
        one = by_meter.get(meter) if row.service else None
        one = one or (by_name.get(name) if known is None else touched.get(known.id))
        if one is None:
            if known is None and many >= most_clients:
                refused.append(RefusedRow(row.number, row.name, "book_full"))
                continue
            many += known is None
            one = Added(row, known, [])
            added.append(one)
            if known is not None:
                touched[known.id] = one
        by_name.setdefault(name, one)
        has_phone = bool(one.phone or (one.client.phone if one.client is not None else ""))
        if row.phone and not has_phone:
            one.phone = row.phone
        is_new_meter = row.service is not None and meter not in by_meter and (row.service, row.reference) not in owner
        if is_new_meter and len(one.meters) + len(one.client.meters if one.client is not None else ()) >= most_meters:
            refused.append(RefusedRow(row.number, row.name, "meters_full"))
        elif is_new_meter:
            one.meters.append(row)
            by_meter[meter] = one
    return Plan(tuple(added), tuple(refused))
