"""What follows the check of a PIN: the right one does what waited for it, a wrong one costs a try. Pure.

An answer to an older question, or to a PIN that is no longer the account's, does nothing at all.
"""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding
from bot.dialogue.flows.linking import joining
from bot.dialogue.flows.purchase import quote
from bot.dialogue.menus import home_row, menu
from bot.dialogue.reseller import batch_buy
from bot.dialogue.reseller.pin import (
    MAX_TRIES,
    ask_pin,
    barred,
    is_guessing,
    locked_until,
    tell_the_others,
    terms_of,
    tries_so_far,
)
from bot.dialogue.reseller.pin_setting import ask_menu, ask_new, compared, removed, set_above
from bot.dialogue.tasks import PinAnswered
from bot.notices.layout import lines
from bot.repositories import pins


def _sale(ctx: Context, quote_id: str) -> Answer | Deciding:
    """Exactly as Confirm: the quote is looked at again, and the balance."""
    ctx.session = replace(ctx.session, state="quote", draft=None)
    return quote.confirm_known(ctx, quote_id)


def _twice(ctx: Context, quote_id: str) -> Answer | Deciding:
    """A second sale of the same thing while the first is under way."""
    ctx.session = replace(ctx.session, state="quote", draft=None)
    return quote.confirm_known(ctx, quote_id, twice=True)


# What waited for the PIN, by the verb in the draft.
_WAITED: Final[dict[str, Callable[[Context, str], Answer | Deciding]]] = {
    "sale": _sale,
    "twice": _twice,
    "batch": batch_buy.buy_known,
    "link": joining.join_known,
    "change": lambda ctx, _: ask_new(ctx),
    "remove": lambda ctx, _: removed(ctx),
    "above": set_above,
}


def answered(ctx: Context, event: PinAnswered) -> Deciding:
    """A PIN was checked."""
    known = terms_of(ctx).pin_hash == event.pin_hash
    if event.right and event.number and known:
        yield from pins.forget_tries(ctx.customer)
    until = locked_until(ctx)
    for_good = terms_of(ctx).pin_barred
    if not event.right and event.number == MAX_TRIES and until is not None:
        for_good = yield from is_guessing(ctx)
        yield from pins.note_lock(ctx.customer, ctx.now, for_good=for_good)
        yield from tell_the_others(ctx, until, for_good=for_good)
    state, words = ctx.session.state, (ctx.session.draft or "").split(" ")
    if state not in ("pin", "pin_again") or len(words) != 4 or words[3] != event.nonce:
        return ctx.nothing()
    if state == "pin_again":
        return (yield from compared(ctx, event.right))
    if not event.right:
        return (yield from _wrong(ctx, for_good=for_good))
    if not known:
        ctx.lead = ctx.t("pin.changed_meanwhile")
        return (yield from _done(back(ctx)))
    return (yield from _done(_WAITED[words[0]](ctx, words[1])))


def _done(answer: Answer | Deciding) -> Deciding:
    return (yield from answer) if not isinstance(answer, Answer) else answer


def _wrong(ctx: Context, *, for_good: bool) -> Deciding:
    t = ctx.t
    if for_good:
        return ctx.ask(IDLE, barred(ctx), (home_row(ctx),), base=ctx.afresh())
    if (until := locked_until(ctx)) is not None:
        text = lines(t("pin.locked_now", clock=t.clock(until)), t("pin.locked_advice"))
        return ctx.ask(IDLE, text, (home_row(ctx),), base=ctx.afresh())
    counted = yield from pins.tries_of(ctx.customer)
    ctx.lead = t.plural("pin.wrong", MAX_TRIES - tries_so_far(ctx, counted))
    ctx.session = replace(ctx.session, draft=" ".join((ctx.session.draft or "").split(" ")[:3]))
    return ask_pin(ctx)


def back(ctx: Context) -> Answer | Deciding:
    """Where what waited came from: the quote, or the PIN's own menu."""
    if (ctx.session.draft or "").startswith(("sale ", "twice ")):
        return quote.ask_quote(ctx)
    if (ctx.session.draft or "").startswith("batch "):
        return batch_buy.back_from_pin(ctx)
    if (ctx.session.draft or "").startswith("link "):
        return menu(ctx)
    return ask_menu(ctx)
