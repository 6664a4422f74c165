"""A reseller's PIN, asked before a large sale or batch and before the PIN itself is changed. Pure.

Theory of operation. What waits for the PIN is kept in the session's draft: a verb, its argument, the amount, and, while
a check is under way, its nonce: `sale 3F2K… 20150 7Q1M…`. A typed PIN is taken away from the chat, *counted in the
same transaction* and only then checked, outside of it; so guesses that are in flight at once cannot outrun the counter.
The fifth try begins a pause, which the right PIN ends; the third pause within a day has no end: whoever types is
guessing, and only an admin to whom the owner has proved themselves takes that PIN away (`/unpin`). The answer does what
waited only if its nonce is still the session's; a check whose process died has no answer, and typing the PIN again
begins a new one.

A sale's quote stays in the session, and everything that Confirm looks at is looked at again after the right PIN.
"""

import re
from collections.abc import Generator
from typing import Any, Final

from msgspec.structs import replace

from bot.dialogue.effects import EraseOwn, Say
from bot.dialogue.here import Answer, Aside, Deciding, Here, lines
from bot.dialogue.looks import Account, Look, LookAccount
from bot.dialogue.menus import home_row, menu
from bot.dialogue.reseller.pin_effects import CheckPin, CountPin, LookPinLocks, LookPinTries, Pin, PinLocks
from bot.dialogue.session import Terms, Turn
from bot.dialogue.shop import Shop
from bot.i18n import Safe, Voice
from bot.model import Outbound

MAX_TRIES = 5
LOCK_SECONDS = 900
# Three pauses within so long are guessing.
DAY_SECONDS = 86_400
# A clock that was set back leaves a pause that ends too far ahead: it was begun before that, and is over.
CLOCK_SLACK_SECONDS = 60
MIN_DIGITS, MAX_DIGITS = 4, 6

_ASKED: Final = {"link": "pin.ask_link"}

_DIGITS: Final = re.compile(r"\d+")


def terms_of(here: Here) -> Terms:
    """What the speaker works under as a reseller; who is none has no PIN."""
    return here.speaker.reseller or Terms()


def guard(here: Here, total_xof: int, what: str) -> Answer | None:
    """Ask for the PIN before `what`, where the speaker's terms want one for that total.

    `what` is `sale ID`, `twice ID` or `batch ID`. None: nothing stands in the way. Else their next message, after which
    the right PIN does what was asked for.
    """
    terms = terms_of(here)
    if terms.pin_hash is None or total_xof < terms.pin_above_xof:
        return None
    return ask_for(here, f"{what} {total_xof}")


def ask_for(here: Here, waiting: str) -> Answer:
    """Put the question for the PIN; `waiting` is a verb, its argument and an amount."""
    if terms_of(here).pin_barred:
        return Aside(barred(here), (home_row(here),))
    if (until := locked_until(here)) is not None:
        return Aside(here.t("pin.locked", clock=here.t.clock(until)), (home_row(here),))
    return _put(here, waiting)


def _put(here: Here, waiting: str) -> Turn:
    verb, _, total = waiting.split(" ")[:3]
    paying = verb in ("sale", "twice", "batch")
    text = here.t("pin.ask", total=here.t.money(int(total))) if paying else here.t(_ASKED.get(verb, "pin.ask_old"))
    rows = ((here.button("button.back", "back"), here.button("button.cancel", "cancel")),)
    return here.ask("pin", text, rows, draft=waiting)


def ask_pin(here: Here) -> Answer:
    """Ask for the PIN again."""
    return menu(here) if here.session.draft is None else _put(here, here.session.draft)


def digits_in(text: str) -> str:
    """The one figure in a text, spaces left out; empty when there is none, or several."""
    bare = "".join(text.split())
    found = [bare] if bare.isdecimal() else _DIGITS.findall(text)
    return "".join(str(int(digit)) for digit in found[0]) if len(found) == 1 else ""


def is_pin(digits: str) -> bool:
    """Whether a figure has the length of a PIN."""
    return MIN_DIGITS <= len(digits) <= MAX_DIGITS


def read_pin(here: Here, text: str) -> Deciding | Answer | None:
    """4 to 6 digits: the PIN. It is taken away, counted and checked."""
    digits = digits_in(text)
    if not digits:
        return None
    here.effects += (EraseOwn(),)
    pin_hash, waiting = terms_of(here).pin_hash, here.session.draft
    if pin_hash is None or waiting is None:
        here.lead = here.t("pin.changed_meanwhile")
        return menu(here)
    if not is_pin(digits):
        return Aside(here.t("pin.form"))
    if terms_of(here).pin_barred:
        return Aside(barred(here), (home_row(here),))
    if (until := locked_until(here)) is not None:
        return Aside(here.t("pin.locked", clock=here.t.clock(until)), (home_row(here),))
    return _check(here, Pin(digits), pin_hash, waiting)


def _check(here: Here, pin: Pin, pin_hash: str, waiting: str) -> Deciding:
    before: int = yield LookPinTries()
    number = tries_so_far(here, before) + 1
    until = here.speaker.now + LOCK_SECONDS * 1000 if number >= MAX_TRIES else 0
    nonce = here.speaker.fresh[0]
    here.effects += (CountPin(before, number, until), CheckPin(nonce, pin, pin_hash, number))
    draft = " ".join((*waiting.split(" ")[:3], nonce))
    here.session = replace(here.session, draft=draft, updated_at=here.speaker.now)
    # The answer comes in a moment and says everything.
    return here.nothing()


def barred(here: Here) -> Safe:
    """That the PIN is locked for good, and whom to write to."""
    return lines(here.t("pin.barred"), ask_the_admin(here.t, here.shop, here.speaker.address))


def ask_the_admin(t: Voice, shop: Shop, address: str) -> Safe:
    """Whom to write to, and what they will ask for."""
    own = shop.contact.get(t.language)
    return lines(t("pin.barred_do", address=address), t("pin.barred_contact", words=own) if own else None)


def is_guessing(here: Here) -> Generator[Look, Any, bool]:
    """Whether the pause that begins now is the third within a day."""
    locks: PinLocks = yield LookPinLocks()
    now = here.speaker.now
    return now - DAY_SECONDS * 1000 < locks.before_at <= now + CLOCK_SLACK_SECONDS * 1000


def tries_so_far(here: Here, counted: int) -> int:
    """The tries that count: those before a pause that is over do not."""
    return 0 if terms_of(here).pin_locked_until and locked_until(here) is None else counted


def locked_until(here: Here) -> int | None:
    """Until when the speaker may type no PIN; None when he may."""
    until, now = terms_of(here).pin_locked_until, here.speaker.now
    latest = now + (LOCK_SECONDS + CLOCK_SLACK_SECONDS) * 1000
    return until if now < until <= latest else None


def tell_the_others(here: Here, until: int, *, for_good: bool) -> Generator[Look, Any, None]:
    """Too many wrong ones: everybody of the account is told, for it may be a stranger who guesses."""
    account: Account = yield LookAccount()
    for member in account.members:
        if str(member.address) != here.speaker.address:
            voice = here.shop.words[member.language]
            text = lines(voice("pin.locked_told", clock=voice.clock(until)), voice("pin.locked_advice"))
            if for_good:
                text = lines(voice("pin.barred_told"), ask_the_admin(voice, here.shop, str(member.address)))
            here.effects += (Say(Outbound(text, keep=True), member.address),)
