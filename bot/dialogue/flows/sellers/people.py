"""A shop's sellers: who they are and what they sold, and what the shop decides about each of them. Pure.

What ends or bounds a seller takes one tap and holds from their next message on. To let them sell for more takes the
shop's PIN, where it has one.
"""

from collections.abc import Callable

from msgspec.structs import replace

from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.flows.sellers.inviting import one_of
from bot.dialogue.flows.sellers.joining import shop_named
from bot.dialogue.menu import home_row
from bot.dialogue.parsing.amounts import parse_amount
from bot.dialogue.seller_pending import OneSeller, RaiseSellerLimit
from bot.domain.order import Order
from bot.domain.period import DAY_MS, Period, day_of
from bot.domain.quote import MAX_AMOUNT_XOF
from bot.i18n import Safe
from bot.notices.accounts import masked
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs
from bot.notices.orders import list_label, list_line
from bot.repositories import pins, sellers
from bot.repositories.pins import PinHolder
from bot.repositories.sellers import Seller, Sold
from bot.store import Script

MOST_SHOWN = 6
LIMITS_OFFERED_XOF = (20_000, 50_000, 100_000, 200_000)


def today_of(now: int) -> tuple[int, int]:
    """When today began, and when it ends."""
    since = now // DAY_MS * DAY_MS
    return since, since + DAY_MS


def month_of(now: int) -> tuple[int, int]:
    """When this month began, and when today ends."""
    today = day_of(now)
    days = Period(f"{today[:7]}-01", today)
    return days.since, days.until


# Reading.


def listed(ctx: Context, _: str = "") -> Deciding:
    """`/sellers`: everybody who sells for the shop, with what they sold today."""
    known = yield from sellers.of_shop(ctx.customer)
    add = (ctx.link("button.seller_add", "addseller"), *home_row(ctx, "~"))
    today = yield from sellers.sold_by_each(ctx.customer, *today_of(ctx.now))
    month = yield from sellers.sold_by_each(ctx.customer, *month_of(ctx.now))
    former = _former(ctx, [sold for seller_id, sold in month.items() if seller_id not in {one.id for one in known}])
    if not known:
        text = paragraphs(ctx.t("sellers.none"), former)
        return ctx.ask("sellers", text, (add,), base=ctx.afresh(), greeted=True)
    shown = (_line(ctx, one, today.get(one.id, Sold()), month.get(one.id, Sold())) for one in known)
    rows: Rows = tuple((free(one.name, "seller", str(one.id)),) for one in known)
    text = paragraphs(ctx.t("sellers.title"), *shown, former)
    return ctx.ask("sellers", text, (*rows, add), base=ctx.afresh(), greeted=True)


def _former(ctx: Context, sold: list[Sold]) -> Safe | None:
    """What was sold this month by those who do not sell for the shop any more."""
    price_xof = sum(each.price_xof for each in sold)
    sales = sum(each.sales for each in sold)
    return ctx.t("sellers.former", price=ctx.t.money(price_xof), sales=sales) if sales else None


def _line(ctx: Context, one: Seller, today: Sold, month: Sold) -> Safe:
    t = ctx.t
    return lines(
        t("sellers.line", name=one.name, state=t("sellers.paused" if one.paused_at else "sellers.selling")),
        t("sellers.today", sales=today.sales, price=t.money(today.price_xof), limit=t.money(one.day_limit_xof)),
        t("sellers.month", sales=month.sales, price=t.money(month.price_xof)),
    )


def page(ctx: Context, argument: str = "") -> Deciding:
    """One seller: what they sold, and what can be decided about them."""
    one = yield from one_of(ctx, argument)
    return (yield from _gone(ctx)) if one is None else (yield from _show(ctx, one))


def ask_page(ctx: Context) -> Deciding:
    """The seller who was shown last."""
    return (yield from page(ctx, str(ctx.pending(OneSeller).seller_id)))


