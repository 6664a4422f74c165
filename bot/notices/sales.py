"""Messages about a delivered sale, to the reseller and to their client. Pure.

The reseller reads about their own money. The client's message has no balance and no commission. It is a message of its
own, in plain text without buttons, so that it can be passed on or copied as it stands. Where the client agreed, it goes
to their own chat, and the reseller reads only the end of each code; the order is the reseller's, who may still ask for
the whole.
"""

from typing import Final

from msgspec import Struct

from bot.domain.order import Order
from bot.domain.outbound import Brief, Outbound
from bot.domain.payback import PayBack
from bot.i18n import Safe, Voice
from bot.notices.collecting import going_back
from bot.notices.layout import STAYS, Rows, free, lines, menu_button, paragraphs, truncate
from bot.notices.orders import EMBLEM, codes, copies, counter_line, differences, grouped, order_number, what_for
from bot.repositories.consents import Consent

MASKED = "•••• "


class SaleParties(Struct, frozen=True):
    """What must be known to tell of a sale: the shop, whether the meter is a client's, what that client said last; and,
    of a sale on credit, what the client owes with it (`owed_xof`).

    `at_counter`: whoever reads of it sells for a shop that is not theirs. What a client owes is the shop's to know.
    """

    shop_name: str = ""
    known: bool = False
    consent: Consent | None = None
    owed_xof: int | None = None
    at_counter: bool = False

    @property
    def direct(self) -> Consent | None:
        """The client's consent, if their codes go to their own chat now."""
        consent = self.consent
        return consent if consent is not None and not consent.revoked and consent.reachable else None


# A sale of which nothing more is known.
UNKNOWN: Final = SaleParties()


def delivered(
    t: Voice, order: Order, parties: SaleParties, first: Safe | None, money: Safe | None, news: Brief
) -> Outbound:
    """What the reseller reads at the counter: whose, the codes, what to take in, their balance; and the next client."""
    direct = parties.direct is not None
    name = truncate(order.client or order.holder or order.reference, 40)
    counter = lines(
        t("sale.delivered_direct" if direct else "sale.delivered", name=name),
        Safe(f"{EMBLEM[order.service]} {t.escaped(order.reference)}"),
        *(masked(token) if direct else Safe(f"<code>{t.escaped(grouped(token))}</code>") for token in order.tokens),
        t("detail.price", price=t.money(order.price_xof))
        if parties.owed_xof is None or parties.at_counter
        else t("sale.owes", price=t.money(order.price_xof), owed=t.money(parties.owed_xof)),
        money,
        *differences(t, order),
        t("detail.refunded", refunded=t.money(order.refunded_xof)) if order.refunded_xof else None,
    )
    below = lines(None if direct else t("sale.forward_below"), _why_not_direct(t, order, parties), t("sale.next"))
    return Outbound(paragraphs(first, counter, below), sale_rows(t, order, parties), durable=True, brief=news)


def _why_not_direct(t: Voice, order: Order, parties: SaleParties) -> Safe | None:
    consent, name = parties.consent, truncate(order.client, 40)
    if parties.direct is not None or consent is None or (consent.revoked and not consent.unread):
        return None
    return t("sale.revoked", name=name) if consent.revoked else t("sale.unreachable", name=name)


def came_back(t: Voice, order: Order, goes_back: PayBack | None, parties: SaleParties) -> Safe:
    """Where the money of an order is that came to nothing; `goes_back` is how it goes back to the number that paid."""
    if parties.at_counter:
        return counter_line(t, order)
    return t("notice.money_back", total=t.money(order.total_xof)) if goes_back is None else going_back(t, goes_back)


def masked(token: str) -> Safe:
    """A recharge code of which only the end can be read."""
    return Safe(f"<code>{MASKED * 4}{token[-4:]}</code>" if token.isdecimal() else "<code>••••</code>")


def sale_rows(t: Voice, order: Order, parties: SaleParties) -> Rows:
    """The same again; the whole code, where it was masked; and the client into the book, or invited."""
    rows: Rows = ((free(t.label("button.repeat"), "again", order.id, STAYS),),)
    if parties.at_counter and parties.direct is None:
        # The book is the shop's.
        pass
    elif parties.direct is not None:
        rows += ((free(t.label("button.show_code"), "code", order.id, STAYS),),) if order.tokens else ()
    elif not parties.known:
        rows += ((free(t.label("button.client_keep"), "keepclient", order.id, STAYS),),)
    elif order.client_id is not None and (parties.consent is None or parties.consent.revoked):
        rows += ((free(t.label("button.direct"), "invite", str(order.client_id), STAYS),),)
    return (*rows, (menu_button(t),))


def for_client(t: Voice, order: Order, shop_name: str, *, more: bool = False) -> Safe:
    """Everything that the client needs, and nothing that is the reseller's; `more` brings codes beyond the first."""
    title = "code.more" if more else "code.title"
    as_agreed = order.paid_xof == order.amount_xof
    return paragraphs(
        _to_whom(t, order.client, shop_name),
        t.plural(title, len(order.tokens)) if order.tokens else t("forward.paid"),
        codes(t, order) if order.tokens else None,
        lines(
            what_for(t, order),
            t("detail.amount", amount=t.money(order.paid_xof)),
            t("forward.price", price=t.money(order.price_xof)) if as_agreed and order.fee_xof else None,
            t("detail.date", moment=t.moment(order.confirmed_at)),
            t("detail.order", order=order_number(order.id)),
        ),
        t("forward.thanks"),
    )


def _to_whom(t: Voice, client: str, shop_name: str) -> Safe | None:
    """For whom a message is and from which shop: with a queue at the counter the name must be seen first."""
    named = (truncate(client, 40), shop_name)
    return Safe(" · ".join(f"<b>{t.escaped(name)}</b>" for name in named if name)) or None


def to_forward(t: Voice, order: Order, shop_name: str, news: Brief, *, more: bool = False) -> Outbound:
    """The message that the reseller passes on."""
    return Outbound(for_client(t, order, shop_name, more=more), durable=True, brief=news)


def to_client(t: Voice, order: Order, shop_name: str, news: Brief, *, more: bool = False) -> Outbound:
    """The message that goes straight to the client, with the way to stop it."""
    text = paragraphs(for_client(t, order, shop_name, more=more), t("forward.stop"))
    return Outbound(text, copies(t, order) if order.tokens else (), durable=True, brief=news)


def codes_brief(order: Order, brief: Brief) -> Brief:
    """The same brief with the codes in it: for the one message that carries them."""
    return Brief("codes" if order.tokens else "news", brief.language, brief.about, tuple(map(grouped, order.tokens)))
