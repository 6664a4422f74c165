"""One person's place in the dialogue: what is stored between two events. Pure.

A session is small on purpose. Nothing in it is money: a quote in it is an offer, and once confirmed it is an order,
separate from the session. `step` counts the questions asked; every button carries the step it was made for, so an old
button is recognised and can change nothing. `choices` are the buttons last offered, so that a typed number or label
means the same as a tap. `pending` is what the question is about (see `pending`). `quote` is the last that was shown.
`updated_at` lets a session that was left long ago start afresh; while it is 0, the person has not said anything yet.
`asked_at` is when the question was first shown, by the channel's clock, and `lag_ms` by how much ours was ahead of it
when the person last wrote (see `late`). `warned_of_delay` says that the person knows that something came late, or asked
whether they are still there, and has not written anything fresh since. `misunderstood` counts the texts in a row
that were not understood. `commands` says for which standing, and which list, their channel last got its commands.
`talking` is the number of the conversation with a person that the chat is in, 0 for none: what is typed is then not for
the dialogue. `looked_up` is the meter that was looked up last, so that whoever was called away need not type it again.
`seller_id` says as whose seller the person stands where they do, 0: for themselves.
"""

from typing import Final

from msgspec import Struct, ValidationError, field

from bot.dialogue.pending import Pending
from bot.dialogue.tasks import Task
from bot.domain.catalog import ServiceName
from bot.domain.encoding import decoder
from bot.domain.outbound import Choice, Outbound
from bot.domain.people import Language, Role
from bot.domain.quote import Quote
from bot.languages import DEFAULT
from bot.repositories.own_orders import Whose
from bot.repositories.people import Selling, Terms
from bot.repositories.pins import PinHolder


class LookedUp(Struct, frozen=True):
    """A meter whose holder was shown to the person, and when, in milliseconds."""

    service: ServiceName
    reference: str
    holder: str
    at: int


class Session(Struct, frozen=True, omit_defaults=True):
    """Where a person stands. `state` is a name of the dialogue's table; the rest is what that state has gathered."""

    language: Language = DEFAULT
    state: str = "idle"
    step: int = 0
    choices: tuple[Choice, ...] = ()
    updated_at: int = 0
    asked_at: int = 0
    lag_ms: int | None = None
    quote: Quote | None = None
    pending: Pending | None = None
    greeted: bool = False
    warned_of_delay: bool = field(default=False, name="hailed")
    misunderstood: int = 0
    commands: str = ""
    talking: int = 0
    looked_up: LookedUp | None = None
    seller_id: int = 0

    def afresh(self) -> "Session":
        """The session with everything forgotten but the language, the last quote, whose Confirm may still come, the
        meter that was looked up last, and that a person is talked to.
        """
        return Session(
            language=self.language,
            step=self.step,
            lag_ms=self.lag_ms,
            quote=self.quote,
            greeted=self.greeted,
            talking=self.talking,
            looked_up=self.looked_up,
            seller_id=self.seller_id,
        )


class Kept(Struct, frozen=True):
    """What is read of a session that another version of the program kept and that this one does not understand."""

    language: Language = DEFAULT
    step: int = 0
    updated_at: int = 0
    greeted: bool = False
    commands: str = ""


# A message that takes longer than this was held up.
PROMPT_SECONDS: Final = 5
# The state of a person who has lost their place.
NOWHERE: Final = "nowhere"
_read: Final = decoder(Session).decode
_read_kept: Final = decoder(Kept).decode


def read_session(body: str) -> Session:
    """A session as it was kept; one that holds an impossible value has lost its place, and nothing else.

    Raises DecodeError for what is no session at all.
    """
    try:
        return _read(body)
    except ValidationError:
        kept = _read_kept(body)
    return Session(kept.language, NOWHERE, kept.step, (), kept.updated_at, greeted=kept.greeted, commands=kept.commands)


class Person(Struct, frozen=True):
    """Who speaks: their address as people may read it, and what they are: an admin of some role, a reseller, both, or
    neither; or somebody who is `selling` for a reseller. `customer` is the account that they act for; it is their own,
    not that of the shop for which they sell. `frozen` says that an admin has paused that account. `fresh` is a step's
    supply of new ids (order ids, inquiry ids), made outside because the dialogue has no randomness of its own. `now` is
    the time. `message_ref` names the message a tap came from. `key` is the inbound's key. `sent_at` is when the person
    said it, where the channel tells.
    """

    address: str
    fresh: tuple[str, str]
    now: int
    role: Role | None = None
    customer: str = ""
    reseller: Terms | None = None
    frozen: bool = False
    key: str = ""
    message_ref: str | None = None
    sent_at: int | None = None
    selling: Selling | None = None

    @property
    def terms(self) -> Terms | None:
        """The terms under which they sell, for themselves or for somebody else; None for people who do not sell."""
        return self.reseller if self.selling is None else self.selling.terms

    @property
    def pin_holder(self) -> PinHolder:
        """Whose PIN is asked for: a seller has one of their own."""
        return PinHolder(self.customer, 0 if self.selling is None else self.selling.id)

    @property
    def whose(self) -> Whose:
        """They as the owner of orders."""
        if self.selling is None:
            return Whose(self.customer, self.address)
        return Whose(self.customer, self.address, self.selling.shop, self.selling.id)


class Transition(Struct, frozen=True):
    """What a step decided: the session as it is now, the messages to the person, and what must wait for the commit.

    Of the order `held_for` the last message says only that it is under way: it may be held back for what comes next.
    """

    session: Session
    messages: tuple[Outbound, ...] = ()
    tasks: tuple[Task, ...] = ()
    held_for: str | None = None


def told_lag_ms(session: Session, person: Person, session_seconds: int) -> int | None:
    """By how much our clock is ahead of the channel's, as far as the messages of a session tell (see `late`)."""
    known = session.lag_ms
    if person.now - session.updated_at > session_seconds * 1000:
        known = None
    if person.sent_at is None:
        return known
    lag_ms, most_ms = person.now - person.sent_at, PROMPT_SECONDS * 1000
    if lag_ms > most_ms:
        return known
    # The two differ widely: a clock was set meanwhile.
    return lag_ms if known is None or abs(lag_ms - known) > most_ms else min(lag_ms, known)
