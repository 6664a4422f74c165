"""Whose chat it is: from the names that a channel gives of a person to the one address they have here. Pure.

Theory of operation. A person's *chat* is an address like any other, opaque once it was given: sessions, orders,
messages and consents keep it for good. What a channel calls the person today leads to it through the table of
addresses. There every name stands with the time, by the channel's own clock, from which on it was somebody's; so whose
a name was at some moment does not depend on the order in which webhooks arrive, and one that is late or said twice
moves nobody back.

| the channel says                                   | what follows                                                |
|----------------------------------------------------|-------------------------------------------------------------|
| a number with an id that are both somebody's       | it is them                                                  |
| a known id, with a new number or none              | it is them (an id is one person's for good); the number too |
| a known number whose holder has no id yet          | it is them, and that is their id                            |
| a known number with an id that is not its holder's | somebody else: a chat of their own; the holder is suspended |
| a number that its holder has left                  | somebody else                                               |
| a person is called otherwise now (`Moved`)         | it is them, under the new name                              |
| the same, and somebody with an account is called so | nobody is merged: admins decide                            |

Suspended means: the account is paused, nothing is sent to the chat any more, and admins are told. They decide (see
`identity_cases`), or the owner comes back under their own id, or the channel says later that the two are one.
Only somebody who has nothing at all here is ever taken for another without being asked about.
"""

from dataclasses import dataclass, field

from msgspec.structs import replace

from bot.domain.inbound import Moved
from bot.domain.outbound import Report
from bot.domain.people import Address, Identity, Language
from bot.repositories import identities
from bot.repositories.identities import Name
from bot.repositories.outbox import OutboxMessage
from bot.store import Script
from bot.transactions.identity_cases import join_empty, open_case, suspend
from bot.transactions.installation import Installation
from bot.transactions.names import (
    DAY_MS,
    Observation,
    has_id,
    has_left,
    holder,
    is_empty,
    known_names,
    learn,
    note_names,
    update_reach,
    value_of,
)
from bot.transactions.people import make_known


@dataclass
class FoundChat:
    """Whose chat it is, and what is said because of it. `proven`: the person was named by their own id."""

    chat: Address
    proven: bool = False
    posted: list[OutboxMessage] = field(default_factory=list)


def chat_of(
    installation: Installation,
    address: Address,
    known_as: tuple[Identity, ...],
    sent_at: int | None,
    now: int,
    language: Language,
) -> Script[FoundChat]:
    """Whose chat it is that something was said in. What is learnt from it is kept."""
    observed = Observation(installation, address.channel, min(sent_at or now, now), now, "message", language)
    return (yield from _place(observed, known_as))


def arrived(installation: Installation, report: Report, now: int) -> Script[list[OutboxMessage]]:
    """A message was received by somebody who is called so."""
    observed = Observation(installation, report.address.channel, min(report.at or now, now), now, "status")
    return (yield from _place(observed, report.known_as)).posted


def peek(address: Address, known_as: tuple[Identity, ...]) -> Script[Address]:
    """Whose chat it is, as far as that is known; changes nothing."""
    number, user_id, _ = yield from known_names(address.channel, known_as)
    newest = user_id[-1:] or number[-1:]
    return Address.parse(newest[0].chat) if newest else address


# Where somebody is found, and what that says of them.


def _place(observed: Observation, names: tuple[Identity, ...]) -> Script[FoundChat]:
    """Find whose chat it is, and keep what this says of them."""
    numbers, ids, chats = yield from known_names(observed.channel, names)
    number, user_id = value_of(names, "number"), value_of(names, "user_id")
    newest = [named[-1] for named in (numbers, ids) if named]
    # What is usual: everything is known, and it is said of one person who is called so now.
    if (
        len(newest) == (number is not None) + (user_id is not None)
        and all(name.kept and name.chat == newest[0].chat for name in newest)
        and (not numbers or (numbers[-1].first_seen_at <= observed.at and not numbers[-1].later))
    ):
        # Once a day: that somebody is still called so.
        if any(name.last_seen_at <= observed.at - DAY_MS for name in newest):
            yield from note_names(observed, names, newest[0].chat)
        return FoundChat(Address.parse(newest[0].chat), bool(ids))
    return (yield from _place_slowly(observed, names, numbers, ids, chats))


def _place_slowly(
    observed: Observation, names: tuple[Identity, ...], numbers: list[Name], ids: list[Name], chats: frozenset[str]
) -> Script[FoundChat]:
    number, user_id = value_of(names, "number"), value_of(names, "user_id")
    posted: list[OutboxMessage] = []
    by_id = ids[-1] if ids else None
    if by_id is not None:
        chat = by_id.chat
        if not by_id.kept:
            yield from learn(observed, "user_id", by_id.value, chat, ids)
        if number is not None:
            chat = yield from _take_number(observed, number, chat, numbers, posted)
    else:
        before = holder(numbers, observed.at)
        of: tuple[Name, ...] = () if before is None else (yield from identities.names_of(before.chat))
        theirs = (
            before is not None
            and not has_left(before, of, observed.at)
            and (user_id is None or not has_id(of, before.chat))
        )
        if before is not None and theirs:
            chat = before.chat
            if not before.kept and number is not None:
                yield from learn(observed, "number", number, chat, numbers)
        else:
            chat = yield from _new_chat(observed, number, user_id, numbers, chats)
        if user_id is not None:
            yield from learn(observed, "user_id", user_id, chat, ids)
        if number is not None and not theirs:
            chat = yield from _take_number(observed, number, chat, numbers, posted)
    yield from note_names(observed, names, chat)
    return FoundChat(Address.parse(chat), user_id is not None, posted)


