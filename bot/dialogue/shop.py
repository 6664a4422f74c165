"""What the dialogue knows of the shop it speaks for: the same for everybody, prepared once. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from bot.catalog import Catalog
from bot.i18n import Words
from bot.model import Language


class Shop(Struct, frozen=True):
    """What is sold and how long things last.

    `pay_in` is the admin's text, per language, that tells how money is added; without one the catalogs' own is used.
    A quote may be confirmed for `quote_seconds`, a session left for `session_seconds` starts afresh, and the same
    purchase within `twin_seconds` earns a warning. A message that was under way for longer than `stale_seconds` does
    nothing.
    """

    words: Words
    catalog: Catalog = Catalog()
    pay_in: Mapping[Language, str] = field(default_factory=dict)
    quote_seconds: int = 600
    session_seconds: int = 1800
    twin_seconds: int = 600
    stale_seconds: int = 900


def is_prepaid(service: str) -> bool:
    """Whether a service hands out recharge codes; that is the service's nature and no setting."""
    return service in _PREPAID


_PREPAID: frozenset[Any] = frozenset(service.name for service in Catalog() if service.prepaid)
