"""`docs/orders.md`, printed from the order's table of transitions and from the catalog's English."""

import re
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from typing import Any, get_args

from msgspec.structs import replace

from bot.domain.order import (
    FINAL,
    HINT_AFTER_SECONDS,
    POLL_AFTER_SECONDS,
    REPLAY_AFTER_SECONDS,
    RESEND_AFTER_SECONDS,
    Bringer,
    NoticeKind,
    State,
    confirm,
)
from bot.domain.order.case import LOOK_UP_READINGS, READINGS, AnotherAmount, Begun, Cancelled, Claim, Due, Event, Queued
from bot.domain.order.transitions import (
    ANYBODY,
    BRINGERS,
    ENDED,
    EVERY,
    GIVEN_BACK,
    NOT_ADMIN,
    NOT_LOOK_UP,
    OPEN,
    SENT,
    TRANSITIONS,
    UNDECIDED,
    Row,
    candidates,
)
from bot.domain.outcome import Delivered, NotSent, Processing, Refused, TokenAwaited, Unknown
from bot.domain.people import Address
from bot.domain.quote import Quote
from bot.i18n import load
from bot.notices.order_news import notice
from bot.notices.orders import STATE

PAGE = Path(__file__).parent.parent / "docs" / "orders.md"
WORDS = load()
NOW = 1_800_000_000_000

STATES: dict[State, str] = {
    "waiting": "confirmed; no pay call is in flight, and none has arrived",
    "sending": "a pay call is in flight",
    "processing": "the provider took the payment and has not decided",
    "token_awaited": "paid; the recharge code is still to come",
    "unknown": "nobody knows whether the payment was taken",
    "delivered": "paid, and the code is there where one is sold",
    "refused": "certainly not paid",
    "cancelled": "called back before it was sent",
}
_MONEY: dict[State, str] = {"delivered": "spent", "refused": "given back", "cancelled": "given back"}
BY: dict[Bringer, str] = {
    "pay": "pay",
    "replay": "replay",
    "look_up": "look-up",
    "admin": "admin",
    "customer": "customer",
    "webhook": "webhook",
    "worker": "worker",
}
# How each event is called in the diagram, in the order of the page.
EVENTS: dict[type[Event], tuple[str, str]] = {
    Begun: ("call begins", "A pay call begins"),
    Queued: ("queued", "The first call has to wait for its turn"),
    Delivered: ("delivered", "The outcome is *delivered*"),
    TokenAwaited: ("token awaited", "The outcome is *token awaited*"),
    Refused: ("refused", "The outcome is *refused*"),
    Processing: ("processing", "The outcome is *processing*"),
    NotSent: ("not sent", "The outcome is *not sent*"),
    Unknown: ("unknown", "The outcome is *unknown*"),
    AnotherAmount: ("another amount", "A look-up tells *another amount*"),
    Claim: ("claim", "A webhook claims something"),
    Due: ("due", "It is due, and there is nothing to ask"),
    Cancelled: ("called back", "The customer calls it back"),
}


def phrase(named: Callable[..., object]) -> str:
    """The phrase that a guard, an alert, an action or a ledger move is told by."""
    return re.sub(r"\s+", " ", named.__doc__ or "").strip()


def names(event: type[Event], row: Row[Any]) -> tuple[tuple[State, ...], tuple[Bringer, ...]]:
    """The states and the bringers that a row is left with by those above it."""
    left = [
        (state, by)
        for state, by in product(row.states, row.by)
        if any(each is row for each in candidates(event, state, by))
    ]
    states, bringers = {state for state, _ in left}, {by for _, by in left}
    return tuple(state for state in EVERY if state in states), tuple(by for by in BRINGERS if by in bringers)


# How sets of states and of bringers are called; any other is told one by one.
_TOGETHER: dict[tuple[str, ...], str] = {
    EVERY: "any",
    OPEN: "*open*",
    SENT: "*sent*",
    UNDECIDED: "*undecided*",
    ENDED: "*ended*",
    GIVEN_BACK: "*given back*",
    ANYBODY: "anybody",
    NOT_LOOK_UP: "anybody but a look-up",
    NOT_ADMIN: "anybody but an admin",
}


def named(functions: Iterable[Callable[..., object]]) -> str:
    return ", ".join(f"`{function.__name__}`" for function in functions)


def _cells(event: type[Event], row: Row[Any]) -> tuple[str, ...]:
    states, bringers = names(event, row)
    notice = f"[{row.notice}](#{row.notice})" if row.notice is not None else ""
    when_sent = f" {phrase(row.notice_when)}" if row.notice_when is not None else ""
    other = "any other" if row.states == EVERY else ", ".join(f"`{state}`" for state in states)
    return (
        _TOGETHER.get(states, other),
        _TOGETHER.get(bringers, ", ".join(BY[by] for by in bringers)),
        phrase(row.when) if row.when is not None else "",
        f"**`{row.to}`**" if row.to is not None else "",
        ", ".join(phrase(move) for move in row.money),
        notice + when_sent,
        named(row.alerts),
        named(row.then),
        row.why,
    )


