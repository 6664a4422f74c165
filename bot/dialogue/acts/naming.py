"""Whom an admin means: an address as it is typed may be any name that the channel gives of somebody. Pure.

The chat that a name leads to takes its place before a command sees it, so that what is asked, confirmed and logged
names the same person for good. Where a name was one person's and is another's now, nothing is guessed: both are shown,
each by what only they have.
"""

import re
from typing import Final

from bot.channels.abilities import ChannelAbilities
from bot.dialogue.context import Context, Reply
from bot.dialogue.menu import home_row
from bot.domain.people import Address
from bot.errors import ModelError
from bot.notices.layout import lines
from bot.repositories import identities
from bot.store import Script

# Addresses stand first; what follows is a reason, or somebody's words.
MOST_WORDS = 3
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
    return Reply(text, (home_row(ctx),), separate=True)
