"""Monitoring: what it sees it reports once, with a button; daily jobs are done once, whatever clock and process do."""

import asyncio
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from bot import i18n
from bot.dialogue import Person, Session, step
from bot.dialogue.flows import REGISTRY
from bot.dialogue.session import Transition
from bot.dialogue.tasks import AskAudit, AuditAnswered, FloatAnswered
from bot.domain.audit import Finding, FindingKind, Findings, Rise
from bot.domain.concerns import (
    HOUR_MS,
    KINDS,
    AuditSummary,
    Concern,
    DaySummary,
    Drift,
    Fast,
    FloatLow,
    FloatNow,
    Phase,
    ProviderDown,
    ProviderSlow,
    Stuck,
    SuccessFalling,
    Unbalanced,
    UnusualSpeed,
    has_grown,
    hours_left,
    kind_of,
    subjects_of,
)
from bot.domain.inbound import Text
from bot.domain.inquiry import Float, FloatUnavailable, Inquiry, InquiryRefused, InquiryUnavailable
from bot.domain.order import Alert, AlertKind
from bot.domain.outbound import Choice, Outbound
from bot.domain.outcome import Delivered, NotSent, Processing, Refused, Unknown
from bot.domain.people import Address, Language
from bot.domain.period import DAY_MS, Period
from bot.errors import StoreBusy
from bot.i18n import LANGUAGES
from bot.monitoring import concerns, daily_jobs
from bot.monitoring.audits import ledger_steps
from bot.monitoring.gateway_health import SLOW_SECONDS, GatewayHealth, MeasuredGateway, was_answered
from bot.notices import alerts
from bot.notices.audits import MOST_LISTED, audit_message, finding_lines, morning, signed
from bot.repositories.floats import record_float
from bot.repositories.orders import load_order
from bot.repositories.outbox import read_outbound
from bot.settlement.claims import set_aside
from bot.shop import ShopSettings
from bot.store.together import in_turn
from bot.transactions import notifications
from tests.busy_day import DAY, PEOPLE, Day, looked_around
from tests.in_process import ADMIN, AWA, Clock, Room, room
from tests.running import eventually, text_of
from tests.test_scripts import texts
from tests.units import a_unit, answered

WORDS = i18n.load()
MINUTE_MS = 60_000
NOW = Period(DAY, DAY).since + 10 * HOUR_MS


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


EVERY: tuple[Concern, ...] = (
    FloatLow(80_000, 3, 100_000),
    Stuck(12, 50_000, tuple(f"ORDER{number:07}" for number in range(10))),
    ProviderDown(8, 10),
    ProviderSlow(14_200, 40),
    SuccessFalling(3, 12, 97),
    Unbalanced(-1),
    Drift(500, NOW, NOW + MINUTE_MS),
    UnusualSpeed((Fast("telegram:5", "", 12, 9, 80_000, 0), Fast("whatsapp:" + "9" * 70, "Ndar", 70, 3, 900_000, 9))),
)


# What is said.


def test_every_kind_is_here() -> None:
    assert {kind_of(each) for each in EVERY} == KINDS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("concern", EVERY, ids=kind_of)
def test_every_trouble_has_words_and_a_button_that_leads_somewhere(concern: Concern, language: Language) -> None:
    phases: tuple[Phase, ...] = ("begins", "goes_on")
    for phase in phases:
        message = alerts.concern(concern, None, phase, HOUR_MS, WORDS[language])
        assert message.durable
        assert message.brief is not None
        buttons = [button for row in message.rows for button in row]
        assert buttons
        for button in buttons:
            assert isinstance(button, Choice)
            mark, act, _ = button.data.split(".", 2)
            assert mark == "-"
            assert act in REGISTRY.buttons
            # What support may not do, nobody is offered who is not told either.
            assert REGISTRY.buttons[act].permission in ("support", "operator")
            assert len(button.label) <= 20
        # What happened, and below it what to do.
        assert message.text.count("\n\n") >= 1
    if alerts.tells_its_end(kind_of(concern)):
        over = alerts.concern(concern, concern, "over", 5 * HOUR_MS, WORDS[language])
        assert over.text.startswith("✅")
        assert over.rows == ()


@pytest.mark.parametrize(
    ("before", "now", "key"),
    [
        (FloatLow(80_000, 3, 100_000), FloatLow(30_000, 1, 100_000), "80"),
        (Stuck(2, 100, ("A", "B")), Stuck(3, 150, ("A", "B", "C")), "2"),
        (UnusualSpeed(()), EVERY[-1], "0"),
        (Unbalanced(5), Unbalanced(7), "5"),
    ],
)
def test_a_reminder_says_what_changed(before: Concern, now: Concern, key: str) -> None:
    text = alerts.concern(now, before, "goes_on", HOUR_MS, WORDS["en"]).text
    assert f"Before: {key}" in text
    assert "Before" not in alerts.concern(now, now, "goes_on", HOUR_MS, WORDS["en"]).text
    assert "Before" not in alerts.concern(EVERY[2], EVERY[3], "goes_on", HOUR_MS, WORDS["en"]).text


