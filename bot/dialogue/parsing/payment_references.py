"""The number of a payment, as Wave, Orange Money or a receipt has it. Pure.

It is written after `ref:`, or stands where people put it: right after the name of the means (`wave TXN123`), or by
itself where it begins as such numbers do (`TX…`). A telephone number is none, and neither is a sum.
"""

import re
from typing import Final

from bot.domain.text import fold

_NAMED: Final = re.compile(r"(?<!\S)r[ée]f\s*[:=]\s*([A-Za-z0-9][A-Za-z0-9._/-]{2,39})(?!\S)", re.IGNORECASE)
_WORD: Final = re.compile(r"\S+")
_NUMBER: Final = re.compile(r"[A-Z0-9][A-Z0-9._/-]{5,39}")
_BY_ITSELF: Final = re.compile(r"(?:TX|TID)[A-Z0-9._/-]{4,38}")
_TELEPHONE: Final = re.compile(r"(?:\+|00)?(?:221)?7\d{8}")
_MEANS: Final = frozenset({"wave", "om", "orange", "money", "free", "wizall", "emoney", "e-money", "mixx", "kpay"})
# With fewer figures it is rather a word, or a date.
MIN_FIGURES: Final = 3


def take_reference(text: str) -> tuple[str, str]:
    """A text without the number of a payment, and that number in capitals; empty where there is none."""
    match = _NAMED.search(text)
    number = "" if match is None else match[1].upper()
    if match is None:
        before = ""
        for word in _WORD.finditer(text):
            number = word[0].strip(".,;:()").upper()
            if _is_number(number, after=before):
                match = word
                break
            before = fold(word[0])
    if match is None:
        return text, ""
    return " ".join((text[: match.start()] + text[match.end() :]).split()), number


def _is_number(word: str, *, after: str) -> bool:
    figures = sum(character.isdigit() for character in word)
    if figures < MIN_FIGURES or _TELEPHONE.fullmatch(word):
        return False
    return _BY_ITSELF.fullmatch(word) is not None or (after in _MEANS and _NUMBER.fullmatch(word) is not None)
