"""The words that every room shares: frozen values that check themselves.

Money is whole XOF in an `int`; the XOF has no cents. Times are integer milliseconds since the epoch (UTC) and end in
`_at`; durations end in `_seconds`. Text meant for a person may carry three tags, `<b>`, `<i>` and `<code>`; everything
else in it is HTML-escaped, and each channel turns it into its own notation.

Values that are stored or sent as JSON are msgspec structs: `encode` and `decode` below are the only doors.
"""

import re
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Struct, field
from msgspec.structs import force_setattr

from bot.domain.catalog import SERVICES
from bot.errors import ModelError

# A language's code, such as `fr`. Which there are, the catalogs say: `bot.languages.known` checks one that comes in.
Language: TypeAlias = str
if TYPE_CHECKING:
    ServiceName: TypeAlias = str
else:
    # Whatever is decoded names a service of the catalog; any other name is an error where it comes in.
    ServiceName = Literal[tuple(service.name for service in SERVICES)]
# What an admin may do: support reads and resends, an operator acts on orders, an owner moves money.
Role: TypeAlias = Literal["support", "operator", "owner"]

MAX_TEXT_CHARACTERS = 4096
MAX_AMOUNT_XOF = 1_000_000_000

_CHANNEL = re.compile(r"[a-z]{2,20}")


class Address(Struct, frozen=True):
    """Where one person is reached: a channel and the channel's own id, written `<channel>:<id>`."""

    channel: str
    id: str

    def __post_init__(self) -> None:
        if not _CHANNEL.fullmatch(self.channel) or not 0 < len(self.id) <= 128 or re.search(r"\s", self.id):
            raise ModelError(f"not an address: {self.channel}:{self.id!r}")

    def __str__(self) -> str:
        return f"{self.channel}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read `channel:id`; raises ModelError on anything else."""
        channel, colon, identity = text.strip().partition(":")
        if not colon:
            raise ModelError(f"not an address: {text!r}")
        # People write telephone numbers with a plus; no channel's own id has one.
        return cls(channel.lower(), identity.removeprefix("+"))


# What comes in.


class Text(Struct, frozen=True, tag="text"):
    """The person typed something; commands are texts that begin with a slash."""

    text: str


class Tap(Struct, frozen=True, tag="tap"):
    """The person pressed a button that we once sent; `data` is its `Choice.data`."""

    data: str


class Document(Struct, frozen=True, tag="document"):
    """The person sent a file. `ref` is the channel's own name for it, by which it is fetched; it may soon expire."""

    ref: str
    name: str
    media_type: str = ""
    size_bytes: int = 0


class Unreadable(Struct, frozen=True, tag="unreadable"):
    """Something that carries no text for us."""

    kind: Literal["photo", "voice", "sticker", "location", "contact", "document", "edited", "group", "other"]


class Identity(Struct, frozen=True):
    """One of the names by which a channel knows a person.

    A `number` can be given to another human being, a `user_id` is one person's for good, a `username` proves nothing.
    """

    kind: Literal["number", "user_id", "username"]
    value: str


class Moved(Struct, frozen=True, tag="moved"):
    """The channel itself says that a person who was called `was` is called `now` from then on. Nobody did anything."""

    was: tuple[Identity, ...]
    now: tuple[Identity, ...]


class Inbound(Struct, frozen=True):
    """One thing a person did, as a channel heard it.

    `key` is unique for the update within all channels (`<channel>:update:815`): it makes a redelivery harmless.
    `message_ref` names the message that a tapped button hangs on, so that the answer may replace it. `sent_at` is when
    the person did it, where the channel tells: a message may have waited for days. `own_ref` names the person's own
    message, so that one which holds a secret may be taken away. `known_as` are the names that the channel gave of the
    person, where it has several; `address` is then made of one of them, and the store knows whose chat it is.
    """

    key: str
    address: Address
    event: Text | Tap | Document | Unreadable | Moved
    language_hint: Language = "fr"
    message_ref: str | None = None
    sent_at: int | None = None
    own_ref: str | None = None
    known_as: tuple[Identity, ...] = ()


# What goes out.


class Choice(Struct, frozen=True, tag="choice"):
    """A button that comes back as `Tap(data)`; `data` takes at most 64 bytes (what every channel can carry)."""

    label: str
    data: str

    def __post_init__(self) -> None:
        if not self.label or len(self.data.encode()) > 64:
            raise ModelError(f"a button that no channel can carry: {self.label!r} {self.data!r}")
        force_setattr(self, "label", str(self.label))


class Copy(Struct, frozen=True, tag="copy"):
    """A button that puts `text` (1 to 256 characters) on the person's clipboard."""

    label: str
    text: str

    def __post_init__(self) -> None:
        if not self.label or not 0 < len(self.text) <= 256:
            raise ModelError(f"a copy button that no channel can carry: {self.label!r}")
        force_setattr(self, "label", str(self.label))


Button: TypeAlias = Choice | Copy