def _gone(ctx: Context) -> Deciding:
    ctx.prefix = ctx.t("sellers.gone")
    return (yield from listed(ctx))


def _show(ctx: Context, one: Seller) -> Deciding:
    t, seller_id = ctx.t, str(one.id)
    today = yield from sellers.sold_by(one.id, *today_of(ctx.now))
    month = yield from sellers.sold_by(one.id, *month_of(ctx.now))
    text = paragraphs(
        lines(_line(ctx, one, today, month), t("sellers.address", address=masked(one.address))),
        t("sellers.sees_balance" if one.shows_balance else "sellers.sees_no_balance"),
    )
    pause = ("button.seller_resume", "off") if one.paused_at else ("button.seller_pause", "on")
    shows = ("button.seller_hide", "off") if one.shows_balance else ("button.seller_show", "on")
    rows: Rows = (
        (
            ctx.link(pause[0], "sellerpause", f"{seller_id} {pause[1]}"),
            ctx.link("button.seller_end", "sellerend", seller_id),
        ),
        (
            ctx.link("button.seller_limit", "sellerlimit", seller_id),
            ctx.link(shows[0], "sellershow", f"{seller_id} {shows[1]}"),
        ),
        (ctx.link("button.seller_sold", "sellersold", seller_id),),
        *(((ctx.link("button.seller_pin", "sellerpin", seller_id),),) if one.pin_hash else ()),
        (ctx.link("button.sellers", "sellers"), *home_row(ctx, "~")),
    )
    return ctx.ask("seller", text, rows, base=ctx.afresh(), pending=OneSeller(one.id), greeted=True)


def sold(ctx: Context, argument: str) -> Deciding:
    """What a seller sold last: each sale as the shop reads it."""
    one = yield from one_of(ctx, argument)
    if one is None:
        return (yield from _gone(ctx))
    last = yield from sellers.page_of(one.id, 0, MOST_SHOWN)
    back = (ctx.link("button.seller_see", "seller", str(one.id)), *home_row(ctx, "~"))
    if not last:
        return Reply(ctx.t("sellers.sold_nothing", name=one.name), (back,))
    rows: Rows = tuple((free(list_label(ctx.t, order), "order", order.id, STAYS),) for order in last)
    listed = lines(*(list_line(ctx.t, number, order) for number, order in enumerate(last, 1)))
    return Reply(paragraphs(ctx.t("sellers.sold", name=one.name), listed), (*rows, back))


def sold_by(ctx: Context, order: Order) -> Script[Safe | None]:
    """Who sold an order, as the shop reads it."""
    seller = None if ctx.person.reseller is None else (yield from sellers.of_sale(order.id))
    return None if seller is None else ctx.t("sellers.sold_by", name=seller.name)


# Deciding.


def _decided(ctx: Context, argument: str, decide: Callable[[Seller, bool], Script[Safe]]) -> Deciding:
    """Decide something about a seller (`ID on`, `ID off`), and show them again."""
    named, _, on = argument.partition(" ")
    one = yield from one_of(ctx, named)
    if one is None:
        return (yield from _gone(ctx))
    ctx.prefix = yield from decide(one, on == "on")
    return (yield from page(ctx, named))


def pause(ctx: Context, argument: str) -> Deciding:
    """A seller sells nothing from now on, or sells again."""

    def decide(one: Seller, paused: bool) -> Script[Safe]:
        yield from sellers.pause(ctx.customer, one.id, ctx.now if paused else None)
        yield from ctx.tell_news(one.address, one.language, "seller.paused" if paused else "seller.resumed")
        return ctx.t("sellers.is_paused" if paused else "sellers.is_resumed", name=one.name)

    return (yield from _decided(ctx, argument, decide))


