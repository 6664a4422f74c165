"""Alerts: who sees to one, who is not told for a while, and what a group may read. Over the real scripts."""

from collections.abc import Iterator

import pytest

from bot.domain.inbound import Tap, Unreadable
from bot.domain.outbound import Choice
from bot.domain.outcome import Unknown
from bot.domain.people import Address
from bot.monitoring import concerns
from bot.notices import alerts as notices
from bot.repositories import alerts
from bot.repositories.floats import record_float
from bot.repositories.person_names import note_name
from bot.transactions import alerting
from bot.transactions.payment_news import PaymentResult, tell_admins
from tests import paying_world
from tests.busy_day import looked_around
from tests.dialogue_world import WORDS
from tests.test_transcripts import begun
from tests.trade_world import CUSTOMER, PEOPLE, Town

GROUP = Address("telegram", "-1001234567890")
FIRST, SECOND, OPERATOR, SUPPORT = (PEOPLE[name] for name in ("admin", "second", "operator", "support"))
MINUTE_MS = 60_000


@pytest.fixture
def town() -> Iterator[Town]:
    made = Town()
    made.under(alert_chat=GROUP)
    for admin, role in ((SECOND, "owner"), (OPERATOR, "operator"), (SUPPORT, "support")):
        made.fund(0, admin)
        made.store.connection.execute("INSERT INTO admin VALUES (?, ?, 'telegram:1', 0)", (str(admin), role))
    for who in (FIRST, CUSTOMER):
        made.say("/start", who)
    yield made
    made.store.close()


def float_is(town: Town, xof: int, minutes: int = 16) -> None:
    town.now += minutes * MINUTE_MS
    town.store.run(record_float, xof, town.now)
    looked_around(town.store, town.installation, (), frozenset(), town.now)
    town.store.run(concerns.report_groups, town.installation, town.now)
    town.deliver()


def heard(town: Town, who: Address, since: int = 0) -> str:
    shown = (each.outbound.text for each in town.screen[since:] if each.address == who)
    return "\n".join(shown).replace("\u00a0", " ")


def test_the_group_reads_what_is_wrong_and_names_nobody(town: Town) -> None:
    """No number of a customer or an admin, no meter, no code, and nothing to press."""
    town.fund(50_000, CUSTOMER)
    town.say("w 14123456789 5000", CUSTOMER)
    town.say("oui", CUSTOMER)
    town.outcome(Unknown("timeout"))
    float_is(town, 50_000)
    town.hear(OPERATOR, Tap("-.takealert.float_low"))
    town.store.run(note_name, str(SECOND), "Awa", str(FIRST), town.now)
    town.hear(SECOND, Tap("-.takealert.float_low"))
    town.tap("🙋 Je prends", SECOND)
    float_is(town, 20_000)
    float_is(town, 400_000)
    float_is(town, 400_000)
    read = heard(town, GROUP)
    for said in (
        "50 000 F CFA",
        "sort d’un paiement inconnu",
        "Un gérant s’en occupe",
        "Awa s’en occupe",
        "Toujours là",
    ):
        assert said in read, (said, read)
    for hidden in (CUSTOMER.id, "14123456789", "telegram:", "Awa DIOP", "/answer"):
        assert hidden not in read, (hidden, read)
    assert not [each for each in town.screen if each.address == GROUP and each.outbound.rows]
    assert not [each for each in town.screen if each.address == GROUP and each.outbound.durable]
    unsent = notices.in_group(WORDS["fr"], "unsent", (str(CUSTOMER),))
    assert CUSTOMER.id not in unsent
    many = tuple(f"00000000000{at}" for at in range(7))
    assert "…" in notices.in_group(WORDS["fr"], "unknown", many)


def test_nobody_is_obeyed_in_the_group(town: Town) -> None:
    """Neither is one whom somebody named an admin, by mistake or not: the channel passes no text of a group on."""
    float_is(town, 50_000)
    before = town.store.rows("SELECT * FROM concern")
    town.hear(GROUP, Unreadable("group"))
    town.hear(GROUP, Tap("-.takealert.float_low"))
    assert [dict(row) for row in town.store.rows("SELECT * FROM concern")] == [dict(row) for row in before]
    # Support, customers and whoever was an admin take nothing and silence nobody.
    for who in (CUSTOMER, SUPPORT):
        town.hear(who, Tap("-.takealert.float_low"))
        town.say("/take", who)
        town.say("/quiet 1h", who)
    assert town.store.one("SELECT count(*) FROM concern WHERE taken_by IS NOT NULL") == 0
    assert town.store.one("SELECT count(*) FROM alert_silence") == 0


