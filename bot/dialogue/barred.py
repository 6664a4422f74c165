"""Who may not buy, and what is not sold at the moment: the one place that a quote, a sale and a batch ask. Pure.

A paused account keeps everything and may look at everything; it buys nothing until an admin lets it. A service in
maintenance is sold to nobody. Whoever is turned away reads what happened, that nothing was paid, and what to do.
"""

from bot.dialogue import announcements
from bot.dialogue.here import IDLE, Here, Rows, paragraphs
from bot.dialogue.menus import home_row
from bot.dialogue.orders import SERVICE
from bot.dialogue.session import Turn
from bot.dialogue.shop import Shop
from bot.i18n import Safe, Voice
from bot.model import ServiceName


def barred(here: Here, service: ServiceName | None = None) -> Turn | None:
    """Why the person who speaks may not buy `service` now, as his next message; None when he may.

    Without a service only the account is looked at.
    """
    if here.speaker.frozen:
        text = paragraphs(here.lead or None, here.t("barred.frozen"), contact(here.t, here.shop, here.speaker.address))
        return _turned_away(here, text, (home_row(here),))
    if service is None or service not in here.shop.maintenance:
        return None
    word = here.shop.maintenance[service]
    text = paragraphs(
        here.lead or None,
        here.t("barred.maintenance", service=here.t(SERVICE[service])),
        here.t.escaped(word) if word else None,
        here.t("barred.maintenance_money"),
    )
    return _turned_away(here, text, (*when_back(here, service), home_row(here)))


def _turned_away(here: Here, text: str, rows: Rows) -> Turn:
    here.lead = ""
    return here.ask(IDLE, text, rows, base=here.afresh(), greeted=True)


def when_back(here: Here, service: ServiceName) -> Rows:
    """The buttons for who wants to be told when the service is sold again."""
    return announcements.when_back(here.t, service)


def contact(t: Voice, shop: Shop, address: str) -> Safe:
    """Whom to write to about one's account: the admin's own words, or ours with the person's address. Never the text
    that tells how to pay: who reads it must not think that money reopens an account.
    """
    own = shop.contact.get(t.language)
    return t("barred.contact", words=own) if own else t("barred.contact_admin", address=address)
