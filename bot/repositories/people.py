"""What a person is: their role, their terms as a reseller, and what the shop rules are now. Pure."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from bot.domain.catalog import Commission, ServiceName
from bot.domain.encoding import decoder
from bot.domain.people import Address, Role
from bot.repositories.rows import all_of, reader
from bot.store import Row, Script

read_commissions: Final = decoder(dict[ServiceName, Commission]).decode


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


class Selling(Struct, frozen=True):
    """Under what somebody sells for a reseller's `shop`, whose account is charged, as the seller of that `id`.

    Clients may hand `day_limit_xof` over to them in a day. `terms` are the shop's, but for the PIN, which is their own.
    One that is `paused` sells nothing, nor does anybody while an admin has `closed` the shop by pausing its account.
    """

    id: int
    shop: str
    name: str
    day_limit_xof: int
    terms: Terms
    shows_balance: bool = False
    paused: bool = False
    closed: bool = False


def shop_name_of(customer: str) -> Script[str]:
    """What a reseller's shop is called; empty for everybody else."""
    rows = yield "shop_name_of", {"customer": customer}
    return str(rows[0]["shop_name"]) if rows else ""


def standing_row(address: str, customer: str) -> Script[Row]:
    """The row that tells what an address and its account are; `caller` has the same columns."""
    return (yield "standing", {"address": address, "customer": customer})[0]


def freeze(customer: str, now: int) -> Script[bool]:
    """Pause an account; False where it was paused already."""
    return bool((yield "frozen_now", {"customer": customer, "now": now}))


def unfreeze(customer: str) -> Script[None]:
    """Let a paused account buy again."""
    yield "unfreeze", {"customer": customer}


def frozen_since(customer: str) -> Script[int | None]:
    """Since when an account is paused; None where it is not."""
    rows = yield "standing", {"address": customer, "customer": customer}
    at: int | None = rows[0]["frozen_at"]
    return at


def is_frozen_at(address: str) -> Script[bool]:
    """Whether the account behind an address is paused."""
    return bool((yield "address_frozen", {"address": address}))


class NamedAdmin(Struct, frozen=True):
    """An admin who was given a role in a chat, and when."""

    address: Address
    role: Role
    named_at: int


_admin: Final = reader(NamedAdmin, address=Address.parse)


def admins() -> Script[tuple[NamedAdmin, ...]]:
    """Every admin who was named in a chat."""
    return all_of((yield "admins", {}), _admin)


def name_admin(address: str, role: Role, by: str, now: int) -> Script[None]:
    """Give an address a role."""
    yield "admin_name", {"address": address, "role": role, "by": by, "now": now}


def remove_admin(address: str) -> Script[None]:
    """Take an address's role away."""
    yield "admin_remove", {"address": address}
