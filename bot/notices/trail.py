"""The journal of an order or of a payment, and its lines in the books, in words. Pure.

A journal says in short what happened (`pay: Unknown`), where that led (`unknown`) and what there was to say besides
(`unknown timeout`: the kinds of alerts, each with its detail). Whoever looks for the short form finds it in the store.
"""

from collections.abc import Mapping
from typing import Final

from bot.domain import ledger
from bot.i18n import Safe, Voice
from bot.notices.alerts import GROUP_SUBJECT
from bot.notices.causes import cause
from bot.notices.order_news import why
from bot.notices.orders import order_number
from bot.repositories.orders import TrailLine

_HAPPENED: Final[dict[str, str]] = {
    "confirmed": "trail.confirmed",
    "queued": "trail.queued",
    "pay begun": "trail.pay_begun",
    "replay begun": "trail.replay_begun",
    "interrupted": "trail.interrupted",
    "nothing to ask": "trail.nothing_to_ask",
    "set aside": "trail.set_aside",
    "answer set aside": "trail.set_aside",
    "customer: cancel": "trail.called_back",
    "look_up: another number": "trail.another_number",
    "order: late success": "trail.late_success",
    "asked": "trail.goes_back",
    "begun": "trail.asked_for",
    "bought": "trail.bought",
    "code given": "trail.code_given",
}
# Who or what said something, before its colon.
_SAID: Final[dict[str, str]] = {
    "pay": "source.pay",
    "replay": "source.replay",
    "look_up": "source.look_up",
    "webhook": "source.webhook",
    "admin": "source.admin",
    "create": "source.create",
    "expire": "source.expire",
    "code": "source.code",
}
_SUBJECT: Final[dict[str, str]] = {str(kind): key for kind, key in GROUP_SUBJECT.items()}
_ADMIN: Final = "admin "
_BATCH: Final = "batch "
_BOOKS: Final[dict[ledger.Account, str]] = {
    ledger.HOLD: "books.hold",
    ledger.FLOAT: "books.float",
    ledger.FEES: "books.fees",
    ledger.COMMISSIONS: "books.commissions",
    ledger.FUNDING: "books.funding",
    ledger.CORRECTIONS: "books.corrections",
    ledger.COLLECTED: "books.collected",
    ledger.COLLECTION_FEES: "books.collection_fees",
    ledger.PAYBACKS: "books.paybacks",
}


def trail_line(t: Voice, line: TrailLine, states: Mapping[str, str]) -> Safe:
    """One line of a journal; `states` are the catalogs' keys of the states that it is about."""
    state = t("trail.stuck") if line.state == "stuck" else t(states[line.state]) if line.state in states else line.state
    besides = _besides(t, line)
    text = t("trail.line", moment=t.short_moment(line.at), what=_what(t, line.what), state=state)
    return Safe(f"{text} ({besides})") if besides else text


def _what(t: Voice, what: str) -> Safe:
    if (key := _HAPPENED.get(what)) is not None:
        return t(key)
    source, colon, _ = what.partition(": ")
    if colon and source in _SAID:
        return t(_SAID[source])
    if what.startswith(_ADMIN):
        address, _, refund = what.removeprefix(_ADMIN).partition(": ")
        return t("trail.refunded_by" if refund else "trail.decided_by", address=address)
    return t.escaped(what)


def _besides(t: Voice, line: TrailLine) -> Safe | None:
    """What there was to say besides."""
    detail = line.detail
    if not detail:
        return None
    if line.what.startswith(_ADMIN):
        # What they decided stands in the line that follows; of a refund, how much.
        return t.money(int(detail)) if detail.isdecimal() else None
    if line.what in ("bought", "asked"):
        return t.escaped(order_number(detail))
    if detail.startswith(_BATCH):
        return t("trail.batch", id=detail.removeprefix(_BATCH))
    return Safe("; ".join(_said(t, item) for item in detail.split("; ")))


def _said(t: Voice, item: str) -> Safe:
    """An alert with its detail, or a cause."""
    kind, _, detail = item.partition(" ")
    if kind not in _SUBJECT:
        return cause(t, item)
    subject = t(_SUBJECT[kind])
    return t("trail.because", what=subject, why=why(t, kind, detail)) if detail else subject


def books_line(t: Voice, account: ledger.Account, amount_xof: int) -> Safe:
    """One line of the books: whose money it is, and how much of it came or went."""
    if account.startswith(ledger.CUSTOMERS):
        whose = t("books.customer", address=account.removeprefix(ledger.CUSTOMERS))
    else:
        whose = t(_BOOKS[account]) if account in _BOOKS else t.escaped(account)
    sign = "+" if amount_xof >= 0 else "−"
    return t("books.line", account=whose, sign=sign, amount=t.money(abs(amount_xof)))
