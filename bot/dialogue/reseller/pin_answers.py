"""What follows the check of a PIN: the right one does what waited for it, a wrong one costs a try. Pure.

An answer to an older question, or to a PIN that is no longer the account's, does nothing at all.
"""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from bot.dialogue import link, quote
from bot.dialogue.here import IDLE, Answer, Deciding, Here, lines
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
from bot.dialogue.reseller.pin_effects import CountLock, ForgetTries, LookPinTries, PinAnswered
from bot.dialogue.reseller.pin_setting import ask_menu, ask_new, compared, removed, set_above


def _sale(here: Here, quote_id: str) -> Answer | Deciding:
    """Exactly as Confirm: the quote is looked at again, and the balance."""
    here.session = replace(here.session, state="quote", draft=None)
    return quote.confirm_known(here, quote_id)


def _twice(here: Here, quote_id: str) -> Answer | Deciding:
    """A second sale of the same thing while the first is under way."""
    here.session = replace(here.session, state="quote", draft=None)
    return quote.confirm_known(here, quote_id, twice=True)


# What waited for the PIN, by the verb in the draft.
_WAITED: Final[dict[str, Callable[[Here, str], Answer | Deciding]]] = {
    "sale": _sale,
    "twice": _twice,
    "batch": batch_buy.buy_known,
    "link": link.join_known,
    "change": lambda here, _: ask_new(here),
    "remove": lambda here, _: removed(here),
    "above": set_above,
}


def answered(here: Here, event: PinAnswered) -> Deciding:
    """A PIN was checked."""
    known = terms_of(here).pin_hash == event.pin_hash
    if event.right and event.number and known:
        here.effects += (ForgetTries(),)
    until = locked_until(here)
    for_good = terms_of(here).pin_barred
    if not event.right and event.number == MAX_TRIES and until is not None:
        for_good = yield from is_guessing(here)
        here.effects += (CountLock(for_good),)
        yield from tell_the_others(here, until, for_good=for_good)
    state, words = here.session.state, (here.session.draft or "").split(" ")
    if state not in ("pin", "pin_again") or len(words) != 4 or words[3] != event.nonce:
        return here.nothing()
    if state == "pin_again":
        return compared(here, event.right)
    if not event.right:
        return (yield from _wrong(here, for_good=for_good))
    if not known:
        here.lead = here.t("pin.changed_meanwhile")
        return (yield from _done(back(here)))
    return (yield from _done(_WAITED[words[0]](here, words[1])))


def _done(answer: Answer | Deciding) -> Deciding:
    return (yield from answer) if not isinstance(answer, Answer) else answer


def _wrong(here: Here, *, for_good: bool) -> Deciding:
    t = here.t
    if for_good:
        return here.ask(IDLE, barred(here), (home_row(here),), base=here.afresh())
    if (until := locked_until(here)) is not None:
        text = lines(t("pin.locked_now", clock=t.clock(until)), t("pin.locked_advice"))
        return here.ask(IDLE, text, (home_row(here),), base=here.afresh())
    counted: int = yield LookPinTries()
    here.lead = t.plural("pin.wrong", MAX_TRIES - tries_so_far(here, counted))
    here.session = replace(here.session, draft=" ".join((here.session.draft or "").split(" ")[:3]))
    return ask_pin(here)


def back(here: Here) -> Answer | Deciding:
    """Where what waited came from: the quote, or the PIN's own menu."""
    if (here.session.draft or "").startswith(("sale ", "twice ")):
        return quote.ask_quote(here)
    if (here.session.draft or "").startswith("batch "):
        return batch_buy.back_from_pin(here)
    if (here.session.draft or "").startswith("link "):
        return menu(here)
    return ask_menu(here)
