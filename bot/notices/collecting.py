"""What people read while they pay for themselves, and when money goes back; alerts about it for the admins. Pure.

Each says what happened, where the money is, and what now. A telephone's number is never shown whole.
"""

from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from bot.domain import collection as collecting
from bot.domain import payback as paying_back
from bot.domain.collecting import Method
from bot.domain.collection import Collection
from bot.domain.outbound import Brief, OpenUrl, Outbound, can_be_opened
from bot.domain.payback import PayBack
from bot.domain.quote import Quote
from bot.i18n import Safe, Voice
from bot.notices.causes import cause
from bot.notices.layout import STAYS, Rows, free, menu_button, paragraphs, truncate
from bot.notices.orders import EMBLEM, SERVICE
from bot.shop import is_prepaid

MAX_BRIEF_CHARACTERS = 60

NotBought: TypeAlias = Literal["bought", "frozen", "closed", "cancelled", "late", "limit", "short"]

METHOD: Final[dict[Method, str]] = {
    "wave": "method.wave",
    "orange_money": "method.orange_money",
    "free_money": "method.free_money",
    "wizall": "method.wizall",
    "card": "method.card",
    "any": "method.any",
}
_NEWS: Final[dict[collecting.NoticeKind, str]] = {
    "checking": "paying.checking",
    "still_payable": "paying.still_payable",
    "failed": "paying.failed",
    "expired": "paying.expired",
    "not_opened": "paying.not_opened",
    "cancelled": "paying.cancelled",
}
_CAME: Final[dict[collecting.NoticeKind, str]] = {
    "paid": "paying.paid",
    "paid_other": "paying.paid_other",
    "paid_late": "paying.paid_late",
    "paid_again": "paying.paid_again",
}
_WHY: Final[dict[NotBought, str]] = {
    "bought": "paying.why.bought",
    "frozen": "paying.why.frozen",
    "closed": "paying.why.closed",
    "cancelled": "paying.why.cancelled",
    "late": "paying.why.late",
    "limit": "paying.why.limit",
    "short": "paying.why.short",
}
_BACK: Final[dict[paying_back.NoticeKind, str]] = {
    "on_its_way": "payback.on_its_way",
    "readdressed": "payback.readdressed",
    "checking": "payback.checking",
    "done": "payback.done",
    "kept": "payback.kept",
    "refused": "payback.refused",
}
_STANDING: Final[dict[paying_back.State, paying_back.NoticeKind]] = {
    "unknown": "checking",
    "done": "done",
    "kept": "kept",
    "refused": "refused",
}
_ALERT: Final[dict[str, str]] = {
    "credentials": "payalert.credentials",
    "conflict": "payalert.conflict",
    "contradiction": "payalert.contradiction",
    "forged_hint": "payalert.forged_hint",
    "foreign_hint": "payalert.foreign_hint",
    "which_payment": "payalert.which_payment",
    "another_amount": "payalert.another_amount",
    "unreadable": "payalert.unreadable",
    "stuck": "payalert.stuck",
    "homeless": "payalert.homeless",
    "held": "payalert.held",
    "float": "payalert.float",
    "refused": "payalert.refused",
    "unknown": "payalert.unknown",
    "late_success": "payalert.late_success",
}


class Fate(Struct, frozen=True):
    """What became of money that came in: what it bought, or why it did not; what of it stays, goes back, or should go
    back and cannot. `held`: an admin confirms first that it goes back. `balance_xof` is what the account has now; it is
    a `trade` account to a reseller.
    """

    paid_xof: int
    bought: Quote | None = None
    why: NotBought | None = None
    kept_xof: int = 0
    back_xof: int = 0
    homeless_xof: int = 0
    held: bool = False
    balance_xof: int = 0
    trade: bool = False


def masked(number: str) -> str:
    """A telephone's number as others may see it: `77 ••• •• 12`."""
    return f"{number[:2]} ••• •• {number[-2:]}"


def collection_news(t: Voice, collection: Collection, kind: collecting.NoticeKind) -> Outbound:
    """What a person reads while they pay, until money has come."""
    named = asked_for(t, collection)
    if kind != "open":
        rows = redo_rows(t, collection) if collection.is_final else paying_rows(t, collection)
        return _news(t, collection, t(_NEWS[kind], **named), rows)
    rows = paying_rows(t, collection)
    if collection.kind == "code":
        return _news(t, collection, code_asked(t, collection), rows)
    if collection.url is None:
        number = "" if collection.payer is None else masked(collection.payer)
        return _news(t, collection, t("paying.open_prompt", number=number, **named), rows)
    if not can_be_opened(collection.url):
        return _news(t, collection, t("paying.open_link", url=collection.url, **named), rows)
    button = OpenUrl(t.label("button.pay", amount=t.short_money(collection.amount_xof)), collection.url)
    return replace(
        _news(t, collection, t("paying.open_button", **named), ((button,), *rows)), typed=t("paying.open_typed")
    )


def code_asked(t: Voice, collection: Collection) -> Safe:
    """The question for the code that a payer was sent."""
    number = "" if collection.payer is None else masked(collection.payer)
    key = "paying.open_code" if collection.state == "open" else "paying.waiting_code"
    return t(key, number=number, **asked_for(t, collection))


