"""What a reseller works under, as a quote sees it: their commission, and what is left of their day. Pure."""

from bot.dialogue.context import Context
from bot.domain.model import Inquiry, ServiceName
from bot.domain.period import DAY_MS
from bot.repositories import clients
from bot.repositories.clients import Client
from bot.repositories.sales import spent_since_xof
from bot.store import Script


def commission_xof(ctx: Context, service: ServiceName, amount_xof: int, fee_xof: int) -> int:
    """What the speaker earns of a sale: by their own terms for the service, else by the shop's. Others earn nothing."""
    terms = ctx.person.reseller
    if terms is None:
        return 0
    own = terms.commissions.get(service)
    return (ctx.shop.catalog[service].commission if own is None else own).commission_xof(amount_xof, fee_xof)


def day_left_xof(ctx: Context) -> Script[int | None]:
    """What may still leave the speaker's balance today, never below 0; None where they have no daily limit."""
    terms = ctx.person.reseller
    if terms is None or terms.day_limit_xof is None:
        return None
    spent_xof = yield from spent_since_xof(ctx.customer, ctx.now // DAY_MS * DAY_MS)
    return max(0, terms.day_limit_xof - spent_xof)


def meter_owner(ctx: Context, inquiry: Inquiry) -> Script[Client | None]:
    """Whose meter it is in the speaker's book; the holder that the provider names is kept with it."""
    if ctx.person.reseller is None:
        return None
    owner = yield from clients.with_meter(ctx.customer, inquiry.service, inquiry.reference)
    for meter in () if owner is None else owner.meters:
        same = (meter.service, meter.reference) == (inquiry.service, inquiry.reference)
        if same and inquiry.holder and meter.holder != inquiry.holder:
            yield from clients.set_holder(ctx.customer, meter.id, inquiry.holder)
    return owner
