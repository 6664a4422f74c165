"""The Confirm of whatever an admin asked for. Pure."""

from typing import Final

from bot.dialogue.admin.drafts import Draft
from bot.dialogue.admin.money import MOVE
from bot.dialogue.admin.orders import RESOLVE
from bot.dialogue.here import Deciding, Here
from bot.dialogue.menus import menu
from bot.dialogue.roles import may

# By the verb that a draft begins with.
DRAFTS: Final[dict[str, Draft]] = {"move": MOVE, "resolve": RESOLVE}


def draft_of(here: Here) -> tuple[Draft, str] | None:
    """What stands to be confirmed; None for nothing, and for whoever may not (any more)."""
    text = here.session.draft
    draft = DRAFTS.get(text.partition(" ")[0]) if text is not None else None
    return (draft, text or "") if draft is not None and may(here.speaker, draft.who) else None


def ask_confirm(here: Here) -> Deciding:
    """The question again, from what is in the books now."""
    found = draft_of(here)
    return menu(here) if found is None else (yield from found[0].ask(here, found[1]))


def do(here: Here, _: str = "") -> Deciding:
    """Confirmed. Whoever is no admin any more decides nothing."""
    found = draft_of(here)
    return menu(here) if found is None else (yield from found[0].do(here, found[1]))
