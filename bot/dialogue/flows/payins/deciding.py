"""Admins decide what became of a payment, and of money that goes back. Pure.

What a decision would do is tried by the rules of the thing itself before it is asked about; nothing is written then.
"""

from typing import Final, Literal

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, Two, ask, begin, done
from bot.dialogue.acts.sums import amount_and_why, sum_in_words
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.payins import readdressing
from bot.dialogue.flows.payins.reading import (
    NUMBER_FROM,
    PAYBACK_STATE,
    PAYIN_STATE,
    amount_back,
    named_by_another,
    show_payback,
    show_payin,
)
from bot.dialogue.parsing.amounts import parse_amount
from bot.dialogue.parsing.references import parse_order_id
from bot.dialogue.permissions import may
from bot.domain.catalog import FeeRule
from bot.domain.collecting import Collected, NotPaid, Payment
from bot.domain.collection import Collection, told
from bot.domain.payback import PayBack, approve, decided_kept, decided_paid
from bot.domain.payment_acts import DecidePayBack, DecidePayIn
from bot.notices.collecting import METHOD, masked
from bot.notices.layout import lines, paragraphs
from bot.repositories import collections, paybacks
from bot.repositories.acts import Touched
from bot.repositories.money import available_of
from bot.store import Script
from bot.transactions import refunds
from bot.transactions.collections import decide

_PAID: Final[dict[str, bool]] = {"paid": True, "notpaid": False}
_VERDICTS: Final[dict[str, Literal["confirm", "paid", "kept"]]] = {"confirm": "confirm", "paid": "paid", "kept": "kept"}


def payin(ctx: Context, rest: str) -> Deciding:
    """`/payin ID`: one payment; `/payin ID paid [AMOUNT] [reason]`, `/payin ID notpaid [reason]` decide it."""
    first, verdict, tail = _parts(rest)
    payin_id = parse_order_id(first)
    collection = None if payin_id is None else (yield from collections.find(payin_id))
    if collection is None:
        return Reply(ctx.t("payin.none"))
    if not verdict:
        return (yield from show_payin(ctx, collection))
    paid = _PAID.get(verdict)
    if paid is None or not may(ctx.person, "operator"):
        return Reply(ctx.t("payin.decide", id=collection.id))
    amount_text, why = amount_and_why(tail) if paid else ("", tail)
    paid_xof = parse_amount(amount_text) if amount_text else collection.amount_xof
    act = DecidePayIn(collection.id, collection.address, paid_xof if paid else None)
    return (yield from begin(ctx, act, why))


def payback(ctx: Context, rest: str) -> Deciding:
    """`/payback ID`: money that goes back; `/payback ID confirm`, `paid`, `kept`, `to NUMBER` decide it."""
    first, word, why = _parts(rest)
    payback_id = parse_order_id(first)
    found = None if payback_id is None else (yield from paybacks.find(payback_id))
    if found is None:
        return Reply(ctx.t("payback.none"))
    if not word:
        return (yield from show_payback(ctx, found))
    verdict = _VERDICTS.get(word)
    if not may(ctx.person, "operator"):
        return Reply(ctx.t("payback.decide", id=found.id))
    if word in ("to", "vers"):
        return (yield from readdressing.asked(ctx, found, why))
    if verdict is None:
        return Reply(ctx.t("payback.decide", id=found.id))
    return (yield from begin(ctx, DecidePayBack(found.id, found.address, verdict, found.payer), why))


def _parts(rest: str) -> tuple[str, str, str]:
    first, _, more = rest.strip().partition(" ")
    word, _, tail = more.strip().partition(" ")
    return first, word.lower(), tail.strip()


# A payment.


def _payin_of(ctx: Context, act: DecidePayIn) -> Script[Reply | Collection]:
    """The payment, if it can still be decided so."""
    collection = yield from collections.load(act.collection_id)
    if collection is None:
        return Reply(ctx.t("payin.none"))
    terms = ctx.shop.collecting
    fee = FeeRule() if terms is None else terms.provider_fee
    applied = told(collection, _said(act), ctx.now, provider_fee=fee, by="admin")
    if not applied.moved or (act.paid_xof is None and collection.is_final):
        state = ctx.t(PAYIN_STATE[collection.state])
        return Reply(ctx.t("payin.impossible", id=collection.id, state=state))
    return collection


def _said(act: DecidePayIn) -> Collected | NotPaid:
    return NotPaid("cancelled") if act.paid_xof is None else Collected((Payment(act.paid_xof),))


