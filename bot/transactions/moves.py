"""A lost telephone: an account goes to another address, after two people agreed and a day in which anybody may say no.
Pure.

Theory of operation. Two admins agree that whoever had an address writes from another one now. From then on the move
*waits*: every address of the account is told, the new one too, and whoever says no there ends it, as any admin may. The
waiting is the proof: a thief in the shop cannot hide it from the owner, and a thief with the telephone gains nothing by
saying no. When the time is over the move is looked at again, and carried out once, in one transaction: the money by a
transfer; orders with their codes, meters, clients, limits and terms by naming the other account on them; and what is on
its way to the old chats goes to the new one, which must have nothing of its own that could be mixed up with it. The PIN
stays behind, for whoever has the telephone may know it; so do roles, which are given anew, and every other address of
the account, which may be in the same telephone. A pause goes along.

Meanwhile the account buys as ever, unless an admin pauses it (`/freeze`), which one may do alone and at once: the shop
knows whether a telephone was stolen or fell into the sea.
"""

from collections.abc import Callable
from typing import Final

from bot.domain.encoding import encode
from bot.domain.ledger import customer_account, transfer
from bot.domain.outbound import Outbound
from bot.domain.people import Address
from bot.i18n import Voice
from bot.notices import moving
from bot.repositories import accounts, conversations, identities, moves, sessions
from bot.repositories.accounts import Member, customer_of, language_of, members_of
from bot.repositories.money import available_of, post
from bot.repositories.moves import AccountMove, MoveEnd
from bot.repositories.outbox import OutboxMessage, say
from bot.repositories.person_names import join_names
from bot.repositories.sellers import is_seller
from bot.store import Script
from bot.transactions.admins import tell_admins
from bot.transactions.installation import Installation
from bot.transactions.links import give_belongings
from bot.transactions.names import is_empty
from bot.transactions.people import admins_of, named_admins
from bot.transactions.unit import Unit

HOUR_MS: Final = 3_600_000


def why_not(installation: Installation, address: Address, into: Address) -> Script[str | None]:
    """The catalogs' key of why an account cannot go to another address; None when it can."""
    customer, there = (yield from customer_of(str(address))), (yield from customer_of(str(into)))
    if customer == there:
        return "move.same"
    admins = yield from named_admins(installation)
    old = yield from members_of(customer)
    if any(member.address in admins for member in old) or into in admins:
        return "move.admin"
    if not any(member.has_written for member in (yield from members_of(there)) if member.address == into):
        return "move.unknown"
    if not (yield from is_empty(installation, str(into))):
        return "move.not_empty"
    for member in old:
        # It would go on selling for the shop.
        if (yield from is_seller(str(member.address))):
            return "move.sells"
        if (yield from identities.undecided_of(str(member.address))):
            return "move.undecided"
    return None


def begin(unit: Unit, address: Address, into: Address, asked_by: str, second: str) -> Script[None]:
    """Two people agreed: it waits, and everybody whom it concerns is told."""
    installation, now = unit.installation, unit.now
    customer = yield from customer_of(str(address))
    due_at = now + installation.shop.move_wait_hours * HOUR_MS
    yield from moves.begin(address, customer, into, asked_by, second, now, due_at)
    unit.posted += yield from _tell_members(
        installation,
        (yield from members_of(customer)),
        now,
        lambda voice: moving.warning(voice, into, due_at),
    )
    voice = installation.shop.words[(yield from language_of(str(into)))]
    unit.posted.append((yield from say(str(into), moving.announced(voice, address, due_at), installation.owner, now)))
    unit.posted += yield from tell_admins(
        installation,
        lambda voice: moving.agreed(voice, address, into, due_at, asked_by, second),
        now,
        (str(unit.address), asked_by),
    )


def stop(unit: Unit, move: AccountMove, *, by_admin: bool) -> Script[None]:
    """Somebody says no: nothing moves, and everybody else is told."""
    installation, now, me = unit.installation, unit.now, str(unit.address)
    yield from moves.end(move.id, "stopped", me, now)
    unit.posted += yield from _tell_both(installation, move, now, moving.stays, moving.stays_away, besides=me)
    unit.posted += yield from tell_admins(
        installation, lambda voice: moving.stopped(voice, move, unit.address, by_admin=by_admin), now, (me,)
    )


