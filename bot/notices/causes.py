"""Why something went as it did, in plain words: what the program and the provider call it is for the log. Pure."""

import re
from typing import Final

from bot.i18n import Safe, Voice
from bot.notices.layout import truncate

MAX_CAUSE_CHARACTERS: Final = 300
# What is known by its name, as keys of the catalogs.
_KNOWN: Final[dict[str, str]] = {
    "timeout": "cause.timeout",
    "interrupted": "cause.interrupted",
    "unreachable": "cause.unreachable",
    "credentials": "cause.credentials",
    "not_authorized": "cause.credentials",
    "unverified": "cause.credentials",
    "maintenance": "cause.maintenance",
    "busy": "cause.busy",
    "queued": "cause.queued",
    "conflict": "cause.conflict",
    "409 to a first attempt": "cause.conflict",
    "HTTP 400, our id was already used": "cause.conflict",
    "customer": "cause.customer",
    "unreadable": "cause.unreadable",
    "unreadable answer": "cause.unreadable",
    "no status": "cause.unreadable",
    "contradicting statuses": "cause.contradicting",
    "SUCCESS but not success": "cause.contradicting",
    "foreign": "cause.foreign",
    "foreign answer": "cause.foreign",
    "a payment of another collection": "cause.foreign",
    "paid, but no sum is told": "cause.no_sum",
    "never_confirmed": "cause.never_confirmed",
    "invalid": "reason.invalid",
    "float": "reason.float",
    "already_paid": "reason.already_paid",
    "failed": "reason.failed",
    "cancelled": "reason.cancelled",
    "admin": "reason.admin",
}
# The name of an error, as the line to the provider raises them.
_TOO_LATE: Final = re.compile(r"[A-Z][A-Za-z]*Timeout(?:Error)?")
_BROKEN: Final = re.compile(
    r"(?:Read|Write|Connect|Connection|Close|Network|Proxy|Transport|Decoding|\w*Protocol|OS)(?:Error|Unsupported)"
)
_FAULT: Final = re.compile(r"[A-Z][A-Za-z]*(?:Error|Exception|Conflict|Exit)")
_HTTP: Final = re.compile(r"HTTP (\d{3})\b.*")


def cause(t: Voice, named: str) -> Safe:
    """A cause in words; what somebody else worded stays as it is, at a length that fits."""
    if (key := _KNOWN.get(named)) is not None:
        return t(key)
    if _TOO_LATE.fullmatch(named):
        return t("cause.timeout")
    if _BROKEN.fullmatch(named):
        return t("cause.broken")
    if _FAULT.fullmatch(named):
        return t("cause.fault", name=named)
    if (answered := _HTTP.fullmatch(named)) is not None:
        return t("cause.http", status=answered[1])
    return t.escaped(truncate(named, MAX_CAUSE_CHARACTERS))
