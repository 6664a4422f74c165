"""`/pin`: a reseller chooses a PIN, changes it, says from which amount it is asked, or gives it up. Pure.

What makes the PIN protect less (another one, a higher amount, none) asks for the present one first. A new PIN is typed
twice. Between the two the session keeps its hash and never the PIN: the second is checked against that hash. It also
keeps the hash that the account had when the new one was asked for, so that a PIN that was set meanwhile, in another
chat, is never overwritten unnoticed.
"""

import re
from itertools import pairwise
from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.pin.asking import ask_for, digits_in, is_pin, locked_for_good, locked_until, terms_of
from bot.dialogue.menu import home_row
from bot.dialogue.parsing.amounts import parse_amount
from bot.dialogue.pin_pending import ChangePin, ChangePinAbove, GiveUpPin, NewPin, RepeatPin
from bot.dialogue.tasks import CheckPin, EraseOwn, HashPin, PinHashed
from bot.domain.pin import DEFAULT_ABOVE_XOF, Pin
from bot.domain.quote import MAX_AMOUNT_XOF
from bot.domain.text import fold
from bot.i18n import Safe
from bot.notices.layout import Rows, paragraphs
from bot.repositories import pins

ABOVE_OFFERED_XOF: Final = (0, DEFAULT_ABOVE_XOF, 20_000, 50_000)

_VERBS: Final[dict[str, str]] = {
    **dict.fromkeys(("set", "new", "choose", "choisir", "nouveau", "creer"), "set"),
    **dict.fromkeys(("change", "changer", "modifier"), "change"),
    **dict.fromkeys(("remove", "off", "delete", "retirer", "enlever", "supprimer"), "remove"),
}
_ABOVE: Final = re.compile(r"(?:above|from|over|au dessus de|au dessus|a partir de|des)(?: (.*))?")


def pin(ctx: Context, rest: str) -> Answer | Deciding:
    """`/pin [change | remove | above AMOUNT]`, and the same as a button."""
    typed = fold(rest)
    terms = terms_of(ctx)
    if ctx.at_counter and _VERBS.get(typed) != "change" and not digits_in(rest):
        # From which amount it is asked, and whether at all, the shop says.
        return ask_menu(ctx)
    if (above := _ABOVE.fullmatch(typed)) is not None:
        if terms.pin_hash is None:
            return ask_new(ctx)
        taken = read_above(ctx, above[1]) if above[1] else None
        return ask_above(ctx) if taken is None else taken
    verb = _VERBS.get(typed, "")
    if verb and terms.pin_hash is None:
        return ask_new(ctx)
    if verb:
        return ask_for(ctx, GiveUpPin() if verb == "remove" else ChangePin())
    if digits_in(rest):
        # They meant well: their PIN stood in the command itself.
        ctx.after_commit(EraseOwn())
        ctx.prefix = ctx.t("pin.not_in_command")
    return ask_menu(ctx)


def ask_menu(ctx: Context) -> Answer:
    """The PIN: from which amount it is asked, and what can be changed; a person who has none is asked to choose one."""
    t, terms = ctx.t, terms_of(ctx)
    if terms.pin_hash is None:
        ctx.prefix = paragraphs(ctx.prefix, t("pin.none"))
        return ask_new(ctx)
    until = locked_until(ctx)
    text = paragraphs(
        t("pin.title"),
        _when(ctx, terms.pin_above_xof),
        locked_for_good(ctx) if terms.pin_blocked else t("pin.locked", clock=t.clock(until)) if until else None,
    )
    rows: Rows = (
        (ctx.button("button.pin_change", "pin", "change"), ctx.button("button.pin_above", "pin", "above")),
        (ctx.button("button.pin_remove", "pin", "remove"),),
    )
    if ctx.at_counter:
        rows = ((ctx.button("button.pin_change", "pin", "change"),),)
    return ctx.ask("pin_menu", text, (*rows, home_row(ctx)), base=ctx.afresh())


def _when(ctx: Context, above_xof: int) -> Safe:
    return ctx.t("pin.when", amount=ctx.t.money(above_xof)) if above_xof else ctx.t("pin.when_always")


def ask_new(ctx: Context) -> Answer:
    """Choose a PIN of 4 to 6 digits."""
    rows: Rows = ((ctx.button("button.cancel", "cancel"),),)
    pending = NewPin(terms_of(ctx).pin_hash)
    return ctx.ask("pin_new", ctx.t("pin.ask_new"), rows, base=ctx.afresh(), pending=pending)


