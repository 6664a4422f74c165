"""Collections and the payments that came in: rows into values and back, and the questions asked of them. Pure.

This is the only place where a row becomes a collection and a collection a row. Columns about the row itself are no
fields of a collection: the frozen quote, who holds its lease, who waits, which message tells of it, and how many codes
its payer has typed.
"""

from typing import Any, Final

from msgspec import Struct, convert
from msgspec.structs import asdict

from bot.domain.collecting import CollectionClaim, Method, Payment
from bot.domain.collection import Collection
from bot.domain.encoding import decoder, encode
from bot.domain.people import Address
from bot.domain.quote import Quote
from bot.errors import StoreConflict
from bot.repositories.orders import beginning
from bot.repositories.rows import all_of, reader
from bot.store import Row, Script

# How far back an open one may have begun: none lives so long.
OPEN_MS = 604_800_000
MOST_SHOWN = 10

_read_payments: Final = decoder(tuple[Payment, ...]).decode
_read_claim: Final = decoder(CollectionClaim).decode
_read_quote: Final = decoder(Quote).decode


class Taken(Struct, frozen=True):
    """A payment that came in. `kept_xof` of it stayed as an advance."""

    key: str
    collection_id: str
    amount_xof: int
    taken_at: int
    kept_xof: int
    fee_xof: int | None = None
    payer: str | None = None
    paid_at: int | None = None


class Lately(Struct, frozen=True):
    """How many collections by one method came to one end."""

    method: Method
    state: str
    reason: str
    many: int


_taken: Final = reader(Taken)
_lately: Final = reader(Lately)


def collection_of(row: Row) -> Collection:
    """A collection as its row tells it; raises an error where a column holds what none has."""
    columns = dict(row)
    claim = columns["webhook_claim"]
    columns["address"] = Address.parse(columns["address"])
    columns["payments"] = _read_payments(columns["payments"])
    columns["webhook_claim"] = None if claim is None else _read_claim(claim)
    return convert(columns, Collection)


def _columns_of(collection: Collection) -> dict[str, Any]:  # A column holds text or a number.
    columns = asdict(collection)
    claim = collection.webhook_claim
    columns["address"] = str(collection.address)
    columns["payments"] = encode(collection.payments).decode()
    columns["webhook_claim"] = None if claim is None else encode(claim).decode()
    return columns


def add(collection: Collection, quote: Quote | None) -> Script[bool]:
    """Write a new collection and what it pays for; False when its id is there, or when another one for the same quote
    may still be paid.
    """
    frozen = None if quote is None else encode(quote).decode()
    return bool((yield "collection_add", _columns_of(collection) | {"quote": frozen}))


def save(collection: Collection) -> Script[None]:
    """Write a collection back; raises StoreConflict when its row has moved since it was read."""
    if not (yield "collection_save", _columns_of(collection)):
        raise StoreConflict(f"collection {collection.id} moved")


def load(collection_id: str) -> Script[Collection | None]:
    """One collection by its whole id."""
    rows = yield "collection_load", {"id": collection_id}
    return collection_of(rows[0]) if rows else None


def quote_of(collection_id: str) -> Script[Quote | None]:
    """What a collection pays for, as it was frozen; None for a top-up."""
    rows = yield "collection_load", {"id": collection_id}
    return _read_quote(rows[0]["quote"]) if rows and rows[0]["quote"] is not None else None


def find(collection_id: str) -> Script[Collection | None]:
    """Anybody's collection by its id or by a beginning of it that no other one shares."""
    rows = (yield "collection_find", beginning(collection_id)) if collection_id else ()
    exact = [row for row in rows if row["id"] == collection_id] or (rows if len(rows) == 1 else [])
    return collection_of(exact[0]) if exact else None


def for_quote(quote_id: str) -> Script[Collection | None]:
    """The collection that paid for a quote, else the newest one that was to."""
    rows = yield "collection_of_quote", {"quote_id": quote_id}
    return collection_of(rows[0]) if rows else None


def open_of(customer: str, now: int) -> Script[tuple[Collection, ...]]:
    """A customer's collections that have not ended, newest first."""
    rows = yield "collections_open_of", {"customer": customer, "since": now - OPEN_MS, "count": MOST_SHOWN}
    return all_of(rows, collection_of)


def of_customer(customer: str, count: int = MOST_SHOWN) -> Script[tuple[Collection, ...]]:
    """A customer's collections, newest first."""
    return all_of((yield "collections_of", {"customer": customer, "count": count}), collection_of)


def newest(since: int, count: int = MOST_SHOWN) -> Script[tuple[Collection, ...]]:
    """Everybody's collections that were begun since, newest first."""
    return all_of((yield "collections_newest", {"since": since, "count": count}), collection_of)


