"""The number of a payment, as Wave, Orange Money or a receipt has it. Pure.

It is written after `ref:`, or stands where people put it: right after the name of the means (`wave TXN123`), or by
itself where it begins as such numbers do (`TX…`). A telephone number is none, and neither is a sum.
"""

import re
from typing import Final

from msgspec import Struct

from bot.dialogue.parsing.amounts import MIN_NUMBER_DIGITS, amount_off, parse_amount
from bot.domain.text import fold
from bot.languages import answers

_NAMED: Final = re.compile(r"(?<!\S)r[ée]f\s*[:=]\s*([A-Za-z0-9][A-Za-z0-9._/-]{2,39})(?!\S)", re.IGNORECASE)
_WORD: Final = re.compile(r"\S+")
_NUMBER: Final = re.compile(r"[A-Z0-9][A-Z0-9._/-]{5,39}")
_BY_ITSELF: Final = re.compile(r"(?:TX|TID)[A-Z0-9._/-]{4,38}")
_TELEPHONE: Final = re.compile(r"(?:\+|00)?(?:221)?7\d{8}")
_MEANS: Final = frozenset({"wave", "om", "orange", "money", "free", "wizall", "emoney", "e-money", "mixx", "kpay"})
# What stands between a sum and the means by which it was paid.
_BETWEEN: Final = _MEANS | {"par", "avec", "sur", "de", "by", "with", "via", "on", "from"}
_TYPED: Final = re.compile(r"[A-Z0-9][A-Z0-9._/-]{3,39}")
_NONE: Final = answers("none")
# With fewer figures it is rather a word, or a date.
MIN_FIGURES: Final = 3


class Payment(Struct, frozen=True):
    """What a text says of a payment, as far as it says it; `without`: that it has no number."""

    amount_xof: int | None = None
    reference: str = ""
    without: bool = False


def read_payment(text: str) -> Payment:
    """The sum and the payment's own number in a customer's words: `j'ai payé 5000 wave TXN123`."""
    rest, reference = take_reference(text)
    _, amount_xof = amount_off([word for word in rest.split() if fold(word) not in _BETWEEN])
    return Payment(amount_xof, reference)


def read_checked(text: str) -> Payment | None:
    """What an owner types who was asked for both: `5000 TXN123`, `5000 none`, `TXN123`; None for anything else."""
    rest, reference = take_reference(text)
    words = [word for word in rest.split() if fold(word) not in _BETWEEN]
    without = bool(words) and not reference and fold(words[-1]) in _NONE
    if without:
        words.pop()
    elif words and not reference and parse_amount(" ".join(words)) is None and _is_typed(words[-1].upper()):
        reference = words.pop().upper()
    amount_xof = parse_amount(" ".join(words)) if words else None
    if words and amount_xof is None:
        return None
    return Payment(amount_xof, reference, without) if words or reference or without else None


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
    if parse_amount(word) is not None and not (word.isdecimal() and figures >= MIN_NUMBER_DIGITS):
        return False
    return _BY_ITSELF.fullmatch(word) is not None or (after in _MEANS and _NUMBER.fullmatch(word) is not None)


def _is_typed(word: str) -> bool:
    return _TYPED.fullmatch(word) is not None and sum(character.isdigit() for character in word) >= MIN_FIGURES
