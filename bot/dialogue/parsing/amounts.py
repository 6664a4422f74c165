"""Amounts in whole francs, as people write them. Pure."""

import re
import unicodedata
from typing import Final

from bot.dialogue.parsing.number_words import in_figures
from bot.domain.text import MAX_READ_CHARACTERS, fold
from bot.languages import LISTS

# Among words, or beside an amount, fewer digits are no number.
MIN_NUMBER_DIGITS = 8
MAX_AMOUNT_DIGITS = 7
MAX_FIGURE_CHARACTERS = 15
# `1 000 000 f cfa`: no amount has more words, and a long line is not tried from each of its own.
MAX_AMOUNT_WORDS = 6
# A smaller figure in a name is a part of it: `boutique 2`.
LEAST_XOF: Final = 100
_MARKS: Final = ",;.:&+/-"
THOUSANDS: Final = frozenset(fold(word) for each in LISTS.values() for word in each.thousands)
UNITS: Final = THOUSANDS.union(fold(word) for each in LISTS.values() for word in each.units)
# The longest first: no word is read as the beginning of another.
THOUSAND: Final = "|".join(map(re.escape, sorted(THOUSANDS, key=lambda word: (-len(word), word))))
# No two ways to read a unit: many of them in a row must not be tried in every combination.
_AMOUNT: Final = re.compile(
    r"(?P<figure>\d{1,3}(?:[.,'_]?\d{3})*|\d+)"
    rf"(?:[.,](?P<tenth>\d)(?={THOUSAND})|[.,]00?)?"
    rf"(?P<thousand>{THOUSAND})?(?:francs?|frs?|f)?(?:cfa|xof)?"
)
_WITH_O: Final = re.compile("|".join(word for word in sorted(THOUSANDS) if "o" in word) or "(?!)")
NOT_DIGIT: Final = re.compile(r"\D")


def parse_amount(text: str) -> int | None:
    """An amount in whole francs, as people write it: `5000`, `5 000`, `5.000 F`, `5k`, `5 mille`, `cinq mille`,
    `5000 svp`.

    Figures that are parted by spaces are one amount only in groups of three: `2 maisons 5000` is none.
    """
    parts = unicodedata.normalize("NFKC", in_figures(text[:MAX_READ_CHARACTERS])).lower().split()
    if parts and parts[0][0].isdecimal():
        # The letter O is often typed for a zero.
        parts = [part if _WITH_O.search(part) else part.replace("o", "0") for part in parts]
    match = _AMOUNT.fullmatch("".join(parts))
    if match is None:
        parts = [part for part in parts if part[0].isdecimal() or part in UNITS]
        match = _AMOUNT.fullmatch("".join(parts))
    if match is None or len(match["figure"]) > MAX_FIGURE_CHARACTERS:
        return None
    if any(len(NOT_DIGIT.sub("", part)) != 3 for part in parts[1:] if part[0].isdecimal()):
        return None
    digits = NOT_DIGIT.sub("", match["figure"])
    if digits.startswith("0") and len(digits) > 1:
        # Nobody writes an amount so; a number may begin so.
        return None
    figure = int(digits)
    if match["thousand"]:
        return figure * 1000 + int(match["tenth"] or 0) * 100
    return figure


def amount_of(words: list[str]) -> int | None:
    """The amount that words are, every one of them; a figure as long as a meter's number is none."""
    figures = words[0][0].isdecimal() and all(is_figure(word, first=at == 0) for at, word in enumerate(words))
    amount_xof = parse_amount(" ".join(words)) if figures else None
    return amount_xof if amount_xof is not None and len(str(amount_xof)) < MIN_NUMBER_DIGITS else None


def is_figure(part: str, *, first: bool) -> bool:
    """Whether a word of a command belongs to an amount: `5`, `000`, `F`, `5k`."""
    lowered = part.lower()
    if first:
        return parse_amount(part) is not None
    return lowered in UNITS or (len(part) == 3 and part.isdecimal())


def amount_off(words: list[str]) -> tuple[list[str], int | None]:
    """The amount that stands at the end of a line, as long as it may be, or at its beginning; and the words left."""
    for at in range(max(0, len(words) - MAX_AMOUNT_WORDS), len(words)):
        if (amount := amount_of(words[at:])) is not None:
            return words[:at], amount
    for to in range(min(len(words) - 1, MAX_AMOUNT_WORDS), 0, -1):
        if (amount := amount_of(words[:to])) is not None:
            return words[to:], amount
    return words, None


def is_sum(word: str) -> bool:
    """Whether a word is a figure that no name has in it: an amount or more, unlike the `2` of `boutique 2`."""
    bare = word.strip(_MARKS)
    amount_xof = amount_of([bare]) if bare else None
    digits = sum(c.isdecimal() for c in bare)
    return digits > MAX_AMOUNT_DIGITS or (amount_xof is not None and amount_xof >= LEAST_XOF)
