"""The message of a delivered sale that the reseller passes on to their client, once more. Pure."""

from bot.dialogue.context import Context, Deciding
from bot.dialogue.menu import menu, reply_beside
from bot.domain.order import Order
from bot.domain.order.states import is_sale
from bot.notices.layout import STAYS, Rows
from bot.notices.sales import for_client


def order_rows(ctx: Context, order: Order) -> Rows:
    """The way to that message, at a delivered sale."""
    if ctx.person.terms is None or order.state != "delivered" or not is_sale(order):
        return ()
    return ((ctx.link("button.forward", "forward", order.id, STAYS),),)


def forward_again(ctx: Context, order_id: str) -> Deciding:
    """The message for the client once more."""
    order, terms = (yield from ctx.own_order(order_id)), ctx.person.terms
    if order is None or terms is None or order.state != "delivered" or not is_sale(order):
        return menu(ctx)
    ctx.replaces = None
    return reply_beside(ctx, for_client(ctx.t, order, terms.shop_name))
