"""What a channel calls people, and who may be one with whom. Pure."""

from typing import Literal, TypeAlias

from msgspec import Struct

from bot.domain.model import Address, Language
from bot.repositories.accounts import Account
from bot.store import Script

# A name came back with another id (`taken`), or somebody is called what another account is called (`held`).
CaseKind: TypeAlias = Literal["taken", "held"]


class Side(Struct, frozen=True):
    """One of the two: the chat, its account, what the channel calls the person, when they were last heard (None: never)
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


def called_now(chat: Address) -> Script[tuple[str, ...]]:
    """What the channel calls the person of a chat: the newest number, id and name of theirs."""
    rows = yield "addresses_of", {"chat": str(chat)}
    newest: dict[str, str] = {row["kind"]: row["value"] for row in rows}
    return tuple(
        f"@{newest[kind]}" if kind == "username" else newest[kind]
        for kind in ("number", "user_id", "username")
        if kind in newest
    )
