"""A stretch of days, as reports and lists of orders are asked for. Pure.

Dakar's time is UTC, so a day begins when the milliseconds since the epoch are a multiple of a day.
"""

from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

DAY_MS = 86_400_000
MAX_DAYS = 400


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
        return self == month_of(int(self.first[:4]), int(self.first[5:7]))

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


def month_of(year: int, month: int) -> Period | None:
    """A whole month; None for one that cannot have been meant."""
    if not (1 <= month <= 12 and 2000 <= year <= 2999):
        return None
    first = date(year, month, 1)
    return Period(first.isoformat(), _end_of_month(first).isoformat())


def _end_of_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)
