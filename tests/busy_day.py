"""A busy day of a shop, written through the scripts alone: every way in which an order can go, over a provider whose
float is known to the franc.
"""

import random
from dataclasses import dataclass, field

from msgspec.structs import replace

from bot import i18n
from bot.domain.audit import Findings
from bot.domain.catalog import Catalog, ServiceName
from bot.domain.concerns import Concern
from bot.domain.ledger import refund
from bot.domain.order import Order, Source
from bot.domain.outcome import Delivered, NotSent, Outcome, Processing, ProviderDetails, Refused, TokenAwaited, Unknown
from bot.domain.people import Address
from bot.domain.period import Period
from bot.domain.quote import Quote
from bot.monitoring import concerns
from bot.monitoring.audits import Steps, T, audit_steps
from bot.monitoring.concerns import Reported
from bot.repositories.money import post
from bot.repositories.orders import load_order, save_order
from bot.settlement.claims import claim_one
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions import orders, purchases
from bot.transactions.installation import Budget, Installation
from bot.transactions.money import fund
from bot.transactions.people import shop_now
from bot.transactions.unit import Unit
from tests.sync_store import SyncStore

DAY = "2026-11-23"
MORNING = Period(DAY, DAY).since + 8 * 3_600_000
PEOPLE = tuple(Address("telegram", str(1000 + number)) for number in range(8))
WAYS = (
    "delivered",
    "bill",
    "silent",
    "processing",
    "told_late",
    "less",
    "more",
    "dear",
    "awaited",
    "refused",
    "float",
    "cancelled",
    "not_sent",
    "unknown",
    "late",
    "late_twice",
    "refunded",
    "sale",
    "failed_after",
    "open",
)


