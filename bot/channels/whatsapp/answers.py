"""What the Cloud API's errors mean, in the answer to a send or in a status that comes later. Pure.

Errors are told apart by their code (documented: codes, not texts, are to be relied upon); the HTTP status decides only
where there is no code. Texts of errors are never kept, since they may quote a telephone number.

| what went wrong                                  | at a send                             | in a status             |
|--------------------------------------------------|---------------------------------------|-------------------------|
| window: 24 hours have passed (131047)            | Again("briefly"), else unreachable    | again, unreachable      |
| unreachable: no WhatsApp, not allowed, …         | SendRefused(unreachable)              | unreachable             |
| pair: too much to this person (131056)           | SendLater, and they alone wait        | later                   |
| busy: too much altogether                        | SendLater                             | later                   |
| spam: too many people blocked us (131048, …)     | SendLater(60 s)                       | later                   |
| credentials: token, permissions                  | SendLater(30 s)                       | later                   |
| account: locked, not registered, not paid        | SendLater(60 s)                       | later                   |
| template: not approved, paused, wrong parameters | SendRefused(unreachable): kept        | unreachable: kept       |
| format: a message that it cannot read            | Again("plain") once, then SendRefused | refused                 |
| a file that it does not take (format, rejected)  | Again("bare")                         | refused                 |
| server: it is ill                                | SendLater                             | later                   |
| rejected: anything else                          | SendRefused                           | refused                 |
"""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from bot.domain.outbound import SendLater, SendRefused

CREDENTIALS_RETRY_SECONDS = 30.0
LONG_RETRY_SECONDS = 60.0
PAIR_RETRY_SECONDS = 6.0
LONGEST_RETRY_SECONDS = 3600.0

Trouble: TypeAlias = Literal[
    "window",
    "unreachable",
    "pair",
    "busy",
    "spam",
    "credentials",
    "account",
    "template",
    "format",
    "server",
    "network",
    "rejected",
]

_CODES: Final[dict[Trouble, tuple[int, ...]]] = {
    "window": (131047,),
    "unreachable": (131021, 131026, 131030, 131062, 130472, 130497, 131049, 131050, 136025),
    "pair": (131056,),
    "busy": (4, 80007, 130429),
    "spam": (131048, 131064),
    "credentials": (0, 3, 10, 102, 190, *range(200, 300), 131005),
    "account": (33, 368, 131031, 131037, 131042, 131045, 131057, 133010),
    "template": (132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018, 132068, 132069),
    "format": (100, 131008, 131009, 131051),
    "server": (1, 2, 131000, 131016, 133004, 135000),
}
_TROUBLE: Final[dict[int, Trouble]] = {code: trouble for trouble, codes in _CODES.items() for code in codes}

# What is answered when the id of our own number is wrong, or not ours (documented for the Graph API).
_NO_SUCH_NUMBER = (100, 33)

# A status with one of these may be followed by another attempt; after any other the message is lost or kept.
PASSING: Final[frozenset[Trouble]] = frozenset(("pair", "busy", "spam", "credentials", "account", "server", "network"))
KEPT: Final[frozenset[Trouble]] = frozenset(("window", "unreachable", "template"))


WINDOW_CLOSED: Final = "window (131047)"
"""The reason of a refusal, or of a report, for a message that only a template could have carried."""


class Failure(Struct, frozen=True):
    """What came back instead of a message's id.

    `code` and `subcode` are the Cloud API's, None where it gave none; `status` is HTTP's, 0 when there was no answer,
    and then `error` names the kind of the network's error. `retry_after_seconds` is what the answer asked for.
    """

    code: int | None = None
    status: int = 0
    subcode: int | None = None
    error: str = ""
    retry_after_seconds: float | None = None


class Again(Struct, frozen=True):
    """Send it at once in another way: by a template, as text alone, or without its file."""

    how: Literal["briefly", "plain", "bare"]


def trouble(failure: Failure) -> Trouble:
    """The failure in one word."""
    if (failure.code, failure.subcode) == _NO_SUCH_NUMBER:
        return "account"
    known = None if failure.code is None else _TROUBLE.get(failure.code)
    if known is not None:
        return known
    status = failure.status
    if status == 0:
        return "network"
    if status in (401, 403):
        return "credentials"
    if status == 404:
        return "account"
    if status == 429:
        return "busy"
    return "server" if status >= 500 or status == 408 or status < 400 else "rejected"


def reason(failure: Failure) -> str:
    """The failure for a log: its word and its code, and nothing that anybody wrote."""
    detail = failure.error or (failure.code if failure.code is not None else failure.status)
    return f"{trouble(failure)} ({detail})"


def verdict(failure: Failure, *, retry_seconds: float, file: bool = False) -> SendLater | SendRefused | Again:
    """What to make of a failed send, or upload, `file` if it brought one. `retry_seconds` is the pause where nothing
    says how long it should be.
    """
    what = trouble(failure)
    if file and what in ("format", "rejected"):
        return Again("bare")
    if what == "window":
        return Again("briefly")
    if what == "format":
        return Again("plain")
    if what in KEPT:
        return SendRefused(reason(failure), unreachable=True)
    if what not in PASSING:
        return SendRefused(reason(failure), unreachable=False)
    pause = {
        "pair": PAIR_RETRY_SECONDS,
        "credentials": CREDENTIALS_RETRY_SECONDS,
        "spam": LONG_RETRY_SECONDS,
        "account": LONG_RETRY_SECONDS,
    }.get(what, retry_seconds)
    if failure.retry_after_seconds is not None:
        pause = min(max(pause, failure.retry_after_seconds), LONGEST_RETRY_SECONDS)
    return SendLater(pause, reason(failure))
