"""Whose chat it is: from the names that a channel gives of a person to the one address they have here. Pure.

Theory of operation. A person's *chat* is an address like any other, opaque once it was given: sessions, orders,
messages and consents keep it for good. What a channel calls the person today leads to it through the table of
addresses. There every name stands with the time, by the channel's own clock, from which on it was somebody's; so whose
a name was at some moment does not depend on the order in which webhooks arrive, and one that is late or told twice
moves nobody back.

| the channel says                                   | what follows                                                |
|----------------------------------------------------|-------------------------------------------------------------|
| a number with an id that are both somebody's       | it is them                                                  |
| a known id, with a new number or none              | it is them (an id is one person's for good); the number too |
| a known number whose holder has no id yet          | it is them, and that is their id                            |
| a known number with an id that is not its holder's | somebody else: a chat of their own; the holder is suspended |
| a number that its holder has left                  | somebody else                                               |
| a person is called otherwise now (`Moved`)         | it is them, under the new name                              |
| the same, and somebody with an account is called so | nobody is merged: admins decide                            |

Suspended means: the account is paused, nothing is sent to the chat any more, and admins are told. They decide (see
`cases`), or the owner comes back under their own id, or the channel says later that the two are one. Only somebody who
has nothing at all here is ever taken for another without being asked about.
"""

from dataclasses import dataclass, field

from bot.channels.abilities import label_of
from bot.dialogue import Session
from bot.domain.ledger import customer_account
from bot.domain.model import Address, Identity, Language, Moved, Report, encode
from bot.notices.identities import suspended_elsewhere, two_who_may_be_one
from bot.repositories.identities import CaseKind
from bot.repositories.outbox import OutboxMessage, say
from bot.store import Row, Script
from bot.transactions.installation import Installation
from bot.transactions.people import admins_of

DAY_MS = 86_400_000
NOBODY = ""


@dataclass(frozen=True)
class Name:
    """A name that was somebody's from `since` on. `kept` says that it stands in the table, `later` that they were
    called otherwise after that.
    """

    kind: str
    value: str
    since: int
    chat: str
    seen: int
    kept: bool = True
    later: bool = False


@dataclass
class Found:
    """Whose chat it is, and what is to be told because of it. `proven`: the person was named by their own id."""

    chat: Address
    proven: bool = False
    posted: list[OutboxMessage] = field(default_factory=list)


@dataclass(frozen=True)
class Scene:
    """One webhook: when it happened by the channel's clock, what time it is here, and how it came to be known."""

    installation: Installation
    channel: str
    at: int
    now: int
    learnt_by: str
    language: Language = "fr"

    @property
    def label(self) -> str:
        """What people call the channel."""
        return label_of(self.installation.shop.channels, self.channel)


def value_of(names: tuple[Identity, ...], kind: str) -> str | None:
    """The name of one kind, if there is one."""
    return next((name.value for name in names if name.kind == kind), None)


def chat_of(
    installation: Installation,
    address: Address,
    known_as: tuple[Identity, ...],
    sent_at: int | None,
    now: int,
    language: Language,
) -> Script[Found]:
    """Whose chat it is that something was said in. What is learnt from it is kept."""
    scene = Scene(installation, address.channel, min(sent_at or now, now), now, "message", language)
    return (yield from _place(scene, known_as))


def arrived(installation: Installation, report: Report, now: int) -> Script[list[OutboxMessage]]:
    """A message was received by somebody who is called so."""
    scene = Scene(installation, report.address.channel, min(report.at or now, now), now, "status")
    return (yield from _place(scene, report.known_as)).posted


def peek(address: Address, known_as: tuple[Identity, ...]) -> Script[Address]:
    """Whose chat it is, as far as that is known; changes nothing."""
    number, user_id, _ = yield from _named(address.channel, known_as)
    found = user_id[-1:] or number[-1:]
    return Address.parse(found[0].chat) if found else address


# What is known.


