"""Paying for oneself in the dialogue: how few inputs it takes, and what the transcripts do not tell."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from bot.domain.inbound import Tap
from bot.domain.people import Address
from bot.i18n import NBSP
from bot.notices import collecting as notices
from bot.notices.collecting import collection_news
from tests import paying_world
from tests.collecting_world import TERMS
from tests.dialogue_world import AWA, OTHER, WORDS, World, buttons
from tests.test_transcripts import FOLDER, begun

BUY = "woyofal 14123456789 5000"
QUOTE = "Vérifiez avant de payer"
MODOU = Address("telegram", "5")


def inputs(name: str, language: str, *, after: str = "", before: str = "* payment link") -> int:
    """How often a person types or presses in a transcript, between two lines."""
    script = (FOLDER / language / f"{name}.txt").read_text("utf-8")
    part = script.partition(after)[2].partition(before)[0] if after else script.partition(before)[0]
    return sum(line.startswith("> ") for line in part.splitlines())


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_stranger_buys_with_wave_in_at_most_seven_inputs_and_again_in_three(language: str):
    # The link that they open and the payment there are one more each.
    assert inputs("40-wave-first-purchase", language) + 2 <= 7
    assert inputs("41-wave-repeat", language, after="* +2 days") + 1 <= 3


@pytest.fixture
def world() -> Iterator[World]:
    world = begun("fr")
    paying_world.collects(world, "allowed")
    yield world
    world.store.close()


def text(world: World, address: Address = AWA) -> str:
    return world.last(address).text.replace(NBSP, " ")


def begun_count(world: World) -> int:
    return int(world.store.one("SELECT count(*) FROM collection"))


def freeze(world: World) -> None:
    world.store.rows("INSERT INTO frozen VALUES (?, 0)", str(AWA))


def press_way(world: World) -> str:
    """What the button of Wave says at the quote that stands."""
    row = next(row for row in world.last(AWA).rows if "Wave" in row[0].label)
    return str(getattr(row[0], "data"))  # noqa: B009  # a button of the three kinds that has one


# The choice of a way to pay.


def test_a_quote_whose_time_is_over_is_put_again(world: World):
    world.say(BUY)
    world.now += 11 * 60_000
    world.tap("Wave")
    assert QUOTE in text(world)
    assert begun_count(world) == 0


def test_a_paused_account_pays_for_nothing(world: World):
    world.say(BUY)
    freeze(world)
    world.tap("Wave")
    assert begun_count(world) == 0
    world.say("/topup 5000")
    assert "topup" not in str(world.last(AWA).rows)
    assert begun_count(world) == 0


def test_a_way_that_was_closed_meanwhile_leaves_the_quote(world: World):
    world.say(BUY)
    world.under(collecting=replace(TERMS, methods=("orange_money",)))
    world.tap("Wave")
    assert QUOTE in text(world)
    assert begun_count(world) == 0


def test_a_button_of_a_quote_that_nobody_began_to_pay_is_over(world: World):
    world.say(BUY)
    data = press_way(world)
    world.say("menu")
    world.hear(AWA, Tap(data))
    assert begun_count(world) == 0
    world.say(BUY, MODOU)
    world.say("wave", MODOU)
    paid_for = world.store.rows("SELECT quote_id FROM collection")[0]["quote_id"]
    world.hear(AWA, Tap(f"1.pay.wave:{paid_for}"))
    assert "attend votre paiement" not in text(world), "it is somebody else's"


def test_the_button_of_an_older_quote_does_not_pay_for_the_newer_one(world: World):
    world.say(BUY)
    older = press_way(world).split(":")[1]
    world.say("6000")
    step = press_way(world).split(".")[0]
    session = world.store.rows("SELECT body FROM session WHERE address = ?", str(AWA))[0]["body"]
    forged = session.replace(press_way(world), f"{step}.pay.wave:{older}")
    world.store.rows("UPDATE session SET body = ? WHERE address = ?", forged, str(AWA))
    world.hear(AWA, Tap(f"{step}.pay.wave:{older}"))
    assert begun_count(world) == 0


def test_a_short_name_of_a_way_that_is_not_offered_means_nothing(world: World):
    world.say(BUY)
    world.say("cb")
    assert "Choisissez comment payer" in text(world)


def test_what_was_begun_elsewhere_is_shown_and_never_begun_twice(world: World):
    world.say(BUY, OTHER)
    world.say("om", OTHER)
    quote = world.store.rows("SELECT body FROM session WHERE address = ?", str(OTHER))[0]["body"]
    world.tap("📱", OTHER)
    # Their other telephone is as it was.
    world.store.rows("UPDATE session SET body = ? WHERE address = ?", quote, str(OTHER))
    world.say("77 123 45 67", OTHER)
    assert "attend votre paiement" in text(world, OTHER)
    assert begun_count(world) == 1
    world.store.rows("DELETE FROM collection")
    world.store.rows("UPDATE session SET body = ? WHERE address = ?", quote, str(OTHER))
    world.under(collecting=None)
    world.say("77 123 45 67", OTHER)
    assert "n’est pas ouvert" in text(world, OTHER)


def test_the_number_comes_too_late_for_the_quote(world: World):
    world.say(BUY)
    world.say("om")
    world.now += 11 * 60_000
    world.say("77 123 45 67")
    assert QUOTE in text(world)
    assert begun_count(world) == 0


def test_a_remembered_number_that_was_forgotten_is_asked_for(world: World):
    world.store.run(paying_world.remember, str(AWA), "orange_money", "771234567", world.now)
    world.say("/topup 5000")
    world.say("om")
    world.store.rows("DELETE FROM payer")
    world.tap("📱")
    assert "Quel numéro" in text(world)
    world.say("78 123 45 67")
    assert "Pour ajouter" in text(world)


# What is waited for.


def test_whoever_says_that_they_paid_again_and_again_is_told_that_it_is_looked_at(world: World):
    world.say(BUY)
    world.say("wave")
    paying_world.happens(world, ["link"])
    for _ in range(40):
        world.say("j’ai payé")
    assert "Nous avons déjà demandé" in text(world)


def test_cancel_means_the_payment_where_nothing_else_is_going_on(world: World):
    world.say(BUY)
    world.say("wave")
    world.say("menu")
    world.say("annuler")
    assert paying_world.newest(world).state == "cancelled"
    world.say("annuler")
    assert "rien à annuler" in text(world)


def test_buttons_of_somebody_else_s_payment_do_nothing(world: World):
    world.say(BUY)
    world.say("wave")
    name = paying_world.newest(world).id
    for act in ("paid", "uncollect", "payagain"):
        world.hear(MODOU, Tap(f"-.{act}.{name}"))
        assert "Nous n’attendons aucun paiement" in text(world, MODOU)
    assert paying_world.newest(world).state == "waiting"


def test_a_top_up_that_came_to_nothing_is_begun_again(world: World):
    world.say("/topup 7000")
    world.say("wave")
    paying_world.happens(world, ["link"])
    paying_world.happens(world, ["refused"])
    world.tap("🔁 Recommencer")
    assert "7 000" in text(world)


def test_a_bill_is_looked_up_anew(world: World):
    world.say("senelec 210278816")
    world.say("wave")
    paying_world.happens(world, ["link"])
    paying_world.happens(world, ["refused"])
    world.tap("🔁 Recommencer")
    assert QUOTE in text(world)


def test_a_page_that_no_button_opens_stands_in_the_text(world: World):
    world.say(BUY)
    world.say("wave")
    paying_world.happens(world, ["link", "http://127.0.0.1:8000/pay"])
    assert "http://127.0.0.1:8000/pay" in text(world)
    collection = replace(paying_world.newest(world), url=None)
    assert "téléphone" in collection_news(WORDS["fr"], collection, "open").text


def test_an_alert_tells_sums_as_sums_and_none_twice(world: World):
    world.say(BUY)
    world.say("wave")
    collection = paying_world.newest(world)

    def told(detail: str) -> str:
        return notices.alert(WORDS["fr"], collection, "homeless", detail).text.replace(NBSP, " ")

    assert "Détail : 4 000 F CFA" in told("4000")
    assert "Détail : 3 000 F CFA au lieu de 5 175 F CFA" in told("instead_of:3000:5175")
    assert "Détail" not in told(str(collection.amount_xof))
    assert "Détail : OTP" in told("OTP")


def test_what_waits_stands_above_what_was_bought(world: World):
    world.fund(20_000)
    world.say(BUY)
    world.tap("✅ Confirmer")
    world.say("/topup 5000")
    world.say("wave")
    for words in ("/history", "/code"):
        world.say(words)
        assert "attend votre paiement" in text(world)


# Money that stands here.


def test_a_sum_above_the_month_s_bound_is_asked_again(world: World):
    world.under(collecting=replace(TERMS, advance_month_xof=3_000))
    world.say("/topup 5000")
    assert "Sur 30 jours" in text(world)
    world.tap("5 000 F")
    assert begun_count(world) == 0


def test_where_nobody_collects_any_more_a_top_up_that_was_begun_says_so(world: World):
    world.say("/topup")
    world.under(collecting=None)
    world.say("5000")
    assert "n’est pas ouvert" in text(world)


def test_a_way_that_was_closed_meanwhile_leaves_the_top_up(world: World):
    world.say("/topup 5000")
    world.under(collecting=replace(TERMS, methods=("orange_money",)))
    world.tap("Wave")
    assert buttons(world.last(AWA))[0].startswith("Orange Money")


def test_the_bound_holds_when_the_payment_is_begun(world: World):
    world.say("/topup 5000")
    world.under(collecting=replace(TERMS, advance_most_xof=4_000))
    world.tap("Wave")
    assert "limite" in text(world)
    world.say("/topup 3000")
    world.under(advances="none")
    world.tap("Wave")
    assert "on ne garde pas d’avance" in text(world)
    assert begun_count(world) == 0


def test_money_that_nobody_paid_in_by_themselves_goes_back_by_hand(world: World):
    world.fund(5_000)
    world.say("/refund me")
    world.tap("💸")
    assert "rien à vous rendre" in text(world)
    world.say("/refund me")
    world.fund(-5_000)
    world.tap("💸")
    assert "rien à vous rendre" in text(world)


def test_a_reseller_fills_their_float_without_bounds_where_no_advances_are_kept(world: World):
    paying_world.collects(world)
    world.say("/start")
    world.store.rows("INSERT INTO reseller VALUES (?, 'Chez Awa', '{}', NULL, NULL, 0, 0, 0, 0)", str(AWA))
    world.say("menu")
    assert "➕ Recharger mon compte" in buttons(world.last(AWA))
    since = len(world.screen)
    world.say("/topup")
    world.say("900000")
    world.say("wave")
    paying_world.happens(world, ["link"])
    paying_world.happens(world, ["came", "900100"])
    world.say("solde")
    assert "900 000" in text(world)
    world.say("/refundme")
    world.say("/help")
    said = "\n".join(shown.outbound.text for shown in world.screen[since:])
    assert "avance" not in said, "to them it is an account"
    assert "sont sur votre compte" in said.replace(NBSP, " ")
    world.say("annuler")
    world.say(BUY)
    assert not any("Wave" in each for each in buttons(world.last(AWA))), "they sell from their float"


@pytest.mark.parametrize(("advances", "words"), [(("allowed",), "/topup 10000"), ((), "Rien à déposer d’avance")])
def test_whoever_has_nothing_reads_how_money_comes_in_where_people_pay_for_themselves(
    world: World, advances: tuple[str, ...], words: str
):
    paying_world.collects(world, *advances)
    world.say("solde")
    assert words in text(world)
    assert "gérant" not in text(world)
