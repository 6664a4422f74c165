"""Sellers of a reseller's shop: who they are, the codes by which they come, and what they sold. Pure.

Every statement names the shop's account, so that nobody reads or changes another shop's sellers.
"""

from typing import Final, Literal

from msgspec import Struct

from bot.domain.order import Order
from bot.domain.people import Address, Language
from bot.errors import StoreConflict
from bot.languages import DEFAULT
from bot.repositories.orders import beginning, only, order_of
from bot.repositories.rows import all_of, reader
from bot.store import Rows, Script

FIRST_DAY_LIMIT_XOF: Final = 50_000


class Seller(Struct, frozen=True):
    """Somebody who sells for a shop. Clients may hand `day_limit_xof` over to them in a day."""

    id: int
    address: Address
    name: str
    language: Language
    day_limit_xof: int
    shows_balance: bool
    paused_at: int | None = None
    pin_hash: str | None = None

    def __repr__(self) -> str:
        return f"Seller({self.id})"


class Invitation(Struct, frozen=True):
    """A code by which somebody becomes a seller of the account `customer`, under a `name`.

    `address` made it, `other` typed it. It is `made`, then `asked` (the shop is asked), then `admitted` or `refused`; a
    newer code of the same shop makes it `replaced`. `is_shop`: the account is still a reseller's.
    """

    id: int
    code: str
    customer: str
    address: Address
    name: str
    state: Literal["made", "asked", "admitted", "refused", "replaced"]
    made_at: int
    expires_at: int
    shop_name: str
    is_shop: bool
    language: Language
    other: Address | None = None
    other_language: Language = DEFAULT


_seller: Final = reader(Seller, address=Address.parse)
_invitation: Final = reader(Invitation, address=Address.parse, other=Address.parse)


# The sellers of a shop.


def of_shop(customer: str) -> Script[tuple[Seller, ...]]:
    """Everybody who sells for a shop, in the order in which they came."""
    return all_of((yield "sellers_of", {"customer": customer}), _seller)


def load(customer: str, seller_id: int) -> Script[Seller | None]:
    """One of a shop's sellers."""
    return next((one for one in (yield from of_shop(customer)) if one.id == seller_id), None)


def shop_of(address: str) -> Script[str | None]:
    """The account for which somebody sells; None for whoever sells for nobody else."""
    rows = yield "seller_at", {"address": address}
    return str(rows[0]["customer"]) if rows else None


def is_seller(address: str) -> Script[bool]:
    """Whether somebody sells for any shop."""
    return (yield from shop_of(address)) is not None


def add(customer: str, address: str, name: str, now: int) -> Script[bool]:
    """Make somebody a shop's seller; False where they sell for one already."""
    rows = yield (
        "seller_add",
        {
            "customer": customer,
            "address": address,
            "name": name,
            "day_limit_xof": FIRST_DAY_LIMIT_XOF,
            "now": now,
        },
    )
    return bool(rows)


def set_day_limit(customer: str, seller_id: int, day_limit_xof: int) -> Script[None]:
    """What clients may hand over to a seller in a day, in XOF."""
    yield "seller_limit", {"id": seller_id, "customer": customer, "day_limit_xof": day_limit_xof}


def show_balance(customer: str, seller_id: int, *, shown: bool) -> Script[None]:
    """Let a seller read what the shop has, or no longer."""
    yield "seller_shows", {"id": seller_id, "customer": customer, "shows_balance": int(shown)}


def pause(customer: str, seller_id: int, paused_at: int | None) -> Script[None]:
    """A seller sells nothing from now on; None: they sell again."""
    yield "seller_pause", {"id": seller_id, "customer": customer, "paused_at": paused_at}


def end(customer: str, seller_id: int, now: int) -> Script[bool]:
    """Somebody is a shop's seller no more; False where they were none."""
    return bool((yield "seller_end", {"id": seller_id, "customer": customer, "now": now}))


def end_all(customer: str, now: int) -> Script[None]:
    """An account is no reseller's any more, or another person's: nobody sells for it."""
    yield "sellers_end", {"customer": customer, "now": now}


def end_of(customer: str, now: int) -> Script[None]:
    """Nobody of an account sells for anybody any more."""
    yield "sellers_end_of", {"customer": customer, "now": now}


# Invitations.