def ask_payin(ctx: Context, act: DecidePayIn, why: str) -> Deciding:
    """What the decision means."""
    collection = yield from _payin_of(ctx, act)
    if isinstance(collection, Reply):
        return collection
    t = ctx.t
    named = {"id": collection.id, "method": t(METHOD[collection.method])}
    if act.paid_xof is None:
        text = t("payin.ask_not_paid", amount=t.money(collection.amount_xof), **named)
    else:
        text = t("payin.ask_paid", amount=t.money(act.paid_xof), **named)
    owner = t("admin.order.owner", address=str(collection.address))
    return ask(ctx, paragraphs(text, lines(owner, sum_in_words(ctx, act.paid_xof or 0))), act, why, must=True)


def do_payin(ctx: Context, act: DecidePayIn, why: str) -> Deciding:
    """Decide it; the customer reads what it does."""
    collection = yield from _payin_of(ctx, act)
    if isinstance(collection, Reply):
        return collection
    what = "payin not paid" if act.paid_xof is None else "payin paid"
    yield from audit(ctx, what, collection.id, why, act.paid_xof or 0)
    yield from ctx.write(decide(ctx.unit, collection, _said(act)))
    return done(ctx, ctx.t("payin.done", id=collection.id))


def credited(ctx: Context, act: DecidePayIn) -> Script[int]:
    """How much the customer would have."""
    yield from ()
    return act.paid_xof or 0


# Money that goes back.


def _payback_of(ctx: Context, act: DecidePayBack) -> Script[Reply | PayBack]:
    """The money that goes back, if it can still be decided so."""
    found = yield from paybacks.load(act.payback_id)
    if found is None:
        return Reply(ctx.t("payback.none"))
    if act.verdict == "confirm" and act.payer != found.payer:
        return Reply(ctx.t("payback.number_changed", id=found.id))
    if act.verdict == "confirm":
        applied = approve(found, ctx.now)
    elif act.verdict == "kept":
        applied = decided_kept(found, ctx.now)
    else:
        available_xof = yield from available_of(found.customer)
        applied = decided_paid(found, ctx.now, provider_fee=FeeRule(), available_xof=available_xof)
    if not applied.moved:
        state = ctx.t(PAYBACK_STATE[found.state])
        return Reply(ctx.t("payback.impossible", id=found.id, state=state))
    return found


_ASK: Final[dict[str, str]] = {
    "confirm": "payback.ask_confirm",
    "paid": "payback.ask_paid",
    "kept": "payback.ask_kept",
}


def ask_payback(ctx: Context, act: DecidePayBack, why: str) -> Deciding:
    """What the decision means."""
    found = yield from _payback_of(ctx, act)
    if isinstance(found, Reply):
        return found
    t = ctx.t
    named = {"id": found.id, "number": masked(found.payer), "method": t(METHOD[found.method])}
    text = t(_ASK[act.verdict], amount=t.money(found.amount_xof), **named)
    owner = t("admin.order.owner", address=str(found.address))
    named_by = yield from named_by_another(found)
    warning = t(NUMBER_FROM[named_by]) if named_by is not None and act.verdict == "confirm" else None
    return ask(ctx, paragraphs(text, warning, lines(owner, sum_in_words(ctx, found.amount_xof))), act, why, must=True)


def do_payback(ctx: Context, act: DecidePayBack, why: str) -> Deciding:
    """Decide it; the customer reads what it does."""
    found = yield from _payback_of(ctx, act)
    if isinstance(found, Reply):
        return found
    yield from audit(ctx, f"payback {act.verdict}", found.id, why, found.amount_xof)
    if act.verdict == "confirm":
        yield from ctx.write(refunds.confirm(ctx.unit, found))
    elif act.verdict == "kept":
        yield from ctx.write(refunds.decide_kept(ctx.unit, found))
    else:
        yield from ctx.write(refunds.decide_paid(ctx.unit, found))
    return done(ctx, ctx.t("payback.decided", id=found.id))


def unproved(ctx: Context, act: DecidePayBack) -> Script[Two | None]:
    """What nobody knows of takes a second person, whatever the sum."""
    found = yield from paybacks.load(act.payback_id)
    return Two("payback.two") if found is not None and found.state == "unknown" else None


PAYIN = ActKind(
    ask=ask_payin,
    do=do_payin,
    who="operator",
    touches=lambda act: Touched(address=act.address),
    counts="sum",
    because="what an admin says was paid counts; that nothing was paid moves nothing",
    moves=credited,
    own_words=("word.payin",),
)
PAYBACK = ActKind(
    ask=ask_payback,
    do=do_payback,
    who="operator",
    touches=lambda act: Touched(address=act.address),
    counts="sum and two",
    because="what goes back or stays counts; where nobody knows whether it went back, it takes two",
    moves=amount_back,
    two=unproved,
    own_words=("word.payback",),
)
