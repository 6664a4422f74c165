"""What a channel tells later of a message that it took: whether it arrived, and what its receiver is called."""

from collections.abc import Callable, Iterable, Sequence

from cachetools import FIFOCache

from bot.domain.outbound import Report
from bot.domain.people import Identity
from bot.errors import StoreConflict, StoreError
from bot.logs import get_logger, masked_address
from bot.outbox import Outbox, messages
from bot.repositories.outbox import OutboxMessage
from bot.store import Script, Store
from bot.transactions import addresses
from bot.transactions.installation import Installation

# Of how many receivers of messages it is remembered that their names are known.
MOST_LEARNT = 20_000

log = get_logger("engine")


class Reports:
    """Hears what channels report. `clock` is in milliseconds."""

    def __init__(self, store: Store, installation: Installation, clock: Callable[[], int], outbox: Outbox) -> None:
        self._store = store
        self._installation = installation
        self._clock = clock
        self._outbox = outbox
        self._learnt: FIFOCache[tuple[Identity, ...], None] = FIFOCache(MOST_LEARNT)

    def is_news(self, report: Report) -> bool:
        """Whether a report says anything that is to be heard; most repeat what is known."""
        return not report.arrived or self._names_somebody(report) or self._tells(report)

    async def hear(self, reports: Sequence[Report]) -> None:
        """Keep what became of messages, all in one transaction. Raises StoreBusy when that could not be kept."""
        for report in reports:
            if not report.arrived:
                log.warning("message did not arrive", to=masked_address(report.address), reason=report.reason)
        named = [report for report in reports if self._names_somebody(report)]
        told = [report for report in reports if self._tells(report)]
        if (named or told) and not await self._keep_together(named, told):
            for report in named:
                await self._keep_alone((report,), (), "the names in a report could not be kept")
            for report in told:
                await self._keep_alone((), (report,), "a report could not be handled")

    def _names_somebody(self, report: Report) -> bool:
        """Whether the channel names the receiver twice, and that is news to us."""
        return len(report.known_as) > 1 and report.known_as not in self._learnt

    def _tells(self, report: Report) -> bool:
        """Whether something may follow from what became of the message."""
        return not self._outbox.is_settled(report.message_ref)

    async def _keep_together(self, named: Sequence[Report], told: Sequence[Report]) -> bool:
        """False when one of them raised, and nothing was kept."""
        try:
            # Nobody waits for it but the channel's server.
            posted = await self._store.ride(keep, self._installation, named, told, self._clock())
        except StoreConflict:
            return False
        except StoreError:
            raise
        # One that we cannot handle must not keep the others from being kept.
        except Exception:
            return False
        self._kept(named, told, posted)
        return True

    async def _keep_alone(self, named: Sequence[Report], told: Sequence[Report], trouble: str) -> None:
        try:
            posted = await self._store.run(keep, self._installation, named, told, self._clock())
        except StoreError:
            raise
        # A report that we cannot handle would come again for days and change nothing: the code stays in its order.
        except Exception as error:
            log.error(trouble, problem=type(error).__name__)
            return
        self._kept(named, told, posted)

    def _kept(self, named: Sequence[Report], told: Sequence[Report], posted: list[OutboxMessage]) -> None:
        for report in named:
            self._learnt[report.known_as] = None
        for report in told:
            if report.arrived:
                self._outbox.settled(report.message_ref)
        self._outbox.push(posted)


def keep(
    installation: Installation, named: Iterable[Report], told: Iterable[Report], now: int
) -> Script[list[OutboxMessage]]:
    """Learn what receivers are called from those that are `named`, and keep what became of messages from those `told`.
    Answers the messages that follow.
    """
    posted = []
    for report in named:
        posted += yield from addresses.arrived(installation, report, now)
    for report in told:
        yield from messages.reported(report, now)
    return posted
