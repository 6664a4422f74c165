"""Two who may be one: who is suspended, what admins look at, and what their decision writes. Pure.

One person after all: the account of the new chat is joined to the old one as linking joins two, and whatever was
written under the new chat goes on under the old: the person keeps their roles, orders, consents and what was kept for
them. The new chat is forgotten; what the channel calls the person leads to the old one from then on.
"""

from bot.domain.people import Address
from bot.languages import DEFAULT
from bot.notices.identities import suspended_elsewhere, two_who_may_be_one
from bot.repositories import identities, people, sessions
from bot.repositories.accounts import account_at, customer_of, members_of
from bot.repositories.identities import Case, CaseKind, Side
from bot.repositories.outbox import OutboxMessage, say
from bot.store import Script
from bot.transactions.admins import tell_admins
from bot.transactions.installation import Installation
from bot.transactions.links import join_accounts
from bot.transactions.names import Observation, is_empty, update_reach
from bot.transactions.unit import Unit


def case_of(installation: Installation, chat: Address, other: Address | None = None) -> Script[Case | None]:
    """The newest undecided case of a chat; `other` names who it is now, if not whom the case tells of."""
    case = yield from identities.case_about(chat)
    if case is None:
        return None
    old = yield from _side(case.chat, installation)
    new = yield from _side(case.other if other is None else other, installation)
    return None if old.chat == new.chat else Case(case.id, case.kind, case.value, case.state, case.at, old, new)


def _side(chat: Address, installation: Installation) -> Script[Side]:
    account = yield from account_at(chat, installation.default_credit_limit_xof)
    names = yield from identities.called_now(chat)
    seen = yield from identities.last_seen(chat)
    if seen is None:
        return Side(chat, account, names, DEFAULT)
    return Side(chat, account, names, seen.language, seen.seen_at, seen.open_orders)


def decide(unit: Unit, case_id: int, old: Address, new: Address, *, same: bool) -> Script[None]:
    """An admin decides a case. `same`: the two are one person, who goes on in the chat of `old` with what both had;
    else they are two, and the account of `old` stays suspended until its owner shows up.

    Raises StoreConflict where it was decided meanwhile.
    """
    froze = yield from identities.decide_case(case_id, str(new), str(unit.address), unit.now, same=same)
    if not same:
        return
    into = yield from customer_of(str(old))
    customer = yield from customer_of(str(new))
    if customer != into:
        limit_xof = unit.installation.default_credit_limit_xof
        yield from join_accounts(f"case:{case_id}", customer, into, unit.now, limit_xof)
    yield from identities.move_all(str(new), str(old))
    yield from identities.become(str(new), str(old))
    froze_too = yield from identities.end_cases(str(old), "same", unit.now)
    if froze or froze_too:
        yield from people.unfreeze(into)
    yield from update_reach(str(old))
    yield from sessions.revive_at_next_message(str(old))


def join_empty(chat: str, into: str, now: int) -> Script[None]:
    """Somebody who has nothing here is somebody who was known already."""
    yield from identities.become(chat, into)
    yield from returned(into, now, other=chat)


def suspend(observed: Observation, chat: str, other: str, value: str) -> Script[list[OutboxMessage]]:
    """A name of somebody is another human being's now: nobody reads their codes, and admins decide."""
    if (yield from is_empty(observed.installation, chat)):
        yield from update_reach(chat)
        return []
    customer = yield from customer_of(chat)
    froze = yield from people.freeze(customer, observed.now)
    yield from sessions.mark_unreachable(chat, observed.now)
    posted = yield from open_case(observed, chat, other, value, "taken", froze=froze)
    yield from update_reach(chat)
    for member in (yield from members_of(customer)):
        if str(member.address) not in (chat, other):
            notice = suspended_elsewhere(observed.installation.shop.words[member.language], observed.label, value)
            posted.append((yield from say(str(member.address), notice, observed.installation.owner, observed.now)))
    return posted


def open_case(
    observed: Observation, chat: str, other: str, value: str, kind: CaseKind, *, froze: bool = False
) -> Script[list[OutboxMessage]]:
    """Ask the admins whether two are one, once for each two."""
    if not (yield from identities.add_case(kind, chat, other, value, observed.now, froze=froze)):
        return []
    return (
        yield from tell_admins(
            observed.installation,
            lambda voice: two_who_may_be_one(voice, observed.label, kind, chat, other, value),
            observed.now,
            besides=(chat, other),
        )
    )


def returned(chat: str, now: int, other: str | None = None) -> Script[None]:
    """The owner of a suspended account is back under their own id, or proved to be who came instead (`other`): it is
    theirs again.
    """
    cases = yield from identities.undecided_of(chat)
    if not cases or (other is not None and any(str(case.other) != other for case in cases)):
        return
    if (yield from identities.end_cases(chat, "returned", now)):
        yield from people.unfreeze((yield from customer_of(chat)))
    yield from update_reach(chat)
