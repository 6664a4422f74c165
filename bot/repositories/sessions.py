"""Sessions as rows: whose account an address acts for, which language it reads, and whether it can be reached. Pure.

What is in a session is the dialogue's affair; here it is text.
"""

from msgspec import Struct

from bot.domain.people import Language
from bot.errors import StoreConflict
from bot.store import Row, Script


class Known(Struct, frozen=True):
    """What is known of an address that ever wrote or was credited: its account and its language."""

    customer: str
    language: Language


def known_at(address: str) -> Script[Known | None]:
    """What is known of an address; None for one that nobody knows."""
    rows = yield "session_load", {"address": address}
    return Known(str(rows[0]["customer"]), rows[0]["language"]) if rows else None


def body_at(address: str) -> Script[str | None]:
    """The session of an address as it is kept; None for one that nobody knows."""
    rows = yield "session_load", {"address": address}
    return str(rows[0]["body"]) if rows else None


def caller(address: str) -> Script[Row]:
    """Everything that is known of whoever speaks from an address, in one statement: this is the way of every word that
    anybody says. An address that nobody knows has a row without a version.
    """
    rows = yield "caller", {"address": address}
    return rows[0]


def add(
    address: str,
    customer: str,
    language: Language,
    body: str,
    now: int,
    inquiry_due_at: int | None = None,
    inquiry_owner: str | None = None,
) -> Script[None]:
    """Write the first session of an address. `inquiry_owner` is the process that begins to ask for its inquiry."""
    yield (
        "session_add",
        {
            "address": address,
            "customer": customer,
            "language": language,
            "body": body,
            "now": now,
            "inquiry_due_at": inquiry_due_at,
            "inquiry_owner": inquiry_owner,
        },
    )


def save(
    address: str,
    version: int,
    language: Language,
    body: str,
    now: int,
    inquiry_due_at: int | None = None,
    inquiry_owner: str | None = None,
) -> Script[None]:
    """Write a session back, by which its person can be reached again. `inquiry_owner` is the process that begins to ask
    for its inquiry; None where nobody begins to. Raises StoreConflict when it moved meanwhile.
    """
    rows = yield (
        "session_save",
        {
            "address": address,
            "version": version,
            "language": language,
            "body": body,
            "now": now,
            "inquiry_due_at": inquiry_due_at,
            "inquiry_owner": inquiry_owner,
        },
    )
    if not rows:
        raise StoreConflict("a session moved")


def reset(address: str, body: str, now: int) -> Script[None]:
    """Put another session in the place of one, whatever it was, which waits for no inquiry."""
    yield "session_reset", {"address": address, "body": body, "now": now}


def mark_unreachable(address: str, now: int) -> Script[None]:
    """The person cannot be reached now: what is kept for them goes out when they write."""
    yield "session_unreachable", {"address": address, "now": now}


def revive_at_next_message(address: str) -> Script[None]:
    """What is kept for the person goes out when they next write."""
    yield "session_reachable", {"address": address}
