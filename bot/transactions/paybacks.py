"""Money that goes back to the number that paid: asked for, approved, settled. Pure.

Theory of operation. Who is to get money back has it in their account; `ask_back` sets it aside and makes the pay-back
in one transaction. To the number that the customer gave it goes by itself up to a bound; above that, and to a number
that only a look-up named, an admin has to confirm: what a provider means by that number is documented nowhere, and what
went to a stranger is gone. What an answer does to it the table of `bot.domain.payback` decides, and `settle` writes all
that follows. Where nobody knows to which number it could go, it stays in the account, and the admins are told: no money
is ever without an owner.
"""

from typing import Final, Literal, cast

from bot.domain.catalog import FeeRule
from bot.domain.collecting import CollectionClaim, Method, PayBackLookUp, PayBackResult, payer_number
from bot.domain.collection import Collection
from bot.domain.ledger import Transfer, collecting_fee_again, collecting_fee_back, customer_account
from bot.domain.order import Order
from bot.domain.payback import (
    Applied,
    NoticeKind,
    PayBack,
    ask,
    call_back,
    paid,
    take_webhook_claim,
    told,
)
from bot.notices import collecting as notices
from bot.repositories import collections, paybacks
from bot.repositories.money import available_of, balance_of, post
from bot.repositories.orders import load_order, note
from bot.repositories.outbox import OutboxMessage
from bot.repositories.resellers import commissions_of
from bot.shop import CollectingTerms
from bot.store import Script
from bot.transactions.installation import Installation
from bot.transactions.payment_news import PaymentResult, pause_where_busy, tell, tell_admins
from bot.transactions.people import shop_now

# With a link the payer chose on the provider's page: whose wallet a number most likely has, by its beginning.
_BY_PREFIX: Final[dict[str, Method]] = {"77": "orange_money", "78": "orange_money", "76": "free_money"}


def method_back(terms: CollectingTerms, method: Method, payer: str | None, amount_xof: int) -> Method | None:
    """By which method a sum can go back to a number; None where it cannot."""
    if payer is None or payer_number(payer) != payer:
        return None
    wanted = method if method != "any" else _BY_PREFIX.get(payer[:2], "wave")
    fits = any(way.method == wanted and way.takes(amount_xof) for way in terms.abilities.pays_back)
    return wanted if fits else None


def ask_back(
    installation: Installation,
    collection: Collection,
    payback_id: str,
    amount_xof: int,
    payer: str | None,
    now: int,
    result: PaymentResult,
    *,
    held: bool = False,
) -> Script[PayBack | None]:
    """Send so much of a customer's money back to the number that paid a collection, or what they still have of it; one
    that is `held` waits for an admin in any case. None where it stays theirs, for it cannot go: the admins are told.
    """
    terms = installation.shop.collecting
    amount_xof = min(amount_xof, max(0, (yield from available_of(collection.customer))))
    if amount_xof <= 0:
        return None
    method = None if terms is None else method_back(terms, collection.method, payer, amount_xof)
    if terms is None or payer is None or method is None:
        yield from tell_admins(installation, collection, "homeless", str(amount_xof), now, result)
        return None
    waits = held or not given_by_customer(collection, payer) or amount_xof > terms.auto_most_xof
    payback = PayBack(
        id=payback_id,
        address=collection.address,
        customer=collection.customer,
        language=collection.language,
        collector=terms.collector,
        method=method,
        payer=payer,
        amount_xof=amount_xof,
        created_at=now,
        updated_at=now,
        collection_id=collection.id,
        state="held" if waits else "waiting",
        due_at=None if waits else now,
    )
    if not (yield from paybacks.add(payback)):
        return None
    yield from post(ask(payback), now, installation.default_credit_limit_xof)
    yield from note(payback.id, now, "asked", payback.state, collection.id)
    result.moves.append(("payback", payback.state))
    if waits:
        yield from tell_admins(installation, payback, "held", "", now, result)
    return payback


