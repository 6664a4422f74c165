"""The ways to pay, as they stand below a quote and are said in words, and the choice of one. Pure.

A button carries the quote that it pays for: pressed again it finds what was begun, and never begins another.
"""

from typing import Final

from bot.dialogue.blocked import purchase_blocked
from bot.dialogue.buttons import out_of_date
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.flow import Typed, WaysToPay
from bot.dialogue.flows.payments.payer import ask_payer
from bot.dialogue.flows.payments.waiting import begin_paying, show
from bot.dialogue.pending import MeterKnown, PayerWanted
from bot.domain.collecting import Method
from bot.domain.quote import Quote
from bot.i18n import Safe
from bot.notices.collecting import METHOD
from bot.notices.layout import Rows, act_named
from bot.repositories import collections
from bot.store import Script
from bot.transactions.ways_to_pay import Offer, ways

# What a way to pay is called besides its name, in any language.
SHORT: Final[dict[str, Method]] = {
    "om": "orange_money",
    "orange": "orange_money",
    "free": "free_money",
    "free money": "free_money",
    "mixx": "free_money",
    "yas": "free_money",
    "card": "card",
    "carte": "card",
    "cb": "card",
}


def offers(ctx: Context, wanted_xof: int) -> Script[tuple[Offer, ...]]:
    """The ways to pay a sum."""
    return (yield from ways(ctx.shop, wanted_xof, ctx.now))


def rows_of(ctx: Context, offered: tuple[Offer, ...], act: str, about: str) -> Rows:
    """A button for each way to pay, with all that it takes."""
    t = ctx.t
    return tuple(
        (
            ctx.choice(
                t.label("button.way", method=t.label(METHOD[offer.way.method]), total=t.short_money(offer.amount_xof)),
                act,
                f"{offer.way.method}:{about}",
            ),
        )
        for offer in offered
    )


def choose_text(ctx: Context, offered: tuple[Offer, ...]) -> Safe:
    """The question how to pay; where that costs something, with the whole sum and what of it the fee is."""
    t, first = ctx.t, offered[0]
    if not first.fee_xof:
        return t("paying.choose")
    return t("paying.choose_fee", total=t.money(first.amount_xof), fee=t.money(first.fee_xof))


def for_quote(ctx: Context, quote: Quote) -> Script[WaysToPay | None]:
    """How a quote can be paid for, as it stands below it; None where it cannot."""
    # Whoever sells for a shop sells what the shop has.
    offered = () if ctx.at_counter else (yield from offers(ctx, quote.total_xof))
    if not offered:
        return None
    return WaysToPay(choose_text(ctx, offered), rows_of(ctx, offered, "pay", quote.id))


def read_way(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """`om`: a way to pay by what people call it, where it is offered."""
    method = SHORT.get(typed.folded)
    for choice in ctx.session.choices if method is not None else ():
        argument = choice.data.split(".", 2)[2]
        if act_named(choice) == "pay" and argument.partition(":")[0] == method:
            return (yield from pay(ctx, argument))
    return None


def pay(ctx: Context, argument: str) -> Deciding:
    """A way to pay for the quote was chosen."""
    named, _, quote_id = argument.partition(":")
    quote, purchase = ctx.session.quote, ctx.awaits(MeterKnown)
    if quote is None or quote.id != quote_id or purchase is None:
        return (yield from old_pay(ctx, argument))
    if ctx.now >= quote.expires_at or ctx.flows.quote_lapsed(ctx, quote):
        # The question is put again, with another quote.
        return Reply(Safe(""))
    if (closed := purchase_blocked(ctx, quote.service)) is not None:
        return closed
    left_xof = yield from ctx.flows.spending_limit_xof(ctx, quote.commission_xof)
    offered = yield from offers(ctx, quote.total_xof)
    offer = next((each for each in offered if each.way.method == named), None)
    if offer is None or (left_xof is not None and left_xof < quote.total_xof):
        return Reply(Safe(""))
    if offer.way.needs_number:
        return (yield from ask_payer(ctx, PayerWanted(offer.way.method, offer.amount_xof, purchase=purchase)))
    return (yield from begin_paying(ctx, offer.way.method, quote, None))


def old_pay(ctx: Context, argument: str) -> Deciding:
    """The same of an earlier quote: what was begun for it, or that it is over."""
    if ctx.at_counter:
        return out_of_date(ctx)
    begun = yield from collections.for_quote(argument.partition(":")[2])
    if begun is None or begun.customer != ctx.customer:
        return out_of_date(ctx)
    return show(ctx, begun)
