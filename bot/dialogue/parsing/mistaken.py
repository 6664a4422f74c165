"""Numbers that are typed where they do not belong: a recharge code, a telephone number. Pure."""

import re
import unicodedata
from typing import Final

from bot.domain.text import MAX_READ_CHARACTERS

CODE_DIGITS: Final = 20
# A purchase may give three codes.
MOST_CODES: Final = 3
# Nobody writes less behind a telephone number as an amount.
LEAST_AMOUNT_XOF: Final = 500
_FIGURES: Final = re.compile("[0-9]+")
# “1.” before the first of several codes.
_NUMBERED: Final = re.compile(r"(?m)^ {0,4}[1-9][.)]")
_PHONE: Final = re.compile(
    r"(?P<abroad>\+ ?221|00 ?221)?(?:221)?[ .-]?(?P<number>7[05678](?:[ .-]?[0-9]){7})"
    r"(?:[ ,;:/=]{1,3}(?P<amount>[0-9]{1,3}(?:[ .][0-9]{3}|[0-9]{0,4})) ?(?:f|frs|fcfa|f cfa|francs)?)?"
)
_PHONE_DIGITS: Final = re.compile("(?:221)?7[05678][0-9]{7}")


def pasted_codes(text: str) -> tuple[str, ...]:
    """The recharge codes that a text is, whatever words stand around them; none where its figures are anything else."""
    plain = _NUMBERED.sub(" ", unicodedata.normalize("NFKC", text[:MAX_READ_CHARACTERS]))
    groups = _FIGURES.findall(plain)
    digits = "".join(groups)
    if len(digits) not in range(CODE_DIGITS, CODE_DIGITS * MOST_CODES + 1, CODE_DIGITS):
        return ()
    if any(len(group) != 4 and len(group) % CODE_DIGITS for group in groups):
        return ()
    if all(len(group) == 4 and group.endswith("00") for group in groups):
        # A list of amounts.
        return ()
    return tuple(digits[at : at + CODE_DIGITS] for at in range(0, len(digits), CODE_DIGITS))


def parse_phone_typed(text: str) -> str | None:
    """The nine digits of a telephone number of Senegal, of a text that is surely one: Senegal's own prefix stands
    before it, or an amount behind it. Nine bare digits may be the number of a bill.
    """
    found = _PHONE.fullmatch(unicodedata.normalize("NFKC", text[:MAX_READ_CHARACTERS]).strip().lower())
    if found is None:
        return None
    amount_xof = int("".join(_FIGURES.findall(found["amount"] or "0")))
    if not found["abroad"] and amount_xof < LEAST_AMOUNT_XOF:
        return None
    return "".join(_FIGURES.findall(found["number"]))


def is_like_phone(reference: str) -> bool:
    """Whether digits may be a telephone number of Senegal."""
    return _PHONE_DIGITS.fullmatch(reference) is not None
