"""Whom an admin means: an address as it is typed may be any name that the channel gives of somebody. Pure.

The chat that a name leads to takes its place before a command sees it, so that what is asked, confirmed and logged
names the same person for good. Where a name was one person's and is another's now, nothing is guessed: both are shown,
each by what only they have. The end of an address will do where a command says that a person stands (`Command.whom`);
where several addresses end so, the command waits until one of them was chosen.
"""

import re
from typing import Final

from msgspec.structs import replace

from bot.channels.abilities import ChannelAbilities
from bot.dialogue.admin_pending import WhichPerson
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.menu import menu, reply_beside
from bot.dialogue.permissions import may
from bot.dialogue.session import Transition
from bot.domain.catalog import digits_of
from bot.domain.people import Address
from bot.errors import ModelError
from bot.notices.layout import lines, paragraphs
from bot.notices.person_names import label, person_line
from bot.repositories import identities
from bot.repositories.finding import people_ending
from bot.repositories.person_names import called_as
from bot.store import Script

# Addresses stand first; what follows is a reason, or somebody's words.
MOST_WORDS = 3
# A shorter end is nobody's, and no more people are offered.
MIN_ENDING_DIGITS: Final = 4
MOST_OFFERED: Final = 8
# A number as people dial it inside Senegal: no number abroad is so short.
_NATIONAL: Final = re.compile(r"7\d{8}|33\d{7}")


def address_in(text: str, channels: ChannelAbilities) -> Address | None:
    """The address that somebody typed, a Senegalese number in full; None where the text is no address."""
    try:
        address = Address.parse(text)
    except ModelError:
        return None
    abilities = channels.get(address.channel)
    if abilities is None or not abilities.ids_are_numbers:
        return address
    number = address.id.removeprefix("00")
    return Address(address.channel, f"221{number}" if _NATIONAL.fullmatch(number) else number or address.id)


def with_chats(ctx: Context, rest: str) -> Script[str | Reply]:
    """What follows a command, with the chats of the people whom it names; or that a name is two people's."""
    for word in rest.split()[:MOST_WORDS]:
        address = address_in(word, ctx.shop.channels) if ":" in word else None
        if address is None:
            continue
        named = yield from identities.chats_named(address)
        if len(named) > 1:
            return (yield from which(ctx, address, named))
        if named and named[0] != address:
            rest = rest.replace(word, str(named[0]), 1)
    return rest


def which(ctx: Context, address: Address, named: tuple[Address, ...]) -> Script[Reply]:
    """One name, two people: nothing is done."""
    t, listed = ctx.t, []
    for chat in named:
        names = yield from identities.called_now(chat)
        own = [f"{chat.channel}:{one}" for one in names if not one.startswith("@") and one != address.id]
        shown = own[0] if chat == address and own else str(chat)
        listed.append(t("identity.which_line", address=shown, names=", ".join(names) or "—"))
    text = lines(t("identity.which", address=str(address)), *listed, t("identity.which_how", address=str(address)))
    return reply_beside(ctx, text)


def with_ending(ctx: Context, command: str, whom: int | None, rest: str) -> Script[str | Answer]:
    """What follows a command, with the address that ends with the figures that were typed for it, the `whom`-th word
    after it; or the question whose they are.
    """
    words = list(re.finditer(r"\S+", rest))
    if whom is None or len(words) <= whom:
        return rest
    word = words[whom]
    ending = digits_of(word[0]).removeprefix("+")
    if not (ending.isascii() and ending.isdecimal()) or len(ending) < MIN_ENDING_DIGITS:
        return rest
    chats = yield from people_ending(ending, MOST_OFFERED + 1)
    before, after = rest[: word.start()], rest[word.end() :]
    if not chats:
        return reply_beside(ctx, ctx.t("person.no_ending", ending=word[0]))
    if len(chats) == 1:
        return f"{before}{chats[0]}{after}"
    offered = tuple(str(chat) for chat in chats)
    ctx.session = replace(ctx.afresh(), pending=WhichPerson(command, offered, before, after))
    return (yield from ask_which(ctx))


def ask_which(ctx: Context) -> Deciding:
    """Whose address was meant: nothing is guessed."""
    t, listed, rows = ctx.t, [], []
    chats = ctx.pending(WhichPerson).chats
    for at, chat in enumerate(chats[:MOST_OFFERED]):
        called = yield from called_as(Address.parse(chat))
        listed.append(person_line(t, called))
        rows.append((ctx.choice(label(called), "whom", str(at)),))
    more = t("person.more") if len(chats) > MOST_OFFERED else None
    text = paragraphs(t("person.which"), lines(*listed), more)
    return ctx.ask("which_person", text, (*rows, (ctx.button("button.cancel", "cancel"),)))


def choose(ctx: Context, place: str) -> Deciding:
    """One of them was meant: the command goes on with their whole address."""
    asked = ctx.pending(WhichPerson)
    command = ctx.flows.commands.get(asked.command)
    if command is None or not may(ctx.person, command.permission):
        return menu(ctx)
    ctx.session = ctx.afresh()
    answer = command.run(ctx, f"{asked.before}{asked.chats[int(place)]}{asked.after}")
    return answer if isinstance(answer, Transition | Reply) else (yield from answer)