def carry_out(installation: Installation, now: int) -> Script[list[OutboxMessage]]:
    """Carry out the next move whose time is over, or end it where it is no longer possible."""
    due = [move for move in (yield from moves.waiting()) if move.due_at <= now]
    if not due:
        return []
    move = due[0]
    problem = yield from _problem_now(installation, move)
    end: MoveEnd = "moved" if problem is None else "impossible"
    yield from moves.end(move.id, end, None, now)
    if problem is not None:
        posted = yield from _tell_both(installation, move, now, moving.stays, moving.stays_away)
        return posted + (
            yield from tell_admins(installation, lambda voice: moving.impossible(voice, move, problem), now)
        )
    return (yield from _carry_out(installation, move, now))


def _problem_now(installation: Installation, move: AccountMove) -> Script[str | None]:
    """Why a move that two people agreed on is not possible any more; None when it is."""
    roles = yield from admins_of(installation)
    named = (move.asked_by, Address.parse(move.approved_by)) if move.approved_by else (move.asked_by,)
    if any(admin not in roles for admin in named):
        return "move.asker_lost"
    if (yield from customer_of(str(move.address))) != move.customer:
        return "move.overtaken"
    return (yield from why_not(installation, move.address, move.into_address))


def _carry_out(installation: Installation, move: AccountMove, now: int) -> Script[list[OutboxMessage]]:
    customer, into = move.customer, str(move.into_address)
    old = yield from members_of(customer)
    yield from accounts.move_members(customer, into)
    yield from accounts.part(into, tuple(member.address for member in old), asked_by="")
    # The limit first: an account may be below zero.
    yield from moves.take_standing(customer, into, now)
    balance_xof = yield from available_of(customer)
    # A move is carried out once and its id is never given again, so this key is written once.
    yield from post(
        transfer(f"move:{move.id}", (customer_account(customer), -balance_xof), (customer_account(into), balance_xof)),
        now,
        installation.default_credit_limit_xof,
    )
    talks = yield from conversations.open_of(customer)
    yield from give_belongings(customer, into, now)
    if talks is not None:
        yield from conversations.end(talks.id, now)
    for member in old:
        chat = str(member.address)
        yield from identities.move_all(chat, into)
        yield from identities.hand_on(chat, into)
        yield from join_names(chat, into)
        # What is being asked or bought there was the account's.
        yield from sessions.reset(chat, encode({"language": member.language, "updated_at": now}).decode(), now)
    frozen, reseller = yield from accounts.standing_of(into)
    voice = installation.shop.words[(yield from language_of(into))]
    arrived = moving.arrived(voice, installation.shop, into, balance_xof, reseller=reseller, frozen=frozen)
    posted = [(yield from say(into, arrived, installation.owner, now))]
    posted += yield from _tell_members(installation, old, now, lambda voice: moving.gone(voice, move.into_address))
    return posted + (yield from tell_admins(installation, lambda voice: moving.moved(voice, move, frozen=frozen), now))


def _tell_members(
    installation: Installation, members: tuple[Member, ...], now: int, message: Callable[[Voice], Outbound]
) -> Script[list[OutboxMessage]]:
    posted = []
    for member in members:
        outbound = message(installation.shop.words[member.language])
        posted.append((yield from say(str(member.address), outbound, installation.owner, now)))
    return posted


def _tell_both(
    installation: Installation,
    move: AccountMove,
    now: int,
    there: Callable[[Voice], Outbound],
    here: Callable[[Voice, Address], Outbound],
    besides: str = "",
) -> Script[list[OutboxMessage]]:
    """Tell the account that stays where it is, and the address to which it does not go."""
    members = [member for member in (yield from members_of(move.customer)) if str(member.address) != besides]
    posted = yield from _tell_members(installation, tuple(members), now, there)
    if str(move.into_address) != besides:
        voice = installation.shop.words[(yield from language_of(str(move.into_address)))]
        outbound = here(voice, move.address)
        posted.append((yield from say(str(move.into_address), outbound, installation.owner, now)))
    return posted
