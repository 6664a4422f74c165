"""What a person did, from one message of a webhook. Pure.

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

WhatsApp does not tell in which language a person has their telephone.
"""

import re
from typing import Final

from bot.channels.whatsapp.parse.contacts import also_known_as, given_name
from bot.channels.whatsapp.parse.payload import Contact, Message, milliseconds
from bot.channels.whatsapp.people import CHANNEL, identities
from bot.domain.inbound import Document, Inbound, Moved, Tap, Text, Unreadable
from bot.domain.outbound import MAX_TEXT_CHARACTERS
from bot.domain.people import Address, Identity

MAX_NAME_CHARACTERS = 120

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
_WAMID = re.compile(r"[!-~]{1,256}")


def read_message(message: Message, own: str, contacts: list[Contact]) -> Inbound | None:
    """None where nothing is asked for; `own` is our number. Raises ValueError when no id or nobody is named."""
    if message.group_id is not None or message.type in _SILENT:
        return None
    if not _WAMID.fullmatch(message.id):
        raise ValueError("not a message id")
    if message.type == "system":
        return _system(message)
    known_as = also_known_as(identities(message.sender, message.from_user_id or message.user_id), contacts)
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
        sent_at=milliseconds(message.timestamp),
        known_as=known_as,
        given_name=given_name(known_as, contacts),
    )


def _system(message: Message) -> Inbound | None:
    """A person has another number or another id; nothing for other news of the system."""
    system = message.system
    if system is None or system.type not in _MOVED:
        return None
    was = identities(message.sender, system.previous_user_id or message.from_user_id)
    now = identities(system.wa_id or system.new_wa_id, system.user_id)
    # What stays as it was is named only once.
    return moved(f"{CHANNEL}:message:{message.id}", was, tuple(one for one in now if one not in was), message.timestamp)


def moved(key: str, was: tuple[Identity, ...], now: tuple[Identity, ...], timestamp: str | int | float) -> Inbound:
    """A person is called otherwise from now on. Raises ValueError when either side names nobody."""
    if not was or not now:
        raise ValueError("nobody")
    return Inbound(key, Address(CHANNEL, was[0].value), Moved(was, now), sent_at=milliseconds(timestamp))


def _event(message: Message) -> Text | Tap | Document | Unreadable | None:
    match message.type:
        case "text" if message.text is not None:
            return Text(message.text.body[:MAX_TEXT_CHARACTERS])
        case "interactive" if message.interactive is not None:
            reply = message.interactive.button_reply or message.interactive.list_reply
            return _OTHER if reply is None else Tap(reply.id)
        case "button" if message.button is not None:
            return Text(message.button.payload or message.button.text)
        case "document" if message.document is not None:
            document = message.document
            # The end of a name says what kind of file it is. Webhooks do not tell its size.
            return Document(document.id, document.filename[-MAX_NAME_CHARACTERS:], document.mime_type)
        case "unsupported" if message.unsupported is not None and message.unsupported.type in _SILENT_UNSUPPORTED:
            return None
        case kind:
            return _KINDS.get(kind, _OTHER)
