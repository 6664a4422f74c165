"""Figures for people: orders, counted and summed; and finding orders and people. Pure."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, get_args

from bot.dialogue import read
from bot.dialogue.admin.identity_looks import LookNames
from bot.dialogue.admin.looks import LookFiltered, LookFound, LookNeedy, LookNumbers, LookPerson
from bot.dialogue.admin.reading_effects import Resend
from bot.dialogue.effects import Effect
from bot.dialogue.looks import Look
from bot.domain.catalog import digits_of
from bot.domain.ledger import customer_account
from bot.domain.model import MAX_AMOUNT_XOF, Address, ServiceName
from bot.domain.order import NoticeKind, Order, State
from bot.domain.period import Period
from bot.remembering import cases
from bot.repositories.accounts import customer_of, members_of, size_of
from bot.repositories.money import balance_of, movements_of
from bot.repositories.orders import Page, find_order, order_of, page_of
from bot.repositories.statistics import Books, Counted, FindKind, Found, Numbers, PersonRecord
from bot.store import Row, Script
from bot.transactions.installation import Installation
from bot.transactions.notifications import tell
from bot.transactions.people import named_admins, standing_of
from bot.transactions.unit import Unit

# Later than any order.
_NEVER = 1 << 53
_AFTER_EVERY_ID = "~"
_SERVICES: Final[tuple[ServiceName, ...]] = get_args(ServiceName)
_TRANSACTION = re.compile(r"[\w.:-]{3,60}", re.ASCII)
# The news of an order that is told again: what its owner read last of it.
_NEWS: Final[dict[State, NoticeKind]] = {
    "waiting": "waiting",
    "sending": "still_pending",
    "processing": "still_pending",
    "token_awaited": "token_awaited",
    "unknown": "unknown",
    "delivered": "delivered",
    "refused": "refused",
    "cancelled": "cancelled",
}


def _total(rows: Iterable[Row], column: str) -> int:
    return sum(int(row[column]) for row in rows)


# Everybody's orders.


def _counted(rows: Iterable[Row]) -> Counted:
    rows = list(rows)
    delivered = [row for row in rows if row["state"] == "delivered"]
    refused = [row for row in rows if row["state"] == "refused"]
    return Counted(
        orders=_total(rows, "many"),
        delivered=_total(delivered, "many"),
        refused=_total(refused, "many"),
        refused_sent=_total((row for row in refused if row["sent"]), "many"),
        cancelled=_total((row for row in rows if row["state"] == "cancelled"), "many"),
        amount_xof=_total(delivered, "amount_xof"),
        fee_xof=_total(delivered, "fee_xof"),
        commission_xof=_total(delivered, "commission_xof"),
        refunded_xof=_total(delivered, "refunded_xof"),
    )


def _numbers(look: LookNumbers, customer: str, installation: Installation) -> Script[Numbers]:
    within = {"since": look.since, "until": look.until}
    rows = yield "orders_counted", within
    channels = sorted({str(row["channel"]) for row in rows})
    books = yield from _books(look.since, look.until)
    median_ms, late_ms = yield from _times(look.since, look.until)
    return Numbers(
        _counted(rows),
        tuple((name, _counted(of)) for name in _SERVICES if (of := [row for row in rows if row["service"] == name])),
        tuple((name, _counted(row for row in rows if row["channel"] == name)) for name in channels),
        books,
        median_ms,
        late_ms,
    )


def _books(since: int, until: int) -> Script[Books]:
    rows = yield "books_between", {"since": since, "until": until}
    more = {row["account"]: int(row["more_xof"]) for row in rows}
    less = {row["account"]: int(row["less_xof"]) for row in rows}
    both = {account: more[account] + less[account] for account in more}
    return Books(
        fees_xof=both.get("fees", 0),
        commissions_xof=-both.get("commissions", 0),
        borne_xof=-both.get("corrections", 0),
        paid_in_xof=-less.get("funding", 0),
        paid_out_xof=more.get("funding", 0),
    )


def _times(since: int, until: int) -> Script[tuple[int | None, int | None]]:
    """The median (of two in the middle their mean) and the 95th of a hundred (the nearest rank), exactly."""
    within = {"since": since, "until": until}
    rows = yield "times_counted", within
    many = int(rows[0]["many"])
    if not many:
        return None, None
    middle = yield "times_to_code", within | {"skip": (many - 1) // 2, "count": 2 - many % 2}
    late = yield "times_to_code", within | {"skip": -(-many * 95 // 100) - 1, "count": 1}
    return _total(middle, "took_ms") // len(middle), int(late[0]["took_ms"])


def _needy(look: LookNeedy, customer: str, installation: Installation) -> Script[int]:
    rows = yield "orders_needy", {"since": look.since}
    return int(rows[0]["many"])


def _filtered(look: LookFiltered, customer: str, installation: Installation) -> Script[Page]:
    wanted = look.filter
    days = Period(wanted.first, wanted.last) if wanted.first is not None and wanted.last is not None else None
    owner = "" if wanted.address is None else (yield from customer_of(str(wanted.address)))
    rows = yield (
        "orders_filtered",
        {
            "first": 0 if days is None else days.since,
            "until": _NEVER if days is None else days.until,
            "states": f",{','.join(wanted.states)}," if wanted.states else "",
            "stuck": int(wanted.stuck),
            "since": look.since,
            "service": wanted.service or "",
            "customer": owner,
            "reference": wanted.reference or "",
            "least_xof": wanted.least_xof or 0,
            "most_xof": MAX_AMOUNT_XOF if wanted.most_xof is None else wanted.most_xof,
            "skip": look.skip,
            "count": look.count + 1,
        },
    )
    return Page(tuple(order_of(row) for row in rows[: look.count]), len(rows) > look.count)


# Finding.


def _like(text: str) -> str:
    """A text in which no letter is a wildcard."""
    return re.sub(r"([\\%_])", r"\\\1", text.lower())


def _found(look: LookFound, customer: str, installation: Installation) -> Script[Found]:
    text, digits = look.text.strip(), digits_of(look.text)
    recent: dict[str, str | int | None] = {"since": look.since, "count": look.count}
    groups: list[tuple[FindKind, tuple[Order, ...]]] = []
    wanted = read.order_id(text)
    if wanted is not None:
        rows = yield (
            "orders_of_beginning",
            {"first": wanted, "last": wanted + _AFTER_EVERY_ID, "count": look.count},
        )
        groups.append(("order", tuple(order_of(row) for row in rows)))
    numeric = digits.isdecimal() and digits.isascii()
    if numeric:
        rows = yield "orders_of_reference", recent | {"digits": digits}
        groups.append(("reference", tuple(order_of(row) for row in rows)))
    if numeric and len(digits) == 4:
        rows = yield "orders_of_code", recent | {"ending": digits}
        groups.append(("code", tuple(order_of(row) for row in rows)))
    if not numeric:
        rows = yield "orders_of_name", recent | {"name": _like(text)}
        groups.append(("name", tuple(order_of(row) for row in rows)))
    if _TRANSACTION.fullmatch(text):
        rows = yield "orders_of_transaction", recent | {"transaction": _like(text)}
        groups.append(("transaction", tuple(order_of(row) for row in rows)))
    # People write telephone numbers with a plus and spaces; no channel's own id has them.
    ending = _like(digits.removeprefix("+") if digits.removeprefix("+").isdecimal() else text.removeprefix("@"))
    people = yield "addresses_ending", {"ending": ending, "count": look.count}
    return Found(
        tuple((kind, orders) for kind, orders in groups if orders),
        tuple(Address.parse(row["address"]) for row in people),
    )


def _person(look: LookPerson, customer: str, installation: Installation) -> Script[PersonRecord | None]:
    owner = yield from customer_of(str(look.address))
    members = yield from members_of(owner)
    if not members:
        return None
    known = yield "person_known", {"customer": owner, "account": customer_account(owner)}
    row = known[0]
    admins = yield from named_admins(installation)
    _, reseller, _ = yield from standing_of(look.address, owner, installation)
    orders, meters = yield from size_of(owner)
    balance = yield from balance_of(owner, installation.default_credit_limit_xof)
    movements = yield from movements_of(owner, look.count)
    page = yield from page_of(owner, 0, look.count)
    agreed = yield "consents_of", {"customer": owner}
    called = []
    for member in members:
        names = yield from cases.names(LookNames(member.address), owner, installation)
        if names:
            called.append((member.address, names))
    first = [int(at) for at in (row["ordered_at"], row["moved_at"], row["reseller_since_at"]) if at is not None]
    return PersonRecord(
        owner,
        members,
        balance,
        orders,
        meters,
        since_at=min(first, default=None),
        roles=tuple((member.address, admins[member.address].role) for member in members if member.address in admins),
        reseller=reseller,
        reseller_since_at=row["reseller_since_at"] or 0,
        frozen_at=row["frozen_at"],
        movements=movements,
        last_orders=page.orders,
        agreed=tuple(row["shop_name"] for row in agreed),
        names=tuple(called),
    )


# What admins set going.


def _resend(unit: Unit, effect: Resend) -> Script[None]:
    order = yield from find_order(effect.order_id)
    if order is not None:
        unit.posted += yield from tell(unit.installation, order, _NEWS[order.state], unit.now)


ANSWERS: Final[dict[type[Look], Callable[[Any, str, Installation], Script[Any]]]] = {
    LookNumbers: _numbers,
    LookNeedy: _needy,
    LookFiltered: _filtered,
    LookFound: _found,
    LookPerson: _person,
}
DEEDS: Final[dict[type[Effect], Callable[[Unit, Any], Script[None]]]] = {Resend: _resend}
