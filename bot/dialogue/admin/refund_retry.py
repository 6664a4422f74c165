"""An admin makes a delivered order good, or sets one going that stands still. Pure.

A refund is money of the operator's: the order stays delivered, what was spent stays spent, and it happens once. Setting
an order going is never a new payment: it is what would be done when the order is due, done now, with the same id.
"""

from typing import Final

from bot.dialogue import read
from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, ask, begin, done, nobody
from bot.dialogue.acts.sums import amount_and_why, sum_in_words
from bot.dialogue.context import Context, Deciding, Reply
from bot.domain.acts import RefundOrder, RetryOrder
from bot.domain.model import Brief, Outbound
from bot.domain.order import Next, Order, State, next_step
from bot.i18n import Safe
from bot.notices.layout import STAYS, free, lines, paragraphs
from bot.notices.orders import SERVICE, STATE, money_line, order_number, receipt
from bot.repositories import orders
from bot.repositories.acts import Touched
from bot.repositories.money import Balance, balance_of
from bot.store import Script
from bot.transactions.acts import refund_order
from bot.transactions.people import standing_at
from bot.transactions.purchases import ask_about

# Where the money of an order is that cannot be refunded, and which command is right instead.
_INSTEAD: Final[dict[State, str]] = {
    "waiting": "admin.refund.waiting",
    "sending": "admin.refund.sending",
    "processing": "admin.refund.processing",
    "token_awaited": "admin.refund.token_awaited",
    "unknown": "admin.refund.unknown",
    "refused": "admin.refund.returned",
    "cancelled": "admin.refund.returned",
}
_NOW: Final[dict[Next, str]] = {
    "pay": "admin.retry.pay",
    "replay": "admin.retry.replay",
    "look_up": "admin.retry.look_up",
}


def _order(ctx: Context, text: str) -> Script[Order | None]:
    wanted = read.order_id(text)
    if wanted is None:
        return None
    order = yield from orders.find_order(wanted)
    return order


# Money back.


def refund(ctx: Context, rest: str) -> Deciding:
    """`/refund ID [AMOUNT] reason`: all of it when no amount is given."""
    first, _, tail = rest.strip().partition(" ")
    order = yield from _order(ctx, first)
    if order is None:
        return Reply(ctx.t("admin.order.none" if first else "admin.refund.usage"))
    amount_text, why = amount_and_why(tail)
    taken_xof = yield from _taken_xof(order)
    amount_xof = read.amount(amount_text) if amount_text else taken_xof
    return (yield from begin(ctx, RefundOrder(order.id, amount_xof or 0), why))


def _taken_xof(order: Order) -> Script[int]:
    """What of the order's money did not come back to the customer, from the books themselves."""
    trail = yield from orders.trail_of(order.id)
    # An account that was joined to another since is named otherwise in the older lines.
    return -sum(amount_xof for account, amount_xof in trail.movements if account.startswith("customer:"))


def _refundable(ctx: Context, act: RefundOrder) -> Script[Reply | tuple[Order, int, Balance]]:
    t = ctx.t
    amount_xof = act.amount_xof
    order = yield from orders.find_order(act.order_id)
    if order is None:
        return Reply(t("admin.order.none"))
    named = {"order": order_number(order.id), "id": order.id, "state": t(STATE[order.state])}
    if order.state != "delivered":
        return Reply(paragraphs(t(_INSTEAD[order.state], **named), money_line(t, order)))
    if order.refunded_xof:
        return Reply(t("admin.refund.before", amount=t.money(order.refunded_xof), **named))
    taken_xof = yield from _taken_xof(order)
    if not 0 < amount_xof <= taken_xof:
        return Reply(t("admin.refund.too_much", most=t.money(taken_xof), **named))
    balance = yield from balance_of(order.customer, ctx.default_limit_xof)
    return order, amount_xof, balance


def ask_refund(ctx: Context, act: RefundOrder, why: str) -> Deciding:
    """What would come back to whom."""
    t = ctx.t
    found = yield from _refundable(ctx, act)
    if isinstance(found, Reply):
        return found
    order, amount_xof, balance = found
    text = paragraphs(
        t("admin.refund.ask", amount=t.money(amount_xof), order=order_number(order.id)),
        lines(receipt(t, order, separate=True), t("admin.order.owner", address=str(order.address))),
        lines(
            sum_in_words(ctx, amount_xof),
            t("admin.refund.borne"),
            t("admin.move.before", balance=t.money(balance.available_xof)),
            t("admin.move.after", balance=t.money(balance.available_xof + amount_xof)),
        ),
    )
    return ask(ctx, text, act, why, must=True)


