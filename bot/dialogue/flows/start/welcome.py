"""The welcome, a greeting, thanks, the language and the own address. Pure."""

from typing import Final

from msgspec.structs import replace

from bot.dialogue import vocabulary
from bot.dialogue.context import IDLE, Answer, Context, Reply
from bot.dialogue.menus import home_row, menu_rows
from bot.domain.model import Choice, Language
from bot.i18n import Safe
from bot.notices.layout import free

OTHER: Final[dict[Language, Language]] = {"fr": "en", "en": "fr"}


# Each language's button is written in that language: who cannot read the rest can read it.
LANGUAGE_NAME: Final[dict[Language, str]] = {"fr": "🌐 Français", "en": "🌐 English"}


def other_language(ctx: Context) -> Choice:
    """The other language, by its own name."""
    other = OTHER[ctx.session.language]
    return free(LANGUAGE_NAME[other], "language", other)


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
