"""The orders of a year, oldest first, with what the provider said of each, from one seed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from bench.growth.scale import (
    DAY_MS,
    FIRST_ORDINARY,
    GREAT_CUSTOMER,
    GREAT_RESELLER,
    HOUR_MS,
    OPEN_MS,
    SMALL_RESELLERS,
    Scale,
    address_of,
    language_of,
    name_of,
    reference_of,
)
from bot.domain.catalog import Catalog
from bot.domain.encoding import encode
from bot.domain.outcome import ProviderDetails

# Every morning the operator fills their float up to this.
FLOAT_XOF = 900_000_000
BATCH_LINES = 50
GREAT_METERS = 40
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [one + other for one in _CROCKFORD for other in _CROCKFORD]
_SERVICES = ("woyofal",) * 7 + ("senelec",) * 2 + ("seneau",)


class OrderRow(NamedTuple):
    """What differs from one order to the next; names of columns."""

    id: str
    address: str
    customer: str
    language: str
    service: str
    reference: str
    holder: str
    amount_xof: int
    fee_xof: int
    reference_facture: str | None
    due_on: str | None
    confirmed_at: int
    updated_at: int
    state: str
    version: int
    due_at: int | None
    lease_owner: str | None
    lease_until: int | None
    pay_attempts: int
    polls: int
    tokens: str
    facts: str
    reason: str
    stuck_at: int | None
    commission_xof: int
    client_id: int | None
    client: str
    batch_id: str | None
    line: int | None
    delivered_at: int | None
    refunded_xof: int


def ids(chance: Random) -> Iterator[str]:
    """Ids as the engine gives them out: twelve letters by chance."""
    while True:
        bits = chance.getrandbits(60)
        yield "".join(_PAIRS[bits >> shift & 1023] for shift in range(0, 60, 10))


@dataclass
class Year:
    """The orders, and what they add up to: who needs how much money, and since when."""

    scale: Scale
    seed: int = 7
    spent_xof: dict[int, int] = field(default_factory=dict)
    first_at: dict[int, int] = field(default_factory=dict)
    # The batches of the reseller: id, first confirm, lines.
    batches: list[tuple[str, int, int]] = field(default_factory=list)
    # How many orders there are up to the end of each day (days since the epoch).
    upto: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)
        self._ids = ids(self._chance)
        self._catalog = Catalog()
        self._float_xof = FLOAT_XOF
        self._float_day = 0
        self._sales = 0

    def rows(self) -> Iterator[OrderRow]:
        """All of them."""
        scale, chance = self.scale, self._chance
        opens = scale.now - OPEN_MS
        year_ms = scale.now - scale.begin
        closed = scale.orders - scale.open_orders
        times = sorted((scale.begin + int(year_ms * chance.random()), False) for _ in range(closed))
        times += ((opens + int(OPEN_MS * chance.random()), True) for _ in range(scale.open_orders))
        times.sort()
        buyers = [GREAT_CUSTOMER] * scale.great_orders + [GREAT_RESELLER] * scale.reseller_sales
        buyers += [each for each in SMALL_RESELLERS for _ in range(scale.small_sales)]
        del buyers[scale.orders :]
        others = scale.people - FIRST_ORDINARY
        # Some buy much more often than others.
        buyers += (FIRST_ORDINARY + int(others * chance.random() ** 1.5) for _ in range(scale.orders - len(buyers)))
        chance.shuffle(buyers)
        for number, ((at, is_open), buyer) in enumerate(zip(times, buyers, strict=True), 1):
            self.upto[at // DAY_MS] = number
            yield self._order(buyer, at, is_open)

    def _order(self, buyer: int, at: int, is_open: bool) -> OrderRow:
        chance = self._chance
        order_id = next(self._ids)
        sells = GREAT_RESELLER <= buyer < FIRST_ORDINARY
        service = "woyofal" if sells else _SERVICES[int(chance.random() * 10)]
        client_id: int | None = None
        batch_id: str | None = None
        line: int | None = None
        holder, client = name_of(buyer), ""
        if sells:
            own = int(chance.random() * self.scale.clients)
            client_id = (buyer - GREAT_RESELLER) * self.scale.clients + own + 1
            client = holder = name_of(client_of(buyer, own))
            reference = reference_of(client_of(buyer, own), service)
            if buyer == GREAT_RESELLER and not is_open:
                batch_id, line = self._line(at)
        elif buyer == GREAT_CUSTOMER:
            reference = reference_of(buyer, service, int(chance.random() * GREAT_METERS))
        else:
            reference = reference_of(buyer, service, int(chance.random() * 1.2))
        priced = self._catalog[service]
        amount_xof = 500 * (2 + int(38 * chance.random() ** 2))
        fee_xof = priced.fee.fee_xof(amount_xof)
        commission_xof = priced.commission.commission_xof(amount_xof, fee_xof) if sells else 0
        self.spent_xof[buyer] = self.spent_xof.get(buyer, 0) + amount_xof + fee_xof - commission_xof
        self.first_at.setdefault(buyer, at)
        address, is_bill = address_of(buyer), not priced.prepaid
        due_at: int | None = None
        delivered_at: int | None = None
        stuck_at: int | None = None
        lease: tuple[str | None, int | None] = (None, None)
        polls = 0
        if is_open:
            state, reason, polls, details = self._open(order_id)
            # Most wait for their turn at the provider.
            due_at = self.scale.now - HOUR_MS + int(chance.random() * 1.2 * HOUR_MS)
            if chance.random() < 0.15:
                stuck_at = min(at + HOUR_MS // 4, self.scale.now)
            if chance.random() < 0.005:
                lease = ("an earlier process", self.scale.now - 60_000)
        else:
            provider_fee_xof = priced.provider_fee.fee_xof(amount_xof)
            state, details, reason = self._end(order_id, reference, at, amount_xof, provider_fee_xof)
            if state == "delivered":
                delivered_at = at + 1_200 + int(chance.random() * 6_000)
        tokens = "[]"
        if state == "delivered" and not is_bill:
            tokens = f'["{chance.getrandbits(63) + 10**19:020}"]'
        return OrderRow(
            order_id,
            address,
            address,
            language_of(buyer),
            service,
            reference,
            holder,
            amount_xof,
            fee_xof,
            f"F{order_id}" if is_bill else None,
            "2026-12-05" if is_bill else None,
            at,
            delivered_at or at + 2_000,
            state,
            2,
            due_at,
            *lease,
            0 if state in ("cancelled", "waiting") else 1,
            polls,
            tokens,
            encode(details).decode(),
            reason,
            stuck_at,
            commission_xof,
            client_id,
            client,
            batch_id,
            line,
            delivered_at,
            amount_xof if state == "delivered" and chance.random() < 0.001 else 0,
        )

    def _line(self, at: int) -> tuple[str | None, int | None]:
        """Every fifth hundred of the reseller's sales came by the list, fifty lines a list."""
        self._sales += 1
        if self._sales % 500 > BATCH_LINES or self._sales < 500 or not self._sales % 500:
            return None, None
        line = self._sales % 500
        if line == 1:
            self.batches.append((next(self._ids), at, 0))
        batch_id, since, _ = self.batches[-1]
        self.batches[-1] = (batch_id, since, line)
        return batch_id, line

    def _end(
        self, order_id: str, reference: str, at: int, amount_xof: int, provider_fee_xof: int
    ) -> tuple[str, ProviderDetails, str]:
        """How an order that has ended ended; the provider's answers form one chain, from payment to payment."""
        fate = self._chance.random()
        if fate < 0.03:
            return "refused", ProviderDetails(message="Transaction failed"), "failed"
        if fate < 0.035:
            return "cancelled", ProviderDetails(), "cancelled"
        if at // DAY_MS != self._float_day:
            self._float_day, self._float_xof = at // DAY_MS, FLOAT_XOF
        before, self._float_xof = self._float_xof, self._float_xof - amount_xof - provider_fee_xof
        told = ProviderDetails(
            f"TX{order_id}", amount_xof, provider_fee_xof, reference, None, before, self._float_xof, None
        )
        return "delivered", told, ""

    def _open(self, order_id: str) -> tuple[str, str, int, ProviderDetails]:
        fate = self._chance.random()
        if fate < 0.05:
            return "waiting", "", 0, ProviderDetails()
        if fate < 0.65:
            return "processing", "", int(fate * 10), ProviderDetails(f"TX{order_id}")
        if fate < 0.85:
            return "token_awaited", "", int(fate * 10), ProviderDetails(f"TX{order_id}")
        return "unknown", "ReadTimeout", 0, ProviderDetails()


def client_of(reseller: int, own: int) -> int:
    """The number, among all names and meters, of a client of a reseller; beyond those of the people themselves."""
    return 10_000_000 + reseller * 1_000 + own
