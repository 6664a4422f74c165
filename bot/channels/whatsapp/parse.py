"""One webhook of the Cloud API, read. Pure.

`parse` takes the bytes of a request and answers a value, whatever the bytes are: what people did, and what became of
messages that were sent to them. A request is a batch, entries × changes × messages; each message and each status is
read by itself, so that one that cannot be read takes no other with it. Only the few fields that we act on are decoded:
a place or a contact never becomes a value here, only the fact that there was one; of a file, its names and its type.

| message                                     | becomes                                                          |
|---------------------------------------------|------------------------------------------------------------------|
| text                                        | Text                                                             |
| interactive: a button or a list's row       | Tap; its id is the choice's data                                 |
| button: a quick reply under a template      | Text: the word that we gave the button, else its label           |
| document                                    | Document; its caption is not taken for a text                    |
| image, audio, video, sticker, …             | Unreadable, named after its kind; a caption is not taken for one |
| edit                                        | Unreadable("edited")                                             |
| system: a number or an id changed           | Moved: what the person was called, and is called now             |
| reaction, revoke, other system messages     | nothing: nobody asked for anything                               |
| request_welcome                             | nothing, likewise                                                |
| unsupported, order, ephemeral, any other    | Unreadable("other")                                              |
| from our own number; in a group             | nothing                                                          |
| for another number of the same account      | nothing                                                          |

| status                   | becomes                                                                              |
|--------------------------|--------------------------------------------------------------------------------------|
| delivered, read, played  | a Report that it arrived                                                             |
| failed                   | a Report that it did not, and why (see `answers`)                                    |
| sent, deleted, any other | nothing: Meta has it, the person not yet                                             |

A change of the field `user_id_update` becomes a Moved as well. Whatever names a person tells all that it names them by.

WhatsApp does not tell in which language a person has their telephone.
"""

import re
from typing import Final

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder

from bot.channels.whatsapp.answers import KEPT, PASSING, Failure, reason, trouble
from bot.channels.whatsapp.people import KINDS, identities
from bot.domain.model import (
    MAX_TEXT_CHARACTERS,
    Address,
    Document,
    Identity,
    Inbound,
    Moved,
    Report,
    Tap,
    Text,
    Unreadable,
)

CHANNEL = "whatsapp"
MAX_NAME_CHARACTERS = 120
MOST_PROBLEMS_TOLD = 5

_OTHER = Unreadable("other")
_KINDS: Final[dict[str, Unreadable]] = {
    "image": Unreadable("photo"),
    "audio": Unreadable("voice"),
    "voice": Unreadable("voice"),
    "sticker": Unreadable("sticker"),
    "location": Unreadable("location"),
    "contacts": Unreadable("contact"),
    "edit": Unreadable("edited"),
}
_SILENT: Final = frozenset(("reaction", "revoke", "request_welcome"))
# The last two are what older versions of the Cloud API said.
_MOVED: Final = frozenset(
    ("user_changed_number", "user_changed_user_id", "customer_changed_number", "customer_changed_user_id")
)
# Of what Meta cannot hand on, these ask for no answer either.
_SILENT_UNSUPPORTED: Final = frozenset(("reaction", "pin", "keep_in_chat", "poll_update", "edit", "revoke"))
_ARRIVED: Final = frozenset(("delivered", "read", "played"))
_WAMID = re.compile(r"[!-~]{1,256}")
_NOT_DIGIT = re.compile(r"\D")
# Beyond this a number of seconds would be in the year 5138: it counts milliseconds.
_MOST_SECONDS = 100_000_000_000


class Batch(Struct, frozen=True):
    """What a request held. `problem` says what could not be read, by place and kind of fault; it quotes nothing."""

    inbounds: tuple[Inbound, ...] = ()
    reports: tuple[Report, ...] = ()
    problem: str = ""


class _Text(Struct):
    body: str


class _Reply(Struct):
    id: str


class _Interactive(Struct):
    button_reply: _Reply | None = None
    list_reply: _Reply | None = None


class _Button(Struct):
    text: str = ""
    payload: str = ""


class _Document(Struct):
    id: str
    filename: str = ""
    mime_type: str = ""


class _Unsupported(Struct):
    type: str = ""


class _System(Struct):
    type: str = ""
    wa_id: str | None = None
    new_wa_id: str | None = None
    user_id: str | None = None
    previous_user_id: str | None = None


