"""The tables of collections and pay-backs are whole, alive and alone: every pair has a row, every row is met, nothing
else decides. `test_collections.py` shows what the rows do; `test_docs.py` that `docs/collections.md` is printed from
them.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple, get_args

import msgspec
import pytest

from bot.domain import collection, heard, payback
from bot.domain.catalog import FeeRule
from bot.domain.collecting import (
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
    Payment,
)
from bot.domain.collection import actions, alerts, guards
from bot.domain.collection import case as collection_case
from bot.domain.collection import lifecycle as collection_lifecycle
from bot.domain.collection import transitions as collection_table
from bot.domain.payback import case as payback_case
from bot.domain.payback import lifecycle as payback_lifecycle
from bot.domain.payback import rows as payback_rows
from bot.domain.payback import transitions as payback_table
from bot.domain.table import candidates, row_of
from tests.collecting_answers import CLAIMS, CREATED, NOTHING, NOW, PAID, SEEN, TOLD, a_collection, a_payback

FEE = FeeRule(100)
PAID_CLAIM = CLAIMS[3]


class Kind(NamedTuple):
    """One of the two tables, and what it is tried with."""

    table: ModuleType
    follow: Callable[[Any], Any]
    subject: str
    event: Any
    brought_by: dict[type[Any], tuple[str, ...]]
    cases: Callable[[], Iterator[Any]]
    named: tuple[ModuleType, ...]
    room: Path


def collection_cases() -> Iterator[Any]:
    known = Payment(5_075, "T1", 51)
    places: tuple[dict[str, Any], ...] = (
        {},
        {"expires_at": NOW - 1},
        {"expires_at": NOW - 2_000_000},
        {"expires_at": NOW - 2_000_000, "stuck_at": NOW},
        {"webhook_claim": PAID_CLAIM},
        {"webhook_claim": PAID_CLAIM, "webhook_claim_tries": 3, "polls": 6},
        {"webhook_claim": PAID_CLAIM, "webhook_claim_tries": 3, "expires_at": NOW - 1},
        {"creates": 5},
        {"creates": 1},
    )
    told = (
        Collected((known,)),
        Collected((Payment(5_126, "T1", 51),)),
        Collected((Payment(1_000),)),
        Collected((known, Payment(300, "T2"))),
        Collected((Payment(5_075, "T9"),)),
        Collected(()),
        *TOLD,
    )
    for state, place in product(collection_table.EVERY, places):
        payments = (known,) if state == "paid" else ()
        one = a_collection(state=state, payments=payments, **place)
        for event in (*told, *NOTHING):
            yield collection_case.read(one, event, "look_up", NOW, FEE)
        for event in told:
            if isinstance(event, Collected | NotPaid):
                yield collection_case.read(one, event, "admin", NOW, FEE)
        for made in CREATED:
            yield collection_case.Case(one, made, "create", NOW)
        for claim in CLAIMS:
            yield collection_case.Case(one, heard.Claim(claim), "webhook", NOW)
        for ended in (Expired(), CannotExpire(), *NOTHING):
            yield collection_case.Case(one, ended, "expire", NOW)
        for by in collection_table.TELLERS:
            yield collection_case.Case(one, collection_case.Doubtful((Payment(1, "T9"),)), by, NOW)
        for ends in (True, False):
            yield collection_case.Case(one, collection_case.Cancelled(ends), "customer", NOW)
        yield collection_case.Case(one, collection_case.Begun(), "worker", NOW)
        yield collection_case.Case(one, collection_case.Due(), "worker", NOW)


def payback_cases() -> Iterator[Any]:
    places: tuple[dict[str, Any], ...] = (
        {},
        {"polls": 12},
        {"webhook_claim": PAID_CLAIM},
        {"webhook_claim": PAID_CLAIM, "webhook_claim_tries": 3},
    )
    for state, place in product(payback_table.EVERY, places):
        one = a_payback(state=state, **place)
        for event in PAID:
            yield payback_case.Case(one, event, "pay", NOW, FEE, 2_000)
        for seen in SEEN:
            yield payback_case.Case(one, seen, "look_up", NOW, FEE, 2_000)
        for said in (PaidBack(), PaidBack("P1", None, 4_000), payback_case.Approved(), payback_case.Kept()):
            yield payback_case.Case(one, said, "admin", NOW, FEE, 2_000)
        yield payback_case.Case(one, payback_case.Readdressed("761234567", "free_money"), "admin", NOW)
        for claim in CLAIMS:
            yield payback_case.Case(one, heard.Claim(claim), "webhook", NOW)
        yield payback_case.Case(one, payback_case.CalledBack(), "order", NOW)
        yield payback_case.Case(one, payback_case.Begun(), "worker", NOW)
        yield payback_case.Case(one, payback_case.Due(), "worker", NOW)


KINDS = {
    "collection": Kind(
        collection_table,
        collection_lifecycle._follow,
        "collection",
        collection_case.Event,
        {
            **dict.fromkeys((Opened, Exists, NotOpened, OpeningUnknown), ("create",)),
            **dict.fromkeys((Open, NoSuch), ("look_up",)),
            **dict.fromkeys((Collected, collection_case.Doubtful, NotPaid), ("look_up", "admin")),
            LookUpUnknown: ("look_up", "expire"),
            **dict.fromkeys((Expired, CannotExpire), ("expire",)),
            heard.Claim: ("webhook",),
            collection_case.Cancelled: ("customer",),
            **dict.fromkeys((collection_case.Begun, collection_case.Due), ("worker",)),
        },
        collection_cases,
        (actions, alerts, guards),
        Path(collection.__file__).parent,
    ),
    "payback": Kind(
        payback_table,
        payback_lifecycle._follow,
        "payback",
        payback_case.Event,
        {
            PaidBack: ("pay", "look_up", "admin"),
            **dict.fromkeys((PayBackProcessing, PayBackRefused), ("pay", "look_up")),
            **dict.fromkeys((PayBackNotSent, PayBackUnknown), ("pay",)),
            **dict.fromkeys((NoSuch, LookUpUnknown), ("look_up",)),
            heard.Claim: ("webhook",),
            **dict.fromkeys((payback_case.Approved, payback_case.Kept, payback_case.Readdressed), ("admin",)),
            payback_case.CalledBack: ("order",),
            **dict.fromkeys((payback_case.Begun, payback_case.Due), ("worker",)),
        },
        payback_cases,
        (payback_rows,),
        Path(payback.__file__).parent,
    ),
}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def chosen(kind: Kind, case: Any) -> Any:
    return row_of(kind.table.TRANSITIONS[type(case.event)], getattr(case, kind.subject).state, case.by, case)


@cache
def met(name: str) -> dict[int, list[Any]]:
    """The cases that each row decides, by the row's identity."""
    kind = next(each for each in KINDS.values() if each.subject == name)
    found: dict[int, list[Any]] = {}
    for case in kind.cases():
        found.setdefault(id(chosen(kind, case)), []).append(case)
    return found