def _named(channel: str, names: tuple[Identity, ...]) -> Script[tuple[list[Name], list[Name], set[str]]]:
    """Who was ever called by the number and by the id, in the order of time; and, where that is nobody, which chats are
    called so themselves.
    """
    number, user_id = value_of(names, "number"), value_of(names, "user_id")
    rows = yield "addresses_named", {"channel": channel, "number": number, "user_id": user_id}
    known = [_name(row) for row in rows]
    chats: set[str] = set()
    if len({name.kind for name in known}) < (number is not None) + (user_id is not None):
        sessions = yield (
            "address_sessions",
            {
                "number_chat": None if number is None else f"{channel}:{number}",
                "user_id_chat": None if user_id is None else f"{channel}:{user_id}",
            },
        )
        chats = {str(row["address"]) for row in sessions}
    found = []
    for kind, value in (("number", number), ("user_id", user_id)):
        own = f"{channel}:{value}"
        named = sorted((name for name in known if name.kind == kind), key=lambda name: name.since)
        if value is not None and own in chats and not named:
            # Somebody of whom we only ever knew this: from before names were kept, or whom an admin wrote to first.
            named.insert(0, Name(kind, value, 0, own, 0, kept=False))
        found.append(named)
    return found[0], found[1], chats


def _name(row: Row) -> Name:
    return Name(
        row["kind"],
        row["value"],
        row["first_seen_at"],
        row["chat"],
        row["last_seen_at"],
        later=bool(row["later"]),
    )


def names_of(chat: str) -> Script[list[Name]]:
    """Everything that a chat was ever called, in the order of time."""
    rows = yield "addresses_of", {"chat": chat}
    return sorted((_name(row) for row in rows), key=lambda name: name.since)


def _holder(names: list[Name], at: int) -> Name | None:
    """Whose a name was at some time. Of what is only known from later on, it was theirs before, too."""
    before = [name for name in names if name.since <= at]
    return before[-1] if before else names[0] if names else None


def _left(number: Name, of: list[Name], at: int) -> bool:
    """Whether the holder of a number had left it by then: for another one, or for an id that came with a number that
    the channel did not tell.
    """
    then = _holder([name for name in of if name.kind == "number"], at)
    other_id = any(name.kind == "user_id" and number.seen < name.since <= at for name in of)
    return (then is not None and then.value != number.value) or (number.kept and other_id)


def _has_id(of: list[Name], chat: str) -> bool:
    """Whether a person's id is known; of some it is all that we ever knew."""
    own = Address.parse(chat).id
    return any(name.kind == "user_id" for name in of) or not (own[:1].isdigit())


def _is_empty(installation: Installation, chat: str) -> Script[bool]:
    """Whether a person has nothing here that could be lost, shown or wrongly given."""
    if any(str(admin) == chat for admin in installation.admins):
        return False
    rows = yield "chat_holds", {"chat": chat, "account": customer_account(chat)}
    return not rows[0]["things"]


# What is learnt.


def _learn(scene: Scene, kind: str, value: str, chat: str, known: list[Name], at: int | None = None) -> Script[None]:
    """Keep that a name is somebody's from a time on."""
    since = scene.at if at is None else at
    taken = {name.since for name in known if name.kept}
    while since in taken:
        since += 1
    yield (
        "address_add",
        {
            "channel": scene.channel,
            "kind": kind,
            "value": value,
            "at": since,
            "chat": chat,
            "learnt_by": scene.learnt_by,
        },
    )


def _place(scene: Scene, names: tuple[Identity, ...]) -> Script[Found]:
    """Find whose chat it is, and keep what this says of them."""
    numbers, ids, chats = yield from _named(scene.channel, names)
    number, user_id = value_of(names, "number"), value_of(names, "user_id")
    newest = [named[-1] for named in (numbers, ids) if named]
    # What is usual: everything is known, and it is said of one person who is called so now.
    if (
        len(newest) == (number is not None) + (user_id is not None)
        and all(name.kept and name.chat == newest[0].chat for name in newest)
        and (not numbers or (numbers[-1].since <= scene.at and not numbers[-1].later))
    ):
        found = Found(Address.parse(newest[0].chat), bool(ids))
        yield from _touch(scene, names, newest, found)
        return found
    return (yield from _place_slowly(scene, names, numbers, ids, chats))


