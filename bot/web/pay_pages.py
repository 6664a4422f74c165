"""The pages on which a payer's browser lands after paying, or after not paying. Pure.

They know nobody and prove nothing: whoever opens one is sent back to the conversation, where the truth is told, by the
links of the channels that are on. Whatever else the address says is not read. Each page says it in every language, the
reader's own first.
"""

from collections.abc import Callable, Sequence
from html import escape
from typing import Final, NamedTuple, TypeAlias

from bot.domain.people import Language
from bot.i18n import Words
from bot.languages import DEFAULT, known
from bot.payer_page import Emblem, emblem, headers, page

DONE: Final = "/pay/done"
FAILED: Final = "/pay/failed"
HEADERS: Final = {**headers(), "Vary": "Accept-Language"}

# Browsers name a few languages; nobody else is listened to for longer.
_MOST_CHARACTERS: Final = 200


class Chat(NamedTuple):
    """Where a conversation is had: the channel's name as people write it, and the link that opens it."""

    label: str
    link: str


Page: TypeAlias = Callable[[str], bytes]
"""A page for somebody whose browser names these languages (`Accept-Language`), as bytes of HTML."""


def pages(words: Words, chats: Callable[[], Sequence[Chat]] = tuple) -> dict[str, Page]:
    """The pages by their paths; `chats` are those that are known at the time."""

    def shown(heading: str, text: str, drawn: Emblem) -> Page:
        return lambda accepted: _page(words, first_language(accepted, words), heading, text, drawn, chats())

    return {
        DONE: shown("pay.done.title", "pay.done.text", "talk"),
        FAILED: shown("pay.failed.title", "pay.failed.text", "stop"),
    }


def first_language(accepted: str, words: Words) -> Language:
    """The first language that a browser names and we speak: it names first what its reader likes best."""
    for name in accepted[:_MOST_CHARACTERS].split(","):
        language = known(name.partition(";")[0])
        if language is not None and language in tuple(words):
            return language
    return DEFAULT


def _page(words: Words, first: Language, heading: str, text: str, drawn: Emblem, chats: Sequence[Chat]) -> bytes:
    sections = []
    for language in sorted(words, key=lambda code: code != first):
        t = words[language]
        is_first = language == first
        level = "h1" if is_first else "h2"
        links = "".join(
            f'<a class="button{" other" if at else ""}" rel="noreferrer" href="{escape(chat.link)}">'
            f"{t('pay.back', channel=chat.label)}</a>"
            for at, chat in enumerate(chats)
        )
        sections.append(
            f'<section lang="{escape(language)}">{emblem(drawn) if is_first else ""}'
            f"<{level}>{t(heading)}</{level}><p>{t(text)}</p>{links if is_first else ''}</section>"
        )
    t = words[first]
    return page(str(t(heading)), str(t("pay.page")), "".join(sections), language=escape(first))
