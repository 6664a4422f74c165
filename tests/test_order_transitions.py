"""The table of transitions is whole, alive and alone: every pair has a row, every row is met, nothing else decides.

`test_order.py` shows what the rows do; `test_docs.py` that `docs/orders.md` is printed from them.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

import bot.domain.order
from bot.domain.catalog import SENELEC, WOYOFAL
from bot.domain.order import FINAL, HELD, Bringer, Order, Source, State, apply
from bot.domain.order import actions as act
from bot.domain.order import alerts as tell
from bot.domain.order import guards as when
from bot.domain.order.case import AnotherAmount, Begun, Cancelled, Case, Changes, Claim, Due, Event, Queued, read
from bot.domain.order.lifecycle import _follow
from bot.domain.order.schedule import claim
from bot.domain.order.transitions import BRINGERS, EVERY, TRANSITIONS, Row, candidates, row_of
from bot.domain.outcome import (
    Delivered,
    NotSent,
    Processing,
    ProviderDetails,
    Refused,
    TokenAwaited,
    Unknown,
    WebhookClaim,
)
from tests.order_page import phrase
from tests.test_order import CODE, DETAILS, NOW, OUTCOMES, WEBHOOK_CLAIMS, an_order

ROOM = Path(bot.domain.order.__file__).parent
SOURCES: tuple[Source, ...] = get_args(Source)
# Who may bring what.
BROUGHT_BY: dict[type[Event], tuple[Bringer, ...]] = {
    **dict.fromkeys((Delivered, TokenAwaited, Refused, Processing, NotSent, Unknown), SOURCES),
    AnotherAmount: ("look_up",),
    Claim: ("webhook",),
    Cancelled: ("customer",),
    **dict.fromkeys((Begun, Queued, Due), ("worker",)),
}
THIRD_CODE = Delivered(("3" * 20,))
CLAIMS = (
    *(webhook_claim for webhook_claim in WEBHOOK_CLAIMS.values() if webhook_claim is not None),
    WebhookClaim("unknown"),
    WebhookClaim("unknown", details=ProviderDetails("T1")),
    WebhookClaim("success", external_id="OTHER"),
)


def orders() -> Iterator[Order]:
    """Orders in every state, at the places of the poll table, of the re-asking and of the calls that matter."""
    places: tuple[dict[str, object], ...] = (
        {"due_at": NOW, "confirmed_at": NOW - 5_000},
        {"polls": 2, "webhook_claim_tries": 3, "reason": "queued"},
        {"polls": 11, "webhook_claim_tries": 3, "pay_attempts": 2, "reason": "admin"},
        {"webhook_claim_tries": 3, "pay_attempts": 2, "confirmed_at": NOW},
        {"due_at": NOW, "details": ProviderDetails()},
    )
    for state, service, webhook_claim, place in product(EVERY, (WOYOFAL, SENELEC), WEBHOOK_CLAIMS.values(), places):
        yield an_order(state, service, **place, webhook_claim=webhook_claim)


def cases() -> Iterator[Case[Event]]:
    """Everything that can happen to them."""
    for order in orders():
        service = WOYOFAL if order.service == "woyofal" else SENELEC
        for outcome, source in product((*OUTCOMES.values(), THIRD_CODE), SOURCES):
            if source != "admin" or not isinstance(outcome, Refused) or outcome.reason == "admin":
                yield read(order, outcome, source, service, NOW, 2_000)
        for webhook_claim in CLAIMS:
            yield Case(order, Claim(webhook_claim, *claim(order, webhook_claim)), "webhook", NOW)
        for event in (Begun(), Queued(0), Queued(60_000), Due()):
            yield Case(order, event, "worker", NOW)
        yield Case(order, Cancelled(), "customer", NOW)


@cache
def met() -> dict[int, list[Case[Event]]]:
    """The cases that each row decides, by the row's identity."""
    cases_by_row: dict[int, list[Case[Event]]] = {}
    for case in cases():
        cases_by_row.setdefault(id(row_of(case)), []).append(case)
    return cases_by_row


ROWS = [
    pytest.param(event, row, id=f"{event.__name__}-{number}")
    for event, rows in TRANSITIONS.items()
    for number, row in enumerate(rows)
]


def test_every_state_event_and_bringer_has_a_row_that_holds_without_a_guard() -> None:
    assert set(TRANSITIONS) == set(get_args(Event)) == set(BROUGHT_BY)
    for event, state, by in product(TRANSITIONS, EVERY, BRINGERS):
        rows = candidates(event, state, by)
        if by in BROUGHT_BY[event]:
            assert rows, (event, state, by)
            assert rows[-1].when is None, (event, state, by)
        else:
            assert not rows, (event, state, by)


