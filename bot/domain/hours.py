"""From when until when a person answers, every day. Pure.

Times of day are those of the shop: Dakar's, which are UTC the whole year.
"""

import re
from typing import Final

from msgspec import Struct

from bot.errors import ModelError

_FORM: Final = re.compile(r"([0-2]?[0-9]):([0-5][0-9])\s*[-–]\s*([0-2]?[0-9]):([0-5][0-9])")
_MINUTE_MS: Final = 60_000
_DAY_MINUTES: Final = 1440


class Hours(Struct, frozen=True):
    """From `first` until before `last`, in minutes since midnight; past midnight where `last` is the smaller one, and
    the whole day where both are the same.
    """

    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """`08:00-20:00`; raises ModelError for anything else."""
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise ModelError("must be two times of day, such as 08:00-20:00")
        first, last = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        if first >= _DAY_MINUTES or last > _DAY_MINUTES:
            raise ModelError("must be two times of day, such as 08:00-20:00")
        return cls(first, last % _DAY_MINUTES)

    def opens_at(self, now: int) -> int | None:
        """When somebody answers again, in milliseconds; None: now."""
        minute = now // _MINUTE_MS % _DAY_MINUTES
        if (minute - self.first) % _DAY_MINUTES < ((self.last - self.first) % _DAY_MINUTES or _DAY_MINUTES):
            return None
        wait_minutes = (self.first - minute) % _DAY_MINUTES
        return (now // _MINUTE_MS + wait_minutes) * _MINUTE_MS

    def clocks(self) -> tuple[int, int]:
        """Both times of day, in milliseconds since midnight."""
        return self.first * _MINUTE_MS, self.last * _MINUTE_MS
