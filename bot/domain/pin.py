"""A PIN in clear, as long as it must be held: it never prints itself. Pure."""

from typing import Final

DOTS: Final = "•••"


class Pin:
    """The digits that a person typed as their PIN."""

    __slots__ = ("digits",)

    def __init__(self, digits: str) -> None:
        self.digits = digits

    def __repr__(self) -> str:
        return f"Pin({DOTS})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pin) and self.digits == other.digits

    def __hash__(self) -> int:
        return hash(self.digits)

    def __reduce__(self) -> str:
        raise TypeError("a PIN is never written down")
