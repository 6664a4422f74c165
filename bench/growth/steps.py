"""Everything that is done with the database, one step after another: what people write, what admins ask, what comes by
itself. Before a step may come what it stands on, which is not counted.
"""

import itertools
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeAlias

from msgspec import Struct

from bench.growth.scale import (
    DAY_MS,
    FIRST_ORDINARY,
    GREAT_CUSTOMER,
    GREAT_RESELLER,
    HOUR_MS,
    OWNER,
    address_of,
    name_of,
    reference_of,
)
from bench.growth.shop import Shop
from bot.app.checks import ledger_of
from bot.domain.outbound import Report
from bot.domain.outcome import ProviderDetails, WebhookClaim
from bot.domain.people import Address
from bot.transactions import housekeeping

Act: TypeAlias = Callable[[Shop], Awaitable[None]]


async def _minute(shop: Shop) -> None:
    """What the provider said is known for so long."""
    shop.now += 61_000


class Step(Struct, frozen=True):
    """One line of the table. `times` is how often it is done; `first` happens before each, uncounted."""

    group: str
    name: str
    act: Act
    times: int = 3
    first: Act | None = None


def say(who: str, text: str) -> Act:
    async def act(shop: Shop) -> None:
        await shop.says(who, text)

    return act


def tap(who: str, label: str) -> Act:
    async def act(shop: Shop) -> None:
        await shop.taps(who, label)

    return act


# The customer's purchase, by four sorts of people.

ORDINARY = address_of(FIRST_ORDINARY + 5)
GREAT = address_of(GREAT_CUSTOMER)
RESELLER = address_of(GREAT_RESELLER)


def purchase(group: str, who: str, reference: str) -> tuple[Step, ...]:
    amounts_xof = itertools.count(2_000, 500)

    async def ask(shop: Shop) -> None:
        # Each time another amount: the same purchase twice would be asked about.
        await shop.says(who, f"{reference} {next(amounts_xof)}")

    return (
        Step(group, "hello", say(who, "bonjour")),
        Step(group, "number and amount, to the quote", ask, first=_minute),
        Step(group, "Confirm, to the code", tap(who, "✅ Vendre" if who == RESELLER else "✅ Confirmer"), first=ask),
        Step(group, "/code", say(who, "/code")),
        Step(group, "/history", say(who, "/history")),
        Step(group, "/meters", say(who, "/meters")),
        Step(group, "/balance", say(who, "/balance")),
    )


def _reseller_steps() -> tuple[Step, ...]:
    group = "reseller of 5,000 sales"
    last_year = "du 01/12/2025 au 24/11/2026"
    return (
        *purchase(group, RESELLER, "14999000111"),
        *(Step(group, text, say(RESELLER, text)) for text in ("/clients", "/day", "/month", "/batch")),
        Step(group, "/statement of a year, csv", say(RESELLER, f"/statement {last_year} csv"), 1),
        Step(group, "/chart of a year", say(RESELLER, f"/chart {last_year}"), 1),
    )


# What comes from outside.


async def _webhook(shop: Shop) -> None:
    order_id = await shop.store.value(
        "SELECT id FROM orders WHERE state = 'processing' AND lease_owner IS NULL LIMIT 1"
    )
    told = ProviderDetails(f"TX{order_id}")
    await shop.taal.settlement.webhook_claim(order_id, WebhookClaim("success", (), order_id, order_id, told))
    await shop.quiet()


async def _report(shop: Shop) -> None:
    sql = "SELECT message_ref FROM outbox WHERE message_ref IS NOT NULL AND address LIKE 'whatsapp:%' LIMIT 1"
    ref = await shop.store.value(sql)
    address = await shop.store.value("SELECT address FROM outbox WHERE message_ref = :ref", ref=ref)
    await shop.taal.engine.report([Report(Address.parse(address or "whatsapp:1"), ref or "none", arrived=True)])
    await shop.quiet()


# What admins ask.

_ASKED: Final = (
    "/today",
    "/stats 7",
    "/stats du 01/12/2025 au 24/11/2026",
    "/orders",
    "/stuck",
    "/float",
    "/log",
    f"/find {name_of(FIRST_ORDINARY + 5)}",
    f"/find {reference_of(FIRST_ORDINARY + 5, 'woyofal')}",
    "/find 4321",
    "/find zzz",
    f"/user {ORDINARY}",
    f"/user {GREAT}",
    f"/user {RESELLER}",
)
_FILES: Final = (
    "/export orders 10/2026 csv",
    "/export ledger 10/2026 csv",
    "/audit 23/11/2026",
    "/audit 10/2026",
)


async def _order(shop: Shop) -> None:
    order_id = await shop.store.value("SELECT id FROM orders WHERE state = 'delivered' LIMIT 1")
    await shop.says(OWNER, f"/order {order_id}")


async def _find_order(shop: Shop) -> None:
    order_id = await shop.store.value("SELECT id FROM orders WHERE state = 'delivered' LIMIT 1")
    await shop.says(OWNER, f"/find {order_id[:6]}")


# What comes by itself.


async def _look(shop: Shop) -> None:
    shop.now += 61_000
    await shop.taal.monitoring.check()
    await shop.quiet()


async def _look_later(shop: Shop, hours: float) -> None:
    """The next day, at so many hours."""
    shop.now += DAY_MS - shop.now % DAY_MS + int(hours * HOUR_MS)
    await _look(shop)


async def _keep(shop: Shop) -> None:
    shop.taal.retention._pause_seconds = 0
    await shop.taal.retention.keep()


async def _run(shop: Shop, work: str) -> None:
    await getattr(shop.taal, work).sweep()
    await shop.quiet()


async def _take_over(shop: Shop) -> None:
    await shop.store.run(housekeeping.take_over, shop.now)


async def _accounts(shop: Shop) -> None:
    await ledger_of(shop.store)


async def _gauge(shop: Shop) -> None:
    await shop.taal.gauge()


STEPS: Final[tuple[Step, ...]] = (
    Step("start", "release what an earlier process held", _take_over, 1),
    *purchase("ordinary customer", ORDINARY, reference_of(FIRST_ORDINARY + 5, "woyofal")),
    *purchase("customer of 5,000 orders", GREAT, reference_of(GREAT_CUSTOMER, "woyofal")),
    *_reseller_steps(),
    Step("from outside", "webhook of a payment, with the look-up", _webhook),
    Step("from outside", "report of a kept message", _report, 1),
    Step("admin", "/order", _order),
    Step("admin", "/find by the beginning of a number", _find_order),
    *(Step("admin", text, say(OWNER, text)) for text in _ASKED),
    *(Step("admin", text, say(OWNER, text), 1) for text in _FILES),
    Step("by itself", "sweep of orders", partial(_run, work="settlement"), 1),
    Step("by itself", "sweep of messages", partial(_run, work="outbox"), 1),
    Step("by itself", "sweep of inquiries, broadcasts and lists", partial(_run, work="engine"), 1),
    Step("by itself", "gauges", _gauge),
    Step("by itself", "doctor's sum of the books", _accounts),
    Step("by itself", "look around, every minute", _look),
    Step("by itself", "pass of retention", _keep, 1),
    Step("by itself", "look around at 00:40, with the audit of the night", partial(_look_later, hours=0.67), 1),
    Step("by itself", "look around at 7:10, with the report", partial(_look_later, hours=7.17), 1),
)
