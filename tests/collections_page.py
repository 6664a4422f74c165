"""`docs/collections.md`, printed from the tables of collections and pay-backs, and from what each collector can do."""

from collections.abc import Iterable
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from bot.collectors.simulator import DEFAULT, MOODS, moods
from bot.collectors.wire import dexchange, dexpay
from bot.domain import heard
from bot.domain.collecting import (
    Abilities,
    CannotExpire,
    Collected,
    Exists,
    Expired,
    LookUpUnknown,
    NoSuch,
    NotOpened,
    NotPaid,
    Open,
    Opened,
    OpeningUnknown,
    PaidBack,
    PayBackNotSent,
    PayBackProcessing,
    PayBackRefused,
    PayBackUnknown,
)
from bot.domain.collection import case as collection_case
from bot.domain.collection import schedule as collection_schedule
from bot.domain.collection import states as collection_states
from bot.domain.collection import transitions as collection_table
from bot.domain.payback import case as payback_case
from bot.domain.payback import schedule as payback_schedule
from bot.domain.payback import states as payback_states
from bot.domain.payback import transitions as payback_table
from bot.domain.table import candidates
from tests.order_page import glossary, named, phrase, table_of

PAGE = Path(__file__).parent.parent / "docs" / "collections.md"


class Part(NamedTuple):
    """One of the two tables, and the words for it."""

    table: ModuleType
    final: frozenset[Any]
    first: str
    states: dict[str, str]
    events: dict[type[Any], tuple[str, str]]
    together: dict[tuple[str, ...], str]


BY = {
    "create": "create",
    "pay": "pay",
    "look_up": "look-up",
    "expire": "expire",
    "admin": "admin",
    "customer": "customer",
    "order": "order",
    "webhook": "webhook",
    "worker": "worker",
}
COLLECTION = Part(
    collection_table,
    collection_states.FINAL,
    "waiting",
    {
        "waiting": "kept; no create is in flight, and none has arrived",
        "opening": "a create is in flight",
        "open": "the payer can pay",
        "unknown": "nobody knows whether it exists, or how to ask about it",
        "paid": "paid, in whatever sum",
        "failed": "the provider says that it ended without a payment",
        "expired": "its time is over",
        "not_opened": "it was certainly never opened",
        "cancelled": "called back before it was sent, or ended for the customer",
    },
    {
        collection_case.Begun: ("create begins", "A create begins"),
        Opened: ("opened", "The answer to a create is *opened*"),
        Exists: ("exists", "The answer to a create is *exists*"),
        NotOpened: ("not opened", "The answer to a create is *not opened*"),
        OpeningUnknown: ("answer lost", "The answer to a create is *unknown*"),
        Collected: ("collected", "A look-up tells *payments*"),
        collection_case.Doubtful: ("doubtful", "A look-up tells *payments that cannot be told apart*"),
        Open: ("open", "A look-up says *open*"),
        NotPaid: ("not paid", "A look-up says *not paid*"),
        NoSuch: ("no such", "A look-up says *no such*"),
        LookUpUnknown: ("nothing learned", "A look-up tells *nothing*"),
        Expired: ("ended", "The answer to an expire is *ended*"),
        CannotExpire: ("cannot be ended", "The answer to an expire is *cannot be ended*"),
        heard.Claim: ("claim", "A webhook claims something"),
        collection_case.Cancelled: ("called back", "The customer calls it back"),
        collection_case.Due: ("due", "It is due, and there is nothing to ask"),
    },
    {
        collection_table.EVERY: "any",
        collection_table.LIVE: "*live*",
        collection_table.SENT: "*sent*",
        collection_table.ENDED: "*ended*",
        collection_table.UNPAID: "*ended unpaid*",
    },
)
PAY_BACK = Part(
    payback_table,
    payback_states.FINAL,
    "held",
    {
        "held": "waits for an admin's Confirm",
        "waiting": "confirmed; no call is in flight, and none has arrived",
        "sending": "a call is in flight",
        "processing": "the provider took it and has not decided",
        "unknown": "nobody knows whether it was taken",
        "done": "the payer has the money",
        "refused": "certainly not paid back; a person decides",
        "kept": "the money stays the customer's",
    },
    {
        payback_case.Approved: ("confirmed", "An admin confirms it"),
        payback_case.Readdressed: ("another number", "An admin says to which number it goes"),
        payback_case.Begun: ("call begins", "A call begins"),
        PaidBack: ("paid back", "It is *paid back*"),
        PayBackProcessing: ("processing", "It is *processing*"),
        PayBackRefused: ("refused", "It is *refused*"),
        PayBackNotSent: ("not sent", "It was *not sent*"),
        PayBackUnknown: ("answer lost", "The answer to a call is *unknown*"),
        NoSuch: ("no such", "A look-up says *no such*"),
        LookUpUnknown: ("nothing learned", "A look-up tells *nothing*"),
        heard.Claim: ("claim", "A webhook claims something"),
        payback_case.Kept: ("kept", "Admins decide that it stays the customer's"),
        payback_case.CalledBack: ("called back", "The order that it was paid for succeeds after all"),
        payback_case.Due: ("due", "It is due, and there is nothing to ask"),
    },
    {
        payback_table.EVERY: "any",
        payback_table.NOT_SENT: "*not sent*",
        payback_table.SENT: "*sent*",
        payback_table.ENDED: "*ended*",
    },
)


