"""The quote, and its Confirm: is it right, and pay. Pure.

A quote is an offer for a few minutes. Confirmed, it becomes the order of the same id, so that a second Confirm meets
the order and not a second payment. A Confirm that comes too late is answered with a new quote for the same thing.

While the same purchase is under way, a plain Confirm buys nothing: people say yes to a warning. A second one needs its
own button or its own word, also when the first was begun elsewhere after the quote had been shown.
"""

from msgspec.structs import replace

from bot.dialogue.at_counter import balance_after, beyond_limit, buyer_balance, missing, taken
from bot.dialogue.blocked import purchase_blocked
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.purchase.lookup import inquire
from bot.dialogue.menu import home_row, menu, menu_rows
from bot.dialogue.pending import ConfirmQuote, MeterKnown
from bot.dialogue.under_way import money_now
from bot.domain.inquiry import Bill, Inquiry
from bot.domain.order import Order
from bot.domain.order.states import is_sale
from bot.domain.quote import Quote
from bot.i18n import Safe
from bot.notices.layout import STAYS, Rows, free, lines, offers, paragraphs
from bot.notices.orders import (
    STATE,
    bought,
    counter_sums,
    follow_rows,
    next_line,
    on_credit,
    order_number,
    sums,
    total,
    what_for,
)
from bot.repositories import orders
from bot.shop import is_prepaid
from bot.store import Script
from bot.store.together import together
from bot.transactions import purchases

# A clock that was set back makes a quote come from the future; beyond this it counts as expired.
CLOCK_SLACK_SECONDS = 60
# Until when a price is good is said when less than this is left.
SOON_SECONDS = 180


def offer(ctx: Context, inquiry: Inquiry, amount_xof: int, bill: Bill | None, *, on_credit: bool) -> Deciding:
    """Make a quote and show it. Only a client who is known can pay for it later."""
    quote = yield from quote_of(ctx, ctx.person.fresh[0], inquiry, amount_xof, bill)
    if on_credit and quote.client_id is not None:
        quote = replace(quote, on_credit=True)
    return (yield from show_quote(ctx, quote, inquiry))


def quote_of(ctx: Context, quote_id: str, inquiry: Inquiry, amount_xof: int, bill: Bill | None) -> Script[Quote]:
    """What an amount, or a bill, costs the person who asks, and until when."""
    now = ctx.person.now
    fee_xof = ctx.shop.catalog[inquiry.service].fee.fee_xof(amount_xof)
    terms = yield from ctx.flows.quote_terms(ctx, inquiry, amount_xof, fee_xof)
    return Quote(
        id=quote_id,
        service=inquiry.service,
        reference=inquiry.reference,
        holder=inquiry.holder,
        amount_xof=amount_xof,
        fee_xof=fee_xof,
        created_at=now,
        expires_at=now + ctx.shop.quote_seconds * 1000,
        reference_facture=None if bill is None else bill.reference_facture,
        due_on=None if bill is None else bill.due_on,
        commission_xof=terms.commission_xof,
        client_id=terms.client_id,
        client=terms.client,
    )


