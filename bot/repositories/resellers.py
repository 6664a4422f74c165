"""Who is a reseller, and under which terms of their own. Pure."""

from collections.abc import Mapping

from bot.domain.catalog import Commission, ServiceName
from bot.domain.encoding import encode
from bot.repositories import pins, sellers
from bot.repositories.people import read_commissions
from bot.store import Script


def make(customer: str, shop_name: str, now: int) -> Script[None]:
    """Make an account a reseller's; one that is gets another shop name. Whoever has a shop sells for nobody else."""
    yield from sellers.end_of(customer, now)
    yield "reseller_make", {"customer": customer, "shop_name": shop_name, "now": now}


def agree(customer: str, commissions: Mapping[ServiceName, Commission]) -> Script[None]:
    """The commissions of a reseller's own, all of them."""
    yield "reseller_terms", {"customer": customer, "commissions": encode(commissions).decode()}


def set_day_limit(customer: str, day_limit_xof: int | None) -> Script[None]:
    """The most that may leave a reseller's balance in a day, in XOF; None: no limit."""
    yield "reseller_day_limit", {"customer": customer, "day_limit_xof": day_limit_xof}


def end(customer: str, now: int) -> Script[None]:
    """An account stops being a reseller's, and loses its PIN and its sellers; its money stays."""
    yield from sellers.end_all(customer, now)
    yield "reseller_end", {"customer": customer}
    yield from pins.unlock(customer)


def commissions_of(customer: str) -> Script[Mapping[ServiceName, Commission] | None]:
    """The commissions of a reseller's own; None for who is none."""
    rows = yield "interest_rule", {"mine": customer}
    return read_commissions(rows[0]["commissions"]) if rows else None
