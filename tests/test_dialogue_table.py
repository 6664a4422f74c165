"""The dialogue's table and the page that is written from it."""

from pathlib import Path

import pytest

from bot.dialogue.restricted import RESTRICTED
from bot.dialogue.table import ANYWHERE, TABLE, describe

PAGE = Path(__file__).parent.parent / "docs" / "dialogue.md"
TOP = """# The dialogue's states

Written from `bot/dialogue/table.py` by `pytest tests/test_dialogue_table.py --regenerate`; a test fails when it is
stale. A button that a state does not name is looked for among those that work from everywhere.

"""


def page() -> str:
    everywhere = ", ".join(f"`{act}`" for act in ANYWHERE)
    guarded = ", ".join(f"`{act}` ({command.who})" for act, command in RESTRICTED.items())
    return f"{TOP}{describe()}\n\nFrom everywhere: {everywhere}.\n\nFor those who may, from everywhere: {guarded}.\n"


def test_the_page_is_not_stale(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--regenerate"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()


def test_every_state_is_described() -> None:
    rows = describe().splitlines()[2:]
    assert len(rows) == len(TABLE)
    assert all(cell.strip() for row in rows for cell in row.strip("|").split("|"))
