"""An admin writes first: from a page about somebody's money, say, to ask what only they know. Pure."""

from bot.dialogue.context import Context, Deciding
from bot.dialogue.flows.contact.answering import answer
from bot.dialogue.flows.contact.inbox import gone
from bot.domain.people import Address
from bot.errors import ModelError
from bot.repositories import conversations, sessions


def write_to(ctx: Context, whom: str) -> Deciding:
    """The button: the next text goes to that chat, or to the one in which its account is talked to already."""
    try:
        address = Address.parse(whom)
    except ModelError:
        return gone(ctx)
    known = yield from sessions.known_at(str(address))
    if known is None:
        return gone(ctx)
    one = yield from conversations.open_of(known.customer)
    number = one.id if one is not None else (yield from conversations.begin(address, None, ctx.now))
    return (yield from answer(ctx, str(number)))
