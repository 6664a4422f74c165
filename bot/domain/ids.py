"""Ids that follow from another: the same whenever they are asked for, and ids like any other. Pure."""

import hashlib
from typing import Final

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def derived_id(first: str, number: int) -> str:
    """The id of the `number`th order that follows from one id, of a list or of an offer of several bills."""
    bits = int.from_bytes(hashlib.sha256(f"{first}:{number}".encode()).digest()[:8])
    return "".join(_CROCKFORD[bits >> shift & 31] for shift in range(55, -1, -5))
