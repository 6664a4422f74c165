"""Money that stands here: `/topup AMOUNT` brings some, `/refund me` or `/refundme` asks for it back. Pure."""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.blocked import purchase_blocked
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flow import Typed
from bot.dialogue.flows.payments.offering import SHORT, choose_text, offers, rows_of
from bot.dialogue.flows.payments.payer import ask_payer
from bot.dialogue.flows.payments.waiting import begin_paying
from bot.dialogue.menu import home_row, menu_rows
from bot.dialogue.parsing.amounts import parse_amount
from bot.dialogue.pending import PayerWanted, TopUp
from bot.domain.outbound import Choice
from bot.domain.text import fold
from bot.i18n import Safe
from bot.notices.layout import Rows, lines, paragraphs
from bot.store import Script
from bot.transactions.refunds import ask_refund
from bot.transactions.ways_to_pay import advance_left

SUGGESTIONS_XOF: Final = (5_000, 10_000, 25_000)
# What people type to have their money back, folded, in any language.
BACK: Final = frozenset(
    (
        *("refund me", "refund moi", "rembourse moi", "remboursez moi", "rendez moi mon argent", "rendez mon avance"),
        *("rendez moi mon avance", "give me my money back", "i want my money back", "pay me back", "refund my advance"),
    )
)
# What is an advance to most is an account to who has a float.
_OF_FLOAT: Final = {
    "menu.topup": "menu.topup_float",
    "topup.ask": "topup.ask_float",
    "topup.title": "topup.title_float",
    "refund_me.ask": "refund_me.ask_float",
    "refund_me.nothing": "refund_me.nothing_float",
    "help.topup": "help.topup_float",
}


def may_top_up(ctx: Context) -> bool:
    """Whether the person may have money here: a float always, an advance where the shop keeps them."""
    if ctx.at_counter:
        return False
    return ctx.shop.collecting is not None and (ctx.flows.has_float(ctx) or ctx.shop.keeps_advances)


def _key(ctx: Context, key: str) -> str:
    return _OF_FLOAT[key] if ctx.flows.has_float(ctx) else key


def worded(ctx: Context, key: str, /, **named: object) -> Safe:
    """A message about the person's money here, in the words of trade for who has a float."""
    return ctx.t(_key(ctx, key), **named)


def menu_button(ctx: Context) -> Choice | None:
    """The menu's way to it, where there is one."""
    return ctx.link(_key(ctx, "menu.topup"), "topup") if may_top_up(ctx) else None


def topup(ctx: Context, text: str = "") -> Deciding:
    """`/topup 5000`: which way to pay; without a sum, how much."""
    if not may_top_up(ctx):
        return Reply(ctx.t("topup.no_advances"), menu_rows(ctx))
    if (closed := purchase_blocked(ctx)) is not None:
        return closed
    ctx.session = replace(ctx.afresh(), pending=TopUp(), greeted=True)
    if not text.strip():
        return (yield from ask_topup(ctx))
    amount_xof = parse_amount(text)
    return Reply(ctx.t("topup.usage")) if amount_xof is None else (yield from take_sum(ctx, amount_xof))


def ask_topup(ctx: Context) -> Deciding:
    """How much, or by which way to pay."""
    t, amount_xof = ctx.t, ctx.pending(TopUp).amount_xof
    cancel = (ctx.button("button.cancel", "cancel"),)
    if amount_xof is None:
        sums = tuple(ctx.choice(t.short_money(each), "sum", str(each)) for each in SUGGESTIONS_XOF)
        if ctx.channel.buttons is None:
            return ctx.ask("topup", worded(ctx, "topup.ask"), (sums, cancel))
        # With a button to cancel they would be a list.
        return ctx.ask("topup", lines(worded(ctx, "topup.ask"), t("cancel.word")), (sums,))
    offered = yield from offers(ctx, amount_xof)
    if not offered:
        ctx.prefix = t("paying.not.closed")
        ctx.session = replace(ctx.session, pending=TopUp())
        return (yield from ask_topup(ctx))
    text = paragraphs(worded(ctx, "topup.title", amount=t.money(amount_xof)), choose_text(ctx, offered))
    return ctx.ask("topup", text, (*rows_of(ctx, offered, "by", ""), cancel))


def take_sum(ctx: Context, amount_xof: int) -> Deciding:
    """So much is to be brought, if it may be."""
    terms, most_xof, key = ctx.shop.collecting, None, ""
    if terms is not None and not ctx.flows.has_float(ctx):
        left = yield from advance_left(ctx.customer, terms, ctx.now)
        most_xof = min(left.held_xof, left.month_xof)
        key = "topup.held_most" if left.held_xof <= left.month_xof else "topup.month_most"
    if most_xof is not None and amount_xof > most_xof:
        ctx.prefix = ctx.t(key, most=ctx.t.money(most_xof))
        amount_xof = 0
    ctx.session = replace(ctx.session, pending=TopUp(amount_xof or None))
    return (yield from ask_topup(ctx))


def picked_sum(ctx: Context, argument: str) -> Deciding:
    """One of the suggested sums."""
    return (yield from take_sum(ctx, int(argument)))


def read_sum(ctx: Context, text: str) -> Script[Answer | None]:
    """A sum was typed, or a way to pay by what people call it."""
    if (method := SHORT.get(fold(text))) is not None:
        return (yield from by(ctx, method))
    amount_xof = parse_amount(text)
    return None if amount_xof is None else (yield from take_sum(ctx, amount_xof))


def by(ctx: Context, argument: str) -> Deciding:
    """A way to pay was chosen."""
    amount_xof = ctx.pending(TopUp).amount_xof or 0
    offered = yield from offers(ctx, amount_xof)
    offer = next((each for each in offered if each.way.method == argument.partition(":")[0]), None)
    if offer is None:
        return (yield from ask_topup(ctx))
    if offer.way.needs_number:
        return (yield from ask_payer(ctx, PayerWanted(offer.way.method, offer.amount_xof, amount_xof)))
    return (yield from begin_paying(ctx, offer.way.method, amount_xof, None))


# Money back.


def read_back(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """“/refund me”, typed; where nobody pays by themselves it means nothing here."""
    if ctx.shop.collecting is None or typed.folded not in BACK or typed.state.secret:
        return None
    return (yield from ask_back(ctx))


def back_asked(ctx: Context, _: str = "") -> Deciding:
    """`/refundme`: the same as a command, for lists of commands."""
    return ask_back(ctx)


def ask_back(ctx: Context) -> Deciding:
    """What would go back, and where to."""
    money = yield from ctx.balance()
    if money.available_xof <= 0:
        return Reply(worded(ctx, "refund_me.nothing"), menu_rows(ctx))
    text = worded(ctx, "refund_me.ask", amount=ctx.t.money(money.available_xof))
    rows: Rows = ((ctx.button("button.refund_me", "do"), ctx.button("button.cancel", "cancel")),)
    return ctx.ask("refund_me", text, rows, base=ctx.afresh())


def do_back(ctx: Context, _: str = "") -> Deciding:
    """It is set aside until somebody confirms it; the news of it say so."""
    money = yield from ctx.balance()
    asked = None
    if money.available_xof > 0:
        asked = yield from ask_refund(ctx.unit, ctx.person.fresh[0], money.available_xof)
    if asked is None:
        return Reply(worded(ctx, "refund_me.nothing"), menu_rows(ctx))
    text = ctx.t("refund_me.done", amount=ctx.t.money(asked.amount_xof))
    return ctx.ask(IDLE, text, (home_row(ctx),), base=ctx.afresh())
