"""The customer asks for a person, and writes to them. Pure.

Theory of operation. Whoever asks for a person is asked what it is about, unless they said it already. From their first
words on the chat is in a conversation (`dialogue.talking`): what they type goes to the queue, and nothing comes back
but what a person answers, until they write “menu” or whoever answers ends it. Codes, news of orders, commands and
buttons go on as ever. No recharge code and no PIN goes to the queue.
"""

import re
from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flow import Typed
from bot.dialogue.menu import home_row, menu
from bot.dialogue.parsing import vocabulary
from bot.dialogue.pending import Asking
from bot.dialogue.talking import is_for_person
from bot.dialogue.tasks import EraseOwn
from bot.domain.hiding import HIDDEN, without_codes, without_pin, without_tricks
from bot.i18n import Safe
from bot.languages import answers, pick
from bot.notices.contact import hours
from bot.notices.layout import lines, paragraphs
from bot.repositories import batches, conversations
from bot.store import Script
from bot.transactions import contact as transactions
from bot.transactions.contact import MAX_CHARACTERS

__all__ = ["MAX_CHARACTERS"]

# What ends a conversation from the customer's side.
_LEAVES: Final = frozenset({"menu", "cancel", "stop"})
# Phrases by which a person is asked for in the middle of a longer text.
_PHRASES: Final = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(answers('person'))))})\b")


def contact(ctx: Context, order_id: str = "") -> Deciding:
    """The button or the word: what is it about? Whoever is in a conversation goes on with it."""
    known = yield from conversations.open_of(ctx.customer)
    if known is not None:
        ctx.session = replace(ctx.afresh(), talking=known.id)
        return ctx.ask(IDLE, paragraphs(ctx.t("contact.again"), _when(ctx)), (home_row(ctx),), greeted=True)
    ctx.session = replace(ctx.afresh(), pending=Asking(order_id), greeted=True)
    return ask_what(ctx)


def contact_line(ctx: Context, text: str) -> Deciding:
    """`/contact [what it is about]`."""
    return (yield from take(ctx, text)) if text.strip() else (yield from contact(ctx))


def ask_what(ctx: Context) -> Answer:
    """What is it about?"""
    text = paragraphs(lines(ctx.t("contact.ask"), _when(ctx)), ctx.t("contact.secrets"))
    return ctx.ask("contact", text, ((ctx.button("button.cancel", "cancel"),),))


def read_words(ctx: Context, text: str) -> Deciding:
    """What it is about."""
    return (yield from take(ctx, text))


def listen(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """What is typed in a conversation goes to the queue; None where there is none (any more)."""
    if not is_for_person(ctx.session, typed.text, typed.state):
        return None
    if ctx.flows.interrupts(ctx, typed.folded) and (yield from batches.running_of(ctx.customer)):
        # A list that runs is stopped first.
        return None
    word = vocabulary.exact(typed.folded)
    if word is not None and word.name in _LEAVES:
        return menu(ctx)
    conversation = yield from conversations.load(ctx.session.talking)
    if conversation is None or not transactions.is_in_progress(conversation, ctx.now):
        ctx.session = replace(ctx.session, talking=0)
        return None
    return (yield from take(ctx, typed.text))


def asked_in_passing(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """A longer text that asks for a person says at once what it is about; None for any other."""
    if _PHRASES.search(typed.folded) is None:
        return None
    return (yield from take(ctx, typed.text))


def take(ctx: Context, text: str) -> Deciding:
    """Hand what was typed to those who answer, codes and PIN hidden; the first words begin the conversation."""
    if len(text) > MAX_CHARACTERS:
        return Reply(ctx.t("contact.long", most=ctx.t.figure(MAX_CHARACTERS)), no_question=True)
    verdict = yield from transactions.may_write(ctx.customer, ctx.now)
    if verdict == "silent":
        return ctx.nothing()
    if verdict == "warn":
        minutes = transactions.ALLOWED.rest_seconds // 60
        return Reply(ctx.t("contact.too_many", minutes=minutes), no_question=True)
    words, warning = _hidden(ctx, text)
    asking = ctx.awaits(Asking)
    known = yield from conversations.open_of(ctx.customer)
    number = known.id if known is not None else (yield from _begun(ctx, "" if asking is None else asking.order_id))
    yield from transactions.asked(ctx.unit, number, words)
    goes_on = ctx.session.talking == number and ctx.session.state == IDLE and ctx.session.updated_at > 0
    if goes_on and known is not None and _has_closed_since(ctx, known.updated_at):
        warning = paragraphs(_when(ctx), warning)
    if goes_on and warning is None:
        # A person is talked to: nobody wants to read a machine's word between two of theirs.
        return ctx.become(replace(ctx.session, updated_at=ctx.now))
    ctx.session = replace(ctx.afresh(), talking=number)
    said = ctx.t("contact.passed_on") if goes_on else lines(ctx.t("contact.begun"), _when(ctx))
    back = None if goes_on else ctx.t("contact.silent")
    return ctx.ask(IDLE, paragraphs(said, warning, back), (home_row(ctx),), greeted=True)


def _begun(ctx: Context, order_id: str) -> Script[int]:
    order = (yield from ctx.own_order(order_id)) if order_id else None
    return (yield from conversations.begin(ctx.unit.address, None if order is None else order.id, ctx.now))


def _hidden(ctx: Context, text: str) -> tuple[str, Safe | None]:
    """A text as others may read it, and a warning where something in it was hidden."""
    reseller = ctx.person.reseller
    has_pin = reseller is not None and reseller.pin_hash is not None
    clean = without_tricks(text)
    no_pin = without_pin(clean, has_pin=has_pin)
    words = without_codes(no_pin)
    if no_pin != clean:
        ctx.after_commit(EraseOwn())
        return words, ctx.t("contact.pin_hidden")
    return words, ctx.t("contact.code_hidden", hidden=HIDDEN) if words != clean else None


def _has_closed_since(ctx: Context, moment: int) -> bool:
    """Whether somebody was there then, and nobody is now."""
    opens_at = ctx.shop.contact_hours.opens_at
    return opens_at(moment) is None and opens_at(ctx.now) is not None


def _when(ctx: Context) -> Safe:
    """When somebody answers."""
    opens_at = ctx.shop.contact_hours.opens_at(ctx.now)
    if opens_at is None:
        return hours(ctx.t, *ctx.shop.contact_hours.clocks())
    own = pick(ctx.shop.closed, ctx.t.language)
    return ctx.t.escaped(own) if own else ctx.t("contact.closed", moment=ctx.t.short_moment(opens_at))