def stuck(count: int = MOST_SHOWN) -> Script[tuple[Collection, ...]]:
    """The collections that need a person, oldest first."""
    return all_of((yield "collections_stuck", {"count": count}), collection_of)


def lately(since: int) -> Script[tuple[Lately, ...]]:
    """What became of the collections that were begun since."""
    return all_of((yield "collections_lately", {"since": since}), _lately)


# The row itself.


def await_answer(collection_id: str, now: int) -> Script[None]:
    """Somebody waits for the next look at a collection: it is due."""
    yield "collection_awaited", {"id": collection_id, "now": now}


def unlease(owner: str, collection_id: str) -> Script[None]:
    """Let go of a collection that is leased to a process; anybody else's stays theirs."""
    yield "collection_unlease", {"id": collection_id, "owner": owner}


def code_tries(collection_id: str) -> Script[int]:
    """How many codes its payer has typed."""
    rows = yield "collection_code_tries", {"id": collection_id}
    return int(rows[0]["code_tries"]) if rows else 0


def count_code_try(collection_id: str, most: int) -> Script[bool]:
    """One more, before it leaves; False where it is not open, or there were `most`."""
    return bool((yield "collection_code_try", {"id": collection_id, "most": most}))


def hold_for_person(collection_id: str, now: int) -> Script[None]:
    """A collection is due no more until a person has looked at it."""
    yield "collection_set_aside", {"id": collection_id, "now": now}


def keep_message(collection_id: str, message_ref: str) -> Script[None]:
    """The channel's name for the message that tells of a collection."""
    yield "collection_message", {"id": collection_id, "message_ref": message_ref}


def message_of(collection_id: str) -> Script[str | None]:
    """The message that tells of a collection, which the next news of it may replace."""
    rows = yield "collection_message_of", {"id": collection_id}
    return rows[0]["message_ref"] if rows else None


# Payments.


def take(key: str, collection_id: str, payment: Payment, now: int) -> Script[bool]:
    """Write down a payment that came in; False when it is known already."""
    rows = yield (
        "collected_add",
        {
            "key": key,
            "collection_id": collection_id,
            "amount_xof": payment.amount_xof,
            "fee_xof": payment.fee_xof,
            "payer": payment.payer,
            "paid_at": payment.paid_at,
            "now": now,
        },
    )
    return bool(rows)


def taken_by(key: str) -> Script[str | None]:
    """The collection to which a payment was taken; None for one that is not known."""
    rows = yield "collected_by", {"key": key}
    return str(rows[0]["collection_id"]) if rows else None


def taken_of(collection_id: str) -> Script[tuple[Taken, ...]]:
    """The payments of a collection, oldest first."""
    return all_of((yield "collected_of", {"collection_id": collection_id}), _taken)


def keep_advance(key: str, kept_xof: int) -> Script[None]:
    """So much of a payment stays as an advance."""
    yield "collected_kept", {"key": key, "kept_xof": kept_xof}


def kept_since(customer: str, since: int) -> Script[int]:
    """What of a customer's payments stayed as an advance since, in XOF."""
    rows = yield "kept_since", {"customer": customer, "begun": since - OPEN_MS, "since": since}
    return int(rows[0]["kept_xof"])


def fee_of(collection_id: str) -> Script[int]:
    """What was taken for collecting and has not been given back, in XOF."""
    rows = yield "collecting_fee_of", {"first": f"collection:{collection_id}:", "last": f"collection:{collection_id};"}
    return int(rows[0]["fee_xof"])


# The number that paid.


def remember_payer(customer: str, method: Method, number: str, now: int) -> Script[None]:
    """Somebody paid by a method with a number: it need not be typed again."""
    yield "payer_remember", {"customer": customer, "method": method, "number": number, "now": now}


def payer_of(customer: str, method: Method) -> Script[str | None]:
    """The number with which a customer paid last by a method, nine digits."""
    rows = yield "payer_of", {"customer": customer, "method": method}
    return str(rows[0]["number"]) if rows else None


# Accounts that are joined and parted.


def move_all(customer: str, into: str) -> Script[None]:
    """A customer is joined to another: what they pay, and what goes back to them, is the other's. The numbers that they
    paid with are forgotten.
    """
    yield "collections_join", {"customer": customer, "into": into}
    yield "paybacks_join", {"customer": customer, "into": into}
    yield "payer_forget", {"customer": customer}


def part(account: str, into: str, order_ids: tuple[str, ...], addresses: tuple[str, ...]) -> Script[None]:
    """Some addresses leave an account: what they began, and what paid for these orders, is another customer's."""
    theirs = encode(addresses).decode()
    yield (
        "collections_part",
        {"account": account, "into": into, "orders": encode(order_ids).decode(), "theirs": theirs},
    )
    yield "paybacks_part", {"account": account, "into": into, "theirs": theirs}