class Brief(Struct, frozen=True):
    """What of a message can still be said where only approved templates may be sent: the recharge codes of an order, or
    that there is news of it. `language` chooses the template; `about` names the purchase in a few words.
    """

    kind: Literal["codes", "news"]
    language: Language
    about: str
    codes: tuple[str, ...] = ()


class Attachment(Struct, frozen=True):
    """A file that goes with a message: what is to be made, not its bytes. It is made at the moment of sending.

    `kind` is the name of a maker of documents, `arguments` are what that kind needs (a batch's id, a period, a format).
    """

    kind: str
    language: Language
    arguments: tuple[str, ...] = ()


class File(Struct, frozen=True):
    """An attachment that was made. A `media_type` of `image/…` is shown as a picture, any other sent as a document."""

    name: str
    media_type: str
    content: bytes


class Outbound(Struct, frozen=True):
    """One message to one person.

    `replaces` is the `message_ref` of a message that this one may take the place of, where the channel can edit;
    where it cannot, or the edit fails, it is sent as a new message. `durable` marks order news: if the person cannot be
    reached now, it is kept and sent when they write again; other messages are then dropped. `brief` says it in short,
    for channels that must use a template when the person has not written for long.
    `attachment` is a file that goes with it.

    `progress` marks a word on progress. It is shown only where it can take the place of `replaces`, and dropped
    elsewhere. `batch_id` says that the message tells of a batch's progress: the channel's name for it is kept with the
    batch, so that the next word can replace it.
    """

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()
    replaces: str | None = None
    durable: bool = field(default=False, name="keep")
    brief: Brief | None = None
    attachment: Attachment | None = field(default=None, name="paper")
    progress: bool = field(default=False, name="passing")
    batch_id: str | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.text) <= MAX_TEXT_CHARACTERS:
            raise ModelError(f"a message of {len(self.text)} characters")
        # Texts are made of marked strings; what is stored and sent is a plain one.
        force_setattr(self, "text", str(self.text))


# What a channel says of a send.


class Sent(Struct, frozen=True):
    """The channel took the message; `message_ref` names it there, when the channel tells. `confirmed` is False where
    the channel will say later whether it arrived: until then order news is not forgotten.
    """

    message_ref: str | None = None
    confirmed: bool = True


class SentBriefly(Struct, frozen=True):
    """Only the message's `brief` could be sent; the whole of it is to be sent when the person writes."""

    message_ref: str | None = None


class SendLater(Struct, frozen=True):
    """Not taken now: try again after `retry_seconds` (the channel's own if it gave one). `reason` is for the log."""

    retry_seconds: float
    reason: str


class SendRefused(Struct, frozen=True):
    """Will never be taken: we are blocked, the chat is gone, the message is malformed. `reason` is for the log."""

    reason: str
    unreachable: bool


SendResult: TypeAlias = Sent | SentBriefly | SendLater | SendRefused


class Report(Struct, frozen=True):
    """What a channel says later of a message it took: it arrived, or never will (`unreachable` as in SendRefused).

    `again` says that the same message may yet arrive if it is sent anew: by another way that the channel now knows to
    be the only one, or because the trouble was a passing one. `known_as` are the names that it gave of the person, at
    `at`.
    """

    address: Address
    message_ref: str
    arrived: bool
    reason: str = ""
    unreachable: bool = False
    again: bool = False
    known_as: tuple[Identity, ...] = ()
    at: int | None = None


# What is looked up before paying.


class Bill(Struct, frozen=True):
    """One unpaid bill; `due_on` is `YYYY-MM-DD` or None; `fee_xof` is the provider's, for information."""

    reference_facture: str
    amount_xof: int
    fee_xof: int = 0
    due_on: str | None = None


class Inquiry(Struct, frozen=True, tag="inquiry"):
    """Whose meter or contract this is and what is owed.

    `reference` is the one that was asked, not the zero-padded one that comes back. For Woyofal `bills` is empty: the
    provider's pseudo bill has amount 0 and a `referenceFacture` that is a session token, never a recharge code.
    """

    service: ServiceName
    reference: str
    holder: str
    address_line: str
    meter_status: str
    bills: tuple[Bill, ...] = ()


class InquiryRefused(Struct, frozen=True, tag="inquiry_refused"):
    """The provider says there is no such meter or reference; `reason` is its own text, for the log and the admins."""

    reason: str


class InquiryUnavailable(Struct, frozen=True, tag="inquiry_unavailable"):
    """Nothing was learned: unreachable, busy, in maintenance, or our credentials were refused."""

    cause: Literal["unreachable", "busy", "maintenance", "credentials", "unreadable"]
    retry_seconds: float = 5.0


InquiryAnswer: TypeAlias = Inquiry | InquiryRefused | InquiryUnavailable


class Float(Struct, frozen=True, tag="float"):
    """The operator's money at the provider, as the provider tells it."""

    balance_xof: int


class FloatUnavailable(Struct, frozen=True, tag="float_unavailable"):
    """The provider did not tell its balance; `cause` is for the admin who asked. `answered`: it was there, and said
    something else.
    """

    cause: str
    answered: bool = False


