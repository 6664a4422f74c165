"""An admin reads: orders by any filter, one person's account; and sends an order's news to its owner again. Pure.

A page of orders carries its filter in its buttons; a filter that is too long for a button stays in the session.
"""

from typing import Any, Final

from bot.dialogue import read
from bot.dialogue.acts.audit_log import audit
from bot.dialogue.admin.filters import MIN_REFERENCE_DIGITS, described, parse, written
from bot.dialogue.admin.find import MAX_DATA_BYTES, person_button
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.menus import home_row
from bot.dialogue.periods import unclear
from bot.dialogue.permissions import Permission, may
from bot.domain.catalog import Catalog, digits_of
from bot.domain.model import Address, ServiceName
from bot.domain.order import STUCK_AFTER_MS, Order
from bot.errors import ModelError
from bot.i18n import Safe, Voice
from bot.notices.layout import STAYS, TURNS, Rows, free, lines, paragraphs, truncate
from bot.notices.orders import SERVICE, STATE, list_label, list_line, order_number
from bot.notices.own_account import movement_line
from bot.repositories.finding import Filter, filtered, people_named
from bot.repositories.orders import find_order
from bot.transactions.notifications import tell_again
from bot.transactions.records import PersonRecord, record_of

PAGE_SIZE = 6
# Says in a button that the filter stands in the session.
KEPT = "^"
# What an admin may do about a person, as they would type it.
_HINTS: Final[tuple[tuple[str, Permission], ...]] = (
    ("/credit {address} 5000 Wave", "owner"),
    ("/debit {address} 5000 Wave", "owner"),
    ("/limit {address} credit 50000", "owner"),
    ("/freeze {address}", "operator"),
    ("/unfreeze {address}", "operator"),
    ("/reseller {address}", "owner"),
)


# Orders.


def orders(ctx: Context, rest: str = "") -> Answer | Deciding:
    """`/orders [filters]`: everybody's orders, newest first, a page at a time."""
    wanted = parse(rest, ctx.shop.catalog, ctx.person.now)
    return unclear(ctx, "orders.usage") if wanted is None else _orders(ctx, wanted, 0)


def turn_page(ctx: Context, argument: str) -> Answer | Deciding:
    """A page of them: how many to skip, and the filter."""
    skip, _, rest = argument.partition(" ")
    if rest == KEPT:
        rest = ctx.session.draft or ""
    wanted = parse(rest, ctx.shop.catalog, ctx.person.now)
    if wanted is None or not skip.isdecimal() or len(skip) > 6:
        return unclear(ctx, "orders.usage")
    return _orders(ctx, wanted, int(skip))


def ask_orders(ctx: Context) -> Answer | Deciding:
    """The page of orders that was shown last."""
    return turn_page(ctx, f"{ctx.session.skip} {KEPT}")


def _orders(ctx: Context, wanted: Filter, skip: int) -> Deciding:
    t = ctx.t
    page = yield from filtered(wanted, ctx.now - STUCK_AFTER_MS, skip, PAGE_SIZE)
    title = t("orders.title", filter=described(t, wanted))
    words = written(wanted)
    listed = (
        lines(list_line(t, number, order), t("orders.owner", address=str(order.address), names=_names(order)))
        for number, order in enumerate(page.orders, 1)
    )
    text = paragraphs(title, *listed) if page.orders else paragraphs(title, t("orders.none"))
    rows: Rows = tuple((free(list_label(t, order), "inspect", order.id, STAYS),) for order in page.orders)
    paging = (
        *((_turn(ctx, "button.newer", max(0, skip - PAGE_SIZE), words),) if skip else ()),
        *((_turn(ctx, "button.older", skip + PAGE_SIZE, words),) if page.more else ()),
    )
    rows = (*rows, *((paging,) if paging else ()), home_row(ctx))
    return ctx.ask("admin_orders", text, rows, base=ctx.afresh(), draft=words, skip=skip)


def _names(order: Order) -> str:
    names = dict.fromkeys(name for name in (order.client, order.holder) if name)
    return truncate(", ".join(names), 60) or "—"


def _turn(ctx: Context, key: str, skip: int, words: str) -> Any:
    """A button to another page; it is good for ever if it can carry its filter."""
    argument = f"{skip} {words}".strip()
    if len(f"{TURNS}.orders.{argument}".encode()) <= MAX_DATA_BYTES:
        return ctx.link(key, "orders", argument)
    return ctx.button(key, "orders", f"{skip} {KEPT}")


