"""The page of faults is true: each has its row, and each test that it names exists and runs on the store before it."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "faults.md"
MANY = 40


class Row(NamedTuple):
    """A fault: its number, and its tests, each with the word before it."""

    number: int
    tests: list[tuple[str, str, str]]
    cell: str


class Asked(NamedTuple):
    """What is asked of by name: its fixtures, and the stores that its own parameters name."""

    fixtures: frozenset[str]
    parameters: str


def rows() -> list[Row]:
    found = re.findall(r"^\| (\d+) \|.*\|.*\| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return [Row(int(number), re.findall(r"(\w+) `(\w+\.py)::(\w+)`", cell), cell) for number, cell in found]


@cache
def functions(file: str) -> dict[str, Asked]:
    """The functions of a module of tests."""
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    return {
        each.name: Asked(
            frozenset(argument.arg for argument in each.args.args),
            " ".join(ast.unparse(decorator) for decorator in each.decorator_list),
        )
        for each in tree.body
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
    }


def stores(file: str, test: Asked) -> str:
    """On which stores a test runs, as the page says it."""
    asked, reached = set(test.fixtures), set[str]()
    while asked:
        reached |= asked
        known = functions("conftest.py") | functions(file)
        asked = {name for each in asked if each in known for name in known[each].fixtures} - reached
    if "over_postgres" in test.parameters or reached & {"postgres", "pair"}:
        return "PostgreSQL"
    return "both" if reached & {"database", "lasting_database"} else "SQLite"


def test_every_fault_has_a_row() -> None:
    assert [row.number for row in rows()] == list(range(1, MANY + 1))
    assert [row.number for row in rows() if not row.tests] == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: str(row.number))
def test_every_test_is_there_and_runs_where_it_is_said(row: Row) -> None:
    assert row.cell.count("`") == 2 * len(row.tests), "a name that nobody can read"
    for word, file, name in row.tests:
        assert name in functions(file), name
        assert word in ("inside", stores(file, functions(file)[name])), f"{name}: {stores(file, functions(file)[name])}"