def do_refund(ctx: Context, act: RefundOrder, why: str) -> Deciding:
    """Give it back, and tell the owner."""
    t = ctx.t
    found = yield from _refundable(ctx, act)
    if isinstance(found, Reply):
        return found
    order, amount_xof, balance = found
    after_xof = balance.available_xof + amount_xof
    standing = yield from standing_at(order.address, ctx.unit.installation)
    language = next((member.language for member in standing.members if member.address == order.address), order.language)
    voice = ctx.shop.words[language]
    text = paragraphs(
        voice(
            "refund.told",
            amount=voice.money(amount_xof),
            service=voice(SERVICE[order.service]),
            reference=order.reference,
            moment=voice.moment(order.confirmed_at),
            order=order_number(order.id),
        ),
        # An address that has left the account since reads of its order, but no longer of the account's money.
        voice("detail.balance", balance=voice.money(after_xof)) if standing.customer == order.customer else None,
    )
    see = free(voice.label("button.see_order"), "order", order.id, STAYS)
    told = Brief("news", language, voice.label("brief.refund", ending=order.reference[-4:]))
    yield from audit(ctx, "refund", order.id, why, amount_xof)
    yield from ctx.write(refund_order(ctx.unit, order.id, amount_xof, why))
    yield from ctx.tell(order.address, Outbound(text, ((see,),), durable=True, brief=told))
    return done(ctx, t("admin.refund.done", amount=t.money(amount_xof), order=order_number(order.id), id=order.id))


def refunded(ctx: Context, act: RefundOrder) -> Script[int]:
    """How much an act gives back."""
    yield from ()
    return act.amount_xof


# Going again.


def retry(ctx: Context, rest: str) -> Deciding:
    """`/retry ID [reason]`: what would be done when the order is due, now."""
    first, _, why = rest.strip().partition(" ")
    order = yield from _order(ctx, first)
    if order is None:
        return Reply(ctx.t("admin.order.none" if first else "admin.retry.usage"))
    return (yield from begin(ctx, RetryOrder(order.id), why))


def _retried(ctx: Context, act: RetryOrder) -> Script[Reply | tuple[Order, Safe]]:
    """What a retry would do; or why the table allows none."""
    t = ctx.t
    order = yield from orders.find_order(act.order_id)
    if order is None:
        return Reply(t("admin.order.none"))
    named = {"order": order_number(order.id), "id": order.id, "state": t(STATE[order.state])}
    step = next_step(order)
    if order.is_final:
        key = "admin.retry.delivered" if order.state == "delivered" else "admin.retry.ended"
    elif order.state == "sending":
        key = "admin.retry.sending"
    elif step in _NOW:
        return order, t(_NOW[step], **named)
    else:
        key = "admin.retry.conflict" if order.reason == "conflict" else "admin.retry.nothing"
    return Reply(paragraphs(t(key, **named), money_line(t, order)))


def ask_retry(ctx: Context, act: RetryOrder, why: str) -> Deciding:
    """What would be done now, and where the money is."""
    t = ctx.t
    found = yield from _retried(ctx, act)
    if isinstance(found, Reply):
        return found
    order, what = found
    owner = t("admin.order.owner", address=str(order.address))
    state = t("detail.state", state=f"{t(STATE[order.state])} ({order.state})")
    text = paragraphs(
        t("admin.retry.ask", order=order_number(order.id)),
        lines(receipt(t, order, separate=True), owner, state, money_line(t, order)),
        what,
    )
    return ask(ctx, text, act, why)


def do_retry(ctx: Context, act: RetryOrder, why: str) -> Deciding:
    """Make it due now; whoever takes it up does what its state allows, with the same id."""
    found = yield from _retried(ctx, act)
    if isinstance(found, Reply):
        return found
    order, _ = found
    yield from audit(ctx, "retry", order.id, why)
    yield from ctx.write(ask_about(ctx.unit, order))
    return done(ctx, ctx.t("admin.retry.done", order=order_number(order.id), id=order.id))


REFUND = ActKind(
    ask=ask_refund,
    do=do_refund,
    who="owner",
    touches=lambda act: Touched(order=act.order_id),
    counts="sum",
    because="the operator bears what is given back",
    moves=refunded,
    own_words=("word.refund",),
)
RETRY = ActKind(
    ask=ask_retry,
    do=do_retry,
    who="operator",
    touches=nobody,
    counts="no",
    because="it does what would be done anyway when the order is due, with the same id; a customer has the same button",
)
