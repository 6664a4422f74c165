"""What must be known of a reseller's sale when it is delivered, and the client's own message of it. Pure."""

from bot.domain.order import Order
from bot.i18n import Words
from bot.notices.order_news import direct_notice
from bot.notices.sales import SaleParties
from bot.repositories import clients, consents, debts
from bot.repositories.outbox import OutboxMessage, say
from bot.repositories.people import shop_name_of
from bot.store import Script


def parties_of(order: Order) -> Script[SaleParties]:
    """The shop, whether the meter is a client's, what that client agreed to, and what they owe by now."""
    shop_name = yield from shop_name_of(order.customer)
    known = yield from clients.has_meter(order.customer, order.service, order.reference)
    consent = None if order.client_id is None else (yield from consents.newest_of(order.customer, order.client_id))
    owed_xof = None
    if order.client_id is not None and (yield from debts.of_order(order.id)) is not None:
        owed_xof = yield from debts.owed_by(order.client_id)
    return SaleParties(shop_name, known, consent, owed_xof)


def tell_client(
    order: Order, parties: SaleParties, words: Words, owner: str, now: int, *, more: bool = False
) -> Script[list[OutboxMessage]]:
    """Put a delivered sale in the outbox of the client's own chat, if they agreed to that; in their language. `more`:
    the order holds further codes alone.
    """
    consent = parties.direct
    if consent is None:
        return []
    outbound = direct_notice(order, parties, words[consent.language], more=more)
    return [(yield from say(str(consent.address), outbound, owner, now))]


def mark_revocation_read(order: Order, parties: SaleParties, now: int) -> Script[None]:
    """The reseller has read with this sale that the client took their consent back: once is enough."""
    if order.client_id is not None and parties.consent is not None and parties.consent.unread:
        yield from consents.mark_revocation_read(order.client_id, now)
