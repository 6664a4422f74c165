"""The figures that people type: a text as groups of digits and the words around them. Pure.

Theory of operation. A text is cut into *groups* of digits and words. Groups that nothing parts but blanks and marks
are a *stretch*: only inside one may groups be one number (`14 1234 567 89`), never across a word.

Every reader here is linear in what it is given, and is given no more than `MAX_READ_CHARACTERS`.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from bot.dialogue.parsing.amounts import MAX_AMOUNT_DIGITS, MIN_NUMBER_DIGITS, NOT_DIGIT, THOUSAND, THOUSANDS, UNITS
from bot.dialogue.parsing.number_words import in_figures
from bot.domain.text import MAX_READ_CHARACTERS, fold

METER_DIGITS = 11
# What is written as an amount and as nothing else: thousands parted by a mark, decimals, a tenth of a thousand.
_WRITTEN: Final = re.compile(
    r"(?P<figure>\d{1,3}(?:[.,'_]\d{3})+|\d+)"
    rf"(?:[.,](?P<tenth>\d)(?={THOUSAND})|(?P<decimals>[.,]\d\d?))?"
    rf"(?P<thousand>{THOUSAND})?(?P<unit>(?:francs?|frs?|f)?(?:cfa|xof)?)"
)
_EDGES: Final = "()[]:;,.!?/=«»\"'"
_PIECES: Final = re.compile(r"[0-9]+|[^0-9]+")


class Stretch(NamedTuple):
    """Groups of digits that no word parts. `is_money`: a unit follows, so that its end is an amount (`5 000 F`)."""

    groups: tuple[str, ...]
    is_money: bool = False

    @property
    def whole(self) -> str:
        """All its digits."""
        return "".join(self.groups)


class Figures(NamedTuple):
    """What a text says in digits, and the words around them."""

    stretches: tuple[Stretch, ...]
    words: tuple[str, ...]

    @property
    def runs(self) -> tuple[str, ...]:
        """Every group, once."""
        return tuple(dict.fromkeys(group for stretch in self.stretches for group in stretch.groups))


@lru_cache(1024)
def plain(text: str) -> str:
    """`text` folded, its figures in plain digits: `5,000.00` is `5000f`, `1.5k` is `1500f`, `14,123,456,789` one, and
    so is a sum in words: `cinq mille` is `5000f`.
    """
    read = in_figures(text[:MAX_READ_CHARACTERS])
    if read.isascii() and read.isalnum():
        # One word: there are no marks in it.
        return fold(read)
    folded = unicodedata.normalize("NFKC", read).lower()
    return fold(" ".join(map(_plain, folded.split())))


def _plain(token: str) -> str:
    """One word; digits of any script are digits to a person, the provider takes ASCII."""
    if not token.isascii():
        token = "".join(str(int(c)) if c.isdecimal() else c for c in token)
    match = _WRITTEN.fullmatch(token.strip(_EDGES))
    if match is None:
        return token
    digits = NOT_DIGIT.sub("", match["figure"])
    if match["tenth"]:
        return f"{digits}{match['tenth']}00f"
    if len(digits) > MAX_AMOUNT_DIGITS:
        return digits + (match["thousand"] or match["unit"])
    if match["decimals"] and match["decimals"].strip(".,0"):
        return token
    is_money = match["decimals"] or not match["figure"].isdecimal()
    return digits + (match["thousand"] or match["unit"] or ("f" if is_money else ""))


@lru_cache(1024)
def figures_of(text: str) -> Figures:
    """The groups of digits in a text, stretch by stretch."""
    stretches: list[Stretch] = []
    words: list[str] = []
    groups: list[str] = []

    def close(*, is_money: bool = False) -> None:
        if groups:
            stretches.append(Stretch(tuple(groups), is_money and len(groups[-1]) <= MAX_AMOUNT_DIGITS))
            groups.clear()

    for token in plain(text).split():
        for piece in _pieces(_zeros(token, after_a_figure=bool(groups))):
            if piece.isdecimal():
                groups.append(piece)
            elif piece in THOUSANDS and groups and len(groups[-1]) < MAX_AMOUNT_DIGITS:
                groups[-1] += "000"
                close(is_money=True)
            elif piece in UNITS:
                close(is_money=True)
            else:
                close()
                words.append(piece)
    close()
    return Figures(tuple(stretches), tuple(words))


def _pieces(token: str) -> list[str]:
    """Digits and what is behind them (`5000f`); a word with a few digits in it is a word (`maison2`)."""
    pieces = _PIECES.findall(token)
    is_amount = len(pieces) == 2 and pieces[1] in UNITS
    return pieces if is_amount or any(len(one) >= MIN_NUMBER_DIGITS and one.isdecimal() for one in pieces) else [token]


def _zeros(token: str, *, after_a_figure: bool) -> str:
    """The letter O is often typed for a zero: `8O`, `5 OOO`; not behind what is a whole number without it."""
    bare = token.rstrip("o")
    if not (bare or after_a_figure) or len(bare) == METER_DIGITS:
        return token
    return token.replace("o", "0") if not token.replace("o", "").strip("0123456789") else token