def resend(ctx: Context, rest: str = "") -> Deciding:
    """`/resend ID`: an order's latest news goes to its owner again; whoever sends it sees nothing of it."""
    wanted = read.order_id(rest)
    order: Order | None = None
    if wanted is not None:
        order = yield from find_order(wanted)
    if order is None:
        return Reply(ctx.t("resend.usage" if wanted is None else "admin.order.none"), separate=True)
    ctx.unit.posted += yield from tell_again(ctx.unit.installation, order, ctx.now)
    yield from audit(ctx, "resend", order.id)
    text = ctx.t(
        "resend.done", order=order_number(order.id), state=ctx.t(STATE[order.state]), address=str(order.address)
    )
    see = free(ctx.t.label("button.see_order"), "inspect", order.id, STAYS)
    return Reply(text, ((see, *home_row(ctx)),), separate=True)


# People.


def user(ctx: Context, rest: str = "") -> Deciding:
    """`/user ADDRESS`: somebody's account; the end of an address will do where it names one person."""
    typed = rest.strip()
    installation = ctx.unit.installation
    person = None
    try:
        person = yield from record_of(Address.parse(typed), installation)
    except ModelError:
        if len(digits_of(typed)) < MIN_REFERENCE_DIGITS:
            return unclear(ctx, "user.usage")
    if person is not None:
        return _person(ctx, person)
    people = yield from people_named(typed)
    if len(people) == 1 and (person := (yield from record_of(people[0], installation))) is not None:
        return _person(ctx, person)
    if not people:
        return Reply(ctx.t("user.none", text=truncate(typed, 60)), (home_row(ctx),), separate=True)
    rows: Rows = tuple((button,) for button in map(person_button, people) if button is not None)
    named = (ctx.t("find.person", address=str(one)) for one in people)
    return Reply(lines(ctx.t("user.which"), *named), (*rows, home_row(ctx)), separate=True)


def _person(ctx: Context, of: PersonRecord) -> Answer:
    t, money, terms = ctx.t, of.balance, of.reseller
    roles = dict(of.roles)
    text = paragraphs(
        lines(
            t("user.title", address=of.customer),
            t("user.frozen", moment=t.moment(of.frozen_at)) if of.frozen_at is not None else None,
            *(
                t(
                    "user.member",
                    address=str(member.address),
                    language=member.language,
                    role=_role(t, roles, member.address),
                )
                for member in of.members
            ),
            *(t("user.names", address=str(chat), names=", ".join(names)) for chat, names in of.names),
            t("user.since", moment=t.moment(of.since_at)) if of.since_at is not None else None,
            t("user.counts", orders=of.orders, meters=of.meters),
        ),
        lines(
            t("balance.available", balance=t.money(money.available_xof)),
            t("balance.held", held=t.money(money.held_xof)) if money.held_xof else None,
            t("balance.credit", limit=t.money(money.credit_limit_xof)) if money.credit_limit_xof else None,
        ),
        None
        if terms is None
        else lines(
            t("user.reseller", shop=truncate(terms.shop_name, 60) or "—", moment=t.moment(of.reseller_since_at)),
            t("user.commissions", commissions=_commissions(t, of, ctx.shop.catalog)),
            t("user.day_limit", limit=t.money(terms.day_limit_xof)) if terms.day_limit_xof is not None else None,
            t("user.pin") if terms.pin_hash is not None else None,
        ),
        lines(t("user.agreed"), *(t.escaped(truncate(shop, 60)) for shop in of.agreed)) if of.agreed else None,
        lines(t("balance.movements"), *(movement_line(ctx.t, move) for move in of.movements)) if of.movements else None,
        lines(t("user.hints"), *_hints(ctx, of)) if _hints(ctx, of) else None,
    )
    last = tuple((free(list_label(t, order), "inspect", order.id, STAYS),) for order in of.last_orders)
    more: Rows = ()
    if of.orders > len(of.last_orders):
        more = ((_turn(ctx, "button.orders_of", 0, of.customer),),)
    return Reply(text, (*last, *more, home_row(ctx)), separate=True)


def _role(t: Voice, roles: dict[Address, Any], address: Address) -> str:
    return f" · {roles[address]}" if address in roles else ""


def _commissions(t: Voice, of: PersonRecord, catalog: Catalog) -> str:
    own = of.reseller.commissions if of.reseller is not None else {}
    terms: list[tuple[ServiceName, str]] = [
        (service.name, str(own.get(service.name, service.commission))) for service in catalog
    ]
    return "; ".join(f"{t.label(SERVICE[name])} {commission}" for name, commission in terms)


def _hints(ctx: Context, of: PersonRecord) -> list[Safe]:
    """What may be done about somebody by whoever reads this."""
    wrong = "/freeze" if of.frozen_at is not None else "/unfreeze"
    return [
        Safe(f"<code>{ctx.t.escaped(hint.format(address=of.customer))}</code>")
        for hint, who in _HINTS
        if may(ctx.person, who) and not hint.startswith(f"{wrong} ")
    ]
