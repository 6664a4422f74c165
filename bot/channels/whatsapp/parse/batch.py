"""A whole batch, read piece by piece. Pure."""

import re

from msgspec import DecodeError, Raw, Struct

from bot.channels.whatsapp.parse.contacts import read_contacts
from bot.channels.whatsapp.parse.messages import moved, read_message
from bot.channels.whatsapp.parse.payload import (
    Contact,
    FlawlessValue,
    Message,
    Status,
    Value,
    decode_flawless,
    decode_message,
    decode_status,
    decode_update,
    decode_updates,
    decode_value,
    decode_webhook,
)
from bot.channels.whatsapp.parse.statuses import read_status
from bot.channels.whatsapp.people import CHANNEL, identities
from bot.domain.encoding import without_nul
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

    def message(self, message: Message, display_phone_number: str, contacts: list[Contact]) -> None:
        try:
            inbound = read_message(message, _NOT_DIGIT.sub("", display_phone_number), contacts)
        except ValueError as error:
            return self.fault("message", error)
        if inbound is not None:
            self.inbounds.append(inbound)
        return None

    def status(self, status: Status, contacts: list[Contact]) -> None:
        try:
            report = read_status(status, contacts)
        except ValueError as error:
            return self.fault("status", error)
        if report is not None:
            self.reports.append(report)
        return None

    def done(self) -> Batch:
        # Timestamps count whole seconds: of two in the same second, the first in the batch stays the first.
        self.inbounds.sort(key=lambda inbound: inbound.sent_at or 0)
        return Batch(tuple(self.inbounds), tuple(self.reports), _summary(self.problems))


def parse(body: bytes, phone_number_id: str) -> Batch:
    """Read one request. Only what concerns our own number, named by `phone_number_id`, is heard.

    Inbounds are in the order in which people sent them, as far as a request tells.
    """
    body = without_nul(body)
    try:
        webhook = decode_flawless(body)
    except (ValueError, RecursionError):
        return _piece_by_piece(body, phone_number_id)
    read = _Reading()
    for entry in webhook.entry:
        for change in entry.changes:
            value = change.value
            if not _is_ours(read, value, phone_number_id):
                continue
            for message in value.messages:
                read.message(message, value.metadata.display_phone_number, value.contacts)
            for status in value.statuses:
                read.status(status, value.contacts)
    return read.done()


def _piece_by_piece(body: bytes, phone_number_id: str) -> Batch:
    """Read what can be read of a request in which something cannot."""
    read = _Reading()
    try:
        webhook = decode_webhook(body)
    except (ValueError, RecursionError) as error:
        read.fault("webhook", error)
        return read.done()
    for entry in webhook.entry:
        for change in entry.changes:
            if change.field == "messages":
                _change(read, change.value, phone_number_id)
            elif change.field == "user_id_update":
                _user_id_updates(read, change.value, phone_number_id)
    return read.done()


def _summary(problems: list[str]) -> str:
    """The first few: a batch may hold thousands."""
    more = len(problems) - MOST_PROBLEMS_TOLD
    return "; ".join([*problems[:MOST_PROBLEMS_TOLD], *([f"and {more} more"] if more > 0 else [])])


def _is_ours(read: _Reading, value: Value | FlawlessValue, phone_number_id: str) -> bool:
    if value.metadata.phone_number_id != phone_number_id:
        return False
    read.problems += [f"told of an error ({error.code})" for error in value.errors]
    return True


def _change(read: _Reading, raw: Raw, phone_number_id: str) -> None:
    try:
        value = decode_value(raw)
    except (ValueError, RecursionError) as error:
        return read.fault("change", error)
    if not _is_ours(read, value, phone_number_id):
        return None
    contacts = read_contacts(value.contacts)
    for item in value.messages:
        try:
            message = decode_message(item)
        except (ValueError, RecursionError) as error:
            read.fault("message", error)
            continue
        read.message(message, value.metadata.display_phone_number, contacts)
    for item in value.statuses:
        try:
            status = decode_status(item)
        except (ValueError, RecursionError) as error:
            read.fault("status", error)
            continue
        read.status(status, contacts)
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
