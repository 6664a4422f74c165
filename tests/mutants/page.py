"""The table of docs/mutants.md: what was planted, and who found it."""

import re
from collections.abc import Mapping
from typing import Final

from tests.mutants.mutant import Mutant
from tests.mutants.planting import ROOT, Found
from tests.mutants.table import MUTANTS

PAGE: Final = ROOT / "docs" / "mutants.md"
HEAD: Final = "| planted | what is wrong then | in | found by | after |\n|---|---|---|---|---|\n"
_TABLE: Final = re.compile(r"<!-- mutants -->\n.*<!-- /mutants -->", re.DOTALL)
_ROW: Final = re.compile(r"^\| `([a-z0-9-]+)` \| (.*) \| `(.*)` \| (.*) \| (.*) \|$", re.MULTILINE)


def row(mutant: Mutant, found: Found) -> str:
    """A line of the table."""
    by = found.by if found.by in ("", "simulation") else f"`{found.by}`"
    return f"| `{mutant.name}` | {mutant.breaks} | `{mutant.file}` | {by} | {found.after} |\n"


def written() -> dict[str, Found]:
    """Who found what, as the page has it, by the name of what was planted."""
    return {name: Found(by.strip("`"), after) for name, _, _, by, after in _ROW.findall(PAGE.read_text("utf-8"))}


def write(found: Mapping[str, Found]) -> None:
    """Write the table anew."""
    rows = "".join(row(mutant, found.get(mutant.name, Found("", ""))) for mutant in MUTANTS)
    table = f"<!-- mutants -->\n{HEAD}{rows}<!-- /mutants -->"
    PAGE.write_text(_TABLE.sub(lambda _: table, PAGE.read_text("utf-8")), "utf-8")
