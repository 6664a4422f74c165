"""One person, two channels: what joining two accounts and parting an address write. Pure.

An account is a *customer*: the address that it is named after. Joining empties one customer into another: his balance
by a transfer, for entries never change; his orders, open ones with their holds, by naming the other customer on them,
so that whatever comes of them is booked there; his meters; and every address of his. Nothing is left that could be
lost. Parting moves nothing: the address is its own customer again, whose account was emptied when it was joined, or
never used.

The customer that an account is named after is always one of its addresses: it cannot leave its own account, and when it
is joined to another, all of its addresses go with it. So no two people can ever come to share a name.
"""

from typing import TypeAlias, assert_never

from bot.dialogue.effects import AskLink, EndLink, Join, MakeLink, MissLink, Part
from bot.domain.ledger import customer_account, transfer
from bot.domain.model import Address
from bot.errors import StoreConflict
from bot.repositories.accounts import customer_of
from bot.repositories.money import available_of, post
from bot.store import Script

LinkEffect: TypeAlias = MakeLink | MissLink | AskLink | EndLink | Join | Part


def carry_out(effect: LinkEffect, person: Address, customer: str, now: int, default_limit_xof: int) -> Script[None]:
    """Write one effect of the dialogue's linking; raises StoreConflict when what it looked at has moved."""
    match effect:
        case MakeLink(code=code, expires_at=expires_at):
            yield "link_end_made", {"address": str(person)}
            yield "link_add", {"code": code, "address": str(person), "now": now, "expires_at": expires_at}
        case MissLink():
            yield "link_miss_add", {"address": str(person), "now": now}
        case AskLink(link_id=link_id, expires_at=expires_at):
            rows = yield "link_ask", {"id": link_id, "other": str(person), "expires_at": expires_at}
            _must(rows, f"link {link_id}")
        case EndLink(link_id=link_id):
            rows = yield "link_end", {"id": link_id}
            _must(rows, f"link {link_id}")
        case Join(link_id=link_id):
            yield from _join(link_id, now, default_limit_xof)
        case Part(addresses=addresses):
            for address in addresses:
                parted = {"address": str(address), "customer": customer, "speaker": str(person)}
                rows = yield "session_part", parted
                _must(rows, "a session")
        case _:
            assert_never(effect)


def _must(rows: object, what: str) -> None:
    if not rows:
        raise StoreConflict(f"{what} moved")


def _join(link_id: int, now: int, default_limit_xof: int) -> Script[None]:
    rows = yield "link_join", {"id": link_id}
    _must(rows, f"link {link_id}")
    into = yield from customer_of(rows[0]["address"])
    customer = yield from customer_of(rows[0]["other"])
    if into == customer:
        raise StoreConflict(f"link {link_id} was overtaken")
    # A link joins once and its id is never given again, so this key is written once.
    yield from join_accounts(f"join:{link_id}", customer, into, now, default_limit_xof)


def join_accounts(key: str, customer: str, into: str, now: int, default_limit_xof: int) -> Script[None]:
    """Empty one customer into another; `key` makes it happen once."""
    both: dict[str, str | int | None] = {"customer": customer, "into": into}
    moved = yield "session_join", both
    _must(moved, "a session")
    balance_xof = yield from available_of(customer)
    if balance_xof < 0:
        raise StoreConflict("a balance moved")
    yield from post(
        transfer(key, (customer_account(customer), -balance_xof), (customer_account(into), balance_xof)),
        now,
        default_limit_xof,
    )
    yield "joined_add", {"customer": customer, "into": into, "now": now}
    yield "orders_join", both
    yield "batches_join", both
    # A meter that both have saved keeps the name that it has where the code was made.
    yield "meters_join_known", both
    yield "meters_join", both
    # Likewise the client book of somebody who sold once: a meter in both books stays where the code was made.
    yield "client_meters_join_known", both
    yield "client_meters_join", both
    yield "clients_join", both


# What the dialogue looks at.
