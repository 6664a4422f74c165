"""What people are called: by themselves, as their channel tells it, or by an admin who noted it. Pure.

Names are for admins, who tell people apart by them and find them. They prove nothing, so they are never shown without
the address, and nothing is ever decided by one.
"""

from itertools import islice
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from bot.domain.people import Address
from bot.domain.text import fold
from bot.store import Asks, Each, Parameters, Script

NameOrigin: TypeAlias = Literal["given", "noted"]
# So many words of a name are kept, and so many of what is sought are looked at.
MOST_WORDS: Final = 6
_MOST_SOUGHT: Final = 3
_HEAD_CHARACTERS: Final = 3


class Called(Struct, frozen=True):
    """An address, and what its person is called: by themselves (`given`), by the admin who noted it, and what admins
    called the shop that they have; empty for what nobody told.
    """

    address: Address
    given: str = ""
    noted: str = ""
    shop: str = ""


def called_as(address: Address) -> Script[Called]:
    """What the person of an address is called."""
    rows = yield "person_names_of", {"address": str(address)}
    names = {str(row["kind"]): str(row["name"]) for row in rows}
    return Called(address, names.get("given", ""), names.get("noted", ""), names.get("shop", ""))


def give_name(address: str, name: str, now: int, *, is_first: bool) -> Script[None]:
    """The channel tells what a person calls themselves now. `is_first`: it is known that it told of no name before."""
    yield from _set(address, "given", name, now, None, is_first=is_first)


def note_name(address: str, name: str, noted_by: str, now: int) -> Script[None]:
    """An admin notes what a person is called; an empty name takes the note away."""
    yield from _set(address, "noted", name, now, noted_by)


def _set(
    address: str, kind: NameOrigin, name: str, now: int, noted_by: str | None, *, is_first: bool = False
) -> Script[None]:
    whose: Parameters = {"address": address, "kind": kind}
    if not name:
        yield Asks([("person_name_words_end", whose), ("person_name_end", whose)])
        return
    words = tuple(dict.fromkeys(fold(name).split()))[:MOST_WORDS]
    sought = "".join(f" {word}" for word in words)
    kept: Parameters = {**whose, "name": name, "sought": sought, "now": now, "noted_by": noted_by}
    if not is_first:
        yield "person_name_words_end", whose
    yield Asks(
        [
            ("person_name_set", kept),
            Each("person_name_word_add", [{**whose, "word": word, "head": word[:_HEAD_CHARACTERS]} for word in words]),
        ]
    )


def people_called(text: str, count: int) -> Script[tuple[Address, ...]]:
    """The people of whose name every word of a text begins a word: those of whom it was noted, then who wrote last."""
    # By the longest word, which the fewest names have.
    words = sorted(fold(text).split(), key=len, reverse=True)[:_MOST_SOUGHT]
    if not words or len(words[0]) < _HEAD_CHARACTERS:
        return ()
    first, second, third = [*words, "", ""][:_MOST_SOUGHT]
    rows = yield (
        "people_called",
        {"head": first[:_HEAD_CHARACTERS], "first": first, "second": second, "third": third, "count": count},
    )
    return tuple(Address.parse(row["address"]) for row in rows)


def shops_called(text: str, count: int) -> Script[tuple[Address, ...]]:
    """The resellers of whose shop's name every word of a text begins a word."""
    sought = fold(text).split()
    rows = yield "shop_names", {}
    named = (
        row["customer"]
        for row in rows
        if all(any(word.startswith(part) for word in fold(row["shop_name"]).split()) for part in sought)
    )
    return tuple(Address.parse(customer) for customer in islice(named, count if sought else 0))


def join_names(chat: str, into: str) -> Script[None]:
    """Two chats are one person's: what the one was called, the other is, where nothing is known of it."""
    both: dict[str, str | int | None] = {"chat": chat, "into": into}
    yield "person_name_words_join", both
    yield "person_names_join", both
