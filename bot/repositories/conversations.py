"""Conversations with a person: the queue that admins answer from, and what was said. Pure."""

from typing import Final

from msgspec import Struct

from bot.domain.people import Address, Language
from bot.repositories.rows import all_of, reader
from bot.store import Script


class Conversation(Struct, frozen=True):
    """One conversation. `address` is the chat that is answered, in `language`; `customer` is its account now. Something
    of theirs has had no answer since `waiting_at`, None: nothing waits. `taken_by` answers, and did so last at
    `taken_at`. Times are in milliseconds.
    """

    id: int
    address: Address
    customer: str
    language: Language
    state: str
    began_at: int
    updated_at: int
    order_id: str | None = None
    waiting_at: int | None = None
    told_at: int | None = None
    taken_by: Address | None = None
    taken_at: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still goes on."""
        return self.state == "open"


class Line(Struct, frozen=True):
    """What was said, and by which admin; None: by the customer."""

    at: int
    words: str
    said_by: Address | None = None


class Counted(Struct, frozen=True):
    """How many conversations are open, and in how many of them something waits for an answer."""

    many: int
    waiting: int


_conversation: Final = reader(Conversation, address=Address.parse, taken_by=Address.parse)
_line: Final = reader(Line, said_by=Address.parse)
_counted: Final = reader(Counted)


def load(number: int) -> Script[Conversation | None]:
    """A conversation by its number."""
    rows = yield "conversation_load", {"id": number}
    return _conversation(rows[0]) if rows else None


def open_of(customer: str) -> Script[Conversation | None]:
    """The conversation that goes on with an account, in whichever chat of it; None where there is none."""
    rows = yield "conversation_of_account", {"customer": customer}
    return _conversation(rows[0]) if rows else None


def begin(address: Address, order_id: str | None, now: int) -> Script[int]:
    """Begin a conversation in a chat that has none; answers its number."""
    rows = yield "conversation_begin", {"address": str(address), "order_id": order_id, "now": now}
    return int(rows[0]["id"])


def ask(number: int, address: Address, words: str, now: int) -> Script[Conversation]:
    """The customer wrote something, in this chat; answers the conversation as it is now."""
    yield "conversation_move", {"id": number, "address": str(address)}
    yield "conversation_asked", {"id": number, "now": now}
    yield "conversation_line_add", {"id": number, "now": now, "said_by": None, "words": words}
    return _conversation((yield "conversation_load", {"id": number})[0])


def answer(number: int, admin: Address, words: str, now: int) -> Script[None]:
    """An admin answered a conversation that is open, and is the one who answers from now on."""
    yield "conversation_answered", {"id": number, "taken_by": str(admin), "now": now}
    yield "conversation_line_add", {"id": number, "now": now, "said_by": str(admin), "words": words}


def take(number: int, admin: Address, now: int) -> Script[None]:
    """An admin is the one who answers an open conversation from now on."""
    yield "conversation_take", {"id": number, "taken_by": str(admin), "now": now}


def end(number: int, now: int) -> Script[None]:
    """End a conversation."""
    yield "conversation_end", {"id": number, "now": now}


def end_silent(before: int) -> Script[None]:
    """End those in which nobody waits and nothing was said since."""
    yield "conversations_end_silent", {"before": before}


def open_ones(skip: int, count: int) -> Script[tuple[Conversation, ...]]:
    """The conversations that go on, without the first `skip`: who has waited longest first, then those that were
    answered.
    """
    rows = yield "conversations_open", {"skip": skip, "count": count}
    return all_of(rows, _conversation)


def counted() -> Script[Counted]:
    """How many go on, and in how many somebody waits."""
    return _counted((yield "conversations_counted", {})[0])


def untold(told_before: int, taken_before: int, count: int) -> Script[tuple[Conversation, ...]]:
    """Those in which somebody waits, which nobody has taken since `taken_before`, and of which admins were not told
    since `told_before`; the oldest first.
    """
    rows = yield (
        "conversations_untold",
        {"told_before": told_before, "taken_before": taken_before, "count": count},
    )
    return all_of(rows, _conversation)


def mark_told(number: int, now: int) -> Script[None]:
    """Admins were told that somebody waits."""
    yield "conversation_told", {"id": number, "now": now}


def last_lines(number: int, count: int) -> Script[tuple[Line, ...]]:
    """What was said last, in the order in which it was said."""
    rows = yield "conversation_lines", {"id": number, "count": count}
    return tuple(reversed(all_of(rows, _line)))
