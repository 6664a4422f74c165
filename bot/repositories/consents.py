"""Consents of a reseller's clients to codes in their own chats, and the invitations that ask for them. Pure."""

from typing import Final

from msgspec import Struct

from bot.domain.people import Address, Language
from bot.errors import StoreConflict
from bot.repositories.clients import name_of
from bot.repositories.rows import all_of, reader
from bot.store import Script


class Consent(Struct, frozen=True):
    """A client's word that their codes may come to `address`, in `language`; taken back when `revoked`.

    `unread` says that their reseller has not read that yet. `reachable` is False while the address cannot be reached.
    """

    address: Address
    language: Language
    agreed_at: int
    revoked: bool = False
    unread: bool = False
    reachable: bool = True


class Invitation(Struct, frozen=True):
    """A code by which a client comes to be asked: `address` made it, who speaks `language`, for `client` in the book of
    `customer`.
    """

    id: int
    client_id: int
    client: str
    customer: str
    shop_name: str
    address: Address
    language: Language
    made_at: int
    expires_at: int
    state: str


class AgreedShop(Struct, frozen=True):
    """A shop from which codes come to a person; `client` is what they are called there."""

    shop_name: str
    client: str


_consent: Final = reader(Consent, address=Address.parse)
_invitation: Final = reader(Invitation, address=Address.parse)
_agreed_shop: Final = reader(AgreedShop)


def newest_of(customer: str, client_id: int) -> Script[Consent | None]:
    """The newest consent of a client in the book of `customer`, revoked or not; None for another's client."""
    rows = yield "consent_of_client", {"customer": customer, "client_id": client_id}
    return _consent(rows[0]) if rows else None


def agreed_by(customer: str) -> Script[tuple[AgreedShop, ...]]:
    """The shops that send a person codes, in any channel of theirs."""
    rows = yield "consents_of", {"customer": customer}
    return all_of(rows, _agreed_shop)


def revoke(customer: str, now: int) -> Script[None]:
    """A person takes back whatever they agreed to, in every channel of theirs."""
    yield "consents_end", {"customer": customer, "now": now}


def end(customer: str, client_id: int, now: int) -> Script[None]:
    """A reseller sends no more codes to a client's own chat; raises StoreConflict when they are not in the book."""
    yield from name_of(customer, client_id)
    yield "consent_end", {"client_id": client_id, "now": now, "notified_at": now}


def mark_revocation_read(client_id: int, now: int) -> Script[None]:
    """The reseller has read that a client revoked their consent."""
    yield "consent_notified", {"client_id": client_id, "now": now}


def invitation_of(code: str) -> Script[Invitation | None]:
    """The newest invitation of a code, whoever made it."""
    rows = yield "invitation_of_code", {"code": code}
    return _invitation(rows[0]) if rows else None


def invite(customer: str, client_id: int, code: str, address: Address, now: int, expires_at: int) -> Script[None]:
    """Keep a code by which a client is asked for their consent; an earlier one of the same client ends.

    `address` is the reseller's. Raises StoreConflict when the client is not in the reseller's book.
    """
    yield from name_of(customer, client_id)
    yield "invitation_end_made", {"client_id": client_id}
    yield (
        "invitation_add",
        {"code": code, "client_id": client_id, "address": str(address), "now": now, "expires_at": expires_at},
    )


def _end_invitation(invitation_id: int, state: str) -> Script[int]:
    rows = yield "invitation_end", {"id": invitation_id, "state": state}
    if not rows:
        raise StoreConflict(f"invitation {invitation_id} moved")
    return int(rows[0]["client_id"])


def agree(invitation_id: int, address: Address, now: int) -> Script[None]:
    """An invited client agrees: their codes come to `address` from now on, and to no other.

    Raises StoreConflict when the invitation was answered or replaced.
    """
    client_id = yield from _end_invitation(invitation_id, "agreed")
    yield "consent_end", {"client_id": client_id, "now": now, "notified_at": now}
    yield "consent_add", {"client_id": client_id, "address": str(address), "now": now}


def decline(invitation_id: int) -> Script[None]:
    """An invited client does not agree; raises StoreConflict when the invitation was answered or replaced."""
    yield from _end_invitation(invitation_id, "refused")
