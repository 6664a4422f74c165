"""Who is there, and what is kept for them: sessions, names, meters, resellers and their clients, messages."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from msgspec.structs import replace

from bench.growth.orders import client_of
from bench.growth.scale import (
    DAY_MS,
    GREAT_RESELLER,
    HOUR_MS,
    OWNER,
    SECOND_OWNER,
    SMALL_RESELLERS,
    Scale,
    address_of,
    language_of,
    name_of,
    reference_of,
)
from bot.dialogue import Session
from bot.domain.encoding import encode
from bot.domain.outbound import Outbound

Rows: TypeAlias = Iterator[tuple[str | int | None, ...]]

RESELLERS = (GREAT_RESELLER, *SMALL_RESELLERS)
SAVED_SHARE_PERCENT = 60
INBOX_DAYS = 8

SESSION = (
    "INSERT INTO session (address, customer, language, body, version, updated_at, unreachable_at)"
    " VALUES (?, ?, ?, ?, 9, ?, ?)"
)
NAME = (
    "INSERT INTO address (channel, kind, value, first_seen_at, last_seen_at, chat, learnt_by)"
    " VALUES ('whatsapp', ?, ?, ?, ?, ?, 'message')"
)
METER = "INSERT INTO meter (customer, service, reference, holder, nickname, saved_at) VALUES (?, 'woyofal', ?, ?, ?, ?)"
RESELLER = (
    "INSERT INTO reseller (customer, shop_name, commissions, pin_above_xof, pin_tries, pin_locked_until, since_at)"
    " VALUES (?, ?, '{}', 0, 0, 0, ?)"
)
CLIENT = (
    "INSERT INTO client (id, customer, name, nickname, phone, found_by, added_at) VALUES (?, ?, ?, '', ?, ?, ?)"
)  # fmt: skip
CLIENT_METER = (
    "INSERT INTO client_meter (client_id, customer, service, reference, holder) VALUES (?, ?, 'woyofal', ?, ?)"
)
BATCH = (
    "INSERT INTO batch (id, customer, address, name, state, lines, made_at, started_at, ended_at, moved, progress_at,"
    " asked_at) VALUES (?, ?, ?, 'liste', 'done', ?, ?, ?, ?, 0, 0, 0)"
)
INBOX = "INSERT INTO inbox (key, handled_at, tries, seen_at) VALUES (?, ?, 0, ?)"
OUTBOX = (
    "INSERT INTO outbox (address, body, keep, created_at, due_at, attempts, given_up_at, message_ref, lease_owner,"
    " lease_until, lease, failures) VALUES (?, ?, 1, ?, ?, 1, ?, ?, ?, ?, 1, 0)"
)
# What is small whatever the shop's size.
REST = (
    "INSERT INTO batch_line (batch_id, line, order_id, written, reference, amount_xof, name, holder, client_id, fault,"
    " state, asked, tries) SELECT batch_id, line, id, reference || ';' || amount_xof, reference, amount_xof, client,"
    " holder, client_id, '', 'good', 1, 0 FROM orders WHERE batch_id IS NOT NULL",
    "INSERT INTO chore (name, day, summary) SELECT column1, date((:now - 86400000) / 1000, 'unixepoch'), ''"
    " FROM (VALUES ('audit'), ('report'))",
    "INSERT INTO allowance (customer, what, arrival_ms, quick_ms, shut_until, at)"
    " SELECT customer, 'inquiry', max(confirmed_at), max(confirmed_at), 0, max(confirmed_at) FROM orders"
    " WHERE confirmed_at > :now - 86400000 GROUP BY customer",
    "INSERT INTO consent (client_id, address, agreed_at) SELECT id, 'whatsapp:' || phone, added_at FROM client"
    " WHERE id % 9 = 0",
)


def sessions(scale: Scale) -> Rows:
    """One of a thousand is gone for good; each has written last at some time of the year."""
    resting = Session(language="fr", step=9, updated_at=1, asked_at=1, greeted=True)
    bodies = {language: encode(replace(resting, language=language)).decode() for language in ("fr", "en")}
    for person in range(scale.people):
        address, language = address_of(person), language_of(person)
        at = scale.now - person * 7_919 % (365 * 86_400) * 1000
        gone_at = at if person % 1_000 == 999 else None
        yield address, address, language, bodies[language], at, gone_at
    for address in (OWNER, SECOND_OWNER):
        yield address, address, "fr", bodies["fr"], scale.now, None


def names(scale: Scale) -> Rows:
    """WhatsApp knows a person by a number and by an id."""
    for person in range(scale.people):
        chat = address_of(person)
        if chat.startswith("whatsapp:"):
            yield "number", chat.removeprefix("whatsapp:"), scale.begin, scale.now - DAY_MS, chat
            yield "user_id", f"SN.{person:020}", scale.begin, scale.now - DAY_MS, chat


def meters(scale: Scale) -> Rows:
    """More than half of all people have saved one."""
    for person in range(scale.people):
        if person % 100 < SAVED_SHARE_PERCENT:
            holder = name_of(person)
            yield address_of(person), reference_of(person, "woyofal"), holder, holder.split()[0], scale.begin


def resellers(scale: Scale) -> Rows:
    for reseller in RESELLERS:
        yield address_of(reseller), f"Boutique {reseller}", scale.begin


def clients(scale: Scale) -> Rows:
    for reseller in RESELLERS:
        for own in range(scale.clients):
            name, phone = name_of(client_of(reseller, own)), f"22176{reseller:03}{own:04}"
            reference = reference_of(client_of(reseller, own), "woyofal")
            number = (reseller - GREAT_RESELLER) * scale.clients + own + 1
            yield number, address_of(reseller), name, phone, f"{name.lower()} {phone} {reference}", scale.begin


def client_meters(scale: Scale) -> Rows:
    for reseller in RESELLERS:
        for own in range(scale.clients):
            client = client_of(reseller, own)
            number = (reseller - GREAT_RESELLER) * scale.clients + own + 1
            yield number, address_of(reseller), reference_of(client, "woyofal"), name_of(client)


def batches(scale: Scale, made: Iterable[tuple[str, int, int]]) -> Rows:
    """The reseller's lists that are still kept; orders keep the name of one that is gone."""
    owner = address_of(GREAT_RESELLER)
    for batch_id, at, lines in made:
        yield batch_id, owner, owner, lines, at, at, at + HOUR_MS


def inbox(scale: Scale) -> Rows:
    """Every update of the last days."""
    count = scale.inbox_a_day * INBOX_DAYS
    for number in range(count):
        at = scale.now - INBOX_DAYS * DAY_MS + number * INBOX_DAYS * DAY_MS // count
        yield f"telegram:update:{400_000_000 + number}", at, at


def outbox(scale: Scale) -> Rows:
    """News that waits for people who have not written since, from the whole year; one of a hundred is being sent."""
    for number in range(scale.kept_messages):
        person = 100 + number * 13 % (scale.people - 100) if scale.people > 200 else number % scale.people
        at = scale.begin + number * (scale.now - scale.begin) // scale.kept_messages
        body = encode(
            Outbound(f"✅ <b>Woyofal</b>\nCompteur : {reference_of(person, 'woyofal')}\n" + "…" * 200, durable=True)
        ).decode()
        if number % 100 != 50:
            ref = f"wamid.{number:030}" if number % 3 == 0 else None
            yield address_of(person), body, at, at, at, ref, None, None
        else:
            yield address_of(person), body, scale.now - 5_000, scale.now - 5_000, None, None, "an earlier process", at
