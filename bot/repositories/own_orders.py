"""The orders that a person sees as theirs: their account's, or, while they sell for a shop, their sales. Pure.

A seller sees no other seller's sales, and nothing that the shop buys. What they bought for themselves before stays
theirs: its codes and its page are found, though no list names it meanwhile.
"""

from typing import Final

from msgspec import Struct

from bot.domain.order import Order
from bot.repositories import orders, sellers
from bot.repositories.orders import MOST_OPEN, Page
from bot.store import Script

# Bills and refusals stand between codes.
_LOOKED_AT: Final = 5


class Whose(Struct, frozen=True):
    """A person as the owner of orders: their own account and chat, and as which seller of which `shop` they sell."""

    customer: str
    address: str
    shop: str = ""
    seller_id: int = 0


def own(whose: Whose, order_id: str) -> Script[Order | None]:
    """Their order by its id or by a beginning of it that no other of theirs shares."""
    sold = (yield from sellers.own(whose.seller_id, order_id)) if whose.seller_id else None
    return (yield from orders.own(whose.customer, order_id)) if sold is None else sold


def page_of(whose: Whose, skip: int, count: int) -> Script[Page]:
    """Some of their orders, newest first, after the first `skip`."""
    if not whose.seller_id:
        return (yield from orders.page_of(whose.customer, skip, count))
    sold = yield from sellers.page_of(whose.seller_id, skip, count + 1)
    return Page(sold[:count], len(sold) > count)


def newest_of(whose: Whose) -> Script[Order | None]:
    """Their newest order."""
    page = yield from page_of(whose, 0, 1)
    return page.orders[0] if page.orders else None


def meant(whose: Whose, order_id: str) -> Script[Order | None]:
    """Their order of that id; without an id, their newest."""
    return own(whose, order_id) if order_id else newest_of(whose)


def open_of(whose: Whose) -> Script[tuple[Order, ...]]:
    """The newest of their orders that have not ended, newest first."""
    if not whose.seller_id:
        return (yield from orders.open_of(whose.customer))
    return (yield from sellers.open_of(whose.shop, whose.seller_id, MOST_OPEN))


def codes_of(whose: Whose, count: int) -> Script[tuple[Order, ...]]:
    """Their orders that carry recharge codes, newest first; a seller's sales, and what was theirs before."""
    mine = yield from orders.codes_of(whose.customer, whose.address, count)
    if not whose.seller_id:
        return mine
    sold = yield from sellers.page_of(whose.seller_id, 0, _LOOKED_AT * count)
    coded = (order for order in (*sold, *mine) if order.tokens)
    return tuple(sorted(coded, key=lambda order: -order.confirmed_at)[:count])
