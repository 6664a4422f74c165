"""Until when a person may be written to freely: 24 hours after they last wrote (documented). Pure.

This is a memory, not the law: it starts empty, forgets those who were heard longest ago, and another replica may know
better. So it is only asked when there is another way to say the same, and the Cloud API has the last word: when it
says that the window is closed, that is remembered until the person writes. Whoever hides their number is named by their
id from then on, and may still be written to by the number: it is remembered that the two are one.
"""

from collections.abc import Iterable

from cachetools import FIFOCache

from bot.channels.whatsapp.abilities import REPLY_WINDOW_SECONDS
from bot.domain.people import Identity

# A message takes its time, and two clocks never agree.
MARGIN_SECONDS = 60
MOST_PEOPLE = 50_000


class Window:
    """When each person wrote last; for at most `most_people`."""

    def __init__(self, *, most_people: int = MOST_PEOPLE) -> None:
        self._wrote_at: FIFOCache[str, int] = FIFOCache(most_people)
        self._number_of: FIFOCache[str, str] = FIFOCache(most_people)

    def note_message(self, identity: str, at: int, known_as: Iterable[Identity] = ()) -> None:
        """They wrote at this time (milliseconds). What arrives late does not shorten the window."""
        named = {name.kind: name.value for name in known_as}
        number, user_id = named.get("number"), named.get("user_id")
        if user_id is not None and number is not None:
            self._number_of[user_id] = number
        known_number = number or self._number_of.get(user_id or "")
        for each in {identity, user_id or identity, known_number or identity}:
            self._wrote_at[each] = max(at, self._wrote_at.get(each, 0))

    def shut(self, identity: str) -> None:
        """The Cloud API says that the window is closed."""
        self._wrote_at[identity] = 0

    def is_closed(self, identity: str, now: int) -> bool:
        """Whether it is known that they may not be written to freely at this time (milliseconds)."""
        at = self._wrote_at.get(identity)
        return at is not None and now - at > (REPLY_WINDOW_SECONDS - MARGIN_SECONDS) * 1000