class _Message(Struct, rename={"sender": "from"}):
    id: str
    type: str = ""
    sender: str | None = None
    from_user_id: str | None = None
    user_id: str | None = None
    timestamp: str | int | float = ""
    group_id: str | None = None
    text: _Text | None = None
    interactive: _Interactive | None = None
    button: _Button | None = None
    document: _Document | None = None
    unsupported: _Unsupported | None = None
    system: _System | None = None


class _Error(Struct):
    code: int | None = None


class _Status(Struct):
    id: str
    status: str
    recipient_id: str | None = None
    recipient_user_id: str | None = None
    user_id: str | None = None
    recipient_type: str | None = None
    timestamp: str | int | float = ""
    errors: list[_Error] = []


class _Metadata(Struct, frozen=True):
    phone_number_id: str = ""
    display_phone_number: str = ""


class _Profile(Struct, frozen=True):
    username: str | None = None


class _Contact(Struct):
    wa_id: str | None = None
    user_id: str | None = None
    profile: _Profile | None = None


class _UserId(Struct):
    previous: str | None = None
    current: str | None = None


class _UserIdUpdate(Struct):
    user_id: _UserId
    wa_id: str | None = None
    timestamp: str | int | float = ""


class _UserIdUpdates(Struct):
    metadata: _Metadata = _Metadata()
    user_id_update: list[Raw] = []


class _Value(Struct):
    metadata: _Metadata = _Metadata()
    contacts: list[Raw] = []
    messages: list[Raw] = []
    statuses: list[Raw] = []
    errors: list[_Error] = []


class _Change(Struct):
    field: str = ""
    value: Raw = Raw()


class _Entry(Struct):
    changes: list[_Change] = []


class _Webhook(Struct):
    entry: list[_Entry]


_webhook = Decoder(_Webhook)
_value = Decoder(_Value)
_message = Decoder(_Message)
_status = Decoder(_Status)
_contact = Decoder(_Contact)
_updates = Decoder(_UserIdUpdates)
_update = Decoder(_UserIdUpdate)


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
        webhook = _webhook.decode(body)
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
    return Batch(tuple(read.inbounds), tuple(read.reports), _told(read.problems))


def _told(problems: list[str]) -> str:
    """The first few: a batch may hold thousands."""
    more = len(problems) - MOST_PROBLEMS_TOLD
    return "; ".join([*problems[:MOST_PROBLEMS_TOLD], *([f"and {more} more"] if more > 0 else [])])


def _change(read: _Reading, raw: Raw, phone_number_id: str) -> None:
    try:
        value = _value.decode(raw)
    except (ValueError, RecursionError) as error:
        return read.fault("change", error)
    if value.metadata.phone_number_id != phone_number_id:
        return None
    read.problems += [f"told of an error ({error.code})" for error in value.errors]
    own = _NOT_DIGIT.sub("", value.metadata.display_phone_number)
    contacts = _contacts(read, value.contacts)
    for item in value.messages:
        try:
            inbound = _inbound(_message.decode(item), own, contacts)
        except (ValueError, RecursionError) as error:
            read.fault("message", error)
            continue
        if inbound is not None:
            read.inbounds.append(inbound)
    for item in value.statuses:
        try:
            report = _report(_status.decode(item), contacts)
        except (ValueError, RecursionError) as error:
            read.fault("status", error)
            continue
        if report is not None:
            read.reports.append(report)
    return None


def _contacts(read: _Reading, raw: list[Raw]) -> list[_Contact]:
    """The people that a batch tells of. One that cannot be read is told of by the messages that need it."""
    found = []
    for item in raw:
        try:
            found.append(_contact.decode(item))
        except (ValueError, RecursionError):
            found.append(_Contact())
    return found


def _known_as(named: tuple[Identity, ...], contacts: list[_Contact]) -> tuple[Identity, ...]:
    """All that a batch names a person by: what the message says, and the contact that is the same person."""
    for contact in contacts:
        profile = contact.profile or _Profile()
        told = identities(contact.wa_id, contact.user_id, profile.username)
        # One contact is told along for each person of the batch: when there is only one, they wrote all of it.
        if (not named and len(contacts) == 1) or set(told) & set(named):
            both = {identity.kind: identity for identity in (*told, *named)}
            return tuple(both[kind] for kind in KINDS if kind in both)
    return named


