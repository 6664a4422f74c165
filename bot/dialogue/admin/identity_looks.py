"""Two who may be one: what admins ask about before they decide, and what they decide. Pure values."""

from bot.dialogue.effects import Effect
from bot.dialogue.looks import Look
from bot.domain.model import Address


class LookNamed(Look, frozen=True):
    """→ tuple[Address, ...]: every chat that an address, as somebody typed it, may mean; empty for nobody we know."""

    address: Address


class LookNames(Look, frozen=True):
    """→ tuple[str, ...]: what the channel calls the person of a chat, the newest of each kind."""

    chat: Address


class LookCases(Look, frozen=True):
    """→ tuple[tuple[Address, Address, str, int], ...]: the open cases, newest first: chat, other, name, when."""

    count: int = 10


class LookCase(Look, frozen=True):
    """→ Case | None: the newest undecided one of a chat; `other` names who it is now, if not whom the case tells of."""

    chat: Address
    other: Address | None = None


class Decide(Effect, frozen=True):
    """An admin decides a case. `same`: the two are one person, who goes on in the chat of `old` with what both had;
    else: they are two, and the account of `old` stays suspended until its owner shows up.
    """

    case_id: int
    old: Address
    new: Address
    same: bool
