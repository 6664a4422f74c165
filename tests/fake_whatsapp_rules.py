"""What the Cloud API refuses, with its codes, as far as a bot like ours can run into it. Limits are documented."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

MAX_TEXT = 4096
MAX_BODY = 1024
MAX_TEMPLATE = 1024
MAX_CAPTION = 1024

# What a file may be, by the way it is shown (documented).
PICTURES = frozenset(("image/jpeg", "image/png"))
DOCUMENTS = frozenset(
    (
        "text/plain",
        "application/pdf",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    )
)

_ALNUM = r"[^\W_]"
_MONOSPACE = re.compile(r"```(.+?)```")
_STYLES = [
    re.compile(rf"(?<!{_ALNUM})({re.escape(mark)})(?=\S)([^{re.escape(mark)}\n]*?\S|\S)\1(?!{_ALNUM})")
    for mark in ("*", "_", "~", "`")
]
_CODE = re.compile(r"\d[\d ]*\d")
_KNOWN = {"messaging_product", "recipient_type", "to", "recipient", "type"}
_PLACEHOLDER = re.compile(r"\{\{\d+\}\}")


class Refusal(Exception):
    """An error of the Cloud API: its code, HTTP status and text."""

    def __init__(self, code: int, message: str = "", status: int = 400, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.retry_after = retry_after


def units(text: str) -> int:
    """Length in UTF-16 code units, the strictest count."""
    return len(text) + sum(character > "\uffff" for character in text)


def visible(text: str) -> str:
    """What a person sees of a body: without the signs that WhatsApp takes for its notation."""
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match[1])
        return f"\0{len(held) - 1}\0"

    text = _MONOSPACE.sub(hold, text)
    for style in _STYLES:
        text = style.sub(lambda match: match[2], text)
    return re.sub(r"\0(\d+)\0", lambda match: held[int(match[1])], text)


def code_alone(body: str) -> str | None:
    """The digits that a long press on this message copies, when it holds nothing else."""
    return body.replace(" ", "") if _CODE.fullmatch(body) and len(body.replace(" ", "")) >= 8 else None


def check_upload(media_type: str, form_type: str) -> None:
    """A Refusal unless a file of this type, which the form's `type` tells too, is one that the Cloud API takes."""
    if form_type not in PICTURES | DOCUMENTS or media_type != form_type:
        kinds = ", ".join(sorted(PICTURES | DOCUMENTS))
        raise Refusal(100, f"Param file must be a file with one of the following types: {kinds}")


def check(
    params: Any, templates: dict[tuple[str, str], tuple[str, int]], media: Mapping[str, str] = MappingProxyType({})
) -> tuple[str, list[list[dict[str, str]]]]:
    """The body and the buttons of a message that is to be sent, or a Refusal. `templates` are those approved, `media`
    the types of the files that were uploaded.
    """
    if not isinstance(params, dict) or params.get("messaging_product") != "whatsapp":
        raise Refusal(100, "The parameter messaging_product is required.")
    kind = params.get("type", "text")
    if unknown := params.keys() - _KNOWN - {kind}:
        raise Refusal(100, f"Unexpected key {sorted(unknown)[0]!r} on param")
    if params.get("recipient_type", "individual") != "individual":
        raise Refusal(100, "Param recipient_type must be one of {individual, group}")
    content = params.get(kind)
    if not isinstance(content, dict):
        raise Refusal(100, f"The parameter {kind} is required.")
    if kind == "text":
        return _text(content.get("body"), MAX_TEXT, "text.body"), []
    if kind == "interactive":
        return _interactive(content)
    if kind == "template":
        return _template(content, templates)
    if kind in ("image", "document"):
        return _file(content, kind, media), []
    raise Refusal(131051, "Unsupported message type")


