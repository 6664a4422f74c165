"""What goes out: one message to one person, and what a channel says of its sending.

Text meant for a person may carry three tags, `<b>`, `<i>` and `<code>`; everything else in it is HTML-escaped, and each
channel turns it into its own notation.
"""

import re
from typing import Literal, TypeAlias

from msgspec import Struct, field
from msgspec.structs import force_setattr

from bot.domain.people import Address, Identity, Language
from bot.errors import ModelError

MAX_TEXT_CHARACTERS = 4096
MAX_URL_CHARACTERS = 2000

_HTTPS = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#][!#-;=?-\[\]_a-z~]*)?")


class Choice(Struct, frozen=True, tag="choice"):
    """A button that comes back as `Tap(data)`; `data` takes at most 64 bytes (what every channel can carry)."""

    label: str
    data: str

    def __post_init__(self) -> None:
        if not self.label or len(self.data.encode()) > 64:
            raise ModelError(f"a button that no channel can carry: {self.label!r} {self.data!r}")
        force_setattr(self, "label", str(self.label))


class Copy(Struct, frozen=True, tag="copy"):
    """A button that puts `text` (1 to 256 characters) on the person's clipboard."""

    label: str
    text: str

    def __post_init__(self) -> None:
        if not self.label or not 0 < len(self.text) <= 256:
            raise ModelError(f"a copy button that no channel can carry: {self.label!r}")
        force_setattr(self, "label", str(self.label))


class OpenUrl(Struct, frozen=True, tag="open"):
    """A button that opens a page in the person's browser; only what `can_be_opened` says yes to."""

    label: str
    url: str

    def __post_init__(self) -> None:
        if not self.label or not can_be_opened(self.url):
            # Whoever has the address of a payment can see it: no error carries one.
            raise ModelError(f"a link that no channel can carry: {self.label!r}")
        force_setattr(self, "label", str(self.label))


def can_be_opened(url: str) -> bool:
    """Whether an address can stand behind a button: https, written as the web asks, and of a length that all take."""
    return len(url) <= MAX_URL_CHARACTERS and _HTTPS.fullmatch(url) is not None


Button: TypeAlias = Choice | Copy | OpenUrl


class Brief(Struct, frozen=True):
    """What of a message can still be said where only approved templates may be sent: the recharge codes of an order, or
    that there is news of it. `language` chooses the template; `about` names the purchase in a few words.
    """

    kind: Literal["codes", "news"]
    language: Language
    about: str
    codes: tuple[str, ...] = ()


class Attachment(Struct, frozen=True):
    """A file that goes with a message: what is to be made, not its bytes. It is made at the moment of sending.

    `kind` is the name of a maker of documents, `arguments` are what that kind needs (a batch's id, a period, a format).
    """

    kind: str
    language: Language
    arguments: tuple[str, ...] = ()


class Picture(Struct, frozen=True):
    """A photo that a person sent in a channel, by that channel's own name for it: it alone can show it again."""

    channel: str
    ref: str


class File(Struct, frozen=True):
    """An attachment that was made. A `media_type` of `image/…` is shown as a picture, any other sent as a document."""

    name: str
    media_type: str
    content: bytes


class Outbound(Struct, frozen=True):
    """One message to one person.

    `replaces` is the `message_ref` of a message that this one may take the place of, where the channel can edit;
    where it cannot, or the edit fails, it is sent as a new message. `durable` marks order news: if the person cannot be
    reached now, it is kept and sent when they write again; other messages are then dropped. `brief` says it in short,
    for channels that must use a template when the person has not written for long.
    `attachment` is a file that goes with it. `picture` is shown with it where it is sent in the picture's own channel,
    if that can; else the message goes without.

    `typed` says what to type instead of pressing its choices, for channels that cannot show them beside a button that
    opens a page, or under a file.

    `progress` marks a word on progress. It is shown only where it can take the place of `replaces`, and dropped
    elsewhere. `batch_id` says that the message tells of a batch's progress: the channel's name for it is kept with the
    batch, so that the next word can replace it. `collection_id` says the same of what a person is to pay.
    """

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()
    replaces: str | None = None
    durable: bool = field(default=False, name="keep")
    brief: Brief | None = None
    attachment: Attachment | None = field(default=None, name="paper")
    progress: bool = field(default=False, name="passing")
    batch_id: str | None = None
    collection_id: str | None = None
    typed: str = ""
    picture: Picture | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.text) <= MAX_TEXT_CHARACTERS:
            raise ModelError(f"a message of {len(self.text)} characters")
        # Texts are made of marked strings; what is stored and sent is a plain one.
        force_setattr(self, "text", str(self.text))
        force_setattr(self, "typed", str(self.typed))


class Sent(Struct, frozen=True):
    """The channel took the message; `message_ref` names it there, when the channel tells. `confirmed` is False where
    the channel will say later whether it arrived: until then order news is not forgotten.
    """

    message_ref: str | None = None
    confirmed: bool = True


class SentBriefly(Struct, frozen=True):
    """Only the message's `brief` could be sent; the whole of it is to be sent when the person writes."""

    message_ref: str | None = None


class SendLater(Struct, frozen=True):
    """Not taken now: try again after `retry_seconds` (the channel's own if it gave one). `reason` is for the log."""

    retry_seconds: float
    reason: str


class SendRefused(Struct, frozen=True):
    """Will never be taken: we are blocked, the chat is gone, the message is malformed. `reason` is for the log."""

    reason: str
    unreachable: bool


SendResult: TypeAlias = Sent | SentBriefly | SendLater | SendRefused


class Report(Struct, frozen=True):
    """What a channel says later of a message it took: it arrived, or never will (`unreachable` as in SendRefused).

    `again` says that the same message may yet arrive if it is sent anew: by another way that the channel now knows to
    be the only one, or because the trouble was a passing one. `known_as` are the names that it gave of the person, at
    `at`.
    """

    address: Address
    message_ref: str
    arrived: bool
    reason: str = ""
    unreachable: bool = False
    again: bool = False
    known_as: tuple[Identity, ...] = ()
    at: int | None = None
