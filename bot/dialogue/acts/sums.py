"""Sums of money as admins type them, and in words, so that a zero too many is read. Pure.

French as it is written on a cheque: `quatre-vingts` and `cents` keep their s only at the end or before a noun
(`millions`), and round millions take `de` before francs.
"""

from typing import Final

from bot.dialogue.context import Context
from bot.dialogue.parsing.amounts import is_figure
from bot.domain.people import Language
from bot.i18n import Safe
from bot.languages import DEFAULT, chain

# Smaller sums are read at a glance.
IN_WORDS_FROM_XOF: Final = 100_000
MOST_XOF: Final = 1_000_000_000

_FRENCH_UNITS: Final = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf"
)
_ENGLISH_UNITS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_FRENCH: Final = tuple(_FRENCH_UNITS.split())
_FRENCH_TENS: Final = ("vingt", "trente", "quarante", "cinquante", "soixante")
_ENGLISH: Final = tuple(_ENGLISH_UNITS.split())
_ENGLISH_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def in_words(amount_xof: int, language: Language) -> str:
    """A sum with its currency, `cinq mille francs CFA`. Raises ValueError below zero and above a thousand millions."""
    if not 0 <= amount_xof <= MOST_XOF:
        raise ValueError(f"{amount_xof} is not written out")
    # A language that has no words of its own here says it as the one does on which it falls back.
    if next(code for code in (*chain(language), DEFAULT) if code in ("fr", "en")) == "en":
        return f"{_english(amount_xof)} CFA {'franc' if amount_xof == 1 else 'francs'}"
    currency = "franc CFA" if amount_xof < 2 else "francs CFA"
    is_round = amount_xof > 0 and amount_xof % 1_000_000 == 0
    return f"{_french(amount_xof)} {'de ' if is_round else ''}{currency}"


def _groups(number: int) -> tuple[int, int, int, int]:
    """Thousand millions, millions, thousands and the rest."""
    return number // 1_000_000_000, number // 1_000_000 % 1000, number // 1000 % 1000, number % 1000


def _french(number: int) -> str:
    milliards, millions, thousands, rest = _groups(number)
    parts = ["un milliard"] if milliards else []
    if millions:
        parts.append(f"{_french_hundreds(millions, final=True)} {'million' if millions == 1 else 'millions'}")
    if thousands:
        parts.append("mille" if thousands == 1 else f"{_french_hundreds(thousands, final=False)} mille")
    if rest or not parts:
        parts.append(_french_hundreds(rest, final=True))
    return " ".join(parts)


def _french_hundreds(number: int, *, final: bool) -> str:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _french_tens(rest, final=final)
    words = "cent" if hundreds == 1 else f"{_FRENCH[hundreds]} cent"
    if rest:
        return f"{words} {_french_tens(rest, final=final)}"
    return f"{words}s" if hundreds > 1 and final else words


def _french_tens(number: int, *, final: bool) -> str:
    if number < 20:
        return _FRENCH[number]
    if number >= 80:
        rest = number - 80
        return f"quatre-vingt-{_FRENCH[rest]}" if rest else "quatre-vingts" if final else "quatre-vingt"
    # Seventy is sixty and ten.
    tens = min(number // 10, 6)
    rest = number - tens * 10
    words = _FRENCH_TENS[tens - 2]
    return words if not rest else f"{words} et {_FRENCH[rest]}" if rest in (1, 11) else f"{words}-{_FRENCH[rest]}"


def _english(number: int) -> str:
    named = zip(_groups(number), (" billion", " million", " thousand", ""), strict=True)
    return " ".join(_english_hundreds(group) + name for group, name in named if group) or _ENGLISH[0]


def _english_hundreds(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [f"{_ENGLISH[hundreds]} hundred"] if hundreds else []
    return " and ".join([*parts, _english_tens(rest)] if rest else parts)


def _english_tens(number: int) -> str:
    if number < 20:
        return _ENGLISH[number]
    tens, rest = divmod(number, 10)
    return f"{_ENGLISH_TENS[tens - 2]}-{_ENGLISH[rest]}" if rest else _ENGLISH_TENS[tens - 2]


def amount_and_why(text: str) -> tuple[str, str]:
    """The leading words that are part of an amount (`5 000 F`), and the reason after them."""
    words = text.split()
    taken = 0
    while taken < len(words) and is_figure(words[taken], first=taken == 0):
        taken += 1
    return " ".join(words[:taken]), " ".join(words[taken:])


def sum_in_words(ctx: Context, amount_xof: int) -> Safe | None:
    """A large sum in words: a zero too many is read there."""
    if not IN_WORDS_FROM_XOF <= amount_xof <= MOST_XOF:
        return None
    return ctx.t("admin.in_words", words=in_words(amount_xof, ctx.session.language))
