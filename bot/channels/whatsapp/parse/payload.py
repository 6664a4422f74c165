"""What Meta posts to a webhook, as far as we act on it. Pure.

Only the few fields that we act on are decoded. What stands in a list is kept `Raw`, so that one that cannot be read
takes no other with it. A request in which everything can be read, as nearly all are, is decoded in one go.
"""

from typing import Literal

from msgspec import Raw, Struct
from msgspec.json import Decoder

# Beyond this a number of seconds would be in the year 5138: it counts milliseconds.
_MOST_SECONDS = 100_000_000_000


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


class Message(Struct, rename={"sender": "from"}):
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


class Status(Struct):
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


class Profile(Struct, frozen=True):
    name: str | None = None
    username: str | None = None


class Contact(Struct):
    wa_id: str | None = None
    user_id: str | None = None
    profile: Profile | None = None


class _UserId(Struct):
    previous: str | None = None
    current: str | None = None


class UserIdUpdate(Struct):
    user_id: _UserId
    wa_id: str | None = None
    timestamp: str | int | float = ""


class UserIdUpdates(Struct):
    metadata: _Metadata = _Metadata()
    user_id_update: list[Raw] = []


class Value(Struct):
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


class Webhook(Struct):
    entry: list[_Entry]


class FlawlessValue(Struct):
    metadata: _Metadata = _Metadata()
    contacts: list[Contact] = []
    messages: list[Message] = []
    statuses: list[Status] = []
    errors: list[_Error] = []


class _FlawlessChange(Struct):
    # Of other fields the value is something else.
    field: Literal["messages"]
    value: FlawlessValue


class _FlawlessEntry(Struct):
    changes: list[_FlawlessChange] = []


class FlawlessWebhook(Struct):
    entry: list[_FlawlessEntry]


decode_flawless = Decoder(FlawlessWebhook).decode
decode_webhook = Decoder(Webhook).decode
decode_value = Decoder(Value).decode
decode_message = Decoder(Message).decode
decode_status = Decoder(Status).decode
decode_contact = Decoder(Contact).decode
decode_updates = Decoder(UserIdUpdates).decode
decode_update = Decoder(UserIdUpdate).decode


def milliseconds(timestamp: str | int | float) -> int | None:
    """A timestamp as we keep time: Meta counts seconds, in text; milliseconds have been seen."""
    try:
        number = int(float(timestamp))
    except (ValueError, OverflowError):
        return None
    if number <= 0:
        return None
    return number if number > _MOST_SECONDS else number * 1000