@dataclass
class Day:
    """The shop, its provider and its clock."""

    store: SyncStore = field(default_factory=SyncStore)
    now: int = MORNING
    float_xof: int = 5_000_000
    made: int = 0
    ids: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.installation = Installation(
            "day", ShopSettings(words=i18n.load()), (Address("telegram", "1"),), Budget.of(6_000_000)
        )
        for number, person in enumerate(PEOPLE):
            self.store.run(fund, person, 2_000_000, f"gift:{number}", "fr", self.now - 1000)

    def order(self, way: str, amount_xof: int, who: Address = PEOPLE[0]) -> str:
        """One order on its way through the day."""
        self.made += 1
        order_id = f"ORDER{self.made:07d}"
        self.ids.setdefault(way, []).append(order_id)
        service: ServiceName = "senelec" if way == "bill" else "woyofal"
        commission_xof = amount_xof // 100 if way == "sale" else 0
        fee_xof = Catalog()[service].fee.fee_xof(amount_xof)
        quote = Quote(
            order_id,
            service,
            f"14{self.made:09d}",
            "AWA",
            amount_xof,
            fee_xof,
            self.now,
            self.now + 600_000,
            commission_xof=commission_xof,
        )
        unit = Unit(self.installation, who, str(who), "fr", self.now)
        self.store.run(purchases.place, unit, quote)
        self.now += 1_000
        if way == "cancelled":
            self.store.run(self._cancel, order_id)
            return order_id
        self.store.run(claim_one, self.installation, order_id, self.now)
        self.now += 2_000
        getattr(self, f"_{way}")(order_id, amount_xof)
        self.now += 20_000
        return order_id

    # The provider.

    def debit(self, amount_xof: int, *, fee_xof: int | None = None, order_id: str = "") -> ProviderDetails:
        """What an answer tells of a debit."""
        fee = -(-amount_xof // 100) if fee_xof is None else fee_xof
        before, self.float_xof = self.float_xof, self.float_xof - amount_xof - fee
        return ProviderDetails(f"TX{order_id}", amount_xof, fee, None, None, before, self.float_xof)

    def say(self, order_id: str, outcome: Outcome, source: Source = "pay") -> None:
        """The provider says something of an order."""
        self.store.run(orders.settle, self.installation, order_id, outcome, source, self.now, leased=source == "pay")

    def code(self, order_id: str) -> tuple[str, ...]:
        return (f"{int(order_id[5:]):020d}",)

    def _delivered(self, order_id: str, amount_xof: int) -> None:
        self.say(order_id, Delivered(self.code(order_id), self.debit(amount_xof)))

    _sale = _delivered

    def _bill(self, order_id: str, amount_xof: int) -> None:
        self.say(order_id, Delivered((), self.debit(amount_xof)))

    def _silent(self, order_id: str, amount_xof: int) -> None:
        """Delivered by an answer that tells no balance."""
        details = self.debit(amount_xof)
        self.say(order_id, Delivered(self.code(order_id), ProviderDetails(details.transaction_id, amount_xof)))

    def _processing(self, order_id: str, amount_xof: int) -> None:
        self.say(order_id, Processing(self.debit(amount_xof, order_id=order_id)))
        self.now += 5_000
        self.say(order_id, Delivered(self.code(order_id), ProviderDetails(f"TX{order_id}", amount_xof)), "look_up")

    def _told_late(self, order_id: str, amount_xof: int) -> None:
        """A look-up whose Amount includes the fee, of a payment that told nothing before."""
        debited = self.debit(amount_xof)
        self.say(order_id, Processing(ProviderDetails(f"TX{order_id}")))
        self.now += 5_000
        details = ProviderDetails(f"TX{order_id}", amount_xof + (debited.fee_xof or 0), debited.fee_xof)
        self.say(order_id, Delivered(self.code(order_id), details), "look_up")

    def _less(self, order_id: str, amount_xof: int) -> None:
        self.say(order_id, Delivered(self.code(order_id), self.debit(amount_xof - 100)))

    def _more(self, order_id: str, amount_xof: int) -> None:
        self.say(order_id, Delivered(self.code(order_id), self.debit(amount_xof + 100)))

    def _dear(self, order_id: str, amount_xof: int) -> None:
        self.say(order_id, Delivered(self.code(order_id), self.debit(amount_xof, fee_xof=amount_xof // 20)))

    def _awaited(self, order_id: str, amount_xof: int) -> None:
        self.say(order_id, TokenAwaited(self.debit(amount_xof, order_id=order_id)))
        self.now += 5_000
        self.say(order_id, Delivered(self.code(order_id)), "look_up")

    def _refused(self, order_id: str, amount_xof: int) -> None:
        self.say(order_id, Refused("failed", self.debit(0, fee_xof=0)))

    def _float(self, order_id: str, amount_xof: int) -> None:
        self.say(order_id, Refused("float"))

    def _not_sent(self, order_id: str, amount_xof: int) -> None:
        self.say(order_id, NotSent("unreachable"))
        self.now += 60_000
        self.store.run(claim_one, self.installation, order_id, self.now)
        self._delivered(order_id, amount_xof)

    def _unknown(self, order_id: str, amount_xof: int) -> None:
        """Paid, nobody knew, and an admin decided; the provider told no balance."""
        self.debit(amount_xof)
        self.say(order_id, Unknown("ReadTimeout"))
        self.now += 60_000
        self.say(order_id, Delivered(self.code(order_id)), "admin")

    def _late(self, order_id: str, amount_xof: int) -> None:
        self.say(order_id, Refused("failed", ProviderDetails(f"TX{order_id}")))
        self.now += 30_000
        self.say(order_id, Delivered(self.code(order_id), self.debit(amount_xof)), "look_up")

    def _late_twice(self, order_id: str, amount_xof: int) -> None:
        """Given back, taken again although the customer has spent it, given back, taken again."""
        self.say(order_id, Refused("failed", ProviderDetails(f"TX{order_id}")))
        self.store.run(self._spend_all_but, order_id, amount_xof // 3)
        details = self.debit(amount_xof)
        self.say(order_id, TokenAwaited(details), "look_up")
        self.say(order_id, Refused("admin"), "admin")
        self.now += 30_000
        self.say(order_id, Delivered(self.code(order_id)), "look_up")

    def _refunded(self, order_id: str, amount_xof: int) -> None:
        self._delivered(order_id, amount_xof)
        self.store.run(self._refund, order_id)

    def _failed_after(self, order_id: str, amount_xof: int) -> None:
        """Debited while it was processing, and given back by the provider when it failed."""
        details = self.debit(amount_xof, order_id=order_id)
        self.say(order_id, Processing(details))
        self.now += 20_000
        self.say(order_id, Refused("failed"), "look_up")
        self.float_xof += amount_xof + (details.fee_xof or 0)

    def _open(self, order_id: str, amount_xof: int) -> None:
        self.debit(amount_xof)
        self.say(order_id, Unknown("ReadTimeout"))

    # What people do.

    def _cancel(self, order_id: str) -> Script[None]:
        order = yield from load_order(order_id)
        assert order is not None
        yield from orders.call_back(self.installation, order, self.now, orders.SettlementResult())

    def _spend_all_but(self, order_id: str, left_xof: int) -> Script[None]:
        from bot.domain.ledger import debit
        from bot.repositories.money import available_of

        order = yield from load_order(order_id)
        assert order is not None
        balance_xof = yield from available_of(order.customer)
        yield from post(debit(f"out:{order_id}", order.customer, balance_xof - left_xof, ""), self.now, 0)

    def _refund(self, order_id: str) -> Script[None]:
        order = yield from load_order(order_id)
        assert isinstance(order, Order)
        yield from post(refund(order.id, order.customer, order.total_xof, "sorry"), self.now, 0)
        yield from save_order(replace(order, refunded_xof=order.total_xof, updated_at=self.now))

    # What is looked at.

    def audit(self, first: str = DAY, last: str = DAY, *, now: int | None = None, lines: bool = False) -> Findings:
        """The audit."""
        steps = audit_steps(self.installation, first, last, self.now + 600_000 if now is None else now, lines=lines)
        return self.driven(steps)

    def driven(self, steps: Steps[T]) -> T:
        """Steps, run one after another."""
        reply = None
        while True:
            try:
                step = steps.send(reply)
            except StopIteration as end:
                came_to: T = end.value
                return came_to
            reply = self.store.run(step)

    def alter(self, sql: str, *parameters: object) -> None:
        """Change the database past its triggers, as a hand in it would."""
        for trigger in ("entry_is_never_changed", "entry_is_never_deleted"):
            self.store.connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        changed = self.store.connection.execute(sql, parameters).rowcount
        assert changed, "nothing was altered"


def looked_around(
    store: SyncStore, installation: Installation, measured: tuple[Concern, ...], assessed: frozenset[str], now: int
) -> Reported:
    """What `Monitoring.check` reports of what it sees."""
    thorough, shop = store.run(concerns.is_thorough, now), store.run(shop_now, installation)
    seen = store.run(concerns.look_around, installation, shop, measured, assessed, now, thorough=thorough)
    return store.run(concerns.report, installation, seen, now)


def busy_day(seed: int = 7, *, times: int = 3) -> Day:
    """Every way some times, in a random order, over some people."""
    chance = random.Random(seed)
    day = Day()
    ways = [way for way in WAYS for _ in range(times)]
    chance.shuffle(ways)
    for number, way in enumerate(ways):
        # Whoever has spent their money buys nothing more: it is refilled.
        who = PEOPLE[number % len(PEOPLE)]
        day.store.run(fund, who, 100_000, f"refill:{number}", "fr", day.now)
        day.order(way, chance.randrange(1_000, 50_000), who)
        if number == len(ways) // 2:
            day.float_xof += 500_000
            day.order("delivered", 1_234, who)
    return day
