"""The names that a channel gives of a person: whose one was and is, what is learnt, and where messages go. Pure."""

from dataclasses import dataclass

from bot.channels.abilities import label_of
from bot.domain.people import Address, Identity, Language
from bot.languages import DEFAULT
from bot.repositories import identities
from bot.repositories.identities import Name, NameKind
from bot.store import Script
from bot.transactions.installation import Installation

DAY_MS = 86_400_000
# The reach of a chat to which nothing is sent.
NOBODY = ""


@dataclass(frozen=True)
class Observation:
    """One webhook: when it happened by the channel's clock, what time it is here, and how it came to be known."""

    installation: Installation
    channel: str
    at: int
    now: int
    learnt_by: str
    language: Language = DEFAULT

    @property
    def label(self) -> str:
        """What people call the channel."""
        return label_of(self.installation.shop.channels, self.channel)


def value_of(names: tuple[Identity, ...], kind: NameKind) -> str | None:
    """The name of one kind, if there is one."""
    return next((name.value for name in names if name.kind == kind), None)


# What is known.


def known_names(channel: str, names: tuple[Identity, ...]) -> Script[tuple[list[Name], list[Name], frozenset[str]]]:
    """Who was ever called by the number and by the id, in the order of time; and, where that is nobody, which chats are
    called so themselves.
    """
    number, user_id = value_of(names, "number"), value_of(names, "user_id")
    known = yield from identities.named(channel, number, user_id)
    chats: frozenset[str] = frozenset()
    if len({name.kind for name in known}) < (number is not None) + (user_id is not None):
        chats = yield from identities.chats_with_session(
            None if number is None else f"{channel}:{number}", None if user_id is None else f"{channel}:{user_id}"
        )
    numbers = _in_time(known, "number", number, channel, chats)
    return numbers, _in_time(known, "user_id", user_id, channel, chats), chats


def _in_time(
    known: tuple[Name, ...], kind: NameKind, value: str | None, channel: str, chats: frozenset[str]
) -> list[Name]:
    held = sorted((name for name in known if name.kind == kind), key=lambda name: name.first_seen_at)
    own = f"{channel}:{value}"
    if value is not None and own in chats and not held:
        # Somebody of whom we only ever knew this: from before names were kept, or whom an admin wrote to first.
        held.insert(0, Name(kind, value, 0, own, 0, kept=False))
    return held


def holder(names: list[Name], at: int) -> Name | None:
    """Whose a name was at some time. A name that is only known from later on was theirs before, too."""
    before = [name for name in names if name.first_seen_at <= at]
    return before[-1] if before else names[0] if names else None


def has_left(number: Name, names: tuple[Name, ...], at: int) -> bool:
    """Whether the holder of a number, of whom these are all the names, had left it by then: for another one, or for an
    id that came with a number that the channel did not tell.
    """
    then = holder([name for name in names if name.kind == "number"], at)
    other_id = any(name.kind == "user_id" and number.last_seen_at < name.first_seen_at <= at for name in names)
    return (then is not None and then.value != number.value) or (number.kept and other_id)


def has_id(names: tuple[Name, ...], chat: str) -> bool:
    """Whether a person's id is known; for some people it is all that we ever knew."""
    own = Address.parse(chat).id
    return any(name.kind == "user_id" for name in names) or not own[:1].isdigit()


def is_empty(installation: Installation, chat: str) -> Script[bool]:
    """Whether a person has nothing here that could be lost, shown or wrongly given."""
    if any(str(admin) == chat for admin in installation.admins):
        return False
    return not (yield from identities.holds_anything(chat))


# What is learnt.


def learn(
    observed: Observation, kind: NameKind, value: str, chat: str, known: list[Name], at: int | None = None
) -> Script[None]:
    """Keep that a name is somebody's from a time on."""
    since = observed.at if at is None else at
    taken = {name.first_seen_at for name in known if name.kept}
    while since in taken:
        since += 1
    yield from identities.add_name(observed.channel, kind, value, chat, since, observed.learnt_by)


def note_names(observed: Observation, names: tuple[Identity, ...], chat: str) -> Script[None]:
    """A person was called so at this time: which of the names is good for sending is worked out anew."""
    for name in names:
        yield from identities.touch_name(observed.channel, name.kind, name.value, chat, observed.at)
    yield from _take_username(observed, value_of(names, "username"), chat)
    yield from update_reach(chat)


def _take_username(observed: Observation, username: str | None, chat: str) -> Script[None]:
    if username is None:
        return
    known = [name for name in (yield from identities.names_of(chat)) if name.kind == "username"]
    if [name.value for name in known] == [username]:
        return
    yield from identities.drop_username(chat)
    yield from learn(observed, "username", username, chat, [])


def update_reach(chat: str) -> Script[None]:
    """Write down where messages to a chat go now: to the number where it was named of late, else to the id."""
    cases = yield from identities.undecided_of(chat)
    names = yield from identities.names_of(chat)
    best: Name | None = None
    kinds: tuple[NameKind, ...] = ("user_id", "number")
    for kind in kinds:
        held = [name for name in names if name.kind == kind]
        if held:
            newest = yield from identities.newest_holder(Address.parse(chat).channel, kind, held[-1].value)
            if newest == chat and (best is None or held[-1].last_seen_at >= best.last_seen_at):
                best = held[-1]
    suspended = any(case.kind == "taken" for case in cases)
    reach = NOBODY if suspended or (best is None and names) else None if best is None else best.value
    yield from identities.set_reach(chat, reach)