FloatAnswer: TypeAlias = Float | FloatUnavailable


# What is promised.


class Quote(Struct, frozen=True):
    """An offer: confirmed before `expires_at` it becomes the order of the same id.

    A reseller's quote is for a client of theirs, and earns them `commission_xof`: the client pays them `price_xof`, and
    `total_xof` leaves their own balance. `batch_id` and `line` say which line of which batch it is.
    """

    id: str
    service: ServiceName
    reference: str
    holder: str
    amount_xof: int
    fee_xof: int
    created_at: int
    expires_at: int
    reference_facture: str | None = None
    due_on: str | None = None
    commission_xof: int = 0
    client_id: int | None = None
    client: str = ""
    batch_id: str | None = None
    line: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.amount_xof <= MAX_AMOUNT_XOF or self.fee_xof < 0:
            raise ModelError(f"a quote over {self.amount_xof} + {self.fee_xof} XOF")
        if not 0 <= self.commission_xof <= self.price_xof:
            raise ModelError(f"a commission of {self.commission_xof} XOF on {self.price_xof}")

    @property
    def price_xof(self) -> int:
        """What whoever uses the electricity or owes the bill pays."""
        return self.amount_xof + self.fee_xof

    @property
    def total_xof(self) -> int:
        """What leaves the balance of whoever confirms."""
        return self.price_xof - self.commission_xof


# What the provider said of a payment.


class ProviderDetails(Struct, frozen=True, omit_defaults=True):
    """What an answer of the provider carried besides its verdict; None where it was silent.

    `previous_balance_xof` and `current_balance_xof` are the operator's float around the debit.
    """

    transaction_id: str | None = None
    amount_xof: int | None = None
    fee_xof: int | None = None
    reference: str | None = None
    reference_facture: str | None = None
    previous_balance_xof: int | None = None
    current_balance_xof: int | None = None
    message: str | None = None


NO_DETAILS = ProviderDetails()


class Delivered(Struct, frozen=True, tag="delivered"):
    """Paid; for Woyofal with at least one recharge code. Final."""

    tokens: tuple[str, ...] = ()
    details: ProviderDetails = field(default=NO_DETAILS, name="facts")


class TokenAwaited(Struct, frozen=True, tag="token_awaited"):
    """Paid, but the recharge code has not come yet. Never a failure."""

    details: ProviderDetails = field(default=NO_DETAILS, name="facts")


class Refused(Struct, frozen=True, tag="refused"):
    """Certainly not paid, or refunded by the provider. Final; the hold is given back."""

    reason: Literal["invalid", "float", "already_paid", "failed", "cancelled", "admin"]
    details: ProviderDetails = field(default=NO_DETAILS, name="facts")


class NotSent(Struct, frozen=True, tag="not_sent"):
    """The provider certainly did not take the payment; it may be sent again with the same id."""

    cause: Literal["unreachable", "credentials", "maintenance", "busy"]
    retry_seconds: float | None = None


class Processing(Struct, frozen=True, tag="processing"):
    """The provider took the payment and has not decided. Without a `transaction_id` there is nothing to look up.

    `tokens` came along all the same: they are kept, and shown once a look-up says that the payment succeeded.
    """

    details: ProviderDetails = field(default=NO_DETAILS, name="facts")
    tokens: tuple[str, ...] = ()


class Unknown(Struct, frozen=True, tag="unknown"):
    """Nobody knows whether the payment was taken: the money stays held. `cause` is for the log and the admins.

    `conflict` (409 to a first attempt) means our own id was already used: a bug, never replayed. `heard` says what
    there was of an answer: `nothing` (or nothing but a trouble of the provider's own), an `error`, something `strange`
    (a word, a shape, a contradiction that we cannot read as a verdict), or one that names a `foreign` payment. `tokens`
    came along and are kept like those of `Processing`; `raw` is the beginning of what we could not read. Both may hold
    recharge codes.
    """

    cause: str
    conflict: bool = False
    details: ProviderDetails = field(default=NO_DETAILS, name="facts")
    heard: Literal["nothing", "error", "strange", "foreign"] = "nothing"
    tokens: tuple[str, ...] = ()
    raw: str = ""


Outcome: TypeAlias = Delivered | TokenAwaited | Refused | NotSent | Processing | Unknown


class WebhookClaim(Struct, frozen=True, omit_defaults=True):
    """What a webhook claims. It is believed only as far as a look-up agrees. `raw` is the beginning of one that we
    could not read whole; it is kept with what the provider said, and nowhere else.
    """

    status: Literal["success", "failed", "pending", "unknown"]
    tokens: tuple[str, ...] = ()
    external_id: str | None = None
    custom_data: str | None = None
    details: ProviderDetails = field(default=NO_DETAILS, name="facts")
    raw: str = ""


T = TypeVar("T")

encode = msgspec.json.encode


def decoder(of: type[T]) -> msgspec.json.Decoder[T]:
    """A prepared decoder; it raises msgspec.ValidationError when stored JSON is not what it was."""
    return msgspec.json.Decoder(of)
