"""Orders: rows into values and back, and the questions that people ask of them. Pure."""

from typing import Any, Final

from msgspec import Struct

from bot.domain.model import Address, ProviderDetails, Quote, WebhookClaim, decoder, encode
from bot.domain.order import Order
from bot.errors import StoreConflict
from bot.repositories.rows import all_of, reader
from bot.store import Row, Rows, Script


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


MOST_OPEN = 5
MOST_STUCK = 10

_line: Final = reader(TrailLine)
_read_tokens = decoder(tuple[str, ...]).decode


_read_facts = decoder(ProviderDetails).decode


_read_webhook_claim = decoder(WebhookClaim).decode


def order_of(row: Row) -> Order:
    """An order as its row tells it."""
    return Order(
        id=row["id"],
        address=Address.parse(row["address"]),
        customer=row["customer"],
        language=row["language"],
        service=row["service"],
        reference=row["reference"],
        holder=row["holder"],
        amount_xof=row["amount_xof"],
        fee_xof=row["fee_xof"],
        reference_facture=row["reference_facture"],
        due_on=row["due_on"],
        confirmed_at=row["confirmed_at"],
        updated_at=row["updated_at"],
        state=row["state"],
        version=row["version"],
        due_at=row["due_at"],
        pay_attempts=row["pay_attempts"],
        replays=row["replays"],
        polls=row["polls"],
        tokens=_read_tokens(row["tokens"]),
        details=_read_facts(row["facts"]),
        webhook_claim=None if row["hint"] is None else _read_webhook_claim(row["hint"]),
        webhook_claim_tries=row["hint_tries"],
        reason=row["reason"],
        stuck_at=row["stuck_at"],
        reopened=row["reopened"],
        borne_xof=row["borne_xof"],
        commission_xof=row["commission_xof"],
        client_id=row["client_id"],
        client=row["client"],
        batch_id=row["batch_id"],
        line=row["line"],
        delivered_at=row["delivered_at"],
        refunded_xof=row["refunded_xof"],
    )


def _moving_columns(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "updated_at": order.updated_at,
        "state": order.state,
        "version": order.version,
        "due_at": order.due_at,
        "pay_attempts": order.pay_attempts,
        "replays": order.replays,
        "polls": order.polls,
        "tokens": encode(order.tokens).decode(),
        "facts": encode(order.details).decode(),
        "hint": None if order.webhook_claim is None else encode(order.webhook_claim).decode(),
        "hint_tries": order.webhook_claim_tries,
        "reason": order.reason,
        "stuck_at": order.stuck_at,
        "reopened": order.reopened,
        "borne_xof": order.borne_xof,
        "delivered_at": order.delivered_at,
        "refunded_xof": order.refunded_xof,
    }


def add_order(order: Order, lease_owner: str | None = None, lease_until: int | None = None) -> Script[bool]:
    """Write a new order, leased or not; False when its id is already there."""
    rows = yield (
        "order_add",
        _moving_columns(order)
        | {
            "address": str(order.address),
            "customer": order.customer,
            "language": order.language,
            "service": order.service,
            "reference": order.reference,
            "holder": order.holder,
            "amount_xof": order.amount_xof,
            "fee_xof": order.fee_xof,
            "reference_facture": order.reference_facture,
            "due_on": order.due_on,
            "confirmed_at": order.confirmed_at,
            "commission_xof": order.commission_xof,
            "client_id": order.client_id,
            "client": order.client,
            "batch_id": order.batch_id,
            "line": order.line,
            "lease_owner": lease_owner,
            "lease_until": lease_until,
        },
    )
    return bool(rows)


def save_order(order: Order) -> Script[None]:
    """Write an order back; raises StoreConflict when its row has moved since it was read."""
    rows = yield "order_save", _moving_columns(order)
    if not rows:
        raise StoreConflict(f"order {order.id} moved")


def load_order(order_id: str) -> Script[Order | None]:
    """One order by its whole id."""
    rows = yield "order_load", {"id": order_id}
    return order_of(rows[0]) if rows else None


def note(order_id: str, at: int, what: str, state: str, detail: str = "") -> Script[None]:
    """One line in an order's journal. `detail` holds no recharge code."""
    yield "journal_add", {"order_id": order_id, "at": at, "what": what, "state": state, "detail": detail[:500]}


# The letters of an order's id run from 0 to Z; this one sorts behind them all.
_AFTER_EVERY_ID = "~"


def find_order(order_id: str) -> Script[Order | None]:
    """Anybody's order by its id or by a beginning of it that no other order shares."""
    if not order_id:
        return None
    rows = yield "order_find", beginning(order_id)
    return _only(rows, order_id)


def own(customer: str, order_id: str) -> Script[Order | None]:
    """A customer's own order by its id or by a beginning of it that no other of theirs shares."""
    if not order_id:
        return None
    rows = yield "order_own", beginning(order_id) | {"customer": customer}
    return _only(rows, order_id)


def beginning(order_id: str) -> dict[str, str | int | None]:
    """The ids that begin with this one, as the parameters of a statement."""
    return {"first": order_id, "last": order_id + _AFTER_EVERY_ID}


def _only(rows: Rows, order_id: str) -> Order | None:
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
    bought = yield "orders_with_codes_of", {"customer": customer, "count": count}
    given = yield "orders_with_codes_for", {"address": address, "count": count}
    orders = sorted(all_of((*bought, *given), order_of), key=lambda order: -order.confirmed_at)
    return tuple(orders[:count])


def twin_of(customer: str, quote: Quote, since: int) -> Script[Order | None]:
    """A customer's newest order for the meter and the amount of a quote that is open, or was confirmed since `since`
    and delivered.
    """
    rows = yield (
        "order_twin",
        {
            "customer": customer,
            "service": quote.service,
            "reference": quote.reference,
            "amount_xof": quote.amount_xof,
            "since": since,
        },
    )
    return order_of(rows[0]) if rows else None


def stuck(since: int) -> Script[tuple[Order, ...]]:
    """The oldest orders that need a person: unknown, token awaited, stuck, or open since before `since`."""
    rows = yield "orders_stuck", {"since": since, "count": MOST_STUCK}
    return all_of(rows, order_of)


def trail_of(order_id: str) -> Script[Trail]:
    """What happened to an order, and what it moved in the books."""
    lines = yield "journal_of", {"order_id": order_id}
    entries = yield "entries_of_order", {"order_id": order_id}
    return Trail(all_of(lines, _line), tuple((row["account"], row["amount_xof"]) for row in entries))
