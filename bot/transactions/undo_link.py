"""A link is undone within a day: everybody has again what was theirs. Pure.

Theory of operation. What a link joins to an account is written down with it: who was on either side, and what the other
account brought. Undone, its addresses leave, and with them go its orders, meters and clients, and its money: what it
brought, less what its own addresses have spent since, plus what came back of their orders. That is taken from the
account as far as it is there; so undoing gives nobody more than they brought, and takes from nobody what they brought
themselves. Whatever was paid in meanwhile stays with the account. Where something is missing, admins are told.
"""

from typing import Final

from bot.domain.ledger import customer_account, transfer
from bot.domain.people import Address
from bot.errors import StoreConflict
from bot.notices.accounts import missing
from bot.repositories import batches, clients, collections, links, meters, orders
from bot.repositories.accounts import customer_of, members_of, part_again, standing_of
from bot.repositories.auditing import note_joined
from bot.repositories.links import Joined, Sides, Undo
from bot.repositories.money import available_of, post
from bot.store import Script
from bot.transactions.admins import tell_admins
from bot.transactions.unit import Unit

UNDO_MS: Final = 86_400_000


def write_down(link_id: int, customer: str, into: str, now: int) -> Script[None]:
    """Before a link joins a customer to an account: what each of them is."""
    ours = yield from members_of(into)
    theirs = yield from members_of(customer)
    sides = Sides(tuple(str(member.address) for member in ours), tuple(str(member.address) for member in theirs))
    brought = yield from links.belongings_of(customer, into)
    brought_xof = yield from available_of(customer)
    yield from links.write_down(Joined(link_id, into, customer, sides, brought, brought_xof, now))


def undo_of(address: str, now: int) -> Script[Undo | None]:
    """The newest link of the last day in which an address took part, and what undoing it would do now."""
    joined = yield from links.last_joined(address, now - UNDO_MS, now)
    return None if joined is None else (yield from _undo_of(joined))


def _undo_of(joined: Joined) -> Script[Undo]:
    account = yield from customer_of(joined.account)
    frozen, _ = yield from standing_of(account)
    moved_xof = yield from links.moved_since(joined, account)
    due_xof = max(0, joined.brought_xof + moved_xof)
    there_xof = max(0, (yield from available_of(account)))
    return Undo(
        link_id=joined.link_id,
        ours=tuple(map(Address.parse, joined.addresses.ours)),
        theirs=tuple(map(Address.parse, joined.addresses.theirs)),
        back_xof=min(due_xof, there_xof),
        missing_xof=max(0, due_xof - there_xof),
        frozen=frozen,
    )


def undo(unit: Unit, link_id: int) -> Script[None]:
    """Part what a link joined, for the address that asks; raises StoreConflict when it was undone, or is not its newest
    any more.
    """
    address, now = str(unit.address), unit.now
    joined = yield from links.last_joined(address, now - UNDO_MS, now)
    if joined is None or joined.link_id != link_id or not (yield from links.mark_undone(link_id, address, now)):
        raise StoreConflict(f"link {link_id} was undone")
    plan = yield from _undo_of(joined)
    account = yield from customer_of(joined.account)
    customer, brought = joined.customer, joined.brought
    theirs = joined.addresses.theirs
    yield from part_again(account, customer, theirs, address)
    # They may have joined another account meanwhile: what is theirs follows them.
    into = yield from customer_of(customer)
    if into == account:
        raise StoreConflict(f"link {link_id} cannot be parted")
    yield from orders.part(account, into, brought.orders, theirs, joined.joined_at)
    yield from collections.part(account, into, brought.orders, theirs)
    yield from batches.part(account, into, theirs)
    for meter in brought.meters:
        if meter.moved:
            yield from meters.forget(account, meter.service, meter.reference)
        yield from meters.save(into, meter.service, meter.reference, meter.holder, meter.nickname, now)
    for client_id in brought.clients:
        yield from clients.move(client_id, account, into)
    if plan.back_xof:
        yield from post(
            transfer(
                f"undo:{link_id}",
                (customer_account(account), -plan.back_xof),
                (customer_account(into), plan.back_xof),
            ),
            now,
            unit.installation.default_credit_limit_xof,
        )
    # Entries keep the account that they were written for: each of the two may hold some of the other's.
    yield from note_joined(account, into, now)
    if plan.missing_xof:
        unit.posted += yield from tell_admins(
            unit.installation, lambda voice: missing(voice, joined.account, customer, plan.missing_xof), now
        )
