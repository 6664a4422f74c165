"""Who may not buy, and what is not sold at the moment: the one place that a quote, a sale and a batch ask. Pure.

A paused account keeps everything and may look at everything; it buys nothing until an admin lets it. A service in
maintenance is sold to nobody. Whoever is turned away reads what happened, that nothing was paid, and what to do.
"""

from bot.dialogue.context import IDLE, Context
from bot.dialogue.menu import contact_row, home_row
from bot.dialogue.session import Transition
from bot.domain.catalog import ServiceName
from bot.i18n import Safe
from bot.notices.broadcasts import when_back
from bot.notices.layout import Rows, paragraphs
from bot.notices.orders import SERVICE
from bot.notices.own_account import contact


def purchase_blocked(ctx: Context, service: ServiceName | None = None) -> Transition | None:
    """Why the person who speaks may not buy `service` now, as the next message; None where they may.

    Without a service only the account is looked at.
    """
    selling = ctx.person.selling
    if selling is not None and (selling.paused or selling.closed):
        key = "blocked.seller_paused" if selling.paused else "blocked.shop_closed"
        return _turned_away(ctx, paragraphs(ctx.prefix, ctx.t(key)), (home_row(ctx),))
    if ctx.person.frozen:
        text = paragraphs(ctx.prefix, ctx.t("blocked.frozen"), contact(ctx.t, ctx.shop, ctx.person.address))
        return _turned_away(ctx, text, ((*contact_row(ctx), *home_row(ctx)),))
    if service is None or service not in ctx.shop.maintenance:
        return None
    word = ctx.shop.maintenance[service]
    text = paragraphs(
        ctx.prefix,
        ctx.t("blocked.maintenance", service=ctx.t(SERVICE[service])),
        ctx.t.escaped(word) if word else None,
        ctx.t("blocked.maintenance_money"),
    )
    return _turned_away(ctx, text, (*when_back(ctx.t, service), home_row(ctx)))


def _turned_away(ctx: Context, text: Safe, rows: Rows) -> Transition:
    ctx.prefix = None
    return ctx.ask(IDLE, text, rows, base=ctx.afresh(), greeted=True)
