"""An admin sets an order going that stands still. Pure.

It is never a new payment: it is what would be done when the order is due, done now, with the same id.
"""

from typing import Final

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, ask, begin, done, nobody
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.order_admin.inspect import order_of
from bot.domain.acts import RetryOrder
from bot.domain.order import Next, Order, next_step
from bot.i18n import Safe
from bot.notices.layout import lines, paragraphs
from bot.notices.orders import STATE, money_line, order_number, receipt
from bot.repositories import orders
from bot.store import Script
from bot.transactions.purchases import ask_about

_NOW: Final[dict[Next, str]] = {
    "pay": "admin.retry.pay",
    "replay": "admin.retry.replay",
    "look_up": "admin.retry.look_up",
}


def retry(ctx: Context, rest: str) -> Deciding:
    """`/retry ID [reason]`: what would be done when the order is due, now."""
    first, _, why = rest.strip().partition(" ")
    order = yield from order_of(first)
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
    return Reply(paragraphs(t(key, **named), money_line(t, order, separate=True)))


def ask_retry(ctx: Context, act: RetryOrder, why: str) -> Deciding:
    """What would be done now, and where the money is."""
    t = ctx.t
    allowed = yield from _retried(ctx, act)
    if isinstance(allowed, Reply):
        return allowed
    order, what = allowed
    owner = t("admin.order.owner", address=str(order.address))
    state = t("detail.state", state=t(STATE[order.state]))
    text = paragraphs(
        t("admin.retry.ask", order=order_number(order.id)),
        lines(receipt(t, order, separate=True), owner, state, money_line(t, order, separate=True)),
        what,
    )
    return ask(ctx, text, act, why)


def do_retry(ctx: Context, act: RetryOrder, why: str) -> Deciding:
    """Make it due now; whoever takes it up does what its state allows, with the same id."""
    allowed = yield from _retried(ctx, act)
    if isinstance(allowed, Reply):
        return allowed
    order, _ = allowed
    yield from audit(ctx, "retry", order.id, why)
    yield from ctx.write(ask_about(ctx.unit, order))
    return done(ctx, ctx.t("admin.retry.done", order=order_number(order.id), id=order.id))


RETRY = ActKind(
    ask=ask_retry,
    do=do_retry,
    who="operator",
    touches=nobody,
    counts="no",
    because="it does what would be done anyway when the order is due, with the same id; a customer has the same button",
)
