"""The codes that join two channels, and that invite a client: how they are made, and how people type them. Pure."""

import re
from typing import Final

from bot.dialogue.context import Context
from bot.domain.text import fold
from bot.repositories import links, meters
from bot.repositories.links import MAX_ALL_WRONG
from bot.store import Script

MAX_WRONG = 5

# A clock that was set back makes a code come from the future; beyond this it counts as expired.
CLOCK_SLACK_SECONDS = 60
# No two of these are mistaken for one another, read or heard: no O and 0, I and 1, B and 8, S and 5, Z and 2, U and V.
_LETTERS: Final = "ACDEFGHJKMNPQRTVWXY"
_FIGURES: Final = "34679"
_BOTH: Final = _LETTERS + _FIGURES
_BARE: Final = re.compile(rf"[{_LETTERS}][{_FIGURES}][{_BOTH}]{{4}}")


def make(fresh: str) -> str:
    """A code from a fresh id: six signs, a letter and a figure first, so that it is neither an amount nor a word."""
    number, code = int(fresh, 36), ""
    for signs in (_LETTERS, _FIGURES, _BOTH, _BOTH, _BOTH, _BOTH):
        number, at = divmod(number, len(signs))
        code += signs[at]
    return code


def is_code(text: str) -> bool:
    """Whether a whole text can be a code."""
    return _BARE.fullmatch(text.strip().upper()) is not None


def clean(text: str) -> str:
    """A code as it was made, of one that was typed in groups or in small letters."""
    return re.sub(r"[\s-]", "", text).upper()


def is_expired(made_at: int, expires_at: int, now: int) -> bool:
    """Whether a code is expired."""
    return now >= expires_at or made_at > now + CLOCK_SLACK_SECONDS * 1000


def is_meant(ctx: Context, text: str) -> Script[bool]:
    """Whether a text is a code, and not what the person calls one of their meters."""
    if not is_code(text):
        return False
    saved = yield from meters.saved_by(ctx.customer)
    return all(fold(meter.nickname) != fold(text) for meter in saved)


def wrong_too_often(ctx: Context) -> Script[str | None]:
    """What keeps the person from typing a code: they, or everybody together, typed too many wrong ones."""
    tries = yield from links.tries_of(ctx.person.address, ctx.now)
    if tries.wrong >= MAX_WRONG:
        return "link.wait"
    return "link.paused" if tries.all_wrong >= MAX_ALL_WRONG else None
