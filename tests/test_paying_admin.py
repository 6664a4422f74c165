"""Admins decide what became of payments and pay-backs: one line each in the audit log, and two people where it takes
two.
"""

from collections.abc import Iterator

import pytest

from bot.domain.inbound import Tap
from bot.domain.payback import PayBack
from bot.domain.people import Address
from bot.i18n import NBSP
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


# Money that is held goes to another number.

SET = "76 123 45 67"


def held(world: World) -> str:
    """A payment by link bought nothing, and goes back: the provider alone named the number."""
    paying_world.collects(world)
    world.say("woyofal 14123456789 5000")
    world.say("wave")
    paying_world.happens(world, ["link"])
    paying_world.happens(world, ["came", "3000"])
    world.now += 1_000
    return paying_world.named(world, "PAYBACK")


def payback_of(world: World, name: str) -> PayBack:
    payback = world.store.run(paybacks.load, name)
    assert payback is not None
    return payback


def test_a_held_pay_back_goes_to_the_number_that_an_admin_was_told_once_and_after_a_confirm(world: World):
    name = held(world)
    decide(world, f"/payback {name} to {SET} dit au téléphone")
    payback = payback_of(world, name)
    assert (payback.payer, payback.method, payback.state) == ("761234567", "wave", "held")
    assert "76 ••• •• 67" in world.last(AWA).text, "the customer reads where it will go"
    assert audited(world) == [("payback to 76 ••• •• 67, before 77 ••• •• 67", 3_000)]
    world.tap("✅ Confirmer", ADMIN, gone=True)
    assert len(audited(world)) == 1
    decide(world, f"/payback {name} confirm relu")
    assert payback_of(world, name).state == "waiting"
    cells = str([dict(row) for table in ("audit", "journal") for row in world.store.rows(f"SELECT * FROM {table}")])
    assert "761234567" not in cells.replace(" ", ""), "no number stands whole in what is kept of it"


@pytest.mark.parametrize("state", ["waiting", "sending", "processing", "unknown", "done", "refused", "kept"])
def test_what_is_not_held_goes_to_no_other_number(world: World, state: str):
    name = held(world)
    world.say(f"/payback {name} to {SET} x", ADMIN)
    world.store.rows("UPDATE payback SET state = ? WHERE id = ?", state, name)
    world.tap("✅ Confirmer", ADMIN)
    assert "n’y change rien" in world.last(ADMIN).text
    world.say(f"/payback {name} to {SET} x", ADMIN)
    assert "n’y change rien" in world.last(ADMIN).text
    assert payback_of(world, name).payer == "771234567"
    assert audited(world) == []


@pytest.mark.parametrize("asked", ["confirm x", "to 781234567 x"])
def test_who_confirms_sends_to_the_number_that_they_saw_or_not_at_all(world: World, asked: str):
    name = held(world)
    world.say(f"/payback {name} {asked}", ADMIN)
    world.store.rows("UPDATE payback SET payer = '761234567', version = version + 1")
    world.tap("✅ Confirmer", ADMIN)
    assert "vers un autre numéro : rien n’est fait" in world.last(ADMIN).text.replace(NBSP, " ")
    assert payback_of(world, name).state == "held"
    assert audited(world) == []


def test_another_number_takes_two_people_from_the_same_sum_on_as_every_act(world: World):
    name = held(world)
    world.under(approval_xof=3_000)
    second = Address("telegram", "3")
    world.meet(second)
    world.store.rows("INSERT INTO admin VALUES (?, 'owner', 'telegram:1', 0)", str(second))
    decide(world, f"/payback {name} to {SET} dit au téléphone")
    assert payback_of(world, name).payer == "771234567"
    (row,) = world.store.rows("SELECT id FROM approval")
    assert SET in world.last(second).text, "the second one reads the whole number, too"
    world.say(f"/approve {row['id']}", second)
    assert payback_of(world, name).payer == "761234567"
    assert len(audited(world)) == 1


def test_nobody_sends_a_customer_s_money_to_their_own_telephone(world: World):
    name = held(world)
    admin = Address("whatsapp", "221781234567")
    world.meet(admin)
    world.store.rows("INSERT INTO admin VALUES (?, 'owner', 'telegram:1', 0)", str(admin))
    world.say(f"/payback {name} to +221 78 123 45 67 x", admin)
    assert "est le vôtre" in world.last(admin).text
    world.say(f"/payback {name} to {SET} x", admin)
    assert "Avant" in world.last(admin).text


@pytest.mark.parametrize("tail", ["", "12", "331234567 x", "7612345678 x", "monsieur Ba"])
def test_what_is_no_number_of_a_mobile_is_asked_for_again(world: World, tail: str):
    name = held(world)
    world.say(f"/payback {name} to {tail}", ADMIN)
    assert "Écrivez le numéro et le motif" in world.last(ADMIN).text


def test_a_number_to_which_nothing_can_go_is_refused(world: World):
    name = held(world)
    world.say(f"/payback {name} to 771234567 x", ADMIN)
    assert "va déjà vers ce numéro" in world.last(ADMIN).text
    world.store.rows("UPDATE payback SET collection_id = NULL")
    world.say(f"/payback {name} to {SET} x", ADMIN)
    assert "ne peut pas partir" in world.last(ADMIN).text
    world.store.rows("UPDATE payback SET collection_id = 'gone'")
    world.say(f"/payback {name} to {SET} x", ADMIN)
    assert "Avant" in world.last(ADMIN).text
    world.store.rows("DELETE FROM payback")
    world.tap("✅ Confirmer", ADMIN)
    assert "ne trouve pas" in world.last(ADMIN).text


def test_the_page_says_who_named_the_number_where_the_customer_did_not(world: World):
    name = held(world)
    for change, said in (
        ("collection_id = collection_id", "vient du fournisseur"),
        ("payer = '761234567'", "donné par un gérant"),
        ("collection_id = NULL", ""),
    ):
        world.store.rows(f"UPDATE payback SET {change}")
        world.say(f"/payback {name}", ADMIN)
        page = world.last(ADMIN).text
        assert said in page
        assert bool(said) == ("Ce numéro" in page)
    world.store.rows("UPDATE payback SET collection_id = ?", paying_world.newest(world).id)
    world.store.rows("UPDATE collection SET payer = '761234567'")
    world.say(f"/payback {name}", ADMIN)
    assert "Ce numéro" not in world.last(ADMIN).text, "it is the one that they gave"


def test_an_admin_writes_first_to_who_is_known_and_in_the_conversation_that_goes_on(world: World):
    held(world)
    for whom in ("telegram:4242", "nobody"):
        world.hear(ADMIN, Tap(f"-.write.{whom}"))
        assert world.store.one("SELECT count(*) FROM conversation") == 0
    for said in ("Quel numéro ?", "Vous êtes là ?"):
        world.hear(ADMIN, Tap(f"-.write.{AWA}"))
        world.say(said, ADMIN)
        assert said in world.last(AWA).text
    assert world.store.one("SELECT count(*) FROM conversation") == 1
    world.hear(AWA, Tap(f"-.write.{ADMIN}"))
    assert world.store.one("SELECT count(*) FROM conversation") == 1, "customers write by asking for a person"


def test_whoever_only_reads_sets_no_number(world: World):
    name = held(world)
    world.store.rows("INSERT INTO admin VALUES (?, 'support', 'telegram:1', 0)", SUPPORT)
    support = Address.parse(SUPPORT)
    world.say(f"/payback {name} to {SET} x", support)
    assert "Pour décider" in world.last(support).text
