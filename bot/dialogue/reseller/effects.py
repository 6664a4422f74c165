"""What only a reseller's step wants to happen, and what comes back of it. Pure values."""

from bot.dialogue.effects import Answered, Effect, Errand
from bot.domain.model import ServiceName

# A file that is larger than a list may be is fetched all the same, so that its owner is told what is wrong with it; one
# that is larger than this is not.
MAX_FETCHED_BYTES = 5_000_000


class Fetch(Errand, frozen=True):
    """Get a file that the speaker sent (`Document.ref` and `name`) and read it as a table; the answer comes back as
    `TableRead`. The channel's own name for a file may soon expire: one that is asked for again may be gone.
    """

    ref: str
    name: str


class TableRead(Answered, frozen=True):
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


# His clients.


class AddClient(Effect, frozen=True):
    """Put somebody in the speaker's book; with a service, also his meter, and what was sold to it before is his."""

    name: str
    nickname: str = ""
    phone: str = ""
    service: ServiceName | None = None
    reference: str = ""
    holder: str = ""


class AddClientMeter(Effect, frozen=True):
    """One of the speaker's clients has this meter too; what was sold to it before is his. The step has looked that it
    is nobody else's.
    """

    client_id: int
    service: ServiceName
    reference: str
    holder: str = ""


class DropClientMeter(Effect, frozen=True):
    """A meter is no client's any more."""

    meter_id: int


class LearnHolder(Effect, frozen=True):
    """The provider told whose meter it is."""

    meter_id: int
    holder: str


class RenameClient(Effect, frozen=True):
    """Give one of the speaker's clients another name; an empty nickname is none."""

    client_id: int
    name: str
    nickname: str


class SetClientPhone(Effect, frozen=True):
    """Keep a client's phone number, digits alone; an empty one is none."""

    client_id: int
    phone: str


class ForgetClient(Effect, frozen=True):
    """Take a client out of the speaker's book, with his meters and his consent. What he was sold stays in the books."""

    client_id: int


class Invite(Effect, frozen=True):
    """Keep a code by which a client of the speaker is asked for his consent; an earlier one of the same client ends."""

    client_id: int
    code: str
    expires_at: int


class Agree(Effect, frozen=True):
    """Who speaks is the invited client, and agrees: his codes come to this address from now on, and to no other."""

    invitation_id: int


class Decline(Effect, frozen=True):
    """Who speaks is the invited client, and does not agree."""

    invitation_id: int


class Revoke(Effect, frozen=True):
    """Who speaks takes back whatever he agreed to, in every channel of his."""


class EndConsent(Effect, frozen=True):
    """The speaker sends no more codes to a client's own chat."""

    client_id: int