def show_balance(ctx: Context, argument: str) -> Deciding:
    """A seller may read what the shop has, or no longer."""

    def decide(one: Seller, shown: bool) -> Script[Safe]:
        yield from sellers.show_balance(ctx.customer, one.id, shown=shown)
        return ctx.t("sellers.shown" if shown else "sellers.hidden", name=one.name)

    return (yield from _decided(ctx, argument, decide))


def end(ctx: Context, argument: str) -> Deciding:
    """Somebody is the shop's seller no more: one tap, for it may be urgent."""
    one = yield from one_of(ctx, argument)
    if one is None:
        return (yield from _gone(ctx))
    yield from sellers.end(ctx.customer, one.id, ctx.now)
    terms = ctx.person.reseller
    shop = shop_named(ctx, "" if terms is None else terms.shop_name)
    yield from ctx.tell_news(one.address, one.language, "seller.ended", shop=shop)
    ctx.prefix = ctx.t("sellers.ended", name=one.name)
    return (yield from listed(ctx))


def forget_pin(ctx: Context, argument: str) -> Deciding:
    """A seller forgot their PIN, or it is locked: they choose another before they sell again."""

    def decide(one: Seller, _: bool) -> Script[Safe]:
        yield from pins.set_pin(PinHolder(ctx.customer, one.id), None)
        yield from ctx.tell_news(one.address, one.language, "seller.pin_gone")
        return ctx.t("sellers.pin_gone", name=one.name)

    return (yield from _decided(ctx, argument, decide))


def limit(ctx: Context, argument: str) -> Deciding:
    """How much clients may hand over to a seller in a day."""
    one = yield from one_of(ctx, argument)
    if one is None:
        return (yield from _gone(ctx))
    ctx.session = replace(ctx.afresh(), pending=OneSeller(one.id))
    return _ask_limit(ctx, one)


def ask_limit(ctx: Context) -> Deciding:
    """The same question again."""
    return (yield from limit(ctx, str(ctx.pending(OneSeller).seller_id)))


def _ask_limit(ctx: Context, one: Seller) -> Answer:
    labels = [ctx.choice(ctx.t.short_money(xof), "most", str(xof)) for xof in LIMITS_OFFERED_XOF]
    rows: Rows = (tuple(labels[:2]), tuple(labels[2:]), (ctx.button("button.cancel", "cancel"),))
    text = ctx.t("sellers.limit", name=one.name, limit=ctx.t.money(one.day_limit_xof))
    return ctx.ask("seller_limit", text, rows)


def read_limit(ctx: Context, text: str) -> Script[Answer | None]:
    """An amount was typed."""
    limit_xof = parse_amount(text)
    if limit_xof is None or not 0 < limit_xof <= MAX_AMOUNT_XOF:
        return None
    return (yield from _change_limit(ctx, limit_xof))


def take_limit(ctx: Context, amount: str) -> Deciding:
    """The button of an amount."""
    return (yield from _change_limit(ctx, int(amount)))


def _change_limit(ctx: Context, limit_xof: int) -> Deciding:
    """More than before takes the PIN."""
    one = yield from sellers.load(ctx.customer, ctx.pending(OneSeller).seller_id)
    if one is None:
        return (yield from _gone(ctx))
    what = RaiseSellerLimit(one.id, limit_xof)
    if limit_xof > one.day_limit_xof and (asked := ctx.flows.guard(ctx, None, what)) is not None:
        return asked
    return (yield from set_limit(ctx, what))


def set_limit(ctx: Context, what: RaiseSellerLimit) -> Deciding:
    """So much from now on."""
    yield from sellers.set_day_limit(ctx.customer, what.seller_id, what.day_limit_xof)
    ctx.prefix = ctx.t("sellers.limited", limit=ctx.t.money(what.day_limit_xof))
    return (yield from page(ctx, str(what.seller_id)))


def back_to_page(ctx: Context, what: RaiseSellerLimit) -> Deciding:
    """Back to the seller."""
    return (yield from page(ctx, str(what.seller_id)))