@each_kind
def test_every_state_event_and_bringer_has_a_row_that_holds_without_a_guard(kind: Kind):
    assert set(kind.table.TRANSITIONS) == set(get_args(kind.event)) == set(kind.brought_by)
    for event, state, by in product(kind.table.TRANSITIONS, kind.table.EVERY, kind.table.BRINGERS):
        rows = candidates(kind.table.TRANSITIONS[event], state, by)
        if by in kind.brought_by[event]:
            assert rows, (event, state, by)
            assert rows[-1].when is None, (event, state, by)
        else:
            assert not rows, (event, state, by)


@each_kind
def test_every_row_is_met_and_all_that_it_says_happens(kind: Kind):
    for event, rows in kind.table.TRANSITIONS.items():
        for number, row in enumerate(rows):
            where = (event.__name__, number)
            decided = met(kind.subject).get(id(row), [])
            assert {getattr(case, kind.subject).state for case in decided} == {
                state
                for state in row.states
                if any(row is each for by in row.by for each in candidates(rows, state, by))
            }, where
            done, told = set[str](), set[str]()
            for case in decided:
                before = getattr(case, kind.subject)
                applied = kind.follow(case)
                after = getattr(applied, kind.subject)
                assert after.state == (row.to or before.state), where
                assert bool(applied.transfers) == bool(row.money), where
                assert applied.notices == (() if row.notice is None else (row.notice,)), where
                done |= {action.__name__ for action in row.then if action(case)}
                told |= {alert.__name__ for alert in row.alerts if alert(case) is not None}
            assert done == {action.__name__ for action in row.then}, where
            assert told == {alert.__name__ for alert in row.alerts}, where
            assert row.why or row.to or row.notice or row.alerts or row.then, where


