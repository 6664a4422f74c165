"""Figures, dates and times as a language writes them. What recurs is written once and kept."""

from datetime import UTC, date, datetime
from functools import cache, lru_cache

from babel import Locale, localedata
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, parse_pattern

from bot import languages
from bot.domain.people import Language
from bot.i18n.html import Safe
from bot.languages import DEFAULT

NBSP = "\u00a0"
# Babel's own pattern for the XOF would write F CFA before the figure in English.
_MONEY = parse_pattern("#,##0 'F CFA'")
_SHORT_MONEY = parse_pattern("#,##0 'F'")


@cache
def locale_of(language: Language) -> Locale:
    """How figures and months are written: by a language with a fallback as that one does it, so that they look alike
    all through a conversation in both. Babel knows fewer languages than people speak.
    """
    code = languages.chain(language)[-1]
    return Locale.parse(code if localedata.exists(code) else DEFAULT)


@lru_cache(4096)
def money_text(language: Language, amount_xof: int, short: bool) -> Safe:
    """An amount, with its thousands apart; `short` is for buttons and lists."""
    return kept_together(format_decimal(amount_xof, _SHORT_MONEY if short else _MONEY, locale_of(language)))


def kept_together(text: str) -> Safe:
    """A figure or a date, so that it is not torn apart at the end of a line."""
    # Babel's narrow spaces show as boxes on old telephones.
    return Safe(text.replace("\u202f", NBSP).replace(" ", NBSP))


def _dakar(minute: int) -> datetime:
    # Africa/Dakar is UTC all year round.
    return datetime.fromtimestamp(minute * 60, UTC)


@lru_cache(2048)
def moment_text(language: Language, pattern: str, minute: int) -> Safe:
    """A date and time of day in Dakar; `minute` counts from 1970."""
    return _dated(format_datetime(_dakar(minute), pattern, locale=locale_of(language)))


def _dated(text: str) -> Safe:
    # A line may end between the date and the time, where English has a comma.
    return Safe(kept_together(text).replace(f",{NBSP}", ", "))


@lru_cache(2048)
def clock_text(minute: int) -> Safe:
    """The time of day in Dakar."""
    return Safe(f"{_dakar(minute):%H:%M}")


@lru_cache(512)
def day_text(language: Language, pattern: str, iso: str) -> Safe:
    """A day that is written `YYYY-MM-DD`; what is no date stays as it came."""
    try:
        at = date.fromisoformat(iso)
    except ValueError:
        return Safe.escape(iso)
    return kept_together(format_date(at, pattern, locale=locale_of(language)))
