"""The menu, the welcome, help and language: what is reachable from everywhere. Pure."""

from typing import Any, Final

from msgspec.structs import replace

from bot.dialogue import vocabulary
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.late import MAX_QUOTED_CHARACTERS
from bot.domain.model import Choice, Language
from bot.i18n import Safe
from bot.notices.layout import STAYS, Rows, free, truncate
from bot.repositories import orders

OTHER: Final[dict[Language, Language]] = {"fr": "en", "en": "fr"}
# Each language's button is written in that language: who cannot read the rest can read it.
LANGUAGE_NAME: Final[dict[Language, str]] = {"fr": "🌐 Français", "en": "🌐 English"}


def menu_rows(ctx: Context) -> Rows:
    """The main menu."""
    return ctx.flows.menu_rows(ctx)


def other_language(ctx: Context) -> Choice:
    """The other language, by its own name."""
    other = OTHER[ctx.session.language]
    return free(LANGUAGE_NAME[other], "language", other)


def home_row(ctx: Context, mark: str = STAYS) -> tuple[Any, ...]:
    """A way back to the menu."""
    return (ctx.link("button.menu", "menu", mark=mark),)


def menu(ctx: Context, _: str = "") -> Answer:
    """Leave whatever was going on and show the menu."""
    return ctx.ask(IDLE, ctx.t("menu.title"), menu_rows(ctx), base=ctx.afresh(), greeted=True)


def start(ctx: Context, _: str = "") -> Answer:
    """`/start`: a short welcome and the menu."""
    return ctx.ask(IDLE, ctx.t("welcome"), menu_rows(ctx), base=ctx.afresh(), greeted=True)


def hello(ctx: Context, _: str = "") -> Answer:
    """A greeting: welcomed the first time, greeted back after that, without losing the person's place."""
    if not ctx.session.greeted:
        return start(ctx)
    return Reply(ctx.t("hello"), menu_rows(ctx))


def thanks(ctx: Context, _: str = "") -> Answer:
    """A kind word is answered."""
    return Reply(ctx.t("thanks"), menu_rows(ctx))


def cancel(ctx: Context, _: str = "") -> Deciding:
    """Leave whatever was going on; where nothing was, an order that can still be called back is pointed at."""
    if ctx.session.state == IDLE:
        for order in (yield from orders.open_of(ctx.customer)):
            if order.state == "waiting" and order.batch_id is None:
                recall = free(ctx.t.label("button.recall"), "recall", order.id, STAYS)
                return Reply(ctx.t("cancel.waiting", total=ctx.t.money(order.total_xof)), ((recall,), home_row(ctx)))
        ctx.lead = ctx.t("cancel.nothing")
    else:
        ctx.lead = ctx.t("cancel.done" if ctx.flows.state_of(ctx.session).buying else "cancel.left")
    ctx.session = replace(ctx.session, quote=None)
    return menu(ctx)


def help_text(ctx: Context) -> Safe:
    """How the bot works: the admins' own words, or ours."""
    own = ctx.shop.help_text.get(ctx.session.language)
    if own:
        return ctx.t.escaped(own)
    return ctx.t("help", smallest=ctx.t.money(ctx.shop.catalog.woyofal.minimum_xof))


def identity(ctx: Context, _: str = "") -> Answer:
    """`/id`: the person's own address, which an admin needs to credit him."""
    return Reply(ctx.t("id", address=ctx.person.address), (home_row(ctx),))


def language(ctx: Context, wanted: str) -> Answer:
    """Change the language, or ask which; the place in the dialogue stays."""
    if wanted not in OTHER:
        names = tuple(free(name, "language", known) for known, name in LANGUAGE_NAME.items())
        return Reply(ctx.t("language.ask"), (names,))
    ctx.session = replace(ctx.session, language=wanted, greeted=True)
    ctx.t = ctx.shop.words[ctx.session.language]
    return Reply(ctx.t("language.changed"), menu_rows(ctx))


def language_named(ctx: Context, text: str) -> Answer:
    """`/language fr`: the language by its code or by its name."""
    word = vocabulary.word(text)
    return language(ctx, word.argument if word is not None and word.argument else text)


def still_there(ctx: Context, text: str | None, left: bool) -> Answer:
    """A message that was under way for long does nothing: whoever sent it may want something else by now.

    Of several that come in a row, the first is answered and the others are swallowed until something fresh is said:
    they were held up together, and one question is enough.
    """
    if ctx.hailed and not left:
        ctx.session = replace(ctx.session, hailed=True)
        return ctx.nothing()
    quoted = None if text is None else truncate(" ".join(text.split()), MAX_QUOTED_CHARACTERS)
    asked = ctx.t("still_there", text=quoted) if quoted else ctx.t("still_there.button")
    return ctx.ask(IDLE, asked, menu_rows(ctx), base=ctx.afresh(), greeted=True, hailed=True)


def unreadable(ctx: Context, kind: str) -> Answer:
    """A photo, a voice message, a group: what to do instead."""
    if kind == "group":
        return Reply(ctx.t("unreadable.group"), no_question=True)
    return Reply(ctx.t(UNREADABLE.get(kind, "unreadable.other")), menu_rows(ctx))


UNREADABLE: Final[dict[str, str]] = {
    "photo": "unreadable.photo",
    "document": "unreadable.photo",
    "voice": "unreadable.voice",
    "sticker": "unreadable.sticker",
    "location": "unreadable.location",
    "contact": "unreadable.contact",
    "edited": "unreadable.edited",
}