def test_a_payment_s_alert_is_told_in_the_group_without_its_payer() -> None:
    world = begun("fr")
    paying_world.collects(world, "allowed")
    world.under(alert_chat=GROUP)
    world.say("/topup 10000")
    world.say("wave")
    paying_world.happens(world, ["link"])
    collection = paying_world.newest(world)
    for _ in range(2):
        world.store.run(tell_admins, world.installation, collection, "stuck", "x", world.now, PaymentResult())
    world.deliver()
    read = [each.outbound.text for each in world.screen if each.address == GROUP]
    assert len(read) == 1
    assert collection.id not in read[0]
    world.store.close()


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("1h", 60),
        ("2", 120),
        ("90 min", 90),
        ("1h30", 90),
        ("1 heure", 60),
        ("12h", 720),
        ("0", 0),
        ("13h", 0),
        ("999 h", 0),
        ("demain", 0),
    ],
)
def test_how_long_somebody_is_not_told(town: Town, typed: str, minutes: int) -> None:
    town.say(f"/quiet {typed}", OPERATOR)
    known = town.store.run(alerts.silences)
    assert [(each.until_at - town.now) // MINUTE_MS for each in known] == ([minutes] if minutes else [])


@pytest.mark.twins
def test_silence_is_told_ends_by_itself_and_leaves_somebody_to_listen(town: Town) -> None:
    town.say("/quiet 1h", OPERATOR)
    assert "ne reçoit pas d’alertes" in heard(town, FIRST)
    assert "ne reçoit pas d’alertes" not in heard(town, SUPPORT)
    since = len(town.screen)
    float_is(town, 50_000)
    assert "basse" in heard(town, FIRST, since)
    assert "basse" not in heard(town, OPERATOR, since)
    town.say("/quiet 2h", SECOND)
    town.say("/quiet 2h", FIRST)
    assert "Personne d’autre ne recevrait" in town.last(FIRST).text
    # The last one who listened is paused: then nobody is silent.
    town.store.connection.execute("INSERT INTO frozen VALUES (?, 0)", (str(FIRST),))
    since = len(town.screen)
    float_is(town, 20_000)
    assert "basse" in heard(town, OPERATOR, since)
    town.store.connection.execute("DELETE FROM frozen")
    # A silence that is over is told, once; the longer one goes on.
    since = len(town.screen)
    float_is(town, 20_000, 31)
    float_is(town, 20_000, 1)
    assert heard(town, OPERATOR, since).count("Votre silence est fini") == 1
    assert "silence" not in heard(town, SECOND, since)
    town.say("/quiet off", SECOND)
    assert "reçoit de nouveau" in heard(town, FIRST, since)
    # Whoever lost the role meanwhile is told nothing.
    town.say("/quiet 1h", OPERATOR)
    town.store.connection.execute("DELETE FROM admin WHERE address = ?", (str(OPERATOR),))
    since = len(town.screen)
    float_is(town, 20_000, 61)
    assert "silence" not in heard(town, OPERATOR, since)


def test_a_clock_that_is_set_back_makes_no_silence_longer(town: Town) -> None:
    town.say("/quiet 12h", OPERATOR)
    town.now -= 24 * 60 * MINUTE_MS
    assert town.store.run(alerting.silent_now, town.now) == ()
    town.say("/quiet", FIRST)
    assert "Tous les gérants" in town.last(FIRST).text
    assert town.store.run(alerts.take_ended_silences, town.now) == (str(OPERATOR),)


def test_what_is_grave_is_told_in_any_silence(town: Town) -> None:
    for kind in sorted(alerting.URGENT):
        since = len(town.screen)
        town.say("/quiet 1h", OPERATOR)
        town.store.run(
            alerting.tell_alert,
            town.installation,
            kind,
            lambda t: notices.silence_over(t, []),
            lambda t: t("quiet.over"),
            town.now,
        )
        town.deliver()
        assert "Votre silence est fini" in heard(town, OPERATOR, since), kind


def test_one_who_saw_to_it_the_last_time_is_not_named_the_next(town: Town) -> None:
    float_is(town, 50_000)
    town.tap("🙋", OPERATOR)
    town.tap("🙋", OPERATOR)
    assert "déjà" in town.last(OPERATOR).text
    float_is(town, 400_000)
    float_is(town, 400_000)
    town.hear(OPERATOR, Tap("-.takealert.float_low"))
    assert "plus rien ne dure" in town.last(OPERATOR).text
    since = len(town.screen)
    float_is(town, 50_000)
    assert "basse" in heard(town, FIRST, since)
    assert "s’en occupe" not in heard(town, FIRST, since)
    rows = [each.outbound.rows for each in town.screen[since:] if each.address == FIRST]
    assert any(
        isinstance(button, Choice) and "takealert" in button.data for row in rows for part in row for button in part
    )
