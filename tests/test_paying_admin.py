"""Admins decide what became of payments and pay-backs: one line each in the audit log, and two people where it takes
two.
"""

from collections.abc import Iterator

import pytest

from bot.repositories import collections, paybacks
from tests import paying_world
from tests.dialogue_world import ADMIN, AWA, World
from tests.test_transcripts import begun

SUPPORT = "telegram:3"


@pytest.fixture
def world() -> Iterator[World]:
    world = begun("fr")
    paying_world.collects(world, "allowed")
    yield world
    world.store.close()


def audited(world: World) -> list[tuple[str, int]]:
    return [(row["what"], row["amount_xof"]) for row in world.store.rows("SELECT * FROM audit ORDER BY id")]


def topped_up(world: World, amount_xof: int = 10_000) -> None:
    """Awa has paid for an advance."""
    world.say(f"/topup {amount_xof}")
    world.say("wave")
    paying_world.happens(world, ["link"])
    paying_world.happens(world, ["came", str(amount_xof + 100)])
    world.now += 1_000


def asked_back(world: World) -> str:
    """Awa wants it back; the pay-back's id."""
    world.say("/refund me")
    world.say("1")
    return paying_world.named(world, "PAYBACK")


def decide(world: World, command: str) -> None:
    world.say(command, ADMIN)
    world.tap("✅ Confirmer", ADMIN)


def test_a_payment_that_an_admin_saw_is_booked_once_with_one_line(world: World):
    world.say("/topup 10000")
    world.say("wave")
    paying_world.happens(world, ["link"])
    name = paying_world.named(world, "PAYIN")
    decide(world, f"/payin {name} paid 10 100 vu")
    collection = paying_world.newest(world)
    assert (collection.state, collection.paid_xof) == ("paid", 10_100)
    world.say("solde")
    assert "10 000" in world.last(AWA).text.replace("\u00a0", " ")
    assert audited(world) == [("payin paid", 10_100)]
    world.say(f"/payin {name} notpaid erreur", ADMIN)
    assert "n’y change rien" in world.last(ADMIN).text
    assert len(audited(world)) == 1


def test_a_payment_that_never_comes_is_closed(world: World):
    world.say("/topup 10000")
    world.say("wave")
    paying_world.happens(world, ["link"])
    decide(world, paying_world.named(world, "/payin PAYIN notpaid renoncé"))
    assert paying_world.newest(world).state == "failed"
    assert audited(world) == [("payin not paid", 0)]


@pytest.mark.parametrize(("verdict", "state"), [("confirm", "waiting"), ("paid", "done"), ("kept", "kept")])
def test_a_pay_back_is_decided_once_with_one_line(world: World, verdict: str, state: str):
    topped_up(world)
    name = asked_back(world)
    if verdict == "paid":
        # What waits for an admin has certainly not gone.
        world.store.rows("UPDATE payback SET state = 'refused' WHERE id = ?", name)
    decide(world, f"/payback {name} {verdict} vu")
    payback = world.store.run(paybacks.load, name)
    assert payback is not None
    assert payback.state == state
    assert audited(world) == [(f"payback {verdict}", 10_000)]
    world.say(f"/payback {name} confirm encore", ADMIN)
    assert "n’y change rien" in world.last(ADMIN).text


def test_what_nobody_knows_of_takes_two(world: World):
    topped_up(world)
    name = asked_back(world)
    world.store.rows("UPDATE payback SET state = 'unknown' WHERE id = ?", name)
    decide(world, f"/payback {name} kept introuvable")
    payback = world.store.run(paybacks.load, name)
    assert payback is not None
    assert payback.state == "unknown"
    assert audited(world) == []


def test_whoever_only_reads_decides_nothing(world: World):
    topped_up(world)
    name = asked_back(world)
    world.store.rows("INSERT INTO admin VALUES (?, 'support', 'telegram:1', 0)", SUPPORT)
    support = type(AWA).parse(SUPPORT)
    for command in (f"/payback {name} kept x", paying_world.named(world, "/payin PAYIN paid 5 x")):
        world.say(command, support)
        assert "Pour décider" in world.last(support).text
    assert world.store.run(collections.load, "nothing") is None


def test_what_is_gone_is_said_at_the_confirm(world: World):
    topped_up(world)
    name = asked_back(world)
    world.say(f"/payback {name} kept x", ADMIN)
    world.store.rows("UPDATE payback SET state = 'done' WHERE id = ?", name)
    world.tap("✅ Confirmer", ADMIN)
    assert "n’y change rien" in world.last(ADMIN).text
    world.store.rows("UPDATE payback SET state = 'held' WHERE id = ?", name)
    world.say(f"/payback {name} kept x", ADMIN)
    world.store.rows("DELETE FROM payback")
    world.tap("✅ Confirmer", ADMIN)
    assert "ne trouve pas" in world.last(ADMIN).text
    world.say("/topup 5000")
    world.say("wave")
    paying_world.happens(world, ["link"])
    world.say(paying_world.named(world, "/payin PAYIN notpaid x"), ADMIN)
    world.store.rows("UPDATE collection SET state = 'expired'")
    world.tap("✅ Confirmer", ADMIN)
    assert "n’y change rien" in world.last(ADMIN).text
    assert audited(world) == []


def test_a_payment_that_is_gone_is_said_at_the_confirm(world: World):
    world.say("/topup 5000")
    world.say("wave")
    paying_world.happens(world, ["link"])
    world.say(paying_world.named(world, "/payin PAYIN notpaid x"), ADMIN)
    world.store.rows("DELETE FROM collection")
    world.tap("✅ Confirmer", ADMIN)
    assert "ne trouve pas" in world.last(ADMIN).text