def show_quote(ctx: Context, quote: Quote, inquiry: Inquiry) -> Deciding:
    """The offer, with everything that is needed to say yes: and if the money does not suffice, what is missing."""
    if (closed := purchase_blocked(ctx, quote.service)) is not None:
        return closed
    t = ctx.t
    balance, twin = yield from together(buyer_balance(ctx), twin_of(ctx, quote))
    under_way = twin is not None and not twin.is_final
    missing_xof = quote.total_xof - balance.spendable_xof
    left_xof = yield from ctx.flows.spending_limit_xof(ctx, quote.commission_xof)
    several = len(inquiry.bills) > 1
    change = ctx.button("button.change_amount", "back") if quote.reference_facture is None else None
    if several:
        change = ctx.button("button.other_bill", "back")
    last = (*((change,) if change else ()), ctx.button("button.cancel", "cancel"))
    ways = yield from ctx.flows.ways_to_pay(ctx, quote)
    rows: Rows
    if left_xof is not None and quote.total_xof > left_xof:
        below = beyond_limit(ctx, left_xof)
        rows = (last,)
    elif missing_xof > 0 and ways is not None:
        below = paragraphs(
            t("quote.has", balance=t.money(balance.available_xof)) if balance.available_xof > 0 else None,
            ways.text,
        )
        rows = (*ways.rows, last)
    elif missing_xof > 0:
        below = missing(ctx, balance, missing_xof)
        rows = ((ctx.button("button.check_again", "check", quote.id),), last)
    else:
        ends_soon = quote.expires_at - ctx.now < SOON_SECONDS * 1000
        below = lines(
            balance_after(ctx, balance, quote),
            t("quote.valid", clock=t.clock(quote.expires_at)) if ends_soon else None,
        )
        label = t.label("button.confirm", total=t.short_money(quote.total_xof))
        if is_sale(quote) or ctx.at_counter:
            # The figure on the button is the one that is said over the counter.
            label = t.label("button.sell_for", price=t.short_money(quote.price_xof))
        if twin is not None:
            label = t.label("button.confirm_twin")
        rows = ((ctx.choice(label, "twice" if under_way else "confirm", quote.id),), last)
        if ways is not None and twin is None and not ctx.flows.has_float(ctx):
            rows = (*rows[:1], *ways.rows, last)
        if twin is not None and under_way:
            # Some channels show no more than three buttons at once; another amount is typed.
            see = ctx.link("button.see_twin", "order", twin.id, STAYS)
            # Who sells for a shop may meet a sale that somebody else made, which is not theirs to see.
            rows = (*(() if ctx.at_counter else ((see,),)), *rows[:1], (ctx.button("button.cancel", "cancel"),))
            below = paragraphs(below, t("twin.how"))
    if change is not None and ctx.channel.buttons == sum(map(len, rows)) - 1:
        # Without it they are buttons, with it a list.
        rows = tuple(tuple(button for button in row if button != change) for row in rows)
        below = lines(below, t("quote.other_bill_how" if several else "quote.change_how"))
    warning = _twin_warning(ctx, twin)
    top = (warning, t("quote.title")) if under_way else (t("quote.title"), warning)
    if ctx.at_counter:
        text = paragraphs(*top, bought(t, quote), counter_sums(t, quote), below)
    elif is_sale(quote):
        text = paragraphs(*top, what_for(t, quote), lines(sums(t, quote), on_credit(t, quote)), below)
    else:
        text = paragraphs(*top, bought(t, quote), lines(total(t, quote), below))
    return ctx.ask(
        "quote",
        text,
        rows,
        quote=quote,
        pending=MeterKnown(
            service=quote.service, amount_xof=quote.amount_xof, on_credit=quote.on_credit, inquiry=inquiry
        ),
    )


def twin_of(ctx: Context, quote: Quote) -> Script[Order | None]:
    """The same purchase, under way or just made."""
    since = ctx.person.now - ctx.shop.twin_seconds * 1000
    return (yield from orders.twin_of(ctx.unit.buyer, quote, since))


def _twin_warning(ctx: Context, twin: Order | None) -> Safe | None:
    if twin is None:
        return None
    t = ctx.t
    if twin.is_final:
        return t("twin.recent", clock=t.clock(twin.confirmed_at), state=t(STATE[twin.state]))
    return t("twin.open" if is_prepaid(twin.service) else "twin.open_bill", moment=t.short_moment(twin.confirmed_at))


def ask_quote(ctx: Context) -> Deciding:
    """Show the quote again, or a new one for the same thing when it has expired."""
    quote = ctx.session.quote
    if quote is None:
        return menu(ctx)
    if expired(ctx, quote):
        ctx.prefix = paragraphs(ctx.prefix, ctx.t("quote.expired"))
        return (yield from renew(ctx, quote))
    return (yield from _show_again(ctx, quote))


def _show_again(ctx: Context, quote: Quote) -> Deciding:
    return (yield from show_quote(ctx, quote, ctx.pending(MeterKnown).inquiry))


def check(ctx: Context, _: str = "") -> Deciding:
    """Look at the balance again."""
    return (yield from ask_quote(ctx))


def expired(ctx: Context, quote: Quote) -> bool:
    """Whether a quote may no longer be confirmed."""
    now = ctx.person.now
    late = now >= quote.expires_at or quote.created_at > now + CLOCK_SLACK_SECONDS * 1000
    return late or ctx.flows.quote_lapsed(ctx, quote)


def renew(ctx: Context, quote: Quote) -> Deciding:
    """A new quote for the same thing. A bill may have been paid meanwhile: it is looked up again first."""
    if quote.reference_facture is not None:
        return inquire(ctx, quote.service, quote.reference, on_credit=quote.on_credit)
    ctx.step = ctx.session.step + 1
    # After a long pause all that is known of the meter is what the quote says.
    known = ctx.awaits(MeterKnown)
    inquiry = Inquiry(quote.service, quote.reference, quote.holder, "", "") if known is None else known.inquiry
    return (yield from offer(ctx, inquiry, quote.amount_xof, None, on_credit=quote.on_credit))


# Pay.