def invite(customer: str, address: str, name: str, code: str, now: int, expires_at: int) -> Script[None]:
    """Keep a code by which somebody becomes a shop's seller; an earlier one of the shop ends."""
    yield "seller_invitation_replace", {"customer": customer}
    yield (
        "seller_invitation_add",
        {
            "code": code,
            "customer": customer,
            "address": address,
            "name": name,
            "now": now,
            "expires_at": expires_at,
        },
    )


def made_since(customer: str, since: int, now: int) -> Script[int]:
    """How many codes a shop made since some time."""
    rows = yield "seller_invitations_made", {"customer": customer, "since": since, "now": now}
    return int(rows[0]["many"])


def invitation_of(code: str) -> Script[Invitation | None]:
    """The newest invitation of a code."""
    rows = yield "seller_invitation_of_code", {"code": code}
    return _invitation(rows[0]) if rows else None


def ask(invitation_id: int, other: str, expires_at: int) -> Script[None]:
    """An address typed a code and wants to sell: it is theirs until `expires_at`, and the shop is asked.

    Raises StoreConflict when somebody else was quicker.
    """
    rows = yield "seller_invitation_ask", {"id": invitation_id, "other": other, "expires_at": expires_at}
    _moved(rows, invitation_id)


def finish(invitation_id: int, state: Literal["admitted", "refused"]) -> Script[None]:
    """An invitation ends; raises StoreConflict when it has ended already."""
    _moved((yield "seller_invitation_end", {"id": invitation_id, "state": state}), invitation_id)


def _moved(rows: Rows, invitation_id: int) -> None:
    if not rows:
        raise StoreConflict(f"a seller's invitation {invitation_id} moved")


# What they sold.


class Sold(Struct, frozen=True):
    """Sales and what clients handed over for them, in XOF; what came to nothing was no sale."""

    sales: int = 0
    price_xof: int = 0


_sold: Final = reader(Sold)


def note_sale(seller_id: int, order_id: str, now: int) -> Script[None]:
    """Write down who sold what the shop's account pays for."""
    yield "seller_sale_add", {"order_id": order_id, "seller_id": seller_id, "now": now}


def sold_by(seller_id: int, since: int, until: int) -> Script[Sold]:
    """What a seller sold since `since` and before `until`."""
    rows = yield "seller_sold", {"seller_id": seller_id, "since": since, "until": until}
    return _sold(rows[0])


def sold_by_each(customer: str, since: int, until: int) -> Script[dict[int, Sold]]:
    """What each of a shop's sellers sold, also those who were ended since, by their ids."""
    rows = yield "seller_sums", {"customer": customer, "since": since, "until": until}
    return {row["seller_id"]: Sold(int(row["sales"]), int(row["price_xof"])) for row in rows}


class SoldBy(Struct, frozen=True):
    """Who sold an order of a shop's. Whoever was ended reads nothing of the shop's money any more."""

    id: int
    name: str
    shows_balance: bool
    ended_at: int | None = None

    @property
    def reads_balance(self) -> bool:
        """Whether they may read what the shop has."""
        return self.shows_balance and self.ended_at is None


_sold_by: Final = reader(SoldBy)


def of_sale(order_id: str) -> Script[SoldBy | None]:
    """Who sold an order; None for one that nobody sold for somebody else."""
    rows = yield "seller_of_sale", {"order_id": order_id}
    return _sold_by(rows[0]) if rows else None


def page_of(seller_id: int, skip: int, count: int) -> Script[tuple[Order, ...]]:
    """What a seller sold, newest first, whatever became of it."""
    return all_of((yield "seller_orders", {"seller_id": seller_id, "skip": skip, "count": count}), order_of)


def open_of(customer: str, seller_id: int, count: int) -> Script[tuple[Order, ...]]:
    """What a seller sold for a shop and has not ended, newest first."""
    rows = yield "seller_orders_open", {"customer": customer, "seller_id": seller_id, "count": count}
    return all_of(rows, order_of)


def own(seller_id: int, order_id: str) -> Script[Order | None]:
    """A sale of a seller's by its id or by a beginning of it that no other of theirs shares."""
    if not order_id:
        return None
    rows = yield "seller_order_own", beginning(order_id) | {"seller_id": seller_id}
    return only(rows, order_id)


def sales_to(customer: str, seller_id: int, client_id: int, count: int) -> Script[tuple[Order, ...]]:
    """The newest orders for a client of a shop that one seller sold."""
    rows = yield (
        "seller_client_sales",
        {"customer": customer, "seller_id": seller_id, "client_id": client_id, "count": count},
    )
    return all_of(rows, order_of)
