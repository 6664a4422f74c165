"""The dialogue's table: every state, what is asked in it, what its buttons do, what may be typed, where Back leads.

    idle ─▶ reference ─▶ inquiring ─▶ amount ─▶ quote ─▶ (order)
      │          ▲           │  ╲──▶ bill ──────▲
      │          └─ which    └─▶ unanswered ─▶ inquiring
      ├─▶ meters ─▶ meter ─▶ rename | forget | inquiring
      ├─▶ history ─▶ order
      ├─▶ nickname
      └─▶ admin_confirm

An act that a state does not name is looked for in `ANYWHERE`, and for admins in `ADMIN_ANYWHERE`; one that is found
nowhere changes nothing. `draw` writes the diagram of what the table holds.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from msgspec import Struct, field

from bot.dialogue import admin, buy, menus, mine, quote, shortcuts, whose
from bot.dialogue.here import Answer, Deciding, Handler, Here, Reader

Asker: TypeAlias = Callable[[Here], Answer | Deciding]


class State(Struct, frozen=True):
    """One place in the dialogue.

    `ask` puts its question again. `acts` are its buttons. `reads` takes what is typed, and `greedy` says that nearly
    anything typed is meant for it (a nickname), `figures` that an amount may be. `back` is where Back leads. `unclear`
    is what is said to a text that was not understood here. A `view` asks nothing, it only shows; it is not shown again
    after something else was said. `loose` states read a bare number as the beginning of a purchase.
    """

    ask: Asker
    unclear: str
    acts: Mapping[str, Handler] = field(default_factory=dict)
    reads: Reader | None = None
    greedy: bool = False
    figures: bool = False
    view: bool = False
    back: Asker = menus.menu

    @property
    def loose(self) -> bool:
        return self.reads is None


def _back_from_quote(here: Here) -> Answer | Deciding:
    """To the amount, to the bills, or to the reference."""
    if whose.sold(here).prepaid:
        return buy.ask_amount(here)
    inquiry = here.session.inquiry
    return buy.ask_bill(here) if inquiry is not None and len(inquiry.bills) > 1 else whose.ask_reference(here)


TABLE: Final[dict[str, State]] = {
    "idle": State(menus.menu, "unclear.idle", view=True),
    "which": State(shortcuts.ask_which, "unclear.which", {"read": shortcuts.picked}, shortcuts.read_reference),
    "reference": State(whose.ask_reference, "unclear.reference", {"use": whose.use}, shortcuts.read_reference),
    "inquiring": State(
        whose.ask_inquiring,
        "unclear.inquiring",
        {"retry": whose.retry},
        shortcuts.read_reference,
        back=whose.ask_reference,
    ),
    "unanswered": State(
        whose.ask_retry,
        "unclear.unanswered",
        {"retry": whose.retry},
        shortcuts.read_reference,
        back=whose.ask_reference,
    ),
    "amount": State(
        buy.ask_amount,
        "unclear.amount",
        {"amount": buy.amount},
        buy.read_amount,
        figures=True,
        back=whose.ask_reference,
    ),
    "bill": State(buy.ask_bill, "unclear.bill", {"bill": buy.take_bill}, back=whose.ask_reference),
    "quote": State(
        quote.ask_quote,
        "unclear.quote",
        {"confirm": quote.confirm, "check": quote.check, "retry": quote.check},
        buy.read_quote,
        figures=True,
        back=_back_from_quote,
    ),
    "history": State(mine.ask_history, "unclear.idle", view=True),
    "order": State(mine.ask_open_order, "unclear.idle", view=True, back=mine.ask_history),
    "meters": State(mine.meters, "unclear.idle", view=True),
    "meter": State(
        mine.ask_meter,
        "unclear.meter",
        {"buy": mine.buy_for, "rename": mine.rename, "delete": mine.delete},
        mine.read_buy_for,
        figures=True,
        back=mine.meters,
    ),
    "nickname": State(mine.ask_nickname, "unclear.nickname", {"name": mine.read_nickname}, mine.read_nickname, True),
    "rename": State(mine.ask_rename, "unclear.nickname", {}, mine.read_rename, True, back=mine.ask_meter),
    "forget": State(mine.ask_delete, "unclear.yes_no", {"forget": mine.forget}, back=mine.ask_meter),
    "admin_confirm": State(admin.ask_confirm, "unclear.yes_no", {"do": admin.do}),
}

# Valid from everywhere, as a button without a step or as a word.
ANYWHERE: Final[dict[str, Handler]] = {
    "menu": menus.menu,
    "start": menus.start,
    "hello": menus.hello,
    "thanks": menus.thanks,
    "cancel": menus.cancel,
    "help": menus.assist,
    "id": menus.identity,
    "language": menus.language,
    "buy": whose.buy,
    "balance": mine.balance,
    "codes": mine.last_codes,
    "code": mine.code,
    "history": mine.history,
    "order": mine.open_order,
    "last": mine.last_order,
    "recall": mine.recall,
    "ask": mine.ask_now,
    "again": mine.again,
    "meters": mine.meters,
    "meter": mine.meter,
    "save": mine.save,
}
ADMIN_ANYWHERE: Final[dict[str, Handler]] = {"inspect": admin.inspect, "askany": admin.ask_any}

# What the provider's answer to an inquiry leads to.
answered = buy.answered
