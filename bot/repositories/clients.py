"""A reseller's client book. Pure.

Every statement names the reseller's customer, so that nobody reads or changes another's book. The text that a search
looks through is kept folded beside each client, and made anew whenever something in it changes.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.catalog import ServiceName
from bot.domain.order import Order
from bot.domain.text import fold
from bot.errors import StoreConflict
from bot.repositories import debts
from bot.repositories.orders import order_of
from bot.repositories.rows import all_of, reader
from bot.store import Row, Rows, Script

MAX_SEARCH_WORDS: Final = 3


class ClientMeter(Struct, frozen=True):
    """A client's meter or reference. `holder` is the provider's word; empty until it was looked up once."""

    id: int
    service: ServiceName
    reference: str
    holder: str = ""


class Client(Struct, frozen=True):
    """Somebody in a reseller's book. `nickname` and `phone` may be empty; `phone` is digits alone."""

    id: int
    name: str
    nickname: str = ""
    phone: str = ""
    meters: tuple[ClientMeter, ...] = ()


class ClientPage(Struct, frozen=True):
    """Some clients, those sold to last first; `more` says that others follow."""

    clients: tuple[Client, ...]
    more: bool


class BookedMeter(Struct, frozen=True):
    """A client with one of their meters or references; `reference` is empty for a client who has none."""

    client_id: int
    name: str
    nickname: str
    meter_id: int
    reference: str
    holder: str
    service: str = ""


_client: Final = reader(Client)
_booked: Final = reader(BookedMeter)
_meter: Final = reader(ClientMeter)


def _with_meters(row: Row) -> Script[Client]:
    meters = yield "client_meters", {"client_id": row["id"]}
    return replace(_client(row), meters=all_of(meters, _meter))


def _first_with_meters(rows: Rows) -> Script[Client | None]:
    return (yield from _with_meters(rows[0])) if rows else None


def search(customer: str, text: str, count: int, skip: int = 0) -> Script[ClientPage]:
    """The clients in whom every word of `text` (folded, at most three count) is found; without one, all of them."""
    first, second, third = [*text.split()[:MAX_SEARCH_WORDS], "", "", ""][:MAX_SEARCH_WORDS]
    rows = yield (
        "clients_of",
        {"customer": customer, "first": first, "second": second, "third": third, "count": count + 1, "skip": skip},
    )
    clients = []
    for row in rows[:count]:
        clients.append((yield from _with_meters(row)))
    return ClientPage(tuple(clients), len(rows) > count)


def booked_meters(customer: str) -> Script[tuple[BookedMeter, ...]]:
    """Every client in a reseller's book with each of their meters and references."""
    return all_of((yield "clients_with_meters", {"customer": customer}), _booked)


def count_of(customer: str) -> Script[int]:
    """How many clients a reseller has."""
    rows = yield "clients_count", {"customer": customer}
    return int(rows[0]["many"])


def load(customer: str, client_id: int) -> Script[Client | None]:
    """One of a reseller's clients."""
    return (yield from _first_with_meters((yield "client_load", {"id": client_id, "customer": customer})))


def with_meter(customer: str, service: ServiceName, reference: str) -> Script[Client | None]:
    """The client whose meter or reference it is in a reseller's book."""
    rows = yield "client_at", {"customer": customer, "service": service, "reference": reference}
    return (yield from _first_with_meters(rows))


def has_meter(customer: str, service: ServiceName, reference: str) -> Script[bool]:
    """Whether a meter or reference is a client's in a reseller's book."""
    rows = yield "client_at", {"customer": customer, "service": service, "reference": reference}
    return bool(rows)


def last_sale_to(customer: str, client_id: int) -> Script[Order | None]:
    """The newest order for a client that was not refused or cancelled."""
    rows = yield "client_last_sale", {"client_id": client_id, "customer": customer}
    return order_of(rows[0]) if rows else None


def sales_to(customer: str, client_id: int, count: int) -> Script[tuple[Order, ...]]:
    """The newest orders for a client, whatever became of them."""
    return all_of((yield "client_sales", {"client_id": client_id, "customer": customer, "count": count}), order_of)


def name_of(customer: str, client_id: int) -> Script[str]:
    """The name of a reseller's client; raises StoreConflict when they are not in the book any more."""
    rows = yield "client_load", {"id": client_id, "customer": customer}
    if not rows:
        raise StoreConflict(f"client {client_id} is gone")
    return str(rows[0]["name"])


