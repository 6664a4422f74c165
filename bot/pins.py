"""PINs: how a reseller's PIN is hashed and checked.

Argon2 is slow on purpose (about 150 ms on two cores, and 64 MiB), so it runs in a thread, never inside a transaction,
and only a few at a time, so that no crowd of guesses takes the machine's memory. The library is loaded in that thread,
too, by the first PIN: most shops have none.
"""

import asyncio

from bot.domain.pin import Pin

AT_ONCE = 2


class Pins:
    """Hashes PINs and checks them, with the library's own parameters (RFC 9106, low memory)."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def hashed(self, pin: Pin) -> str:
        """What may be kept of a PIN: its hash, with its parameters and its salt."""
        async with self._turn:
            return await asyncio.to_thread(_hashed, pin)

    async def right(self, pin: Pin, pin_hash: str) -> bool:
        """Whether a PIN is the one that was hashed. Raises argon2's errors for what is no hash."""
        async with self._turn:
            return await asyncio.to_thread(_right, pin, pin_hash)


def _hashed(pin: Pin) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher().hash(pin.digits)


def _right(pin: Pin, pin_hash: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import VerifyMismatchError

    try:
        return PasswordHasher().verify(pin_hash, pin.digits)
    except VerifyMismatchError:
        return False
