"""A stretch of days that somebody names: `today`, `semaine`, `10/2026`, `01/11 24/11`. Pure.

Dakar's time is UTC, so a day begins when the milliseconds since the epoch are a multiple of a day.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from msgspec import Struct

from bot.dialogue.vocabulary import fold

DAY_MS = 86_400_000
MAX_DAYS = 400

_WORDS: Final[dict[str, str]] = {
    **dict.fromkeys(("today", "day", "jour", "aujourd hui", "ce jour"), "today"),
    **dict.fromkeys(("yesterday", "hier"), "yesterday"),
    **dict.fromkeys(("week", "semaine", "7", "7 days", "7 jours", "cette semaine", "this week"), "week"),
    **dict.fromkeys(("month", "mois", "ce mois", "this month"), "month"),
    **dict.fromkeys(("last month", "mois dernier", "le mois dernier"), "last month"),
    **dict.fromkeys(("30", "30 days", "30 jours"), "30 days"),
}
_DATE: Final = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?)(?!\d)")
_MONTH: Final = re.compile(r"(?:(\d{4})-(\d{1,2})|(\d{1,2})/(\d{4}))")


class Period(Struct, frozen=True):
    """From the beginning of `first` to the end of `last`, both days included, both `YYYY-MM-DD`."""

    first: str
    last: str

    @property
    def since(self) -> int:
        """Its first millisecond."""
        return _start(date.fromisoformat(self.first))

    @property
    def until(self) -> int:
        """The millisecond after its last."""
        return _start(date.fromisoformat(self.last)) + DAY_MS

    @property
    def days(self) -> tuple[str, ...]:
        """Every day of it, in order."""
        first = date.fromisoformat(self.first)
        return tuple((first + timedelta(days=at)).isoformat() for at in range((self.until - self.since) // DAY_MS))


def _start(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def day_of(at: int) -> str:
    """The day of a moment, as `YYYY-MM-DD`."""
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


def period(text: str, now: int, default: str = "today") -> Period | None:
    """What a text names; `default` (one of the words) for an empty one, None for what is no period of at most
    400 days.
    """
    today = date.fromisoformat(day_of(now))
    typed = fold(text)
    word = _WORDS.get(typed or default)
    if word is not None:
        return _named(word, today)
    if match := _MONTH.fullmatch(text.strip()):
        year, month = (match[1], match[2]) if match[1] else (match[4], match[3])
        return _month(int(year), int(month))
    days = [_date(match, today) for match in _DATE.finditer(text)]
    left = fold(_DATE.sub(" ", text))
    if not 1 <= len(days) <= 2 or None in days or left not in ("", "to", "au", "du au", "from to", "a", "until"):
        return None
    first, last = min(days), max(days)  # type: ignore[type-var]  # None was ruled out above.
    if first is None or last is None or (last - first).days >= MAX_DAYS:
        return None
    return Period(first.isoformat(), last.isoformat())


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


def _month(year: int, month: int) -> Period | None:
    if not (1 <= month <= 12 and 2000 <= year <= 2999):
        return None
    first = date(year, month, 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    return Period(first.isoformat(), (after - timedelta(days=1)).isoformat())


def _date(match: re.Match[str], today: date) -> date | None:
    """A date as it was written; one without a year is the last such day."""
    try:
        if match[1]:
            return date(int(match[1]), int(match[2]), int(match[3]))
        day, month, year = int(match[4]), int(match[5]), match[6]
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        this = date(today.year, month, day)
        return this if this <= today else date(today.year - 1, month, day)
    except ValueError:
        return None
