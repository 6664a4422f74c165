"""What the Bot API's answer to a send means. Pure.

The texts of errors are not documented; the fragments below are those that the Bot API has been seen to answer.

| answer                                         | verdict                                                        |
|------------------------------------------------|----------------------------------------------------------------|
| ok                                             | Sent                                                           |
| an edit: "message is not modified"             | Sent: the person already sees it                               |
| 400 "can't parse entities"                     | Again("plain"): the bare text, so that a code is not lost      |
| 400 "chat not found" and the like, 403         | SendRefused(unreachable)                                       |
| an edit: any other 400                         | Again("anew"): as a new message                                |
| a picture: any other 4xx                       | Again("document"): as a file, which has no limits of its shape |
| a file: any other 4xx                          | Again("bare"): without it, so that the text is not lost        |
| any other 4xx                                  | SendRefused                                                    |
| 401, 404: the bot's token is wrong             | SendLater(30 s)                                                |
| 429                                            | SendLater(retry_after)                                         |
| 5xx, no answer, an answer that cannot be read  | SendLater                                                      |
"""

import re
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.json import Decoder

from bot.domain.outbound import SendLater, SendRefused, SendResult, Sent

CREDENTIALS_RETRY_SECONDS = 30.0
LONGEST_RETRY_SECONDS = 3600.0

_GONE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "user is deactivated",
    "chat_write_forbidden",
    "have no rights to send",
    "not enough rights",
    "upgraded to a supergroup",
    "group is deactivated",
)

Result: TypeAlias = Literal["ok", "busy", "server", "network", "credentials", "unreachable", "rejected", "unreadable"]


class Reply(Struct, frozen=True):
    """What came back for one call: an HTTP status and a body, or status 0 and the name of the network's error."""

    status: int
    body: bytes = b""
    error: str = ""


class Again(Struct, frozen=True):
    """Send it at once in another way: as a new message, without its tags, a picture as a file, or without its file."""

    how: Literal["anew", "plain", "document", "bare"]


class _Parameters(Struct):
    retry_after: float | None = None


class _Made(Struct):
    message_id: int | None = None


class _Answer(Struct):
    ok: bool
    result: _Made | bool = False
    error_code: int = 0
    description: str = ""
    parameters: _Parameters | None = None


class _Failure(Struct):
    ok: bool = False
    description: str = ""
    parameters: _Parameters | None = None


_answer = Decoder(_Answer)
_failure = Decoder(_Failure)


class Place(Struct, frozen=True):
    """Where a file can be had, below the Bot API's address for files; and its size, 0 when Telegram does not tell."""

    path: str
    size_bytes: int


class _FileReply(Struct):
    file_path: str = ""
    file_size: int = 0


class _FileAnswer(Struct):
    result: _FileReply


_file_answer = Decoder(_FileAnswer)
# A Bot API server of one's own may answer with a path on its disk; that one cannot be fetched.
_FILE_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")


def place(reply: Reply) -> Place | None:
    """What a `getFile` answered; None when it names no place."""
    if reply.status != 200:
        return None
    try:
        file = _file_answer.decode(reply.body).result
    except (ValueError, RecursionError):
        return None
    return Place(file.file_path, file.file_size) if _FILE_PATH.fullmatch(file.file_path) else None


def verdict(
    reply: Reply, *, edit: bool, retry_seconds: float, part: Literal["photo", "document", "shown"] | None = None
) -> SendResult | Again:
    """What to make of the answer to a `sendMessage`; to an `editMessageText` when `edit`; to a file that was sent as
    that `part`, or to a photo that was `shown` by its name.

    `retry_seconds` is the pause where Telegram names none.
    """
    if reply.status == 200:
        try:
            answer = _answer.decode(reply.body)
        except (ValueError, RecursionError):
            return SendLater(retry_seconds, "unreadable answer")
        if not answer.ok:
            return SendLater(retry_seconds, "unreadable answer")
        made = answer.result.message_id if isinstance(answer.result, _Made) else None
        return Sent(None if made is None else str(made))
    result = outcome(reply)
    if result in ("network", "server", "unreadable"):
        return SendLater(pause_seconds(reply, retry_seconds), reply.error or f"{result} {reply.status}")
    if result == "busy":
        return SendLater(pause_seconds(reply, retry_seconds), "too many requests")
    if result == "credentials":
        return SendLater(CREDENTIALS_RETRY_SECONDS, "credentials")
    if result == "unreachable":
        return SendRefused(_failed(reply).description or "forbidden", unreachable=True)
    description = _failed(reply).description
    if "message is not modified" in description:
        return Sent()
    if "can't parse entities" in description:
        return Again("plain")
    if edit and reply.status == 400:
        return Again("anew")
    if part is not None:
        return Again("document" if part == "photo" else "bare")
    return SendRefused(description or f"status {reply.status}", unreachable=False)


def outcome(reply: Reply) -> Result:
    """The answer in one word, for metrics and for whoever does not send messages."""
    status = reply.status
    if status == 200:
        return "ok"
    if status == 0:
        return "network"
    if status == 429:
        return "busy"
    if status >= 500 or status == 408:
        return "server"
    if status in (401, 404):
        return "credentials"
    if status == 403:
        return "unreachable"
    if status >= 400:
        return "unreachable" if is_gone(_failed(reply).description) else "rejected"
    return "unreadable"


def is_gone(description: str) -> bool:
    """Whether Telegram's words for a failure say that there is nobody in that chat, or that we may not speak there."""
    return any(fragment in description.lower() for fragment in _GONE)


def pause_seconds(reply: Reply, default_seconds: float) -> float:
    """How long Telegram asks us to wait; `default_seconds` when it does not say."""
    parameters = _failed(reply).parameters
    if parameters is None or parameters.retry_after is None:
        return default_seconds
    return min(max(parameters.retry_after, 0.0), LONGEST_RETRY_SECONDS)


def description(reply: Reply) -> str:
    """Telegram's own words for a failure; empty when there are none."""
    return _failed(reply).description


def _failed(reply: Reply) -> _Failure:
    try:
        return _failure.decode(reply.body)
    except (ValueError, RecursionError):
        return _Failure()
