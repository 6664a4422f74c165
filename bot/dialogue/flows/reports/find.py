"""An admin looks for something and knows only a piece of it: `/find`. Pure.

A text is looked for wherever it may stand: in an order's number, meter, holder, client, provider's transaction, in the
end of its recharge codes, in people's addresses and names. The matches stand in groups, each of them as a button.
"""

from typing import Final

from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.menu import home_row, reply_beside
from bot.dialogue.parsing.references import parse_order_id
from bot.domain.order import Order
from bot.domain.outbound import Choice
from bot.domain.people import Address
from bot.domain.period import DAY_MS, MAX_DAYS
from bot.i18n import Safe
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs, truncate
from bot.notices.orders import EMBLEM, STATE, list_label, order_number
from bot.notices.person_names import person_line
from bot.repositories.finding import FindKind, orders_named, people_named
from bot.repositories.person_names import called_as

MIN_CHARACTERS = 3
MAX_CHARACTERS = 60
# With the way home, as many as the narrowest channel shows at once.
MAX_BUTTONS = 9
MOST_PEOPLE = 5
MAX_DATA_BYTES = 64
_TITLE: Final[dict[FindKind, str]] = {
    "order": "find.order",
    "reference": "find.reference",
    "name": "find.name",
    "transaction": "find.transaction",
    "code": "find.code",
}


def find(ctx: Context, rest: str = "") -> Answer | Deciding:
    """`/find TEXT`: a meter, a name, an address, a number, or a piece of one."""
    text = " ".join(rest.split())
    if not MIN_CHARACTERS <= len(text) <= MAX_CHARACTERS:
        return reply_beside(ctx, ctx.t("find.usage"))
    return _find(ctx, text)


def _find(ctx: Context, text: str) -> Deciding:
    t = ctx.t
    matches = yield from orders_named(text, parse_order_id(text), ctx.now - MAX_DAYS * DAY_MS)
    people = yield from people_named(text, MOST_PEOPLE)
    if not matches and not people:
        return reply_beside(ctx, t("find.none", text=text))
    shown: list[str] = []
    groups: list[Safe] = []
    rows: Rows = ()
    for kind, orders in matches:
        fresh = [order for order in orders if order.id not in shown][: MAX_BUTTONS - len(rows)]
        if fresh:
            shown += [order.id for order in fresh]
            groups.append(lines(t(_TITLE[kind]), *(_line(ctx, order) for order in fresh)))
            rows += tuple((free(list_label(t, order), "inspect", order.id, STAYS),) for order in fresh)
    if people:
        listed = []
        for one in people:
            listed.append(person_line(t, (yield from called_as(one))))
        more = t("person.more") if len(people) == MOST_PEOPLE else None
        groups.append(lines(t("find.people"), *listed, more))
        rows += tuple((button,) for button in map(person_button, people) if button is not None)
    return Reply(paragraphs(t("find.title", text=text), *groups), (*rows[:MAX_BUTTONS], home_row(ctx)), separate=True)


def _line(ctx: Context, order: Order) -> Safe:
    t = ctx.t
    names = dict.fromkeys(name for name in (order.client, order.holder) if name)
    return t(
        "find.line",
        emblem=EMBLEM[order.service],
        order=order_number(order.id),
        amount=t.short_money(order.amount_xof),
        moment=t.short_moment(order.confirmed_at),
        state=t(STATE[order.state]),
        reference=order.reference,
        names=truncate(", ".join(names), 60) or "—",
    )


def person_button(address: Address) -> Choice | None:
    """A way to somebody's account; None for an address that no button can carry."""
    data = f"{STAYS}.user.{address}"
    return free(f"👤 {address}", "user", str(address), STAYS) if len(data.encode()) <= MAX_DATA_BYTES else None
