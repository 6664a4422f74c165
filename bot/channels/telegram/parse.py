"""One update of the Bot API, read. Pure.

`parse` takes the bytes of one update and answers a value, whatever the bytes are: `ParsedUpdate` when they are an
update (its `inbound` is None when it says nothing that is for us), `Malformed` when they are not. Only the few fields
that we act on are decoded; a phone number or a place never becomes a value here, only the fact that there was one, and
of a file only what it is called and by which name it can be fetched.

| update                                   | becomes                                                             |
|------------------------------------------|---------------------------------------------------------------------|
| private message with text                | Text; `/help@TaalBot` loses its suffix                              |
| private message with a file              | Document; those of an album come one by one                         |
| private message with anything else       | Unreadable, named after its kind; a caption is not taken for a text |
| private service message (a pin, …)       | nothing                                                             |
| private text that was edited             | Unreadable("edited"); other edits (a live place moves) are nothing  |
| tap in a private chat, or on an old message | Tap, and `tap_id` to be answered                                 |
| command in a group, meant for this bot   | Unreadable("group"); every other message in a group is nothing      |
| tap in a group                           | nothing, but `tap_id` is to be answered                             |
| from a bot; any other update             | nothing                                                             |
"""

import re

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from bot.domain.encoding import without_nul
from bot.domain.inbound import Document, Inbound, Tap, Text, Unreadable
from bot.domain.outbound import MAX_TEXT_CHARACTERS
from bot.domain.people import Address
from bot.domain.person_names import clean_name
from bot.languages import DEFAULT, known

MAX_NAME_CHARACTERS = 120

# What a message may hold instead of text, in the order in which it is asked: a film strip without sound and a venue
# carry a `document` and a `location` as well (documented, for old clients).
_KINDS: tuple[tuple[str, Unreadable], ...] = (
    ("photo", Unreadable("photo")),
    ("voice", Unreadable("voice")),
    ("audio", Unreadable("voice")),
    ("video_note", Unreadable("voice")),
    ("sticker", Unreadable("sticker")),
    ("contact", Unreadable("contact")),
    ("location", Unreadable("location")),
    ("animation", Unreadable("other")),
)
# Messages that Telegram itself writes into a private chat: nobody said anything.
_SERVICE = frozenset(
    (
        "pinned_message",
        "message_auto_delete_timer_changed",
        "write_access_allowed",
        "chat_background_set",
        "connected_website",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "group_chat_created",
        "supergroup_chat_created",
        "new_chat_members",
        "left_chat_member",
    )
)
_OTHER = Unreadable("other")
_EDITED = Unreadable("edited")
_GROUP = Unreadable("group")

_COMMAND = re.compile(r"(/[A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{1,64}))?(?=\s|$)")


class ParsedUpdate(Struct, frozen=True):
    """An update that was read. `tap_id` names a tap that Telegram wants answered, or its button keeps spinning."""

    update_id: int
    inbound: Inbound | None = None
    tap_id: str | None = None


class Malformed(Struct, frozen=True):
    """Bytes that are no update. `reason` names the place and the kind of fault, and quotes nothing of the content."""

    update_id: int | None
    reason: str


class _From(Struct):
    id: int
    is_bot: bool = False
    language_code: str = ""
    first_name: str | None = None
    last_name: str | None = None


class _Chat(Struct):
    id: int
    type: str


class _Message(Struct, rename={"sender": "from"}):
    message_id: int
    chat: _Chat
    date: int = 0
    sender: _From | None = None
    text: str | None = None


class _CallbackQuery(Struct, rename={"sender": "from"}):
    id: str
    sender: _From
    message: _Message | None = None
    data: str = ""


class _Update(Struct):
    update_id: int
    message: _Message | None = None
    edited_message: _Message | None = None
    callback_query: _CallbackQuery | None = None


class _Numbered(Struct):
    update_id: int


class _Contents(Struct):
    message: dict[str, Raw]


class _Document(Struct):
    file_id: str
    file_name: str = ""
    mime_type: str = ""
    file_size: int = 0


class _Size(Struct):
    file_id: str = ""


_update = Decoder(_Update)
_numbered = Decoder(_Numbered)
_contents = Decoder(_Contents)
_document = Decoder(_Document)
_sizes = Decoder(list[_Size])


