"""The dialogue's table and the page that is written from it."""

from pathlib import Path

import pytest

from bot.dialogue.flow import Flow
from bot.dialogue.flows import REGISTRY, describe
from bot.dialogue.registry import Registry

PAGE = Path(__file__).parent.parent / "docs" / "dialogue.md"
TOP = """# The dialogue's states

Written from the flows of `bot/dialogue/flows` by `pytest tests/test_dialogue_table.py --regenerate`; a test fails when
it is stale. A button that a state does not name is looked for among those that work from everywhere.

"""


def page() -> str:
    everywhere = ", ".join(f"`{name}`" for name, each in REGISTRY.buttons.items() if each.permission == "customer")
    restricted = ", ".join(
        f"`{name}` ({each.permission})" for name, each in REGISTRY.buttons.items() if each.permission != "customer"
    )
    return f"{TOP}{describe()}\n\nFrom everywhere: {everywhere}.\n\nFor those who may, from everywhere: {restricted}.\n"


def test_the_page_is_not_stale(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--regenerate"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()


def test_every_state_is_described() -> None:
    rows = describe().splitlines()[2:]
    assert len(rows) == len(REGISTRY.states)
    assert all(cell.strip() for row in rows for cell in row.strip("|").split("|"))


def test_no_two_flows_declare_the_same_thing() -> None:
    with pytest.raises(ValueError, match="two flows declare the state idle"):
        Registry((*REGISTRY.flows, Flow(name="twin", states={"idle": REGISTRY.states["idle"]})))
