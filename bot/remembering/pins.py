"""A reseller's PIN: kept as a hash, tries counted before they are checked. Pure."""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.effects import Effect
from bot.dialogue.looks import Look
from bot.dialogue.reseller.pin_effects import (
    CountLock,
    CountPin,
    DropPin,
    ForgetTries,
    LookPinLocks,
    LookPinTries,
    SavePin,
    SavePinAbove,
)
from bot.errors import StoreConflict
from bot.repositories.accounts import customer_of
from bot.repositories.pins import PinLocks
from bot.store import Script
from bot.transactions.installation import Installation
from bot.transactions.unit import Unit


def _tries(look: LookPinTries, customer: str, installation: Installation) -> Script[int]:
    rows = yield "pin_tries", {"customer": customer}
    return int(rows[0]["pin_tries"]) if rows else 0


def _count(unit: Unit, effect: CountPin) -> Script[None]:
    counted = yield (
        "pin_count",
        {
            "customer": unit.customer,
            "before": effect.before,
            "tries": effect.tries,
            "locked_until": effect.locked_until,
        },
    )
    if not counted:
        raise StoreConflict("a PIN's counter moved")


def _locks(look: LookPinLocks, customer: str, installation: Installation) -> Script[PinLocks]:
    rows = yield "pin_locks", {"customer": customer}
    return PinLocks(rows[0]["before_at"], rows[0]["last_at"]) if rows else PinLocks()


def _count_lock(unit: Unit, effect: CountLock) -> Script[None]:
    barred_at = unit.now if effect.for_good else None
    yield "pin_lock", {"customer": unit.customer, "now": unit.now, "barred_at": barred_at}


def _forget_tries(unit: Unit, effect: ForgetTries) -> Script[None]:
    yield "pin_forget_tries", {"customer": unit.customer}


def _save(unit: Unit, effect: SavePin) -> Script[None]:
    yield "pin_save", {"customer": unit.customer, "pin_hash": effect.pin_hash}
    yield "pin_unlock", {"customer": unit.customer}


def _save_above(unit: Unit, effect: SavePinAbove) -> Script[None]:
    yield "pin_save_above", {"customer": unit.customer, "above_xof": effect.above_xof}


def _drop(unit: Unit, effect: DropPin) -> Script[None]:
    customer = yield from customer_of(str(effect.address))
    yield "pin_save", {"customer": customer, "pin_hash": None}
    yield "pin_unlock", {"customer": customer}


ANSWERS: Final[dict[type[Look], Callable[[Any, str, Installation], Script[Any]]]] = {
    LookPinTries: _tries,
    LookPinLocks: _locks,
}
DEEDS: Final[dict[type[Effect], Callable[[Unit, Any], Script[None]]]] = {
    CountPin: _count,
    CountLock: _count_lock,
    ForgetTries: _forget_tries,
    SavePin: _save,
    SavePinAbove: _save_above,
    DropPin: _drop,
}
