"""Outbounds become Bot API calls: a method and the JSON bytes of its parameters. Pure.

Our texts already are what Telegram calls HTML, so a text travels as it is. A message holds at most 4096 UTF-16 units
after its tags and escapes are read (documented); a longer text is cut into several messages, at the end of a line
where there is one, so that no tag, no escape and no code is torn. The first takes the place of the replaced message,
the last carries the buttons.

A file carries the text as its caption, and the buttons under it, where the caption may hold so much (1024 units by
documentation); else the text goes first, with its buttons, and the file follows alone. Nothing can take the place of a
message and bring a file, so then all of it is sent anew. A photo that somebody sent us goes by the name that Telegram
gave it, in the same way.
"""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import UNSET, Struct, UnsetType
from msgspec.json import Encoder

from bot.channels.files import file_name
from bot.channels.markup import plain
from bot.domain.outbound import Button, Choice, Copy, File, Outbound

MAX_UNITS = 4096
MAX_CAPTION_UNITS = 1024

_CHAT_ID = re.compile(r"-?[1-9][0-9]{0,18}")
_MESSAGE_ID = re.compile(r"[1-9][0-9]{0,18}")
_ATOM = re.compile(r"</?(?:b|i|code)>|&(?:[a-z]{2,6}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});|\s|[^\s<&]|[<&]")


class Upload(Struct, frozen=True):
    """How a file travels: `part` is its name in the form, the others are what a form says beside it.

    `alone` says that the file has no caption and no buttons, because a message before it has them.
    """

    part: Literal["photo", "document"]
    file_name: str
    fields: tuple[tuple[str, str], ...]
    alone: bool


class Call(Struct, frozen=True):
    """One call to be made. `edit` says that it takes the place of a message, and may be refused for that. One with an
    `upload` is a form that a file goes with, and has no body. One that `shows` names a photo that Telegram may have
    forgotten.
    """

    method: str
    body: bytes
    edit: bool = False
    upload: Upload | None = None
    shows: bool = False


class _Preview(Struct):
    is_disabled: bool


class _CopyText(Struct):
    text: str


class _Key(Struct):
    text: str
    callback_data: str | UnsetType = UNSET
    copy_text: _CopyText | UnsetType = UNSET
    url: str | UnsetType = UNSET


class _Keyboard(Struct):
    inline_keyboard: list[list[_Key]]


class _Message(Struct):
    chat_id: int
    text: str
    message_id: int | UnsetType = UNSET
    parse_mode: str | UnsetType = UNSET
    link_preview_options: _Preview | UnsetType = UNSET
    reply_markup: _Keyboard | UnsetType = UNSET


class _Shown(Struct):
    chat_id: int
    photo: str
    caption: str
    parse_mode: str | UnsetType = UNSET
    reply_markup: _Keyboard | UnsetType = UNSET


class _TapAnswer(Struct):
    callback_query_id: str
    method: str | UnsetType = UNSET
    text: str | UnsetType = UNSET


_NO_PREVIEW = _Preview(True)
_encode = Encoder().encode


def render(
    chat_id: str,
    outbound: Outbound,
    *,
    styled: bool = True,
    replace: bool = True,
    file: File | None = None,
    as_picture: bool = True,
) -> tuple[Call, ...]:
    """The calls that deliver `outbound`, in order; none when `chat_id` is no id of Telegram.

    `styled=False` sends the bare text, for when Telegram finds fault with the tags; `replace=False` sends anew what
    would have taken another message's place; `as_picture=False` sends a picture as a file like any other.
    """
    if not _CHAT_ID.fullmatch(chat_id):
        return ()
    chat = int(chat_id)
    keyboard = _keyboard(outbound.rows) if outbound.rows else UNSET
    if file is None and (ref := _shown_ref(outbound)):
        text = outbound.text if styled else plain(outbound.text)
        shown = _Shown(chat, ref, text, "HTML" if styled else UNSET, keyboard)
        return (Call("sendPhoto", _encode(shown), shows=True),)
    if file is None:
        return _texts(chat, outbound.text, keyboard, outbound.replaces if replace else None, styled)
    part: Literal["photo", "document"] = "photo" if as_picture and file.media_type.startswith("image/") else "document"
    if _fits(outbound.text, MAX_CAPTION_UNITS):
        return (_upload(chat, part, file, outbound.text, keyboard, styled),)
    return (
        *_texts(chat, outbound.text, keyboard, None, styled),
        _upload(chat, part, file, "", UNSET, styled),
    )


def render_passing(chat_id: str, outbound: Outbound, *, styled: bool = True) -> Call | None:
    """The one call that shows `outbound` in the place of what it replaces; None where no single one can."""
    calls = render(chat_id, outbound, styled=styled)
    return calls[0] if len(calls) == 1 and calls[0].edit else None


def _shown_ref(outbound: Outbound) -> str:
    """The photo of ours that goes with a text which it can carry; empty for none."""
    picture = outbound.picture
    ours = picture is not None and picture.channel == "telegram" and _fits(outbound.text, MAX_CAPTION_UNITS)
    return picture.ref if picture is not None and ours else ""


