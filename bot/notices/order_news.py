"""What an order says for itself, after the conversation that confirmed it has ended. Pure.

Notices are kept for a person who cannot be reached, and never take another message's place. Each says what happened,
where the money is, and what to do now. Alerts are for the admins and hold no recharge code. Both carry a *brief*, for
channels that may say no more of them.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from bot.domain.order import LONG_PENDING_AFTER_POLLS, AlertKind, NoticeKind, Order, last_poll_seconds
from bot.domain.order.states import is_sale
from bot.domain.outbound import Brief, Outbound
from bot.domain.payback import PayBack
from bot.domain.people import Language
from bot.i18n import Safe, Voice, Words
from bot.notices.causes import cause
from bot.notices.contact import contact_button
from bot.notices.layout import STAYS, Rows, free, lines, menu_button, paragraphs, truncate
from bot.notices.orders import (
    EMBLEM,
    SERVICE,
    STATE,
    code_rows,
    codes,
    follow_rows,
    grouped,
    money_line,
    next_button,
    order_number,
    receipt,
)
from bot.notices.sales import UNKNOWN, SaleParties, came_back, codes_brief, delivered, to_client, to_forward
from bot.repositories.money import Balance
from bot.shop import is_prepaid

_CODE_NEWS: Final[dict[NoticeKind, str]] = {
    "waiting": "notice.waiting",
    "processing": "notice.processing.code",
    "still_pending": "notice.still_pending",
    "token_awaited": "notice.token_awaited",
    "unknown": "notice.unknown",
}
# News that bring codes; `more_codes` is of an order that holds the new ones alone.
CODE_NEWS: Final[frozenset[NoticeKind]] = frozenset({"delivered", "late", "more_codes"})
# News after which somebody may want to talk to a person.
_WORRYING: Final[frozenset[NoticeKind]] = frozenset({"still_pending", "token_awaited", "unknown"})
_BILL_NEWS: Final[dict[NoticeKind, str]] = {**_CODE_NEWS, "processing": "notice.processing.bill"}
_ALERT: Final[dict[AlertKind, str]] = {
    "credentials": "alert.credentials",
    "float": "alert.float",
    "unknown": "alert.unknown",
    "conflict": "alert.conflict",
    "token_awaited": "alert.token_awaited",
    "late_success": "alert.late_success",
    "failed_after_success": "alert.failed_after_success",
    "contradiction": "alert.contradiction",
    "amount_differs": "alert.amount_differs",
    "another_amount": "alert.another_amount",
    "fee_differs": "alert.fee_differs",
    "forged_hint": "alert.forged_hint",
    "more_codes": "alert.more_codes",
    "stuck": "alert.stuck",
    "undecided": "alert.undecided",
    "unsent": "alert.unsent",
}
_REFUSED: Final[dict[str, str]] = {
    "invalid": "refused.invalid",
    "float": "refused.float",
    "already_paid": "refused.already_paid",
}
# What the order room says in codes (`code:argument:…`), and what it means by its arguments.
_WHY: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "foreign_ids": ("why.foreign_ids", ()),
    "not_sent_yet": ("why.not_sent_yet", ()),
    "webhook_failed": ("why.webhook_failed", ()),
    "unknown_status": ("why.unknown_status", ()),
    "two_codes": ("why.two_codes", ()),
    "codes_without_success": ("why.codes_without_success", ()),
    "strange_answer": ("why.strange_answer", ()),
    "foreign_answer": ("why.foreign_answer", ()),
    "brought_by": ("why.brought_by", ("source",)),
    "no_transaction": ("why.no_transaction", ("state",)),
    "unconfirmed": ("why.unconfirmed", ("state",)),
    "late_after": ("why.late_after", ("state",)),
    "instead_of": ("why.instead_of", ("paid_xof", "agreed_xof")),
    "another_bill": ("why.another_bill", ()),
    "refused_after": ("why.refused_after", ("source", "reason", "state")),
    "processing_after": ("why.processing_after", ("source",)),
    "replayed": ("why.replayed", ("cause",)),
}
# Alerts whose detail names what they are about: `7KQ4M2XR9BTZ: KeyError`.
_NAMING: Final = frozenset({"stuck", "undecided", "unsent"})
_SOURCE: Final[dict[str, str]] = {
    "pay": "source.pay",
    "replay": "source.replay",
    "look_up": "source.look_up",
    "admin": "source.admin",
    "webhook": "source.webhook",
}
_ARGUMENT: Final[dict[str, Mapping[str, str]]] = {
    "state": {str(state): key for state, key in STATE.items()},
    "source": _SOURCE,
}
# A template's parameter is one short line.
MAX_BRIEF_CHARACTERS = 60
MAX_DATA_BYTES = 64


class Retaken(Struct, frozen=True):
    """What a late success took of the money given back: `xof` from the account, where `called_back_xof` had come back
    to it that was on its way to the number that paid.
    """

    xof: int
    called_back_xof: int = 0


def notice(
    order: Order,
    kind: NoticeKind,
    words: Words,
    *,
    now: int,
    balance: Balance | None = None,
    language: Language | None = None,
    saved: bool = False,
    retaken: Retaken | None = None,
    parties: SaleParties = UNKNOWN,
    goes_back: PayBack | None = None,
) -> tuple[Outbound, ...]:
    """The messages that tell the owner what became of their order.

    `language` is the one the person has now (default: the order's); `balance` is shown when it is given; `saved` says
    that the meter is already among their own, so that keeping it is not offered. `retaken` is what of the money
    given back could be taken again after a late success (default: all of it). `parties` is what must be known of a
    reseller's sale: they read of it in one message, and what is for their client stands in another. `goes_back` is how
    the money of an order that came to nothing goes back to the number that paid: then it is not on the balance.
    """
    t = words[language or order.language]
    if kind in CODE_NEWS and (is_sale(order) or parties.at_counter):
        return _sold(t, order, kind, balance, parties, retaken)
    if kind in CODE_NEWS:
        brief = _brief(t, order, tuple(grouped(token) for token in order.tokens))
        return (Outbound(*_delivered(t, order, kind, balance, saved, retaken), durable=True, brief=brief),)
    if kind in ("refused", "cancelled"):
        key = "notice.cancelled" if kind == "cancelled" else _REFUSED.get(order.reason, "refused.other")
        text = paragraphs(
            t(key, **_named(t, order)),
            came_back(t, order, goes_back, parties),
            _balance(t, balance) if goes_back is None else None,
        )
        rows: Rows = ((contact_button(t, order.id), menu_button(t)),)
        if order.reason != "already_paid":
            rows = ((free(t.label("button.redo"), "again", order.id, STAYS),), *rows)
        return (Outbound(text, rows, durable=True, brief=_brief(t, order)),)
    news = _CODE_NEWS if is_prepaid(order.service) else _BILL_NEWS
    called_back = retaken is not None and retaken.called_back_xof
    is_long = kind == "still_pending" and order.polls >= LONG_PENDING_AFTER_POLLS
    until = t.short_moment(now + last_poll_seconds(order.polls) * 1000)
    text = paragraphs(
        t("notice.long_pending", until=until, **_named(t, order)) if is_long else t(news[kind], **_named(t, order)),
        t("notice.called_back", back=t.money(called_back)) if called_back else None,
    )
    rows = follow_rows(t, order)
    if kind in _WORRYING:
        rows = (*rows, (contact_button(t, order.id),))
    return (Outbound(text, rows, durable=True, brief=_brief(t, order)),)


def _sold(
    t: Voice,
    order: Order,
    kind: NoticeKind,
    balance: Balance | None,
    parties: SaleParties,
    retaken: Retaken | None,
) -> tuple[Outbound, ...]:
    first, more = _first(t, order, kind, retaken), kind == "more_codes"
    if parties.at_counter and kind == "late":
        first = t("counter.late")
    news = _brief(t, order)
    own = delivered(t, order, parties, first, _balance(t, balance), news)
    if parties.direct is not None:
        return (own,)
    return own, to_forward(t, order, parties.shop_name, codes_brief(order, news), more=more)


def direct_notice(order: Order, parties: SaleParties, t: Voice, *, more: bool = False) -> Outbound:
    """The message of a delivered sale that goes straight to the client's own chat; `more` brings further codes."""
    return to_client(t, order, parties.shop_name, codes_brief(order, _brief(t, order)), more=more)


def _brief(t: Voice, order: Order, codes: tuple[str, ...] = ()) -> Brief:
    about = t.label(f"brief.{order.service}", amount=t.money(order.amount_xof), ending=order.reference[-4:])
    return Brief("codes" if codes else "news", t.language, truncate(about, MAX_BRIEF_CHARACTERS), codes)


def _named(t: Voice, order: Order) -> dict[str, object]:
    return {
        "emblem": EMBLEM[order.service],
        "service": t(SERVICE[order.service]),
        # Of several bills of one contract each is named.
        "reference": " · ".join(filter(None, (order.reference, truncate(order.reference_facture or "", 24)))),
        "ending": order.reference[-4:],
        "amount": t.money(order.amount_xof),
        "total": t.money(order.total_xof),
        "order": order_number(order.id),
    }


def _balance(t: Voice, balance: Balance | None) -> Safe | None:
    return None if balance is None else t("detail.balance", balance=t.money(balance.available_xof))


def _delivered(
    t: Voice, order: Order, kind: NoticeKind, balance: Balance | None, saved: bool, retaken: Retaken | None
) -> tuple[str, Rows]:
    first = _first(t, order, kind, retaken)
    bottom = lines(receipt(t, order), _balance(t, balance))
    if order.tokens:
        title = t.plural("code.title" if kind != "more_codes" else "code.more", len(order.tokens))
        return paragraphs(first, lines(title, codes(t, order)), bottom), code_rows(t, order, saved=saved)
    save = () if saved else (free(t.label("button.save_number"), "save", order.id, STAYS),)
    rows: Rows = ((*save, next_button(t, order)), (menu_button(t),))
    return paragraphs(first, t("notice.paid", **_named(t, order)), bottom), rows


def _first(t: Voice, order: Order, kind: NoticeKind, retaken: Retaken | None) -> Safe | None:
    """What such news begin with."""
    if kind == "more_codes":
        return t("notice.more_codes", **_named(t, order))
    return _late(t, order, retaken) if kind == "late" else None


def _late(t: Voice, order: Order, retaken: Retaken | None) -> Safe:
    if retaken is None or (retaken.xof >= order.total_xof and not retaken.called_back_xof):
        return t("notice.late", **_named(t, order))
    if retaken.called_back_xof:
        return t("notice.late_called_back", back=t.money(retaken.called_back_xof), **_named(t, order))
    if retaken.xof <= 0:
        return t("notice.late_free", **_named(t, order))
    return t("notice.late_partly", taken=t.money(retaken.xof), **_named(t, order))


def alert(
    kind: AlertKind, order: Order | None, detail: str, words: Words, language: Language, subject: str = ""
) -> Outbound:
    """What an admin must know: what happened, where the order stands, and what to do. `subject` is the address that an
    alert of a message is about.
    """
    t = words[language]
    parts: list[Safe | None] = [t(_ALERT[kind])]
    if detail:
        parts.append(t("alert.detail", detail=why(t, kind, detail)))
    rows: Rows = ()
    about = t.label("brief.alert")
    if kind == "unsent" and subject:
        parts.append(t("alert.person", address=subject))
        rows = person_rows((subject,))
    if order is not None:
        about = t.label("brief.alert_order", order=order_number(order.id))
        details = _named(t, order)
        parts += [
            t("alert.order", **details, state=t(STATE[order.state])),
            money_line(t, order, separate=True),
            t("alert.see", id=order.id),
        ]
        rows = ((free(t.label("button.see_order"), "inspect", order.id, STAYS),),)
    brief = Brief("news", language, truncate(about, MAX_BRIEF_CHARACTERS))
    return Outbound(paragraphs(*parts), rows, durable=True, brief=brief)


def person_rows(addresses: tuple[str, ...]) -> Rows:
    """A button for each address that a button can carry; the text names all of them, for /user."""
    fitting = [each for each in addresses if len(f"-.user.{each}".encode()) <= MAX_DATA_BYTES]
    return tuple((free(truncate(each, 20), "user", each, STAYS),) for each in fitting)


def why(t: Voice, kind: str, detail: str) -> Safe:
    """The order room's reason in words; the provider's own words stay as they are."""
    key, names = _WHY.get(detail.partition(":")[0], ("", ()))
    arguments = detail.split(":", len(names))[1:]
    if kind == "float":
        return t.escaped(truncate(detail, 300))
    if not key or len(arguments) != len(names):
        # What could not be worked on is named first.
        what, named, problem = detail.partition(": ")
        is_named = bool(named) and kind in _NAMING
        return t("trail.because", what=what, why=cause(t, problem)) if is_named else cause(t, detail)
    return t(key, **{name: _argument(t, name, argument) for name, argument in zip(names, arguments, strict=True)})


def _argument(t: Voice, name: str, argument: str) -> Safe:
    if name.endswith("_xof"):
        return t.money(int(argument))
    known = _ARGUMENT.get(name, {})
    return t(known[argument]) if argument in known else cause(t, argument)
