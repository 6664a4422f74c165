"""What the provider said of a number within the last minute: asked again, by anybody, it is answered from here. Pure.

Theory of operation. It lives in the memory of one process and is never written down: names of people need no other
place to be kept in, a minute is soon over, and asking once more after a restart costs one request. Only an inquiry that
succeeded, and the plain answer that there is no such number, is kept; an inquiry that the provider could not answer is
not. What is owed on a reference changes when somebody pays it, through any process: so a bill that was kept is believed
only while nothing of that reference has been bought since shortly before it was asked for, nor is being bought.
"""

from typing import Final

from cachetools import TLRUCache

from bot.domain.catalog import ServiceName
from bot.domain.inquiry import Inquiry, InquiryAnswer, InquiryRefused
from bot.repositories.orders import is_bought_since
from bot.shop import is_prepaid
from bot.store import Script

KNOWN_MS: Final = 60_000
MOST_KNOWN: Final = 2_000


class Known:
    """The answers of the last minute, never more than `MOST_KNOWN`."""

    def __init__(self) -> None:
        # The clock is the caller's: every call brings the time.
        self._now = 0
        self._kept: TLRUCache[tuple[ServiceName, str], tuple[int, InquiryAnswer], int] = TLRUCache(
            MOST_KNOWN, lambda _, kept, __: kept[0] + KNOWN_MS, lambda: self._now
        )

    def __len__(self) -> int:
        return len(self._kept)

    def forget(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def keep(self, service: ServiceName, reference: str, answer: InquiryAnswer, asked_at: int) -> None:
        """Keep what the provider said of a number that it was asked about at `asked_at` or later."""
        if not isinstance(answer, Inquiry | InquiryRefused):
            return
        kept = self.of(service, reference, asked_at)
        # An answer that came from here is not news, and does not live longer because it was repeated.
        if kept is None or kept[1] != answer:
            self._kept[service, reference] = (asked_at, answer)

    def of(self, service: ServiceName, reference: str, now: int) -> tuple[int, InquiryAnswer] | None:
        """What is known of a number, and since when; what is older than a minute, or of a time to come, is none."""
        self._now = now
        kept = self._kept.get((service, reference))
        if kept is not None and kept[0] > now:
            # The clock was set back: nobody knows how old it is.
            del self._kept[service, reference]
            return None
        return kept


def known_answer(known: Known, service: ServiceName, reference: str, now: int) -> Script[InquiryAnswer | None]:
    """What the provider would say of a number, as far as that is known."""
    kept = known.of(service, reference, now)
    if kept is None:
        return None
    asked_at, answer = kept
    if not is_prepaid(service) and (yield from is_bought_since(service, reference, asked_at - KNOWN_MS)):
        return None
    return answer
