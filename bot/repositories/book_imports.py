"""A client book that was sent as a file: what waits for its Confirm, and the book that it is held against. Pure."""

from collections import defaultdict
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.catalog import ServiceName
from bot.domain.encoding import decoder, encode
from bot.repositories.clients import Client, ClientMeter
from bot.repositories.rows import all_of, reader
from bot.store import Script


class BookRow(Struct, frozen=True):
    """A good line of the file, `number` in it: somebody, with a phone number and a meter as far as they stand there."""

    number: int
    name: str
    nickname: str = ""
    phone: str = ""
    service: ServiceName | None = None
    reference: str = ""


_read_rows: Final = decoder(tuple[BookRow, ...]).decode
_client: Final = reader(Client)
_meter: Final = reader(ClientMeter)


def keep(customer: str, import_id: str, rows: tuple[BookRow, ...], now: int) -> Script[None]:
    """Keep the lines that were read until they are confirmed; those of an earlier file go."""
    yield "book_import_keep", {"customer": customer, "id": import_id, "now": now, "body": encode(rows).decode()}


def waiting(customer: str, import_id: str) -> Script[tuple[BookRow, ...]]:
    """The lines of a file that wait for their Confirm; none where they do not (any more)."""
    rows = yield "book_import_load", {"customer": customer, "id": import_id}
    return _read_rows(rows[0]["body"]) if rows else ()


def drop(customer: str) -> Script[None]:
    """Nothing waits any more."""
    yield "book_import_drop", {"customer": customer}


def whole_book(customer: str) -> Script[tuple[Client, ...]]:
    """Every client of a reseller, with their meters."""
    found = all_of((yield "book_clients", {"customer": customer}), _client)
    meters: dict[int, list[ClientMeter]] = defaultdict(list)
    for row in (yield "book_meters", {"customer": customer}):
        meters[row["client_id"]].append(_meter(row))
    return tuple(replace(client, meters=tuple(meters[client.id])) for client in found)
