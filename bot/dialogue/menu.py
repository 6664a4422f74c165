"""The menu, and what leads back to it. Pure."""

from typing import Any

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.domain.outbound import Button
from bot.i18n import Safe
from bot.notices.contact import contact_button
from bot.notices.layout import STAYS, Rows, free, paragraphs
from bot.repositories import own_orders


def menu_rows(ctx: Context, *first: Button) -> Rows:
    """The main menu, after what matters more. Where a channel shows few buttons, the first of them and a way to all;
    what has none is named in the text that they stand under (`Context.ask`).
    """
    whole = ctx.flows.menu_rows(ctx)
    if ctx.channel.buttons is None:
        return (first, *whole) if first else whole
    near = (*first, *(button for row in whole for button in row))[: ctx.channel.buttons - 1]
    return (near, (ctx.flows.whole_menu(ctx),))


def home_row(ctx: Context, mark: str = STAYS) -> tuple[Any, ...]:
    """A way back to the menu."""
    return (ctx.link("button.menu", "menu", mark=mark),)


def reply_beside(ctx: Context, text: Safe) -> Reply:
    """A reply in a message of its own; what is asked stays asked."""
    return Reply(text, (home_row(ctx),), separate=True)


def contact_row(ctx: Context, order_id: str = "") -> tuple[Any, ...]:
    """A way to a person; `order_id` is the order that it is about."""
    return (contact_button(ctx.t, order_id),)


def menu(ctx: Context, _: str = "") -> Answer:
    """Leave whatever was going on, a person who is talked to as well, and show the menu."""
    if ctx.session.talking:
        ctx.prefix = paragraphs(ctx.prefix, ctx.t("contact.bot_back"))
    return _titled(ctx, ctx.flows.menu_rows(ctx))


def _titled(ctx: Context, rows: Rows) -> Answer:
    return ctx.ask(IDLE, ctx.t("menu.title"), rows, base=ctx.afresh(), greeted=True, talking=0)


def cancel(ctx: Context, _: str = "") -> Deciding:
    """Leave whatever was going on; where nothing was, an order that can still be called back is pointed at."""
    if ctx.session.talking and ctx.flows.state_of(ctx.session).read_only:
        return menu(ctx)
    if ctx.session.state == IDLE:
        for order in (yield from own_orders.open_of(ctx.person.whose)):
            if order.state == "waiting" and order.batch_id is None:
                recall = free(ctx.t.label("button.recall"), "recall", order.id, STAYS)
                total = ctx.t.money(order.price_xof if ctx.at_counter else order.total_xof)
                asked = ctx.t("cancel.waiting_sale" if ctx.at_counter else "cancel.waiting", total=total)
                return Reply(asked, ((recall,), home_row(ctx)))
        if (cancelled := (yield from ctx.flows.cancels(ctx))) is not None:
            return cancelled
        ctx.prefix = ctx.t("cancel.nothing")
    else:
        ctx.prefix = ctx.t("cancel.done" if ctx.flows.state_of(ctx.session).buying else "cancel.left")
    ctx.session = replace(ctx.session, quote=None)
    return _titled(ctx, menu_rows(ctx))
