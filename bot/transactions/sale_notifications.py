"""What must be known of a reseller's sale when it is delivered, and the client's own message of it. Pure."""

from bot.domain.order import Order
from bot.i18n import Words
from bot.notices.order_news import direct_notice
from bot.notices.sales import Selling
from bot.repositories import consents
from bot.repositories.outbox import OutboxMessage, say
from bot.store import Script


def selling_of(order: Order) -> Script[Selling]:
    """The shop, whether the meter is a client's, and what that client agreed to."""
    shops = yield "shop_name_of", {"customer": order.customer}
    known = yield (
        "client_at",
        {"customer": order.customer, "service": order.service, "reference": order.reference},
    )
    consent = None if order.client_id is None else (yield from consents.newest_of(order.client_id))
    return Selling(str(shops[0]["shop_name"]) if shops else "", bool(known), consent)


def tell_client(
    order: Order, selling: Selling, words: Words, owner: str, now: int, *, more: bool = False
) -> Script[list[OutboxMessage]]:
    """Put a delivered sale in the outbox of the client's own chat, if they agreed to that; in their language. `more`:
    the order holds further codes alone.
    """
    consent = selling.direct
    if consent is None:
        return []
    outbound = direct_notice(order, selling, words[consent.language], more=more)
    return [(yield from say(str(consent.address), outbound, owner, now))]


def mark_revocation_read(order: Order, selling: Selling, now: int) -> Script[None]:
    """The reseller has read with this sale that the client took their consent back: once is enough."""
    if order.client_id is not None and selling.consent is not None and selling.consent.unread:
        yield from consents.mark_revocation_read(order.client_id, now)
