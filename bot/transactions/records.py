"""Somebody's account as an admin reads it. Pure."""

from msgspec import Struct

from bot.domain.order import Order
from bot.domain.people import Address, Role
from bot.repositories.accounts import Member, customer_of, members_of, size_of
from bot.repositories.consents import agreed_by
from bot.repositories.finding import known_of
from bot.repositories.identities import called_now
from bot.repositories.money import Balance, Movement, balance_of, movements_of
from bot.repositories.orders import page_of
from bot.repositories.people import Terms
from bot.repositories.person_names import Called, called_as
from bot.store import Script
from bot.transactions.installation import Installation
from bot.transactions.people import named_admins, standing_of

# So many of the last orders and movements.
MOST_SHOWN = 5


class PersonRecord(Struct, frozen=True):
    """Somebody's account as an admin sees it.

    `since_at` is the first thing known of it; `roles` are the admins among its addresses; `reseller` with
    `reseller_since_at` when they sell; `frozen_at` when they may buy nothing. `agreed` are the shops whose codes come
    to them because they agreed to it. `names` are what the channels call those addresses now, `called` what
    their people are called.
    """

    customer: str
    members: tuple[Member, ...]
    balance: Balance
    orders: int
    meters: int
    since_at: int | None = None
    roles: tuple[tuple[Address, Role], ...] = ()
    reseller: Terms | None = None
    reseller_since_at: int = 0
    frozen_at: int | None = None
    movements: tuple[Movement, ...] = ()
    last_orders: tuple[Order, ...] = ()
    agreed: tuple[str, ...] = ()
    names: tuple[tuple[Address, tuple[str, ...]], ...] = ()
    called: tuple[Called, ...] = ()


def record_of(address: Address, installation: Installation) -> Script[PersonRecord | None]:
    """Whoever is behind an address; None for one that never wrote or held money."""
    owner = yield from customer_of(str(address))
    members = yield from members_of(owner)
    if not members:
        return None
    known = yield from known_of(owner)
    admins = yield from named_admins(installation)
    _, reseller, _ = yield from standing_of(address, owner, installation)
    orders, meters = yield from size_of(owner)
    balance = yield from balance_of(owner, installation.default_credit_limit_xof)
    movements = yield from movements_of(owner, MOST_SHOWN)
    page = yield from page_of(owner, 0, MOST_SHOWN)
    agreed = yield from agreed_by(owner)
    names, called = [], []
    for member in members:
        if own := (yield from called_now(member.address)):
            names.append((member.address, own))
        called.append((yield from called_as(member.address)))
    return PersonRecord(
        owner,
        members,
        balance,
        orders,
        meters,
        since_at=known.since_at,
        roles=tuple((member.address, admins[member.address].role) for member in members if member.address in admins),
        reseller=reseller,
        reseller_since_at=known.reseller_since_at or 0,
        frozen_at=known.frozen_at,
        movements=movements,
        last_orders=page.orders,
        agreed=tuple(shop.shop_name for shop in agreed),
        names=tuple(names),
        called=tuple(called),
    )
