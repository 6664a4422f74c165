"""Every label of the catalogs as a button and as a row of WhatsApp, with the longest figures and names that may stand
in it: none is torn.
"""

import ast
from pathlib import Path

import pytest

import bot
from bot.channels.whatsapp.choices import MAX_BUTTON_TITLE, MAX_ROW_DESCRIPTION, MAX_ROW_TITLE, parted
from bot.channels.whatsapp.style import units
from bot.domain.people import Language
from bot.notices.layout import MAX_LABEL_CHARACTERS, truncate
from tests.world_books import WORDS

SOURCES = sorted((Path(bot.__file__).parent).rglob("*.py"))
# The longest that may stand in a label.
LONGEST = {
    "amount": "1 000 000 F",
    "total": "1 010 000 F",
    "price": "1 010 000 F",
    "method": "Orange Money",
    "name": "Petite ma…",
    "emblem": "⚡",
    "number": "12345",
    "address": "whatsapp:221770001122",
    "reference": "14123456789",
    "bill": "F2026110042-0000001",
    "what": "Woyofal 500 000 F · 24/11 à 09:00",
    "period": "septembre 2026",
    "service": "Facture Senelec",
    "mark": "⏳",
    "moment": "24/11 à 09:00",
    "count": "250",
    "good": "250",
    "all": "250",
}
# How labels are made; of what else is made so, the key tells that it is no button.
MAKERS = frozenset({"label", "button", "link", "link_to"})
NO_BUTTONS = ("brief.", "paper.", "batch.brief", "button.copy")
# There are always more than three of them.
ONLY_ROWS = frozenset({"audience.buyers"})


def keys_of_labels() -> list[str]:
    """The keys of the catalogs that some file makes a button of."""
    keys = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            if node.func.attr in MAKERS:
                first = node.args[0]
                branches = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                keys |= {each.value for each in branches if isinstance(each, ast.Constant)}
    named = [key for key in keys if isinstance(key, str) and "." in key]
    return sorted(key for key in named if not key.startswith(NO_BUTTONS))


KEYS = keys_of_labels()


def test_the_labels_are_found():
    assert len(KEYS) > 100
    assert {"button.confirm", "menu.help", "button.usual", "bill.label", "button.again"} <= set(KEYS)


def _filled(language: Language, key: str) -> str:
    """A label with the longest that may stand in it; what is not known by its name is a sum."""
    arguments = {**LONGEST, "number": "77 ••• •• 67"} if key.startswith("button.payer_") else dict(LONGEST)
    while True:
        try:
            return WORDS[language].label(key, **arguments)
        except KeyError as unknown:
            arguments[unknown.args[0]] = LONGEST["total"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_label_is_torn(language: Language):
    """As a row a label is whole; as a button it is, or it may leave out a part that the text says."""
    torn = []
    for key in KEYS:
        label = truncate(_filled(language, key), MAX_LABEL_CHARACTERS)
        row, button = parted(label, MAX_ROW_TITLE), parted(label, MAX_BUTTON_TITLE)
        assert units(row.title) <= MAX_ROW_TITLE
        assert units(button.title) <= MAX_BUTTON_TITLE
        if row.cut or (button.cut and key not in ONLY_ROWS) or units(row.rest) > MAX_ROW_DESCRIPTION:
            torn.append(f"{key}: {label}")
    assert torn == []