def _left(part: Part, event: type[Any], row: Any) -> list[tuple[str, str]]:
    """The states and the bringers that a row is left with by those above it."""
    rows = part.table.TRANSITIONS[event]
    return [
        (state, by)
        for state, by in product(part.table.EVERY, part.table.BRINGERS)
        if state in row.states and by in row.by and any(each is row for each in candidates(rows, state, by))
    ]


def _cells(part: Part, event: type[Any], row: Any) -> tuple[str, ...]:
    left = _left(part, event, row)
    states = tuple(state for state in part.table.EVERY if any(state == each for each, _ in left))
    bringers = [by for by in part.table.BRINGERS if any(by == each for _, each in left)]
    other = "any other" if row.states == part.table.EVERY else ", ".join(f"`{state}`" for state in states)
    return (
        part.together.get(states, other),
        ", ".join(BY[by] for by in bringers),
        phrase(row.when) if row.when is not None else "",
        f"**`{row.to}`**" if row.to is not None else "",
        ", ".join(phrase(move) for move in row.money),
        f"`{row.notice}`" if row.notice is not None else "",
        named(row.alerts),
        named(row.then),
        row.why,
    )


def _diagram(part: Part) -> list[str]:
    drawn: dict[tuple[str, str], list[str]] = {}
    for event, (short, _) in part.events.items():
        for row in part.table.TRANSITIONS[event]:
            for state in dict.fromkeys(state for state, _ in _left(part, event, row)) if row.to is not None else ():
                words = drawn.setdefault((state, row.to), [])
                if short not in words:
                    words.append(short)
    edges = (
        f"    {before} --> {after}: {', '.join(drawn[before, after])}"
        for before, after in product(part.table.EVERY, part.table.EVERY)
        if (before, after) in drawn and before != after
    )
    ends = (f"    {state} --> [*]" for state in part.table.EVERY if state in part.final)
    return ["```mermaid", "stateDiagram-v2", f"    [*] --> {part.first}", *edges, *ends, "```"]


def _printed(part: Part) -> list[str]:
    lines = [*table_of(("state", "what it means"), ((f"`{state}`", about) for state, about in part.states.items())), ""]
    lines += _diagram(part)
    rows = [row for event in part.events for row in part.table.TRANSITIONS[event]]
    for event, (_, title) in part.events.items():
        lines += ["", f"### {title}", "", phrase(event).partition(". ")[0].removesuffix(".") + ".", ""]
        head = ("in", "brought by", "if", "becomes", "the money", "customer reads", "admins are told", "then", "why")
        cells = [_cells(part, event, row) for row in part.table.TRANSITIONS[event]]
        filled = [column for column in range(len(head)) if any(row[column] for row in cells)]
        lines += table_of((head[column] for column in filled), ([row[column] for column in filled] for row in cells))
    lines += ["", "### What admins are told", ""]
    lines += glossary((alert for row in rows for alert in row.alerts), ("alert", "its kind, and when it is told"))
    lines += ["", "### What else a row does", ""]
    lines += glossary((action for row in rows for action in row.then), ("then", "what it does"))
    return lines


