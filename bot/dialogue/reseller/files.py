"""A file that somebody sent. Pure."""

from bot.dialogue.here import Answer, Deciding, Here
from bot.dialogue.menus import unreadable
from bot.model import Document


def received(here: Here, event: Document) -> Answer | Deciding:
    """A file: a reseller's list of sales is read; what anybody else sends is answered like a photo."""
    return unreadable(here, "document")