def _new_chat(
    observed: Observation, number: str | None, user_id: str | None, numbers: list[Name], chats: frozenset[str]
) -> Script[str]:
    """An address for somebody new. One that leads nowhere by itself has its session at once, which says where."""
    for own, before in ((number, numbers), (user_id, [])):
        # A number that was ever somebody's names nobody new: the settings may say who that was.
        if own is not None and f"{observed.channel}:{own}" not in chats and not before:
            return f"{observed.channel}:{own}"
    turn = 2
    while (yield from identities.names_of(f"{observed.channel}:{number}-{turn}")):
        turn += 1
    return (yield from make_known(Address(observed.channel, f"{number}-{turn}"), observed.language, observed.now))


def _take_number(
    observed: Observation, number: str, chat: str, numbers: list[Name], posted: list[OutboxMessage]
) -> Script[str]:
    """A person is called by a number now, whoever was before. Answers their chat: of two of whom one has nothing here,
    the other's.
    """
    newest = numbers[-1] if numbers else None
    if newest is not None and newest.chat == chat:
        now = holder([name for name in (yield from identities.names_of(chat)) if name.kind == "number"], observed.at)
        if not newest.kept or now is None or now.value != number:
            yield from learn(observed, "number", number, chat, numbers)
        return chat
    if newest is None or (newest.kept and newest.first_seen_at > observed.at):
        # Nobody's; or what was true before somebody else came to be called so.
        then = holder(numbers, observed.at)
        if then is None or then.chat != chat or then.first_seen_at > observed.at:
            yield from learn(observed, "number", number, chat, numbers)
        return chat
    before, of = newest.chat, (yield from identities.names_of(newest.chat))
    if not has_left(newest, of, observed.at):
        known_by_id = has_id(of, before)
        other_number = any(name.kind == "number" for name in (yield from identities.names_of(chat)))
        for one, other in ((chat, before), (before, chat)):
            # Who was called by another number is not the one who was called by this one.
            if known_by_id or (one == chat and other_number):
                continue
            if (yield from is_empty(observed.installation, one)):
                yield from join_empty(one, other, observed.now)
                if not newest.kept or other == chat:
                    yield from learn(observed, "number", number, other, numbers)
                return other
        if not newest.kept:
            # That it was theirs before is all that is known of them.
            yield from learn(observed, "number", number, before, numbers, 0)
        yield from learn(observed, "number", number, chat, numbers)
        posted += yield from suspend(observed, before, chat, number)
        return chat
    yield from learn(observed, "number", number, chat, numbers)
    yield from update_reach(before)
    return chat


# The channel says that somebody is called otherwise.


def moved(
    installation: Installation, address: Address, event: Moved, sent_at: int | None, now: int
) -> Script[list[OutboxMessage]]:
    """Somebody is called otherwise from a time on. Nobody is ever moved back by what is said late or twice."""
    observed = Observation(installation, address.channel, min(sent_at or now, now), now, "moved")
    posted: list[OutboxMessage] = []
    old_numbers, old_ids, chats = yield from known_names(observed.channel, event.was)
    new_numbers, new_ids, more = yield from known_names(observed.channel, event.now)
    there = new_ids[-1].chat if new_ids else (yield from _who_came(observed, event.now, new_numbers))
    # Whoever wrote first under the new name was called by the old one, too.
    chat = (yield from _who_moved(observed, event.was, old_numbers, old_ids)) or there
    if chat is None:
        number, user_id = value_of(event.was, "number"), value_of(event.was, "user_id")
        chat = yield from _new_chat(observed, number, user_id, old_numbers, chats | more)
    for name, known in ((one, old_numbers if one.kind == "number" else old_ids) for one in event.was):
        if all(each.chat != chat or not each.kept for each in known) and not any(
            each.kept and each.chat != chat for each in known
        ):
            before = 0 if known else observed.at - 1
            yield from learn(observed, name.kind, name.value, chat, known, before)
    if there is not None and there != chat:
        if (yield from is_empty(installation, there)):
            yield from join_empty(there, chat, observed.now)
            new_numbers = [replace(name, chat=chat) if name.chat == there else name for name in new_numbers]
        elif (yield from is_empty(installation, chat)):
            yield from join_empty(chat, there, observed.now)
            new_numbers = [replace(name, chat=there) if name.chat == chat else name for name in new_numbers]
            chat = there
        else:
            return (yield from open_case(observed, chat, there, event.now[-1].value, "held"))
    user_id, number = value_of(event.now, "user_id"), value_of(event.now, "number")
    if user_id is not None and (not new_ids or not new_ids[-1].kept):
        yield from learn(observed, "user_id", user_id, chat, new_ids)
    if number is not None:
        chat = yield from _take_number(observed, number, chat, new_numbers, posted)
    yield from update_reach(chat)
    return posted


def _who_moved(
    observed: Observation, was: tuple[Identity, ...], numbers: list[Name], ids: list[Name]
) -> Script[str | None]:
    """Who is called otherwise now: by their id, else by the number as it was just before."""
    if ids:
        return ids[-1].chat
    before = holder(numbers, observed.at - 1)
    if before is None:
        return None
    of = yield from identities.names_of(before.chat)
    other = value_of(was, "user_id") is not None and has_id(of, before.chat)
    return None if other or has_left(before, of, observed.at - 1) else before.chat


def _who_came(observed: Observation, names: tuple[Identity, ...], numbers: list[Name]) -> Script[str | None]:
    """Who wrote under the new number, and no other name, before the channel said that it is somebody's new one."""
    if not numbers or numbers[-1].first_seen_at < observed.at:
        return None
    if value_of(names, "user_id") is not None:
        of = yield from identities.names_of(numbers[-1].chat)
        if has_id(of, numbers[-1].chat):
            return None
    return numbers[-1].chat
