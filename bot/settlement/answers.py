"""What was heard of a payment: kept until it is written down, then decided."""

import asyncio
import itertools
from collections.abc import Callable

from bot import metrics
from bot.domain.outcome import Outcome, WebhookClaim
from bot.errors import StoreBusy, StoreError
from bot.logs import get_logger
from bot.settlement import provider_facts
from bot.settlement.provider_facts import FactSource, ProviderFact
from bot.store import Store
from bot.transactions.installation import Installation
from bot.transactions.orders import SettlementResult

STORE_PAUSE_SECONDS = 0.5
# How many kept facts a sweep decides.
DECIDED_ROWS = 50

log = get_logger("settlement")


class Answers:
    """Keeps what the provider said and lets it act on its order; `follow` does what is left to do after a commit.
    `clock` is in milliseconds.
    """

    def __init__(
        self,
        store: Store,
        installation: Installation,
        clock: Callable[[], int],
        follow: Callable[[SettlementResult], None],
    ) -> None:
        self._store = store
        self._installation = installation
        self._clock = clock
        self._follow = follow
        self._numbers = itertools.count(1)

    def fact(
        self, order_id: str, source: FactSource, said: Outcome | WebhookClaim, asked_id: str | None = None
    ) -> ProviderFact:
        """What was heard just now of an order; `asked_id` is the transaction that a look-up asked for."""
        key = f"{self._installation.owner}:{next(self._numbers)}"
        return ProviderFact(key, order_id, source, said, self._clock(), asked_id)

    async def settle(self, fact: ProviderFact, *, is_leased: Callable[[], bool] = lambda: False) -> None:
        """Keep a fact, whatever it meets and however long the database is away. `is_leased` tells whether the lease of
        its order is the caller's still.
        """
        metrics.outcomes(fact.source, type(fact.said).__name__).inc()
        while True:
            try:
                await self.hear(fact, leased=is_leased())
                return
            except StoreError as error:
                log.warning("an outcome waits for the database", order=fact.order_id, problem=str(error))
            # It may be the only trace of a code that was paid for: whatever it is, it is tried until it is kept.
            except Exception as error:
                log.error("an answer could not be kept", order=fact.order_id, exc_info=error)
            await asyncio.sleep(STORE_PAUSE_SECONDS)

    async def hear(self, fact: ProviderFact, *, leased: bool = False) -> bool:
        """Keep a fact, let it act on its order, and follow what came of it; False when there is no such order.

        Raises what keeping raises; what deciding raises is counted, and the sweep decides later.
        """
        result = await self._store.run(provider_facts.hear, self._installation, fact, self._clock(), leased=leased)
        if result.error is not None:
            await self._undecided(fact.key, result.error)
        elif result.settled is not None:
            self._follow(result.settled)
        return not isinstance(result.error, provider_facts.OrderMissing)

    async def decide_kept(self) -> None:
        """Decide what was kept and not decided."""
        for key in await self._store.run(provider_facts.undecided, self._clock(), DECIDED_ROWS):
            try:
                result = await self._store.run(provider_facts.decide_kept, self._installation, key, self._clock())
            except StoreBusy:
                raise
            # One fact that cannot be decided keeps no other waiting.
            except Exception as error:
                await self._undecided(key, error)
            else:
                if result is not None:
                    log.info("decided from what was kept", fact=key)
                    self._follow(result)

    async def _undecided(self, key: str, error: BaseException) -> None:
        """A kept fact could not be decided; the sweep tries again, and in the end a person is told."""
        if isinstance(error, StoreBusy):
            log.warning("a kept answer waits for the database", fact=key, problem=str(error))
            return
        log.error("a kept answer could not be decided", fact=key, exc_info=error)
        try:
            self._follow(
                await self._store.run(
                    provider_facts.failed, self._installation, key, type(error).__name__, self._clock()
                )
            )
        except StoreError as busy:
            log.warning("a kept answer waits for the database", fact=key, problem=str(busy))