def table_of(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    titles = list(head)
    return ["| " + " | ".join(line) + " |" for line in (titles, ["---"] * len(titles), *rows)]


def glossary(functions: Iterable[Callable[..., object]], head: tuple[str, str]) -> list[str]:
    """Each once, in the order of the page."""
    return table_of(head, ((f"`{each.__name__}`", phrase(each)) for each in dict.fromkeys(functions)))


def diagram() -> list[str]:
    """Every change of state in the table, and what makes it."""
    drawn: dict[tuple[State, State], dict[str, set[Bringer]]] = {}
    for event, (short, _) in EVENTS.items():
        for row in TRANSITIONS[event]:
            states, bringers = names(event, row)
            for state in states if row.to is not None else ():
                drawn.setdefault((state, row.to or state), {}).setdefault(short, set()).update(bringers)
    edges = (
        f"    {before} --> {after}: "
        + ", ".join(short + (" (admin)" if by == {"admin"} else "") for short, by in drawn[before, after].items())
        for before, after in product(EVERY, EVERY)
        if (before, after) in drawn
    )
    ends = (f"    {state} --> [*]" for state in EVERY if state in FINAL)
    return ["```mermaid", "stateDiagram-v2", "    [*] --> waiting: confirmed", *edges, *ends, "```"]


def read_by_customers(kind: NoticeKind) -> str:
    """A notice in English, for a sample order, without its receipt."""
    quote = Quote("ORDER0000001", "woyofal", "14123456789", "AWA NDIAYE", 5_000, 75, NOW, NOW + 600_000)
    order, _ = confirm(quote, Address("telegram", "1"), "telegram:1", "en", NOW)
    order = replace(order, tokens=("12345678901234567890",) if kind in ("delivered", "late", "more_codes") else ())
    (message,) = notice(order, kind, WORDS, now=NOW)
    parts = [part for part in message.text.split("\n\n") if not part.startswith("💡 <b>")]
    return re.sub(r"</?\w+>", "", "\n".join(parts)).replace("\n", "<br>")


_INTRODUCTION = """# What becomes of an order

Printed from `bot/domain/order/transitions.py` by `pytest tests/test_docs.py --regenerate`; a test
fails when it is stale.
What every pair does, tried out one by one, stands in [order_table.txt](../tests/order_table.txt).

An order is in a state, something happens to it, and somebody brings it. The rows of what happened are read from top to
bottom; the first that names the state and the bringer, and whose condition holds, says what follows. An empty cell
means that nothing does. What admins are told, and what else a row does, is named as in `bot/domain/order/alerts.py` and
`bot/domain/order/actions.py`, and explained at the end.
"""

_SETS = """
*Open* is whatever has not ended. *Sent*: a pay call left, or may have; *undecided*: and nothing has said yet that the
provider was paid. *Ended* is final, with two doors left open: money *given back* and then a success after all, and
further codes for what was delivered.
"""

_READING = """## How an answer is read

Before the table is asked, an outcome is read for what it means for this order. Codes that come with *processing*,
*unknown* or *another amount* decide nothing: they stay with the order as a webhook's claim, which nobody sees.
"""


def _pauses() -> list[str]:
    def listed(seconds: Iterable[int]) -> str:
        return ", ".join(
            f"{each} s" if each < 60 else f"{each // 60} min" if each < 3600 else f"{each // 3600} h"
            for each in seconds
        )

    return [
        f"- The poll table: {listed(POLL_AFTER_SECONDS)} after the payment was taken. Then a person is needed.",
        f"- While a webhook claims more than a look-up says: {listed(HINT_AFTER_SECONDS)} after the one before.",
        f"- What was not sent: {listed(RESEND_AFTER_SECONDS)} after the one before; the last figure repeats.",
        f"- An unknown outcome is replayed once, after {listed((REPLAY_AFTER_SECONDS,))}.",
    ]


def printed() -> str:
    """The page."""
    words = WORDS["en"]
    states = (
        (f"`{state}`", about, _MONEY.get(state, "held"), str(words(STATE[state]))) for state, about in STATES.items()
    )
    lines = [
        _INTRODUCTION,
        "## States",
        "",
        *table_of(("state", "what it means", "the money", "its customer reads"), states),
        _SETS,
        *diagram(),
        "",
        _READING,
        *(f"- {phrase(reading)}" for reading in READINGS),
        *(f"- Of a look-up. {phrase(reading)}" for reading in LOOK_UP_READINGS if reading not in READINGS),
    ]
    rows = [row for event in EVENTS for row in TRANSITIONS[event]]
    for event, (_, title) in EVENTS.items():
        lines += ["", f"## {title}", "", phrase(event).partition(". ")[0].removesuffix(".") + ".", ""]
        head = ("in", "brought by", "if", "becomes", "the money", "customer reads", "admins are told", "then", "why")
        cells = [_cells(event, row) for row in TRANSITIONS[event]]
        filled = [column for column in range(len(head)) if any(row[column] for row in cells)]
        lines += table_of((head[column] for column in filled), ([row[column] for column in filled] for row in cells))
    lines += ["", "## What admins are told", ""]
    lines += glossary((alert for row in rows for alert in row.alerts), ("alert", "its kind, and when it is told"))
    lines += ["", "## What else a row does", ""]
    lines += glossary((action for row in rows for action in row.then), ("then", "what it does"))
    lines += ["", "## When it is asked again", "", *_pauses()]
    lines += ["", "## What the customer reads", "", "In English, for 5,000 F CFA of electricity; without the receipt."]
    for kind in get_args(NoticeKind):
        lines += ["", f"### {kind}", "", f"> {read_by_customers(kind)}"]
    return "\n".join(lines) + "\n"
