"""What an admin asked for and has not confirmed yet. Pure.

Every act asks for a Confirm that says what it will do. What was asked is kept as text, a *draft*: its verb, then its
arguments. It is decided again, from what is then in the books, when the Confirm comes. The key of a move of money is
made when it is asked for, so that two Confirms of one question are one move.
"""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from bot.dialogue.here import Deciding, Here, Rows
from bot.dialogue.roles import Who
from bot.dialogue.session import Turn

Drafted: TypeAlias = Callable[[Here, str], Deciding]


class Draft(Struct, frozen=True):
    """A kind of act: `ask` shows what a draft would do and asks for the Confirm, `do` does it, `who` may."""

    ask: Drafted
    do: Drafted
    who: Who


def ask(here: Here, text: str, draft: str) -> Turn:
    """Ask for the Confirm of a draft."""
    rows: Rows = ((here.button("button.admin_confirm", "do"), here.button("button.cancel", "cancel")),)
    return here.ask("admin_confirm", text, rows, base=here.afresh(), draft=draft)