def weak(pin: str) -> bool:
    """Whether anybody would try it first: one digit, a run up or down, a half twice."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    half = len(pin) // 2
    return steps in ({0}, {1}, {9}) or pin == pin[:half] * 2


def read_new(ctx: Context, text: str) -> Answer | None:
    """A new PIN, typed for the first time: taken away and hashed."""
    digits = digits_in(text)
    if not digits:
        return None
    ctx.after_commit(EraseOwn())
    if not is_pin(digits) or weak(digits):
        return Reply(ctx.t("pin.weak" if is_pin(digits) else "pin.form"))
    nonce = ctx.person.fresh[0]
    ctx.after_commit(HashPin(nonce, Pin(digits)))
    pending = replace(ctx.pending(NewPin), nonce=nonce)
    ctx.session = replace(ctx.session, pending=pending, updated_at=ctx.person.now)
    return ctx.nothing()


def hashed(ctx: Context, event: PinHashed) -> Answer:
    """The new PIN's hash: now it is typed again."""
    pending = ctx.awaits(NewPin)
    if pending is None or pending.nonce != event.nonce:
        return ctx.nothing()
    return _put_again(ctx, RepeatPin(pending.old_hash, event.pin_hash))


def _put_again(ctx: Context, pending: RepeatPin) -> Answer:
    rows: Rows = ((ctx.button("button.back", "back"), ctx.button("button.cancel", "cancel")),)
    return ctx.ask("pin_again", ctx.t("pin.ask_again"), rows, pending=pending)


def ask_again(ctx: Context) -> Answer:
    """Type the new PIN again."""
    return _put_again(ctx, ctx.pending(RepeatPin))


def read_again(ctx: Context, text: str) -> Answer | None:
    """The new PIN, typed again: taken away and compared by its hash."""
    digits = digits_in(text)
    if not digits:
        return None
    ctx.after_commit(EraseOwn())
    pending = replace(ctx.pending(RepeatPin), nonce=ctx.person.fresh[0])
    ctx.after_commit(CheckPin(ctx.person.fresh[0], Pin(digits), pending.new_hash))
    ctx.session = replace(ctx.session, pending=pending, updated_at=ctx.person.now)
    return ctx.nothing()


def compared(ctx: Context, pending: RepeatPin, right: bool) -> Deciding:
    """The two were the same, and the PIN is in force; or they were not, and it is chosen anew."""
    terms = terms_of(ctx)
    if terms.pin_hash != pending.old_hash:
        ctx.prefix = ctx.t("pin.changed_meanwhile")
        return ask_menu(ctx)
    if not right:
        ctx.prefix = ctx.t("pin.not_the_same")
        return ask_new(ctx)
    yield from pins.set_pin(ctx.person.pin_holder, pending.new_hash)
    above_xof = terms.pin_above_xof
    if pending.old_hash is None and not ctx.at_counter:
        above_xof = DEFAULT_ABOVE_XOF
        yield from pins.ask_from(ctx.customer, above_xof)
    text = paragraphs(ctx.t("pin.saved"), _when(ctx, above_xof), ctx.t("pin.saved_advice"))
    # Which amount is not asked for here: whoever types their PIN once more would read it as one.
    above = () if ctx.at_counter else (ctx.button("button.pin_above", "pin", "above"),)
    row = (*above, *home_row(ctx))
    return ctx.ask("pin_menu", text, (row,), base=ctx.afresh())


def ask_above(ctx: Context) -> Answer:
    """From which amount the PIN is asked."""
    labels = [
        ctx.choice(
            ctx.t.short_money(xof) if xof else ctx.t.label("button.pin_always"),
            "above",
            str(xof),
        )
        for xof in ABOVE_OFFERED_XOF
    ]
    rows: Rows = (tuple(labels[:2]), tuple(labels[2:]), (ctx.button("button.cancel", "cancel"),))
    return ctx.ask("pin_above", ctx.t("pin.ask_above"), rows, base=ctx.afresh())


def read_above(ctx: Context, text: str) -> Answer | Deciding | None:
    """An amount, or 0 for every sale."""
    above_xof = parse_amount(text)
    if above_xof is None or above_xof > MAX_AMOUNT_XOF:
        return None
    return _change_above(ctx, above_xof)


def take_above(ctx: Context, amount: str) -> Answer | Deciding:
    """The button of an amount."""
    return _change_above(ctx, int(amount))


def _change_above(ctx: Context, above_xof: int) -> Answer | Deciding:
    """Making the PIN asked less often takes the PIN."""
    terms = terms_of(ctx)
    if terms.pin_hash is not None and above_xof > terms.pin_above_xof:
        return ask_for(ctx, ChangePinAbove(above_xof))
    return set_above(ctx, ChangePinAbove(above_xof))


def set_above(ctx: Context, what: ChangePinAbove) -> Deciding:
    """From this amount upwards."""
    yield from pins.ask_from(ctx.customer, what.above_xof)
    return ctx.ask(IDLE, _when(ctx, what.above_xof), (home_row(ctx),), base=ctx.afresh())


def change(ctx: Context, _: ChangePin) -> Answer:
    """Another PIN, by who has just typed the present one."""
    return ask_new(ctx)


def remove(ctx: Context, _: GiveUpPin) -> Deciding:
    """No PIN any more."""
    yield from pins.set_pin(ctx.person.pin_holder, None)
    return ctx.ask(IDLE, ctx.t("pin.removed"), (home_row(ctx),), base=ctx.afresh())
