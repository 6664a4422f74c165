"""Pay-backs: rows into values and back, and the questions asked of them. Pure.

This is the only place where a row becomes a pay-back and a pay-back a row. Who holds its lease is no field of it.
"""

from typing import Any, Final

from msgspec import convert
from msgspec.structs import asdict

from bot.domain.collecting import CollectionClaim
from bot.domain.encoding import decoder, encode
from bot.domain.payback import PayBack
from bot.domain.people import Address
from bot.errors import StoreConflict
from bot.repositories.orders import beginning
from bot.repositories.rows import all_of
from bot.store import Row, Script

MOST_SHOWN = 10

_read_claim: Final = decoder(CollectionClaim).decode


def payback_of(row: Row) -> PayBack:
    """A pay-back as its row tells it; raises an error where a column holds what none has."""
    columns = dict(row)
    claim = columns["webhook_claim"]
    columns["address"] = Address.parse(columns["address"])
    columns["webhook_claim"] = None if claim is None else _read_claim(claim)
    return convert(columns, PayBack)


def _columns_of(payback: PayBack) -> dict[str, Any]:  # A column holds text or a number.
    columns = asdict(payback)
    claim = payback.webhook_claim
    columns["address"] = str(payback.address)
    columns["webhook_claim"] = None if claim is None else encode(claim).decode()
    return columns


def add(payback: PayBack) -> Script[bool]:
    """Write a new pay-back; False when its id is already there."""
    return bool((yield "payback_add", _columns_of(payback)))


def save(payback: PayBack) -> Script[None]:
    """Write a pay-back back; raises StoreConflict when its row has moved since it was read."""
    if not (yield "payback_save", _columns_of(payback)):
        raise StoreConflict(f"pay-back {payback.id} moved")


def load(payback_id: str) -> Script[PayBack | None]:
    """One pay-back by its whole id."""
    rows = yield "payback_load", {"id": payback_id}
    return payback_of(rows[0]) if rows else None


def find(payback_id: str) -> Script[PayBack | None]:
    """Anybody's pay-back by its id or by a beginning of it that no other one shares."""
    rows = (yield "payback_find", beginning(payback_id)) if payback_id else ()
    exact = [row for row in rows if row["id"] == payback_id] or (rows if len(rows) == 1 else [])
    return payback_of(exact[0]) if exact else None


def of_customer(customer: str, count: int = MOST_SHOWN) -> Script[tuple[PayBack, ...]]:
    """A customer's pay-backs, newest first."""
    return all_of((yield "paybacks_of", {"customer": customer, "count": count}), payback_of)


def of_collection(collection_id: str) -> Script[tuple[PayBack, ...]]:
    """What went back, or is to go back, of a collection."""
    return all_of((yield "paybacks_of_collection", {"collection_id": collection_id}), payback_of)


def open_ones(count: int = MOST_SHOWN) -> Script[tuple[PayBack, ...]]:
    """The pay-backs that have not ended, those that need a person first."""
    return all_of((yield "paybacks_open", {"count": count}), payback_of)


def unlease(owner: str, payback_id: str) -> Script[None]:
    """Let go of a pay-back that is leased to a process; anybody else's stays theirs."""
    yield "payback_unlease", {"id": payback_id, "owner": owner}


def hold_for_person(payback_id: str, now: int) -> Script[None]:
    """A pay-back is due no more until a person has looked at it."""
    yield "payback_set_aside", {"id": payback_id, "now": now}