def _listed(seconds: Iterable[int]) -> str:
    return ", ".join(
        f"{each} s"
        if each < 60
        else f"{each // 60} min"
        if each < 3600
        else f"{each // 3600} h"
        if each < 86_400
        else f"{each // 86_400} d"
        for each in seconds
    )


def _abilities() -> Iterable[Iterable[str]]:
    known: dict[str, Abilities] = {
        "DEXCHANGE links": dexchange.LINK,
        "DEXCHANGE pushes": dexchange.PUSH,
        "DEXPAY": dexpay.ABILITIES,
    }

    def yes(truth: bool) -> str:
        return "yes" if truth else "no"

    for name, abilities in known.items():
        ways = ", ".join(
            f"{way.method} ({way.kind}{', number' if way.needs_number else ''}, {way.least_xof:,} to "
            f"{f'{way.most_xof:,}' if way.most_xof is not None else 'any'} F)"
            for way in abilities.ways
        )
        back = ", ".join(way.method for way in abilities.pays_back)
        asked = "our id" if abilities.looks_up_by == "our_id" else "its own id"
        yield name, ways, back, asked, yes(abilities.expires), yes(abilities.refuses_twice)


_INTRODUCTION = """# What becomes of a collection, and of a pay-back

Printed from `bot/domain/collection/transitions.py` and `bot/domain/payback/transitions.py` by
`pytest tests/test_docs.py --regenerate`; a test fails when it is stale. It is read as [orders.md](orders.md) is: of the
rows of what happened, the first that names the state and the bringer, and whose condition holds, says what follows.

A *collection* asks a payer for one exact sum. A *pay-back* sends money to the number that paid. Each has an id of ours,
stored before the first call leaves; an answer that is lost never makes a second one.
"""


def printed() -> str:
    """The page."""
    head = ("collector", "ways to pay", "pays back by", "is asked by", "can end one", "takes no pay-back twice")
    lines = [_INTRODUCTION, "## Who collects", "", *table_of(head, _abilities()), "", "## A collection", ""]
    lines += ["*Live* has not ended; *sent*: a create left, or may have.", "", *_printed(COLLECTION)]
    lines += ["", "### When it is looked at again", ""]
    lines += [
        f"- While it can be paid: after {_listed(collection_schedule.POLL_AFTER_SECONDS)}; the last figure repeats.",
        f"- Once it has ended: after {_listed(collection_schedule.AFTER_END_SECONDS)}; then it rests.",
        f"- While a webhook claims a payment: after {_listed(heard.HINT_AFTER_SECONDS)}.",
        f"- What was certainly not opened is tried again after {_listed(collection_schedule.RETRY_AFTER_SECONDS)}.",
        f"- A create whose answer was lost is repeated after {_listed((collection_schedule.AGAIN_AFTER_SECONDS,))}.",
    ]
    lines += ["", "## A pay-back", "", "*Sent*: a call left, or may have.", "", *_printed(PAY_BACK)]
    lines += ["", "### When it is asked again", ""]
    lines += [
        f"- What was taken: after {_listed(payback_schedule.POLL_AFTER_SECONDS)}. Then a person is needed.",
        f"- What was not sent: after {_listed(payback_schedule.RETRY_AFTER_SECONDS)}; the last figure repeats.",
        f"- What the float was too low for: after {_listed((payback_schedule.FLOAT_AFTER_SECONDS,))}.",
        f"- A call whose answer was lost: after {_listed((payback_schedule.AGAIN_AFTER_SECONDS,))}, once.",
    ]
    lines += ["", "## The simulator's payers", "", " ".join((moods.__doc__ or "").partition("\n\n")[2].split()), ""]
    told = [*MOODS.items(), ("anything else", DEFAULT)]
    lines += table_of(("ends in", "what happens"), ((digits, mood.about) for digits, mood in told))
    return "\n".join(lines) + "\n"
