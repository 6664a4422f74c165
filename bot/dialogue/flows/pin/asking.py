"""A reseller's PIN, asked before a large sale or batch and before the PIN itself is changed. Pure.

Theory of operation. What waits for the PIN is kept in the session (`AwaitsPin`), with the nonce of the check that is
under way. A typed PIN is taken away from the chat, *counted in the same transaction* and only then checked, outside of
it; so guesses that are in flight at once cannot outrun the counter.
The fifth try begins a pause, which the right PIN ends; the third pause within a day has no end: whoever types is
guessing, and only an admin to whom the owner has proved themselves takes that PIN away (`/unpin`). The answer does what
waited only if its nonce is still the session's; a check whose process died has no answer, and typing the PIN again
begins a new one.

A sale's quote stays in the session, and everything that Confirm looks at is looked at again after the right PIN.
"""

import re
from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.menu import contact_row, home_row, menu
from bot.dialogue.pending import AwaitsPin, Guarded
from bot.dialogue.pin_pending import ChangePin, NewPin
from bot.dialogue.session import Transition
from bot.dialogue.tasks import CheckPin, EraseOwn
from bot.domain.outbound import Outbound
from bot.domain.pin import Pin
from bot.i18n import Safe, Voice
from bot.languages import pick
from bot.notices.layout import lines, paragraphs
from bot.repositories import pins
from bot.repositories.accounts import members_of
from bot.repositories.people import Terms
from bot.shop import ShopSettings
from bot.store import Script

MAX_TRIES = 5
LOCK_SECONDS = 900
# Three pauses within so long are guessing.
DAY_SECONDS = 86_400
# A clock that was set back leaves a pause that ends too far ahead: it was begun before that, and is over.
CLOCK_SLACK_SECONDS = 60
MIN_DIGITS, MAX_DIGITS = 4, 6

_DIGITS: Final = re.compile(r"\d+")


def terms_of(ctx: Context) -> Terms:
    """What the person sells under, and their PIN; other people have none."""
    return ctx.person.terms or Terms()


def guard(ctx: Context, amount_xof: int | None, what: Guarded) -> Answer | None:
    """Ask for the PIN before `what`, where the person has one and wants it asked for that amount; without an amount
    whoever has one is asked. None: nothing stands in the way. Whoever sells for a shop first chooses a PIN of their
    own.
    """
    terms = terms_of(ctx)
    if ctx.at_counter and terms.pin_hash is None:
        return _choose_first(ctx)
    if terms.pin_hash is None or (amount_xof is not None and amount_xof < terms.pin_above_xof):
        return None
    return ask_for(ctx, what, amount_xof or 0)


def _choose_first(ctx: Context) -> Transition:
    """A seller chooses a PIN, and begins the sale again."""
    rows = ((ctx.button("button.cancel", "cancel"),),)
    text = paragraphs(ctx.t("pin.first"), ctx.t("pin.ask_new"))
    return ctx.ask("pin_new", text, rows, base=ctx.afresh(), quote=None, pending=NewPin(None))


def ask_for(ctx: Context, what: Guarded, amount_xof: int = 0) -> Answer:
    """Put the question for the PIN, after which the right one does `what`."""
    if terms_of(ctx).pin_blocked:
        return Reply(locked_for_good(ctx), ((*contact_row(ctx), *home_row(ctx)),))
    if (until := locked_until(ctx)) is not None:
        return Reply(ctx.t("pin.locked", clock=ctx.t.clock(until)), (home_row(ctx),))
    return _put(ctx, AwaitsPin(what, amount_xof))


def _put(ctx: Context, pending: AwaitsPin) -> Transition:
    question = "pin.ask_sale" if ctx.at_counter else ctx.flows.after_guard[type(pending.what)].question
    if ctx.at_counter and isinstance(pending.what, ChangePin):
        question = "pin.ask_old"
    text = ctx.t(question, total=ctx.t.money(pending.amount_xof))
    rows = ((ctx.button("button.back", "back"), ctx.button("button.cancel", "cancel")),)
    return ctx.ask("pin", text, rows, pending=pending)


def ask_pin(ctx: Context) -> Answer:
    """Ask for the PIN again."""
    return _put(ctx, ctx.pending(AwaitsPin))


