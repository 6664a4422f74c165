"""The leases that this process holds: what it has in hand, what it has let go, and what is in nobody's hands."""

from collections.abc import Callable, Iterable

from cachetools import FIFOCache

from bot.leases import Orphans
from bot.logs import get_logger
from bot.outbox import messages
from bot.outbox.marks import surely
from bot.outbox.messages import Lease
from bot.repositories.outbox import OUTBOX_LEASE_MS, OutboxMessage
from bot.store import Store
from bot.transactions.installation import Installation

LEASE_SECONDS = OUTBOX_LEASE_MS / 1000
# Of how many messages that were let go the lease is remembered.
MOST_LET_GO = 50_000

log = get_logger("outbox")


class Held:
    """A message whose lease this process holds: its number, until when (in ticks) it certainly does, and whether it was
    sent and the mark that says so is on its way.
    """

    __slots__ = ("is_sent", "lease", "message", "until")

    def __init__(self, message: OutboxMessage, until: float) -> None:
        self.message = message
        self.lease: int = message.lease
        self.until = until
        self.is_sent = False


class HeldLeases:
    """What is in our hands. `clock` is in milliseconds, `ticks` are seconds of a clock that never jumps."""

    def __init__(
        self, store: Store, installation: Installation, clock: Callable[[], int], ticks: Callable[[], float]
    ) -> None:
        self._store = store
        self._installation = installation
        self._clock = clock
        self._ticks = ticks
        self.held: dict[int, Held] = {}
        # The lease under which a message was let go, while its hand-over may still be on its way to `take`.
        self._let_go: FIFOCache[int, int] = FIFOCache(MOST_LET_GO)
        self._orphans: Orphans[Lease] = Orphans(ticks)

    def take(self, message: OutboxMessage, until: float) -> Held | None:
        """Take a message in hand, whose lease is ours until then (in ticks); None when that was let go meanwhile."""
        if self._let_go.pop(message.id, 0) >= message.lease:
            return None
        held = Held(message, until)
        self.hold(held)
        return held

    def hold(self, held: Held) -> None:
        """Have it in hand again."""
        self.held[held.message.id] = held

    def drop(self, held: Held) -> None:
        """Have it in hand no more."""
        if self.held.get(held.message.id) is held:
            del self.held[held.message.id]

    def let_go(self, leases: Iterable[Lease]) -> None:
        """These leases were ended in the database."""
        self._let_go.update(leases)

    def doubt(self) -> None:
        """What is in hand may be somebody else's: it is sent only once its lease was renewed."""
        for held in self.held.values():
            held.until = 0.0

    def was_let_go(self, held: Held) -> bool:
        """Whether the lease of what was in our hands was ended in the database."""
        return bool(self._let_go.get(held.message.id, 0) >= held.lease)

    async def renew(self, held: Held) -> bool:
        """Hold a lease for its whole time again; False when it is somebody else's."""
        since = self._ticks()
        renewed = await surely(
            lambda: self._store.run(
                messages.renew, self._installation.owner, held.message.id, held.lease, self._clock() + OUTBOX_LEASE_MS
            )
        )
        if renewed:
            held.until = since + LEASE_SECONDS
        return renewed

    async def release_orphans(self, count: int) -> None:
        """Now and then, let go of what is leased to us and in nobody's hands, at most so many at once."""
        if not self._orphans.is_due():
            return
        leased = await self._store.run(messages.leased_to, self._installation.owner, count)
        held = {(message_id, each.lease) for message_id, each in self.held.items()}
        for message_id, lease in self._orphans.among(leased, held):
            log.warning("a message was in nobody's hands", message=message_id)
            await self._store.run(messages.release, message_id, lease)
