"""Outbounds become messages of the Cloud API: the JSON bytes of each. Pure.

In this order:

1. each code of a copy button, alone in its message, so that a long press copies it and nothing else;
2. a file, when the text goes with choices: it cannot go with both, unless the text says what to type instead of them;
3. the text, as far as it is too long to stand with its buttons;
4. the text, or its rest, with the choices; where there are none, a file carries the text as its caption (1024), or
   follows one that is too long for that. A button that opens a page stands alone under the text: the text says what
   to type instead of the choices, where it is known (`Outbound.typed`); else they follow in a message of their own.

Up to three choices are reply buttons (titles of 20); more are a list (10 rows; titles of 24, descriptions of 72), and
beyond ten there are several lists (`choices`). No choice is shown twice: it stands in the text, as a numbered line,
only where it cannot be pressed.

A text of one code does not repeat it. A text of several keeps them, numbered: WhatsApp does not promise to deliver
messages in order, and codes must be typed in theirs.

WhatsApp cannot edit, so `replaces` says nothing here. Limits are documented; the body of an interactive message is kept
to 1024, which every kind of it takes.
"""

import re
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.json import Encoder

from bot.channels.files import file_name
from bot.channels.whatsapp.abilities import LIST_ROWS
from bot.channels.whatsapp.choices import (
    MAX_BUTTON_TITLE,
    MAX_LINE,
    Numbered,
    as_buttons,
    as_lines,
    as_rows,
    numbered,
)
from bot.channels.whatsapp.links import link_action, link_line
from bot.channels.whatsapp.people import target
from bot.channels.whatsapp.style import fits, fitted, neutral, one_line, shortened, split, styled, without
from bot.channels.whatsapp.templates import DEFAULT_NAMES, Names, grouped, template
from bot.domain.outbound import Brief, Choice, Copy, File, OpenUrl, Outbound

MAX_TEXT = 4096
MAX_BODY = 1024
MAX_CAPTION = 1024

# The same word in French and in English: a channel does not know whose language it speaks.
LIST_BUTTON = "☰ Options"
# What stands over buttons whose text had to go before them.
POINTER = "👇"
BULLET = "▸"

_PICTURES: Final = frozenset(("image/jpeg", "image/png"))
_GAP = re.compile(r"\n\n\n+")

_encode = Encoder().encode


class Message(Struct, frozen=True):
    """One message to be sent. `interactive` says that it has buttons, `file` that it brings one: it may be refused for
    either.
    """

    body: bytes
    interactive: bool = False
    file: bool = False


class Media(Struct, frozen=True):
    """A file that was uploaded: the Cloud API's id for it, how it is shown, and its name."""

    id: str
    kind: Literal["image", "document"]
    name: str


def uploaded_as(file: File) -> str:
    """The media type under which a file is uploaded.

    The Cloud API refuses whatever is not on its list ("Param file must be a file with one of the following types", code
    100), which has plain text and the office's formats but not CSV: developers.facebook.com, WhatsApp Cloud API, Media,
    "Supported media types". A CSV is plain text, and a telephone goes by the ending of its name.
    """
    return "text/plain" if file.media_type.startswith("text/") else file.media_type


def media_of(file: File, media_id: str) -> Media:
    """An uploaded file, as a message names it: pictures of the two kinds that the Cloud API shows, or a document."""
    kind: Literal["image", "document"] = "image" if file.media_type in _PICTURES else "document"
    return Media(media_id, kind, file_name(file.name))


