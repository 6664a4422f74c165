"""How people refuse broadcasts, get them again, and ask for a message when a service is back. Pure.

Every broadcast ends with the word that stops them. What a person asked for themselves (tell me when it is back) comes
once, and is no broadcast.
"""

from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.menu import cancel, home_row, menu
from bot.notices.broadcasts import buy_button
from bot.notices.orders import SERVICE
from bot.repositories import broadcasts, own_orders


def tell_me(ctx: Context, name: str) -> Deciding:
    """Tell me when it is back: noted; or it is back already."""
    service = next((service.name for service in ctx.shop.catalog if service.name == name), None)
    if service is None:
        return menu(ctx)
    t, label = ctx.t, ctx.t(SERVICE[service])
    if service not in ctx.shop.maintenance:
        return Reply(t("news.back", service=label), ((buy_button(t, service),), home_row(ctx)))
    yield from broadcasts.await_back(ctx.person.address, service, ctx.now)
    return Reply(t("news.tell_me", service=label), (home_row(ctx),))


def stop(ctx: Context, _: str = "") -> Deciding:
    """“Stop”, where nothing is going on: what comes here unasked stops, broadcasts last. An order that is open is
    something that is going on: whoever says stop means that one, and is told whether it can still be called back.
    """
    single = [order for order in (yield from own_orders.open_of(ctx.person.whose)) if order.batch_id is None]
    if any(order.state == "waiting" for order in single):
        return (yield from cancel(ctx))
    if single:
        return (yield from ctx.flows.follow(ctx, "recall", single[0].id))
    if (stopped := (yield from ctx.flows.stop(ctx))) is not None:
        return stopped
    yield from broadcasts.mute(ctx.person.address, ctx.customer, ctx.now)
    return Reply(ctx.t("news.stopped"), (home_row(ctx),))


def listen(ctx: Context, _: str = "") -> Deciding:
    """Broadcasts again, for whoever had stopped them."""
    yield from broadcasts.unmute(ctx.person.address, ctx.customer)
    return Reply(ctx.t("news.listening"), (home_row(ctx),))
