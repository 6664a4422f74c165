"""What only a reseller's step wants to happen, and what comes back of it. Pure values."""

from bot.dialogue.effects import Effect
from bot.domain.model import ServiceName

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
