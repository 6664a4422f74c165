"""The planted bugs can still be planted, and their page lists them all. `make mutants` plants them."""

import ast
from pathlib import Path

import pytest

from tests.mutants.mutant import Mutant
from tests.mutants.page import PAGE, row, written
from tests.mutants.planting import ROOT
from tests.mutants.table import MUTANTS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_text_to_be_changed_stands_once_in_its_file(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text("utf-8").count(mutant.old) == 1
    assert mutant.old != mutant.new


@pytest.mark.parametrize("mutant", [mutant for mutant in MUTANTS if mutant.tests], ids=lambda mutant: mutant.name)
def test_whoever_has_to_find_it_exists(mutant: Mutant) -> None:
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert not name or name in _functions(ROOT / file)


def test_names_are_told_apart() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


def test_the_page_lists_just_these_and_each_was_found() -> None:
    found = written()
    text = PAGE.read_text("utf-8")
    assert set(found) == {mutant.name for mutant in MUTANTS}, "run make mutants WRITE=1"
    for mutant in MUTANTS:
        assert found[mutant.name].by, f"nobody has found {mutant.name}: run make mutants WRITE=1"
        assert row(mutant, found[mutant.name]) in text
        assert (found[mutant.name].by == "simulation") == (not mutant.tests)


def _functions(file: Path) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
