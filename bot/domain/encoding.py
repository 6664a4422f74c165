"""How values are kept and sent as JSON: `encode` and `decoder` are the only doors. What strangers send comes in by
`without_nul`.
"""

import re
from typing import Final, TypeVar

import msgspec

T = TypeVar("T")

# The escape of the character NUL; behind an odd number of backslashes it would be a backslash and five letters.
_NUL: Final = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")

encode = msgspec.json.encode


def decoder(of: type[T]) -> msgspec.json.Decoder[T]:
    """A prepared decoder; it raises msgspec.ValidationError when stored JSON is not what it was."""
    return msgspec.json.Decoder(of)


def without_nul(body: bytes) -> bytes:
    """JSON without the character NUL: no text column of a database takes it, and no sentence needs it."""
    return _NUL.sub(rb"\1", body) if b"\\u0000" in body else body
