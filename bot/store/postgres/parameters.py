"""Named parameters for PostgreSQL: `:name` becomes `$1`, the same number wherever the name stands."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from bot.store.sql import statements

# What is no parameter is passed over whole: strings, quoted names, comments, casts.
_TOKEN: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|::|:([a-z_][a-z0-9_]*)")


class Statement(NamedTuple):
    """A statement as PostgreSQL takes it, and the names of its parameters in the order of their numbers; whether it may
    change a row, and whether it has rows to answer with.
    """

    text: str
    names: tuple[str, ...]
    writes: bool
    answers: bool

    def arguments(self, given: "Mapping[str, str | int | None]") -> "list[str | int | None]":
        """The values in the order of their numbers. Raises KeyError when one is missing."""
        return [given[name] for name in self.names]


def prefixed(sql: str, prefix: str) -> str:
    """The same statement with a prefix before the name of every parameter."""
    return _TOKEN.sub(lambda found: found[0] if found[1] is None else f":{prefix}{found[1]}", sql)


def numbered(sql: str) -> Statement:
    """A statement whose parameters are numbered by where each first stands."""
    names: list[str] = []

    def number(found: "re.Match[str]") -> str:
        name = found[1]
        if name is None:
            return found[0]
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    text = _TOKEN.sub(number, sql)
    writes = text.startswith(("INSERT", "UPDATE", "DELETE"))
    return Statement(text, tuple(names), writes, not writes or "RETURNING" in text)


@cache
def numbered_statements() -> dict[str, Statement]:
    """Every named statement of the repositories."""
    return {name: numbered(sql) for name, sql in statements("postgres").items()}
