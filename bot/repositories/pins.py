"""PINs of resellers: their hashes, the tries since the last right one, and the pauses after wrong ones. Pure."""

from typing import Final

from msgspec import Struct

from bot.errors import StoreConflict
from bot.repositories.rows import reader
from bot.store import Script


class PinLocks(Struct, frozen=True):
    """When the last pause of an account's PIN began, and when the one before it; 0: never."""

    before_at: int = 0
    last_at: int = 0


_locks: Final = reader(PinLocks)


def tries_of(customer: str) -> Script[int]:
    """How many PINs a reseller's account tried since the last right one."""
    rows = yield "pin_tries", {"customer": customer}
    return int(rows[0]["pin_tries"])


def locks_of(customer: str) -> Script[PinLocks]:
    """The pauses of a reseller's account."""
    rows = yield "pin_locks", {"customer": customer}
    return _locks(rows[0]) if rows else PinLocks()


def count_try(customer: str, before: int, tries: int, locked_until: int) -> Script[None]:
    """Count one more PIN before it is checked: the counter goes from `before` to `tries`, and nobody may try another
    until `locked_until` (0: no pause). Raises StoreConflict when the counter moved meanwhile.
    """
    counted = yield (
        "pin_count",
        {"customer": customer, "before": before, "tries": tries, "locked_until": locked_until},
    )
    if not counted:
        raise StoreConflict("a PIN's counter moved")


def note_lock(customer: str, now: int, *, for_good: bool) -> Script[None]:
    """Write down that a pause after wrong PINs begins; one that is `for_good` ends when the PIN is taken away."""
    yield "pin_lock", {"customer": customer, "now": now, "blocked_at": now if for_good else None}


def forget_tries(customer: str) -> Script[None]:
    """The right PIN was typed: the counter and its pause begin anew."""
    yield "pin_forget_tries", {"customer": customer}


def set_pin(customer: str, pin_hash: str | None) -> Script[None]:
    """Give a reseller's account a PIN, or none. Its tries and pauses are forgotten."""
    yield "pin_save", {"customer": customer, "pin_hash": pin_hash}
    yield from unlock(customer)


def unlock(customer: str) -> Script[None]:
    """The pauses of an account's PIN are forgotten."""
    yield "pin_unlock", {"customer": customer}


def ask_from(customer: str, above_xof: int) -> Script[None]:
    """Ask for the PIN from this amount upwards; 0: for every sale."""
    yield "pin_save_above", {"customer": customer, "above_xof": above_xof}
