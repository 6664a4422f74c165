"""Ids of orders and inquiries, from the chance that the system gives."""

import secrets
from collections.abc import Iterator
from struct import iter_unpack

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID_BITS = 60
_ASKED_AT_ONCE = 256


def _chance() -> Iterator[int]:
    """Numbers of 64 bits that nobody can foresee. The system is asked for many at once: every word that anybody says
    takes two, and a call of the system costs more than the rest of making an id.
    """
    while True:
        for (number,) in iter_unpack("Q", secrets.token_bytes(_ASKED_AT_ONCE * 8)):
            yield number


_numbers = _chance()


def fresh_id() -> str:
    """A new id for an order or an inquiry: 12 letters that are not mistaken for one another when read aloud."""
    bits = next(_numbers)
    return "".join(_CROCKFORD[bits >> shift & 31] for shift in range(0, _ID_BITS, 5))