def paying_rows(t: Voice, collection: Collection) -> Rows:
    """The buttons under what is waited for: the code that the payer was sent, “I paid”, and that it is not wanted any
    more.
    """
    rows = waiting_rows(t, collection)
    if collection.kind == "code" and collection.state == "open":
        rows = ((free(t.label("button.type_code"), "paycode", collection.id, STAYS),), *rows)
    return rows


def waiting_rows(t: Voice, collection: Collection) -> Rows:
    """The same without the code."""
    paid = free(t.label("button.i_paid"), "paid", collection.id, STAYS)
    return ((paid, free(t.label("button.cancel"), "uncollect", collection.id, STAYS)),)


def redo_rows(t: Voice, collection: Collection) -> Rows:
    """The buttons under what came to nothing."""
    again = free(t.label("button.pay_again"), "payagain", collection.id, STAYS)
    return ((again, menu_button(t)),)


def paid_news(t: Voice, collection: Collection, kind: collecting.NoticeKind, fate: Fate) -> Outbound:
    """What a person reads when money has come: that it has, what it did, what now."""
    first = t(_CAME[kind], paid=t.money(fate.paid_xof), **asked_for(t, collection))
    text = paragraphs(first, _did(t, collection, fate), _rest(t, collection, fate))
    return _news(t, collection, text)


def _did(t: Voice, collection: Collection, fate: Fate) -> Safe | None:
    if fate.bought is not None:
        quote = fate.bought
        key = "paying.bought" if is_prepaid(quote.service) else "paying.bought_bill"
        named = {"emblem": EMBLEM[quote.service], "service": t(SERVICE[quote.service]), "reference": quote.reference}
        return t(key, amount=t.money(quote.amount_xof), **named)
    if fate.why is not None:
        return t(_WHY[fate.why], **asked_for(t, collection))
    return None


def _rest(t: Voice, collection: Collection, fate: Fate) -> Safe | None:
    parts: list[Safe | None] = []
    if fate.kept_xof:
        key = "paying.kept_float" if fate.trade else "paying.kept"
        parts.append(t(key, kept=t.money(fate.kept_xof), balance=t.money(fate.balance_xof)))
    if fate.back_xof:
        key = "paying.back_held" if fate.held else "paying.back"
        parts.append(t(key, back=t.money(fate.back_xof), method=t(METHOD[collection.method])))
    if fate.homeless_xof:
        parts.append(t("paying.homeless", sum=t.money(fate.homeless_xof)))
    return paragraphs(*parts) if parts else None


def going_back(t: Voice, payback: PayBack, kind: paying_back.NoticeKind = "on_its_way") -> Safe:
    """How money goes back: how much, to which number, and what comes next."""
    key = "payback.held" if kind == "on_its_way" and payback.state == "held" else _BACK[kind]
    return t(key, amount=t.money(payback.amount_xof), number=masked(payback.payer), method=t(METHOD[payback.method]))


def payback_standing(t: Voice, payback: PayBack) -> Safe:
    """How it stands with money that goes back, for who asks."""
    return going_back(t, payback, _STANDING.get(payback.state, "on_its_way"))


def payback_news(t: Voice, payback: PayBack, kind: paying_back.NoticeKind) -> Outbound:
    """What a person reads of money that goes back to them."""
    return _durable(t, going_back(t, payback, kind), payback.amount_xof)


def alert(t: Voice, about: Collection | PayBack, kind: str, detail: str) -> Outbound:
    """What an admin must know of a collection or a pay-back: what happened, whose it is, and where to look."""
    named = "payalert.payin" if isinstance(about, Collection) else "payalert.payback"
    text = paragraphs(
        t(_ALERT[kind]),
        t(
            named,
            id=about.id,
            amount=t.money(about.amount_xof),
            method=t(METHOD[about.method]),
            address=str(about.address),
        ),
        _detail(t, about, detail),
    )
    act = "payin" if isinstance(about, Collection) else "payback"
    rows: Rows = ((free(t.label("button.see_payment"), act, about.id, STAYS),),)
    brief = Brief("news", t.language, truncate(t.label("brief.alert"), MAX_BRIEF_CHARACTERS))
    return Outbound(text, rows, durable=True, brief=brief)


def _detail(t: Voice, about: Collection | PayBack, detail: str) -> Safe | None:
    """What is known besides: sums as sums, and no sum twice."""
    word, *sums = detail.split(":")
    if detail.isdecimal():
        return None if int(detail) == about.amount_xof else t("alert.detail", detail=t.money(int(detail)))
    if word == "instead_of":
        paid_xof, agreed_xof = (t.money(int(each)) for each in sums)
        return t("alert.detail", detail=t("why.instead_of", paid_xof=paid_xof, agreed_xof=agreed_xof))
    return t("alert.detail", detail=cause(t, detail)) if detail else None


def asked_for(t: Voice, collection: Collection) -> dict[str, object]:
    """What a payer is asked for, as every text about it names it."""
    return {
        "amount": t.money(collection.amount_xof),
        "method": t(METHOD[collection.method]),
        "clock": t.clock(collection.expires_at),
    }


def _news(t: Voice, collection: Collection, text: Safe, rows: Rows = ()) -> Outbound:
    return _durable(t, text, collection.amount_xof, rows)


def _durable(t: Voice, text: Safe, amount_xof: int, rows: Rows = ()) -> Outbound:
    about = truncate(t.label("brief.payment", amount=t.money(amount_xof)), MAX_BRIEF_CHARACTERS)
    return Outbound(text, rows, durable=True, brief=Brief("news", t.language, about))
