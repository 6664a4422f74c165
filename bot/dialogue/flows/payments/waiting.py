"""A payment that is waited for: how it begins, “I paid”, and what is not wanted any more. Pure.

One message says that a payment is waited for; the news of it take its place. Nothing else waits: whoever writes
meanwhile is answered as ever, and what was paid for goes on by itself.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flow import Typed
from bot.dialogue.menu import home_row, menu_rows
from bot.dialogue.parsing.paid import PAID
from bot.dialogue.pending import CodeWanted
from bot.domain.collecting import Method
from bot.domain.collection import Collection
from bot.domain.quote import Quote
from bot.i18n import Safe
from bot.notices.collecting import asked_for, code_asked, paying_rows
from bot.notices.layout import Rows, paragraphs
from bot.notices.orders import bought
from bot.repositories import collections
from bot.shop import is_prepaid
from bot.store import Script
from bot.transactions.collections import ask_about
from bot.transactions.collections import call_off as end
from bot.transactions.ways_to_pay import NotBegun, Why, begin

_NOT_BEGUN: Final[dict[Why, str]] = {
    "closed": "paying.not.closed",
    "sum": "paying.not.closed",
    "number": "paying.not.closed",
    "no_advances": "topup.no_advances",
    "held_most": "paying.not.advance",
    "month_most": "paying.not.advance",
    "prompted": "paying.not.prompted",
}


_FOR: Final = {False: "paying.for_topup", True: "paying.for_topup_float"}


def begin_paying(ctx: Context, method: Method, what: Quote | int, payer: str | None) -> Deciding:
    """Ask the payer, and say what is waited for."""
    begun = yield from begin(ctx.unit, ctx.person.fresh[0], method, what, payer)
    if isinstance(begun, NotBegun):
        if begun.collection is not None:
            return show(ctx, begun.collection)
        return Reply(ctx.t(_NOT_BEGUN.get(begun.why, "paying.not.bought")), menu_rows(ctx))
    t = ctx.t
    topped_up = _FOR[ctx.flows.has_float(ctx)]
    wanted = bought(t, what) if isinstance(what, Quote) else t(topped_up, amount=t.money(what))
    rows = paying_rows(t, begun)
    if begun.kind == "code":
        text = paragraphs(t("paying.waiting", **asked_for(ctx.t, begun)), wanted, code_asked(t, begun))
        return ctx.ask(
            "payer_code",
            text,
            rows,
            base=ctx.afresh(),
            quote=None,
            collection_id=begun.id,
            pending=CodeWanted(begun.id),
        )
    text = paragraphs(t("paying.waiting", **asked_for(ctx.t, begun)), wanted, t("paying.waiting_next"))
    return ctx.ask(IDLE, text, rows, base=ctx.afresh(), quote=None, collection_id=begun.id)


def show(ctx: Context, collection: Collection) -> Answer:
    """How it stands with a payment, for who asks."""
    ctx.replaces = None
    rows: Rows = () if collection.is_final else paying_rows(ctx.t, collection)
    return ctx.ask(IDLE, _standing(ctx, collection), (*rows, home_row(ctx)), base=ctx.afresh())


def _standing(ctx: Context, collection: Collection) -> Safe:
    if collection.state == "paid":
        return ctx.t("paying.known_paid", **asked_for(ctx.t, collection))
    return ctx.t("paying.over" if collection.is_final else "paying.waits", **asked_for(ctx.t, collection))


def meant(ctx: Context, collection_id: str) -> Script[Collection | None]:
    """The collection of that id of the person's account; without an id the newest that may still be paid, else the
    newest of all.
    """
    if collection_id:
        collection = yield from collections.load(collection_id)
        return collection if collection is not None and collection.customer == ctx.customer else None
    opened = yield from collections.open_of(ctx.customer, ctx.now)
    newest = opened or (yield from collections.of_customer(ctx.customer, 1))
    return newest[0] if newest else None


def paid(ctx: Context, collection_id: str = "") -> Deciding:
    """“I paid”: it is looked up at once."""
    collection = yield from meant(ctx, collection_id)
    if collection is None:
        return Reply(ctx.t("paying.none"), menu_rows(ctx))
    if collection.state == "paid":
        return Reply(_standing(ctx, collection), (home_row(ctx),))
    asked = yield from ask_about(ctx.unit, collection)
    rows: Rows = () if collection.is_final else paying_rows(ctx.t, collection)
    text = ctx.t("paying.looking" if asked else "paying.looked_often", **asked_for(ctx.t, collection))
    return Reply(text, (*rows, home_row(ctx)))


def read_paid(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """“J’ai payé”, typed; where nobody pays by themselves it means nothing here."""
    if ctx.shop.collecting is None or typed.folded not in PAID or typed.state.free_text or typed.state.secret:
        return None
    return (yield from paid(ctx))


def call_off(ctx: Context, collection_id: str) -> Deciding:
    """It is not wanted any more. What certainly was not asked for, and what nobody can end, says so in its news."""
    collection = yield from meant(ctx, collection_id)
    if collection is None:
        return Reply(ctx.t("paying.none"), menu_rows(ctx))
    if collection.is_final:
        return show(ctx, collection)
    yield from end(ctx.unit, collection)
    terms = ctx.shop.collecting
    if collection.state == "opening":
        return Reply(ctx.t("paying.just_leaving", **asked_for(ctx.t, collection)), paying_rows(ctx.t, collection))
    if collection.state != "waiting" and terms is not None and terms.abilities.expires:
        return Reply(ctx.t("paying.being_ended", **asked_for(ctx.t, collection)), (home_row(ctx),))
    return ctx.become(replace(ctx.session, updated_at=ctx.now))


def call_off_wanted(ctx: Context, _: str = "") -> Deciding:
    """“Cancel”, typed where a code is waited for."""
    return (yield from call_off(ctx, ctx.pending(CodeWanted).collection_id))


def cancel_newest(ctx: Context) -> Script[Answer | None]:
    """“Cancel”, typed where nothing else is going on: the payment that is waited for is meant."""
    if ctx.shop.collecting is None:
        return None
    opened = yield from collections.open_of(ctx.customer, ctx.now)
    return (yield from call_off(ctx, opened[0].id)) if opened else None


def unpaid(ctx: Context) -> Script[tuple[tuple[Safe, Rows], ...]]:
    """What waits for a payment, as it stands among what is open."""
    if ctx.shop.collecting is None:
        return ()
    opened = yield from collections.open_of(ctx.customer, ctx.now)
    return tuple((ctx.t("paying.waits", **asked_for(ctx.t, each)), paying_rows(ctx.t, each)) for each in opened[:1])


def again(ctx: Context, collection_id: str) -> Deciding:
    """The same once more: another quote, or another top-up."""
    collection = yield from meant(ctx, collection_id)
    quote = None if collection is None else (yield from collections.quote_of(collection.id))
    if collection is None:
        return Reply(ctx.t("paying.none"), menu_rows(ctx))
    if quote is None:
        return (yield from ctx.flows.follow(ctx, "topup", str(collection.amount_xof - collection.fee_xof)))
    amount_xof = quote.amount_xof if is_prepaid(quote.service) else None
    return ctx.flows.inquire(ctx, quote.service, quote.reference, amount_xof)
