"""What comes in: one thing that a person did, as a channel received it."""

from typing import Literal

from msgspec import Struct

from bot.domain.people import Address, Identity, Language


class Text(Struct, frozen=True, tag="text"):
    """The person typed something; commands are texts that begin with a slash."""

    text: str


class Tap(Struct, frozen=True, tag="tap"):
    """The person pressed a button that we once sent; `data` is its `Choice.data`."""

    data: str


class Document(Struct, frozen=True, tag="document"):
    """The person sent a file. `ref` is the channel's own name for it, by which it is fetched; it may soon expire."""

    ref: str
    name: str
    media_type: str = ""
    size_bytes: int = 0


class Unreadable(Struct, frozen=True, tag="unreadable"):
    """Something that carries no text for us. `ref` is the channel's own name for a photo, by which it can be shown
    again; empty where it has none.
    """

    kind: Literal["photo", "voice", "sticker", "location", "contact", "document", "edited", "group", "other"]
    ref: str = ""


class Moved(Struct, frozen=True, tag="moved"):
    """The channel itself says that a person who was called `was` is called `now` from then on. Nobody did anything."""

    was: tuple[Identity, ...]
    now: tuple[Identity, ...]


class Inbound(Struct, frozen=True):
    """One thing a person did, as a channel received it.

    `key` is unique for the update within all channels (`<channel>:update:815`): it makes a redelivery harmless.
    `message_ref` names the message that a tapped button hangs on, so that the answer may replace it. `sent_at` is when
    the person did it, where the channel tells: a message may have waited for days. `own_ref` names the person's own
    message, so that one which holds a secret may be taken away. `known_as` are the names that the channel gave of the
    person, where it has several; `address` is then made of one of them, and the store knows whose chat it is.
    `given_name` is what the person calls themselves there (see `person_names`).
    """

    key: str
    address: Address
    event: Text | Tap | Document | Unreadable | Moved
    language_hint: Language = "fr"
    message_ref: str | None = None
    sent_at: int | None = None
    own_ref: str | None = None
    known_as: tuple[Identity, ...] = ()
    given_name: str = ""
