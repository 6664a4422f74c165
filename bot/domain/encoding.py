"""How values are kept and sent as JSON: `encode` and `decoder` are the only doors."""

from typing import TypeVar

import msgspec

T = TypeVar("T")

encode = msgspec.json.encode


def decoder(of: type[T]) -> msgspec.json.Decoder[T]:
    """A prepared decoder; it raises msgspec.ValidationError when stored JSON is not what it was."""
    return msgspec.json.Decoder(of)
