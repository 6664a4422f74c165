"""Several statements in one message.

Theory of operation. PostgreSQL takes one statement in a message that carries values. Several become one as its `WITH`
queries: each is carried out once and wholly, and the last part gathers their rows. All of them see the state before the
first of them. That is what they would see one after another, unless one looks at a table that another before it has
changed; so no such two are joined, whatever a script says of them. Which tables a statement has to do with is read from
its text, in which every name of a table counts, and what a table's triggers write counts as written with it.

A plain `INSERT` of a few rows is one statement. What has more, or another statement for each of many values, goes
alone: the driver sends its values all at once.

Rows travel as JSON where several statements answer. A number with a fraction is an error there, as everywhere: none of
our columns holds one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from bot.domain.encoding import decoder
from bot.store import Ask, Each, Parameters
from bot.store.postgres.parameters import numbered, numbered_statements, prefixed
from bot.store.sql import migrations, statements

# A statement, and for how many values it is asked: None for a single ask.
Shape: TypeAlias = tuple[str, int | None]

# Every number of rows is a text of its own, which the server prepares.
MOST_ROWS: Final = 4
# What the triggers of a table write.
_TRIGGERED: Final[Mapping[str, tuple[str, ...]]] = {"orders": ("order_day",)}
_TARGET: Final = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)")
_PLAIN_INSERT: Final = re.compile(r"(INSERT INTO \w+ \([\w, ]+\)\s+VALUES )(\([\w:, ]+\))(\s+ON CONFLICT DO NOTHING)?")
_WORD: Final = re.compile(r"\w+")
_OF_PARAMETER: Final = re.compile(r"a(\d+)r(\d+)_(\w+)")

_read_rows: Final = decoder(tuple[dict[str, str | int | None], ...]).decode


class JsonRow:
    """A row that travelled as JSON."""

    __slots__ = ("_columns",)

    def __init__(self, columns: dict[str, str | int | None]) -> None:
        self._columns = columns

    def __getitem__(self, column: str, /) -> str | int | None:
        return self._columns[column]

    def __iter__(self) -> Iterator[str | int | None]:
        return iter(self._columns.values())

    def keys(self) -> Sequence[str]:
        return tuple(self._columns)


class Message(NamedTuple):
    """One statement for several asks; without a `text`, one that goes alone.

    `at` are the asks, in their order; `values` tell of each value which ask it is from, of which of its rows, and which
    parameter. `answering` are the asks that have rows: one, and the rows are its own; several, and there is one row
    with a column of JSON for each.
    """

    at: tuple[int, ...]
    text: str = ""
    values: tuple[tuple[int, int, str], ...] = ()
    answering: tuple[int, ...] = ()
    writes: bool = False

    def arguments(self, asks: Sequence[Ask | Each]) -> list[str | int | None]:
        """The values in the order of their numbers. Raises KeyError when one is missing."""
        given = [_rows_of(ask) for ask in asks]
        return [given[at][row][name] for at, row, name in self.values]


def read_json(text: str | None) -> list[JsonRow]:
    """The rows of a column of JSON; nothing where there were none."""
    return [] if text is None else [JsonRow(columns) for columns in _read_rows(text)]


def shape_of(ask: Ask | Each) -> Shape:
    """What of an ask does not depend on its values."""
    return (ask.name, len(ask.values)) if isinstance(ask, Each) else (ask[0], None)


@cache
def messages(shapes: tuple[Shape, ...]) -> tuple[Message, ...]:
    """The messages in which asks of these shapes go, in the order in which they are sent."""
    groups: list[list[int]] = []
    changed: set[str] = set()
    joins = False
    for number, (name, count) in enumerate(shapes):
        if count == 0:
            continue
        is_joinable = _text(name, count) is not None
        if not (joins and is_joinable) or changed & tables_of(name):
            groups.append([])
            changed = set()
        groups[-1].append(number)
        changed |= changes_of(name)
        joins = is_joinable
    return tuple(_message(shapes, tuple(group)) for group in groups)


@cache
def tables_of(name: str) -> frozenset[str]:
    """The tables that a statement names."""
    return frozenset(_WORD.findall(numbered_statements()[name].text)) & _tables()


def changes_of(name: str) -> set[str]:
    """The tables that a statement changes."""
    target = _TARGET.match(numbered_statements()[name].text)
    return set() if target is None else {target[1], *_TRIGGERED.get(target[1], ())}


@cache
def _tables() -> frozenset[str]:
    texts = (text for _, _, text in migrations("postgres"))
    return frozenset(name for text in texts for name in re.findall(r"CREATE TABLE (\w+)", text))


def _rows_of(ask: Ask | Each) -> Sequence[Parameters]:
    return ask.values if isinstance(ask, Each) else (ask[1],)


def _text(name: str, count: int | None) -> str | None:
    """The statement with a number of its row before every parameter; None where it cannot be one statement."""
    sql = statements("postgres")[name]
    if count in (None, 1):
        return prefixed(sql, "r0_")
    plain = _PLAIN_INSERT.fullmatch(sql)
    if plain is None or count is None or count > MOST_ROWS:
        return None
    return plain[1] + ", ".join(prefixed(plain[2], f"r{row}_") for row in range(count)) + (plain[3] or "")


def _message(shapes: tuple[Shape, ...], at: tuple[int, ...]) -> Message:
    texts = {number: _text(*shapes[number]) for number in at}
    known = {number: numbered_statements()[shapes[number][0]] for number in at}
    writes = any(each.writes for each in known.values())
    answering = tuple(number for number in at if known[number].answers)
    named = {number: prefixed(text, f"a{number}") for number, text in texts.items() if text is not None}
    if not named:
        return Message(at, answering=answering, writes=writes)
    rows = "1"
    if len(answering) == 1:
        rows = f"* FROM a{answering[0]}"
    elif answering:
        rows = ", ".join(f"(SELECT json_agg(a{number}) FROM a{number}) AS a{number}" for number in answering)  # noqa: S608
    if len(at) == 1:
        whole = numbered(named[at[0]])
    else:
        parts = ", ".join(f"a{number} AS (\n{text}\n)" for number, text in named.items())
        whole = numbered(f"WITH {parts}\nSELECT {rows}")  # Texts of ours.
    values = tuple(
        (int(of[1]), int(of[2]), of[3]) for of in (_OF_PARAMETER.fullmatch(each) for each in whole.names) if of
    )
    return Message(at, whole.text, values, answering, writes)
