"""Money that is credited or debited outside a purchase. Pure."""

from bot.domain.ledger import credit
from bot.domain.people import Address, Language
from bot.repositories import undos
from bot.repositories.accounts import customer_of
from bot.repositories.money import post, use_payment
from bot.store import Script
from bot.transactions.people import make_known
from bot.transactions.unit import Unit


def move_money(unit: Unit, key: str, address: Address, amount_xof: int, why: str, reference: str = "") -> Script[None]:
    """Credit (positive) or debit (negative) the customer behind an address. The act's `key` makes it happen once, and
    so does the payment's `reference`, where there is one.

    Raises StoreConflict where the payment was counted before, LedgerError where the customer has less than is taken.
    """
    customer = yield from make_known(address, unit.language, unit.now)
    if reference:
        yield from use_payment(reference, unit.address, address, amount_xof, unit.now)
    transfer = credit(f"admin:{key}", customer, amount_xof, why)
    yield from post(transfer, unit.now, unit.installation.default_credit_limit_xof)


def move_back(unit: Unit, key: str, address: Address, amount_xof: int, why: str, reference: str = "") -> Script[None]:
    """Undo the move of that `key` by a counter-entry of `amount_xof`, once; the payment of its `reference` is not
    counted any more.

    Raises LedgerError where the customer has less than is taken.
    """
    customer = yield from customer_of(str(address))
    if reference:
        yield from undos.free_payment(reference, address, -amount_xof)
    transfer = credit(f"admin:{key}:undone", customer, amount_xof, why)
    yield from post(transfer, unit.now, unit.installation.default_credit_limit_xof)


def fund(address: Address, amount_xof: int, key: str, language: Language, now: int) -> Script[None]:
    """Credit a customer outside any conversation; `key` makes it happen once."""
    customer = yield from make_known(address, language, now)
    yield from post(credit(key, customer, amount_xof, "demo"), now, 0)
