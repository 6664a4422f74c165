"""Rows into values and back. Pure."""

from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct

from bot.domain.ledger import Transfer, customer_account
from bot.domain.model import Address, Outbound, ProviderDetails, WebhookClaim, decoder, encode
from bot.domain.order import Order
from bot.errors import LedgerError, StoreConflict
from bot.store import Row, Script

OUTBOX_LEASE_MS = 300_000
# So many messages of one chat are handed over at once; what comes beyond waits, and of that no more than as many words
# are kept. Order news is never among those that go.
MOST_WAITING = 100
# The clock may jump back. A row "updated" further ahead than this was written before such a jump, and a lease or a
# pause that ends beyond the longest one we ever write was too: both count as due.
CLOCK_TRUST_MS = 60_000
PAUSE_LIMIT_MS = 600_000

FOR_EVER: Final = 2**62

_read_tokens = decoder(tuple[str, ...]).decode
_read_facts = decoder(ProviderDetails).decode
_read_hint = decoder(WebhookClaim).decode
read_outbound = decoder(Outbound).decode


class OutboxMessage(Struct, frozen=True):
    """A message that was put in the outbox. `leased`: it is ours to send now, under the number `lease`. `attempts`
    counts the channel's pauses, `failures` the tries that raised. `reach` is what its channel calls the person of this
    chat now; None: what stands in the address; empty: nobody is to get it.
    """

    id: int
    address: str
    outbound: Outbound
    leased: bool
    created_at: int
    attempts: int = 0
    lease: int = 1
    failures: int = 0
    reach: str | None = None


def lease_bounds(now: int, trusts_clock: bool) -> tuple[int, int]:
    """When another process's lease has ended: up to the first time, or beyond the second, because it was written before
    the clock was set back. Where the clock is not to be trusted (`bot.leases`), none has.
    """
    return (now, now + PAUSE_LIMIT_MS) if trusts_clock else (0, FOR_EVER)


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
        webhook_claim=None if row["hint"] is None else _read_hint(row["hint"]),
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


def balance_of(customer: str) -> Script[int]:
    """The sum of a customer's entries, in XOF."""
    rows = yield "account_balance", {"account": customer_account(customer)}
    return int(rows[0]["balance_xof"])


def credit_limit_of(customer: str, default_xof: int) -> Script[int]:
    """How far below zero a customer may go, in XOF."""
    rows = yield "credit_limit_of", {"customer": customer}
    return int(rows[0]["limit_xof"]) if rows else default_xof


def post(transfer: Transfer, at: int, default_limit_xof: int) -> Script[None]:
    """Write a transfer. Raises LedgerError when it would take a customer below his limit; a transfer that was written
    before fails on its unique key.
    """
    yield from post_all((transfer,), at, default_limit_xof)


def post_all(transfers: Iterable[Transfer], at: int, default_limit_xof: int) -> Script[None]:
    """Write many transfers as one: the balance of everybody whom they take from is looked at once, in the end."""
    taken: dict[str, str] = {}
    for transfer in transfers:
        for entry in transfer.entries:
            yield (
                "entry_add",
                {
                    "transfer": transfer.key,
                    "account": entry.account,
                    "amount_xof": entry.amount_xof,
                    "order_id": transfer.order_id,
                    "note": transfer.note[:200],
                    "at": at,
                },
            )
            if entry.amount_xof < 0 and entry.account.startswith("customer:"):
                taken[entry.account.removeprefix("customer:")] = transfer.key
    for customer, key in sorted(taken.items()):
        balance_xof = yield from balance_of(customer)
        limit_xof = yield from credit_limit_of(customer, default_limit_xof)
        if balance_xof < -limit_xof:
            raise LedgerError(f"transfer {key} would overdraw a customer by {-balance_xof - limit_xof} XOF")


def say(address: str, outbound: Outbound, owner: str, now: int) -> Script[OutboxMessage]:
    """Put a message in the outbox, leased to `owner` unless it must wait behind another of its chat."""
    rows = yield (
        "outbox_add",
        {
            "address": address,
            "body": encode(outbound).decode(),
            "keep": int(outbound.durable),
            "now": now,
            "owner": owner,
            "until": now + OUTBOX_LEASE_MS,
            "most": MOST_WAITING,
        },
    )
    leased = rows[0]["lease_owner"] == owner
    if not leased:
        yield "outbox_trim", {"address": address, "most": MOST_WAITING}
    return OutboxMessage(int(rows[0]["id"]), address, outbound, leased, now, reach=rows[0]["reach"])
