"""What people do about money that goes back: a customer asks for their advance, admins decide. Pure.

Who may, and whether it takes two of them, is the dialogue's to know.
"""

from bot.domain.collecting import Method
from bot.domain.payback import Applied, PayBack, approve, decided_kept, decided_paid, readdress
from bot.repositories import collections
from bot.repositories.orders import note
from bot.store import Script
from bot.transactions.paybacks import ask_back, available_for, fee_of, method_back, payer_of, write_applied
from bot.transactions.payment_news import PaymentResult
from bot.transactions.unit import Unit


def ask_refund(unit: Unit, payback_id: str, amount_xof: int) -> Script[PayBack | None]:
    """A customer wants their advance back: it goes to the number that they paid with last, once an admin confirms.
    None where they have paid with none that is known, or have nothing.
    """
    result = PaymentResult()
    for collection in (yield from collections.of_customer(unit.customer)):
        payer = payer_of(collection)
        if collection.payments and payer is not None:
            asked = yield from ask_back(
                unit.installation, collection, payback_id, amount_xof, payer, unit.now, result, held=True
            )
            unit.posted += result.posted
            return asked
    return None


def confirm(unit: Unit, payback: PayBack) -> Script[None]:
    """An admin confirms a pay-back that waits for it."""
    yield from _decide(unit, payback, approve(payback, unit.now), "confirmed")


def method_to(unit: Unit, payback: PayBack, number: str) -> Script[Method | None]:
    """By which method a pay-back can go to a number; None where it cannot."""
    terms = unit.installation.shop.collecting
    if terms is None or payback.collection_id is None:
        return None
    collection = yield from collections.load(payback.collection_id)
    method = payback.method if collection is None else collection.method
    return method_back(terms, method, number, payback.amount_xof)


def send_elsewhere(unit: Unit, payback: PayBack, number: str, method: Method) -> Script[None]:
    """An admin asked the customer to which number a pay-back that is held goes."""
    yield from _decide(unit, payback, readdress(payback, number, method, unit.now), "another number")


def decide_paid(unit: Unit, payback: PayBack) -> Script[None]:
    """Admins found out that the money went back, or sent it themselves."""
    available_xof = yield from available_for(unit.installation, payback)
    fee = fee_of(unit.installation)
    applied = decided_paid(payback, unit.now, provider_fee=fee, available_xof=available_xof)
    yield from _decide(unit, payback, applied, "decided: paid")


def decide_kept(unit: Unit, payback: PayBack) -> Script[None]:
    """Admins decide that the money stays the customer's."""
    yield from _decide(unit, payback, decided_kept(payback, unit.now), "decided: kept")


def _decide(unit: Unit, payback: PayBack, applied: Applied, what: str) -> Script[None]:
    result = PaymentResult()
    yield from note(payback.id, unit.now, f"admin {unit.address}", payback.state, what)
    yield from write_applied(unit.installation, payback, applied, unit.now, f"admin: {what}", result)
    unit.posted += result.posted
