"""Orders: rows into values and back, and the questions that people ask of them. Pure."""

from typing import Any

from msgspec import Struct

from bot.domain.model import Address, ProviderDetails, WebhookClaim, decoder, encode
from bot.domain.order import Order
from bot.errors import StoreConflict
from bot.store import Row, Script


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
    """Everything about one order."""

    order: Order
    lines: tuple[TrailLine, ...]
    movements: tuple[tuple[str, int], ...]


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
    """One order by its id or by a beginning of it that no other order shares."""
    if not order_id:
        return None
    rows = yield "order_find", {"first": order_id, "last": order_id + _AFTER_EVERY_ID}
    exact = [row for row in rows if row["id"] == order_id] or (rows if len(rows) == 1 else [])
    return order_of(exact[0]) if exact else None


def trail_of(order_id: str) -> Script[Trail | None]:
    """Everything about one order, for an admin."""
    order = yield from find_order(order_id)
    if order is None:
        return None
    lines = yield "journal_of", {"order_id": order.id}
    entries = yield "entries_of_order", {"order_id": order.id}
    return Trail(
        order,
        tuple(TrailLine(row["at"], row["what"], row["state"], row["detail"]) for row in lines),
        tuple((row["account"], row["amount_xof"]) for row in entries),
    )