@each_kind
def test_every_guard_holds_for_some_and_not_for_others(kind: Kind):
    answers: dict[str, set[bool]] = {}
    for case in kind.cases():
        rows = kind.table.TRANSITIONS[type(case.event)]
        for row in candidates(rows, getattr(case, kind.subject).state, case.by):
            if row.when is not None:
                answers.setdefault(row.when.__name__, set()).add(row.when(case))
    assert {name for name, seen in answers.items() if seen != {True, False}} == set()


@each_kind
def test_the_alerts_phrases_name_the_kinds_that_they_tell(kind: Kind):
    for rows in kind.table.TRANSITIONS.values():
        for row in rows:
            for alert, case in product(row.alerts, met(kind.subject)[id(row)]):
                item = alert(case)
                assert item is None or re.findall(r"`(\w+)`", alert.__doc__ or "") == [item.kind]


def functions_of(module: ModuleType) -> set[str]:
    return {
        name
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__ and not name.startswith("_")
    }


@each_kind
def test_every_name_is_used(kind: Kind):
    used = {
        each.__name__
        for rows in kind.table.TRANSITIONS.values()
        for row in rows
        for each in (*row.money, *row.alerts, *row.then, *filter(None, (row.when,)))
    }
    for module in kind.named:
        assert functions_of(module) <= used
    # What both tables have in common, they do.
    assert functions_of(heard) - {"known_id", "soon_seconds"} <= used


@each_kind
def test_nothing_but_the_table_sets_a_state(kind: Kind):
    setting = [
        f"{path.name}:{function.name}"
        for path in sorted(kind.room.glob("*.py"))
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(node, ast.keyword) and node.arg == "state" for node in ast.walk(function))
    ]
    assert setting == ["lifecycle.py:_follow"]


@each_kind
def test_a_webhook_by_itself_moves_no_state_and_no_money_and_tells_no_customer(kind: Kind):
    for row in kind.table.TRANSITIONS[heard.Claim]:
        assert (row.to, row.money, row.notice) == (None, (), None)


@each_kind
def test_whatever_is_asked_is_asked_again_or_rests(kind: Kind):
    """Nothing that was due stays due in the past by an answer to a look-up: it would be asked without end."""
    for case in kind.cases():
        before = getattr(case, kind.subject)
        if case.by == "look_up" and before.state not in ("waiting", "held"):
            late = msgspec.structs.replace(before, due_at=NOW - 1)
            after = getattr(kind.follow(msgspec.structs.replace(case, **{kind.subject: late})), kind.subject)
            assert after.due_at != NOW - 1, (case.event, late.state)


def test_money_moves_with_the_state_of_a_pay_back():
    on = payback_rows
    for rows in payback_table.TRANSITIONS.values():
        for row, state in ((each, state) for each in rows for state in each.states):
            after = row.to or state
            moves: list[object] = []
            if after != state and after == "done":
                moves = [on.retaken, on.done] if state == "kept" else [on.done]
            if after != state and after == "kept":
                moves = [on.undone]
            assert list(row.money) == moves
