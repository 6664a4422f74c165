"""What a question about the PIN is about until it is answered (see `pending`). Pure."""

from msgspec import Struct

from bot.domain.pin import DOTS


class ChangePin(Struct, frozen=True, tag="change_pin"):
    """Another PIN."""


class GiveUpPin(Struct, frozen=True, tag="give_up_pin"):
    """No PIN any more."""


class ChangePinAbove(Struct, frozen=True, tag="change_pin_above"):
    """The PIN is asked from another amount on, in francs."""

    above_xof: int


class NewPin(Struct, frozen=True, tag="new_pin"):
    """A new PIN is to be typed. `old_hash` is that of the PIN that it takes the place of, None for no PIN; `nonce` is
    that of the hash that was asked for.
    """

    old_hash: str | None
    nonce: str | None = None

    def __repr__(self) -> str:
        return f"NewPin({DOTS})"


class RepeatPin(Struct, frozen=True, tag="repeat_pin"):
    """A new PIN is to be typed again. `new_hash` is that of the one typed first; `nonce` is that of the check that is
    under way.
    """

    old_hash: str | None
    new_hash: str
    nonce: str | None = None

    def __repr__(self) -> str:
        return f"RepeatPin({DOTS})"
