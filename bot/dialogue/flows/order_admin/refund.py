"""An admin makes a delivered order good. Pure.

A refund is money of the operator's: the order stays delivered, what was spent stays spent, and it happens once.
"""

from typing import Final

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, ask, begin, done
from bot.dialogue.acts.sums import amount_and_why, sum_in_words
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.order_admin.inspect import order_of
from bot.dialogue.parsing.amounts import parse_amount
from bot.domain.acts import RefundOrder
from bot.domain.order import Order, State
from bot.domain.outbound import Brief, Outbound
from bot.notices.layout import STAYS, free, lines, paragraphs
from bot.notices.orders import SERVICE, STATE, money_line, order_number, receipt
from bot.repositories import orders
from bot.repositories.acts import Touched
from bot.repositories.money import Balance, balance_of
from bot.store import Script
from bot.transactions.acts import refund_order
from bot.transactions.people import standing_at

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


def refund(ctx: Context, rest: str) -> Deciding:
    """`/refund ID [AMOUNT] reason`: all of it when no amount is given."""
    first, _, tail = rest.strip().partition(" ")
    order = yield from order_of(first)
    if order is None:
        return Reply(ctx.t("admin.order.none" if first else "admin.refund.usage"))
    amount_text, why = amount_and_why(tail)
    taken_xof = yield from _taken_xof(order)
    amount_xof = parse_amount(amount_text) if amount_text else taken_xof
    return (yield from begin(ctx, RefundOrder(order.id, amount_xof or 0), why))


def _taken_xof(order: Order) -> Script[int]:
    """What of the order's money did not come back to the customer, from the books themselves."""
    trail = yield from orders.trail_of(order.id)
    # An account that was joined to another since is named otherwise in the older lines.
    return -sum(amount_xof for account, amount_xof in trail.movements if account.startswith("customer:"))


def _refundable(ctx: Context, act: RefundOrder) -> Script[Reply | tuple[Order, Balance]]:
    t, amount_xof = ctx.t, act.amount_xof
    order = yield from orders.find_order(act.order_id)
    if order is None:
        return Reply(t("admin.order.none"))
    named = {"order": order_number(order.id), "id": order.id, "state": t(STATE[order.state])}
    if order.state != "delivered":
        return Reply(paragraphs(t(_INSTEAD[order.state], **named), money_line(t, order, separate=True)))
    if order.refunded_xof:
        return Reply(t("admin.refund.before", amount=t.money(order.refunded_xof), **named))
    taken_xof = yield from _taken_xof(order)
    if not 0 < amount_xof <= taken_xof:
        return Reply(t("admin.refund.too_much", most=t.money(taken_xof), **named))
    balance = yield from balance_of(order.customer, ctx.default_limit_xof)
    return order, balance


def ask_refund(ctx: Context, act: RefundOrder, why: str) -> Deciding:
    """What would come back to whom."""
    t = ctx.t
    refundable = yield from _refundable(ctx, act)
    if isinstance(refundable, Reply):
        return refundable
    order, balance = refundable
    amount_xof = act.amount_xof
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
    refundable = yield from _refundable(ctx, act)
    if isinstance(refundable, Reply):
        return refundable
    order, balance = refundable
    amount_xof = act.amount_xof
    after_xof = balance.available_xof + amount_xof
    standing = yield from standing_at(order.address, ctx.unit.installation)
    language = next((member.language for member in standing.members if member.address == order.address), order.language)
    voice = ctx.shop.words[language]
    text = paragraphs(
        voice(
            "refund.notice",
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
    brief = Brief("news", language, voice.label("brief.refund", ending=order.reference[-4:]))
    yield from audit(ctx, "refund", order.id, why, amount_xof)
    yield from ctx.write(refund_order(ctx.unit, order.id, amount_xof, why))
    yield from ctx.tell(order.address, Outbound(text, ((see,),), durable=True, brief=brief))
    return done(ctx, t("admin.refund.done", amount=t.money(amount_xof), order=order_number(order.id), id=order.id))


def refunded(ctx: Context, act: RefundOrder) -> Script[int]:
    """How much an act gives back."""
    yield from ()
    return act.amount_xof


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
