"""The calls to a collector: what is asked for, and the script that keeps the answer."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct

from bot.collectors import Collector
from bot.domain.collecting import CollectionRequest, PayBackRequest
from bot.domain.collection import Collection
from bot.domain.payback import PayBack
from bot.logs import get_logger
from bot.shop import COLLECTION_MS
from bot.store import Store
from bot.transactions import collections, paybacks
from bot.transactions.installation import Installation
from bot.transactions.payment_news import PaymentJob, PaymentResult

log = get_logger("collections")

Keep: TypeAlias = Callable[[], Awaitable[PaymentResult | None]]


class Addresses(Struct, frozen=True):
    """Where webhooks about one thing go, and where the payer's browser lands."""

    callback_url: str
    success_url: str
    failure_url: str


class Asking:
    """Makes the call of a job, and answers with what keeps its result. `clock` is in milliseconds."""

    def __init__(
        self,
        store: Store,
        collector: Collector,
        installation: Installation,
        clock: Callable[[], int],
        addresses: Callable[[str], Addresses],
    ) -> None:
        self._store = store
        self._collector = collector
        self._installation = installation
        self._clock = clock
        self._addresses = addresses

    async def make(self, job: PaymentJob) -> Keep:
        """Make one call, outside every transaction."""
        if isinstance(job.about, Collection):
            return await self._of_collection(job, job.about)
        return await self._of_payback(job, job.about)

    async def _of_collection(self, job: PaymentJob, collection: Collection) -> Keep:
        collector, run, to = self._collector, self._store.run, self._installation
        match job.step:
            case "look_up":
                told = await collector.look_up(collection.id, job.provider_id)
                _heard(job, told)
                return lambda: run(collections.settle, to, collection.id, told, "look_up", self._clock(), leased=True)
            case "expire":
                ended = await collector.expire(collection.id, job.provider_id)
                _heard(job, ended)
                return lambda: run(collections.settle, to, collection.id, ended, "expire", self._clock(), leased=True)
            case _:
                made = await collector.create(self._request(collection), again=job.step == "again")
                _heard(job, made)
                return lambda: run(collections.settle, to, collection.id, made, "create", self._clock(), leased=True)

    async def _of_payback(self, job: PaymentJob, payback: PayBack) -> Keep:
        run, to = self._store.run, self._installation
        if job.step == "look_up":
            told = await self._collector.look_up_pay_back(payback.id, job.provider_id)
            _heard(job, told)
            return lambda: run(paybacks.settle, to, payback.id, told, "look_up", self._clock(), leased=True)
        at = self._addresses(payback.id)
        request = PayBackRequest(
            id=payback.id,
            method=payback.method,
            amount_xof=payback.amount_xof,
            payer=payback.payer,
            callback_url=at.callback_url,
            success_url=at.success_url,
            failure_url=at.failure_url,
        )
        paid = await self._collector.pay_back(request, again=job.step == "again")
        _heard(job, paid)
        return lambda: run(paybacks.settle, to, payback.id, paid, "pay", self._clock(), leased=True)

    def _request(self, collection: Collection) -> CollectionRequest:
        """The same for each try, to the letter."""
        at = self._addresses(collection.id)
        return CollectionRequest(
            id=collection.id,
            method=collection.method,
            amount_xof=collection.amount_xof,
            about=f"Taal {collection.id}",
            callback_url=at.callback_url,
            success_url=at.success_url,
            failure_url=at.failure_url,
            payer=collection.payer,
            expires_at=collection.created_at + COLLECTION_MS,
        )


def _heard(job: PaymentJob, said: Struct) -> None:
    what = "collection" if isinstance(job.about, Collection) else "payback"
    log.info("answer", what=what, id=job.about.id, step=job.step, result=type(said).__name__)
