"""Which telephone pays, where the provider must know it. Pure."""

from bot.dialogue.context import Answer, Context, Deciding
from bot.dialogue.flows.payments.waiting import begin_paying
from bot.dialogue.menu import menu
from bot.dialogue.pending import PayerWanted
from bot.domain.collecting import payer_number
from bot.domain.people import Address
from bot.notices.collecting import METHOD, masked
from bot.notices.layout import Rows, paragraphs
from bot.repositories import collections
from bot.store import Script


def ask_payer(ctx: Context, wanted: PayerWanted | None = None) -> Deciding:
    """Which telephone pays, and what will appear on it: the one that paid before, that of the chat, or another."""
    t, wanted = ctx.t, ctx.pending(PayerWanted) if wanted is None else wanted
    before, here = yield from _known(ctx, wanted)
    rows: Rows = ()
    if before is not None:
        rows += ((ctx.choice(t.label("button.payer_before", number=masked(before)), "known", "before"),),)
    if here is not None and here != before:
        rows += ((ctx.choice(t.label("button.payer_here", number=masked(here)), "known", "here"),),)
    terms = ctx.shop.collecting
    way = None if terms is None else terms.way(wanted.method)
    named = {"method": t(METHOD[wanted.method]), "amount": t.money(wanted.amount_xof)}
    sends_code = way is not None and way.kind == "code"
    appears = t("payer.code" if sends_code else "payer.appears", **named)
    text = paragraphs(t("payer.ask", method=t(METHOD[wanted.method])), appears)
    last = (ctx.button("button.back", "back"), ctx.button("button.cancel", "cancel"))
    return ctx.ask("payer", text, (*rows, last), pending=wanted)


def _known(ctx: Context, wanted: PayerWanted) -> Script[tuple[str | None, str | None]]:
    """The number that paid before, and the one that people are called by in this channel."""
    before = yield from collections.payer_of(ctx.customer, wanted.method)
    address = Address.parse(ctx.person.address)
    abilities = ctx.shop.channels.get(address.channel)
    by_number = abilities is not None and abilities.ids_are_numbers
    return before, payer_number(address.id) if by_number else None


def take_known(ctx: Context, which: str) -> Deciding:
    """One of the offered telephones pays."""
    before, here = yield from _known(ctx, ctx.pending(PayerWanted))
    number = before if which == "before" else here
    return (yield from ask_payer(ctx) if number is None else _pay_from(ctx, number))


def read_payer(ctx: Context, text: str) -> Script[Answer | None]:
    """A telephone's number was typed."""
    number = payer_number(text)
    return None if number is None else (yield from _pay_from(ctx, number))


def _pay_from(ctx: Context, number: str) -> Deciding:
    wanted, quote = ctx.pending(PayerWanted), ctx.session.quote
    if wanted.purchase is None:
        return (yield from begin_paying(ctx, wanted.method, wanted.wanted_xof, number))
    if quote is None or ctx.now >= quote.expires_at or ctx.flows.quote_lapsed(ctx, quote):
        return (yield from back(ctx))
    return (yield from begin_paying(ctx, wanted.method, quote, number))


def back(ctx: Context) -> Deciding:
    """Back to the quote; from a top-up to the menu."""
    purchase = ctx.pending(PayerWanted).purchase
    return menu(ctx) if purchase is None else (yield from ctx.flows.back_to_quote(ctx, purchase))
