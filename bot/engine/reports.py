"""What a channel tells later of a message that it took: whether it arrived, and what its receiver is called."""

from collections.abc import Callable

from cachetools import FIFOCache

from bot.domain.outbound import Report
from bot.domain.people import Identity
from bot.errors import StoreError
from bot.logs import get_logger, masked_address
from bot.outbox import Outbox, messages
from bot.store import Store
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

    async def hear(self, report: Report) -> None:
        """Keep what became of a message. Raises StoreBusy when that could not be kept."""
        if not report.arrived:
            log.warning("message did not arrive", to=masked_address(report.address), reason=report.reason)
        await self._learn(report)
        if self._outbox.is_settled(report.message_ref):
            return
        try:
            await self._store.run(messages.reported, report, self._clock())
        except StoreError:
            raise
        # A report that we cannot handle would come again for days and change nothing: the code stays in its order.
        except Exception as error:
            log.error("a report could not be handled", problem=type(error).__name__)
            return
        if report.arrived:
            self._outbox.settled(report.message_ref)

    async def _learn(self, report: Report) -> None:
        """Learn what the receiver of a message is called, where the channel names them twice and that is news to us."""
        if len(report.known_as) < 2 or report.known_as in self._learnt:
            return
        try:
            posted = await self._store.run(addresses.arrived, self._installation, report, self._clock())
        except StoreError:
            raise
        # As below: it would come again for days and change nothing.
        except Exception as error:
            log.error("the names in a report could not be kept", problem=type(error).__name__)
            return
        self._learnt[report.known_as] = None
        self._outbox.push(posted)
