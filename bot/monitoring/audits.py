"""Auditing a stretch of days: the pages are read one after another, beside the transactions, and looked at in between.

The steps are a generator of scripts, so that whoever drives it says how a script is run: here by a store, in a test
without any loop.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, TypeAlias, TypeVar

from bot.domain.audit import Auditor, Findings, RunningBalance, Witness
from bot.domain.ledger import CUSTOMERS, customer_account
from bot.domain.period import DAY_MS, Period, day_of
from bot.long_work import LongWork, here_if_short
from bot.repositories import auditing
from bot.store import ReadingStore
from bot.transactions.installation import Installation
from bot.transactions.people import shop_now

PAGE_ORDERS = 25
PAGE_BALANCES = 500
STRETCH_ENTRIES = 5_000
PAGE_WITNESSES = 1_000
# Books that take no more than this to sum are summed here.
FEW_READINGS = 12
# Entries of so long ago are all there.
SETTLED_MS = 600_000

T = TypeVar("T")
# Each step is a script to be run; what it returns is sent back.
Steps: TypeAlias = Generator["partial[Any]", Any, T]


async def run_steps(store: ReadingStore, steps: Steps[T]) -> T:
    """Run one step after another, each over a state of its own. What is done with what was read is done in a thread.
    Raises StoreBusy when the database is away.
    """
    reply: Any = None
    while True:
        step = await asyncio.to_thread(_next, steps, reply)
        if isinstance(step, StopIteration):
            came_to: T = step.value
            return came_to
        reply = await store.read(step)


def _next(steps: Steps[T], reply: Any) -> "partial[Any] | StopIteration":
    # A future cannot raise what ends a generator.
    try:
        return steps.send(reply)
    except StopIteration as end:
        return end


async def audit(
    store: ReadingStore, installation: Installation, first: str, last: str, now: int, *, lines: bool = False
) -> Findings:
    """Audit the days from `first` to `last` (`YYYY-MM-DD`). Raises StoreBusy when the database is away."""
    return await run_steps(store, audit_steps(installation, first, last, now, lines=lines))


async def ledger_total(store: ReadingStore, now: int) -> int:
    """What all entries sum to, in XOF. Raises StoreBusy when the database is away."""
    balances, _ = await run_steps(store, ledger_steps(now))
    return sum(balances.values())


class Audits:
    """Reads the books, in a process of its own where there is `long_work`. `clock` is in milliseconds."""

    def __init__(
        self,
        store: ReadingStore,
        installation: Installation,
        clock: Callable[[], int],
        long_work: LongWork | None = None,
    ) -> None:
        self._store = store
        self._installation = installation
        self._clock = clock
        self._long_work = long_work

    async def audit(self, first: str, last: str) -> Findings:
        """Audit the days from `first` to `last` (`YYYY-MM-DD`). Raises StoreBusy when that is to be had later only."""
        if self._long_work is not None:
            return await self._long_work.audit(first, last)
        return await audit(self._store, self._installation, first, last, self._clock())

    async def ledger_total(self) -> int:
        """What all entries sum to, in XOF. Raises StoreBusy when that is to be had later only."""

        async def here(store: ReadingStore) -> int:
            return await ledger_total(store, self._clock())

        if self._long_work is None:
            return await here(self._store)
        return await here_if_short(self._store, FEW_READINGS, here, self._long_work.ledger_total)


def audit_steps(installation: Installation, first: str, last: str, now: int, *, lines: bool = False) -> Steps[Findings]:
    """What is to be read, page by page, and at last what was found."""
    days = Period(first, last)
    joined = yield partial(auditing.joined_accounts)
    auditor = Auditor(installation.shop.catalog, now, joined, lines=lines)
    for since in range(days.since, days.until, DAY_MS):
        day: auditing.Day = yield partial(auditing.audit_day, since, since + DAY_MS)
        auditor.moved(day.entries, day.moved_xof)
        auditor.unbalanced(day.unbalanced)
        auditor.strangers(day.strangers)
        auditor.strays(day.strays)
        auditor.payments(day.payments)
        auditor.sums(day_of(since), day.sums)
        yield from _orders(auditor, day.order_ids)
    yield from _orders(auditor, (yield partial(auditing.open_order_ids)))
    balances, open_xof = yield from ledger_steps(now)
    auditor.whole(balances, open_xof)
    auditor.paybacks(*(yield partial(auditing.paybacks_now)))
    auditor.payback_books((yield partial(auditing.payback_books, days.since, days.until)))
    yield from _homeless(auditor, installation)
    auditor.accounts(balances, (yield partial(auditing.credit_limits)), installation.default_credit_limit_xof)
    auditor.running_balances((yield from wrong_balance_steps(balances)))
    yield from _float(auditor, days, now)
    return auditor.findings(first, last)


def wrong_balance_steps(balances: dict[str, int]) -> Steps[list[RunningBalance]]:
    """The running balances that are not what their customer's entries sum to; each is read at one moment with its
    entries. `balances` is what each account sums to; those that turn out to have a running balance are taken out of it.
    """
    wrong: list[RunningBalance] = []
    after = ""
    while page := (yield partial(auditing.running_balances, after, PAGE_BALANCES)):
        for each in page:
            balances.pop(customer_account(each.customer), None)
            wrong += [each] if each.balance_xof != each.entries_xof else []
        after = page[-1].customer
    left = [account for account in balances if account.startswith(CUSTOMERS)]
    return wrong + [RunningBalance(account.removeprefix(CUSTOMERS), 0, balances[account]) for account in left]


def _orders(auditor: Auditor, order_ids: tuple[str, ...]) -> Steps[None]:
    for at in range(0, len(order_ids), PAGE_ORDERS):
        auditor.orders((yield partial(auditing.dossiers, order_ids[at : at + PAGE_ORDERS])))


def ledger_steps(now: int) -> Steps[tuple[dict[str, int], int]]:
    """Every account's balance and what all open orders hold, both at one moment; read in stretches."""
    balances: Counter[str] = Counter()
    upto = yield partial(auditing.settled_entry, now - SETTLED_MS)
    for after in range(0, upto, STRETCH_ENTRIES):
        balances.update((yield partial(auditing.entry_stretch, after, min(after + STRETCH_ENTRIES, upto))))
    rest, open_xof = yield partial(auditing.rest_of_books, upto)
    balances.update(rest)
    return dict(balances), open_xof


