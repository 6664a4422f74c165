"""What a person is and what the shop's rules are now: read with every event. Pure."""

from bot.catalog import Commission
from bot.dialogue.session import Terms
from bot.dialogue.shop import Shop, under_rules
from bot.model import Address, Role, ServiceName, decoder
from bot.store import Row, Script
from bot.store.scripts.desk import Desk

_read_commissions = decoder(dict[ServiceName, Commission]).decode


def standing_of(address: Address, customer: str, desk: Desk) -> Script[tuple[Role | None, Terms | None, bool]]:
    """An address's role, its customer's terms as a reseller, and whether that customer is paused."""
    rows = yield "standing", {"address": str(address), "customer": customer}
    return standing_in(rows[0], address, desk)


def standing_in(row: Row, address: Address, desk: Desk) -> tuple[Role | None, Terms | None, bool]:
    """The same from a row that tells it."""
    role: Role | None = "owner" if address in desk.admins else row["role"]
    terms = None
    if row["shop_name"] is not None:
        terms = Terms(
            row["shop_name"],
            _read_commissions(row["commissions"]),
            row["day_limit_xof"],
            row["pin_hash"],
            row["pin_above_xof"],
            row["pin_locked_until"],
        )
    return role, terms, row["frozen_at"] is not None


def shop_now(desk: Desk) -> Script[Shop]:
    """The shop under the rules that hold in this transaction."""
    rows = yield "rules", {}
    if not rows:
        return desk.shop
    rules = tuple((str(row["name"]), str(row["value"])) for row in rows)
    if desk.ruled.get("rules") != rules:
        desk.ruled["shop"] = under_rules(desk.shop, rules)
        desk.ruled["rules"] = rules
    shop: Shop = desk.ruled["shop"]
    return shop


def admins_of(desk: Desk) -> Script[dict[Address, Role]]:
    """Every admin with his role: those of the settings are owners."""
    rows = yield "admins", {}
    named: dict[Address, Role] = {Address.parse(row["address"]): row["role"] for row in rows}
    return named | dict.fromkeys(desk.admins, "owner")
