"""Broadcasts as people read them, how they are refused, and the news that a service is back. Pure.

Nobody is told anything that he cannot stop: every broadcast ends with the word that does. What a person asked for
himself (tell me when it is back) comes once, and is no broadcast.
"""

from bot.dialogue.admin.broadcast_effects import AwaitBack, Mute, Unmute
from bot.dialogue.context import STAYS, Answer, Context, Reply, Rows, free, paragraphs
from bot.dialogue.menus import home_row, menu
from bot.dialogue.orders import EMBLEM, SERVICE
from bot.domain.model import Choice, Outbound, ServiceName
from bot.i18n import Voice


def announcement(t: Voice, text: str) -> Outbound:
    """A broadcast as its readers see it: the admin's words, and how to stop them."""
    return Outbound(paragraphs(t("news.title"), t.escaped(text), t("news.how_to_stop")))


def back_news(t: Voice, service: ServiceName) -> Outbound:
    """A service is sold again."""
    return Outbound(t("news.back", service=t(SERVICE[service])), ((buy_button(t, service),),))


def buy_button(t: Voice, service: ServiceName) -> Choice:
    """A way to buy the service now, valid at any time."""
    return free(f"{EMBLEM[service]} {t.label(SERVICE[service])}", "buy", service, STAYS)


def when_back(t: Voice, service: ServiceName) -> Rows:
    """The button for who wants to be told when the service is sold again."""
    return ((free(t.label("button.tell_me"), "tellme", service, STAYS),),)


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
