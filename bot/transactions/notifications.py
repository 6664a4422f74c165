"""What an order says for itself: its news for its owner and, of a sale, for their client; alerts for the admins. Pure.

Everything is put in the outbox in the transaction that it reports. Alerts of one kind are sent once in a while; those
that came meanwhile are sent together.
"""

from typing import Final

from msgspec.structs import replace

from bot.domain.order import Alert, AlertKind, NoticeKind, Order, State
from bot.domain.order.states import is_sale
from bot.domain.outbound import Outbound
from bot.domain.payback import PayBack
from bot.domain.people import Language
from bot.i18n import Safe, Voice
from bot.notices.alerts import in_group
from bot.notices.batches import line_news
from bot.notices.order_news import CODE_NEWS, Retaken, alert, notice
from bot.notices.sales import UNKNOWN
from bot.repositories import sellers, sessions
from bot.repositories.alerts import set_aside, take_turn
from bot.repositories.batch_progress import title_of
from bot.repositories.meters import is_saved
from bot.repositories.money import balance_of
from bot.repositories.outbox import OutboxMessage, drop_held, say
from bot.store import Script
from bot.store.together import together
from bot.transactions.alerting import tell_alert
from bot.transactions.installation import Installation
from bot.transactions.sale_notifications import mark_revocation_read, parties_of, tell_client

# Alerts that one cause can raise many times over reach the admins once in this time.
ALERT_PAUSE_MS = {"credentials": 600_000, "float": 600_000, "unknown": 60_000, "token_awaited": 60_000}
# The same of the same order, where a look-up finds it again and again.
ALERT_AGAIN_MS = 21_600_000
# Others of a kind are sent together after this: a provider that changes its fee changes it for every order.
GROUP_PAUSE_MS = {"fee_differs": 600_000, "amount_differs": 600_000, "another_amount": 600_000}
USUAL_GROUP_PAUSE_MS = 60_000

# The news of an order that is sent again: what its owner read last of it.
_LATEST: Final[dict[State, NoticeKind]] = {
    "waiting": "waiting",
    "sending": "still_pending",
    "processing": "still_pending",
    "token_awaited": "token_awaited",
    "unknown": "unknown",
    "delivered": "delivered",
    "refused": "refused",
    "cancelled": "cancelled",
}


def tell(
    installation: Installation,
    order: Order,
    kind: NoticeKind,
    now: int,
    retaken: Retaken | None = None,
    goes_back: PayBack | None = None,
) -> Script[list[OutboxMessage]]:
    """Put an order's news in its owner's outbox, in the language they use now. For `more_codes` the order holds the
    new codes alone. `goes_back` is how the money of an order that came to nothing goes back, where it does not stay.
    """
    address = str(order.address)
    balance, saved = None, False
    if order.is_final:
        known, balance, saved = yield from together(
            sessions.known_at(address),
            balance_of(order.customer, installation.default_credit_limit_xof),
            is_saved(order.customer, order.service, order.reference),
        )
    else:
        known = yield from sessions.known_at(address)
    language = order.language if known is None else known.language
    # An address that has left the account since still reads of its order, but no longer of the account's money.
    is_theirs = known is None or known.customer == order.customer
    sold_by = None if is_theirs else (yield from sellers.of_sale(order.id))
    if not is_theirs and (sold_by is None or not sold_by.reads_balance):
        balance = None
    parties, shown = UNKNOWN, order
    if kind in CODE_NEWS and (is_sale(order) or sold_by is not None):
        parties = yield from parties_of(order)
    if sold_by is not None:
        # Whatever they read of its money is what the client hands over.
        parties, shown = replace(parties, at_counter=True), replace(order, commission_xof=0)
    outbounds = notice(
        shown,
        kind,
        installation.shop.words,
        now=now,
        balance=balance,
        language=language,
        saved=saved,
        retaken=retaken,
        parties=parties,
        goes_back=goes_back,
    )
    posted = []
    outbounds = yield from _named_by_line(installation, order, outbounds, language)
    if (channel := installation.shop.channels.get(order.address.channel)) is not None and channel.holds:
        yield from drop_held(address, order.id)
    for outbound in outbounds:
        posted.append((yield from say(address, outbound, installation.owner, now)))
    more = kind == "more_codes"
    posted += yield from tell_client(order, parties, installation.shop.words, installation.owner, now, more=more)
    yield from mark_revocation_read(order, parties, now)
    return posted


def tell_again(installation: Installation, order: Order, now: int) -> Script[list[OutboxMessage]]:
    """Put an order's latest news in its owner's outbox once more."""
    return (yield from tell(installation, order, _LATEST[order.state], now))


def _named_by_line(
    installation: Installation, order: Order, outbounds: tuple[Outbound, ...], language: Language
) -> Script[tuple[Outbound, ...]]:
    """The news of a line of a batch say which line it is; what is made for its client does not."""
    title = None if order.batch_id is None else (yield from title_of(order.batch_id))
    if title is None:
        return outbounds
    first, *rest = outbounds
    above = line_news(installation.shop.words[language], order, *title)
    return replace(first, text=f"{above}\n\n{first.text}"), *rest


def group_pause_ms(kind: AlertKind) -> int:
    """For how long, after one alert of a kind, others of the kind wait to be sent together."""
    return ALERT_PAUSE_MS.get(kind) or GROUP_PAUSE_MS.get(kind) or USUAL_GROUP_PAUSE_MS


def tell_admins(
    installation: Installation, item: Alert, order: Order | None, now: int, *, subject: str = ""
) -> Script[list[OutboxMessage]]:
    """Put an alert in the outbox of every admin who can act on it; where one of its kind was sent a moment ago, it
    waits for the others of its kind. `subject` is whom or what it is about, where that is no order.
    """
    # Without an order at hand, a detail begins with its id.
    subject = subject or (order.id if order is not None else item.detail.partition(":")[0][:50])
    fresh = item.kind in ALERT_PAUSE_MS or (yield from take_turn(f"{item.kind}:{subject}", ALERT_AGAIN_MS, now))
    if not fresh:
        return []
    if not (yield from take_turn(item.kind, group_pause_ms(item.kind), now)):
        # Not now, and not never: monitoring tells all of this kind together when the pause is over.
        yield from set_aside(item.kind, subject, now)
        return []

    def message(t: Voice) -> Outbound:
        return alert(item.kind, order, item.detail, installation.shop.words, t.language, subject)

    def line(t: Voice) -> Safe:
        return in_group(t, item.kind, (subject,))

    return (yield from tell_alert(installation, item.kind, message, line, now))
