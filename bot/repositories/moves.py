"""Accounts that go to another address, because a telephone was lost. Pure."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from bot.domain.people import Address
from bot.errors import StoreConflict
from bot.repositories import pins
from bot.repositories.rows import all_of, reader
from bot.store import Script

MOST_LISTED: Final = 20
MoveEnd: TypeAlias = Literal["moved", "stopped", "impossible"]


class AccountMove(Struct, frozen=True):
    """The account `customer`, which was that of `address` when two admins agreed, goes to `into_address` at `due_at`.
    `approved_by` is empty where there was nobody else.
    """

    id: int
    address: Address
    customer: str
    into_address: Address
    asked_by: Address
    approved_by: str
    asked_at: int
    due_at: int


_move: Final = reader(AccountMove, address=Address.parse, into_address=Address.parse, asked_by=Address.parse)


def begin(
    address: Address, customer: str, into: Address, asked_by: str, approved_by: str, now: int, due_at: int
) -> Script[None]:
    """Write down that an account is about to go to another address. Raises StoreConflict where either waits for another
    move.
    """
    rows = yield (
        "account_move_add",
        {
            "address": str(address),
            "customer": customer,
            "into": str(into),
            "asked_by": asked_by,
            "approved_by": approved_by,
            "now": now,
            "due_at": due_at,
        },
    )
    if not rows:
        raise StoreConflict(f"another move of {address} waits")


def waiting() -> Script[tuple[AccountMove, ...]]:
    """Those that wait, the next one first."""
    rows = yield "account_moves_waiting", {"count": MOST_LISTED}
    return all_of(rows, _move)


def waiting_of(customer: str, address: str) -> Script[AccountMove | None]:
    """The one that waits, of an account or to an address; None where there is none."""
    rows = yield "account_move_of", {"customer": customer, "address": address}
    return _move(rows[0]) if rows else None


def end(move_id: int, state: MoveEnd, by: str | None, now: int) -> Script[None]:
    """A move that waits is over, once. Raises StoreConflict where it was over before."""
    if not (yield "account_move_end", {"id": move_id, "state": state, "by": by, "now": now}):
        raise StoreConflict(f"move {move_id} is over")


def take_standing(customer: str, into: str, now: int) -> Script[None]:
    """What an account is goes to another one, which has none of it: its limit, its pause, its terms as a reseller
    without the PIN, and with whom it was ever joined.
    """
    both = {"customer": customer, "into": into}
    yield "move_credit_limit", both
    yield "move_frozen", both
    yield "move_reseller", both
    yield from pins.unlock(customer)
    yield "move_joined", {"customer": customer, "into": into, "now": now}
