"""What a channel calls people, and who may be one with whom. Pure."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from bot.domain.ledger import customer_account
from bot.domain.people import Address, Language
from bot.errors import StoreConflict
from bot.repositories import sessions
from bot.repositories.accounts import Account
from bot.repositories.person_names import join_names
from bot.repositories.rows import all_of, reader
from bot.store import Script

NameKind: TypeAlias = Literal["number", "user_id", "username"]
# A name came back with another id (`taken`), or somebody is called what another account is called (`held`).
CaseKind: TypeAlias = Literal["taken", "held"]
# The kinds of names by which messages are sent, and which may be somebody's again, or another's.
_KINDS: Final[tuple[NameKind, ...]] = ("number", "user_id")
MOST_CASES = 10


class Name(Struct, frozen=True):
    """A name that was somebody's from `first_seen_at` on. `kept` says that it stands in the table, `later` that they
    were called otherwise after that.
    """

    kind: NameKind
    value: str
    first_seen_at: int
    chat: str
    last_seen_at: int
    kept: bool = True
    later: bool = False


class Seen(Struct, frozen=True):
    """When the person of a chat last wrote, the language they read, and how many orders of theirs are open."""

    language: Language
    seen_at: int
    open_orders: int


class IdentityCase(Struct, frozen=True):
    """The person of `chat` had the name `value`, the one of `other` has it now. `state` is open, or another where that
    was decided before; `froze` says that the account was paused because of it.
    """

    id: int
    kind: CaseKind
    value: str
    state: str
    at: int
    chat: Address
    other: Address
    froze: bool


class Side(Struct, frozen=True):
    """One of the two: the chat, its account, what the channel calls the person, when they last wrote (None: never)
    and how many orders of the account are open.
    """

    chat: Address
    account: Account
    names: tuple[str, ...]
    language: Language
    seen_at: int | None = None
    open_orders: int = 0


class Case(Struct, frozen=True):
    """`old` had the name `value`; `new` has it now. `state` is open, or another where that was decided before."""

    id: int
    kind: CaseKind
    value: str
    state: str
    at: int
    old: Side
    new: Side


_name: Final = reader(Name)
_seen: Final = reader(Seen)
_case: Final = reader(IdentityCase, chat=Address.parse, other=Address.parse)


# Names.


def named(channel: str, number: str | None, user_id: str | None) -> Script[tuple[Name, ...]]:
    """Who was ever called by a number, and who by an id."""
    rows = yield "addresses_named", {"channel": channel, "number": number, "user_id": user_id}
    return all_of(rows, _name)


def names_of(chat: str) -> Script[tuple[Name, ...]]:
    """Everything that a chat was ever called, in the order of time."""
    rows = yield "addresses_of", {"chat": chat}
    return tuple(sorted(all_of(rows, _name), key=lambda name: name.first_seen_at))


def called_now(chat: Address) -> Script[tuple[str, ...]]:
    """What the channel calls the person of a chat: the newest number, id and name of theirs."""
    newest = {name.kind: name.value for name in (yield from names_of(str(chat)))}
    return tuple(
        f"@{newest[kind]}" if kind == "username" else newest[kind]
        for kind in ("number", "user_id", "username")
        if kind in newest
    )


def newest_holder(channel: str, kind: NameKind, value: str) -> Script[str | None]:
    """The chat that came to be called by a name last."""
    rows = yield "address_newest", {"channel": channel, "kind": kind, "value": value}
    return str(rows[0]["chat"]) if rows else None


def chats_with_session(number_chat: str | None, user_id_chat: str | None) -> Script[frozenset[str]]:
    """Which of two addresses have a session."""
    rows = yield "address_sessions", {"number_chat": number_chat, "user_id_chat": user_id_chat}
    return frozenset(str(row["address"]) for row in rows)


def chats_named(address: Address) -> Script[tuple[Address, ...]]:
    """Every chat that an address, as somebody typed it, may mean; empty for nobody we know."""
    chats = [] if (yield from sessions.known_at(str(address))) is None else [str(address)]
    for kind in _KINDS:
        chat = yield from newest_holder(address.channel, kind, address.id)
        chats += [] if chat is None else [chat]
    return tuple(Address.parse(chat) for chat in dict.fromkeys(chats))


def add_name(channel: str, kind: NameKind, value: str, chat: str, at: int, learnt_by: str) -> Script[None]:
    """Keep that a name is somebody's from a time on."""
    yield (
        "address_add",
        {"channel": channel, "kind": kind, "value": value, "at": at, "chat": chat, "learnt_by": learnt_by},
    )