def given_by_customer(collection: Collection, payer: str) -> bool:
    """Whether the customer gave us this number, and paid by answering the prompt that went to it."""
    return payer == collection.payer


def payer_of(collection: Collection) -> str | None:
    """The number that paid a collection last, as it was told, else the one that was given."""
    told_numbers = [payment.payer for payment in collection.payments if payment.payer is not None]
    return told_numbers[-1] if told_numbers else collection.payer


def after_order(
    installation: Installation,
    order: Order,
    transfers: tuple[Transfer, ...],
    now: int,
    *,
    mark: str = "",
    told: bool = False,
) -> Script[tuple[PayBack | None, list[OutboxMessage]]]:
    """Money of an order came back to its customer: where no advances are kept, and the order was paid for by a
    collection, it goes on to the number that paid, with what was taken for collecting it. `mark` tells apart what comes
    back of one order more than once. The customer is told, unless they are `told` by the news of the order in the same
    chat: they read once where their money is. Returns the pay-back, None where the money stays here.
    """
    account = customer_account(order.customer)
    # A late success takes money as well; what of it is left over goes back all the same.
    entries = (entry for move in transfers for entry in move.entries if entry.account == account)
    back_xof = sum(entry.amount_xof for entry in entries if entry.amount_xof > 0)
    if not back_xof:
        return None, []
    collection = yield from collections.for_quote(order.id)
    if collection is None or not collection.payments or (yield from stays_here(installation, order.customer)):
        return None, []
    result = PaymentResult()
    if order.state in ("refused", "cancelled") and (fee_xof := (yield from collections.fee_of(collection.id))):
        given = collecting_fee_back(collection.id, order.customer, fee_xof, reopened=order.reopened)
        yield from post(given, now, installation.default_credit_limit_xof)
        back_xof += fee_xof
    payback_id = _id_of(collection, order.reopened, mark or ("D" if order.state == "delivered" else ""))
    payback = yield from ask_back(installation, collection, payback_id, back_xof, payer_of(collection), now, result)
    if payback is not None and not (told and payback.address == order.address):
        yield from tell_of(installation, payback, "on_its_way", now, result)
    return payback, result.posted


def _id_of(collection: Collection, reopened: int, mark: str = "") -> str:
    return f"{collection.id}R{reopened}{mark}"


def payback_of(order: Order) -> Script[PayBack | None]:
    """How the money of an order that came to nothing went on to the number that paid; None where it stayed here."""
    if order.state not in ("refused", "cancelled"):
        return None
    collection = yield from collections.for_quote(order.id)
    payback = None if collection is None else (yield from paybacks.load(_id_of(collection, order.reopened)))
    # Accounts may have been parted since.
    return payback if payback is not None and payback.customer == order.customer else None


def call_back_for(installation: Installation, order: Order, now: int) -> Script[PayBack | None]:
    """An order that had come to nothing succeeds after all: what was to go back for it, and has certainly not left,
    does not leave any more, and is the customer's again. None where nothing could be called back. `order` is as it was
    before.
    """
    collection = yield from collections.for_quote(order.id)
    payback = None if collection is None else (yield from paybacks.load(_id_of(collection, order.reopened)))
    # Of accounts that were parted since, the one would pay for the other.
    if payback is None or payback.customer != order.customer:
        return None
    applied = call_back(payback, now)
    yield from write_applied(installation, payback, applied, now, "order: late success", PaymentResult())
    return payback if applied.moved else None


def is_overtaken(payback: PayBack) -> Script[bool]:
    """Whether the order for which it was paid has succeeded after all while a call of this one was under way. The order
    was then borne by the operator, for the money was believed to be gone; where that call was turned away, a person
    decides whose it is.
    """
    collection = None if payback.collection_id is None else (yield from collections.load(payback.collection_id))
    quote_id = None if collection is None else collection.quote_id
    order = None if quote_id is None else (yield from load_order(quote_id))
    # Before the success it had another number.
    return collection is not None and order is not None and payback.id == _id_of(collection, order.reopened - 1)