def digits_in(text: str) -> str:
    """The one figure in a text, spaces left out; empty when there is none, or several."""
    bare = "".join(text.split())
    figures = [bare] if bare.isdecimal() else _DIGITS.findall(text)
    return "".join(str(int(digit)) for digit in figures[0]) if len(figures) == 1 else ""


def is_pin(digits: str) -> bool:
    """Whether a figure has the length of a PIN."""
    return MIN_DIGITS <= len(digits) <= MAX_DIGITS


def read_pin(ctx: Context, text: str) -> Deciding | Answer | None:
    """4 to 6 digits: the PIN. It is taken away, counted and checked."""
    digits = digits_in(text)
    if not digits:
        return None
    ctx.after_commit(EraseOwn())
    pin_hash = terms_of(ctx).pin_hash
    if pin_hash is None:
        ctx.prefix = ctx.t("pin.changed_meanwhile")
        return menu(ctx)
    if not is_pin(digits):
        return Reply(ctx.t("pin.form"))
    if terms_of(ctx).pin_blocked:
        return Reply(locked_for_good(ctx), ((*contact_row(ctx), *home_row(ctx)),))
    if (until := locked_until(ctx)) is not None:
        return Reply(ctx.t("pin.locked", clock=ctx.t.clock(until)), (home_row(ctx),))
    return _check(ctx, Pin(digits), pin_hash)


def _check(ctx: Context, pin: Pin, pin_hash: str) -> Deciding:
    before = yield from pins.tries_of(ctx.person.pin_holder)
    number = tries_so_far(ctx, before) + 1
    until = ctx.person.now + LOCK_SECONDS * 1000 if number >= MAX_TRIES else 0
    nonce = ctx.person.fresh[0]
    yield from pins.count_try(ctx.person.pin_holder, before, number, until)
    ctx.after_commit(CheckPin(nonce, pin, pin_hash, number))
    pending = replace(ctx.pending(AwaitsPin), nonce=nonce)
    ctx.session = replace(ctx.session, pending=pending, updated_at=ctx.person.now)
    # The answer comes in a moment and needs no message before it.
    return ctx.nothing()


def locked_for_good(ctx: Context) -> Safe:
    """That the PIN is locked for good, and whom to write to."""
    if ctx.at_counter:
        return ctx.t("pin.blocked_seller")
    return lines(ctx.t("pin.blocked"), ask_the_admin(ctx.t, ctx.shop, ctx.person.address))


def ask_the_admin(t: Voice, shop: ShopSettings, address: str) -> Safe:
    """Whom to write to, and what they will ask for."""
    own = pick(shop.contact, t.language)
    return lines(t("pin.blocked_do", address=address), t("pin.blocked_contact", words=own) if own else None)


def is_guessing(ctx: Context) -> Script[bool]:
    """Whether the pause that begins now is the third within a day."""
    locks = yield from pins.locks_of(ctx.person.pin_holder)
    now = ctx.person.now
    return now - DAY_SECONDS * 1000 < locks.before_at <= now + CLOCK_SLACK_SECONDS * 1000


def tries_so_far(ctx: Context, counted: int) -> int:
    """The tries that count: those before a pause that is over do not."""
    return 0 if terms_of(ctx).pin_locked_until and locked_until(ctx) is None else counted


def locked_until(ctx: Context) -> int | None:
    """Until when the person may type no PIN; None when they may."""
    until, now = terms_of(ctx).pin_locked_until, ctx.person.now
    latest = now + (LOCK_SECONDS + CLOCK_SLACK_SECONDS) * 1000
    return until if now < until <= latest else None


def tell_the_others(ctx: Context, until: int, *, for_good: bool) -> Script[None]:
    """Too many wrong ones: everybody else of the account gets a message, for it may be a stranger who guesses. Of a
    seller the shop does.
    """
    selling = ctx.person.selling
    for member in (yield from members_of(ctx.unit.buyer)):
        if selling is not None:
            key = "pin.blocked_of_seller" if for_good else "pin.locked_of_seller"
            yield from ctx.tell_news(member.address, member.language, key, name=selling.name)
        elif str(member.address) != ctx.person.address:
            voice = ctx.shop.words[member.language]
            text = lines(voice("pin.locked_notice", clock=voice.clock(until)), voice("pin.locked_advice"))
            if for_good:
                text = lines(voice("pin.blocked_notice"), ask_the_admin(voice, ctx.shop, str(member.address)))
            yield from ctx.tell(member.address, Outbound(text, durable=True))
