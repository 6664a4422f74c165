"""What waits for the commit of a step: the engine does it, and its answer comes back as an event of the same person.

If the process dies on the way, there is no answer: the dialogue must be able to ask again.

A PIN in clear exists only in memory, from the message that held it to its check or its hash, and so does the code that
a payer was sent, until it has been handed on. Each stands in a value that prints as dots and that nothing can encode,
so that it cannot get into a log or the database by mistake. Structs that hold a hash print without it: so short a
secret can be guessed from its hash. Pure values.
"""

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from bot.domain.audit import Findings
from bot.domain.catalog import ServiceName
from bot.domain.collecting import CodeResult
from bot.domain.inbound import Document, Tap, Text, Unreadable
from bot.domain.inquiry import FloatAnswer, InquiryAnswer
from bot.domain.people import Role
from bot.domain.pin import DOTS, PayerCode, Pin
from bot.i18n import Safe

if TYPE_CHECKING:
    from bot.dialogue.session import Session, Transition

# A file that is larger than a list may be is fetched all the same, so that its owner is told what is wrong with it; one
# that is larger than this is not.
MAX_FETCHED_BYTES = 5_000_000


class Inquire(Struct, frozen=True):
    """Ask the provider whose meter this is; the answer comes back as `InquiryAnswered` with the same `inquiry_id`."""

    inquiry_id: str
    service: ServiceName
    reference: str


class InquiryAnswered(Struct, frozen=True):
    """The provider answered an `Inquire`. An answer whose id is not the session's is stale and says nothing."""

    inquiry_id: str
    answer: InquiryAnswer


class InquiryLimited(Struct, frozen=True):
    """An `Inquire` was not asked: the account has made too many, and may go on at `until`."""

    inquiry_id: str
    until: int


class EraseOwn(Struct, frozen=True):
    """Take the person's own message away where the channel can, for it holds a secret; there is no answer."""


class ShowCommands(Struct, frozen=True):
    """Show the person, where their channel has a list of commands, those that they may use now; there is no answer.

    `advances` says whether the shop keeps customers' money, as its rules are now.
    """

    role: Role | None
    reseller: bool
    advances: bool = True


class AskFloat(Struct, frozen=True):
    """Ask the provider for the operator's float; the answer comes back as `FloatAnswered`."""


class FloatAnswered(Struct, frozen=True):
    """The provider answered an `AskFloat`."""

    answer: FloatAnswer


class AskAudit(Struct, frozen=True):
    """Audit the days from `first` to `last`; the answer comes back as `AuditAnswered`."""

    first: str
    last: str


class AuditAnswered(Struct, frozen=True):
    """What an `AskAudit` came to."""

    findings: Findings


class AskReading(Struct, frozen=True):
    """Answer what only reads and may have much to read, beside the transactions; the answer comes back as
    `ReadingAnswered`. `name` is what the registry calls it (`Registry.readings`), `argument` the handler's
    argument; `prefix` and `replaces` are those of the step that asks (`Context`).
    """

    name: str
    argument: str
    prefix: Safe | None
    replaces: str | None


class ReadingAnswered(Struct, frozen=True):
    """What an `AskReading` came to: where it leads from the session `before`, or why it leads nowhere: there is no
    reading at the moment (`unavailable`), or too many wait (`busy`).
    """

    before: "Session | None" = None
    transition: "Transition | None" = None
    problem: Literal["", "unavailable", "busy"] = ""


class Fetch(Struct, frozen=True):
    """Get a file that the speaker sent (`Document.ref` and `name`) and read it as a table; the answer comes back as
    `TableRead`, or as `BookRead` for a client book. The channel's own name for a file may soon expire: one that is
    asked for again may be gone.
    """

    ref: str
    name: str
    is_book: bool = False


class TableRead(Struct, frozen=True):
    """The cells of a file that was fetched, as they stand in it, or why there are none.

    Rows keep their places, so that the line of a fault can be named: row 0 is the file's first, an empty tuple an empty
    line. Cells are stripped, cells at a row's end that hold nothing are left out. A number that a spreadsheet has
    rounded comes as it was written there, `1.41235E+10`: its digits are lost, nobody may guess them.

    `problem` is `gone` (cannot be had, or not any more), `too_large`, `not_a_table` (or one of an old format),
    `too_many_rows`, `encrypted`, `too_heavy` (more work than a list is worth) or `busy` (too many files at once); empty
    when it could be read.
    """

    rows: tuple[tuple[str, ...], ...] = ()
    problem: str = ""


class BookRead(Struct, frozen=True):
    """The same of a file that holds a client book."""

    rows: tuple[tuple[str, ...], ...] = ()
    problem: str = ""


class CheckBatch(Struct, frozen=True):
    """Every meter of a list is known from the start: its check can be shown at once, by `BatchChecked`."""

    batch_id: str


class BatchChecked(Struct, frozen=True):
    """Every meter of a list has been asked about."""

    batch_id: str


class CheckPin(Struct, frozen=True):
    """Check a PIN against a hash; the answer comes back as `PinAnswered` with the same `nonce` and `number`.

    `number` says the how many-th try it is; 0 for one that is not counted (a new PIN typed for the second time).
    """

    nonce: str
    pin: Pin
    pin_hash: str
    number: int = 0

    def __repr__(self) -> str:
        return f"CheckPin({DOTS})"


class PinAnswered(Struct, frozen=True):
    """Whether a PIN was the one of `pin_hash`."""

    nonce: str
    right: bool
    pin_hash: str
    number: int = 0

    def __repr__(self) -> str:
        return f"PinAnswered({DOTS})"


class HashPin(Struct, frozen=True):
    """Hash a new PIN; the answer comes back as `PinHashed` with the same `nonce`."""

    nonce: str
    pin: Pin


class PinHashed(Struct, frozen=True):
    """A new PIN's hash."""

    nonce: str
    pin_hash: str

    def __repr__(self) -> str:
        return f"PinHashed({DOTS})"


class GiveCode(Struct, frozen=True):
    """Hand the code that a payer was sent on to the collector, once; the answer comes back as `CodeAnswered`.

    `provider_id` is the collector's name for the collection.
    """

    collection_id: str
    provider_id: str
    code: PayerCode

    def __repr__(self) -> str:
        return f"GiveCode({self.collection_id!r}, {DOTS})"


class CodeAnswered(Struct, frozen=True):
    """What the collector says of a code."""

    collection_id: str
    result: CodeResult


# What a step may ask for.
Task: TypeAlias = (
    Inquire
    | EraseOwn
    | ShowCommands
    | AskFloat
    | AskAudit
    | AskReading
    | Fetch
    | CheckBatch
    | CheckPin
    | HashPin
    | GiveCode
)
# What comes of it, as an event of the same person.
Answered: TypeAlias = (
    InquiryAnswered
    | InquiryLimited
    | FloatAnswered
    | AuditAnswered
    | ReadingAnswered
    | TableRead
    | BookRead
    | BatchChecked
    | PinAnswered
    | PinHashed
    | CodeAnswered
)
Event: TypeAlias = Text | Tap | Document | Unreadable | Answered
