"""What a quote to a reseller says besides: their commission, whose meter it is, and what is left of their day. Pure."""

from bot.dialogue.context import Context
from bot.dialogue.flow import QuoteTerms
from bot.domain.inquiry import Inquiry
from bot.domain.order.states import is_sale
from bot.domain.quote import Quote
from bot.repositories import clients
from bot.store import Script
from bot.transactions import selling


def quote_terms(ctx: Context, inquiry: Inquiry, amount_xof: int, fee_xof: int) -> Script[QuoteTerms | None]:
    """What a sale earns, and the client in the reseller's book whose meter it is; None for people who are no resellers.

    The holder that the provider names is kept with the meter.
    """
    terms = ctx.person.terms
    if terms is None:
        return None
    earned_xof = selling.commission_xof(terms, ctx.shop.catalog[inquiry.service], amount_xof, fee_xof)
    owner = yield from clients.with_meter(ctx.unit.buyer, inquiry.service, inquiry.reference)
    if owner is None:
        return QuoteTerms(earned_xof)
    for meter in owner.meters:
        same = (meter.service, meter.reference) == (inquiry.service, inquiry.reference)
        if same and inquiry.holder and meter.holder != inquiry.holder:
            yield from clients.set_holder(ctx.unit.buyer, meter.id, inquiry.holder)
    return QuoteTerms(earned_xof, owner.id, owner.name)


def spending_limit_xof(ctx: Context, _: int) -> Script[int | None]:
    """What is left of a reseller's day."""
    return selling.day_left_xof(ctx.unit.buyer, ctx.person.terms, ctx.now)


def quote_lapsed(ctx: Context, quote: Quote) -> bool:
    """Whether a quote is a sale by somebody who is no reseller any more."""
    return ctx.person.terms is None and is_sale(quote)
