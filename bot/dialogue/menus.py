"""The menu, the welcome, help and language: what is reachable from everywhere. Pure."""

from typing import Any, Final

from msgspec.structs import replace

from bot.dialogue.here import IDLE, STAYS, Answer, Aside, Deciding, Here, Rows, brief, free, offers
from bot.dialogue.late import MAX_QUOTED_CHARACTERS
from bot.dialogue.looks import LookOpen
from bot.dialogue.orders import EMBLEM, SERVICE
from bot.dialogue.reseller.menu import reseller_rows
from bot.i18n import Safe
from bot.model import Language

OTHER: Final[dict[Language, Language]] = {"fr": "en", "en": "fr"}
# The states in which leaving means that nothing was paid.
BUYING: Final = frozenset({"which", "reference", "unusual", "inquiring", "unanswered", "amount", "bill", "quote"})
# Each language's button is written in that language: who cannot read the rest can read it.
LANGUAGE_NAME: Final[dict[Language, str]] = {"fr": "🌐 Français", "en": "🌐 English"}


def menu_rows(here: Here) -> Rows:
    """The main menu."""
    woyofal, senelec, seneau = (
        free(f"{EMBLEM[service.name]} {here.t.label(SERVICE[service.name])}", "buy", service.name)
        for service in here.shop.catalog
    )
    other = OTHER[here.session.language]
    # A reseller's meters are his clients'; and a list of WhatsApp has ten rows.
    own = () if here.speaker.reseller is not None else (here.link("menu.meters", "meters"),)
    return (
        *reseller_rows(here),
        (woyofal,),
        (senelec, seneau),
        (*own, here.link("menu.balance", "balance")),
        (here.link("menu.history", "history"), here.link("menu.help", "help")),
        (free(LANGUAGE_NAME[other], "language", other),),
    )


def home_row(here: Here, mark: str = STAYS) -> tuple[Any, ...]:
    """A way back to the menu."""
    return (here.link("button.menu", "menu", mark=mark),)


def menu(here: Here, _: str = "") -> Answer:
    """Leave whatever was going on and show the menu."""
    return here.ask(IDLE, here.t("menu.title"), menu_rows(here), base=here.afresh(), greeted=True)


def start(here: Here, _: str = "") -> Answer:
    """`/start`: a short welcome and the menu."""
    return here.ask(IDLE, here.t("welcome"), menu_rows(here), base=here.afresh(), greeted=True)


def hello(here: Here, _: str = "") -> Answer:
    """A greeting: welcomed the first time, greeted back after that, without losing the person's place."""
    if not here.session.greeted:
        return start(here)
    return Aside(here.t("hello"), menu_rows(here))


def thanks(here: Here, _: str = "") -> Answer:
    """A kind word is answered; at a quote it is no yes, and what stands is said."""
    if here.session.state == "quote":
        return Aside(here.t("thanks.twin" if offers(here.session.choices, "twice") else "thanks.quote"))
    return Aside(here.t("thanks"), menu_rows(here))


def cancel(here: Here, _: str = "") -> Deciding:
    """Leave whatever was going on; where nothing was, an order that can still be called back is pointed at."""
    if here.session.state == IDLE:
        for order in (yield LookOpen()):
            if order.state == "waiting" and order.batch_id is None:
                recall = free(here.t.label("button.recall"), "recall", order.id, STAYS)
                return Aside(here.t("cancel.waiting", total=here.t.money(order.total_xof)), ((recall,), home_row(here)))
        here.lead = here.t("cancel.nothing")
    else:
        here.lead = here.t("cancel.done" if here.session.state in BUYING else "cancel.left")
    here.session = replace(here.session, quote=None)
    return menu(here)


def help_text(here: Here) -> Safe:
    """How the bot works: the admins' own words, or ours."""
    own = here.shop.help_text.get(here.session.language)
    if own:
        return here.t.escaped(own)
    return here.t("help", smallest=here.t.money(here.shop.catalog.woyofal.minimum_xof))


def identity(here: Here, _: str = "") -> Answer:
    """`/id`: the person's own address, which an admin needs to credit him."""
    return Aside(here.t("id", address=here.speaker.address), (home_row(here),))


def language(here: Here, wanted: str) -> Answer:
    """Change the language, or ask which; the place in the dialogue stays."""
    if wanted not in OTHER:
        names = tuple(free(name, "language", known) for known, name in LANGUAGE_NAME.items())
        return Aside(here.t("language.ask"), (names,))
    here.session = replace(here.session, language=wanted, greeted=True)
    here.t = here.shop.words[here.session.language]
    return Aside(here.t("language.changed"), menu_rows(here))


def still_there(here: Here, text: str | None, left: bool) -> Answer:
    """A message that was under way for long does nothing: whoever sent it may want something else by now.

    Of several that come in a row, the first is answered and the others are swallowed until something fresh is said:
    they were held up together, and one question is enough.
    """
    if here.hailed and not left:
        here.session = replace(here.session, hailed=True)
        return here.nothing()
    quoted = None if text is None else brief(" ".join(text.split()), MAX_QUOTED_CHARACTERS)
    asked = here.t("still_there", text=quoted) if quoted else here.t("still_there.button")
    return here.ask(IDLE, asked, menu_rows(here), base=here.afresh(), greeted=True, hailed=True)


def unreadable(here: Here, kind: str) -> Answer:
    """A photo, a voice message, a group: what to do instead."""
    if kind == "group":
        return Aside(here.t("unreadable.group"), alone=True)
    return Aside(here.t(UNREADABLE.get(kind, "unreadable.other")), menu_rows(here))


UNREADABLE: Final[dict[str, str]] = {
    "photo": "unreadable.photo",
    "document": "unreadable.photo",
    "voice": "unreadable.voice",
    "sticker": "unreadable.sticker",
    "location": "unreadable.location",
    "contact": "unreadable.contact",
    "edited": "unreadable.edited",
}
