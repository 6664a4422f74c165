"""A stretch of days that somebody names: `today`, `semaine`, `10/2026`, `novembre`, `du 01/11 au 24/11`. Pure.

What is named without a year is the last that has come: in January, `24/12` and `décembre` are those of the year before.
Of two days the second is the first such day after the first, so that `20/12 05/01` is one winter, and `28/11 30/11` are
the same November. The words are those of every language's list.
"""

import re
from datetime import date, timedelta
from typing import Final

from bot.domain.period import MAX_DAYS, Period, day_of, month_of
from bot.domain.text import fold
from bot.languages import LISTS, date_words, meanings_of

_WORDS: Final = meanings_of(each.periods for each in LISTS.values())
_MONTHS: Final = {name: int(at) for name, at in meanings_of(each.months for each in LISTS.values()).items()}
_DATE: Final = re.compile(r"(?<!\d)(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?)(?!\d)")
_MONTH: Final = re.compile(r"(?:(\d{4})-(\d{1,2})|(\d{1,2})/(\d{4}))")
_NAMED_MONTH: Final = re.compile(r"([^\W\d_]+)(?: (\d{4}))?")
# What may stand around one day, and around two.
_AROUND_ONE: Final = {"", *date_words("on")}
_AROUND_TWO: Final = {"", *date_words("between")}
_SINCE: Final = date_words("since")


def parse_period(text: str, now: int, default: str = "today") -> Period | None:
    """What a text names; `default` (one of the words) for an empty one, None for what is no period of at most
    400 days.
    """
    today = date.fromisoformat(day_of(now))
    typed = fold(text)
    word = _WORDS.get(typed if text.strip() else default)
    if word is not None:
        return _named(word, today)
    if match := _MONTH.fullmatch(text.strip()):
        year, month = (match[1], match[2]) if match[1] else (match[4], match[3])
        return month_of(int(year), int(month))
    if (match := _NAMED_MONTH.fullmatch(typed)) and match[1] in _MONTHS:
        month_at = _MONTHS[match[1]]
        return month_of(int(match[2]), month_at) if match[2] else _last_month_named(month_at, today)
    return _dated(text, today)


def _dated(text: str, today: date) -> Period | None:
    """One day, two days, or everything since a day."""
    dates = list(_DATE.finditer(text))
    around = fold(_DATE.sub(" ", text))
    first = _date(dates[0], today) if dates else None
    if first is None:
        return None
    if len(dates) == 1:
        if around not in _AROUND_ONE | _SINCE:
            return None
        last = today if around in _SINCE else first
    elif len(dates) == 2 and around in _AROUND_TWO:
        second = _date(dates[1], today, after=first)
        if second is None:
            return None
        first, last = min(first, second), max(first, second)
    else:
        return None
    return Period(first.isoformat(), last.isoformat()) if 0 <= (last - first).days < MAX_DAYS else None


def _named(word: str, today: date) -> Period:
    first, last = today, today
    if word == "yesterday":
        first = last = today - timedelta(days=1)
    elif word == "week":
        first = today - timedelta(days=6)
    elif word == "30 days":
        first = today - timedelta(days=29)
    elif word == "month":
        first = today.replace(day=1)
    elif word == "last month":
        last = today.replace(day=1) - timedelta(days=1)
        first = last.replace(day=1)
    return Period(first.isoformat(), last.isoformat())


def _last_month_named(month: int, today: date) -> Period | None:
    return month_of(today.year if month <= today.month else today.year - 1, month)


def _date(match: re.Match[str], today: date, after: date | None = None) -> date | None:
    """A date as it was written; one without a year is the last such day, or the one that follows `after`."""
    try:
        if match[1]:
            return _sane(date(int(match[1]), int(match[2]), int(match[3])))
        day, month, year = int(match[4]), int(match[5]), match[6]
        if year:
            return _sane(date(int(year) + (2000 if len(year) == 2 else 0), month, day))
        if after is None:
            this = date(today.year, month, day)
            return this if this <= today else date(today.year - 1, month, day)
        same = date(after.year, month, day)
        # Written the wrong way round, or over the turn of a year: that one has to have come already.
        return same if same >= after or after.year == today.year else date(after.year + 1, month, day)
    except ValueError:
        return None


def _sane(day: date) -> date | None:
    return day if 2000 <= day.year <= 2999 else None
