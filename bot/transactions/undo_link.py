"""A link is undone within a day: everybody has again what was theirs. Pure.

Theory of operation. What a link joins to an account is written down with it: who was on either side, and what the other
account brought. Undone, its addresses leave, and with them go its orders, meters and clients, and its money: what it
brought, less what its own addresses have spent since, plus what came back of their orders. That is taken from the
account as far as it is there; so undoing gives nobody more than they brought, and takes from nobody what they brought
themselves. Whatever was paid in meanwhile stays with the account. Where something is missing, admins are told.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from bot.domain.ledger import customer_account, transfer
from bot.domain.model import Address, Outbound, decoder, encode
from bot.errors import StoreConflict
from bot.i18n import Voice
from bot.notices.accounts import MAX_ALL_WRONG, TRIES_SECONDS, missing, too_many_tries
from bot.repositories.accounts import Undo, customer_of
from bot.repositories.money import available_of, post
from bot.repositories.outbox import OutboxMessage, say
from bot.store import Script
from bot.transactions.installation import Installation
from bot.transactions.people import admins_of

UNDO_MS: Final = 86_400_000


class Addresses(Struct, frozen=True):
    """Who was on either side of a link: of the account that stayed, and of the one that was joined to it."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]


class Meter(Struct, frozen=True):
    """A saved meter. `moved` says that the account did not have it already."""

    service: str
    reference: str
    holder: str
    nickname: str
    moved: bool


class Brought(Struct, frozen=True):
    """What an account brought besides money."""

    orders: tuple[str, ...] = ()
    meters: tuple[Meter, ...] = ()
    clients: tuple[int, ...] = ()


_addresses = decoder(Addresses).decode
_brought = decoder(Brought).decode


def write_down_link(link_id: int, now: int) -> Script[None]:
    """Before a link joins two accounts: what each of them is."""
    rows = yield "link_asked", {"id": link_id}
    for row in rows:
        into = yield from customer_of(row["address"])
        customer = yield from customer_of(row["other"])
        if into != customer:
            yield from _write_down(link_id, customer, into, now)


def _write_down(link_id: int, customer: str, into: str, now: int) -> Script[None]:
    ours = yield "account_members", {"customer": into}
    theirs = yield "account_members", {"customer": customer}
    orders = yield "order_ids_of", {"customer": customer}
    meters = yield "meters_brought", {"customer": customer, "into": into}
    clients = yield "client_ids_of", {"customer": customer}
    balance_xof = yield from available_of(customer)
    brought = Brought(
        tuple(row["id"] for row in orders),
        tuple(
            Meter(row["service"], row["reference"], row["holder"], row["nickname"], not row["known"]) for row in meters
        ),
        tuple(int(row["id"]) for row in clients),
    )
    yield (
        "link_undo_add",
        {
            "link_id": link_id,
            "account": into,
            "customer": customer,
            "addresses": encode(
                Addresses(tuple(row["address"] for row in ours), tuple(row["address"] for row in theirs))
            ).decode(),
            "brought": encode(brought).decode(),
            "brought_xof": balance_xof,
            "now": now,
        },
    )


def undo_of(address: str, now: int) -> Script[Undo | None]:
    """The newest link of the last day in which an address took part, and what undoing it would do now."""
    rows = yield "link_undo_of", {"address": address, "since": now - UNDO_MS, "now": now}
    if not rows:
        return None
    row = rows[0]
    who = _addresses(row["addresses"])
    account = yield from customer_of(row["account"])
    frozen = yield "standing", {"address": account, "customer": account}
    sums = yield (
        "link_undo_since",
        {
            "account": customer_account(row["account"]),
            "now_account": customer_account(account),
            "since": row["joined_at"],
            "orders": row["brought"],
            "theirs": encode(who.theirs).decode(),
        },
    )
    due_xof = max(0, int(row["brought_xof"]) + int(sums[0]["moved_xof"]))
    there_xof = max(0, (yield from available_of(account)))
    return Undo(
        link_id=int(row["link_id"]),
        ours=tuple(map(Address.parse, who.ours)),
        theirs=tuple(map(Address.parse, who.theirs)),
        back_xof=min(due_xof, there_xof),
        missing_xof=max(0, due_xof - there_xof),
        until=int(row["joined_at"]) + UNDO_MS,
        frozen=frozen[0]["frozen_at"] is not None,
    )


def undo(installation: Installation, address: Address, link_id: int, now: int) -> Script[list[OutboxMessage]]:
    """Part what a link joined; raises StoreConflict when it was undone, or is not the newest any more."""
    found = yield from undo_of(str(address), now)
    rows = yield "link_undo_end", {"link_id": link_id, "now": now, "by": str(address)}
    if not rows or found is None or found.link_id != link_id:
        raise StoreConflict(f"link {link_id} was undone")
    row = rows[0]
    account = yield from customer_of(row["account"])
    customer, brought = str(row["customer"]), _brought(row["brought"])
    theirs = encode(_addresses(row["addresses"]).theirs).decode()
    yield "sessions_part_again", {"account": account, "customer": customer, "theirs": theirs, "me": str(address)}
    # They may have joined another account meanwhile: what is theirs follows them.
    into = yield from customer_of(customer)
    if into == account:
        raise StoreConflict(f"link {link_id} cannot be parted")
    yield (
        "orders_part",
        {"account": account, "into": into, "orders": row["brought"], "theirs": theirs, "since": row["joined_at"]},
    )
    yield "batches_part", {"account": account, "into": into, "theirs": theirs}
    for meter in brought.meters:
        of = {"service": meter.service, "reference": meter.reference}
        if meter.moved:
            yield "meter_part", of | {"customer": account}
        yield (
            "meter_save",
            of | {"customer": into, "holder": meter.holder, "nickname": meter.nickname, "now": now},
        )
    for client_id in brought.clients:
        yield "client_part", {"id": client_id, "customer": account, "into": into}
        yield "client_meters_part", {"client_id": client_id, "customer": account, "into": into}
    if found.back_xof:
        yield from post(
            transfer(
                f"undo:{link_id}",
                (customer_account(account), -found.back_xof),
                (customer_account(into), found.back_xof),
            ),
            now,
            installation.default_credit_limit_xof,
        )
    # Entries keep the account that they were written for: each of the two may hold some of the other's.
    yield "joined_add", {"customer": account, "into": into, "now": now}
    if not found.missing_xof:
        return []
    return (
        yield from tell_admins(
            installation, lambda voice: missing(voice, row["account"], customer, found.missing_xof), now
        )
    )


def tell_admins(installation: Installation, make: Callable[[Voice], Outbound], now: int) -> Script[list[OutboxMessage]]:
    """Admins who can act read of it, each in their language."""
    posted = []
    for admin, role in (yield from admins_of(installation)).items():
        if role == "support":
            continue
        rows = yield "session_load", {"address": str(admin)}
        voice = installation.shop.words[rows[0]["language"] if rows else "fr"]
        posted.append((yield from say(str(admin), make(voice), installation.owner, now)))
    return posted


def watch_tries(installation: Installation, address: Address, now: int) -> Script[list[OutboxMessage]]:
    """Everybody together types too many wrong codes: linking pauses for a while, and admins are told once an hour."""
    since = now - TRIES_SECONDS * 1000
    rows = yield "link_tries", {"address": str(address), "since": since, "now": now}
    if int(rows[0]["all_wrong"]) < MAX_ALL_WRONG:
        return []
    if not (yield "alert_gate", {"kind": "link_tries", "now": now, "before": since}):
        return []
    return (yield from tell_admins(installation, lambda voice: too_many_tries(voice, MAX_ALL_WRONG), now))
