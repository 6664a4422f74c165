"""How a message is put together: lines, paragraphs, and buttons that are valid at any time. Pure."""

import re
from typing import TypeAlias

from bot.domain.outbound import MAX_TEXT_CHARACTERS, Button, Choice
from bot.i18n import Safe, Voice

Rows: TypeAlias = tuple[tuple[Button, ...], ...]

TURNS = "~"
STAYS = "-"

_EMBLEM = re.compile(r"^\W+")
_LINE = Safe("\n")
_PARAGRAPH = Safe("\n\n")

# A longer label is cut here, so that no channel cuts it worse.
MAX_LABEL_CHARACTERS = 60


def truncate(text: str, most: int = 80) -> str:
    """A text that somebody else wrote, at a length that fits a line."""
    return text if len(text) <= most else text[: most - 1] + "…"


def fit(text: str) -> str:
    """A message that every channel takes: one that is too long ends at a line's end, where no tag is open."""
    if len(text) <= MAX_TEXT_CHARACTERS:
        return text
    whole, _, _ = text[: MAX_TEXT_CHARACTERS - 1].rpartition("\n")
    return f"{whole}\n…"


def free(label: str, action: str, argument: str = "", mark: str = TURNS) -> Choice:
    """A button that is valid at any time."""
    return Choice(truncate(label, MAX_LABEL_CHARACTERS), f"{mark}.{action}.{argument}")


def spoken(label: str) -> str:
    """A label as people say or type it: without its emblem."""
    return _EMBLEM.sub("", label)


def menu_button(t: Voice) -> Choice:
    """The way to the menu, from any message however old."""
    return free(t.label("button.menu"), "menu", mark=STAYS)


def act_named(choice: Choice) -> str:
    """What a button asks for."""
    return choice.data.split(".", 2)[1]


def offers(choices: tuple[Choice, ...], act: str) -> bool:
    """Whether one of some buttons asks for an act."""
    return any(act_named(choice) == act for choice in choices)


def lines(*parts: Safe | None) -> Safe:
    """The parts that are there, one a line."""
    return _LINE.join(filter(None, parts))


def paragraphs(*parts: Safe | None) -> Safe:
    """The parts that are there, parted by an empty line."""
    return _PARAGRAPH.join(filter(None, parts))
