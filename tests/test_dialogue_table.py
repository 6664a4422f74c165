"""The dialogue's table and the page that is written from it."""

import ast
import re
from pathlib import Path

import pytest

from bot.dialogue import flows
from bot.dialogue.flow import Flow, MenuButton
from bot.dialogue.flows import REGISTRY, describe
from bot.dialogue.registry import Registry
from tests import path_counts

PAGE = Path(__file__).parent.parent / "docs" / "dialogue.md"
FLOWS = Path(flows.__file__).parent
TOP = """# The dialogue's states

Written from the flows of `bot/dialogue/flows` by `pytest tests/test_dialogue_table.py --regenerate`; a test fails when
it is stale. A button that a state does not name is looked for among those that work from everywhere.

"""

COUNTS = """## What a path takes

Inputs are what somebody types or taps. In Telegram a message can take another's place, which is an edit; in WhatsApp
every message is a new one, and paid for. Played and counted by `tests/path_counts.py`, up to the code or the receipt.

"""


def page() -> str:
    everywhere = ", ".join(f"`{name}`" for name, each in REGISTRY.buttons.items() if each.permission == "customer")
    restricted = ", ".join(
        f"`{name}` ({each.permission})" for name, each in REGISTRY.buttons.items() if each.permission != "customer"
    )
    return (
        f"{TOP}{describe()}\n\nFrom everywhere: {everywhere}.\n\nFor those who may, from everywhere: {restricted}.\n\n"
        f"{COUNTS}{path_counts.table()}\n"
    )


def test_the_page_is_not_stale(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--regenerate"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()


@pytest.mark.parametrize("path", path_counts.PATHS, ids=lambda path: path.name)
def test_a_path_takes_no_more_inputs_and_messages_than_it_may(path: path_counts.Path) -> None:
    wide, narrow = path_counts.count(path, narrow=False), path_counts.count(path, narrow=True)
    assert wide.inputs == narrow.inputs <= path.most
    assert narrow.messages <= path.most_paid


def test_every_state_is_described() -> None:
    rows = describe().splitlines()[2:]
    assert len(rows) == len(REGISTRY.states)
    assert all(cell.strip() for row in rows for cell in row.strip("|").split("|"))


def test_no_two_flows_declare_the_same_thing() -> None:
    with pytest.raises(ValueError, match="two flows declare the state idle"):
        Registry((*REGISTRY.flows, Flow(name="twin", states={"idle": REGISTRY.states["idle"]})))


def test_a_button_of_the_menu_stands_instead_of_a_flow_that_is_there() -> None:
    button = MenuButton(10, 10, lambda _: None, instead_of="metres")
    with pytest.raises(ValueError, match="the menu leaves out what no flow is: metres"):
        Registry((*REGISTRY.flows, Flow(name="twin", menu=(button,))))


def customers_flows() -> list[Flow]:
    """The flows in which nothing needs a permission."""
    return [
        flow
        for flow in REGISTRY.flows
        if all(state.permission in ("customer", "private") for state in flow.states.values())
        and all(command.permission in ("customer", "private") for command in flow.commands)
        and all(button.permission in ("customer", "private") for button in flow.buttons)
    ]


def words_of(flow: Flow) -> set[tuple[str, str]]:
    """In which of its files a flow uses which word, in names, imports and keys of texts; prose does not count."""
    words = set()
    for path in sorted((FLOWS / flow.name).glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            for name in names_of(node) if id(node) not in prose else ():
                words |= {(path.name, word.lower()) for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
    return words


def names_of(node: ast.AST) -> list[str]:
    """The names, and the text, that one node of a source bears."""
    match node:
        case ast.ImportFrom(module=module, names=names):
            return [module or "", *(name for each in names for name in (each.name, each.asname or ""))]
        case ast.Import(names=names):
            return [name for each in names for name in (each.name, each.asname or "")]
        case ast.Constant(value=str(text)):
            return [text]
        case _:
            return [getattr(node, field) for field in ("id", "attr", "arg", "name") if getattr(node, field, None)]


def test_the_customers_flows_know_neither_resellers_nor_admins() -> None:
    """What resellers and admins change of them they declare themselves, by the hooks of a `Flow`."""
    ours = customers_flows()
    assert {flow.name for flow in ours} == {
        "start",
        "purchase",
        "payments",
        "account",
        "coach",
        "meters",
        "linking",
        "news",
    }
    others = {"reseller", "resellers", "admin", "admins", "operator", "owner", "support"}
    assert [(flow.name, *word) for flow in ours for word in sorted(words_of(flow)) if word[1] in others] == []


def test_a_purchase_does_not_know_what_guards_it() -> None:
    (purchase,) = (flow for flow in REGISTRY.flows if flow.name == "purchase")
    assert [word for word in sorted(words_of(purchase)) if word[1] in {"pin", "pins"}] == []
