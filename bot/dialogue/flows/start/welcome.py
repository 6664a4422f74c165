"""The welcome, a greeting, thanks, the language and the own address. Pure."""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.start.usual import usual_purchase
from bot.dialogue.menu import home_row, menu_rows
from bot.dialogue.parsing import vocabulary
from bot.dialogue.under_way import under_way
from bot.domain.outbound import Choice
from bot.domain.people import Language
from bot.i18n import Safe
from bot.languages import LISTS, known, pick
from bot.notices.layout import Rows, free, lines, paragraphs
from bot.notices.own_account import how_to_pay_in
from bot.store import Script
from bot.store.together import nothing, together

# Each language's button is written in that language: who cannot read the rest can read it.
LANGUAGE_NAME: Final[dict[Language, str]] = {code: f"🌐 {listed.name}" for code, listed in LISTS.items()}
MOST_LANGUAGES_A_ROW: Final = 3


def other_language(ctx: Context) -> Choice:
    """The other language, by its own name; where there are several, a way to be asked which."""
    others = [code for code in LANGUAGE_NAME if code != ctx.t.language]
    only = others[0] if len(others) == 1 else None
    return ctx.link("button.language", "language") if only is None else free(LANGUAGE_NAME[only], "language", only)


def start(ctx: Context, _: str = "") -> Deciding:
    """`/start`: a short welcome and the menu."""
    must_pay_in = ctx.shop.collecting is None and ctx.person.role is None and not ctx.flows.has_float(ctx)
    money, opened = yield from together(_no_money(ctx) if must_pay_in else nothing(), _opening(ctx))
    text, rows = opened or (paragraphs(ctx.t("welcome"), money), menu_rows(ctx))
    return ctx.ask(IDLE, paragraphs(text, ctx.t("contact.offer")), rows, base=ctx.afresh(), greeted=True, talking=0)


def _no_money(ctx: Context) -> Script[Safe | None]:
    """Whoever cannot pay yet reads at once how to, not after they have chosen everything."""
    balance = yield from ctx.balance()
    if balance.spendable_xof > 0:
        return None
    have = ctx.t("welcome.no_money", balance=ctx.t.money(balance.spendable_xof))
    return lines(have, how_to_pay_in(ctx.t, ctx.shop, ctx.person.address, has_float=ctx.flows.has_float(ctx)))


def _opening(ctx: Context) -> Script[tuple[Safe, Rows] | None]:
    """What a greeting is answered with: how it stands with what is under way, else the usual purchase first; None
    where there is neither.
    """
    waits, usual = yield from together(under_way(ctx), usual_purchase(ctx))
    if waits is not None:
        return paragraphs(ctx.t("hello.waits"), waits[0]), (*waits[1], home_row(ctx))
    if usual is None:
        return None
    return ctx.t("hello.usual"), menu_rows(ctx, usual)


def hello(ctx: Context, _: str = "") -> Deciding:
    """A greeting: welcomed the first time, greeted back after that, without losing the person's place."""
    if not ctx.session.greeted:
        return (yield from start(ctx))
    opened = yield from _opening(ctx)
    return Reply(*(opened or (ctx.t("hello"), menu_rows(ctx))))


def thanks(ctx: Context, _: str = "") -> Answer:
    """A kind word is answered; in the middle of something nobody is seen off."""
    is_midway = not ctx.flows.state_of(ctx.session).read_only
    return Reply(ctx.t("thanks.midway" if is_midway else "thanks"), menu_rows(ctx))


def help_text(ctx: Context) -> Safe:
    """How the bot works: the admins' own words, or ours; and, to who sells for a shop, what there is at the counter."""
    if ctx.at_counter:
        return paragraphs(ctx.t("help.counter"), ctx.t("contact.offer"))
    own = pick(ctx.shop.help_text, ctx.session.language)
    ours = paragraphs(
        ctx.t("help", smallest=ctx.t.money(ctx.shop.catalog.woyofal.minimum_xof)),
        ctx.t("help.commands" if ctx.channel.commands else "help.words"),
    )
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
        return Reply(ctx.t("language.ask"), rows, separate=True)
    ctx.session = replace(ctx.session, language=chosen, greeted=True)
    ctx.t = ctx.shop.words[ctx.session.language]
    return Reply(ctx.t("language.changed"), menu_rows(ctx))


def language_named(ctx: Context, text: str) -> Answer:
    """`/language fr`: the language by its code or by its name."""
    word = vocabulary.word(text)
    return language(ctx, word.argument if word is not None and word.argument else text)
