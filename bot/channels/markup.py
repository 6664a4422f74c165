"""The three tags of our texts, read once for every channel. Pure.

A text for a person carries `<b>`, `<i>` and `<code>`; everything else in it is HTML-escaped. `runs` parts it into
stretches of one style with the escapes undone. A text that breaks this rule loses nothing: a `<` that opens none of
the three tags and an `&` that is no escape stay as they are.
"""

import html
import re
from collections.abc import Iterator

_TAG = re.compile(r"<(/?)(b|i|code)>")
_ESCAPE = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")


def runs(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The stretches of `text`, each with the tags that are open over it, outermost first."""
    open_tags: list[str] = []
    at = 0
    for match in _TAG.finditer(text):
        if at < match.start():
            yield tuple(open_tags), unescape(text[at : match.start()])
        at = match.end()
        closing, tag = match.groups()
        if not closing:
            open_tags.append(tag)
        elif tag in open_tags:
            open_tags.reverse()
            open_tags.remove(tag)
            open_tags.reverse()
    if at < len(text):
        yield tuple(open_tags), unescape(text[at:])


def plain(text: str) -> str:
    """`text` without its tags and escapes: what a person reads."""
    return unescape(_TAG.sub("", text))


def unescape(text: str) -> str:
    """Undo the escapes, and only those that are written out whole."""
    return _ESCAPE.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text
