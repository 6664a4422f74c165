"""Orders: rows into values and back, and the questions that people ask of them. Pure.

This is the only place where a row becomes an order and an order a row. A column has the name of the field that it
keeps, except `facts` (the field `details`), `hint` and `hint_tries` (`webhook_claim` and `webhook_claim_tries`).
Columns about the row itself are no fields of an order: who holds its lease, and who waits.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from msgspec import Struct, convert
from msgspec.structs import asdict

from bot.domain.catalog import ServiceName
from bot.domain.encoding import decoder, encode
from bot.domain.order import Order
from bot.domain.outcome import ProviderDetails, WebhookClaim
from bot.domain.people import Address
from bot.domain.quote import Quote
from bot.errors import StoreConflict
from bot.repositories.rows import all_of, reader
from bot.store import Asks, Each, Parameters, Row, Rows, Script


class Page(Struct, frozen=True):
    """Some orders, newest first; `more` says that older ones follow."""

    orders: tuple[Order, ...]
    more: bool


class TrailLine(Struct, frozen=True):
    """One move of an order as the journal keeps it (`what` is `source: outcome`, `state` the state after it)."""

    at: int
    what: str
    state: str
    detail: str = ""


class Trail(Struct, frozen=True):
    """What happened to an order, oldest first, and what it moved in the books, by account."""

    lines: tuple[TrailLine, ...]
    movements: tuple[tuple[str, int], ...]


class OrderLease(NamedTuple):
    """Which process works on an order, and until when nobody else does."""

    owner: str
    until: int


MOST_OPEN = 5
MOST_STUCK = 10

_line: Final = reader(TrailLine)
_read_tokens: Final = decoder(tuple[str, ...]).decode
_read_details: Final = decoder(ProviderDetails).decode
_read_webhook_claim: Final = decoder(WebhookClaim).decode


def order_of(row: Row) -> Order:
    """An order as its row tells it; raises an error where a column holds what no order has.

    This is on the way of every payment, and a row of SQLite looks for each column among all its names: to take the
    whole row at once and let msgspec check it takes 6 µs, to ask for one column after another took 9.
    """
    columns = dict(zip(row.keys(), row, strict=True))
    hint = columns["hint"]
    columns["address"] = Address.parse(columns["address"])
    columns["tokens"] = _read_tokens(columns["tokens"])
    columns["details"] = _read_details(columns["facts"])
    columns["webhook_claim"] = None if hint is None else _read_webhook_claim(hint)
    columns["webhook_claim_tries"] = columns["hint_tries"]
    return convert(columns, Order)


def _columns_of(order: Order) -> dict[str, Any]:  # A column holds text or a number.
    columns = asdict(order)
    claim = columns.pop("webhook_claim")
    columns["address"] = str(order.address)
    columns["tokens"] = encode(order.tokens).decode()
    columns["facts"] = encode(columns.pop("details")).decode()
    columns["hint"] = None if claim is None else encode(claim).decode()
    columns["hint_tries"] = columns.pop("webhook_claim_tries")
    return columns


def add_order(order: Order, lease: OrderLease | None = None) -> Script[bool]:
    """Write a new order, leased or not; False when its id is already there."""
    owner, until = lease or (None, None)
    rows = yield "order_add", _columns_of(order) | {"lease_owner": owner, "lease_until": until}
    return bool(rows)


def save_order(order: Order, lease_ends_of: str | None = None, lease: OrderLease | None = None) -> Script[None]:
    """Write an order back, and end that process's lease of it, if it has one, or begin one, if nobody has any; raises
    StoreConflict when its row has moved since it was read.
    """
    owner, until = lease or (None, None)
    leases = {"lease_ends_of": lease_ends_of, "leased_to": owner, "leased_until": until}
    rows = yield "order_save", _columns_of(order) | leases
    if not rows:
        raise StoreConflict(f"order {order.id} moved")


def load_order(order_id: str, found: Rows | None = None) -> Script[Order | None]:
    """One order by its whole id, in what `row_of` found where that was asked already."""
    rows = yield from row_of(order_id, found)
    return order_of(rows[0]) if rows else None


def is_leased(row: Row) -> bool:
    """Whether a process has the order of a row, whatever the clock says of its lease."""
    return row["lease_owner"] is not None


def row_of(order_id: str, found: Rows | None = None) -> Script[Rows]:
    """The row of an order as it is, if there is one; what was `found`, where that was asked already."""
    return found if found is not None else (yield "order_load", {"id": order_id})


def note(order_id: str, at: int, what: str, state: str, detail: str = "") -> Script[None]:
    """One line in an order's journal. `detail` holds no recharge code."""
    yield "journal_add", {"order_id": order_id, "at": at, "what": what, "state": state, "detail": detail[:500]}


def note_all(order_id: str, at: int, lines: Iterable[tuple[str, str]]) -> Script[None]:
    """Several lines, each of what and the state after it."""
    same: Parameters = {"order_id": order_id, "at": at, "detail": ""}
    yield Each("journal_add", [{**same, "what": what, "state": state} for what, state in lines])


