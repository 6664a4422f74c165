"""Words about money for whoever reads them: a seller of somebody's shop reads what clients hand over. Pure."""

from bot.dialogue.context import Context
from bot.domain.order import Order
from bot.domain.quote import Quote
from bot.i18n import Safe
from bot.notices.layout import paragraphs
from bot.notices.orders import counter_line, money_line, receipt
from bot.notices.own_account import how_to_pay_in, takes_proofs
from bot.repositories.money import Balance, balance_of
from bot.store import Script


def buyer_balance(ctx: Context) -> Script[Balance]:
    """What the account has that is charged for what the person buys: their own, or that of the shop."""
    return balance_of(ctx.unit.buyer, ctx.default_limit_xof)


def _is_sold(ctx: Context, order: Order) -> bool:
    """Whether an order of the person's is the shop's for which they sell."""
    return ctx.at_counter and order.customer == ctx.unit.buyer


def money_of(ctx: Context, order: Order) -> Safe:
    """Where the money of an order is."""
    return counter_line(ctx.t, order) if _is_sold(ctx, order) else money_line(ctx.t, order)


def receipt_of(ctx: Context, order: Order) -> Safe:
    """An order's receipt."""
    return receipt(ctx.t, order, at_counter=_is_sold(ctx, order))


def beyond_limit(ctx: Context, left_xof: int) -> Safe:
    """That a quote goes beyond what may still be bought today."""
    t = ctx.t
    return t("quote.shop_limit") if ctx.at_counter else t("quote.day_limit", left=t.money(left_xof))


def missing(ctx: Context, balance: Balance, missing_xof: int) -> Safe:
    """That the money does not suffice for a quote, and what to do."""
    t = ctx.t
    if ctx.at_counter:
        return t("quote.shop_short")
    return paragraphs(
        t("quote.missing", balance=t.money(balance.spendable_xof), missing=t.money(missing_xof)),
        how_to_pay_in(t, ctx.shop, ctx.person.address, has_float=ctx.flows.has_float(ctx)),
        t("proof.hint") if takes_proofs(ctx.shop) else None,
    )


def balance_after(ctx: Context, balance: Balance, quote: Quote) -> Safe | None:
    """What is left after a quote is paid for."""
    t = ctx.t
    left = t.money(balance.available_xof - quote.total_xof)
    return None if ctx.at_counter else t("quote.balance_after", balance=left)


def taken(ctx: Context, quote: Quote) -> Safe:
    """Where the money of a quote is that was confirmed."""
    t = ctx.t
    if ctx.at_counter:
        return t("detail.price", price=t.money(quote.price_xof))
    return t("sent.held", total=t.money(quote.total_xof))