def _file(content: dict[str, Any], kind: str, media: Mapping[str, str]) -> str:
    if unknown := content.keys() - {"id", "caption"} - ({"filename"} if kind == "document" else set()):
        raise Refusal(100, f"Unexpected key {sorted(unknown)[0]!r} on param {kind!r}")
    if content.get("id") not in media:
        raise Refusal(100, f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID")
    if media[content["id"]] not in (PICTURES if kind == "image" else PICTURES | DOCUMENTS):
        raise Refusal(131053, "Media upload error")
    if kind == "document" and not content.get("filename"):
        raise Refusal(131008, "a person could not tell what this is: filename")
    return _text(content["caption"], MAX_CAPTION, f"{kind}.caption") if "caption" in content else ""


def _text(text: Any, limit: int, where: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise Refusal(131008, f"Required parameter is missing: {where}")
    if units(text) > limit:
        raise Refusal(100, f"Param {where} must be at most {limit} characters long.")
    return text


def _title(text: Any, limit: int, where: str) -> str:
    title = _text(text, limit, where)
    if "\n" in title:
        raise Refusal(131009, f"Parameter value is not valid: {where} cannot have new lines")
    return title


def _id(value: Any, limit: int, known: set[str]) -> str:
    identity = _text(value, limit, "id")
    if identity != identity.strip():
        raise Refusal(131009, "Parameter value is not valid: id cannot have leading or trailing spaces")
    if identity in known:
        raise Refusal(131009, "Parameter value is not valid: Duplicated id")
    known.add(identity)
    return identity


def _interactive(content: dict[str, Any]) -> tuple[str, list[list[dict[str, str]]]]:
    body = _text(content.get("body", {}).get("text"), MAX_BODY, "interactive.body.text")
    if "header" in content:
        _text(content["header"].get("text"), 60, "interactive.header.text")
    if "footer" in content:
        _text(content["footer"].get("text"), 60, "interactive.footer.text")
    action = content.get("action", {})
    if content.get("type") == "button":
        return body, _buttons(action.get("buttons"))
    if content.get("type") == "list":
        return body, _list(action)
    if content.get("type") == "cta_url":
        return body, _page(action)
    raise Refusal(131009, "Parameter value is not valid: interactive.type")


def _page(action: dict[str, Any]) -> list[list[dict[str, str]]]:
    if action.get("name") != "cta_url":
        raise Refusal(131009, "Parameter value is not valid: action.name")
    parameters = action.get("parameters", {})
    url = _text(parameters.get("url"), 2000, "parameters.url")
    if not url.startswith("https://") or " " in url:
        raise Refusal(131009, "Parameter value is not valid: parameters.url")
    return [[{"text": _title(parameters.get("display_text"), 20, "parameters.display_text"), "url": url}]]


def _buttons(buttons: Any) -> list[list[dict[str, str]]]:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise Refusal(131009, "Parameter value is not valid: Invalid buttons count. Min allowed buttons: 1, Max: 3")
    ids: set[str] = set()
    titles: set[str] = set()
    rows = []
    for button in buttons:
        if not isinstance(button, dict) or button.get("type") != "reply":
            raise Refusal(131009, "Parameter value is not valid: button type")
        title = _title(button["reply"].get("title"), 20, "button.reply.title")
        if title in titles:
            raise Refusal(131009, "Parameter value is not valid: Duplicated title")
        titles.add(title)
        rows.append([{"text": title, "callback_data": _id(button["reply"].get("id"), 256, ids)}])
    return rows


def _list(action: dict[str, Any]) -> list[list[dict[str, str]]]:
    _title(action.get("button"), 20, "action.button")
    sections = action.get("sections")
    if not isinstance(sections, list) or len(sections) != 1:
        # Several sections are allowed where each has a title; a bot like ours has one.
        raise Refusal(131009, "Parameter value is not valid: sections")
    listed = sections[0].get("rows")
    if not isinstance(listed, list) or not 1 <= len(listed) <= 10:
        raise Refusal(131009, "Parameter value is not valid: Total row count exceed max allowed count: 10")
    ids: set[str] = set()
    rows = []
    for row in listed:
        key = {"text": _title(row.get("title"), 24, "row.title"), "callback_data": _id(row.get("id"), 200, ids)}
        if "description" in row:
            key["description"] = _title(row["description"], 72, "row.description")
        rows.append([key])
    return rows


def _template(
    content: dict[str, Any], templates: dict[tuple[str, str], tuple[str, int]]
) -> tuple[str, list[list[dict[str, str]]]]:
    language = content.get("language", {}).get("code")
    if (content.get("name"), language) not in templates:
        raise Refusal(132001, "Template name does not exist in the translation", status=404)
    body, buttons = templates[content["name"], language]
    components = {component["type"]: component for component in content.get("components", [])}
    parameters = components.get("body", {}).get("parameters", [])
    if len(parameters) != len(_PLACEHOLDER.findall(body)):
        raise Refusal(132000, "Number of parameters does not match the expected number of params")
    for number, parameter in enumerate(parameters, 1):
        text = parameter.get("text")
        if parameter.get("type") != "text" or not isinstance(text, str) or not text:
            raise Refusal(132012, "Parameter format does not match format in the created template")
        if "\n" in text or "\t" in text or "     " in text:
            raise Refusal(132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
        body = body.replace(f"{{{{{number}}}}}", text)
    if units(body) > MAX_TEMPLATE:
        raise Refusal(132005, "Translated text too long")
    if not buttons:
        return body, []
    payload = components.get("button", {}).get("parameters", [{}])[0].get("payload", "button")
    return body, [[{"text": "button", "payload": payload}]]
