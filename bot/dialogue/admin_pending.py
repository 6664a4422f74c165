"""What a question to an admin is about (see `pending`). Pure."""

from msgspec import Struct

from bot.repositories.finding import Filter


class OneConversation(Struct, frozen=True, tag="conversation"):
    """A conversation with a customer that is read or answered."""

    number: int


class OrdersPage(Struct, frozen=True, tag="orders_page", omit_defaults=True):
    """The orders that an admin reads: which ones, and how many of them stand on the pages before."""

    filter: Filter
    skip: int = 0


class Announcement(Struct, frozen=True, tag="announcement", omit_defaults=True):
    """What a broadcast will say in French and in English, as far as it was written; empty for nothing."""

    fr: str = ""
    en: str = ""


class WhichPerson(Struct, frozen=True, tag="which_person", omit_defaults=True):
    """Whom a command is about, one of some addresses; the command, and what was typed before and after its address."""

    command: str
    chats: tuple[str, ...]
    before: str = ""
    after: str = ""