def _inbound(message: _Message, own: str, contacts: list[_Contact]) -> Inbound | None:
    if message.group_id is not None or message.type in _SILENT:
        return None
    if not _WAMID.fullmatch(message.id):
        raise ValueError("not a message id")
    if message.type == "system":
        return _moved(message)
    known_as = _known_as(identities(message.sender, message.from_user_id or message.user_id), contacts)
    if not known_as:
        raise ValueError("nobody")
    event, who = _event(message), known_as[0].value
    if event is None or who == own:
        return None
    return Inbound(
        f"{CHANNEL}:message:{message.id}",
        Address(CHANNEL, who),
        event,
        message_ref=message.id,
        sent_at=_milliseconds(message.timestamp),
        known_as=known_as,
    )


def _moved(message: _Message) -> Inbound | None:
    """A person has another number or another id; nothing for other news of the system."""
    system = message.system
    if system is None or system.type not in _MOVED:
        return None
    was = identities(message.sender, system.previous_user_id or message.from_user_id)
    now = identities(system.wa_id or system.new_wa_id, system.user_id)
    # What stays as it was is named only once.
    return _moving(
        f"{CHANNEL}:message:{message.id}", was, tuple(one for one in now if one not in was), message.timestamp
    )


def _moving(key: str, was: tuple[Identity, ...], now: tuple[Identity, ...], timestamp: str | int | float) -> Inbound:
    if not was or not now:
        raise ValueError("nobody")
    return Inbound(key, Address(CHANNEL, was[0].value), Moved(was, now), sent_at=_milliseconds(timestamp))


def _user_id_updates(read: _Reading, raw: Raw, phone_number_id: str) -> None:
    try:
        value = _updates.decode(raw)
    except (ValueError, RecursionError) as error:
        return read.fault("change", error)
    if value.metadata.phone_number_id not in ("", phone_number_id):
        return None
    for item in value.user_id_update:
        try:
            update = _update.decode(item)
            was = identities(None, update.user_id.previous)
            # The number that stands beside them is not said to be the old one or the new one.
            now = identities(None, update.user_id.current)
            # It has no id of its own: the two ids name it.
            key = f"{CHANNEL}:user_id_update:{update.user_id.previous}:{update.user_id.current}"
            read.inbounds.append(_moving(key[:300], was, now, update.timestamp))
        except (ValueError, RecursionError) as error:
            read.fault("user_id_update", error)
    return None


def _event(message: _Message) -> Text | Tap | Document | Unreadable | None:
    match message.type:
        case "text" if message.text is not None:
            # A database's text column takes no NUL, and no sentence needs one.
            return Text(message.text.body[:MAX_TEXT_CHARACTERS].replace("\0", ""))
        case "interactive" if message.interactive is not None:
            reply = message.interactive.button_reply or message.interactive.list_reply
            return _OTHER if reply is None else Tap(reply.id)
        case "button" if message.button is not None:
            return Text(message.button.payload or message.button.text)
        case "document" if message.document is not None:
            told = message.document
            # The end of a name says what kind of file it is. Webhooks do not tell its size.
            end = told.filename.replace("\0", "")[-MAX_NAME_CHARACTERS:]
            return Document(told.id, end, told.mime_type.replace("\0", ""))
        case "unsupported" if message.unsupported is not None and message.unsupported.type in _SILENT_UNSUPPORTED:
            return None
        case kind:
            return _KINDS.get(kind, _OTHER)


def _milliseconds(timestamp: str | int | float) -> int | None:
    """A timestamp as we keep time: Meta counts seconds, in text; milliseconds have been seen."""
    try:
        number = int(float(timestamp))
    except (ValueError, OverflowError):
        return None
    if number <= 0:
        return None
    return number if number > _MOST_SECONDS else number * 1000


def _report(status: _Status, contacts: list[_Contact]) -> Report | None:
    arrived = status.status in _ARRIVED
    if not arrived and status.status != "failed":
        return None
    named = identities(status.recipient_id, status.recipient_user_id or status.user_id)
    if not named:
        raise ValueError("nobody")
    known_as = _known_as(named, contacts)
    address = Address(CHANNEL, known_as[0].value)
    if arrived:
        # Who got it is who is called that. What did not arrive is no sign of anybody.
        at = _milliseconds(status.timestamp)
        return Report(address, status.id, arrived=True, known_as=known_as, at=at)
    failure = Failure(status.errors[0].code if status.errors else None, 400)
    what = trouble(failure)
    return Report(
        address,
        status.id,
        arrived=False,
        reason=reason(failure),
        unreachable=what in KEPT,
        again=what == "window" or what in PASSING,
    )
