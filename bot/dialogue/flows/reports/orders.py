"""An admin reads orders by any filter, and sends an order's news to its owner again. Pure.

A page of orders carries its filter in its buttons, so that they are good for ever. Where the filter is too long for a
button, the buttons are good as long as the page is the one that was shown last.
"""

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.admin_pending import OrdersPage
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.flows.reports.filters import described, parse, written
from bot.dialogue.flows.reports.find import MAX_DATA_BYTES
from bot.dialogue.menu import home_row
from bot.dialogue.parsing.references import parse_order_id
from bot.dialogue.periods import unclear
from bot.domain.order import STUCK_AFTER_MS, Order
from bot.domain.outbound import Choice
from bot.notices.layout import STAYS, TURNS, Rows, free, lines, paragraphs, truncate
from bot.notices.orders import STATE, list_label, list_line, order_number
from bot.repositories.finding import Filter, filtered
from bot.repositories.orders import find_order
from bot.transactions.notifications import tell_again

PAGE_SIZE = 6
# No button of ours skips a number with more digits.
MAX_SKIP_DIGITS = 6


def orders(ctx: Context, rest: str = "") -> Answer | Deciding:
    """`/orders [filters]`: everybody's orders, newest first, a page at a time."""
    wanted = parse(rest, ctx.shop.catalog, ctx.now)
    return unclear(ctx, "orders.usage") if wanted is None else _show(ctx, wanted, 0)


def orders_page(ctx: Context, argument: str) -> Answer | Deciding:
    """A page of them: how many to skip, and the filter."""
    skip, _, rest = argument.partition(" ")
    wanted = parse(rest, ctx.shop.catalog, ctx.now)
    if wanted is None or not skip.isdecimal() or len(skip) > MAX_SKIP_DIGITS:
        return unclear(ctx, "orders.usage")
    return _show(ctx, wanted, int(skip))


def other_page(ctx: Context, skip: str) -> Deciding:
    """Another page of the orders that were shown last."""
    return ctx.flows.follow(ctx, "orders", f"{skip} {written(ctx.pending(OrdersPage).filter)}")


def ask_orders(ctx: Context) -> Deciding:
    """The page of orders that was shown last."""
    page = ctx.pending(OrdersPage)
    return _show(ctx, page.filter, page.skip)


def _show(ctx: Context, wanted: Filter, skip: int) -> Deciding:
    t = ctx.t
    page = yield from filtered(wanted, ctx.now - STUCK_AFTER_MS, skip, PAGE_SIZE)
    title = t("orders.title", filter=described(t, wanted))
    listed = (
        lines(list_line(t, number, order), t("orders.owner", address=str(order.address), names=_names(order)))
        for number, order in enumerate(page.orders, 1)
    )
    text = paragraphs(title, *listed) if page.orders else paragraphs(title, t("orders.none"))
    rows: Rows = tuple((free(list_label(t, order), "inspect", order.id, STAYS),) for order in page.orders)
    paging = (
        *((_page_button(ctx, "button.newer", max(0, skip - PAGE_SIZE), wanted),) if skip else ()),
        *((_page_button(ctx, "button.older", skip + PAGE_SIZE, wanted),) if page.more else ()),
    )
    rows = (*rows, *((paging,) if paging else ()), home_row(ctx))
    return ctx.ask("admin_orders", text, rows, base=ctx.afresh(), pending=OrdersPage(wanted, skip))


def _names(order: Order) -> str:
    names = dict.fromkeys(name for name in (order.client, order.holder) if name)
    return truncate(", ".join(names), 60) or "—"


def _page_button(ctx: Context, key: str, skip: int, wanted: Filter) -> Choice:
    link = page_link(ctx, key, skip, wanted)
    return ctx.button(key, "page", str(skip)) if link is None else link


def page_link(ctx: Context, key: str, skip: int, wanted: Filter) -> Choice | None:
    """A button to a page of orders that is good for ever; None where no button can carry the filter."""
    argument = f"{skip} {written(wanted)}".strip()
    fits = len(f"{TURNS}.orders.{argument}".encode()) <= MAX_DATA_BYTES
    return ctx.link(key, "orders", argument) if fits else None


def resend(ctx: Context, rest: str = "") -> Deciding:
    """`/resend ID`: an order's latest news goes to its owner again; whoever sends it sees nothing of it."""
    wanted = parse_order_id(rest)
    order: Order | None = None
    if wanted is not None:
        order = yield from find_order(wanted)
    if order is None:
        return Reply(ctx.t("resend.usage" if wanted is None else "admin.order.none"), separate=True)
    ctx.unit.posted += yield from tell_again(ctx.unit.installation, order, ctx.now)
    yield from audit(ctx, "resend", order.id)
    text = ctx.t(
        "resend.done", order=order_number(order.id), state=ctx.t(STATE[order.state]), address=str(order.address)
    )
    see = free(ctx.t.label("button.see_order"), "inspect", order.id, STAYS)
    return Reply(text, ((see, *home_row(ctx)),), separate=True)
