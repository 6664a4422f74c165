"""What the questions about sellers are about: what a session keeps of them, and what waits for a PIN. Pure."""

from msgspec import Struct


class BecomingSeller(Struct, frozen=True, tag="becoming_seller"):
    """The code of the shop that somebody would sell for."""

    code: str


class OneSeller(Struct, frozen=True, tag="seller"):
    """One of a shop's sellers."""

    seller_id: int


class AdmitSeller(Struct, frozen=True, tag="admit_seller"):
    """Whoever typed the code sells for the shop."""

    code: str


class RaiseSellerLimit(Struct, frozen=True, tag="raise_seller_limit"):
    """Clients may hand more over to a seller in a day: so many francs."""

    seller_id: int
    day_limit_xof: int
