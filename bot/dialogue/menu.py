"""The menu, and what leads back to it. Pure."""

from typing import Any

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.notices.contact import contact_button
from bot.notices.layout import STAYS, Rows, free, paragraphs
from bot.repositories import orders


def menu_rows(ctx: Context) -> Rows:
    """The main menu."""
    return ctx.flows.menu_rows(ctx)


def home_row(ctx: Context, mark: str = STAYS) -> tuple[Any, ...]:
    """A way back to the menu."""
    return (ctx.link("button.menu", "menu", mark=mark),)


def contact_row(ctx: Context, order_id: str = "") -> tuple[Any, ...]:
    """A way to a person; `order_id` is the order that it is about."""
    return (contact_button(ctx.t, order_id),)


def menu(ctx: Context, _: str = "") -> Answer:
    """Leave whatever was going on, a person who is talked to as well, and show the menu."""
    if ctx.session.talking:
        ctx.prefix = paragraphs(ctx.prefix, ctx.t("contact.bot_back"))
    return ctx.ask(IDLE, ctx.t("menu.title"), menu_rows(ctx), base=ctx.afresh(), greeted=True, talking=0)


def cancel(ctx: Context, _: str = "") -> Deciding:
    """Leave whatever was going on; where nothing was, an order that can still be called back is pointed at."""
    if ctx.session.talking and ctx.flows.state_of(ctx.session).read_only:
        return menu(ctx)
    if ctx.session.state == IDLE:
        for order in (yield from orders.open_of(ctx.customer)):
            if order.state == "waiting" and order.batch_id is None:
                recall = free(ctx.t.label("button.recall"), "recall", order.id, STAYS)
                return Reply(ctx.t("cancel.waiting", total=ctx.t.money(order.total_xof)), ((recall,), home_row(ctx)))
        if (cancelled := (yield from ctx.flows.cancels(ctx))) is not None:
            return cancelled
        ctx.prefix = ctx.t("cancel.nothing")
    else:
        ctx.prefix = ctx.t("cancel.done" if ctx.flows.state_of(ctx.session).buying else "cancel.left")
    ctx.session = replace(ctx.session, quote=None)
    return menu(ctx)
