"""The welcome, a greeting, thanks, the language and the own address. Pure."""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Reply
from bot.dialogue.menu import home_row, menu_rows
from bot.dialogue.parsing import vocabulary
from bot.domain.outbound import Choice
from bot.domain.people import Language
from bot.i18n import Safe
from bot.languages import LISTS, known, pick
from bot.notices.layout import free, paragraphs

# Each language's button is written in that language: who cannot read the rest can read it.
LANGUAGE_NAME: Final[dict[Language, str]] = {code: f"🌐 {listed.name}" for code, listed in LISTS.items()}
MOST_LANGUAGES_A_ROW: Final = 3


def other_language(ctx: Context) -> Choice:
    """The other language, by its own name; where there are several, a way to be asked which."""
    others = [code for code in LANGUAGE_NAME if code != ctx.t.language]
    only = others[0] if len(others) == 1 else None
    return ctx.link("button.language", "language") if only is None else free(LANGUAGE_NAME[only], "language", only)


def start(ctx: Context, _: str = "") -> Answer:
    """`/start`: a short welcome and the menu."""
    return ctx.ask(
        IDLE,
        paragraphs(ctx.t("welcome"), ctx.t("contact.offer")),
        menu_rows(ctx),
        base=ctx.afresh(),
        greeted=True,
        talking=0,
    )


def hello(ctx: Context, _: str = "") -> Answer:
    """A greeting: welcomed the first time, greeted back after that, without losing the person's place."""
    if not ctx.session.greeted:
        return start(ctx)
    return Reply(ctx.t("hello"), menu_rows(ctx))


def thanks(ctx: Context, _: str = "") -> Answer:
    """A kind word is answered; in the middle of something nobody is seen off."""
    is_midway = not ctx.flows.state_of(ctx.session).read_only
    return Reply(ctx.t("thanks.midway" if is_midway else "thanks"), menu_rows(ctx))


def help_text(ctx: Context) -> Safe:
    """How the bot works: the admins' own words, or ours."""
    own = pick(ctx.shop.help_text, ctx.session.language)
    ours = ctx.t("help", smallest=ctx.t.money(ctx.shop.catalog.woyofal.minimum_xof))
    return paragraphs(ctx.t.escaped(own) if own else ours, ctx.t("contact.offer"))


def identity(ctx: Context, _: str = "") -> Answer:
    """`/id`: the person's own address, which an admin needs to credit them."""
    return Reply(ctx.t("id", address=ctx.person.address), (home_row(ctx),))


def language(ctx: Context, wanted: str) -> Answer:
    """Change the language, or ask which; the place in the dialogue stays."""
    chosen = known(wanted)
    if chosen is None:
        names = tuple(free(name, "language", code) for code, name in LANGUAGE_NAME.items())
        rows = tuple(names[at : at + MOST_LANGUAGES_A_ROW] for at in range(0, len(names), MOST_LANGUAGES_A_ROW))
        return Reply(ctx.t("language.ask"), rows)
    ctx.session = replace(ctx.session, language=chosen, greeted=True)
    ctx.t = ctx.shop.words[ctx.session.language]
    return Reply(ctx.t("language.changed"), menu_rows(ctx))


def language_named(ctx: Context, text: str) -> Answer:
    """`/language fr`: the language by its code or by its name."""
    word = vocabulary.word(text)
    return language(ctx, word.argument if word is not None and word.argument else text)
