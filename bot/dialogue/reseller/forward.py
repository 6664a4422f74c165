"""What is said of a sale once it is delivered: to the reseller, and to his client. Pure.

The reseller reads of his own money. What is made for the client has nothing of it: no balance, no commission. It is a
message of its own, in plain text without buttons, so that it can be passed on or copied as it stands. Where the client
agreed, it goes to his own chat, and the reseller reads the end of each code alone; the order is his, so he may still
ask for the whole.
"""

from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.menus import home_row, menu
from bot.domain.order.states import is_sale
from bot.notices.sales import for_client


def forward_again(ctx: Context, order_id: str) -> Deciding:
    """The message for the client once more."""
    order, terms = (yield from ctx.own_order(order_id)), ctx.person.reseller
    if order is None or terms is None or order.state != "delivered" or not is_sale(order):
        return menu(ctx)
    ctx.replaces = None
    return Reply(for_client(ctx.t, order, terms.shop_name), (home_row(ctx),), separate=True)
