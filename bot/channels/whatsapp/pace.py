"""How many messages one person may be sent: 45 at once, then one in 6 seconds (documented). Pure.

For each person one number is kept: when all that they were sent will have been paid back, at one message in 6 seconds
(a generic cell rate). A person whose time has come is the same as one who was never written to, and can be forgotten.
"""

BURST = 45
EACH_SECONDS = 6.0
MOST_PEOPLE = 50_000


class PersonPace:
    """The pace for each person; times are seconds of one clock that never goes back."""

    def __init__(
        self, *, burst: int = BURST, each_seconds: float = EACH_SECONDS, most_people: int = MOST_PEOPLE
    ) -> None:
        self._each_seconds = each_seconds
        self._full_seconds = burst * each_seconds
        self._most_people = most_people
        self._paid_back_at: dict[str, float] = {}

    def take(self, identity: str, count: int, now: float) -> float:
        """Take `count` messages now and answer 0.0, or take none and answer for how many seconds to wait.

        More messages than the burst holds may go when nothing at all is owed.
        """
        paid_back_at = max(self._paid_back_at.get(identity, now), now) + count * self._each_seconds
        allowed_seconds = max(self._full_seconds, count * self._each_seconds)
        wait_seconds = paid_back_at - now - allowed_seconds
        if wait_seconds > 1e-6:
            return wait_seconds
        self._remember(identity, paid_back_at, now)
        return 0.0

    def spend(self, identity: str, now: float) -> None:
        """The Cloud API says that it was too much: nothing is left of the burst."""
        self._remember(identity, now + self._full_seconds, now)

    def _remember(self, identity: str, paid_back_at: float, now: float) -> None:
        self._paid_back_at.pop(identity, None)
        self._paid_back_at[identity] = paid_back_at
        if len(self._paid_back_at) <= self._most_people:
            return
        self._paid_back_at = {who: at for who, at in self._paid_back_at.items() if at > now}
        if len(self._paid_back_at) > self._most_people:
            del self._paid_back_at[next(iter(self._paid_back_at))]