def render(
    identity: str, outbound: Outbound, *, interactive: bool = True, media: Media | None = None
) -> tuple[Message, ...]:
    """The messages that deliver `outbound`, in order; none when `identity` is no id of WhatsApp, or nothing is shown.

    `interactive=False` says everything in text alone, for when the buttons are refused. `media` is a file that goes
    with it.
    """
    to = target(identity)
    if to is None:
        return ()
    copies: list[str] = []
    labels: list[tuple[str, str]] = []
    links = [button for row in outbound.rows for button in row if isinstance(button, OpenUrl)]
    for row in outbound.rows:
        for button in row:
            if isinstance(button, Choice):
                labels.append((button.label, button.data))
            elif isinstance(button, Copy) and button.text not in copies:
                copies.append(button.text)
    choices = numbered(labels)
    text = without(outbound.text, copies[0]) if len(copies) == 1 else outbound.text
    if links and choices and outbound.typed:
        text, choices = f"{text}\n\n{outbound.typed}", []
    body = _GAP.sub("\n\n", styled(text)).strip()
    if media is not None and choices and not links and outbound.typed:
        # A file has no buttons, and one message costs less than two.
        caption = _GAP.sub("\n\n", styled(f"{text}\n\n{outbound.typed}")).strip()
        if fits(caption, MAX_CAPTION):
            body, choices = caption, []
    messages = [piece for code in copies for piece in _texts(to, grouped(code))]
    if media is not None and not choices and not links:
        if fits(body, MAX_CAPTION):
            return (*messages, _file(to, media, body))
        return (*messages, *_texts(to, body), _file(to, media))
    if media is not None:
        messages.append(_file(to, media))
    if not interactive or not (choices or links):
        return (*messages, *_texts(to, _joined(body, [*map(link_line, links), *as_lines(body, choices)])))
    if links:
        title, cut = fitted(one_line(links[0].label), MAX_BUTTON_TITLE)
        whole = [*(_whole_words(body, [neutral(links[0].label)]) if cut else ()), *map(link_line, links[1:])]
        messages += _interactive(to, body, whole, "cta_url", link_action(title, links[0].url))
        body = ""
    if choices:
        messages += _with_choices(to, body, choices)
    return tuple(messages)


def render_brief(identity: str, brief: Brief, names: Names = DEFAULT_NAMES) -> Message:
    """The template message that says `brief` to an id of WhatsApp."""
    return _message(target(identity) or {"to": identity}, "template", template(brief, names))


def working(message_ref: str) -> bytes:
    """Marks a message of the person as read and shows "typing…" for up to 25 seconds (documented)."""
    return _encode(
        {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": message_ref,
            "typing_indicator": {"type": "text"},
        }
    )


def _with_choices(to: dict[str, str], body: str, choices: list[Numbered]) -> list[Message]:
    first: dict[str, Numbered] = {}
    for choice in choices:
        first.setdefault(choice.data, choice)
    shown = [choice for choice in first.values() if choice.can_be_tapped]
    # What nothing can carry can still be typed.
    lines = [] if len(shown) == len(choices) else as_lines(body, [one for one in choices if one not in shown])
    if not shown:
        return _texts(to, _joined(body, lines))
    if (buttons := as_buttons(body, shown)) is not None:
        return _interactive(to, body, lines, "button", {"buttons": buttons})
    messages: list[Message] = []
    for at in range(0, len(shown), LIST_ROWS):
        action = {"button": LIST_BUTTON, "sections": [{"rows": as_rows(body, shown[at : at + LIST_ROWS])}]}
        messages += _interactive(to, "" if at else body, [] if at else lines, "list", action)
    return messages


def _whole_words(body: str, labels: list[str]) -> list[str]:
    """The lines that say in full what buttons say cut, without those that the text already has."""
    has = _bare(body)
    return [shortened(f"{BULLET} {label}", MAX_LINE) for label in labels if _bare(label) not in has]


def _bare(line: str) -> str:
    """A line for comparison: without marks and blanks."""
    return "".join(line.split()).replace("*", "").replace("`", "").replace("_", "")


def _joined(body: str, lines: list[str]) -> str:
    if not lines:
        return body
    listed = "\n".join(lines)
    return f"{body}\n\n{listed}" if body else listed


def _interactive(
    to: dict[str, str], body: str, lines: list[str], kind: Literal["button", "list", "cta_url"], action: dict[str, Any]
) -> list[Message]:
    messages: list[Message] = []
    whole = _joined(body, lines) or POINTER
    if not fits(whole, MAX_BODY):
        messages += _texts(to, body)
        whole = "\n".join(lines) or POINTER
    if not fits(whole, MAX_BODY):
        messages += _texts(to, whole)
        whole = POINTER
    messages.append(_message(to, "interactive", {"type": kind, "body": {"text": whole}, "action": action}))
    return messages


def _texts(to: dict[str, str], text: str) -> list[Message]:
    return [_message(to, "text", {"body": piece, "preview_url": False}) for piece in split(text, MAX_TEXT)]


def _file(to: dict[str, str], media: Media, caption: str = "") -> Message:
    named = {"filename": media.name} if media.kind == "document" else {}
    return _message(to, media.kind, {"id": media.id, **named, **({"caption": caption} if caption else {})})


def _message(to: dict[str, str], kind: str, what: dict[str, Any]) -> Message:
    whole = {"messaging_product": "whatsapp", "recipient_type": "individual", **to, "type": kind, kind: what}
    return Message(_encode(whole), kind == "interactive", kind in ("image", "document"))
