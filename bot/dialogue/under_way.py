"""What the person waits for: a payment of theirs, or an order that is open. Pure.

Whoever writes “well?” or “where is my money?” while something is under way wants to hear of that before anything else.
The lines of a list are no news of their own: the list tells how far it is.
"""

from bot.dialogue.at_counter import money_of
from bot.dialogue.context import Context
from bot.domain.order import Order
from bot.i18n import Safe
from bot.notices.collecting import payback_standing
from bot.notices.layout import Rows, lines
from bot.notices.orders import EMBLEM, SERVICE, STATE, follow_rows, next_line
from bot.repositories import own_orders
from bot.store import Script
from bot.transactions.paybacks import payback_of


def money_now(ctx: Context, order: Order) -> Script[Safe]:
    """Where the money of an order is; what went on to the number that paid is not on the balance."""
    payback = None if ctx.at_counter else (yield from payback_of(order))
    return money_of(ctx, order) if payback is None else payback_standing(ctx.t, payback)


def under_way(ctx: Context) -> Script[tuple[Safe, Rows] | None]:
    """How it stands with what the person waits for, where its money is, and its buttons; None: with nothing."""
    if unpaid := (yield from ctx.flows.unpaid(ctx)):
        return unpaid[0]
    waiting = [order for order in (yield from own_orders.open_of(ctx.person.whose)) if order.batch_id is None]
    if not waiting:
        return None
    t, order = ctx.t, waiting[0]
    named = {"emblem": EMBLEM[order.service], "service": t(SERVICE[order.service]), "ending": order.reference[-4:]}
    text = lines(
        t("under_way.order", amount=t.money(order.amount_xof), state=t(STATE[order.state]), **named),
        money_of(ctx, order),
        next_line(t, order, ctx.now),
        t("under_way.more") if len(waiting) > 1 else None,
    )
    return text, follow_rows(t, order)