def _index(customer: str, client_id: int) -> Script[None]:
    """Keep the text that a search for a client looks through; raises StoreConflict when they are not in the book any
    more.
    """
    client = yield from load(customer, client_id)
    if client is None:
        raise StoreConflict(f"client {client_id} is gone")
    yield "client_found_by", {"id": client_id, "found_by": _found_by(client)}


def _found_by(client: Client) -> str:
    parts = (fold(client.name), fold(client.nickname), client.phone, *(meter.reference for meter in client.meters))
    return " ".join(part for part in parts if part)


def add(customer: str, name: str, nickname: str, phone: str, now: int) -> Script[int]:
    """Put somebody in a reseller's book; their id. `phone` is digits alone; it and `nickname` may be empty."""
    rows = yield (
        "client_add",
        {
            "customer": customer,
            "name": name,
            "nickname": nickname,
            "phone": phone,
            "found_by": _found_by(Client(0, name, nickname, phone)),
            "now": now,
        },
    )
    return int(rows[0]["id"])


def add_whole(customer: str, client: Client, now: int, meters: tuple[tuple[ServiceName, str], ...]) -> Script[None]:
    """Put somebody in a reseller's book with their meters, which are nobody else's, in few statements."""
    found = replace(client, meters=tuple(ClientMeter(0, service, reference) for service, reference in meters))
    rows = yield (
        "client_add",
        {
            "customer": customer,
            "name": client.name,
            "nickname": client.nickname,
            "phone": client.phone,
            "found_by": _found_by(found),
            "now": now,
        },
    )
    for service, reference in meters:
        meter: dict[str, str | int | None] = {
            "customer": customer,
            "service": service,
            "reference": reference,
            "client_id": int(rows[0]["id"]),
        }
        yield "client_meter_add", meter | {"holder": ""}
        yield "orders_of_client", meter | {"name": client.name}


def add_meter(customer: str, client_id: int, service: ServiceName, reference: str, holder: str) -> Script[None]:
    """Give a client a meter that is nobody else's; what was sold to it before is theirs.

    Raises StoreConflict when they are not in the book any more.
    """
    name = yield from name_of(customer, client_id)
    meter: dict[str, str | int | None] = {
        "customer": customer,
        "service": service,
        "reference": reference,
        "client_id": client_id,
    }
    yield "client_meter_add", meter | {"holder": holder}
    yield "orders_of_client", meter | {"name": name}
    yield from _index(customer, client_id)


def delete_meter(customer: str, meter_id: int) -> Script[None]:
    """Take a meter from its client."""
    rows = yield "client_meter_drop", {"id": meter_id, "customer": customer}
    for row in rows:
        yield from _index(customer, row["client_id"])


def set_holder(customer: str, meter_id: int, holder: str) -> Script[None]:
    """Keep whose meter it is in the provider's books."""
    yield "client_meter_holder", {"id": meter_id, "customer": customer, "holder": holder}


def rename(customer: str, client_id: int, name: str, nickname: str) -> Script[None]:
    """Give a client another name; an empty nickname is none. Raises StoreConflict when they are not in the book."""
    yield "client_rename", {"id": client_id, "customer": customer, "name": name, "nickname": nickname}
    yield from _index(customer, client_id)


def set_phone(customer: str, client_id: int, phone: str) -> Script[None]:
    """Keep a client's phone number, digits alone; an empty one is none.

    Raises StoreConflict when they are not in the book.
    """
    yield "client_phone", {"id": client_id, "customer": customer, "phone": phone}
    yield from _index(customer, client_id)


def delete(customer: str, client_id: int, now: int) -> Script[None]:
    """Take a client out of a reseller's book, with their meters, what they owe and their consent. What they were sold
    stays.
    """
    rows = yield "client_forget", {"id": client_id, "customer": customer}
    for row in rows:
        yield "client_meters_forget", {"client_id": row["id"]}
        yield from debts.forget(row["id"])
        yield "invitation_end_made", {"client_id": row["id"]}
        yield "consent_end", {"client_id": row["id"], "now": now, "notified_at": now}


def move_all(customer: str, into: str) -> Script[None]:
    """Give a whole book to another account; a meter that is in both books stays the other's."""
    accounts = {"customer": customer, "into": into}
    yield "client_meters_join_known", accounts
    yield "client_meters_join", accounts
    yield "clients_join", accounts


def move(client_id: int, customer: str, into: str) -> Script[None]:
    """Give one client, with their meters, to another account."""
    yield "client_part", {"id": client_id, "customer": customer, "into": into}
    yield "client_meters_part", {"client_id": client_id, "customer": customer, "into": into}
