"""What the provider answered, and how much to pay: the amount, or the bill. Pure."""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.purchase.bills import owed
from bot.dialogue.flows.purchase.lookup import (
    ask_reference,
    ask_retry,
    inquire,
    looked_up,
    meter_lines,
    sold,
    unusual,
)
from bot.dialogue.flows.purchase.quote import offer
from bot.dialogue.menu import menu_rows
from bot.dialogue.parsing.amounts import MIN_NUMBER_DIGITS, parse_amount
from bot.dialogue.parsing.lines import parse_line
from bot.dialogue.pending import BeingLookedUp, MeterKnown
from bot.dialogue.tasks import InquiryAnswered, InquiryLimited
from bot.domain.catalog import Service
from bot.domain.inquiry import InquiryRefused, InquiryUnavailable
from bot.notices.layout import Rows, lines, paragraphs
from bot.repositories import own_orders
from bot.store import Script

MAX_BILLS_SHOWN = 8
# Among so many orders one is looked for whose amount may be wanted again.
MOST_LOOKED_AT: Final = 10
_UNAVAILABLE: Final[dict[str, str]] = {"busy": "inquiry.busy", "maintenance": "inquiry.maintenance"}


def answered(ctx: Context, event: InquiryAnswered) -> Deciding:
    """The provider answered. An answer to another inquiry than the session's is stale."""
    answer, t, purchase = event.answer, ctx.t, _awaited(ctx, event.inquiry_id)
    if purchase is None:
        return ctx.nothing()
    if isinstance(answer, InquiryRefused):
        key = "inquiry.refused.woyofal" if sold(ctx).prepaid else "inquiry.refused.bill"
        ctx.prefix = paragraphs(t(key, reference=purchase.reference), unusual(ctx, purchase.reference))
        return (yield from ask_reference(ctx))
    if isinstance(answer, InquiryUnavailable):
        return ask_retry(ctx, _UNAVAILABLE.get(answer.cause, "inquiry.unavailable"))
    amount_xof = purchase.amount_xof
    known = MeterKnown(service=purchase.service, amount_xof=amount_xof, on_credit=purchase.on_credit, inquiry=answer)
    ctx.session = replace(ctx.session, pending=known, looked_up=looked_up(ctx, answer))
    if purchase.keeps:
        return (yield from ctx.flows.follow(ctx, "keep"))
    if not sold(ctx).prepaid:
        return (yield from owed(ctx, answer))
    return (yield from ask_amount(ctx) if amount_xof is None else take_amount(ctx, amount_xof))


def limited(ctx: Context, event: InquiryLimited) -> Answer:
    """Too many numbers for now: when look-ups go on, and that everything else still works."""
    purchase = _awaited(ctx, event.inquiry_id)
    if purchase is None:
        return ctx.nothing()
    text = ctx.t("inquiry.limited", reference=purchase.reference, clock=ctx.t.clock(event.until))
    return ctx.ask(IDLE, text, menu_rows(ctx), base=ctx.afresh())


def _awaited(ctx: Context, inquiry_id: str) -> BeingLookedUp | None:
    """What waits for an inquiry; None where nothing does any more."""
    purchase = ctx.awaits(BeingLookedUp)
    return purchase if purchase is not None and purchase.inquiry_id == inquiry_id else None


def ask_amount(ctx: Context) -> Deciding:
    """Whose meter it is, and how much to buy."""
    # Where a channel shows few buttons they are amounts, and what else can be done is typed.
    t, service, inquiry, most = ctx.t, sold(ctx), ctx.pending(MeterKnown).inquiry, ctx.channel.buttons
    offered = [amount for amount in service.suggestions_xof if service.minimum_xof <= amount <= service.maximum_xof]
    if most is not None:
        offered = _nearest(offered, (yield from _amount_before(ctx, service, inquiry.reference)), most)
    buttons = [ctx.choice(t.short_money(amount), "amount", str(amount)) for amount in offered]
    text = paragraphs(
        meter_lines(ctx, inquiry),
        unusual(ctx, inquiry.reference),
        lines(
            t("amount.ask", smallest=t.money(service.minimum_xof)),
            None if most is None else t("amount.or_type"),
        ),
    )
    rows: Rows = tuple(tuple(buttons[at : at + 3]) for at in range(0, len(buttons), 3))
    if most is None:
        rows += ((ctx.button("button.other_meter", "back"), ctx.button("button.cancel", "cancel")),)
    return ctx.ask("amount", text, rows)


def _nearest(offered: list[int], before_xof: int | None, most: int) -> list[int]:
    """The amounts that matter most: what was bought before, then the middle of what is suggested."""
    known = [] if before_xof is None else [before_xof]
    room = most - len(known)
    others = [amount for amount in offered if amount not in known]
    begin = (len(others) - room) // 2 if room < len(others) else 0
    return [*known, *others[begin : begin + room]]


def _amount_before(ctx: Context, service: Service, reference: str) -> Script[int | None]:
    """What was bought last for a meter, or else of its service."""
    page = yield from own_orders.page_of(ctx.person.whose, 0, MOST_LOOKED_AT)
    bought = [
        order
        for order in page.orders
        if (order.service, order.state) == (service.name, "delivered")
        and service.minimum_xof <= order.amount_xof <= service.maximum_xof
    ]
    same = [order for order in bought if order.reference == reference]
    return next((order.amount_xof for order in (*same, *bought)), None)


def amount(ctx: Context, argument: str) -> Deciding:
    """A suggested amount was picked."""
    return (yield from take_amount(ctx, int(argument)))


def read_amount(ctx: Context, text: str) -> Script[Answer | None]:
    """An amount was typed, or another meter's number."""
    if (other := read_other(ctx, text)) is not None:
        return other
    typed = parse_amount(text)
    return None if typed is None else (yield from take_amount(ctx, typed))


def read_other(ctx: Context, text: str) -> Answer | None:
    """A number was typed where another one is spoken of: that one is meant now."""
    service = sold(ctx)
    numbered = [one for one in parse_line(text, service) if service.is_usual(one.reference)]
    if len(numbered) != 1 or len(numbered[0].reference) < MIN_NUMBER_DIGITS:
        return None
    return inquire(ctx, service.name, numbered[0].reference, numbered[0].amount_xof)


def take_amount(ctx: Context, amount_xof: int) -> Deciding:
    """An amount within the limits makes a quote; another one is asked again."""
    t, service = ctx.t, sold(ctx)
    if amount_xof < service.minimum_xof:
        ctx.prefix = t("amount.too_small", smallest=t.money(service.minimum_xof))
    elif amount_xof > service.maximum_xof:
        ctx.prefix = t("amount.too_large", largest=t.money(service.maximum_xof))
    else:
        known = ctx.pending(MeterKnown)
        return (yield from offer(ctx, known.inquiry, amount_xof, None, on_credit=known.on_credit))
    return (yield from ask_amount(ctx))


def read_quote(ctx: Context, text: str) -> Script[Answer | None]:
    """An amount typed at the quote changes it; a bill's is not the person's to choose."""
    quote = ctx.session.quote
    if sold(ctx).prepaid:
        return (yield from read_amount(ctx, text))
    if (other := read_other(ctx, text)) is not None:
        return other
    typed = parse_amount(text)
    if quote is None or typed is None or typed > sold(ctx).maximum_xof:
        return None
    return Reply(ctx.t("quote.bill_sets", amount=ctx.t.money(quote.amount_xof)))
