"""What an account has, under the terms of this installation. Pure."""

from bot.repositories.money import Balance, balance_of, credit_limit_of
from bot.store import Script
from bot.transactions.installation import Installation


def money_of(customer: str, installation: Installation) -> Script[Balance]:
    """What a customer has, what is held for his open orders, and his credit limit."""
    available_xof = yield from balance_of(customer)
    rows = yield "held_of", {"customer": customer}
    limit_xof = yield from credit_limit_of(customer, installation.default_credit_limit_xof)
    return Balance(available_xof, int(rows[0]["held_xof"]), limit_xof)