def _place_slowly(
    scene: Scene, names: tuple[Identity, ...], numbers: list[Name], ids: list[Name], chats: set[str]
) -> Script[Found]:
    number, user_id = value_of(names, "number"), value_of(names, "user_id")
    posted: list[OutboxMessage] = []
    by_id = ids[-1] if ids else None
    if by_id is not None:
        chat = by_id.chat
        if not by_id.kept:
            yield from _learn(scene, "user_id", by_id.value, chat, ids)
        if number is not None:
            chat = yield from _take_number(scene, number, chat, numbers, posted)
    else:
        before = _holder(numbers, scene.at)
        of = [] if before is None else (yield from names_of(before.chat))
        theirs = (
            before is not None and not _left(before, of, scene.at) and (user_id is None or not _has_id(of, before.chat))
        )
        if before is not None and theirs:
            chat = before.chat
            if not before.kept and number is not None:
                yield from _learn(scene, "number", number, chat, numbers)
        else:
            chat = yield from _new_chat(scene, number, user_id, numbers, chats)
        if user_id is not None:
            yield from _learn(scene, "user_id", user_id, chat, ids)
        if number is not None and not theirs:
            chat = yield from _take_number(scene, number, chat, numbers, posted)
    found = Found(Address.parse(chat), user_id is not None, posted)
    yield from _seen(scene, names, chat)
    return found


def _new_chat(
    scene: Scene, number: str | None, user_id: str | None, numbers: list[Name], chats: set[str]
) -> Script[str]:
    """An address for somebody new. One that leads nowhere by itself has its session at once, which says where."""
    for own, before in ((number, numbers), (user_id, [])):
        # A number that was ever somebody's names nobody new: the settings may say who that was.
        if own is not None and f"{scene.channel}:{own}" not in chats and not before:
            return f"{scene.channel}:{own}"
    turn = 2
    while True:
        chat = f"{scene.channel}:{number}-{turn}"
        taken = yield "addresses_of", {"chat": chat}
        if not taken:
            break
        turn += 1
    yield (
        "session_add",
        {
            "address": chat,
            "customer": chat,
            "language": scene.language,
            "body": encode(Session(language=scene.language)).decode(),
            "now": scene.now,
            "inquiry_due_at": None,
        },
    )
    return chat


def _take_number(scene: Scene, number: str, chat: str, numbers: list[Name], posted: list[OutboxMessage]) -> Script[str]:
    """A person is called by a number now, whoever was before. Answers their chat: of two of whom one has nothing here,
    the other's.
    """
    newest = numbers[-1] if numbers else None
    if newest is not None and newest.chat == chat:
        now = _holder([name for name in (yield from names_of(chat)) if name.kind == "number"], scene.at)
        if not newest.kept or now is None or now.value != number:
            yield from _learn(scene, "number", number, chat, numbers)
        return chat
    if newest is None or (newest.kept and newest.since > scene.at):
        # Nobody's; or what was true before somebody else came to be called so.
        then = _holder(numbers, scene.at)
        if then is None or then.chat != chat or then.since > scene.at:
            yield from _learn(scene, "number", number, chat, numbers)
        return chat
    before, of = newest.chat, (yield from names_of(newest.chat))
    if not _left(newest, of, scene.at):
        has_id = _has_id(of, before)
        other_number = any(name.kind == "number" for name in (yield from names_of(chat)))
        for one, other in ((chat, before), (before, chat)):
            # Who was called by another number is not the one who was called by this one.
            if has_id or (one == chat and other_number):
                continue
            if (yield from _is_empty(scene.installation, one)):
                yield from _join_empty(scene, one, other)
                if not newest.kept or other == chat:
                    yield from _learn(scene, "number", number, other, numbers)
                return other
        if not newest.kept:
            # That it was theirs before is all that is known of them.
            yield from _learn(scene, "number", number, before, numbers, 0)
        yield from _learn(scene, "number", number, chat, numbers)
        posted += yield from _suspend(scene, before, chat, number)
        return chat
    yield from _learn(scene, "number", number, chat, numbers)
    yield from reached_by(before)
    return chat


