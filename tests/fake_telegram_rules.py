"""What the Bot API refuses, in its own words, as far as a bot like ours can run into it.

Limits are documented; the texts of the refusals are those that the real Bot API has been seen to answer.
"""

import re
from typing import Any

MAX_TEXT_UNITS = 4096
MAX_CAPTION_UNITS = 1024
MAX_COMMANDS = 100

_TAGS = frozenset(
    ("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a", "blockquote", "tg-spoiler", "span")
)
_KINDS = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "code": "code", "pre": "pre", "u": "underline"}
_TOKEN = re.compile(r"<[^>]*>?|&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_TAG = re.compile(r"<(/?)([A-Za-z0-9-]*)([^>]*)>")
_NAMED = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"'}
_BARE_BUTTON = "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
_ACTIONS = ("callback_data", "copy_text", "url", "web_app", "login_url", "switch_inline_query", "pay")


class Refusal(Exception):
    """An error of the Bot API: `code` and `description` of its answer."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after


def units(text: str) -> int:
    """Length in UTF-16 code units, in which Telegram counts."""
    return len(text) + sum(character > "\uffff" for character in text)


def visible(params: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The text as a person sees it and its entities, or a Refusal."""
    text = params.get("text")
    if not isinstance(text, str):
        raise Refusal(400, "Bad Request: message text is empty")
    mode = params.get("parse_mode")
    if mode not in (None, "", "HTML"):
        raise Refusal(400, "Bad Request: unsupported parse_mode")
    shown, entities = _html(text) if mode else (text, [])
    shown = shown.strip()
    if not shown:
        raise Refusal(400, "Bad Request: message text is empty")
    if units(shown) > MAX_TEXT_UNITS:
        raise Refusal(400, "Bad Request: message is too long")
    return shown, entities


def caption(params: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The words under a file as a person sees them and their entities, or a Refusal."""
    if not params.get("caption"):
        return "", []
    shown, entities = _html(params["caption"]) if params.get("parse_mode") == "HTML" else (params["caption"], [])
    if units(shown.strip()) > MAX_CAPTION_UNITS:
        raise Refusal(400, "Bad Request: message caption is too long")
    return shown.strip(), entities


def is_picture(content: bytes) -> bool:
    """Whether the Bot API can read a picture: here, whether it begins like a PNG or a JPEG."""
    return content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"))


def _html(text: str) -> tuple[str, list[dict[str, Any]]]:
    out: list[str] = []
    length = 0
    open_tags: list[tuple[str, int]] = []
    entities: list[dict[str, Any]] = []
    at = 0

    def offset(index: int) -> int:
        return len(text[:index].encode())

    for match in _TOKEN.finditer(text):
        piece, token, at = text[at : match.start()], match[0], match.end()
        out.append(piece)
        length += units(piece)
        if token[0] == "&":
            if token[1] == "#":
                number = int(token[3:-1], 16) if token[2] == "x" else int(token[2:-1])
                character = chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else token
            else:
                character = _NAMED[token]
            out.append(character)
            length += units(character)
            continue
        tag = _TAG.fullmatch(token)
        if tag is None:
            raise _unparsed(f"Unclosed start tag at byte offset {offset(match.start())}")
        closing, name = tag[1], tag[2].lower()
        if not closing:
            if name not in _TAGS:
                raise _unparsed(f'Unsupported start tag "{name}" at byte offset {offset(match.start())}')
            open_tags.append((name, length))
        else:
            if not open_tags:
                raise _unparsed(f"Unexpected end tag at byte offset {offset(match.start())}")
            opened, since = open_tags.pop()
            if name and name != opened:
                where = offset(match.start())
                raise _unparsed(f'Unmatched end tag at byte offset {where}, expected "</{opened}>", found "</{name}>"')
            if length > since and opened in _KINDS:
                entities.append({"type": _KINDS[opened], "offset": since, "length": length - since})
    if open_tags:
        raise _unparsed(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    out.append(text[at:])
    return "".join(out), sorted(entities, key=lambda entity: entity["offset"])


def _unparsed(what: str) -> Refusal:
    return Refusal(400, f"Bad Request: can't parse entities: {what}")


def keyboard(markup: Any) -> list[list[dict[str, Any]]]:
    """The rows of an inline keyboard, or a Refusal."""
    if markup is None:
        return []
    if not isinstance(markup, dict) or not isinstance(markup.get("inline_keyboard"), list):
        raise Refusal(400, "Bad Request: object expected as reply markup")
    rows: list[list[dict[str, Any]]] = []
    for row in markup["inline_keyboard"]:
        if not isinstance(row, list):
            raise Refusal(400, "Bad Request: can't parse inline keyboard button: expected an Array of buttons")
        for key in row:
            _button(key)
        if row:
            rows.append(row)
    if sum(len(row) for row in rows) > 100:
        raise Refusal(400, "Bad Request: reply markup is too long")
    return rows


def _button(key: Any) -> None:
    if not isinstance(key, dict) or not isinstance(key.get("text"), str) or not key["text"]:
        raise Refusal(400, 'Bad Request: can\'t parse inline keyboard button: field "text" must be a non-empty String')
    actions = [action for action in _ACTIONS if action in key]
    if len(actions) != 1:
        raise Refusal(400, _BARE_BUTTON)
    if "callback_data" in key:
        data = key["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    elif "copy_text" in key:
        copied = key["copy_text"].get("text") if isinstance(key["copy_text"], dict) else None
        if not isinstance(copied, str) or not 1 <= len(copied) <= 256:
            raise Refusal(400, "Bad Request: BUTTON_COPY_TEXT_INVALID")
    elif "url" in key and not (isinstance(key["url"], str) and re.fullmatch(r"https://[^\s/]+\S*", key["url"])):
        raise Refusal(400, "Bad Request: BUTTON_URL_INVALID")
