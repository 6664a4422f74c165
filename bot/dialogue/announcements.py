"""Broadcasts as people read them, how they are refused, and the news that a service is back. Pure.

Nobody is told anything that he cannot stop: every broadcast ends with the word that does. What a person asked for
himself (tell me when it is back) comes once, and is no broadcast.
"""

from bot.dialogue.admin.broadcast_effects import AwaitBack, Mute, Unmute
from bot.dialogue.here import STAYS, Answer, Aside, Here, Rows, free, paragraphs
from bot.dialogue.menus import home_row, menu
from bot.dialogue.orders import EMBLEM, SERVICE
from bot.i18n import Voice
from bot.model import Choice, Outbound, ServiceName


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


def tell_me(here: Here, name: str) -> Answer:
    """Tell me when it is back: noted; or it is back already."""
    service = next((service.name for service in here.shop.catalog if service.name == name), None)
    if service is None:
        return menu(here)
    t, told = here.t, here.t(SERVICE[service])
    if service not in here.shop.maintenance:
        return Aside(t("news.back", service=told), ((buy_button(t, service),), home_row(here)))
    here.effects += (AwaitBack(service),)
    return Aside(t("news.tell_me", service=told), (home_row(here),))


def stop(here: Here) -> Answer:
    """No more broadcasts."""
    here.effects += (Mute(),)
    return Aside(here.t("news.stopped"), (home_row(here),))


def listen(here: Here, _: str = "") -> Answer:
    """Broadcasts again, for whoever had stopped them."""
    here.effects += (Unmute(),)
    return Aside(here.t("news.listening"), (home_row(here),))
