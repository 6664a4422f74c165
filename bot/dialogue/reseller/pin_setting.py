"""`/pin`: a reseller chooses a PIN, changes it, says from which amount it is asked, or gives it up. Pure.

What makes the PIN protect less (another one, a higher amount, none) asks for the present one first. A new PIN is typed
twice. Between the two the session keeps its hash and never the PIN: the second is checked against that hash. The draft
also keeps the hash that the account had when the new one was asked for (`-` for none), so that a PIN that was set
meanwhile, in another chat, is never written over without being known.
"""

import re
from itertools import pairwise
from typing import Final

from msgspec.structs import replace

from bot.dialogue import read
from bot.dialogue.effects import EraseOwn
from bot.dialogue.here import IDLE, Answer, Aside, Deciding, Here, Rows, paragraphs
from bot.dialogue.menus import home_row, menu
from bot.dialogue.reseller.pin import ask_for, barred, digits_in, is_pin, locked_until, terms_of
from bot.dialogue.reseller.pin_effects import CheckPin, HashPin, Pin, PinHashed, SavePin, SavePinAbove
from bot.dialogue.vocabulary import fold
from bot.i18n import Safe
from bot.model import MAX_AMOUNT_XOF

NONE = "-"
ABOVE_OFFERED_XOF: Final = (0, 20_000, 50_000, 100_000)

_VERBS: Final[dict[str, str]] = {
    **dict.fromkeys(("set", "new", "choose", "choisir", "nouveau", "creer"), "set"),
    **dict.fromkeys(("change", "changer", "modifier"), "change"),
    **dict.fromkeys(("remove", "off", "delete", "retirer", "enlever", "supprimer"), "remove"),
}
_ABOVE: Final = re.compile(r"(?:above|from|over|au dessus de|au dessus|a partir de|des)(?: (.*))?")


def pin(here: Here, rest: str) -> Answer | Deciding:
    """`/pin [change | remove | above AMOUNT]`, and the same as a button."""
    typed = fold(rest)
    terms = terms_of(here)
    if (above := _ABOVE.fullmatch(typed)) is not None:
        if terms.pin_hash is None:
            return ask_new(here)
        found = read_above(here, above[1]) if above[1] else None
        return ask_above(here) if found is None else found
    verb = _VERBS.get(typed, "")
    if verb and terms.pin_hash is None:
        return ask_new(here)
    if verb:
        return ask_for(here, "remove - 0" if verb == "remove" else "change - 0")
    if digits_in(rest):
        # He meant well: his PIN stood in the command itself.
        here.effects += (EraseOwn(),)
        here.lead = here.t("pin.not_in_command")
    return ask_menu(here)


def ask_menu(here: Here) -> Answer:
    """The PIN: from which amount it is asked, and what can be changed; who has none is asked to choose one."""
    t, terms = here.t, terms_of(here)
    if terms.pin_hash is None:
        here.lead = paragraphs(here.lead or None, t("pin.none"))
        return ask_new(here)
    until = locked_until(here)
    text = paragraphs(
        t("pin.title"),
        _when(here, terms.pin_above_xof),
        barred(here) if terms.pin_barred else t("pin.locked", clock=t.clock(until)) if until else None,
    )
    rows: Rows = (
        (here.button("button.pin_change", "pin", "change"), here.button("button.pin_above", "pin", "above")),
        (here.button("button.pin_remove", "pin", "remove"),),
    )
    return here.ask("pin_menu", text, (*rows, home_row(here)), base=here.afresh())


def _when(here: Here, above_xof: int) -> Safe:
    return here.t("pin.when", amount=here.t.money(above_xof)) if above_xof else here.t("pin.when_always")


# A new PIN.


def ask_new(here: Here) -> Answer:
    """Choose a PIN of 4 to 6 digits."""
    rows: Rows = ((here.button("button.cancel", "cancel"),),)
    draft = f"new {terms_of(here).pin_hash or NONE}"
    return here.ask("pin_new", here.t("pin.ask_new"), rows, base=here.afresh(), draft=draft)


