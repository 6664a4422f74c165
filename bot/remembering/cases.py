"""Two who may be one: what admins look at, and what their decision writes. Pure.

One person after all: the account of the new chat is joined to the old one as linking joins two, and whatever was
written under the new chat goes on under the old: the person keeps their roles, orders, consents and what was kept for
them. The new chat is forgotten; what the channel calls the person leads to the old one from then on.
"""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.admin.identity_looks import Decide, LookCase, LookCases, LookNamed, LookNames
from bot.dialogue.effects import Effect
from bot.dialogue.looks import Look
from bot.domain.model import Address
from bot.errors import StoreConflict
from bot.remembering.addresses import reached_by
from bot.repositories.accounts import account_at, customer_of
from bot.repositories.identities import Case, Side, called_now
from bot.store import Row, Script
from bot.transactions.installation import Installation
from bot.transactions.links import join_accounts
from bot.transactions.unit import Unit

_KINDS: Final = ("number", "user_id")


def _named(look: LookNamed, customer: str, installation: Installation) -> Script[tuple[Address, ...]]:
    of = look.address
    chats = [str(of)] if (yield "session_load", {"address": str(of)}) else []
    for kind in _KINDS:
        newest = yield "address_newest", {"channel": of.channel, "kind": kind, "value": of.id}
        chats += [str(row["chat"]) for row in newest]
    return tuple(Address.parse(chat) for chat in dict.fromkeys(chats))


def names(look: LookNames, customer: str, installation: Installation) -> Script[tuple[str, ...]]:
    """What the channel calls the person of a chat: the newest of each kind."""
    return (yield from called_now(look.chat))


def _cases(
    look: LookCases, customer: str, installation: Installation
) -> Script[tuple[tuple[Address, Address, str, int], ...]]:
    rows = yield "cases_open", {"count": look.count}
    return tuple(
        (Address.parse(row["chat"]), Address.parse(row["other"]), str(row["value"]), int(row["at"])) for row in rows
    )


def _case(look: LookCase, customer: str, installation: Installation) -> Script[Case | None]:
    rows = yield "case_about", {"chat": str(look.chat), "value": look.chat.id}
    if not rows:
        return None
    row = rows[0]
    other = Address.parse(row["other"]) if look.other is None else look.other
    old = yield from _side(row["chat"], installation)
    new = yield from _side(str(other), installation)
    if old.chat == new.chat:
        return None
    return Case(row["id"], row["kind"], row["value"], row["state"], row["at"], old, new)


def _side(chat: str, installation: Installation) -> Script[Side]:
    address = Address.parse(chat)
    account = yield from account_at(address, installation.default_credit_limit_xof)
    called = yield from names(LookNames(address), chat, installation)
    rows = yield "chat_seen", {"chat": chat}
    if not rows:
        return Side(address, account, called, "fr")
    row: Row = rows[0]
    return Side(address, account, called, row["language"], row["updated_at"], int(row["open_orders"]))


def _decide(unit: Unit, effect: Decide) -> Script[None]:
    old, new = str(effect.old), str(effect.new)
    state = "same" if effect.same else "another"
    decided = yield (
        "case_decide",
        {"id": effect.case_id, "state": state, "other": new, "by": str(unit.address), "now": unit.now},
    )
    if not decided:
        raise StoreConflict(f"case {effect.case_id} was decided")
    if not effect.same:
        return
    into = yield from customer_of(old)
    customer = yield from customer_of(new)
    if customer != into:
        yield from join_accounts(
            f"case:{effect.case_id}", customer, into, unit.now, unit.installation.default_credit_limit_xof
        )
    both: dict[str, str | int | None] = {"chat": new, "into": old}
    yield "address_join", both
    yield "chat_outbox_join", both
    yield "chat_orders_join", both
    yield "chat_consents_join", both
    yield "chat_batches_join", both
    yield "chat_invitations_join", both
    yield "chat_approvals_join", both
    yield "chat_links_end", {"chat": new}
    yield "chat_awaiting_end", {"chat": new}
    yield "chat_forget", {"chat": new}
    ended = yield "cases_end", {"chat": old, "state": "same", "now": unit.now}
    if any(row["froze"] for row in (*decided, *ended)):
        yield "unfreeze", {"customer": into}
    yield from reached_by(old)
    yield "session_reachable", {"address": old}


ANSWERS: Final[dict[type[Look], Callable[[Any, str, Installation], Script[Any]]]] = {
    LookNamed: _named,
    LookNames: names,
    LookCases: _cases,
    LookCase: _case,
}
DEEDS: Final[dict[type[Effect], Callable[[Unit, Any], Script[None]]]] = {Decide: _decide}
