"""The daily job that forgets what need not be kept: every rule of `repositories.retention`, a few rows at a time.

Theory of operation. A pass takes one rule after another, each in steps, and each step is one short transaction; between
two steps everybody else has the database. Nothing is remembered of a pass: one that was cut short begins again, and
several processes may run it at once.
"""

import asyncio
from collections.abc import Callable

from bot.errors import StoreBusy
from bot.logs import get_logger
from bot.repositories import retention
from bot.repositories.retention import Key, Rule
from bot.store import Store

# Not at once: a process that starts has more urgent things to do.
FIRST_SECONDS = 60.0
PASS_SECONDS = 3600.0
# After a step everybody else has the database for a while.
STEP_SECONDS = 0.05

log = get_logger("retention")


class Retention:
    """Keeps every table within its bounds. `clock` is in milliseconds. Of several processes the one that `leads` does
    it.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], int],
        pause_seconds: float = STEP_SECONDS,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._leads = leads

    async def work(self) -> None:
        """Make a pass every hour, until cancelled."""
        await asyncio.sleep(FIRST_SECONDS)
        while True:
            if self._leads():
                await self.keep()
            await asyncio.sleep(PASS_SECONDS)

    async def keep(self) -> dict[str, int]:
        """Make one pass; answers how many rows of which table went."""
        gone: dict[str, int] = {}
        for rule in retention.RULES:
            try:
                rows = await self._keep(rule)
            except StoreBusy as error:
                # The next pass finds what this one left.
                log.warning("retention waits for the database", table=rule.table, problem=str(error))
                continue
            # A row that cannot be swept must not keep every other table growing.
            except Exception as error:
                log.error("a table could not be swept", table=rule.table, exc_info=error)
                continue
            if rows:
                gone[rule.table] = gone.get(rule.table, 0) + rows
        if gone:
            log.info("forgotten", **gone)
        return gone

    async def _keep(self, rule: Rule) -> int:
        gone = 0
        after: Key | None = None
        now = self._clock()
        while True:
            step = None
            if rule.passes is not None:
                step = await self._store.read(rule.passes, retention.stretch(rule, now, after))
            if step is None:
                step = await self._store.run(retention.step, rule, now, after)
            gone += step.gone
            after = step.after
            if after is None:
                return gone
            await asyncio.sleep(self._pause_seconds)