def _take_username(scene: Scene, username: str | None, chat: str) -> Script[None]:
    if username is None:
        return
    known = [name for name in (yield from names_of(chat)) if name.kind == "username"]
    if [name.value for name in known] == [username]:
        return
    yield "address_username_end", {"chat": chat}
    yield from _learn(scene, "username", username, chat, [])


def _touch(scene: Scene, names: tuple[Identity, ...], known: list[Name], found: Found) -> Script[None]:
    """Once a day: that somebody is still called so."""
    if all(name.seen > scene.at - DAY_MS for name in known):
        return
    yield from _seen(scene, names, str(found.chat))


def _seen(scene: Scene, names: tuple[Identity, ...], chat: str) -> Script[None]:
    """A person was called so at this time: which of the names is good for sending is worked out anew."""
    for name in names:
        yield (
            "address_seen",
            {"channel": scene.channel, "kind": name.kind, "value": name.value, "chat": chat, "at": scene.at},
        )
    yield from _take_username(scene, value_of(names, "username"), chat)
    yield from reached_by(chat)


def reached_by(chat: str) -> Script[None]:
    """Write down where messages to a chat go now: to the number where it was named of late, else to the id."""
    cases = yield "cases_of", {"chat": chat}
    names = yield from names_of(chat)
    best: Name | None = None
    for kind in ("user_id", "number"):
        held = [name for name in names if name.kind == kind]
        if held:
            of = Address.parse(chat).channel
            newest = yield "address_newest", {"channel": of, "kind": kind, "value": held[-1].value}
            if newest[0]["chat"] == chat and (best is None or held[-1].seen >= best.seen):
                best = held[-1]
    suspended = any(case["kind"] == "taken" for case in cases)
    reach = NOBODY if suspended or (best is None and names) else None if best is None else best.value
    yield "session_reach", {"address": chat, "reach": reach}


# Two who are one, and two who are not.


def _join_empty(scene: Scene, chat: str, into: str) -> Script[None]:
    """Somebody who has nothing here is somebody who was known already."""
    yield "address_join", {"chat": chat, "into": into}
    yield "chat_outbox_join", {"chat": chat, "into": into}
    yield "chat_links_end", {"chat": chat}
    yield "chat_awaiting_end", {"chat": chat}
    yield "chat_forget", {"chat": chat}
    yield from returned(into, scene.now, other=chat)


def _suspend(scene: Scene, chat: str, other: str, value: str) -> Script[list[OutboxMessage]]:
    """A name of somebody is another human being's now: nobody reads their codes, and admins decide."""
    if (yield from _is_empty(scene.installation, chat)):
        yield from reached_by(chat)
        return []
    rows = yield "session_load", {"address": chat}
    customer = str(rows[0]["customer"]) if rows else chat
    froze = yield "frozen_now", {"customer": customer, "now": scene.now}
    yield "session_unreachable", {"address": chat, "now": scene.now}
    posted = yield from _open_case(scene, chat, other, value, "taken", froze=bool(froze))
    yield from reached_by(chat)
    members = yield "account_members", {"customer": customer}
    for member in members:
        if member["address"] not in (chat, other):
            told = suspended_elsewhere(scene.installation.shop.words[member["language"]], scene.label, value)
            posted.append((yield from say(member["address"], told, scene.installation.owner, scene.now)))
    return posted


def _open_case(
    scene: Scene, chat: str, other: str, value: str, kind: CaseKind, *, froze: bool = False
) -> Script[list[OutboxMessage]]:
    added = yield (
        "case_add",
        {"chat": chat, "other": other, "value": value, "kind": kind, "froze": int(froze), "now": scene.now},
    )
    posted = []
    if added:
        for admin, role in (yield from admins_of(scene.installation)).items():
            if role == "support" or str(admin) in (chat, other):
                continue
            rows = yield "session_load", {"address": str(admin)}
            voice = scene.installation.shop.words[rows[0]["language"] if rows else "fr"]
            told = two_who_may_be_one(voice, scene.label, kind, chat, other, value)
            posted.append((yield from say(str(admin), told, scene.installation.owner, scene.now)))
    return posted