def confirm(ctx: Context, quote_id: str) -> Deciding:
    """The quote was confirmed: place the order, once, after what guards it."""
    return (yield from _confirm(ctx, quote_id, known=False, twice=False))


def confirm_twice(ctx: Context, quote_id: str) -> Deciding:
    """The same although the same purchase is under way."""
    return (yield from _confirm(ctx, quote_id, known=False, twice=True))


def confirm_guarded(ctx: Context, what: ConfirmQuote) -> Deciding:
    """Exactly as Confirm, once nothing stands in its way: the quote is looked at again, and the balance."""
    ctx.session = replace(ctx.session, state="quote", pending=what.purchase)
    return (yield from _confirm(ctx, what.quote_id, known=True, twice=what.twice))


def back_from_guard(ctx: Context, what: ConfirmQuote) -> Deciding:
    """Back to the quote."""
    return (yield from back_to_quote(ctx, what.purchase))


def back_to_quote(ctx: Context, purchase: MeterKnown) -> Deciding:
    """Back to the quote from another flow."""
    ctx.session = replace(ctx.session, state="quote", pending=purchase)
    return (yield from ask_quote(ctx))


def _confirm(ctx: Context, quote_id: str, *, known: bool, twice: bool) -> Deciding:
    """The order bears the quote's id."""
    quote = ctx.session.quote
    if quote is None or quote.id != quote_id:
        return (yield from old_confirm(ctx, quote_id))
    order, balance, twin = yield from together(ctx.own_order(quote_id), buyer_balance(ctx), twin_of(ctx, quote))
    if order is not None:
        return (yield from confirmed_before(ctx, order))
    if (closed := purchase_blocked(ctx, quote.service)) is not None:
        return closed
    if expired(ctx, quote):
        return (yield from ask_quote(ctx))
    left_xof = yield from ctx.flows.spending_limit_xof(ctx, quote.commission_xof)
    if balance.spendable_xof < quote.total_xof or (left_xof is not None and left_xof < quote.total_xof):
        return (yield from _show_again(ctx, quote))
    if not twice and twin is not None and not twin.is_final:
        # It was begun after this quote had been shown, in another chat of the same account.
        return (yield from _show_again(ctx, quote))
    guarded = ConfirmQuote(quote.id, twice, ctx.pending(MeterKnown))
    if not known and (asked := ctx.flows.guard(ctx, quote.total_xof, guarded)) is not None:
        return asked
    t = ctx.t
    text = paragraphs(
        t("sent.title"),
        lines(bought(t, quote), taken(ctx, quote), on_credit(t, quote)),
        lines(
            t("sent.next" if is_prepaid(quote.service) else "sent.next_bill"),
            t("sale.next") if is_sale(quote) or ctx.at_counter else None,
        ),
    )
    yield from purchases.place(ctx.unit, quote)
    see = free(t.label("button.see_order"), "order", quote.id, STAYS)
    sent = ctx.ask(IDLE, text, ((see, *home_row(ctx)),), base=ctx.afresh(), quote=None)
    return replace(sent, held_for=quote.id)


def old_confirm(ctx: Context, quote_id: str) -> Deciding:
    """A Confirm of an earlier question: it says where its order is, or offers anew what it was about."""
    if (order := (yield from ctx.own_order(quote_id))) is not None:
        return (yield from confirmed_before(ctx, order))
    quote = ctx.session.quote
    guarded = ctx.flows.state_of(ctx.session).guards
    if quote is not None and quote.id == quote_id and (guarded or ctx.session.state in (IDLE, "quote")):
        ctx.prefix = ctx.t("quote.expired" if expired(ctx, quote) else "quote.again")
        return (yield from renew(ctx, quote))
    return Reply(ctx.t("quote.expired_start"), menu_rows(ctx))


def confirmed_before(ctx: Context, order: Order) -> Deciding:
    """A Confirm that was already taken: where the order is. Nothing changes."""
    t, now = ctx.t, ctx.person.now
    ctx.replaces = None
    text = paragraphs(
        t("sent.before", order=order_number(order.id)),
        lines(
            t("detail.state", state=t(STATE[order.state])), (yield from money_now(ctx, order)), next_line(t, order, now)
        ),
    )
    rows = follow_rows(t, order)
    if ctx.session.quote is not None and ctx.session.quote.id == order.id:
        return ctx.ask(IDLE, text, (*rows, home_row(ctx)), base=ctx.afresh(), quote=None)
    return Reply(text, (*rows, home_row(ctx)))


def thanks(ctx: Context, _: str = "") -> Answer:
    """A kind word at a quote is no yes: the person is reminded of the quote."""
    return Reply(ctx.t("thanks.twin" if offers(ctx.session.choices, "twice") else "thanks.quote"))
