"""A voice: the messages of one language, with arguments, figures and dates put into them."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from gettext import c2py
from typing import TypeAlias

from babel.dates import format_date
from babel.messages import Catalog
from babel.numbers import format_decimal

from bot.domain.people import Language
from bot.errors import SettingsError
from bot.i18n.catalogs import messages_of
from bot.i18n.formats import clock_text, day_text, kept_together, locale_of, moment_text, money_text
from bot.i18n.html import Safe, html, plain

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

Template: TypeAlias = tuple[str, ...]
FormOf: TypeAlias = Callable[[int], int]
"""Which of a message's forms goes with a count."""


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
            parts[at] = html(arguments[parts[at]])
        return Safe("".join(parts))

    def label(self, key: str, **arguments: object) -> str:
        """The message of `key` as plain text, for buttons."""
        template = self._templates[key]
        if isinstance(template, Safe):
            return str(template)
        parts = list(template)
        for at in range(1, len(parts), 2):
            parts[at] = plain(arguments[parts[at]])
        return "".join(parts)

    def plural(self, key: str, count: int, **arguments: object) -> Safe:
        """The form of `key` for `count`, which is also the argument `count`."""
        parts = list(self._forms[key][self._form_of[key](count)])
        arguments["count"] = count
        for at in range(1, len(parts), 2):
            parts[at] = html(arguments[parts[at]])
        return Safe("".join(parts))

    def escaped(self, text: str) -> Safe:
        """Text that somebody else wrote, escaped."""
        return Safe.escape(text)

    def money(self, amount_xof: int) -> Safe:
        """`5 000 F CFA` in French, `5,000 F CFA` in English, with no-break spaces."""
        return money_text(self.language, amount_xof, False)

    def short_money(self, amount_xof: int) -> Safe:
        """`5 000 F`, for buttons and lists."""
        return money_text(self.language, amount_xof, True)

    def moment(self, at: int) -> Safe:
        """A date and time of day in Dakar: `24/11/2026 à 21:05`, `24 Nov 2026, 21:05`."""
        return moment_text(self.language, self._moment, at // 60_000)

    def short_moment(self, at: int) -> Safe:
        """`24/11 à 21:05`, `24 Nov, 21:05`: for lists of what is recent."""
        return moment_text(self.language, self._short_moment, at // 60_000)

    def clock(self, at: int) -> Safe:
        """The time of day in Dakar: `21:05`."""
        return clock_text(at // 60_000)

    def day(self, iso: str) -> Safe:
        """A due date, written `YYYY-MM-DD` by the provider; what is no date stays as it came."""
        return day_text(self.language, self._day, iso)

    def short_day(self, iso: str) -> Safe:
        """A day without its year: `24/11`, `24 Nov`. Raises ValueError for what is no `YYYY-MM-DD`."""
        return kept_together(format_date(date.fromisoformat(iso), self._short_day, locale_of(self.language)))

    def figure(self, count: int) -> Safe:
        """A number with its thousands apart: `5 000`, `5,000`."""
        return kept_together(format_decimal(count, locale=locale_of(self.language)))

    def percent(self, basis_points: int) -> Safe:
        """Hundredths of a percent as a percentage without its sign: `0,5` in French, `0.5` in English."""
        return kept_together(format_decimal(Decimal(basis_points) / 100, locale=locale_of(self.language)))

    def month(self, iso: str) -> Safe:
        """The month of a day of ours, in words: `novembre 2026`, `November 2026`."""
        return kept_together(format_date(date.fromisoformat(iso), "MMMM yyyy", locale=locale_of(self.language)))
