"""What a person is called, made fit to be shown beside their address. Pure.

A name is chosen by whoever bears it: it may be long, empty, made to look like something else, or hold characters that
turn the text around it or cannot be seen. What is left of it here is one short line that stays within its quotes.
"""

import unicodedata
from functools import lru_cache
from typing import Final

MAX_NAME_CHARACTERS: Final = 40
# Of a name that a channel told, more is not even looked at.
_MAX_READ: Final = 200
# Letters and marks that show nothing, and what would end the quotes around a name or make an address of it.
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_MARKS: Final = frozenset('«»‹›“”„‟"<>:·•|`')
# As many accents upon one letter as some languages need.
_MOST_ACCENTS: Final = 2


@lru_cache(4096)
def clean_name(text: str) -> str:
    """A name as it is kept and shown; empty where nothing is left of it."""
    kept: list[str] = []
    accents = 0
    for letter in unicodedata.normalize("NFC", text[:_MAX_READ]):
        category = unicodedata.category(letter)
        accents = accents + 1 if category[0] == "M" else 0
        is_variant = "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
        if category[0] == "Z" or letter in _MARKS or letter in "\t\n\r":
            kept.append(" ")
        elif category[0] != "C" and letter not in _UNSEEN and not is_variant and accents <= _MOST_ACCENTS:
            kept.append(letter)
    name = " ".join("".join(kept).split())
    return name if len(name) <= MAX_NAME_CHARACTERS else name[: MAX_NAME_CHARACTERS - 1].rstrip() + "…"
