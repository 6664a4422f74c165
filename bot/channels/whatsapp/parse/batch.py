"""A whole batch, read piece by piece. Pure."""

import re

from msgspec import DecodeError, Raw, Struct

from bot.channels.whatsapp.parse.contacts import read_contacts
from bot.channels.whatsapp.parse.messages import moved, read_message
from bot.channels.whatsapp.parse.payload import (
    decode_message,
    decode_status,
    decode_update,
    decode_updates,
    decode_value,
    decode_webhook,
)
from bot.channels.whatsapp.parse.statuses import read_status
from bot.channels.whatsapp.people import CHANNEL, identities
from bot.domain.inbound import Inbound
from bot.domain.outbound import Report

MOST_PROBLEMS_TOLD = 5

_NOT_DIGIT = re.compile(r"\D")


class Batch(Struct, frozen=True):
    """What a request held. `problem` says what could not be read, by place and kind of fault; it quotes nothing."""

    inbounds: tuple[Inbound, ...] = ()
    reports: tuple[Report, ...] = ()
    problem: str = ""


class _Reading:
    """What has been read of a request so far."""

    def __init__(self) -> None:
        self.inbounds: list[Inbound] = []
        self.reports: list[Report] = []
        self.problems: list[str] = []

    def fault(self, where: str, error: Exception) -> None:
        # msgspec's own texts name a type and a path; other errors may quote the input.
        self.problems.append(f"{where}: {error if isinstance(error, DecodeError) else type(error).__name__}")


def parse(body: bytes, phone_number_id: str) -> Batch:
    """Read one request. Only what concerns our own number, named by `phone_number_id`, is heard.

    Inbounds are in the order in which people sent them, as far as a request tells.
    """
    read = _Reading()
    try:
        webhook = decode_webhook(body)
    except (ValueError, RecursionError) as error:
        read.fault("webhook", error)
        return Batch(problem=read.problems[0])
    for entry in webhook.entry:
        for change in entry.changes:
            if change.field == "messages":
                _change(read, change.value, phone_number_id)
            elif change.field == "user_id_update":
                _user_id_updates(read, change.value, phone_number_id)
    # Timestamps count whole seconds: of two in the same second, the first in the batch stays the first.
    read.inbounds.sort(key=lambda inbound: inbound.sent_at or 0)
    return Batch(tuple(read.inbounds), tuple(read.reports), _summary(read.problems))


def _summary(problems: list[str]) -> str:
    """The first few: a batch may hold thousands."""
    more = len(problems) - MOST_PROBLEMS_TOLD
    return "; ".join([*problems[:MOST_PROBLEMS_TOLD], *([f"and {more} more"] if more > 0 else [])])


def _change(read: _Reading, raw: Raw, phone_number_id: str) -> None:
    try:
        value = decode_value(raw)
    except (ValueError, RecursionError) as error:
        return read.fault("change", error)
    if value.metadata.phone_number_id != phone_number_id:
        return None
    read.problems += [f"told of an error ({error.code})" for error in value.errors]
    own = _NOT_DIGIT.sub("", value.metadata.display_phone_number)
    contacts = read_contacts(value.contacts)
    for item in value.messages:
        try:
            inbound = read_message(decode_message(item), own, contacts)
        except (ValueError, RecursionError) as error:
            read.fault("message", error)
            continue
        if inbound is not None:
            read.inbounds.append(inbound)
    for item in value.statuses:
        try:
            report = read_status(decode_status(item), contacts)
        except (ValueError, RecursionError) as error:
            read.fault("status", error)
            continue
        if report is not None:
            read.reports.append(report)
    return None


def _user_id_updates(read: _Reading, raw: Raw, phone_number_id: str) -> None:
    try:
        value = decode_updates(raw)
    except (ValueError, RecursionError) as error:
        return read.fault("change", error)
    if value.metadata.phone_number_id not in ("", phone_number_id):
        return None
    for item in value.user_id_update:
        try:
            update = decode_update(item)
            was = identities(None, update.user_id.previous)
            # The number that stands beside them is not said to be the old one or the new one.
            now = identities(None, update.user_id.current)
            # It has no id of its own: the two ids name it.
            key = f"{CHANNEL}:user_id_update:{update.user_id.previous}:{update.user_id.current}"
            read.inbounds.append(moved(key[:300], was, now, update.timestamp))
        except (ValueError, RecursionError) as error:
            read.fault("user_id_update", error)
    return None
