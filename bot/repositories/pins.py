"""PINs of resellers, and of those who sell for them: hashes, the tries since the last right one, and the pauses after
wrong ones. Pure.
"""

from typing import Final

from msgspec import Struct

from bot.errors import StoreConflict
from bot.repositories.rows import reader
from bot.store import Script


class PinHolder(Struct, frozen=True):
    """Whose PIN it is: that of a reseller's account, or of one seller."""

    customer: str
    seller_id: int = 0


class PinLocks(Struct, frozen=True):
    """When the last pause of a PIN began, and when the one before it; 0: never."""

    before_at: int = 0
    last_at: int = 0


_locks: Final = reader(PinLocks)


def tries_of(holder: PinHolder) -> Script[int]:
    """How many PINs were tried since the last right one."""
    if holder.seller_id:
        rows = yield "seller_pin_tries", {"id": holder.seller_id}
    else:
        rows = yield "pin_tries", {"customer": holder.customer}
    return int(rows[0]["pin_tries"])


def locks_of(holder: PinHolder) -> Script[PinLocks]:
    """The pauses of a PIN."""
    if holder.seller_id:
        rows = yield "seller_pin_locks", {"id": holder.seller_id}
    else:
        rows = yield "pin_locks", {"customer": holder.customer}
    return _locks(rows[0]) if rows else PinLocks()


def count_try(holder: PinHolder, before: int, tries: int, locked_until: int) -> Script[None]:
    """Count one more PIN before it is checked: the counter goes from `before` to `tries`, and nobody may try another
    until `locked_until` (0: no pause). Raises StoreConflict when the counter moved meanwhile.
    """
    if holder.seller_id:
        counted = yield (
            "seller_pin_count",
            {"id": holder.seller_id, "before": before, "tries": tries, "locked_until": locked_until},
        )
    else:
        counted = yield (
            "pin_count",
            {"customer": holder.customer, "before": before, "tries": tries, "locked_until": locked_until},
        )
    if not counted:
        raise StoreConflict("a PIN's counter moved")


def note_lock(holder: PinHolder, now: int, *, for_good: bool) -> Script[None]:
    """Write down that a pause after wrong PINs begins; one that is `for_good` ends when the PIN is taken away."""
    blocked_at = now if for_good else None
    if holder.seller_id:
        yield "seller_pin_lock", {"id": holder.seller_id, "now": now, "blocked_at": blocked_at}
    else:
        yield "pin_lock", {"customer": holder.customer, "now": now, "blocked_at": blocked_at}


def forget_tries(holder: PinHolder) -> Script[None]:
    """The right PIN was typed: the counter and its pause begin anew."""
    if holder.seller_id:
        yield "seller_pin_forget_tries", {"id": holder.seller_id}
    else:
        yield "pin_forget_tries", {"customer": holder.customer}


def set_pin(holder: PinHolder, pin_hash: str | None) -> Script[None]:
    """Give somebody a PIN, or none. Its tries and pauses are forgotten."""
    if holder.seller_id:
        yield "seller_pin_save", {"id": holder.seller_id, "pin_hash": pin_hash}
        return
    yield "pin_save", {"customer": holder.customer, "pin_hash": pin_hash}
    yield from unlock(holder.customer)


def unlock(customer: str) -> Script[None]:
    """The pauses of a reseller's PIN are forgotten."""
    yield "pin_unlock", {"customer": customer}


def ask_from(customer: str, above_xof: int) -> Script[None]:
    """Ask for a reseller's PIN from this amount upwards; 0: for every sale. Their sellers' follow."""
    yield "pin_save_above", {"customer": customer, "above_xof": above_xof}