def returned(chat: str, now: int, other: str | None = None) -> Script[None]:
    """The owner of a suspended account is back under their own id, or proved to be who came instead (`other`): it is
    theirs again.
    """
    cases = yield "cases_of", {"chat": chat}
    if not cases or (other is not None and any(case["other"] != other for case in cases)):
        return
    ended = yield "cases_end", {"chat": chat, "state": "returned", "now": now}
    if any(row["froze"] for row in ended):
        rows = yield "session_load", {"address": chat}
        yield "unfreeze", {"customer": str(rows[0]["customer"]) if rows else chat}
    yield from reached_by(chat)


# The channel says that somebody is called otherwise.


def moved(
    installation: Installation, address: Address, event: Moved, sent_at: int | None, now: int
) -> Script[list[OutboxMessage]]:
    """Somebody is called otherwise from a time on. Nobody is ever moved back by what is told late or twice."""
    scene = Scene(installation, address.channel, min(sent_at or now, now), now, "moved")
    posted: list[OutboxMessage] = []
    old_numbers, old_ids, chats = yield from _named(scene.channel, event.was)
    new_numbers, new_ids, more = yield from _named(scene.channel, event.now)
    there = new_ids[-1].chat if new_ids else (yield from _who_came(scene, event.now, new_numbers))
    # Whoever was heard of first under the new name was called by the old one, too.
    chat = (yield from _who_moved(scene, event.was, old_numbers, old_ids)) or there
    if chat is None:
        number, user_id = value_of(event.was, "number"), value_of(event.was, "user_id")
        chat = yield from _new_chat(scene, number, user_id, old_numbers, chats | more)
    for name, known in ((one, old_numbers if one.kind == "number" else old_ids) for one in event.was):
        if all(each.chat != chat or not each.kept for each in known) and not any(
            each.kept and each.chat != chat for each in known
        ):
            before = 0 if known else scene.at - 1
            yield from _learn(scene, name.kind, name.value, chat, known, before)
    if there is not None and there != chat:
        if (yield from _is_empty(installation, there)):
            yield from _join_empty(scene, there, chat)
            new_numbers = [replace_chat(name, there, chat) for name in new_numbers]
        elif (yield from _is_empty(installation, chat)):
            yield from _join_empty(scene, chat, there)
            new_numbers = [replace_chat(name, chat, there) for name in new_numbers]
            chat = there
        else:
            return (yield from _open_case(scene, chat, there, event.now[-1].value, "held"))
    user_id, number = value_of(event.now, "user_id"), value_of(event.now, "number")
    if user_id is not None and (not new_ids or not new_ids[-1].kept):
        yield from _learn(scene, "user_id", user_id, chat, new_ids)
    if number is not None:
        chat = yield from _take_number(scene, number, chat, new_numbers, posted)
    yield from reached_by(chat)
    return posted


def replace_chat(name: Name, chat: str, into: str) -> Name:
    """The same name, of whoever a chat has become."""
    return Name(name.kind, name.value, name.since, into, name.seen, name.kept) if name.chat == chat else name


def _who_moved(scene: Scene, was: tuple[Identity, ...], numbers: list[Name], ids: list[Name]) -> Script[str | None]:
    """Who is called otherwise now: by their id, else by the number as it was just before."""
    if ids:
        return ids[-1].chat
    before = _holder(numbers, scene.at - 1)
    if before is None:
        return None
    of = yield from names_of(before.chat)
    other = value_of(was, "user_id") is not None and _has_id(of, before.chat)
    return None if other or _left(before, of, scene.at - 1) else before.chat


def _who_came(scene: Scene, names: tuple[Identity, ...], numbers: list[Name]) -> Script[str | None]:
    """Who was heard under the new number, by nothing else, before it was told that it is somebody's new one."""
    if not numbers or numbers[-1].since < scene.at:
        return None
    if value_of(names, "user_id") is not None:
        of = yield from names_of(numbers[-1].chat)
        if _has_id(of, numbers[-1].chat):
            return None
    return numbers[-1].chat
