"""A stretch of days that somebody names: `today`, `semaine`, `10/2026`, `novembre`, `du 01/11 au 24/11`. Pure.

Dakar's time is UTC, so a day begins when the milliseconds since the epoch are a multiple of a day. What is named
without a year is the last that has come: in January, `24/12` and `décembre` are those of the year before. Of two days
the second is the first such day after the first, so that `20/12 05/01` is one winter, and `28/11 30/11` are the same
November.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from msgspec import Struct

from bot.domain.text import fold

DAY_MS = 86_400_000
MAX_DAYS = 400

_WORDS: Final[dict[str, str]] = {
    **dict.fromkeys(("today", "day", "jour", "aujourd hui", "ce jour"), "today"),
    **dict.fromkeys(("yesterday", "hier"), "yesterday"),
    **dict.fromkeys(("week", "semaine", "7", "7 days", "7 jours", "cette semaine", "this week"), "week"),
    **dict.fromkeys(("month", "mois", "ce mois", "this month"), "month"),
    **dict.fromkeys(("last month", "mois dernier", "le mois dernier", "mois passe"), "last month"),
    **dict.fromkeys(("30", "30 days", "30 jours"), "30 days"),
}
_MONTHS: Final[dict[str, int]] = {
    name: at
    for at, names in enumerate(
        (
            "janvier january janv jan",
            "fevrier february fevr fev feb",
            "mars march mar",
            "avril april avr apr",
            "mai may",
            "juin june jun",
            "juillet july juil jul",
            "aout august aug",
            "septembre september sept sep",
            "octobre october oct",
            "novembre november nov",
            "decembre december dec",
        ),
        1,
    )
    for name in names.split()
}
_DATE: Final = re.compile(r"(?<!\d)(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?)(?!\d)")
_MONTH: Final = re.compile(r"(?:(\d{4})-(\d{1,2})|(\d{1,2})/(\d{4}))")
_NAMED_MONTH: Final = re.compile(r"([a-z]+)(?: (\d{4}))?")
# What may stand around one day, and around two.
_AROUND_ONE: Final = frozenset({"", "le", "du", "on"})
_AROUND_TWO: Final = frozenset({"", "to", "au", "a", "until", "du au", "du a", "from to", "entre et", "between and"})
_SINCE: Final = frozenset({"depuis", "depuis le", "since", "from", "a partir du"})


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

    @property
    def is_month(self) -> bool:
        """Whether it is one whole month."""
        return self == _month(int(self.first[:4]), int(self.first[5:7]))

    def moved(self, steps: int) -> "Period":
        """The one that lies `steps` of its own lengths later; a month is as long as the month it becomes."""
        first, last = date.fromisoformat(self.first), date.fromisoformat(self.last)
        if self.is_month:
            months = first.year * 12 + first.month - 1 + steps
            moved = date(months // 12, months % 12 + 1, 1)
            return Period(moved.isoformat(), _end_of_month(moved).isoformat())
        length = (last - first + timedelta(days=1)) * steps
        return Period((first + length).isoformat(), (last + length).isoformat())


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
    word = _WORDS.get(typed if text.strip() else default)
    if word is not None:
        return _named(word, today)
    if match := _MONTH.fullmatch(text.strip()):
        year, month = (match[1], match[2]) if match[1] else (match[4], match[3])
        return _month(int(year), int(month))
    if (match := _NAMED_MONTH.fullmatch(typed)) and match[1] in _MONTHS:
        month_at = _MONTHS[match[1]]
        return _month(int(match[2]), month_at) if match[2] else _last_month_named(month_at, today)
    return _dated(text, today)


def _dated(text: str, today: date) -> Period | None:
    """One day, two days, or everything since a day."""
    found = list(_DATE.finditer(text))
    around = fold(_DATE.sub(" ", text))
    first = _date(found[0], today) if found else None
    if first is None:
        return None
    if len(found) == 1:
        if around not in _AROUND_ONE | _SINCE:
            return None
        last = today if around in _SINCE else first
    elif len(found) == 2 and around in _AROUND_TWO:
        second = _date(found[1], today, after=first)
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


def _month(year: int, month: int) -> Period | None:
    if not (1 <= month <= 12 and 2000 <= year <= 2999):
        return None
    first = date(year, month, 1)
    return Period(first.isoformat(), _end_of_month(first).isoformat())


def _last_month_named(month: int, today: date) -> Period | None:
    return _month(today.year if month <= today.month else today.year - 1, month)


def _end_of_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)


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
