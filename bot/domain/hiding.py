"""What nobody may read of a text that is passed on to a person: recharge codes, PINs, signs that deceive. Pure."""

import re
from typing import Final

# Figures with a sign or two between them at most: long enough for a recharge code, and for no meter.
_CODE: Final = re.compile(r"\d(?:[^\w\n]{0,3}\d){15,}")
_METER_DIGITS: Final = 11
_PIN: Final = re.compile(r"(?<!\d)\d{4,6}(?!\d)")
_SAYS_PIN: Final = re.compile(r"\b(?:pin|code\s+secret|mot\s+de\s+passe|password|secret\s+code)\b", re.IGNORECASE)
# What turns the order of signs around, and what is no sign at all.
_UNSEEN: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
HIDDEN: Final = "••••"


def without_tricks(text: str) -> str:
    """A text without signs that would have it read otherwise than it is written."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\t", " "))


def without_codes(text: str) -> str:
    """A text in which of every recharge code only the last four figures are left."""
    return _CODE.sub(_short, text)


def _short(found: re.Match[str]) -> str:
    groups = re.findall(r"\d+", found[0])
    # Several meters in a row are no code.
    if len(groups) > 1 and all(len(group) == _METER_DIGITS for group in groups):
        return found[0]
    return HIDDEN + "".join(groups)[-4:]


def says_pin(text: str) -> bool:
    """Whether a text speaks of a PIN."""
    return _SAYS_PIN.search(text) is not None


def without_pin(text: str, *, has_pin: bool) -> str:
    """A text without what may be its writer's PIN: the short figures of one that speaks of a PIN; and, for somebody who
    has one, a figure that is all that was written.
    """
    if says_pin(text) or (has_pin and _PIN.fullmatch(text.strip())):
        return _PIN.sub(HIDDEN, text)
    return text
