"""PINs of resellers: wrong tries and pauses. Pure."""

from msgspec import Struct


class PinLocks(Struct, frozen=True):
    """When the last pause of the speaker's PIN began, and when the one before it; 0: never."""

    before_at: int = 0
    last_at: int = 0
