"""Leases and clocks: when the wall clock may be believed about a lease that another process left.

Theory of operation. A lease ends at a time of the wall clock, for that is all that two processes share. A wall clock
may jump. So what a process holds itself it measures by *ticks*, seconds of a clock that never jumps, and never by the
wall clock; and when it sees that its wall clock has moved otherwise than its ticks, or has just started and does not
know how it moved before, it takes nothing from anybody for as long as a lease lasts. By then whatever is alive has
renewed its leases in the new time, or its process is gone.
"""

from collections.abc import Awaitable, Callable, Container, Hashable, Iterable
from typing import Generic, TypeVar

from bot.errors import StoreBusy

# The wall clock is set right by small steps all the time; more than this is a jump.
JUMP_SECONDS = 5.0
# From a commit to its hand-over is a moment; what takes so long was lost on the way.
ORPHAN_SECONDS = 60.0
# A claimed call leaves at once, or not at all.
LEAVE_SECONDS = 20.0

K = TypeVar("K", bound=Hashable)


class ClockTrust:
    """Compares a wall clock (milliseconds) with ticks (seconds). `lease_seconds` is the longest that a lease lasts."""

    def __init__(self, clock: Callable[[], int], ticks: Callable[[], float], lease_seconds: float) -> None:
        self._clock = clock
        self._ticks = ticks
        self._lease_seconds = lease_seconds
        self._apart = clock() / 1000 - ticks()
        # Who has just started does not know how the clock went before.
        self._trusted_from = ticks() + lease_seconds

    def check(self) -> bool:
        """Whether the wall clock may be believed now; to be asked often, for what happens between is seen only now."""
        ticks = self._ticks()
        apart = self._clock() / 1000 - ticks
        if abs(apart - self._apart) > JUMP_SECONDS:
            self._trusted_from = ticks + self._lease_seconds
        # What it has moved by little by little is no jump.
        self._apart = apart
        return ticks >= self._trusted_from


async def always_sure() -> bool:
    """For a process that is alone with its database."""
    return True


class Departure:
    """Whether a call that was claimed may still leave: its lease is certainly ours. `make_sure` finds out whether what
    is leased to this process certainly is, and raises StoreBusy; a call that did not leave within `leave_seconds` does
    not leave.
    """

    def __init__(
        self,
        ticks: Callable[[], float],
        make_sure: Callable[[], Awaitable[bool]] = always_sure,
        leave_seconds: float = LEAVE_SECONDS,
    ) -> None:
        self._ticks = ticks
        self._make_sure = make_sure
        self._leave_seconds = leave_seconds

    async def is_open(self, since: float) -> bool:
        """At this moment, for what was leased or renewed at the ticks `since`."""
        try:
            is_sure = await self._make_sure()
        except StoreBusy:
            return False
        return is_sure and self._ticks() - since <= self._leave_seconds


class Orphans(Generic[K]):
    """Finds what is leased to us and in nobody's hands: its hand-over was cancelled, or its task fell over."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._looked_at = ticks()
        self._since: dict[K, float] = {}

    def is_due(self) -> bool:
        """Whether it is time to look again."""
        if self._ticks() - self._looked_at < ORPHAN_SECONDS / 2:
            return False
        self._looked_at = self._ticks()
        return True

    def among(self, leased: Iterable[K], held: Container[K]) -> list[K]:
        """What of the things that are leased to us nobody has had in hand for a while."""
        now = self._ticks()
        self._since = {key: self._since.get(key, now) for key in leased if key not in held}
        return [key for key, since in self._since.items() if now - since >= ORPHAN_SECONDS]