# The letters of an order's id run from 0 to Z; this one sorts behind them all.
_AFTER_EVERY_ID = "~"


def find_order(order_id: str) -> Script[Order | None]:
    """Anybody's order by its id or by a beginning of it that no other order shares."""
    if not order_id:
        return None
    rows = yield "order_find", beginning(order_id)
    return only(rows, order_id)


def own(customer: str, order_id: str) -> Script[Order | None]:
    """A customer's own order by its id or by a beginning of it that no other of theirs shares."""
    if not order_id:
        return None
    rows = yield "order_own", beginning(order_id) | {"customer": customer}
    return only(rows, order_id)


def beginning(order_id: str) -> dict[str, str | int | None]:
    """The ids that begin with this one, as the parameters of a statement."""
    return {"first": order_id, "last": order_id + _AFTER_EVERY_ID}


def only(rows: Rows, order_id: str) -> Order | None:
    """The order of that id, or the only one whose id begins so."""
    exact = [row for row in rows if row["id"] == order_id] or (rows if len(rows) == 1 else [])
    return order_of(exact[0]) if exact else None


def page_of(customer: str, skip: int, count: int) -> Script[Page]:
    """Some orders of a customer, after the first `skip`."""
    rows = yield "orders_of", {"customer": customer, "skip": skip, "count": count + 1}
    return Page(all_of(rows[:count], order_of), len(rows) > count)


def newest_of(customer: str) -> Script[Order | None]:
    """A customer's newest order."""
    page = yield from page_of(customer, 0, 1)
    return page.orders[0] if page.orders else None


def open_of(customer: str) -> Script[tuple[Order, ...]]:
    """The newest orders of a customer that have not ended, newest first."""
    rows = yield "orders_open_of", {"customer": customer, "count": MOST_OPEN}
    return all_of(rows, order_of)


def codes_of(customer: str, address: str, count: int) -> Script[tuple[Order, ...]]:
    """Orders that carry recharge codes, newest first: a customer's own, and those that a reseller bought for the person
    at `address` since they agreed to have their codes there.
    """
    asks = Asks(
        [
            ("orders_with_codes_of", {"customer": customer, "count": count}),
            ("orders_with_codes_for", {"address": address, "count": count}),
        ]
    )
    yield asks
    bought, given = asks.answers
    orders = sorted(all_of((*bought, *given), order_of), key=lambda order: -order.confirmed_at)
    return tuple(orders[:count])


def twin_of(customer: str, quote: Quote, since: int) -> Script[Order | None]:
    """A customer's newest order for the meter and the amount of a quote that is open, or was confirmed since `since`
    and delivered.
    """
    same: dict[str, str | int | None] = {
        "customer": customer,
        "service": quote.service,
        "reference": quote.reference,
        "amount_xof": quote.amount_xof,
    }
    asks = Asks([("order_twin_open", same), ("order_twin_delivered", same | {"since": since})])
    yield asks
    still_open, delivered = asks.answers
    twins = all_of((*still_open, *delivered), order_of)
    return max(twins, key=lambda order: order.confirmed_at, default=None)


def stuck(since: int) -> Script[tuple[Order, ...]]:
    """The oldest orders that need a person: unknown, token awaited, stuck, or open since before `since`."""
    rows = yield "orders_stuck", {"since": since, "count": MOST_STUCK}
    return all_of(rows, order_of)


def trail_of(order_id: str) -> Script[Trail]:
    """What happened to an order, and what it moved in the books."""
    asks = Asks([("journal_of", {"order_id": order_id}), ("entries_of_order", {"order_id": order_id})])
    yield asks
    lines, entries = asks.answers
    return Trail(all_of(lines, _line), tuple((row["account"], row["amount_xof"]) for row in entries))


def move_all(customer: str, into: str) -> Script[None]:
    """A customer is joined to another: their orders are the other's, the open ones with what they hold."""
    yield "orders_join", {"customer": customer, "into": into}


def part(account: str, into: str, order_ids: tuple[str, ...], addresses: tuple[str, ...], since: int) -> Script[None]:
    """Some addresses leave an account: these orders, and those that they confirmed since, are another customer's."""
    yield (
        "orders_part",
        {
            "account": account,
            "into": into,
            "orders": encode(order_ids).decode(),
            "theirs": encode(addresses).decode(),
            "since": since,
        },
    )


def lease(owner: str, order_id: str, until: int) -> Script[None]:
    """Lease an order to a process, which then does what is due for it; nobody waits for that any more."""
    yield "order_lease", {"id": order_id, "owner": owner, "until": until}


def unlease(owner: str, order_id: str) -> Script[None]:
    """Let go of an order that is leased to a process; anybody else's stays theirs."""
    yield "order_unlease", {"id": order_id, "owner": owner}


def hold_for_person(order_id: str, now: int) -> Script[None]:
    """An order is due no more until a person has looked at it."""
    yield "order_set_aside", {"id": order_id, "now": now}


def is_bought_since(service: ServiceName, reference: str, since: int) -> Script[bool]:
    """Whether anybody's order for a number is open, or has moved since."""
    return bool((yield "bought_since", {"service": service, "reference": reference, "since": since}))
