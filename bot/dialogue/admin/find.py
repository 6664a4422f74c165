"""An admin looks for something and knows only a piece of it: `/find`. Pure.

A text is looked for wherever it may stand: in an order's number, meter, holder, client, provider's transaction, in the
end of its recharge codes, in people's addresses. What was found stands in groups, each of it as a button.
"""

from typing import Final

from bot.dialogue.admin.looks import FindKind, Found, LookFound
from bot.dialogue.here import STAYS, Answer, Aside, Deciding, Here, Rows, brief, free, lines, paragraphs
from bot.dialogue.menus import home_row
from bot.dialogue.orders import EMBLEM, STATE, list_label, order_number
from bot.dialogue.period import DAY_MS, MAX_DAYS
from bot.i18n import Safe
from bot.model import Address, Choice
from bot.order import Order

MIN_CHARACTERS = 3
MAX_CHARACTERS = 60
# With the way home, as many as a list of WhatsApp shows at once.
MAX_BUTTONS = 9
MAX_DATA_BYTES = 64
_TITLE: Final[dict[FindKind, str]] = {
    "order": "find.order",
    "reference": "find.reference",
    "name": "find.name",
    "transaction": "find.transaction",
    "code": "find.code",
}


def find(here: Here, rest: str = "") -> Answer | Deciding:
    """`/find TEXT`: a meter, a name, an address, a number, or a piece of one."""
    text = " ".join(rest.split())
    if not MIN_CHARACTERS <= len(text) <= MAX_CHARACTERS:
        return Aside(here.t("find.usage"), (home_row(here),), apart=True)
    return _find(here, text)


def _find(here: Here, text: str) -> Deciding:
    t = here.t
    found: Found = yield LookFound(text, here.speaker.now - MAX_DAYS * DAY_MS)
    if not found.orders and not found.people:
        return Aside(t("find.none", text=text), (home_row(here),), apart=True)
    shown: list[str] = []
    groups: list[Safe] = []
    rows: Rows = ()
    for kind, orders in found.orders:
        fresh = [order for order in orders if order.id not in shown][: MAX_BUTTONS - len(rows)]
        if fresh:
            shown += [order.id for order in fresh]
            groups.append(lines(t(_TITLE[kind]), *(_line(here, order) for order in fresh)))
            rows += tuple((free(list_label(t, order), "inspect", order.id, STAYS),) for order in fresh)
    if found.people:
        groups.append(lines(t("find.people"), *(t("find.person", address=str(one)) for one in found.people)))
        rows += tuple((button,) for button in map(person_button, found.people) if button is not None)
    return Aside(paragraphs(t("find.title", text=text), *groups), (*rows[:MAX_BUTTONS], home_row(here)), apart=True)


def _line(here: Here, order: Order) -> Safe:
    t = here.t
    names = dict.fromkeys(name for name in (order.client, order.holder) if name)
    return t(
        "find.line",
        emblem=EMBLEM[order.service],
        order=order_number(order.id),
        amount=t.short_money(order.amount_xof),
        moment=t.short_moment(order.confirmed_at),
        state=t(STATE[order.state]),
        reference=order.reference,
        names=brief(", ".join(names), 60) or "—",
    )


def person_button(address: Address) -> Choice | None:
    """A way to somebody's account; None for an address that no button can carry."""
    data = f"{STAYS}.user.{address}"
    return free(f"👤 {address}", "user", str(address), STAYS) if len(data.encode()) <= MAX_DATA_BYTES else None
