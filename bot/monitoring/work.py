"""The monitoring worker: it looks around every minute, asks for the float when no answer has named it, audits by night
and reports in the morning.

Theory of operation. Nothing here decides: what is wrong, what was said of it and what is due stands in the database,
and the scripts of `concerns` and `daily_jobs` compare the two in one transaction with the messages. So any number of
processes may run it, a crash repeats nothing, and what fell into a pause is done after it. Only two things happen
outside a transaction: the provider is asked for its balance, and an audit is read page by page; what they bring is
written afterwards, once.
"""

import asyncio
from collections.abc import Callable, Iterable

from bot import metrics
from bot.domain.inquiry import Float
from bot.errors import StoreBusy
from bot.gateway import Gateway
from bot.logs import get_logger
from bot.monitoring import concerns, daily_jobs
from bot.monitoring.audits import Audits
from bot.monitoring.concerns import Reported
from bot.monitoring.gateway_health import GatewayHealth
from bot.repositories.floats import record_float
from bot.repositories.outbox import OutboxMessage
from bot.store import Store
from bot.transactions import moves
from bot.transactions.installation import Installation
from bot.transactions.people import shop_now

CHECK_SECONDS = 60.0

log = get_logger("monitoring")


class Monitoring:
    """Looks after what nobody asks for. `deliver` takes over the messages that a transaction put in the outbox; `clock`
    is in milliseconds. Of several processes the one that `leads` does it.
    """

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        installation: Installation,
        clock: Callable[[], int],
        gateway_health: GatewayHealth,
        deliver: Callable[[Iterable[OutboxMessage]], None],
        audits: Audits,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._installation = installation
        self._clock = clock
        self._gateway_health = gateway_health
        self._deliver = deliver
        self._audits = audits
        self._leads = leads

    async def work(self) -> None:
        """Check every minute, until cancelled."""
        while True:
            try:
                if self._leads():
                    await self.check()
            except StoreBusy as error:
                log.warning("monitoring could not look", problem=str(error))
            await asyncio.sleep(CHECK_SECONDS)

    async def check(self) -> None:
        """Check once, and do what is due. Raises StoreBusy when the database is away; nothing is lost by that."""
        await self._refresh_float()
        health = self._gateway_health.health()
        observed = tuple(each for each in (health.down, health.slow) if each is not None)
        thorough = await self._store.run(concerns.is_thorough, self._clock())
        shop = await self._store.run(shop_now, self._installation)
        seen = await self._store.read(
            concerns.look_around,
            self._installation,
            shop,
            observed,
            health.assessed,
            self._clock(),
            thorough=thorough,
        )
        self._report(await self._store.run(concerns.report, self._installation, seen, self._clock()))
        self._deliver(await self._store.run(concerns.report_groups, self._installation, self._clock()))
        self._deliver(await self._store.run(moves.carry_out, self._installation, self._clock()))
        if await self._store.run(concerns.ledger_is_due, self._clock()):
            total_xof = await self._audits.ledger_total()
            self._report(await self._store.run(concerns.report_ledger, self._installation, total_xof, self._clock()))
        await self._audit()
        self._deliver(await self._store.run(daily_jobs.morning_report, self._installation, self._clock()))

    def _report(self, reported: Reported) -> None:
        """Hand the alerts over, and note for who reads the log at night when a concern began and when it was over."""
        for kind, phase in reported.phases:
            if phase == "over":
                log.info("concern is over", kind=kind)
            else:
                metrics.alerts(kind).inc()
                log.warning("concern", kind=kind, phase=phase)
        self._deliver(reported.posted)

    async def _refresh_float(self) -> None:
        if not await self._store.run(concerns.float_is_old, self._installation, self._clock()):
            return
        answer = await self._gateway.balance()
        if isinstance(answer, Float):
            await self._store.run(record_float, answer.balance_xof, self._clock())
        else:
            log.warning("the provider did not name its balance", cause=answer.cause)

    async def _audit(self) -> None:
        """The nightly audit, for every day that is due."""
        due = await self._store.run(daily_jobs.audit_due, self._clock())
        if due is None:
            return
        findings = await self._audits.audit(*due)
        log.info("audited", first=due[0], last=due[1], orders=findings.orders, findings=len(findings.findings))
        self._deliver(await self._store.run(daily_jobs.report_audit, self._installation, findings, self._clock()))