def _texts(
    chat: int, text: str, keyboard: _Keyboard | UnsetType, message_ref: str | None, styled: bool
) -> tuple[Call, ...]:
    pieces = split(text)
    if len(pieces) == 1:
        return (_call(chat, pieces[0], keyboard, message_ref, styled),)
    return (
        _call(chat, pieces[0], UNSET, message_ref, styled),
        *(_call(chat, piece, UNSET, None, styled) for piece in pieces[1:-1]),
        _call(chat, pieces[-1], keyboard, None, styled),
    )


def _upload(
    chat: int,
    part: Literal["photo", "document"],
    file: File,
    caption: str,
    keyboard: _Keyboard | UnsetType,
    styled: bool,
) -> Call:
    fields = [("chat_id", str(chat))]
    if caption:
        fields.append(("caption", caption if styled else plain(caption)))
        if styled:
            fields.append(("parse_mode", "HTML"))
    if keyboard is not UNSET:
        fields.append(("reply_markup", _encode(keyboard).decode()))
    upload = Upload(part, file_name(file.name), tuple(fields), not caption)
    return Call("sendPhoto" if part == "photo" else "sendDocument", b"", upload=upload)


class _Typing(Struct):
    chat_id: int | str
    action: str = "typing"


def typing(chat_id: str) -> bytes:
    """The body that shows "typing…" in a chat."""
    return _encode(_Typing(int(chat_id) if chat_id.lstrip("-").isdigit() else chat_id))


class _OneMessage(Struct):
    chat_id: int
    message_id: int


def erasure(chat_id: str, own_ref: str) -> bytes | None:
    """The body that deletes a person's message; None when these name none."""
    if not _CHAT_ID.fullmatch(chat_id) or not _MESSAGE_ID.fullmatch(own_ref):
        return None
    return _encode(_OneMessage(int(chat_id), int(own_ref)))


class _OneFile(Struct):
    file_id: str


def file_question(ref: str) -> bytes:
    """The body that asks where a file can be had."""
    return _encode(_OneFile(ref))


def tap_answer(tap_id: str, text: str | None = None, *, method: bool = True) -> bytes:
    """The answer to a tap. With `method` it may be the body of our answer to the webhook, which saves a call."""
    return _encode(
        _TapAnswer(tap_id, "answerCallbackQuery" if method else UNSET, UNSET if text is None else text[:200])
    )


def _call(chat_id: int, text: str, keyboard: _Keyboard | UnsetType, message_ref: str | None, styled: bool) -> Call:
    edit = message_ref is not None and _MESSAGE_ID.fullmatch(message_ref) is not None
    message = _Message(
        chat_id,
        text if styled else plain(text),
        int(message_ref) if edit and message_ref else UNSET,
        "HTML" if styled else UNSET,
        _NO_PREVIEW,
        keyboard,
    )
    return Call("editMessageText" if edit else "sendMessage", _encode(message), edit)


def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> _Keyboard:
    return _Keyboard([[_key(button) for button in row] for row in rows if row])


def _key(button: Button) -> _Key:
    if isinstance(button, Choice):
        return _Key(button.label, callback_data=button.data)
    if isinstance(button, Copy):
        return _Key(button.label, copy_text=_CopyText(button.text))
    return _Key(button.label, url=button.url)


def split(text: str) -> list[str]:
    """`text` in pieces that Telegram takes, each with its tags closed; most often `text` alone."""
    if _fits(text, MAX_UNITS):
        return [text]
    pieces = [piece for piece in _pieces(text) if plain(piece).strip()]
    return pieces or [text]


def _fits(text: str, limit: int) -> bool:
    return len(text) * 2 <= limit or _units(plain(text)) <= limit


def _pieces(text: str) -> Iterator[str]:
    atoms: list[str] = _ATOM.findall(text)
    start = 0
    carried: tuple[str, ...] = ()
    while start < len(atoms):
        end = _cut(atoms, start)
        piece = atoms[start:end]
        still_open = _open_after(piece, carried)
        yield "".join((*carried, *piece, *(f"</{tag[1:]}" for tag in reversed(still_open)))).strip()
        start, carried = end, still_open


def _cut(atoms: list[str], start: int) -> int:
    """Where the piece that begins at `start` ends: after its last line, else its last word, else where it is full."""
    units = 0
    line = word = 0
    for at in range(start, len(atoms)):
        units += 0 if _is_tag(atoms[at]) else _units(plain(atoms[at]))
        if units > MAX_UNITS:
            return line or word or at
        if atoms[at] == "\n":
            line = at + 1
        elif atoms[at].isspace():
            word = at + 1
    return len(atoms)


def _open_after(atoms: list[str], carried: tuple[str, ...]) -> tuple[str, ...]:
    open_tags = list(carried)
    for atom in atoms:
        if _is_tag(atom):
            if atom[1] != "/":
                open_tags.append(atom)
            elif open_tags:
                open_tags.pop()
    return tuple(open_tags)


def _is_tag(atom: str) -> bool:
    return len(atom) > 1 and atom[0] == "<"


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