def _homeless(auditor: Auditor, installation: Installation) -> Steps[None]:
    """What was collected and has no home, where no customer's money stays."""
    shop = yield partial(shop_now, installation)
    if shop.collecting is None or shop.keeps_advances:
        return
    after = ""
    while page := (yield partial(auditing.owners, after, PAGE_BALANCES)):
        for customer, balance_xof in page:
            auditor.homeless(customer, (yield partial(auditing.left_of, customer)), balance_xof)
        after = page[-1][0]


def _float(auditor: Auditor, days: Period, now: int) -> Steps[None]:
    until = max(now, days.until)
    begin, after = yield partial(auditing.witness_begin, days.since)
    witnesses: list[Witness] = []
    while page := (yield partial(auditing.witness_page, begin, until, after, PAGE_WITNESSES)):
        witnesses += page.values()
        after = max(page)
        if len(page) < PAGE_WITNESSES:
            break
    # A payment before or after these days whose answer named no balance explains a fall at their edges.
    begin = witnesses[0].at - auditing.LEAD_MS if witnesses else days.since
    for since, end in ((begin, days.since), (days.until, until)):
        while page := (yield partial(auditing.confirmed_between, since, end, PAGE_ORDERS)):
            for order in page:
                auditor.paid(order)
            if len(page) < PAGE_ORDERS:
                break
            # Orders of one millisecond on a page's edge are read again: that changes nothing.
            since = max(page[-1].confirmed_at, since + 1)
    auditor.paid_back((yield partial(auditing.paid_back, begin, until, now)))
    auditor.collected((yield partial(auditing.collected_between, begin - auditing.SETTLED_WITHIN_MS, until)))
    auditor.float(witnesses, days.since, days.until)
