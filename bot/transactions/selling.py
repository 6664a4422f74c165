"""What a reseller's terms come to: what a sale earns them, and what is left of their day. Pure.

People who are not resellers have no terms: they earn nothing, and have no daily limit.
"""

from bot.domain.catalog import Service
from bot.domain.period import DAY_MS
from bot.repositories.people import Terms
from bot.repositories.sales import spent_since_xof
from bot.store import Script


def commission_xof(terms: Terms | None, service: Service, amount_xof: int, fee_xof: int) -> int:
    """What a sale earns, in francs: by the reseller's own terms for the service, else by the shop's."""
    if terms is None:
        return 0
    return terms.commissions.get(service.name, service.commission).commission_xof(amount_xof, fee_xof)


def day_left_xof(customer: str, terms: Terms | None, now: int) -> Script[int | None]:
    """What may still leave a reseller's balance today, in francs and never below 0; None without a daily limit."""
    if terms is None or terms.day_limit_xof is None:
        return None
    spent_xof = yield from spent_since_xof(customer, now // DAY_MS * DAY_MS)
    return max(0, terms.day_limit_xof - spent_xof)
