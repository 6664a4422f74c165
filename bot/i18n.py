"""Words: a key, arguments and a language become a text.

Catalogs are gettext files whose msgids are short dotted keys (`quote.title`); translators work on the `.po` files of
`locales/`, the wheel carries compiled `.mo` files. Both are read here by a few lines of our own: an event is answered
with about five messages, so a lookup must cost a dictionary access, and Babel's readers alone would take longer to load
than the rest of the program. The tests hold these readers and `money` against Babel's.

A message is cut at its placeholders once, when the catalog is loaded. Messages are HTML: an argument is escaped unless
it is `Safe`, that is, unless it came from here. `label` is for buttons, which are plain text and escape nothing.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Final, TypeAlias, get_args

from bot.errors import SettingsError
from bot.model import Language

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
DOMAIN = "taal"

NBSP = "\u00a0"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPED = re.compile(r"\\(.)")
_PO_LINE = re.compile(r'(?:(msgid_plural|msgid|msgstr)(?:\[(\d)\])? )?"(.*)"')
_ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Raw: TypeAlias = dict[str, tuple[str, ...]]


class Safe(str):
    """Text that is already HTML: it goes into a message as it is."""

    __slots__ = ()


Template: TypeAlias = tuple[str, ...]


def parse_po(text: str) -> Raw:
    """The messages of a `.po` file: msgid → its one form, or its plural forms in order. The header is under ''."""
    messages: Raw = {}
    key, forms, target = "", [""], "msgid"
    for line in [*text.splitlines(), 'msgid ""']:
        match = _PO_LINE.fullmatch(line)
        if match is None:
            continue
        keyword, _, quoted = match.groups()
        if keyword == "msgid":
            if target == "msgstr":
                messages[key] = tuple(forms)
            key, forms, target = "", [], "msgid"
        elif keyword == "msgstr":
            forms.append("")
            target = "msgstr"
        elif keyword is not None:
            target = keyword
        piece = _ESCAPED.sub(lambda found: _ESCAPES[found[1]], quoted) if "\\" in quoted else quoted
        if target == "msgid":
            key += piece
        elif target == "msgstr":
            forms[-1] += piece
    return messages


def parse_mo(data: bytes) -> Raw:
    """The messages of a little-endian `.mo` file, in the same shape as `parse_po`."""
    magic, _, count, ids_at, texts_at = struct.unpack_from("<5I", data)
    if magic != 0x950412DE:
        raise SettingsError(["a message catalog (.mo) is damaged: build the package again"])

    def strings(table_at: int) -> Iterator[str]:
        for row in range(count):
            length, at = struct.unpack_from("<2I", data, table_at + 8 * row)
            yield data[at : at + length].decode()

    pairs = zip(strings(ids_at), strings(texts_at), strict=True)
    return {msgid.split("\0", 1)[0]: tuple(text.split("\0")) for msgid, text in pairs}


def _plain(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def _html(value: object) -> str:
    return value if isinstance(value, Safe) else escape(_plain(value), quote=False)


class Voice:
    """One language: what the dialogue speaks through. `language` is its name."""

    __slots__ = ("_forms", "_templates", "language")

    def __init__(self, language: Language, messages: Raw) -> None:
        self.language = language
        # Odd parts are placeholders' names: "Hello {name}!" is ("Hello ", "name", "!").
        self._forms: dict[str, tuple[Template, ...]] = {
            key: tuple(tuple(_PLACEHOLDER.split(form)) for form in forms) for key, forms in messages.items() if key
        }
        self._templates: dict[str, Template | Safe] = {
            key: Safe(forms[0][0]) if len(forms[0]) == 1 else forms[0] for key, forms in self._forms.items()
        }

    def __call__(self, key: str, **arguments: object) -> Safe:
        """The message of `key` as HTML. Raises KeyError for an unknown key or a missing argument."""
        template = self._templates[key]
        if isinstance(template, Safe):
            return template
        parts = list(template)
        for at in range(1, len(parts), 2):
            parts[at] = _html(arguments[parts[at]])
        return Safe("".join(parts))

    def label(self, key: str, **arguments: object) -> str:
        """The message of `key` as plain text, for buttons."""
        template = self._templates[key]
        if isinstance(template, Safe):
            return str(template)
        parts = list(template)
        for at in range(1, len(parts), 2):
            parts[at] = _plain(arguments[parts[at]])
        return "".join(parts)

    def plural(self, key: str, count: int, **arguments: object) -> Safe:
        """The form of `key` for `count`, which is also the argument `count`."""
        one = count <= 1 if self.language == "fr" else count == 1
        parts = list(self._forms[key][0 if one else 1])
        arguments["count"] = count
        for at in range(1, len(parts), 2):
            parts[at] = _html(arguments[parts[at]])
        return Safe("".join(parts))

    def escaped(self, text: str) -> Safe:
        """Text that somebody else wrote, escaped."""
        return Safe(escape(text, quote=False))

    def money(self, amount_xof: int) -> Safe:
        """`5 000 F CFA` in French, `5,000 F CFA` in English, with no-break spaces."""
        return _money(self.language, amount_xof, " F CFA")

    def short_money(self, amount_xof: int) -> Safe:
        """`5 000 F`, for buttons and lists."""
        return _money(self.language, amount_xof, " F")

    def moment(self, at: int) -> Safe:
        """A date and time of day in Dakar: `24/11/2026 à 21:05`, `24 Nov 2026, 21:05`."""
        return _moment(self.language, at // 60_000)

    def short_moment(self, at: int) -> Safe:
        """`24/11 à 21:05`, `24 Nov, 21:05`: for lists of what is recent."""
        return _short_moment(self.language, at // 60_000)

    def clock(self, at: int) -> Safe:
        """The time of day in Dakar: `21:05`."""
        return _clock(at // 60_000)

    def day(self, iso: str) -> Safe:
        """A due date, written `YYYY-MM-DD` by the provider; what is no date stays as it came."""
        return _day(self.language, iso)


@lru_cache(4096)
def _money(language: Language, amount_xof: int, unit: str) -> Safe:
    figure = f"{amount_xof:,}"
    if language == "fr":
        figure = figure.replace(",", NBSP)
    return Safe((figure + unit).replace(" ", NBSP))


def _dakar(minute: int) -> datetime:
    # Africa/Dakar is UTC all year round.
    return datetime.fromtimestamp(minute * 60, UTC)


@lru_cache(2048)
def _moment(language: Language, minute: int) -> Safe:
    at = _dakar(minute)
    if language == "fr":
        return Safe(f"{at:%d/%m/%Y}{NBSP}à{NBSP}{at:%H:%M}")
    return Safe(f"{at.day}{NBSP}{_ENGLISH_MONTHS[at.month - 1]}{NBSP}{at.year}, {at:%H:%M}")


@lru_cache(2048)
def _short_moment(language: Language, minute: int) -> Safe:
    at = _dakar(minute)
    if language == "fr":
        return Safe(f"{at:%d/%m}{NBSP}à{NBSP}{at:%H:%M}")
    return Safe(f"{at.day}{NBSP}{_ENGLISH_MONTHS[at.month - 1]}, {at:%H:%M}")


@lru_cache(2048)
def _clock(minute: int) -> Safe:
    return Safe(f"{_dakar(minute):%H:%M}")


@lru_cache(512)
def _day(language: Language, iso: str) -> Safe:
    try:
        at = date.fromisoformat(iso)
    except ValueError:
        return Safe(escape(iso, quote=False))
    if language == "fr":
        return Safe(f"{at:%d/%m/%Y}")
    return Safe(f"{at.day}{NBSP}{_ENGLISH_MONTHS[at.month - 1]}{NBSP}{at.year}")


class Words(Mapping[Language, Voice]):
    """Every language's voice: `words["fr"]("quote.title")`."""

    def __init__(self, catalogs: Mapping[Language, Raw]) -> None:
        self._voices = {language: Voice(language, catalogs[language]) for language in LANGUAGES}

    def __getitem__(self, language: Language) -> Voice:
        return self._voices[language]

    def __iter__(self) -> Iterator[Language]:
        return iter(self._voices)

    def __len__(self) -> int:
        return len(self._voices)


def load(*roots: Path) -> Words:
    """Read the catalogs: the wheel's `bot/locales`, else the checkout's `locales`, or `roots` when given.

    Raises SettingsError when a language is found nowhere.
    """
    package = Path(__file__).parent
    catalogs: dict[Language, Raw] = {}
    for language in LANGUAGES:
        for root in roots or (package / "locales", package.parent / "locales"):
            folder = root / language / "LC_MESSAGES"
            if (compiled := folder / f"{DOMAIN}.mo").is_file():
                catalogs[language] = parse_mo(compiled.read_bytes())
            elif (source := folder / f"{DOMAIN}.po").is_file():
                catalogs[language] = parse_po(source.read_text("utf-8"))
            else:
                continue
            break
        else:
            raise SettingsError([f"the {language} messages are missing: install the package again"])
    return Words(catalogs)
