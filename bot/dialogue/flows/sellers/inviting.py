"""A shop invites a seller: a name, and a code that the seller types in their own chat. Pure."""

from typing import Final

from msgspec.structs import replace

from bot.dialogue import codes
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.menu import home_row
from bot.domain.text import fold, printable_line
from bot.notices.layout import Rows, paragraphs
from bot.repositories import sellers
from bot.repositories.links import TRIES_SECONDS
from bot.repositories.sellers import FIRST_DAY_LIMIT_XOF, Seller
from bot.store import Script

CODE_SECONDS: Final = 600
MAX_MADE: Final = 5
MOST_SELLERS: Final = 10
MAX_NAME_CHARACTERS: Final = 30


def clean_name(text: str) -> str | None:
    """A seller's name as people may give it; None for a text that is none."""
    name = printable_line(text[:200])
    if len(name) > MAX_NAME_CHARACTERS or not any(c.isalpha() for c in name):
        return None
    return name.title() if name.islower() else name


def add(ctx: Context, _: str = "") -> Deciding:
    """Invite somebody: what are they called?"""
    if ctx.person.frozen:
        return Reply(ctx.t("link.frozen"), (home_row(ctx),))
    known = yield from sellers.of_shop(ctx.customer)
    if len(known) >= MOST_SELLERS:
        return Reply(ctx.t("sellers.full", most=MOST_SELLERS), _back(ctx))
    ctx.session = replace(ctx.afresh(), greeted=True)
    return ask_name(ctx)


def ask_name(ctx: Context) -> Answer:
    """What is the new seller called?"""
    return ctx.ask("seller_name", ctx.t("sellers.name"), ((ctx.button("button.cancel", "cancel"),),))


def read_name(ctx: Context, text: str) -> Deciding:
    """The name was typed: here is the code."""
    name = clean_name(text)
    known = yield from sellers.of_shop(ctx.customer)
    if name is None or any(fold(one.name) == fold(name) for one in known):
        ctx.again(ctx.t("sellers.name_bad", most=MAX_NAME_CHARACTERS) if name is None else ctx.t("sellers.name_taken"))
        return ask_name(ctx)
    ctx.session = ctx.afresh()
    made = yield from sellers.made_since(ctx.customer, ctx.now - TRIES_SECONDS * 1000, ctx.now)
    if ctx.person.frozen or made >= MAX_MADE or len(known) >= MOST_SELLERS:
        return Reply(ctx.t("link.frozen" if ctx.person.frozen else "link.too_many"), _back(ctx))
    code = codes.make(ctx.person.fresh[1])
    yield from sellers.invite(ctx.customer, ctx.person.address, name, code, ctx.now, ctx.now + CODE_SECONDS * 1000)
    text = paragraphs(
        ctx.t("sellers.code", name=name, code=code, minutes=CODE_SECONDS // 60),
        ctx.t("sellers.code_mind", limit=ctx.t.money(FIRST_DAY_LIMIT_XOF)),
    )
    return Reply(text, _back(ctx))


def _back(ctx: Context) -> Rows:
    return ((ctx.link("button.sellers", "sellers"), *home_row(ctx)),)


def one_of(ctx: Context, argument: str) -> Script[Seller | None]:
    """The seller of that id of the shop of the reseller who speaks."""
    is_id = argument.isascii() and argument.isdecimal() and len(argument) <= 15
    return (yield from sellers.load(ctx.customer, int(argument))) if is_id else None