def weak(pin: str) -> bool:
    """Whether anybody would try it first: one digit, a run up or down, a half twice."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    half = len(pin) // 2
    return steps in ({0}, {1}, {9}) or pin == pin[:half] * 2


def read_new(here: Here, text: str) -> Answer | None:
    """A new PIN, typed for the first time: taken away and hashed."""
    digits = digits_in(text)
    if not digits:
        return None
    here.effects += (EraseOwn(),)
    if not is_pin(digits) or weak(digits):
        return Aside(here.t("pin.weak" if is_pin(digits) else "pin.form"))
    nonce = here.speaker.fresh[0]
    here.effects += (HashPin(nonce, Pin(digits)),)
    draft = " ".join((*(here.session.draft or f"new {NONE}").split(" ")[:2], nonce))
    here.session = replace(here.session, draft=draft, updated_at=here.speaker.now)
    return here.nothing()


def hashed(here: Here, event: PinHashed) -> Answer:
    """The new PIN's hash: now it is typed again."""
    verb, known, nonce = _parts(here)
    if here.session.state != "pin_new" or verb != "new" or nonce != event.nonce:
        return here.nothing()
    return _put_again(here, f"again {known} {event.pin_hash}")


def _parts(here: Here) -> tuple[str, str, str]:
    """The draft's verb, its second word and its last."""
    words = (here.session.draft or "").split(" ")
    return words[0], words[1] if len(words) > 1 else "", words[-1]


def _put_again(here: Here, draft: str) -> Answer:
    rows: Rows = ((here.button("button.back", "back"), here.button("button.cancel", "cancel")),)
    return here.ask("pin_again", here.t("pin.ask_again"), rows, draft=draft)


def ask_again(here: Here) -> Answer:
    """Type the new PIN again."""
    return menu(here) if here.session.draft is None else _put_again(here, here.session.draft)


def read_again(here: Here, text: str) -> Answer | None:
    """The new PIN, typed again: taken away and compared by its hash."""
    digits = digits_in(text)
    if not digits:
        return None
    here.effects += (EraseOwn(),)
    verb, known, pin_hash = (here.session.draft or "").split(" ")[:3]
    nonce = here.speaker.fresh[0]
    here.effects += (CheckPin(nonce, Pin(digits), pin_hash),)
    here.session = replace(here.session, draft=f"{verb} {known} {pin_hash} {nonce}", updated_at=here.speaker.now)
    return here.nothing()


def compared(here: Here, right: bool) -> Answer:
    """The two were the same, and the PIN is in force; or they were not, and it is chosen anew."""
    _, known, pin_hash, _ = (here.session.draft or "").split(" ")
    terms = terms_of(here)
    if (terms.pin_hash or NONE) != known:
        here.lead = here.t("pin.changed_meanwhile")
        return ask_menu(here)
    if not right:
        here.lead = here.t("pin.not_the_same")
        return ask_new(here)
    here.effects += (SavePin(pin_hash),)
    text = paragraphs(here.t("pin.saved"), _when(here, terms.pin_above_xof), here.t("pin.saved_advice"))
    row = (here.button("button.pin_above", "pin", "above"), *home_row(here))
    return here.ask("pin_menu", text, (row,), base=here.afresh())


# From which amount.


def ask_above(here: Here) -> Answer:
    """From which amount the PIN is asked."""
    labels = [
        here.choice(
            here.t.short_money(xof) if xof else here.t.label("button.pin_always"),
            "above",
            str(xof),
        )
        for xof in ABOVE_OFFERED_XOF
    ]
    rows: Rows = (tuple(labels[:2]), tuple(labels[2:]), (here.button("button.cancel", "cancel"),))
    return here.ask("pin_above", here.t("pin.ask_above"), rows, base=here.afresh())


def read_above(here: Here, text: str) -> Answer | None:
    """An amount, or 0 for every sale."""
    above_xof = read.amount(text)
    if above_xof is None or above_xof > MAX_AMOUNT_XOF:
        return None
    return take_above(here, str(above_xof))


def take_above(here: Here, amount: str) -> Answer:
    """It is asked less often only by who knows it."""
    terms = terms_of(here)
    if terms.pin_hash is not None and int(amount) > terms.pin_above_xof:
        return ask_for(here, f"above {amount} 0")
    return set_above(here, amount)


def set_above(here: Here, amount: str) -> Answer:
    """From this amount upwards."""
    here.effects += (SavePinAbove(int(amount)),)
    return here.ask(IDLE, _when(here, int(amount)), (home_row(here),), base=here.afresh())


def removed(here: Here) -> Answer:
    """No PIN any more."""
    here.effects += (SavePin(None),)
    return here.ask(IDLE, here.t("pin.removed"), (home_row(here),), base=here.afresh())
