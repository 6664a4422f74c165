"""Digits that a person typed as a secret, as long as they must be held in clear: they never print themselves. Pure."""

from typing import Final

DOTS: Final = "•••"
# A PIN at every small sale is soon given up: unless somebody says otherwise a first one is asked for from here on.
DEFAULT_ABOVE_XOF: Final = 10_000


class HiddenDigits:
    """Digits that nothing prints, logs or encodes by mistake."""

    __slots__ = ("digits",)

    def __init__(self, digits: str) -> None:
        self.digits = digits

    def __repr__(self) -> str:
        return f"{type(self).__name__}({DOTS})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HiddenDigits) and type(self) is type(other) and self.digits == other.digits

    def __hash__(self) -> int:
        return hash(self.digits)

    def __reduce__(self) -> str:
        raise TypeError("secret digits are never written down")


class Pin(HiddenDigits):
    """A reseller's PIN."""

    __slots__ = ()


class PayerCode(HiddenDigits):
    """The code that a payer was sent by whom they pay with, for one payment."""

    __slots__ = ()
