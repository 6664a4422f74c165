"""Choices as the Cloud API shows them: reply buttons, the rows of a list, and numbered lines of a text. Pure.

A choice is shown once: as a button or as a row, and in the text only where nothing can be pressed. Up to three choices
are buttons, as long as their words have room there, or the text says those that have none; more, or longer ones, are a
list. There a label stands in two parts, cut where a ` · ` parts it: the first is the title, the rest the description.

Where the text itself numbers what is to be chosen from and tells of it at length (a bill, a purchase, a client), the
row is a pointer to that line: its number and its first words.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from bot.channels.whatsapp.abilities import BUTTONS
from bot.channels.whatsapp.style import fits, neutral, one_line, shortened, without_emblems

MAX_BUTTON_TITLE = 20
MAX_ROW_TITLE = 24
MAX_ROW_DESCRIPTION = 72
MAX_LINE = 80

# Most labels are the same few for everybody: so many are kept as they were made fit.
LABELS = 1024

_SEPARATOR: Final = " · "
_WORD = re.compile(r"\w+")


class Parted(Struct, frozen=True):
    """The words of a label as far as a title has room for them, and the rest; `cut` says that a title had to be torn
    and the rest is all of it.
    """

    title: str
    rest: str = ""
    cut: bool = False


class Numbered(Struct, frozen=True):
    """A choice on one line, with its place in the dialogue's own count."""

    number: int
    line: str
    data: str

    @property
    def can_be_tapped(self) -> bool:
        """Whether a button can carry it: an id may be neither empty nor have blanks at its ends (documented)."""
        return bool(self.line) and bool(self.data) and self.data == self.data.strip()


def numbered(labels: Sequence[tuple[str, str]]) -> list[Numbered]:
    """Choices, each given by its label and what it brings back, as the dialogue counts them."""
    return [Numbered(number, _line(label), data) for number, (label, data) in enumerate(labels, 1)]


@lru_cache(LABELS)
def _line(label: str) -> str:
    return one_line(label)


@lru_cache(LABELS)
def parted(line: str, limit: int) -> Parted:
    """A label in at most `limit` units: whole, else without emblems, else up to a place that parts it."""
    head, rest = line, ""
    while True:
        for title in without_emblems(head):
            if fits(title, limit):
                return Parted(title, rest)
        head, separator, last = head.rpartition(_SEPARATOR)
        if not separator:
            *_, bare = without_emblems(line)
            return Parted(shortened(bare, limit), line, cut=True)
        rest = f"{last}{_SEPARATOR}{rest}" if rest else last


def as_buttons(body: str, choices: Sequence[Numbered]) -> list[dict[str, Any]] | None:
    """The reply buttons for some choices; None where they are too many, look the same, are torn, or lose words that the
    text does not say.
    """
    if len(choices) > BUTTONS:
        return None
    labels = [parted(choice.line, MAX_BUTTON_TITLE) for choice in choices]
    if len({label.title.casefold() for label in labels}) < len(labels):
        return None
    if any(label.cut or (label.rest and not _says(_words(body), label.rest)) for label in labels):
        return None
    return [
        {"type": "reply", "reply": {"id": choice.data, "title": label.title}}
        for choice, label in zip(choices, labels, strict=True)
    ]


def as_rows(body: str, choices: Sequence[Numbered]) -> list[dict[str, str]]:
    """The rows of a list of some choices, under a text that may tell of them by their numbers."""
    told = _told(body)
    known: set[str] = set()
    rows: list[dict[str, str]] = []
    # Where one label stands in two parts, all do.
    apart = any(parted(choice.line, MAX_ROW_TITLE).rest for choice in choices)
    for choice in choices:
        title, rest = _title(choice.line, MAX_ROW_TITLE, apart=apart)
        line = told.get(choice.number)
        mark = f"{choice.number}. "
        if line is not None and (pointer := _pointer(choice, line)) is not None:
            title, rest = pointer
        if title.casefold() in known:
            title, rest = _title(choice.line, MAX_ROW_TITLE - len(mark), apart=True)
            title = f"{mark}{title}"
        known.add(title.casefold())
        row = {"id": choice.data, "title": title}
        if rest:
            row["description"] = shortened(rest, MAX_ROW_DESCRIPTION)
        rows.append(row)
    return rows


def as_lines(body: str, choices: Sequence[Numbered]) -> list[str]:
    """The numbered lines of some choices that cannot be pressed, without those that the text already has."""
    told = _told(body)
    return [
        shortened(f"{choice.number}. {neutral(choice.line)}", MAX_LINE)
        for choice in choices
        if (line := told.get(choice.number)) is None or not _says(line, _head(choice.line))
    ]


def _title(line: str, limit: int, *, apart: bool) -> tuple[str, str]:
    """The title and the description of a label; `apart` says that it stands in two parts wherever it has them."""
    if not apart:
        return parted(line, limit).title, ""
    head = _head(line)
    label = parted(head, limit)
    return label.title, line if label.cut else line[len(head) :].removeprefix(_SEPARATOR)


def _pointer(choice: Numbered, told: str) -> tuple[str, str] | None:
    """The title and the description of a row that points at the line of the text which tells of it; None where that
    line tells of something else.
    """
    if not _says(told, _head(choice.line)):
        return None
    mark = f"{choice.number}. "
    title, rest = _title(choice.line, MAX_ROW_TITLE - len(mark), apart=True)
    return f"{mark}{title}", "" if _says(told, rest) else rest


def _head(line: str) -> str:
    return line.partition(_SEPARATOR)[0]


def _told(body: str) -> dict[int, str]:
    """The words of the lines that a text numbers, by their numbers."""
    lines = (line.lstrip("*_` ") for line in body.split("\n") if "." in line)
    parts = (line.partition(".") for line in lines)
    return {int(number): _words(rest) for number, _, rest in parts if number.isascii() and number.isdecimal()}


def _words(text: str) -> str:
    """The words of a text alone, each between blanks."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _says(words: str, label: str) -> bool:
    """Whether some words have those of a label among them, in their order."""
    return _words(label) in words