def take_fee_again(installation: Installation, order: Order, called_back: PayBack, now: int) -> Script[None]:
    """What was called back has paid for an order. What it had in it beyond that is the fee for collecting it, which is
    taken again as far as it is there.
    """
    fee_xof = min(called_back.amount_xof - order.total_xof, (yield from available_of(order.customer)))
    if fee_xof > 0:
        collection_id = str(called_back.collection_id)
        taken = collecting_fee_again(collection_id, order.customer, fee_xof, reopened=order.reopened)
        yield from post(taken, now, installation.default_credit_limit_xof)


def stays_here(installation: Installation, customer: str) -> Script[bool]:
    """Whether what a customer has may stay: advances are kept, or it is a reseller's float."""
    shop = yield from shop_now(installation)
    return shop.keeps_advances or (yield from commissions_of(customer)) is not None


# Settling.


def settle(
    installation: Installation,
    payback_id: str,
    said: PayBackResult | PayBackLookUp,
    by: Literal["pay", "look_up"],
    now: int,
    *,
    leased: bool = False,
) -> Script[PaymentResult | None]:
    """Let an answer act on a pay-back; None when there is none. `leased`: the lease that the caller got with its job
    ends here.
    """
    payback = yield from paybacks.load(payback_id)
    if payback is None:
        return None
    if leased:
        yield from paybacks.unlease(installation.owner, payback_id)
    yield from pause_where_busy(installation, said, now)
    result = PaymentResult()
    fee, available_xof = fee_of(installation), (yield from available_for(installation, payback))
    if by == "pay":
        # A call was answered; what a look-up alone can say is none of its answers.
        applied = paid(payback, cast(PayBackResult, said), now, provider_fee=fee, available_xof=available_xof)
    else:
        applied = told(payback, cast(PayBackLookUp, said), now, provider_fee=fee, available_xof=available_xof)
    yield from write_applied(installation, payback, applied, now, f"{by}: {type(said).__name__}", result)
    return result


def take_claim(
    installation: Installation, payback_id: str, claim: CollectionClaim, now: int
) -> Script[PaymentResult | None]:
    """A webhook spoke of a pay-back: it is looked up soon. None when there is none."""
    payback = yield from paybacks.load(payback_id)
    if payback is None:
        return None
    result = PaymentResult()
    applied = take_webhook_claim(payback, claim, now)
    yield from write_applied(installation, payback, applied, now, f"webhook: {claim.status}", result)
    return result


def write_applied(
    installation: Installation, before: PayBack, applied: Applied, now: int, what: str, result: PaymentResult
) -> Script[None]:
    """Write what an event did: the pay-back, its money, its journal, the words for its owner and the admins."""
    after = applied.payback
    if applied.moved:
        yield from paybacks.save(after)
    if after.state != before.state:
        result.moves.append(("payback", after.state))
    for transfer in applied.transfers:
        yield from post(transfer, now, installation.default_credit_limit_xof)
    if after.state != before.state or applied.alerts:
        detail = "; ".join(f"{item.kind} {item.detail}".strip() for item in applied.alerts) or after.reason
        yield from note(after.id, now, what, after.state, detail)
    for kind in applied.notices:
        yield from tell_of(installation, after, kind, now, result)
    for item in applied.alerts:
        yield from tell_admins(installation, after, item.kind, item.detail, now, result)


def tell_of(
    installation: Installation, payback: PayBack, kind: NoticeKind, now: int, result: PaymentResult
) -> Script[None]:
    """Tell a customer how their money goes back."""
    result.posted += yield from tell(
        installation, payback.address, payback.language, lambda t: notices.payback_news(t, payback, kind), now
    )


def fee_of(installation: Installation) -> FeeRule:
    terms = installation.shop.collecting
    return FeeRule() if terms is None else terms.pay_back_fee


def available_for(installation: Installation, payback: PayBack) -> Script[int]:
    """What the customer could spend now; it matters when money that stayed theirs went back after all."""
    if payback.state != "kept":
        return 0
    return (yield from balance_of(payback.customer, installation.default_credit_limit_xof)).spendable_xof
