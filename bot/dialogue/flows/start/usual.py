"""The usual purchase: what a known customer bought last, one tap and a Confirm away. Pure."""

from bot.dialogue.context import Context, Deciding
from bot.domain.outbound import Choice
from bot.notices.layout import free, truncate
from bot.notices.orders import EMBLEM
from bot.repositories import meters, own_orders
from bot.shop import is_prepaid
from bot.store import Script

# Among so many orders the last one that succeeded is looked for.
MOST_LOOKED_AT = 5
# A nickname longer than this would push the amount off a button.
MAX_NAME_CHARACTERS = 10


def usual_purchase(ctx: Context) -> Script[Choice | None]:
    """A button for the last purchase once more; None for whoever bought nothing, or sells to others."""
    if ctx.flows.has_float(ctx):
        return None
    page = yield from own_orders.page_of(ctx.person.whose, 0, MOST_LOOKED_AT)
    order = next((one for one in page.orders if one.state == "delivered" and one.batch_id is None), None)
    if order is None:
        return None
    saved = yield from meters.saved_by(ctx.customer, order.service)
    named = (meter.nickname for meter in saved if meter.reference == order.reference)
    name = truncate(next(named, f"…{order.reference[-4:]}"), MAX_NAME_CHARACTERS)
    if is_prepaid(order.service):
        label = ctx.t.label("button.usual", name=name, amount=ctx.t.short_money(order.amount_xof))
    else:
        label = ctx.t.label("button.usual_bill", emblem=EMBLEM[order.service], name=name)
    return free(label, "usual", order.id)


def take_usual(ctx: Context, order_id: str) -> Deciding:
    """The usual purchase is wanted: a quote of it, to be confirmed like any."""
    return (yield from ctx.flows.follow(ctx, "again", order_id))
