"""What a person is: their role, their terms as a reseller, and what the shop rules are now. Pure."""

from collections.abc import Mapping

from msgspec import Struct, field

from bot.domain.catalog import Commission, ServiceName
from bot.store import Script


class Terms(Struct, frozen=True):
    """What a reseller works under. `commissions` are their own; a service that is not among them earns the shop's.

    `day_limit_xof` is the most that may leave their balance in a day, None for no limit. With a PIN, a sale or batch of
    `pin_above_xof` or more (what leaves their balance) asks for it; `pin_locked_until` ends a pause after wrong ones,
    and a `pin_blocked` one is of no use until an admin takes it away.
    """

    shop_name: str = ""
    commissions: Mapping[ServiceName, Commission] = field(default_factory=dict)
    day_limit_xof: int | None = None
    pin_hash: str | None = None
    pin_above_xof: int = 0
    pin_locked_until: int = 0
    pin_blocked: bool = False


def shop_name_of(customer: str) -> Script[str]:
    """What a reseller's shop is called; empty for everybody else."""
    rows = yield "shop_name_of", {"customer": customer}
    return str(rows[0]["shop_name"]) if rows else ""
