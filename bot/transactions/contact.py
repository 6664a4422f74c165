"""Conversations with a person: what a customer may write, who is told that they wait, and who answers. Pure.

Theory of operation. A conversation is a row (`repositories.conversations`). An account has one at a time, and may write
so much within an hour; what it writes is kept without recharge codes and PINs. Whoever answers has *taken* the
conversation: what the customer writes then goes to them alone. Everybody else who can answer is told of all that wait
in one message, not twice within minutes, never outside the hours in which somebody answers, and again where whoever
took it fell silent, or after hours in which nobody took it. Monitoring tells what fell into such a pause.
"""

from collections.abc import Callable
from typing import Final

from bot.domain.outbound import Outbound
from bot.domain.people import Address
from bot.i18n import Voice
from bot.notices import contact as notices
from bot.repositories import conversations
from bot.repositories.accounts import language_of
from bot.repositories.alerts import take_turn
from bot.repositories.conversations import Conversation
from bot.repositories.outbox import OutboxMessage, say
from bot.repositories.person_names import Called, called_as
from bot.store import Script
from bot.transactions.admins import tell_admins
from bot.transactions.allowances import Allowance, Verdict, read, use, write
from bot.transactions.installation import Installation
from bot.transactions.people import admins_of
from bot.transactions.unit import Unit

# A person writes so much within an hour, and then rests for some minutes.
ALLOWED: Final = Allowance(30, 3600, 600)
MAX_CHARACTERS: Final = 1000
# Whoever took a conversation and said nothing for so long has left it to the others.
TAKEN_MS: Final = 1_800_000
# After so long without a word the chat is the bot's again: where somebody answered, and in any case.
IDLE_MS: Final = 7_200_000
SILENT_MS: Final = 86_400_000
TELL_PAUSE_MS: Final = 120_000
TELL_AGAIN_MS: Final = 14_400_000
# More are not named in one message.
MOST_TOLD: Final = 50


def may_write(customer: str, now: int) -> Script[Verdict]:
    """Whether an account may write to a person once more; if so, that is used."""
    used, verdict = use(ALLOWED, (yield from read(customer, "contact")), now)
    if verdict != "silent":
        yield from write(customer, "contact", used, now)
    return verdict


def taker_of(conversation: Conversation, now: int) -> Address | None:
    """Who answers a conversation now; None: whoever comes first."""
    by, at = conversation.taken_by, conversation.taken_at
    return by if by is not None and at is not None and 0 <= now - at < TAKEN_MS else None


def is_in_progress(conversation: Conversation, now: int) -> bool:
    """Whether what a customer types is still meant for a person."""
    idle_ms = now - conversation.updated_at
    return conversation.is_open and idle_ms < (IDLE_MS if conversation.waiting_at is None else SILENT_MS)


def asked(unit: Unit, number: int, words: str) -> Script[None]:
    """The customer of this unit wrote something: whoever answers is told, or all who could."""
    conversation = yield from conversations.ask(number, unit.address, words, unit.now)
    taker = taker_of(conversation, unit.now)
    if taker is not None and taker in (yield from admins_of(unit.installation)):
        voice = unit.installation.shop.words[(yield from language_of(str(taker)))]
        called = yield from called_as(conversation.address)
        message = notices.customer_wrote(voice, conversation, called, words)
        unit.posted.append((yield from say(str(taker), message, unit.installation.owner, unit.now)))
        return
    unit.posted += yield from tell_waiting(unit.installation, unit.now)


def look_after(installation: Installation, now: int) -> Script[list[OutboxMessage]]:
    """End what was answered and has long been silent, and tell of those who still wait."""
    yield from conversations.end_silent(now - SILENT_MS)
    return (yield from tell_waiting(installation, now))


def tell_waiting(installation: Installation, now: int) -> Script[list[OutboxMessage]]:
    """Tell whoever can answer of those who wait and of whom nobody was told, unless it is too soon or too late."""
    if installation.shop.contact_hours.opens_at(now) is not None:
        return []
    untold = yield from conversations.untold(now - TELL_AGAIN_MS, now - TAKEN_MS, MOST_TOLD)
    if not untold or not (yield from take_turn("contact", TELL_PAUSE_MS, now)):
        return []
    for conversation in untold:
        yield from conversations.mark_told(conversation.id, now)
    words, called = "", Called(untold[0].address)
    if len(untold) == 1:
        called = yield from called_as(untold[0].address)
        newest = yield from conversations.last_lines(untold[0].id, 1)
        words = "".join(line.words for line in newest)
    besides = tuple(str(conversation.address) for conversation in untold) if len(untold) == 1 else ()
    return (yield from tell_admins(installation, _waiting(untold, called, words), now, besides, support_too=True))


def _waiting(untold: tuple[Conversation, ...], called: Called, words: str) -> Callable[[Voice], Outbound]:
    return lambda voice: notices.waiting(voice, untold, called, words)