@pytest.mark.parametrize(("event", "row"), ROWS)
def test_every_row_is_met_and_all_that_it_says_happens(event: type[Event], row: Row[Event]) -> None:
    decided = met().get(id(row), [])
    assert {case.order.state for case in decided} == {
        state for state in row.states if any(row in candidates(event, state, by) for by in row.by)
    }
    notices, done, alerts = set[str](), set[str](), set[str]()
    for case in decided:
        applied = _follow(case)
        assert applied.order.state == (row.to or case.order.state)
        assert len(applied.transfers) == len(row.money)
        notices |= set(applied.notices)
        done |= {action.__name__ for action in row.then if action(case)}
        alerts |= {alert.__name__ for alert in row.alerts if alert(case) is not None}
        assert [item.kind for item in applied.alerts] == [
            item.kind for alert in row.alerts if (item := alert(case)) is not None
        ]
    assert notices == ({row.notice} if row.notice else set())
    assert done == {action.__name__ for action in row.then}
    assert alerts == {alert.__name__ for alert in row.alerts}
    # What changes nothing says why.
    assert row.why or row.to or row.notice or row.alerts or row.then


def test_every_guard_holds_for_some_and_not_for_others() -> None:
    answers: dict[str, set[bool]] = {}
    for case in cases():
        for row in candidates(type(case.event), case.order.state, case.by):
            for guard in (row.when, row.notice_when):
                if guard is not None:
                    answers.setdefault(guard.__name__, set()).add(guard(case))
    assert {name for name, seen in answers.items() if seen != {True, False}} == set()


def test_the_alerts_phrases_name_the_kinds_that_they_tell() -> None:
    kinds: dict[str, set[str]] = {}
    phrases: dict[str, str] = {}
    for rows in TRANSITIONS.values():
        for row in rows:
            for alert, case in product(row.alerts, met()[id(row)]):
                item = alert(case)
                phrases[alert.__name__] = phrase(alert)
                if item is not None:
                    kinds.setdefault(alert.__name__, set()).add(item.kind)
    assert kinds == {name: set(re.findall(r"`(\w+)`", phrase)) for name, phrase in phrases.items()}


def test_every_name_is_used() -> None:
    """No guard, action, move or alert stands beside the table."""
    used = {
        named.__name__
        for rows in TRANSITIONS.values()
        for row in rows
        for named in (*row.money, *row.alerts, *row.then, *filter(None, (row.when, row.notice_when)))
    }
    for module in (act, tell, when):
        named = {name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
        assert {name for name in named if not name.startswith("_")} <= used


def _sets_state(node: ast.AST) -> bool:
    """Whether a piece of code gives something a state: as an argument, an attribute, or a key."""
    if isinstance(node, ast.keyword):
        return node.arg == "state"
    if isinstance(node, ast.Attribute):
        return node.attr == "state" and isinstance(node.ctx, ast.Store)
    return isinstance(node, ast.Dict) and any(
        isinstance(key, ast.Constant) and key.value == "state" for key in node.keys
    )


def test_nothing_but_the_table_sets_a_state() -> None:
    setting = [
        f"{path.name}:{function.name}"
        for path in sorted(ROOM.glob("*.py"))
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef) and any(_sets_state(node) for node in ast.walk(function))
    ]
    assert setting == ["lifecycle.py:_follow"]
    # An action's changes have no room for one, which mypy holds them to.
    assert "state" not in Changes.__annotations__
    assert set(Changes.__annotations__) <= set(Order.__struct_fields__)


def test_nothing_but_saving_an_order_writes_its_state() -> None:
    writing = set[str]()
    for path in sorted((ROOM.parent.parent / "repositories").glob("*.sql")):
        for statement in re.split(r"^-- name: ", path.read_text("utf-8"), flags=re.MULTILINE):
            changed = re.search(r"UPDATE orders\s+SET(.*?)(?:WHERE|\Z)", statement, re.DOTALL)
            if changed is not None and re.search(r"\bstate\b\s*=", changed[1]):
                writing.add(statement.split()[0])
    assert writing == {"order_save"}


def test_money_moves_with_the_state() -> None:
    """As the table says it, before any order: what is held is held in the states that say so."""
    for event, rows in TRANSITIONS.items():
        for row, state in ((each, state) for each in rows for state in each.states):
            after: State = row.to or state
            moves: list[object] = [act.take_hold_again] if state in FINAL and after != state else []
            moves += [act.spend_hold] if after == "delivered" != state else []
            moves += [act.release_hold] if state in HELD and after in ("refused", "cancelled") else []
            assert list(row.money) == moves, (event, row)
            # Every change is told, but that a call begins.
            assert row.notice or after == state or event is Begun


def test_a_webhook_by_itself_moves_no_state_and_no_money_and_tells_no_customer() -> None:
    for row in TRANSITIONS[Claim]:
        assert (row.to, row.money, row.notice) == (None, (), None)


def test_what_a_late_success_took_again_is_told() -> None:
    late = apply(an_order("refused"), Delivered((CODE,), DETAILS), source="look_up", service=WOYOFAL, now=NOW)
    assert late.retaken_xof == 0
    paid = apply(
        an_order("refused"),
        Delivered((CODE,), DETAILS),
        source="look_up",
        service=WOYOFAL,
        now=NOW,
        available_xof=2_000,
    )
    assert paid.retaken_xof == 2_000
