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

from bot.dialogue import (
    account,
    announcements,
    buy,
    help,
    link,
    link_undo,
    menus,
    meter_lookup,
    meters,
    quote,
    shortcuts,
    unlink,
)
from bot.dialogue.admin import table as admin
from bot.dialogue.context import Answer, Context, Deciding, Handler, State
from bot.dialogue.permissions import Who
from bot.dialogue.reseller import table as reseller
from bot.dialogue.tasks import Answered, InquiryAnswered, InquiryLimited


def _amount_bill_or_reference(ctx: Context) -> Answer | Deciding:
    """Back from a quote: to what was chosen last."""
    if meter_lookup.sold(ctx).prepaid:
        return buy.ask_amount(ctx)
    inquiry = ctx.session.inquiry
    return buy.ask_bill(ctx) if inquiry is not None and len(inquiry.bills) > 1 else meter_lookup.ask_reference(ctx)


TABLE: Final[dict[str, State]] = {
    "idle": State(menus.menu, "unclear.idle", read_only=True),
    "which": State(shortcuts.ask_which, "unclear.which", {"read": shortcuts.picked}, shortcuts.read_which),
    "reference": State(
        meter_lookup.ask_reference, "unclear.reference", {"use": meter_lookup.use}, shortcuts.read_reference
    ),
    "unusual": State(
        meter_lookup.ask_unusual,
        "unclear.reference",
        {"asis": meter_lookup.as_it_is},
        shortcuts.read_reference,
        back=meter_lookup.ask_reference,
    ),
    "inquiring": State(
        meter_lookup.ask_inquiring,
        "unclear.inquiring",
        {"retry": meter_lookup.retry},
        shortcuts.read_reference,
        back=meter_lookup.ask_reference,
    ),
    "unanswered": State(
        meter_lookup.ask_retry,
        "unclear.unanswered",
        {"retry": meter_lookup.retry},
        shortcuts.read_reference,
        back=meter_lookup.ask_reference,
    ),
    "amount": State(
        buy.ask_amount,
        "unclear.amount",
        {"amount": buy.amount},
        buy.read_amount,
        figures=True,
        back=meter_lookup.ask_reference,
    ),
    "bill": State(
        buy.ask_bill, "unclear.bill", {"bill": buy.take_bill}, buy.read_other, back=meter_lookup.ask_reference
    ),
    "quote": State(
        quote.ask_quote,
        "unclear.quote",
        {"confirm": quote.confirm, "twice": quote.confirm_twice, "check": quote.check, "retry": quote.check},
        buy.read_quote,
        figures=True,
        back=_amount_bill_or_reference,
    ),
    "history": State(account.ask_history, "unclear.idle", read_only=True),
    "order": State(account.ask_open_order, "unclear.idle", read_only=True, back=account.ask_history),
    "meters": State(meters.meters, "unclear.idle", read_only=True),
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
    "unlink": State(unlink.ask_part, "unclear.yes_no", {"do": unlink.part}),
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
    "buy": meter_lookup.buy,
    "balance": account.balance,
    "codes": account.last_codes,
    "code": account.code,
    "history": account.history,
    "order": account.open_order,
    "last": account.last_order,
    "recall": account.recall,
    "ask": account.ask_now,
    "again": account.again,
    "meters": meters.meters,
    "meter": meters.meter,
    "save": meters.save,
    "link": link.link,
    "join": link.join,
    "unjoin": link.refuse,
    "undolink": link_undo.ask_undo,
    "unlink": unlink.unlink,
    "tellme": announcements.tell_me,
    "listen": announcements.listen,
    **reseller.ANYWHERE,
}

# What the answers to errands lead to.
ANSWERED: Final[dict[type[Answered], Callable[[Context, Any], Answer | Deciding]]] = {
    InquiryAnswered: buy.answered,
    InquiryLimited: buy.limited,
    **reseller.ANSWERED,
    **admin.ANSWERED,
}


def describe() -> str:
    """The table as Markdown, a row a state: what it asks, its buttons, what may be typed, where Back leads."""
    rows = ["| state | what it says | its buttons | typed | Back |", "|---|---|---|---|---|"]
    for name, state in TABLE.items():
        buttons = ", ".join(f"`{act}`" for act in state.buttons) or "—"
        typed = _first_line(state.parse_text) if state.parse_text is not None else "—"
        back = "menu" if state.back is None else state.back.__name__.removeprefix("ask_").lstrip("_")
        rows.append(f"| `{name}` | {_first_line(state.ask)} | {buttons} | {typed} | {back.replace('_', ' ')} |")
    return "\n".join(rows)


def _first_line(function: Callable[..., object]) -> str:
    return (function.__doc__ or "").partition("\n")[0]
