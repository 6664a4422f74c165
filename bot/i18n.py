"""Words: a key, arguments and a language become a text.

Catalogs are gettext files whose msgids are short dotted keys (`quote.title`); translators work on the `.po` files of
`locales/`, the wheel carries compiled `.mo` files, and Babel reads both and writes figures and dates. An event is
answered with about five messages, so everything is prepared once: a message is cut at its placeholders when the catalog
is loaded, a figure or a date is written once and kept.

Messages are HTML: an argument is escaped unless it is `Safe`, that is, unless it came from here. `label` is for
buttons, which are plain text and escape nothing.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from gettext import c2py
from html import escape
from pathlib import Path
from typing import Final, Self, TypeAlias, get_args

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, parse_pattern
from markupsafe import Markup

from bot.domain.model import Language
from bot.errors import SettingsError

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
DOMAIN = "taal"

NBSP = "\u00a0"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_LOCALES: Final[dict[Language, Locale]] = {language: Locale.parse(language) for language in LANGUAGES}
# Babel's own pattern for the XOF would write F CFA before the figure in English.
_MONEY = parse_pattern("#,##0 'F CFA'")
_SHORT_MONEY = parse_pattern("#,##0 'F'")
_MOMENT: Final[dict[Language, str]] = {"fr": "dd/MM/yyyy 'à' HH:mm", "en": "d MMM yyyy, HH:mm"}
_SHORT_MOMENT: Final[dict[Language, str]] = {"fr": "dd/MM 'à' HH:mm", "en": "d MMM, HH:mm"}
_DAY: Final[dict[Language, str]] = {"fr": "dd/MM/yyyy", "en": "d MMM yyyy"}
_SHORT_DAY: Final[dict[Language, str]] = {"fr": "dd/MM", "en": "d MMM"}

Raw: TypeAlias = dict[str, tuple[str, ...]]


class Safe(Markup):
    """Text that is already HTML: it goes into a message as it is. What is joined or added to it is escaped unless it is
    `Safe` as well.
    """

    __slots__ = ()

    @classmethod
    def escape(cls, s: object, /) -> Self:
        """`s` as HTML. Quotes stay: they mean something in attributes only, and our texts have none."""
        return s if isinstance(s, cls) else cls(_html(s))


Template: TypeAlias = tuple[str, ...]


def messages_of(catalog: Catalog) -> Raw:
    """A catalog's messages: msgid → its one form, or its plural forms in order."""
    found: Raw = {}
    for message in catalog:
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if key:
            found[str(key)] = tuple(str(form) for form in forms)
    return found


