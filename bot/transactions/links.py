"""One person, two channels: what joining two accounts writes. Pure.

An account is a *customer*: the address that it is named after. Joining empties one customer into another: their balance
by a transfer, for entries never change; their orders, open ones with their holds, by naming the other customer on them,
so that whatever comes of them is booked there; their meters; and every address of theirs. So the emptied account has
nothing left to lose. Parting moves nothing: the address is its own customer again, and its account is empty, because it
was emptied when it was joined or was never used.

The customer that an account is named after is always one of its addresses: it cannot leave its own account, and when it
is joined to another, all of its addresses go with it. So no two people can ever come to share a name.
"""

from bot.domain.ledger import customer_account, transfer
from bot.errors import StoreConflict
from bot.notices.accounts import too_many_tries
from bot.repositories import batches, clients, collections, links, meters, orders, sellers
from bot.repositories.accounts import customer_of, move_members
from bot.repositories.alerts import take_turn
from bot.repositories.auditing import note_joined
from bot.repositories.links import MAX_ALL_WRONG, TRIES_SECONDS
from bot.repositories.money import available_of, post
from bot.store import Script
from bot.transactions.admins import tell_admins
from bot.transactions.installation import Installation
from bot.transactions.undo_link import write_down
from bot.transactions.unit import Unit


def miss(unit: Unit) -> Script[None]:
    """Count a wrong code. When everybody together types too many, admins are told, once an hour."""
    yield from links.miss(str(unit.address), unit.now)
    tries = yield from links.tries_of(str(unit.address), unit.now)
    if tries.all_wrong < MAX_ALL_WRONG:
        return
    if (yield from take_turn("link_tries", TRIES_SECONDS * 1000, unit.now)):
        unit.posted += yield from tell_admins(
            unit.installation, lambda voice: too_many_tries(voice, MAX_ALL_WRONG), unit.now
        )


def join(installation: Installation, link_id: int, now: int) -> Script[None]:
    """Join the account of the address that typed a code to the account where it was made. Raises StoreConflict when
    either has moved.
    """
    maker, other = yield from links.mark_joined(link_id)
    into = yield from customer_of(maker)
    customer = yield from customer_of(other)
    if into == customer:
        raise StoreConflict(f"link {link_id} was overtaken")
    yield from write_down(link_id, customer, into, now)
    # A link joins once and its id is never given again, so this key is written once.
    yield from join_accounts(f"join:{link_id}", customer, into, now, installation.default_credit_limit_xof)


def join_accounts(key: str, customer: str, into: str, now: int, default_limit_xof: int) -> Script[None]:
    """Empty one customer into another; `key` makes it happen once."""
    yield from move_members(customer, into)
    balance_xof = yield from available_of(customer)
    if balance_xof < 0:
        raise StoreConflict("a balance moved")
    yield from post(
        transfer(key, (customer_account(customer), -balance_xof), (customer_account(into), balance_xof)),
        now,
        default_limit_xof,
    )
    yield from give_belongings(customer, into, now)


def give_belongings(customer: str, into: str, now: int) -> Script[None]:
    """What a customer has beside their money is another's from now on."""
    yield from note_joined(customer, into, now)
    yield from orders.move_all(customer, into)
    yield from collections.move_all(customer, into)
    yield from batches.move_all(customer, into)
    # A meter that both have saved keeps the name that it has where the code was made.
    yield from meters.move_all(customer, into)
    # Likewise the client book of somebody who sold once: a meter in both books stays where the code was made.
    yield from clients.move_all(customer, into)
    # Whoever sold for them is asked anew by who they are now.
    yield from sellers.end_all(customer, now)