def touch_name(channel: str, kind: NameKind, value: str, chat: str, at: int) -> Script[None]:
    """Keep that somebody was called by a name at a time."""
    yield "address_seen", {"channel": channel, "kind": kind, "value": value, "chat": chat, "at": at}


def drop_username(chat: str) -> Script[None]:
    """Forget the username of a chat, which proves nothing."""
    yield "address_username_end", {"chat": chat}


def set_reach(chat: str, reach: str | None) -> Script[None]:
    """Keep by which name messages to a chat are sent."""
    yield "session_reach", {"address": chat, "reach": reach}


def holds_anything(chat: str) -> Script[bool]:
    """Whether a chat, and the account that only this chat uses, has anything here that could be lost."""
    rows = yield "chat_holds", {"chat": chat, "account": customer_account(chat)}
    return bool(rows[0]["things"])


def last_seen(chat: Address) -> Script[Seen | None]:
    """When the person of a chat last wrote; None for somebody who never did."""
    rows = yield "chat_seen", {"chat": str(chat)}
    return _seen(rows[0]) if rows else None


# Cases.


def open_cases() -> Script[tuple[IdentityCase, ...]]:
    """The open cases, newest first."""
    rows = yield "cases_open", {"count": MOST_CASES}
    return all_of(rows, _case)


def undecided_of(chat: str) -> Script[tuple[IdentityCase, ...]]:
    """The cases of a chat in which its owner has not been found, newest first."""
    rows = yield "cases_of", {"chat": chat}
    return all_of(rows, _case)


def case_about(address: Address) -> Script[IdentityCase | None]:
    """The newest undecided case of a chat, or of a name."""
    rows = yield "case_about", {"chat": str(address), "value": address.id}
    return _case(rows[0]) if rows else None


def add_case(kind: CaseKind, chat: str, other: str, value: str, now: int, *, froze: bool) -> Script[bool]:
    """Open a case; False where it is open already."""
    return bool(
        (
            yield (
                "case_add",
                {"chat": chat, "other": other, "value": value, "kind": kind, "froze": int(froze), "now": now},
            )
        )
    )


def decide_case(case_id: int, other: str, by: str, now: int, *, same: bool) -> Script[bool]:
    """An admin decides whether the two are one; answers whether the account was paused because of it. Raises
    StoreConflict where it was decided meanwhile.
    """
    state = "same" if same else "another"
    rows = yield "case_decide", {"id": case_id, "state": state, "other": other, "by": by, "now": now}
    if not rows:
        raise StoreConflict(f"case {case_id} was decided")
    return bool(rows[0]["froze"])


def end_cases(chat: str, state: Literal["same", "returned"], now: int) -> Script[bool]:
    """End every case of a chat; answers whether its account was paused because of any."""
    rows = yield "cases_end", {"chat": chat, "state": state, "now": now}
    return any(row["froze"] for row in rows)


def chats_called(address: Address) -> Script[tuple[Address, ...]]:
    """Every chat that an address may mean: the one that is called so itself, and those that have ever had its number or
    its id for a name.
    """
    rows = yield "address_chats", {"address": str(address), "channel": address.channel, "value": address.id}
    return tuple(Address.parse(row["chat"]) for row in rows)


def move_all(chat: str, into: str) -> Script[None]:
    """What was written under one chat goes on under another: orders, payments and proofs of them, batches, consents,
    invitations and requests.
    """
    both: dict[str, str | int | None] = {"chat": chat, "into": into}
    yield "chat_orders_join", both
    yield "chat_collections_join", both
    yield "chat_paybacks_join", both
    yield "chat_consents_join", both
    yield "chat_batches_join", both
    yield "chat_invitations_join", both
    yield "chat_approvals_join", both
    same_channel = Address.parse(chat).channel == Address.parse(into).channel
    yield "chat_proofs_join", {"chat": chat, "into": into, "same_channel": int(same_channel)}


def become(chat: str, into: str) -> Script[None]:
    """Whoever is called by the names of a chat goes on in another; the chat is forgotten."""
    yield "address_join", {"chat": chat, "into": into}
    yield from hand_on(chat, into)
    yield from join_names(chat, into)
    yield "chat_forget", {"chat": chat}


def hand_on(chat: str, into: str) -> Script[None]:
    """What is on its way to a chat goes to another; what was begun in the chat is over."""
    yield "chat_outbox_join", {"chat": chat, "into": into}
    yield "chat_links_end", {"chat": chat}
    yield "chat_awaiting_end", {"chat": chat}
