"""What a seller has: the till of their day, what they may still sell, and the way out of the shop. Pure."""

from bot.dialogue.at_counter import buyer_balance
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.sellers.joining import shop_named
from bot.dialogue.flows.sellers.people import month_of, today_of
from bot.dialogue.menu import home_row, menu
from bot.domain.outbound import Choice
from bot.i18n import Safe
from bot.notices.layout import Rows, lines, paragraphs
from bot.repositories import sellers
from bot.repositories.accounts import members_of
from bot.repositories.people import Selling
from bot.store import Script


def menu_button(ctx: Context) -> Choice | None:
    """The menu's way to the till, in the place of the balance, which is the shop's."""
    return ctx.link("menu.till", "till") if ctx.at_counter else None


def help_text(ctx: Context) -> Safe | None:
    """How to sell, for a seller."""
    selling = ctx.person.selling
    if selling is None:
        return None
    return ctx.t("help.seller", shop=shop_named(ctx, selling.terms.shop_name))


def spending_limit_xof(ctx: Context, commission_xof: int) -> Script[int | None]:
    """What a seller may still sell today. It bounds what clients hand over: more by the commission than leaves the
    shop's balance.
    """
    selling = ctx.person.selling
    if selling is None:
        return None
    sold = yield from sellers.sold_by(selling.id, *today_of(ctx.now))
    return max(0, selling.day_limit_xof - sold.price_xof - commission_xof)


def till(ctx: Context, _: str = "") -> Answer | Deciding:
    """What was taken in today and this month, and how much more may be sold; a reseller's is their day."""
    selling = ctx.person.selling
    return ctx.flows.follow(ctx, "day") if selling is None else _till(ctx, selling)


def _till(ctx: Context, selling: Selling) -> Deciding:
    t = ctx.t
    today = yield from sellers.sold_by(selling.id, *today_of(ctx.now))
    month = yield from sellers.sold_by(selling.id, *month_of(ctx.now))
    left_xof = max(0, selling.day_limit_xof - today.price_xof)
    balance = (yield from buyer_balance(ctx)) if selling.shows_balance else None
    text = paragraphs(
        t("till.title", name=selling.name, shop=shop_named(ctx, selling.terms.shop_name)),
        lines(
            t("till.today", price=t.money(today.price_xof), sales=today.sales),
            t("till.left", left=t.money(left_xof), limit=t.money(selling.day_limit_xof)),
            t("sellers.month", price=t.money(month.price_xof), sales=month.sales),
        ),
        None if balance is None else t("till.balance", balance=t.money(balance.available_xof)),
        t("till.paused") if selling.paused else None,
    )
    rows: Rows = ((ctx.link("menu.history", "history"), ctx.link("button.leave_shop", "leaveshop")),)
    return Reply(text, (*rows, home_row(ctx, "~")))


def leave(ctx: Context, _: str = "") -> Answer:
    """A seller wants to sell no more: shall it end?"""
    return ask_leave(ctx) if ctx.at_counter else menu(ctx)


def ask_leave(ctx: Context) -> Answer:
    """Shall it end?"""
    rows: Rows = ((ctx.button("button.do", "do"), ctx.button("button.no", "cancel")),)
    return ctx.ask("seller_leave", ctx.t("till.leave"), rows, base=ctx.afresh())


def do_leave(ctx: Context, _: str = "") -> Deciding:
    """It ends, and the shop reads so."""
    selling = ctx.person.selling
    if selling is None:
        return menu(ctx)
    yield from sellers.end(selling.shop, selling.id, ctx.now)
    for member in (yield from members_of(selling.shop)):
        yield from ctx.tell_news(member.address, member.language, "sellers.left", name=selling.name)
    text = ctx.t("seller.ended", shop=shop_named(ctx, selling.terms.shop_name))
    return ctx.ask(IDLE, text, (home_row(ctx),), base=ctx.afresh(), quote=None)
