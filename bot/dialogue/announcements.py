"""Broadcasts as people read them, how they are refused, and the news that a service is back. Pure.

Nobody is told anything that he cannot stop: every broadcast ends with the word that does. What a person asked for
himself (tell me when it is back) comes once, and is no broadcast.
"""

from bot.dialogue.admin.broadcast_effects import AwaitBack, Mute, Unmute
from bot.dialogue.context import Answer, Context, Reply
from bot.dialogue.menus import home_row, menu
from bot.notices.broadcasts import buy_button
from bot.notices.orders import SERVICE


def tell_me(ctx: Context, name: str) -> Answer:
    """Tell me when it is back: noted; or it is back already."""
    service = next((service.name for service in ctx.shop.catalog if service.name == name), None)
    if service is None:
        return menu(ctx)
    t, told = ctx.t, ctx.t(SERVICE[service])
    if service not in ctx.shop.maintenance:
        return Reply(t("news.back", service=told), ((buy_button(t, service),), home_row(ctx)))
    ctx.effects += (AwaitBack(service),)
    return Reply(t("news.tell_me", service=told), (home_row(ctx),))


def stop(ctx: Context) -> Answer:
    """No more broadcasts."""
    ctx.effects += (Mute(),)
    return Reply(ctx.t("news.stopped"), (home_row(ctx),))


def listen(ctx: Context, _: str = "") -> Answer:
    """Broadcasts again, for whoever had stopped them."""
    ctx.effects += (Unmute(),)
    return Reply(ctx.t("news.listening"), (home_row(ctx),))
