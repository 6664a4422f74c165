"""The dialogue's table: every state, what is asked in it, what its buttons do, what may be typed, where Back leads.

    idle ─▶ reference ─▶ inquiring ─▶ amount ─▶ quote ─▶ (order)
      │          ▲           │  ╲──▶ bill ──────▲
      │     which│unusual    └─▶ unanswered ─▶ inquiring
      ├─▶ meters ─▶ meter ─▶ rename | forget | inquiring
      ├─▶ history ─▶ order
      ├─▶ nickname
      ├─▶ link_give | link_undo | unlink
      ├─▶ what resellers do (`bot.dialogue.reseller`)
      └─▶ what admins do (`bot.dialogue.admin`)

An act that a state does not name is looked for in `ANYWHERE`, and for those who may in `guarded`; one that is found
nowhere changes nothing. `describe` writes the table out for people (`docs/dialogue.md`).
"""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue import announcements, buy, help, link, link_undo, menus, meters, mine, part, quote, shortcuts, whose
from bot.dialogue.admin import table as admin
from bot.dialogue.effects import Answered, InquiryAnswered, InquiryLimited
from bot.dialogue.here import Answer, Deciding, Handler, Here, State
from bot.dialogue.reseller import table as reseller
from bot.dialogue.roles import Who


def _amount_bill_or_reference(here: Here) -> Answer | Deciding:
    """Back from a quote: to what was chosen last."""
    if whose.sold(here).prepaid:
        return buy.ask_amount(here)
    inquiry = here.session.inquiry
    return buy.ask_bill(here) if inquiry is not None and len(inquiry.bills) > 1 else whose.ask_reference(here)


TABLE: Final[dict[str, State]] = {
    "idle": State(menus.menu, "unclear.idle", view=True),
    "which": State(shortcuts.ask_which, "unclear.which", {"read": shortcuts.picked}, shortcuts.read_which),
    "reference": State(whose.ask_reference, "unclear.reference", {"use": whose.use}, shortcuts.read_reference),
    "unusual": State(
        whose.ask_unusual,
        "unclear.reference",
        {"asis": whose.as_it_is},
        shortcuts.read_reference,
        back=whose.ask_reference,
    ),
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
    "bill": State(buy.ask_bill, "unclear.bill", {"bill": buy.take_bill}, buy.read_other, back=whose.ask_reference),
    "quote": State(
        quote.ask_quote,
        "unclear.quote",
        {"confirm": quote.confirm, "twice": quote.confirm_twice, "check": quote.check, "retry": quote.check},
        buy.read_quote,
        figures=True,
        back=_amount_bill_or_reference,
    ),
    "history": State(mine.ask_history, "unclear.idle", view=True),
    "order": State(mine.ask_open_order, "unclear.idle", view=True, back=mine.ask_history),
    "meters": State(meters.meters, "unclear.idle", view=True),
    "meter": State(
        meters.ask_meter,
        "unclear.meter",
        {"buy": meters.buy_for, "rename": meters.rename, "delete": meters.delete},
        meters.read_buy_for,
        figures=True,
        back=meters.meters,
    ),
    "nickname": State(
        meters.ask_nickname, "unclear.nickname", {"name": meters.read_nickname}, meters.read_nickname, True
    ),
    "rename": State(meters.ask_rename, "unclear.nickname", {}, meters.read_rename, True, back=meters.ask_meter),
    "forget": State(meters.ask_delete, "unclear.yes_no", {"forget": meters.forget}, back=meters.ask_meter),
    "link_give": State(link.ask_give, "unclear.yes_no", {"do": link.give}),
    "link_undo": State(link_undo.ask_undo_again, "unclear.yes_no", {"do": link_undo.undo}),
    "unlink": State(part.ask_part, "unclear.yes_no", {"do": part.part}),
    **reseller.STATES,
    **admin.STATES,
}

# Whose room a state is in: who may not be there any more has left it. A client of a reseller is asked in one of theirs.
WHOSE: Final[dict[str, Who]] = {
    **dict.fromkeys((name for name in reseller.STATES if name != "consent"), "reseller"),
    **dict.fromkeys(admin.STATES, "support"),
}

# Valid from everywhere, as a button without a step or as a word.
ANYWHERE: Final[dict[str, Handler]] = {
    "menu": menus.menu,
    "start": menus.start,
    "hello": menus.hello,
    "thanks": menus.thanks,
    "cancel": menus.cancel,
    "help": help.assist,
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
    "meters": meters.meters,
    "meter": meters.meter,
    "save": meters.save,
    "link": link.link,
    "join": link.join,
    "unjoin": link.refuse,
    "undolink": link_undo.ask_undo,
    "unlink": part.unlink,
    "tellme": announcements.tell_me,
    "listen": announcements.listen,
    **reseller.ANYWHERE,
}

# What the answers to errands lead to.
ANSWERED: Final[dict[type[Answered], Callable[[Here, Any], Answer | Deciding]]] = {
    InquiryAnswered: buy.answered,
    InquiryLimited: buy.limited,
    **reseller.ANSWERED,
    **admin.ANSWERED,
}


def describe() -> str:
    """The table as Markdown, a row a state: what it asks, its buttons, what may be typed, where Back leads."""
    rows = ["| state | what it says | its buttons | typed | Back |", "|---|---|---|---|---|"]
    for name, state in TABLE.items():
        buttons = ", ".join(f"`{act}`" for act in state.acts) or "—"
        typed = _first_line(state.reads) if state.reads is not None else "—"
        back = "menu" if state.back is None else state.back.__name__.removeprefix("ask_").lstrip("_")
        rows.append(f"| `{name}` | {_first_line(state.ask)} | {buttons} | {typed} | {back.replace('_', ' ')} |")
    return "\n".join(rows)


def _first_line(function: Callable[..., object]) -> str:
    return (function.__doc__ or "").partition("\n")[0]