def test_a_person_without_a_button_is_named_all_the_same() -> None:
    message = alerts.concern(EVERY[-1], None, "begins", 0, WORDS["fr"])
    assert [button.label for row in message.rows for button in row] == ["telegram:5", "🙋 Je m’en occupe"]
    assert "Ndar (whatsapp:999" in message.text


def test_few_orders_are_all_named_and_many_are_not() -> None:
    def labels(count: int) -> list[str]:
        rows = alerts.order_rows(WORDS["en"], tuple(f"ORDER{number:07}" for number in range(count)))
        return [button.label for row in rows for button in row]

    assert len(labels(3)) == 3
    assert labels(4)[-1] == WORDS["en"].label("button.see_stuck")
    assert len(labels(4)) == 3


def test_what_grows_is_told_again() -> None:
    assert has_grown(FloatLow(80_000, 3, 100_000), FloatLow(40_000, 1, 100_000))
    assert not has_grown(FloatLow(80_000, 3, 100_000), FloatLow(41_000, 1, 100_000))
    assert has_grown(Stuck(2, 0, ("A", "B")), Stuck(3, 0, ("A", "B")))
    assert has_grown(Stuck(2, 0, ("A", "B")), Stuck(2, 0, ("B", "C")))
    assert not has_grown(Stuck(2, 0, ("A", "B")), Stuck(1, 0, ("B",)))
    assert has_grown(Unbalanced(1), Unbalanced(2))
    assert not has_grown(Drift(1, 2, 3), Drift(1, 2, 3))
    assert not has_grown(ProviderDown(8, 10), ProviderDown(10, 10))
    assert subjects_of(EVERY[-1]) == {each.customer for each in EVERY[-1].people}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("balance", "today", "lately", "hours_of_day", "left"),
    [
        (240_000, 0, 0, 12, None),
        (240_000, 120_000, 0, 12, 24),
        (240_000, 120_000, 480_000, 12, 12),
        # A day that has just begun says little: it counts as six hours.
        (240_000, 60_000, 0, 1, 24),
        (-5, 60_000, 0, 12, 0),
        (100_000_000, 10_000, 0, 12, None),
    ],
)
def test_hours_left(balance: int, today: int, lately: int, hours_of_day: int, left: int | None) -> None:
    assert hours_left(balance, today, lately, hours_of_day * HOUR_MS) == left


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_for_what_is_left(language: Language) -> None:
    t = WORDS[language]
    texts = [alerts.left(t, hours) for hours in (None, 0, 1, 47, 48, 500)]
    assert len(set(texts)) == 6
    assert "20" in texts[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_float_as_it_is_remembered(language: Language) -> None:
    t = WORDS[language]
    never = FloatNow(None, None, 0, None, 0)
    known = FloatNow(240_000, NOW, 5_000, 12, 100_000)
    assert t("float.unknown") in alerts.float_lines(t, never, fresh=False)
    assert t("float.no_alert") in alerts.float_lines(t, never, fresh=False)
    assert t.money(240_000) in alerts.float_lines(t, known, fresh=False)
    assert t.money(240_000) not in alerts.float_lines(t, known, fresh=True)


def test_every_alert_has_words_for_when_it_is_told_together() -> None:
    assert set(alerts.GROUP_SUBJECT) == set(get_args(AlertKind))
    ids = tuple(f"ORDER{number:07}" for number in range(12))
    for language in LANGUAGES:
        message = alerts.group("late_success", ids, NOW, WORDS[language])
        assert "12" in message.text
        assert "…" in message.text
        assert "…" not in alerts.group("late_success", ids[:2], NOW, WORDS[language]).text


# The audit in a message.

SAMPLES: tuple[tuple[FindingKind, str], ...] = (
    ("ledger", ""),
    ("entries", "spend fees"),
    ("entries", "spend customer:telegram:5"),
    ("same_code", "ORDER0000002"),
    ("long_open", "unknown"),
    ("no_order", "hold"),
    ("fall", "X"),
    ("limit", ""),
    ("no_code", ""),
    ("witness", ""),
)
FINDINGS = tuple(Finding(kind, "hand:1", 5, 6, "ORDER0000001", detail, NOW, NOW + 1) for kind, detail in SAMPLES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_audits_message_names_the_first_and_counts_the_others(language: Language) -> None:
    rises = tuple(
        Rise(NOW, NOW + 1, amount, order) for amount, order in ((5, None), (50, "ORDER0000003"), (7, None), (9, None))
    )
    message = audit_message(WORDS[language], Findings(DAY, DAY, 7, 40, 90_000, FINDINGS, rises))
    assert message.attachment is not None
    assert (message.attachment.kind, message.attachment.language, message.attachment.arguments) == (
        "audit",
        language,
        (DAY, DAY),
    )
    assert message.text.count("\n• ") == MOST_LISTED
    assert WORDS[language].plural("audit.more", 2) in message.text
    assert WORDS[language].plural("audit.more_rises", 1) in message.text
    # An order that nobody knows has no button.
    assert message.rows == ()
    known = audit_message(WORDS[language], Findings(DAY, "2026-11-24", 7, 40, 90_000, FINDINGS[:3]))
    assert [button.data for row in known.rows for button in row] == ["-.inspect.ORDER0000001"]  # type: ignore[union-attr]
    assert "spend" not in known.text
    clean = audit_message(WORDS[language], Findings(DAY, DAY, 7, 40, 90_000))
    assert "•" not in clean.text


def test_every_finding_has_words_and_a_sign() -> None:
    for language in LANGUAGES:
        for finding in FINDINGS:
            assert finding_lines(WORDS[language], finding)
    assert signed(WORDS["en"], 0) == WORDS["en"].money(0)
    assert signed(WORDS["en"], -3).startswith("−")
    assert signed(WORDS["en"], 3).startswith("+")


A_DAY = DaySummary(DAY, 9, 5, 2, 1, 1, 50_000, 700, 30, FloatNow(240_000, NOW, 0, 12, 100_000), 2, None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_morning_report(language: Language) -> None:
    t = WORDS[language]
    full = morning(A_DAY, WORDS[language])
    assert t.plural("report.delivered", 5, percent=71) in full.text
    assert t("report.no_audit") in full.text
    assert [button.data for row in full.rows for button in row] == ["-.stuck."]  # type: ignore[union-attr]
    assert full.durable
    quiet = replace(
        A_DAY,
        orders=2,
        delivered=0,
        refused=0,
        open=0,
        cancelled=2,
        commissions_xof=0,
        stuck=0,
        audit=AuditSummary(DAY, DAY, 2, 4, 100, 0),
    )
    report = morning(quiet, WORDS[language])
    assert t("report.clean") in report.text
    assert t("report.none_stuck") in report.text
    assert "%" not in report.text
    assert report.rows == ()
    worse = replace(quiet, orders=0, cancelled=0, audit=AuditSummary(DAY, DAY, 2, 4, 100, 3))
    assert t.plural("report.findings", 3) in morning(worse, WORDS[language]).text
    assert t("report.no_orders") in morning(worse, WORDS[language]).text


# What admins ask.


def ask(event: Any, role: Any = "support", asked: list[str] | None = None) -> Transition:
    """What a step decides; the names of the statements that it yields are put into `asked`."""
    rows: dict[str, Any] = {
        "admins": (),
        "witness_add": (),
        "witness_last": ({"at": NOW, "current_xof": 240_000},),
        "float_spent": ({"today_xof": 5_000, "lately_xof": 9_000},),
        "orders_open_of": (),
        "collections_open_of": (),
    }

    def answer(name: str) -> Any:
        (asked if asked is not None else []).append(name)
        return rows[name]

    person = Person("telegram:1", ("A" * 12, "B" * 12), NOW, role=role, key="k")
    shop = ShopSettings(words=WORDS)
    unit = a_unit(person, shop)
    talk = step(Session(language="en", updated_at=NOW, greeted=True), event, person, shop, unit)
    decided: Transition = answered(talk, answer)
    return decided


def test_an_audit_is_asked_for_and_answered() -> None:
    assert AskAudit(DAY, DAY) in ask(Text("/audit 23/11")).tasks
    assert not [each for each in ask(Text("/audit soon")).tasks if isinstance(each, AskAudit)]
    assert ask(Text("/audit"), None).tasks == ()

    def answered(role: Any) -> tuple[Outbound, ...]:
        return ask(AuditAnswered(Findings(DAY, DAY, 1, 2, 3)), role).messages

    assert [each.attachment is not None for each in answered("support")] == [True]
    # Who is no admin any more when the answer comes reads nothing.
    assert answered(None) == ()
    assert REGISTRY.commands["audit"].permission == REGISTRY.buttons["audit"].permission == "support"


def test_the_float_is_remembered_when_it_is_told() -> None:
    asked: list[str] = []
    ask(FloatAnswered(Float(240_000)), asked=asked)
    assert "witness_add" in asked
    asked.clear()
    decided = ask(FloatAnswered(FloatUnavailable("busy")), asked=asked)
    assert "witness_last" in asked
    assert "witness_add" not in asked
    assert WORDS["en"].money(240_000) in decided.messages[0].text


# When it is told.


class WatchedConcern:
    """A store that only monitoring writes to, and what the admin reads."""

    def __init__(self) -> None:
        self.day = Day()
        self.now = NOW
        self.kind = "provider_down"

    def check(self, concern: Concern | None, minutes: int = 0) -> int:
        """What monitoring sees after some minutes; answers how many messages that led to."""
        self.now += minutes * MINUTE_MS
        seen = {self.kind: concern}
        return len(self.day.store.run(concerns.report, self.day.installation, seen, self.now).posted)

    def last(self) -> str:
        return str(read_outbound(texts(self.day.store, Address("telegram", "1"))[-1]).text)


DOWN = ProviderDown(8, 10)


def test_a_trouble_is_told_once_reminded_of_and_ended() -> None:
    admin = WatchedConcern()
    assert admin.check(None) == 0
    assert admin.check(DOWN) == 1
    assert [admin.check(DOWN, 1) for _ in range(100)] == [0] * 100
    assert admin.check(DOWN, 4 * 60 - 100) == 1
    assert "4" in admin.last()
    assert admin.check(DOWN, 60) == 0
    # It is not over before it has not been seen for a while, and the end is told once.
    assert [admin.check(None, 2) for _ in range(4)] == [0, 0, 1, 0]
    assert admin.last().startswith("✅")


def test_one_that_comes_and_goes_is_no_storm() -> None:
    admin = WatchedConcern()
    messages = sum(admin.check(DOWN if minute % 2 else None, 1) for minute in range(60))
    assert messages == 1
    # Back right after its end, it waits for the rest of the pause.
    admin = WatchedConcern()
    assert admin.check(DOWN) == 1
    assert admin.check(None, 6) == 1
    assert admin.check(DOWN, 1) == 0
    # Gone again before it was told: neither its beginning nor its end is.
    assert admin.check(None, 6) == 0
    assert admin.check(DOWN, 1) == 0
    assert admin.check(DOWN, 1) == 1


def test_one_that_grows_is_told_after_the_pause() -> None:
    admin = WatchedConcern()
    admin.kind = "stuck"
    assert admin.check(Stuck(2, 10, ("A", "B"))) == 1
    assert admin.check(Stuck(9, 10, ("A", "B", "C")), 5) == 0
    assert admin.check(Stuck(10, 10, ("A", "B", "C")), 10) == 1
    assert admin.check(Stuck(10, 10, ("A", "B", "C")), 20) == 0
    # Fewer is no news, others are.
    assert admin.check(Stuck(1, 10, ("A",)), 20) == 0
    assert admin.check(Stuck(1, 10, ("D",)), 20) == 1


def test_a_fall_has_no_end_to_tell() -> None:
    admin = WatchedConcern()
    admin.kind = "drift"
    assert admin.check(Drift(5, NOW, NOW)) == 1
    assert admin.check(None, 10) == 0
    assert admin.check(Drift(5, NOW, NOW), 30) == 1


def test_a_clock_that_is_turned_back_starts_no_storm_and_no_silence() -> None:
    admin = WatchedConcern()
    assert admin.check(DOWN) == 1
    assert [admin.check(DOWN, minutes) for minutes in (-60, 1, 1, 1)] == [0] * 4
    assert admin.check(None, 10) == 1
    # What was told of an earlier trouble lies ahead: the new one is told at once.
    assert admin.check(DOWN, -120) == 1
    assert admin.check(DOWN, 1) == 0
    # And one that was last seen ahead of the clock ends.
    assert admin.check(None, -120) == 1


def test_a_row_of_another_time_is_no_stumbling_block() -> None:
    admin = WatchedConcern()
    admin.check(DOWN)
    admin.day.alter('UPDATE concern SET reported = \'{"type":"of old"}\'')
    assert admin.check(DOWN, 1) == 1


def test_support_is_not_called_at_night() -> None:
    admin = WatchedConcern()
    admin.day.store.connection.execute("INSERT INTO admin VALUES ('telegram:7', 'support', 'told', 0)")
    admin.day.store.connection.execute("INSERT INTO admin VALUES ('telegram:8', 'operator', 'told', 0)")
    assert admin.check(DOWN) == 2
    assert texts(admin.day.store, Address("telegram", "7")) == []


# What is seen in the books.


def concerns_told(day: Day, *measured: Concern, knows: frozenset[str] = frozenset()) -> list[str]:
    """What looking around tells the admin."""
    return [each.outbound.text for each in looked_around(day.store, day.installation, measured, knows, day.now).posted]


def about(key: str, language: Language = "fr") -> str:
    return text_of(key, language)


def test_a_quiet_day_is_quiet() -> None:
    day = Day()
    assert concerns_told(day) == []
    day.order("delivered", 5_000)
    day.now += 2 * HOUR_MS
    assert concerns_told(day) == []


def test_a_low_float_is_told_with_hours() -> None:
    day = Day(float_xof=150_000)
    day.order("delivered", 40_000)
    assert concerns_told(day) == []
    day.order("delivered", 40_000, PEOPLE[1])
    (text,) = concerns_told(day)
    assert about("watch.float_low") in text
    assert WORDS["fr"].plural("float.left", 7) in text or "heure" in text
    # Whoever wants no alert has none.
    day = Day(float_xof=150_000)
    day.installation = replace_shop(day, float_alert_xof=0)
    day.order("delivered", 140_000)
    assert concerns_told(day) == []


def replace_shop(day: Day, **changes: Any) -> Any:
    from dataclasses import replace as with_

    return with_(day.installation, shop=replace(day.installation.shop, **changes))


def test_stuck_orders_are_counted_in_one_message() -> None:
    day = Day()
    for number in range(4):
        day.order("open", 1_000, PEOPLE[number])
    assert concerns_told(day) == []
    day.now += 20 * MINUTE_MS
    (text,) = concerns_told(day)
    assert WORDS["fr"].plural("watch.stuck", 4, held=WORDS["fr"].money(4 * 1_050)) in text


def test_falling_success_needs_enough_orders_on_both_sides() -> None:
    day = Day()

    def ended(way: str, count: int) -> None:
        for number in range(count):
            day.order(way, 1_000, PEOPLE[number % 8])

    ended("delivered", 49)
    day.now += 25 * HOUR_MS
    ended("refused", 12)
    assert concerns_told(day) == []
    day = Day()
    ended("delivered", 60)
    day.now += 25 * HOUR_MS
    ended("refused", 9)
    assert concerns_told(day) == []
    ended("refused", 1)
    # It is looked at every ten minutes.
    assert concerns_told(day) == []
    day.now += 10 * MINUTE_MS
    (text,) = concerns_told(day)
    assert about("watch.success_falling") in text
    day.now += 10 * MINUTE_MS
    ended("delivered", 60)
    day.now += 10 * MINUTE_MS
    assert [each for each in concerns_told(day) if about("watch.over.success_falling") in each]


def test_a_ledger_that_does_not_sum_is_told_within_the_hour() -> None:
    day = Day()

    def summed() -> list[str]:
        if not day.store.run(concerns.ledger_is_due, day.now):
            return ["not yet"]
        balances, _ = day.driven(ledger_steps(day.now))
        return [
            each.outbound.text
            for each in day.store.run(concerns.report_ledger, day.installation, sum(balances.values()), day.now).posted
        ]

    assert summed() == []
    day.alter("UPDATE entry SET amount_xof = amount_xof + 1 WHERE id = 1")
    day.now += 59 * MINUTE_MS
    assert summed() == ["not yet"]
    day.now += 2 * MINUTE_MS
    (text,) = summed()
    assert about("watch.unbalanced.do") in text


def test_a_drift_is_told_and_what_is_still_under_way_is_not() -> None:
    day = Day()
    assert concerns_told(day) == []
    day.order("silent", 5_000)
    day.order("delivered", 5_000)
    day.now += 11 * MINUTE_MS
    assert concerns_told(day) == []
    day.float_xof -= 333
    day.order("delivered", 5_000)
    day.now += 11 * MINUTE_MS
    (text,) = concerns_told(day)
    assert WORDS["fr"].money(333) in text
    # What has been told is over after an hour, silently.
    day.now += 70 * MINUTE_MS
    assert concerns_told(day) == []


def test_an_answer_that_has_not_come_yet_is_no_drift() -> None:
    day = Day()

    def hear(order_id: str, sent_at: int, previous_xof: int, current_xof: int) -> None:
        day.alter(
            "INSERT INTO witness VALUES (NULL, ?, ?, ?, ?, ?)", sent_at, day.now, order_id, previous_xof, current_xof
        )

    hear("A", day.now - 1_000, 1_000_000, 900_000)
    day.now += 5 * MINUTE_MS
    sent_at = day.now
    # Two were sent together, and the second is heard first.
    day.now += 2_000
    hear("C", sent_at, 800_000, 700_000)
    day.now += 5_000
    assert concerns_told(day) == []
    day.now += 20_000
    hear("B", sent_at, 900_000, 800_000)
    day.now += 11 * MINUTE_MS
    assert concerns_told(day) == []


def quickly(day: Day, count: int, amount_xof: int, who: Address) -> None:
    for _ in range(count):
        day.order("delivered", amount_xof, who)


def test_unusual_speed() -> None:
    day = Day()
    quickly(day, 6, 1_000, PEOPLE[0])
    (text,) = concerns_told(day)
    assert str(PEOPLE[0]) in text
    assert WORDS["fr"]("watch.no_past") in text
    # A reseller sells by hand at another speed.
    day = Day()
    day.store.connection.execute(
        "INSERT INTO reseller VALUES (?, 'Ndar', '{}', NULL, NULL, 0, 0, 0, 0)", (str(PEOPLE[0]),)
    )
    quickly(day, 12, 1_000, PEOPLE[0])
    assert concerns_told(day) == []
    # And so does whoever has done so before, as far as money goes.
    quickly(day, 4, 60_000, PEOPLE[0])
    (text,) = concerns_told(day)
    assert "Ndar" in text
    day.now += 10 * DAY_MS
    concerns_told(day)
    quickly(day, 4, 60_000, PEOPLE[0])
    assert not [each for each in concerns_told(day) if about("watch.unusual_speed.do") in each]


def test_at_night_the_provider_is_asked_for_its_balance_every_quarter() -> None:
    day = Day()
    assert day.store.run(concerns.float_is_old, day.installation, day.now)
    # Somebody asks already.
    assert not day.store.run(concerns.float_is_old, day.installation, day.now)
    day.store.run(record_float, 7_000, day.now)
    day.now += 14 * MINUTE_MS
    assert not day.store.run(concerns.float_is_old, day.installation, day.now)
    day.now += MINUTE_MS
    assert day.store.run(concerns.float_is_old, day.installation, day.now)
    # A place in the budget is taken for it, and where there is none it waits.
    day.now += 15 * MINUTE_MS
    day.store.connection.execute("UPDATE budget SET arrival_us = ?", ((day.now + 300_000) * 1000,))
    assert not day.store.run(concerns.float_is_old, day.installation, day.now)
    day.order("delivered", 1_000)
    assert not day.store.run(concerns.float_is_old, day.installation, day.now)


def test_alerts_of_a_kind_are_told_together_after_the_pause() -> None:
    day = Day()
    ids = [day.order("open", 1_000) for _ in range(4)]
    counts = []
    for order_id in ids:
        order = day.store.run(load_order, order_id)
        counts.append(
            len(
                day.store.run(
                    notifications.tell_admins, day.installation, Alert("late_success", "told"), order, day.now
                )
            )
        )
    assert counts == [1, 0, 0, 0]
    waiting = day.store.rows("SELECT order_id FROM waiting_alert WHERE kind = 'late_success' ORDER BY id")
    assert [row["order_id"] for row in waiting] == ids[1:]
    assert not [each for each in together(day) if about("more_alerts.late_success") in each]
    day.now += MINUTE_MS
    (text,) = [each for each in together(day) if about("more_alerts.late_success") in each]
    assert "3" in text
    day.now += MINUTE_MS
    assert together(day) == []
    # One whose order is not at hand is named by its detail.
    day.store.run(set_aside, day.installation, ids[0], "KeyError", day.now)
    day.store.run(set_aside, day.installation, ids[1], "KeyError", day.now)
    day.now += MINUTE_MS
    (text,) = together(day)
    assert "ORDE-R000-0002" in text


def together(day: Day) -> list[str]:
    return [each.outbound.text for each in day.store.run(concerns.report_groups, day.installation, day.now)]


# Chores.


def at(day: str, hours: float) -> int:
    return Period(day, day).since + int(hours * HOUR_MS)


def test_a_night_is_audited_once() -> None:
    day = Day()
    run = day.store.run
    # Nothing is owed from before there was a bot.
    assert run(daily_jobs.audit_due, at(DAY, 15)) is None
    assert run(daily_jobs.audit_due, at("2026-11-24", 0.4)) is None
    assert run(daily_jobs.audit_due, at("2026-11-24", 0.5)) == (DAY, DAY)
    findings = Findings(DAY, DAY, 1, 2, 3)
    assert len(run(daily_jobs.report_audit, day.installation, findings, at("2026-11-24", 0.6))) == 1
    # Another process was as quick.
    assert run(daily_jobs.report_audit, day.installation, findings, at("2026-11-24", 0.6)) == []
    assert run(daily_jobs.audit_due, at("2026-11-24", 23)) is None
    # A clock that is turned back finds it done, and days that were missed are made up for.
    assert run(daily_jobs.audit_due, at("2026-11-22", 12)) is None
    assert run(daily_jobs.audit_due, at("2026-11-28", 12)) == ("2026-11-24", "2026-11-27")
    assert run(daily_jobs.audit_due, at("2027-11-28", 12)) == ("2027-10-28", "2027-11-27")


def test_the_morning_is_reported_once() -> None:
    day = Day()
    run = day.store.run
    assert run(daily_jobs.morning_report, day.installation, at(DAY, 6.9)) == []
    (posted,) = run(daily_jobs.morning_report, day.installation, at(DAY, 7))
    assert WORDS["fr"].day("2026-11-22") in posted.outbound.text
    for hours in (7.1, 9, 30.9, -5):
        assert run(daily_jobs.morning_report, day.installation, at(DAY, hours)) == []
    # A process that was down at seven does it when it is back.
    assert len(run(daily_jobs.morning_report, day.installation, at("2026-11-24", 9))) == 1
    assert run(daily_jobs.morning_report, day.installation, at("2026-11-24", 9.1)) == []


def test_of_two_processes_one_reports() -> None:
    day = Day()

    def overtaken(asked: Any) -> Any:
        """The other one takes the job between the look and the taking."""
        script = in_turn(daily_jobs.morning_report(day.installation, at("2026-11-24", 9)))
        reply: Any = None
        while True:
            try:
                name, values = script.send(reply)
            except StopIteration as end:
                return end.value
            reply = [] if name == "daily_job_take" else (yield name, values)

    day.store.run(daily_jobs.morning_report, day.installation, at(DAY, 9))
    assert day.store.run(overtaken, None) == []


def test_the_report_knows_the_nights_audit() -> None:
    day = Day()
    run = day.store.run
    run(daily_jobs.audit_due, day.now)
    run(daily_jobs.morning_report, day.installation, day.now)
    run(daily_jobs.report_audit, day.installation, Findings(DAY, DAY, 1, 2, 3), at("2026-11-24", 1))
    (posted,) = run(daily_jobs.morning_report, day.installation, at("2026-11-24", 7))
    assert WORDS["fr"]("report.clean") in posted.outbound.text


# The provider's vital signs.


def test_down_is_most_of_the_last_calls_for_a_minute() -> None:
    clock = Clock()
    gateway_health = GatewayHealth(clock)
    assert gateway_health.health().assessed == frozenset()
    for _ in range(5):
        clock.move(10)
        gateway_health.note(1.0, answered=True)
    assert gateway_health.health().assessed == {"provider_down"}
    assert gateway_health.health().down is None
    for _ in range(6):
        clock.move(2)
        gateway_health.note(1.0, answered=False)
    # Not for long enough to be said.
    assert gateway_health.health().assessed == frozenset()
    clock.move(60)
    gateway_health.note(1.0, answered=False)
    assert gateway_health.health().down == ProviderDown(7, 10)
    # Three answers in a row, and it is there again.
    for _ in range(3):
        clock.move(1)
        gateway_health.note(1.0, answered=True)
    assert gateway_health.health().down is None
    assert gateway_health.health().assessed == {"provider_down"}
    # After some minutes without a call nobody knows.
    clock.move(301)
    assert gateway_health.health().assessed == frozenset()
    # Nor does a clock that was turned back.
    clock.move(-3_600)
    assert gateway_health.health().assessed == frozenset()


def test_slow_is_one_call_in_twenty() -> None:
    clock = Clock()
    gateway_health = GatewayHealth(clock)
    for number in range(40):
        gateway_health.note(SLOW_SECONDS + 2 if number in (3, 7) else 1.0, answered=True)
    assert gateway_health.health().slow is None
    assert "provider_slow" in gateway_health.health().assessed
    gateway_health.note(SLOW_SECONDS + 4, answered=True)
    assert gateway_health.health().slow == ProviderSlow(int((SLOW_SECONDS + 2) * 1000), 40)


def test_who_answers() -> None:
    for there in (
        Inquiry("woyofal", "1", "A", "", ""),
        InquiryRefused("told"),
        InquiryUnavailable("busy"),
        NotSent("credentials"),
        Delivered(),
        Processing(),
        Refused("failed"),
        Unknown("HTTP 404", heard="error"),
        Unknown("409 to a first attempt", conflict=True, heard="error"),
        Unknown("SUCCESS but not success", heard="strange"),
        Unknown("FAILED with signs of success", heard="strange"),
        Unknown("foreign answer", heard="foreign"),
        Float(5),
        FloatUnavailable("busy", answered=True),
    ):
        assert was_answered(there), there
    for gone in (
        InquiryUnavailable("unreachable"),
        InquiryUnavailable("maintenance"),
        NotSent("unreachable"),
        NotSent("maintenance"),
        Unknown("ReadTimeout"),
        Unknown("HTTP 503"),
        FloatUnavailable("ConnectError"),
    ):
        assert not was_answered(gone), gone


# A whole bot.


async def check(room: Room, minutes: float = 0.0) -> None:
    """The time moves on, everybody does what is due, and monitoring checks."""
    await room.turn(minutes * 60)
    await room.taal.monitoring.check()
    await room.taal.outbox.sweep()
    await room.quiet()


def read(room: Room) -> list[Outbound]:
    return room.mailbox.to(ADMIN)


@pytest.mark.anyio
async def test_a_provider_that_is_down_is_told_and_its_button_stops_the_sale(tmp_path: Path) -> None:
    with capture_logs() as logged:
        await provider_goes_and_comes(tmp_path)
    # Who reads the log at night finds both ends of it.
    events = [(line["event"], line.get("phase")) for line in logged if line.get("kind") == "provider_down"]
    assert events == [("concern", "begins"), ("concern is over", None)]


async def provider_goes_and_comes(tmp_path: Path) -> None:
    async with room(tmp_path) as bot:
        await bot.says(ADMIN, "/id")
        await check(bot)
        await bot.quotes(AWA, "14123456789")
        bot.simulator.outage = "silent"
        for _ in range(8):
            await bot.says(AWA, "w 14123456789 5000")
            await check(bot, 0.4)
        assert bot.saw(ADMIN, "watch.provider_down.do") == 1
        await bot.taps(ADMIN, "-.maintenance.on")
        assert bot.saw(ADMIN, "admin.maintenance.ask_on") + bot.saw(ADMIN, "admin.why_may") > 0
        bot.simulator.outage = None
        for _ in range(10):
            await bot.says(AWA, "w 14123456789 5000")
            await check(bot, 1)
        assert bot.saw(ADMIN, "watch.over.provider_down") == 1


@pytest.mark.anyio
async def test_a_stuck_order_is_told_and_opened(tmp_path: Path) -> None:
    async with room(tmp_path) as bot:
        await bot.says(ADMIN, "/id")
        order_id = await bot.buys(AWA, "14123456728")
        await check(bot)
        for _ in range(20):
            await check(bot, 1)
        assert bot.saw(ADMIN, "watch.stuck.do") == 1
        assert f"-.inspect.{order_id}" in bot.buttons(ADMIN)
        await bot.taps(ADMIN, f"-.inspect.{order_id}")
        assert order_id in read(bot)[-1].text.replace("-", "")


@pytest.mark.anyio
async def test_the_float_is_asked_for_and_kept(tmp_path: Path) -> None:
    async with room(tmp_path) as bot:
        bot.simulator.float_xof = 40_000
        await bot.says(ADMIN, "/id")
        await check(bot)
        assert bot.saw(ADMIN, "watch.float_low.do") == 1
        assert bot.simulator.calls["balance"] == 1
        for _ in range(20):
            await check(bot, 1)
        assert bot.simulator.calls["balance"] == 2
        bot.simulator.outage = "error"
        await check(bot, 20)
        bot.simulator.outage = None
        await bot.taps(ADMIN, bot.button(ADMIN, "float"))
        assert WORDS["fr"].money(40_000) in read(bot)[-1].text


@pytest.mark.anyio
async def test_the_seven_oclock_report_comes_once_after_a_restart_at_nine(tmp_path: Path) -> None:
    clock = Clock(at(DAY, 12))
    async with room(tmp_path, clock=clock) as bot:
        await bot.says(ADMIN, "/id")
        await check(bot)
        await bot.buys(AWA, "14123456789")
        await check(bot, 1)
        assert [each for each in read(bot) if each.attachment is not None] == []
    clock.now = at("2026-11-24", 9)
    for _ in range(2):
        async with room(tmp_path, clock=clock) as bot:
            reports = []
            for minutes in (0, 1, 30, -120, 60):
                await check(bot, minutes)
            reports = [each.text for each in read(bot)]
            if not _:
                assert sum(about("audit.do") in each or "✅" in each for each in reports) >= 1
                assert sum(WORDS["fr"]("report.title", day=WORDS["fr"].day(DAY)) in each for each in reports) == 1
                (with_file,) = [each for each in read(bot) if each.attachment is not None]
                assert with_file.attachment is not None
                assert with_file.attachment.arguments == (DAY, DAY)
            else:
                assert reports == []


@pytest.mark.anyio
async def test_two_replicas_report_once(tmp_path: Path) -> None:
    clock = Clock(at(DAY, 12))
    async with room(tmp_path, clock=clock) as one, room(tmp_path, clock=clock) as other:
        await check(one)
        clock.now = at("2026-11-24", 9)
        for bot in (other, one, other, one):
            await check(bot)
        messages = read(one) + read(other)
        assert len([each for each in messages if each.attachment is not None]) == 1
        assert len(messages) == 2


@pytest.mark.anyio
async def test_an_audit_on_demand_brings_its_file(tmp_path: Path) -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    async with room(tmp_path) as bot:
        for number in range(3):
            await bot.buys(AWA, f"1412345678{number}")
        await bot.says(ADMIN, "/audit", language="fr")
        assert WORDS["fr"].plural("audit.orders", 3) in read(bot)[-1].text
        ((whose, file),) = bot.mailbox.files
        assert whose == ADMIN
        book = load_workbook(BytesIO(file.content))
        findings, orders_, accounts = book.worksheets
        assert findings.max_row == 2, "a title line, and that all is in order"
        rows = list(orders_.iter_rows(values_only=True))
        assert len(rows) == 4
        titles = [str(cell) for cell in rows[0]]
        for row in rows[1:]:
            assert row[titles.index(WORDS["fr"].label("paper.difference"))] == 0
        total = [row for row in accounts.iter_rows(values_only=True) if row[0] == WORDS["fr"].label("paper.total")]
        assert total[0][1] == 0


class Slow:
    """A gateway that takes its time, on a clock of its own."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = 0.0
        self.closed = False

    def monotonic(self) -> float:
        return self.now

    async def _answer(self, answer: Any) -> Any:
        self.now += self.seconds
        return answer

    async def inquire(self, service: Any, reference: str) -> Any:
        return await self._answer(InquiryRefused("told"))

    async def pay(self, request: Any, *, callback_url: str | None, replay: bool) -> Any:
        return await self._answer(Delivered())

    async def look_up(self, transaction_id: str, service: Any) -> Any:
        return await self._answer(Processing())

    async def balance(self) -> Any:
        return await self._answer(Float(1))

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.anyio
async def test_every_call_is_measured_and_handed_on() -> None:
    slow, gateway_health = Slow(SLOW_SECONDS), GatewayHealth(Clock())
    measured = MeasuredGateway(slow, gateway_health, slow.monotonic)
    for _ in range(3):
        assert await measured.inquire("woyofal", "1") == InquiryRefused("told")
        assert await measured.pay(None, callback_url=None, replay=False) == Delivered()  # type: ignore[arg-type]
        assert await measured.look_up("T", "woyofal") == Processing()
        assert await measured.balance() == Float(1)
    assert gateway_health.health().slow == ProviderSlow(int(SLOW_SECONDS * 1000), 12)
    await measured.aclose()
    assert slow.closed


@pytest.mark.anyio
async def test_a_check_that_cannot_be_made_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.monitoring import work

    monkeypatch.setattr(work, "CHECK_SECONDS", 0.0)
    async with room(tmp_path) as bot:
        checks: list[int] = []

        async def check_once() -> None:
            checks.append(1)
            if len(checks) == 1:
                raise StoreBusy("locked")

        monkeypatch.setattr(bot.taal.monitoring, "check", check_once)
        watching_ = asyncio.create_task(bot.taal.monitoring.work())
        await eventually(lambda: len(checks) > 2, "it has looked again")
        watching_.cancel()
        await asyncio.gather(watching_, return_exceptions=True)
