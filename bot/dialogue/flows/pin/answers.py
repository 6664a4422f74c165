"""What follows the check of a PIN: the right one does what waited for it, a wrong one costs a try. Pure.

An answer to an older question, or to a PIN that is no longer the account's, does nothing at all.
"""

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding
from bot.dialogue.flows.pin.asking import (
    MAX_TRIES,
    ask_pin,
    is_guessing,
    locked_for_good,
    locked_until,
    tell_the_others,
    terms_of,
    tries_so_far,
)
from bot.dialogue.flows.pin.setting import compared
from bot.dialogue.menu import contact_row, home_row
from bot.dialogue.pending import AwaitsPin
from bot.dialogue.pin_pending import RepeatPin
from bot.dialogue.tasks import PinAnswered
from bot.notices.layout import lines
from bot.repositories import pins


def answered(ctx: Context, event: PinAnswered) -> Deciding:
    """A PIN was checked."""
    known = terms_of(ctx).pin_hash == event.pin_hash
    if event.right and event.number and known:
        yield from pins.forget_tries(ctx.person.pin_holder)
    until = locked_until(ctx)
    for_good = terms_of(ctx).pin_blocked
    if not event.right and event.number == MAX_TRIES and until is not None:
        for_good = yield from is_guessing(ctx)
        yield from pins.note_lock(ctx.person.pin_holder, ctx.now, for_good=for_good)
        yield from tell_the_others(ctx, until, for_good=for_good)
    if (repeated := ctx.awaits(RepeatPin)) is not None and repeated.nonce == event.nonce:
        return (yield from compared(ctx, repeated, event.right))
    pending = ctx.awaits(AwaitsPin)
    if pending is None or pending.nonce != event.nonce:
        return ctx.nothing()
    if not event.right:
        return (yield from _wrong(ctx, pending, for_good=for_good))
    if not known:
        ctx.prefix = ctx.t("pin.changed_meanwhile")
        return (yield from _done(back(ctx)))
    return (yield from _done(ctx.flows.after_guard[type(pending.what)].go_on(ctx, pending.what)))


def _done(answer: Answer | Deciding) -> Deciding:
    return (yield from answer) if not isinstance(answer, Answer) else answer


def _wrong(ctx: Context, pending: AwaitsPin, *, for_good: bool) -> Deciding:
    t = ctx.t
    if for_good:
        return ctx.ask(IDLE, locked_for_good(ctx), ((*contact_row(ctx), *home_row(ctx)),), base=ctx.afresh())
    if (until := locked_until(ctx)) is not None:
        text = lines(t("pin.locked_now", clock=t.clock(until)), t("pin.locked_advice"))
        return ctx.ask(IDLE, text, (home_row(ctx),), base=ctx.afresh())
    counted = yield from pins.tries_of(ctx.person.pin_holder)
    ctx.prefix = t.plural("pin.wrong", MAX_TRIES - tries_so_far(ctx, counted))
    ctx.session = replace(ctx.session, pending=replace(pending, nonce=None))
    return ask_pin(ctx)


def back(ctx: Context) -> Answer | Deciding:
    """Where what waits came from."""
    what = ctx.pending(AwaitsPin).what
    return ctx.flows.after_guard[type(what)].back(ctx, what)
