"""Words: a key, arguments and a language become a text.

Catalogs are gettext files whose msgids are short dotted keys (`quote.title`); translators work on the `.po` files of
`locales/`, the wheel carries compiled `.mo` files, and Babel reads both and writes figures and dates. An event is
answered with about five messages, so everything is prepared once: a message is cut at its placeholders when the catalog
is loaded, a figure or a date is written once and kept.

A catalog whose language names a fallback (`bot.languages`) may lack messages: each is then taken from the fallback's
catalog, with that one's plural forms. The patterns of dates (`format.moment`) are messages too, in Babel's notation.

Messages are HTML: an argument is escaped unless it is `Safe`, that is, unless it came from here. `label` is for
buttons, which are plain text and escape nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from gettext import c2py
from html import escape
from pathlib import Path
from typing import Self, TypeAlias

from babel import Locale, localedata
from babel.dates import format_date, format_datetime
from babel.messages import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, parse_pattern
from markupsafe import Markup

from bot import languages
from bot.domain.people import Language
from bot.errors import SettingsError
from bot.languages import DEFAULT, DOMAIN, LANGUAGES

__all__ = ["DEFAULT", "LANGUAGES", "NBSP", "Safe", "Voice", "Words", "load", "messages_of"]

NBSP = "\u00a0"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# Babel's own pattern for the XOF would write F CFA before the figure in English.
_MONEY = parse_pattern("#,##0 'F CFA'")
_SHORT_MONEY = parse_pattern("#,##0 'F'")


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
FormOf: TypeAlias = Callable[[int], int]
"""Which of a message's forms goes with a count."""


