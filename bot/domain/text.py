"""Text as people type it, made comparable. Pure."""

import unicodedata
from functools import lru_cache

# Longer texts are nobody's order; what is beyond is not even looked at.
MAX_READ_CHARACTERS = 300


@lru_cache(4096)
def fold(text: str) -> str:
    """`text` in small letters without accents, punctuation and emoji; words parted by one space."""
    text = text[:MAX_READ_CHARACTERS].lower()
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    if not text.isalnum():
        text = "".join(c if c.isalnum() else " " for c in text)
    return " ".join(text.split())


def printable_line(text: str) -> str:
    """A text on one line: whatever cannot be printed is a blank, and so are several."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def has_figures(text: str) -> bool:
    """Whether there is a figure in a text that is no command."""
    return any(letter.isdecimal() for letter in text) and not text.startswith("/")
