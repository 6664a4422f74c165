"""Text and HTML: what is escaped, and what is HTML already."""

from html import escape
from typing import Self

from markupsafe import Markup


class Safe(Markup):
    """Text that is already HTML: it goes into a message as it is. What is joined or added to it is escaped unless it is
    `Safe` as well.
    """

    __slots__ = ()

    def __new__(cls, text: str = "") -> Self:
        # Without Markup's questions, which are for what is no text yet: most of what is said passes here.
        return str.__new__(cls, text)

    @classmethod
    def escape(cls, s: object, /) -> Self:
        """`s` as HTML. Quotes stay: they mean something in attributes only, and our texts have none."""
        return s if isinstance(s, cls) else cls(html(s))


def plain(value: object) -> str:
    """An argument as plain text."""
    return value if isinstance(value, str) else str(value)


def html(value: object) -> str:
    """An argument as HTML, escaped unless it is that already."""
    return value if isinstance(value, Safe) else escape(plain(value), quote=False)