def messages_of(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """A catalog's messages: msgid → its one form, or its plural forms in order."""
    found: dict[str, tuple[str, ...]] = {}
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


def _check(
    language: Language,
    own: Mapping[str, tuple[Template, ...]],
    complete: Mapping[str, tuple[Template, ...]],
    forms: int,
) -> None:
    """Raises SettingsError where a message could not be said: it asks for what it is not given, or lacks a form."""
    faults = []
    for key in own.keys() & complete.keys():
        if unknown := _names(own[key]) - _names(complete[key]):
            faults.append(f"the {language} message {key} has no {{{min(unknown)}}} to tell")
        if len(complete[key]) > 1 and len(own[key]) != forms:
            faults.append(f"the {language} message {key} needs {forms} plural forms")
    if faults:
        raise SettingsError(sorted(faults))


def _names(forms: tuple[Template, ...]) -> set[str]:
    return {name for form in forms for name in form[1::2]}


class Voice:
    """One language: what the dialogue speaks through. `language` is its name; `fallback` is what it says where its
    catalog is silent.
    """

    __slots__ = ("_day", "_form_of", "_forms", "_moment", "_short_day", "_short_moment", "_templates", "language")

    def __init__(self, language: Language, catalog: Catalog, fallback: "Voice | None" = None) -> None:
        self.language = language
        # Odd parts are placeholders' names: "Hello {name}!" is ("Hello ", "name", "!"). A form left empty is to be
        # translated yet.
        own: dict[str, tuple[Template, ...]] = {
            key: tuple(tuple(_PLACEHOLDER.split(form)) for form in forms)
            for key, forms in messages_of(catalog).items()
            if fallback is None or all(forms)
        }
        self._forms: dict[str, tuple[Template, ...]] = own if fallback is None else {**fallback._forms, **own}
        # Which form goes with a count, as the catalog itself says.
        form_of: FormOf = c2py(catalog.plural_expr)
        self._form_of: dict[str, FormOf] = dict.fromkeys(own, form_of)
        self._templates: dict[str, Template | Safe] = {
            key: Safe(forms[0][0]) if len(forms[0]) == 1 else forms[0] for key, forms in own.items()
        }
        if fallback is not None:
            _check(language, own, fallback._forms, catalog.num_plurals)
            self._form_of = {**fallback._form_of, **self._form_of}
            self._templates = {**fallback._templates, **self._templates}
        self._moment, self._short_moment = self.label("format.moment"), self.label("format.short_moment")
        self._day, self._short_day = self.label("format.day"), self.label("format.short_day")

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
        parts = list(self._forms[key][self._form_of[key](count)])
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
        return _moment(self.language, self._moment, at // 60_000)

    def short_moment(self, at: int) -> Safe:
        """`24/11 à 21:05`, `24 Nov, 21:05`: for lists of what is recent."""
        return _moment(self.language, self._short_moment, at // 60_000)

    def clock(self, at: int) -> Safe:
        """The time of day in Dakar: `21:05`."""
        return _clock(at // 60_000)

    def day(self, iso: str) -> Safe:
        """A due date, written `YYYY-MM-DD` by the provider; what is no date stays as it came."""
        return _day(self.language, self._day, iso)

    def short_day(self, iso: str) -> Safe:
        """A day without its year: `24/11`, `24 Nov`. Raises ValueError for what is no `YYYY-MM-DD`."""
        return _kept_together(format_date(date.fromisoformat(iso), self._short_day, _locale(self.language)))

    def figure(self, count: int) -> Safe:
        """A number with its thousands apart: `5 000`, `5,000`."""
        return _kept_together(format_decimal(count, locale=_locale(self.language)))

    def month(self, iso: str) -> Safe:
        """The month of a day of ours, in words: `novembre 2026`, `November 2026`."""
        return _kept_together(format_date(date.fromisoformat(iso), "MMMM yyyy", locale=_locale(self.language)))


@cache
def _locale(language: Language) -> Locale:
    """How figures and months are written: by a language with a fallback as that one does it, so that they look alike
    all through a conversation in both. Babel knows fewer languages than people speak.
    """
    code = languages.chain(language)[-1]
    return Locale.parse(code if localedata.exists(code) else DEFAULT)


@lru_cache(4096)
def _money(language: Language, amount_xof: int, short: bool) -> Safe:
    return _kept_together(format_decimal(amount_xof, _SHORT_MONEY if short else _MONEY, _locale(language)))


def _kept_together(text: str) -> Safe:
    # A figure or a date is not torn apart at the end of a line. Babel's narrow spaces show as boxes on old telephones.
    return Safe(text.replace("\u202f", NBSP).replace(" ", NBSP))


def _dakar(minute: int) -> datetime:
    # Africa/Dakar is UTC all year round.
    return datetime.fromtimestamp(minute * 60, UTC)


@lru_cache(2048)
def _moment(language: Language, pattern: str, minute: int) -> Safe:
    return _dated(format_datetime(_dakar(minute), pattern, locale=_locale(language)))


def _dated(text: str) -> Safe:
    # A line may end between the date and the time, where English has a comma.
    return Safe(_kept_together(text).replace(f",{NBSP}", ", "))


@lru_cache(2048)
def _clock(minute: int) -> Safe:
    return Safe(f"{_dakar(minute):%H:%M}")


@lru_cache(512)
def _day(language: Language, pattern: str, iso: str) -> Safe:
    try:
        at = date.fromisoformat(iso)
    except ValueError:
        return Safe.escape(iso)
    return _kept_together(format_date(at, pattern, locale=_locale(language)))


class Words(Mapping[Language, Voice]):
    """Every language's voice: `words["fr"]("quote.title")`. A language whose catalog has been taken away since it was
    chosen is spoken in the default one.
    """

    def __init__(self, voices: Mapping[Language, Voice]) -> None:
        self._voices = dict(voices)

    def __getitem__(self, language: Language) -> Voice:
        return self._voices.get(language) or self._voices[DEFAULT]

    def __iter__(self) -> Iterator[Language]:
        return iter(self._voices)

    def __len__(self) -> int:
        return len(self._voices)


def _read(folder: Path, language: Language) -> Catalog:
    """The catalog in a folder, compiled or not. Raises SettingsError when it is damaged."""
    compiled = folder / "LC_MESSAGES" / f"{DOMAIN}.mo"
    try:
        if compiled.is_file():
            with compiled.open("rb") as file:
                return read_mo(file)
        with compiled.with_suffix(".po").open("rb") as file:
            return read_po(file, locale=language, abort_invalid=True)
    except (ValueError, OSError) as error:
        raise SettingsError([f"the {language} messages are damaged ({error}): install the package again"]) from error


def load(*roots: Path) -> Words:
    """Read every catalog of the wheel's `bot/locales` and the checkout's `locales`, or of `roots` when given.

    Raises SettingsError when a catalog is damaged, or that of the default language is found nowhere.
    """
    folders, lists = languages.folders(*roots), languages.read(*roots)
    if DEFAULT not in folders:
        raise SettingsError([f"the {DEFAULT} messages are missing: install the package again"])
    voices: dict[Language, Voice] = {}
    for language in folders:
        # Those that stand in for others come first.
        for code in reversed(languages.chain_in(lists, language)):
            if code not in voices:
                fallback = lists[code].fallback
                stands_in = voices.get(fallback) if fallback is not None else None
                try:
                    voices[code] = Voice(code, _read(folders[code], code), stands_in)
                except KeyError as key:
                    raise SettingsError([f"the {code} messages lack {key}, its words.toml a fallback"]) from None
    return Words({language: voices[language] for language in folders})
