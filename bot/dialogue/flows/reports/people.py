"""An admin reads what is known of one person: `/user`. Pure."""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.acts.terms import commission_words
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.reports.find import MAX_BUTTONS, MIN_CHARACTERS, person_button
from bot.dialogue.flows.reports.orders import page_link
from bot.dialogue.menu import home_row, reply_beside
from bot.dialogue.periods import unclear
from bot.dialogue.permissions import ROLE, Permission, may
from bot.domain.catalog import Catalog
from bot.domain.people import Address, Role
from bot.domain.text import fold
from bot.errors import ModelError
from bot.i18n import Safe, Voice
from bot.languages import LISTS
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs, truncate
from bot.notices.orders import SERVICE, list_label
from bot.notices.own_account import movement_line
from bot.notices.person_names import beside, person_line
from bot.repositories import sellers
from bot.repositories.finding import Filter, people_named
from bot.repositories.person_names import called_as
from bot.store import Script
from bot.transactions.records import PersonRecord, record_of

# As many as have a button.
MOST_PEOPLE: Final = MAX_BUTTONS
# What an admin may do about a person, as they would type it.
_HINTS: Final[tuple[tuple[str, Permission], ...]] = (
    ("/credit {address} 5000 Wave", "owner"),
    ("/debit {address} 5000 Wave", "owner"),
    ("/limit {address} credit 50000", "owner"),
    ("/freeze {address}", "operator"),
    ("/unfreeze {address}", "operator"),
    ("/reseller {address}", "owner"),
)


def user(ctx: Context, rest: str = "") -> Deciding:
    """`/user ADDRESS`: somebody's account; the end of an address, or a name, will do where it is one person's."""
    typed = rest.strip()
    installation = ctx.unit.installation
    person = None
    try:
        person = yield from record_of(Address.parse(typed), installation)
    except ModelError:
        if len(fold(typed)) < MIN_CHARACTERS:
            return unclear(ctx, "user.usage")
    if person is not None:
        return (yield from _person(ctx, person))
    people = yield from people_named(typed, MOST_PEOPLE)
    if len(people) == 1 and (person := (yield from record_of(people[0], installation))) is not None:
        return (yield from _person(ctx, person))
    if not people:
        return reply_beside(ctx, ctx.t("user.none", text=truncate(typed, 60)))
    rows: Rows = tuple((button,) for button in map(person_button, people) if button is not None)
    listed = []
    for one in people:
        listed.append(person_line(ctx.t, (yield from called_as(one))))
    more = ctx.t("person.more") if len(people) == MOST_PEOPLE else None
    return Reply(lines(ctx.t("user.which"), *listed, more), (*rows, home_row(ctx)), separate=True)


def _sells(ctx: Context, of: PersonRecord) -> Script[list[Safe]]:
    """For whose shop each chat of a person's sells, and how many sell for theirs."""
    texts: list[Safe] = []
    for member in of.members:
        shop = yield from sellers.shop_of(str(member.address))
        if shop is not None:
            texts.append(ctx.t("user.sells_for", address=str(member.address), shop=shop))
    if many := len((yield from sellers.of_shop(of.customer))):
        texts.append(ctx.t("user.sellers", many=many))
    return texts


def _person(ctx: Context, of: PersonRecord) -> Deciding:
    t, money, terms = ctx.t, of.balance, of.reseller
    sells = yield from _sells(ctx, of)
    roles, called = dict(of.roles), {one.address: replace(one, shop="") for one in of.called}
    text = paragraphs(
        lines(
            t("user.title", address=of.customer),
            t("user.frozen", moment=t.moment(of.frozen_at)) if of.frozen_at is not None else None,
            *(
                Safe(
                    t(
                        "user.member",
                        address=str(member.address),
                        language=LISTS[member.language].name if member.language in LISTS else member.language,
                        role=_role(t, roles, member.address),
                    )
                    + beside(t, called[member.address])
                )
                for member in of.members
            ),
            *sells,
            *(t("user.names", address=str(chat), names=", ".join(names)) for chat, names in of.names),
            t("user.since", moment=t.moment(of.since_at)) if of.since_at is not None else None,
            t("user.counts", orders=of.orders, meters=of.meters),
        ),
        lines(
            t("balance.available", balance=t.money(money.available_xof)),
            t("admin.person.held", held=t.money(money.held_xof)) if money.held_xof else None,
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
    return Reply(text, (*last, *_more_orders(ctx, of), home_row(ctx)), separate=True)


def _more_orders(ctx: Context, of: PersonRecord) -> Rows:
    """The way to all orders of somebody of whom not all are shown."""
    link = page_link(ctx, "button.orders_of", 0, Filter(address=Address.parse(of.customer)))
    return ((link,),) if link is not None and of.orders > len(of.last_orders) else ()


def _role(t: Voice, roles: dict[Address, Role], address: Address) -> str:
    return f" · {t(ROLE[roles[address]])}" if address in roles else ""


def _commissions(t: Voice, of: PersonRecord, catalog: Catalog) -> Safe:
    own = of.reseller.commissions if of.reseller is not None else {}
    terms = ((service, own.get(service.name, service.commission)) for service in catalog)
    return Safe(
        "; ".join(
            t("user.commission", service=t(SERVICE[of.name]), said=commission_words(t, of, rule)) for of, rule in terms
        )
    )


def _hints(ctx: Context, of: PersonRecord) -> list[Safe]:
    """What may be done about somebody by whoever reads this."""
    wrong = "/freeze" if of.frozen_at is not None else "/unfreeze"
    return [
        Safe(f"<code>{ctx.t.escaped(hint.format(address=of.customer))}</code>")
        for hint, who in _HINTS
        if may(ctx.person, who) and not hint.startswith(f"{wrong} ")
    ]