def parse(body: bytes | Raw, username: str | None = None) -> ParsedUpdate | Malformed:
    """Read one update. `username` is the bot's own: it tells a group's `/start@TaalBot` from another bot's command."""
    body = without_nul(bytes(body))
    try:
        update = _update.decode(body)
        if update.callback_query is not None:
            return _tap(update.update_id, update.callback_query)
        if update.message is not None:
            return ParsedUpdate(update.update_id, _message(update.update_id, update.message, body, username))
        if update.edited_message is not None:
            return ParsedUpdate(update.update_id, _edited(update.update_id, update.edited_message))
        return ParsedUpdate(update.update_id)
    except (ValueError, RecursionError) as error:
        # msgspec's own texts name a type and a path; other errors may quote the input.
        reason = str(error) if isinstance(error, DecodeError) else type(error).__name__
        return Malformed(_number(body), reason)


def _number(body: bytes) -> int | None:
    try:
        return _numbered.decode(body).update_id
    except (ValueError, RecursionError):
        return None


def _tap(update_id: int, query: _CallbackQuery) -> ParsedUpdate:
    message = query.message
    if query.sender.is_bot or (message is not None and message.chat.type != "private"):
        return ParsedUpdate(update_id, tap_id=query.id)
    # A message that Telegram no longer shows us comes with date 0 (documented) and cannot be edited.
    message_ref = str(message.message_id) if message is not None and message.date else None
    chat_id = query.sender.id if message is None else message.chat.id
    return ParsedUpdate(update_id, _inbound(update_id, chat_id, Tap(query.data), query.sender, message_ref), query.id)


def _message(update_id: int, message: _Message, body: bytes, username: str | None) -> Inbound | None:
    sender, text = message.sender, message.text
    if sender is None or sender.is_bot:
        return None
    command = _COMMAND.match(text) if text is not None and text.startswith("/") else None
    if message.chat.type != "private":
        ours = command is not None and (
            command[2] is None or username is None or command[2].lower() == username.lower()
        )
        return _inbound(update_id, message.chat.id, _GROUP, sender) if ours else None
    if text is None:
        content = _content(body)
        return None if content is None else _inbound(update_id, message.chat.id, content, sender, date=message.date)
    if command is not None:
        text = command[1] + text[command.end() :]
    text = text[:MAX_TEXT_CHARACTERS]
    return _inbound(update_id, message.chat.id, Text(text), sender, own_ref=str(message.message_id), date=message.date)


def _content(body: bytes) -> Document | Unreadable | None:
    contents = _contents.decode(body).message
    for name, kind in _KINDS:
        if name in contents:
            return replace(kind, ref=_photo_ref(contents[name])) if name == "photo" else kind
    if "document" in contents:
        document = _document.decode(contents["document"])
        # The end of a name says what kind of file it is.
        name = document.file_name[-MAX_NAME_CHARACTERS:]
        return Document(document.file_id, name, document.mime_type, document.file_size)
    return None if _SERVICE.intersection(contents) else _OTHER


def _photo_ref(sizes: Raw) -> str:
    """Telegram's name for the largest size of a photo; the sizes grow (documented)."""
    known = _sizes.decode(sizes)
    return known[-1].file_id if known else ""


def _edited(update_id: int, message: _Message) -> Inbound | None:
    sender = message.sender
    if sender is None or sender.is_bot or message.text is None or message.chat.type != "private":
        return None
    return _inbound(update_id, message.chat.id, _EDITED, sender)


def _inbound(
    update_id: int,
    chat_id: int,
    event: Text | Tap | Document | Unreadable,
    sender: _From,
    message_ref: str | None = None,
    own_ref: str | None = None,
    date: int = 0,
) -> Inbound:
    code = sender.language_code
    language = known(code) or DEFAULT
    key, address = f"telegram:update:{update_id}", Address("telegram", str(chat_id))
    # Telegram counts whole seconds. A tap has no time: the date of its message is that of our question.
    sent_at = date * 1000 if date > 0 else None
    # A group is not called as whoever speaks in it.
    given_name = clean_name(f"{sender.first_name or ''} {sender.last_name or ''}") if sender.id == chat_id else ""
    return Inbound(key, address, event, language, message_ref, sent_at, own_ref, given_name=given_name)
