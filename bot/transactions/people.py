"""What a person is and what the shop's rules are now: read with every event. Pure."""

from typing import Final, get_args

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.encoding import encode
from bot.domain.people import Address, Language, Role
from bot.domain.pin import DEFAULT_ABOVE_XOF
from bot.languages import DEFAULT
from bot.repositories import identities, people, sessions
from bot.repositories.accounts import members_of
from bot.repositories.acts import Admin, Standing
from bot.repositories.money import balance_of
from bot.repositories.people import Selling, Terms, read_commissions
from bot.repositories.rules import rules_now
from bot.shop import ShopSettings, under_rules
from bot.store import Row, Script
from bot.transactions.installation import Installation

# From the lowest role to the highest.
_ROLES: Final[tuple[Role, ...]] = get_args(Role)


def standing_of(
    address: Address, customer: str, installation: Installation
) -> Script[tuple[Role | None, Terms | None, bool]]:
    """An address's role, its customer's terms as a reseller, and whether that customer is paused."""
    row = yield from people.standing_row(str(address), customer)
    role, terms, frozen = standing_in(row, address, installation)
    if row["reach"] is not None and not frozen:
        role = yield from role_by_name(address, role, installation)
    return role, terms, frozen


def standing_in(row: Row, address: Address, installation: Installation) -> tuple[Role | None, Terms | None, bool]:
    """The same from a row that tells it."""
    # Whoever is paused is no admin meanwhile, whatever gave the role and whoever paused the account.
    frozen = row["frozen_at"] is not None
    role: Role | None = None if frozen else "owner" if address in installation.admins else row["role"]
    terms = None
    if row["shop_name"] is not None:
        terms = Terms(
            row["shop_name"],
            read_commissions(row["commissions"]),
            row["day_limit_xof"],
            row["pin_hash"],
            row["pin_above_xof"],
            row["pin_locked_until"],
            row["pin_blocked_at"] is not None,
        )
    return role, terms, frozen


class Speaker(Struct, frozen=True):
    """What whoever speaks is: an admin's role, the terms of a reseller, or those of a seller; and whether an admin has
    paused their own account.
    """

    role: Role | None
    reseller: Terms | None
    selling: Selling | None
    frozen: bool


def speaker_in(row: Row, address: Address, installation: Installation) -> Script[Speaker]:
    """What the row of whoever speaks (`caller`) tells of them."""
    role, terms, frozen = standing_in(row, address, installation)
    if row["reach"] is not None and not frozen:
        role = yield from role_by_name(address, role, installation)
    if row["seller_id"] is None:
        return Speaker(role, terms, None, frozen)
    # The terms of the row are the shop's. An admin sells for nobody.
    selling = None if terms is None or role is not None else _selling_in(row, terms)
    return Speaker(role, None, selling, frozen)


def _selling_in(row: Row, shop: Terms) -> Selling:
    terms = replace(
        shop,
        pin_hash=row["seller_pin_hash"],
        pin_above_xof=DEFAULT_ABOVE_XOF if shop.pin_hash is None else shop.pin_above_xof,
        pin_locked_until=row["seller_pin_locked_until"],
        pin_blocked=row["seller_pin_blocked_at"] is not None,
    )
    return Selling(
        row["seller_id"],
        row["seller_shop"],
        row["seller_name"],
        row["seller_day_limit_xof"],
        terms,
        shows_balance=bool(row["seller_shows_balance"]),
        paused=row["seller_paused_at"] is not None,
        closed=row["shop_frozen_at"] is not None,
    )


def role_by_name(address: Address, role: Role | None, installation: Installation) -> Script[Role | None]:
    """The role of an address whom its channel knows by several names: the settings may name an owner by any of them,
    unless somebody else was ever called so. A number that was sold again makes nobody an owner.
    """
    if role != "owner":
        for admin in installation.admins:
            if admin.channel == address.channel and (yield from chat_of_admin(admin)) == address:
                return "owner"
    return role


def chat_of_admin(admin: Address) -> Script[Address | None]:
    """Where an admin of the settings is reached: the chat of that address, else the only one that was ever called so;
    None where it was several people's.
    """
    chats = yield from identities.chats_called(admin)
    if not chats or admin in chats:
        return admin
    return chats[0] if len(chats) == 1 else None


def shop_now(installation: Installation) -> Script[ShopSettings]:
    """The shop under the rules that hold in this transaction."""
    rules = yield from rules_now()
    if not rules:
        return installation.shop
    known = installation.ruled.get("shop")
    if known is None or known[0] != rules:
        # Both in one step: readings beside the transactions come here, too.
        installation.ruled["shop"] = known = (rules, under_rules(installation.shop, rules))
    shop: ShopSettings = known[1]
    return shop


class Named(Struct, frozen=True):
    """An admin as the books have them: the role, when it was given in a chat or that the settings give it, and whether
    the account is paused.
    """

    role: Role
    named_at: int = 0
    fixed: bool = False
    frozen: bool = False


def named_admins(installation: Installation) -> Script[dict[Address, Named]]:
    """Every admin, the paused ones too; those of the settings are owners."""
    named = {one.address: Named(one.role, one.named_at) for one in (yield from people.admins())}
    for admin in installation.admins:
        if (chat := (yield from chat_of_admin(admin))) is not None:
            named[chat] = Named("owner", fixed=True)
    for address, one in named.items():
        if (yield from people.is_frozen_at(str(address))):
            named[address] = replace(one, frozen=True)
    return named


def named_owners() -> Script[tuple[str, ...]]:
    """The addresses that were named owners in a chat."""
    return tuple(str(one.address) for one in (yield from people.admins()) if one.role == "owner")


def admins_of(installation: Installation) -> Script[dict[Address, Role]]:
    """Every admin with the role that they have now: a paused one has none."""
    named = yield from named_admins(installation)
    return {address: one.role for address, one in named.items() if not one.frozen}


def make_known(address: Address, language: Language, now: int) -> Script[str]:
    """The customer behind an address; one who has not written yet gets an empty session. `language` is only in which
    they are written to until they say something themselves.
    """
    known = yield from sessions.known_at(str(address))
    if known is not None:
        return known.customer
    yield from sessions.add(str(address), str(address), language, encode({"language": language}).decode(), now)
    return str(address)


def standing_at(address: Address, installation: Installation) -> Script[Standing]:
    """What the person behind an address is, and what their account has."""
    known = yield from sessions.known_at(str(address))
    customer = str(address) if known is None else known.customer
    role, reseller, frozen = yield from standing_of(address, customer, installation)
    members = yield from members_of(customer)
    balance = yield from balance_of(customer, installation.default_credit_limit_xof)
    return Standing(customer, known is not None, members, balance, role, reseller, frozen)


def admins_with_accounts(installation: Installation) -> Script[tuple[Admin, ...]]:
    """Every admin, the paused ones too, owners first."""
    admins = []
    for address, named in (yield from named_admins(installation)).items():
        known = yield from sessions.known_at(str(address))
        customer, language = (str(address), DEFAULT) if known is None else (known.customer, known.language)
        admins.append(Admin(address, named.role, customer, language, named.fixed, named.named_at, named.frozen))
    return tuple(sorted(admins, key=lambda admin: (-_ROLES.index(admin.role), str(admin.address))))