def _plain(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def _html(value: object) -> str:
    return value if isinstance(value, Safe) else escape(_plain(value), quote=False)


class Voice:
    """One language: what the dialogue speaks through. `language` is its name."""

    __slots__ = ("_form_of", "_forms", "_templates", "language")

    def __init__(self, language: Language, catalog: Catalog) -> None:
        self.language = language
        # Which form goes with a count, as the catalog itself says.
        self._form_of = c2py(catalog.plural_expr)
        # Odd parts are placeholders' names: "Hello {name}!" is ("Hello ", "name", "!").
        self._forms: dict[str, tuple[Template, ...]] = {
            key: tuple(tuple(_PLACEHOLDER.split(form)) for form in forms) for key, forms in messages_of(catalog).items()
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
        parts = list(self._forms[key][self._form_of(count)])
        arguments["count"] = count
        for at in range(1, len(parts), 2):
            parts[at] = _html(arguments[parts[at]])
        return Safe("".join(parts))

    def escaped(self, text: str) -> Safe:
        """Text that somebody else wrote, escaped."""
        return Safe.escape(text)

    def money(self, amount_xof: int) -> Safe:
        """`5 000 F CFA` in French, `5,000 F CFA` in English, with no-break spaces."""
        return _money(self.language, amount_xof, False)

    def short_money(self, amount_xof: int) -> Safe:
        """`5 000 F`, for buttons and lists."""
        return _money(self.language, amount_xof, True)

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

    def short_day(self, iso: str) -> Safe:
        """A day without its year: `24/11`, `24 Nov`. Raises ValueError for what is no `YYYY-MM-DD`."""
        return _kept_together(format_date(date.fromisoformat(iso), _SHORT_DAY[self.language], _LOCALES[self.language]))

    def figure(self, count: int) -> Safe:
        """A number with its thousands apart: `5 000`, `5,000`."""
        return _kept_together(format_decimal(count, locale=_LOCALES[self.language]))

    def month(self, iso: str) -> Safe:
        """The month of a day of ours, in words: `novembre 2026`, `November 2026`."""
        return _kept_together(format_date(date.fromisoformat(iso), "MMMM yyyy", locale=_LOCALES[self.language]))


@lru_cache(4096)
def _money(language: Language, amount_xof: int, short: bool) -> Safe:
    return _kept_together(format_decimal(amount_xof, _SHORT_MONEY if short else _MONEY, _LOCALES[language]))


def _kept_together(text: str) -> Safe:
    # A figure or a date is not torn apart at the end of a line. Babel's narrow spaces show as boxes on old telephones.
    return Safe(text.replace("\u202f", NBSP).replace(" ", NBSP))


def _dakar(minute: int) -> datetime:
    # Africa/Dakar is UTC all year round.
    return datetime.fromtimestamp(minute * 60, UTC)


@lru_cache(2048)
def _moment(language: Language, minute: int) -> Safe:
    return _dated(format_datetime(_dakar(minute), _MOMENT[language], locale=_LOCALES[language]))


@lru_cache(2048)
def _short_moment(language: Language, minute: int) -> Safe:
    return _dated(format_datetime(_dakar(minute), _SHORT_MOMENT[language], locale=_LOCALES[language]))


def _dated(text: str) -> Safe:
    # A line may end between the date and the time, where English has a comma.
    return Safe(_kept_together(text).replace(f",{NBSP}", ", "))


@lru_cache(2048)
def _clock(minute: int) -> Safe:
    return Safe(f"{_dakar(minute):%H:%M}")


@lru_cache(512)
def _day(language: Language, iso: str) -> Safe:
    try:
        at = date.fromisoformat(iso)
    except ValueError:
        return Safe.escape(iso)
    return _kept_together(format_date(at, _DAY[language], locale=_LOCALES[language]))


class Words(Mapping[Language, Voice]):
    """Every language's voice: `words["fr"]("quote.title")`."""

    def __init__(self, catalogs: Mapping[Language, Catalog]) -> None:
        self._voices = {language: Voice(language, catalogs[language]) for language in LANGUAGES}

    def __getitem__(self, language: Language) -> Voice:
        return self._voices[language]

    def __iter__(self) -> Iterator[Language]:
        return iter(self._voices)

    def __len__(self) -> int:
        return len(self._voices)


def _read(folder: Path, language: Language) -> Catalog | None:
    """The catalog in a folder, compiled or not; None when there is none. Raises SettingsError when it is damaged."""
    try:
        if (compiled := folder / f"{DOMAIN}.mo").is_file():
            with compiled.open("rb") as file:
                return read_mo(file)
        if (source := folder / f"{DOMAIN}.po").is_file():
            with source.open("rb") as file:
                return read_po(file, locale=language, abort_invalid=True)
    except (ValueError, OSError) as error:
        raise SettingsError([f"the {language} messages are damaged ({error}): install the package again"]) from error
    return None


def load(*roots: Path) -> Words:
    """Read the catalogs: the wheel's `bot/locales`, else the checkout's `locales`, or `roots` when given.

    Raises SettingsError when a language is found nowhere.
    """
    package = Path(__file__).parent
    catalogs: dict[Language, Catalog] = {}
    for language in LANGUAGES:
        for root in roots or (package / "locales", package.parent / "locales"):
            folder = root / language / "LC_MESSAGES"
            catalog = _read(folder, language)
            if catalog is not None:
                catalogs[language] = catalog
                break
        else:
            raise SettingsError([f"the {language} messages are missing: install the package again"])
    return Words(catalogs)
