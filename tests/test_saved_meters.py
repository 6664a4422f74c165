"""Meters that are kept without a purchase: only those whose holder was shown, so many, and each by its own name."""

from bot.dialogue.flows.meters.steps import MAX_METERS
from bot.domain.inbound import Tap
from bot.domain.inquiry import InquiryUnavailable
from bot.i18n import NBSP
from bot.repositories.meters import SavedMeter, saved_by
from tests import paying_world
from tests.dialogue_world import AWA, World, buttons


def text(world: World) -> str:
    return world.last().text.replace(NBSP, " ")


def kept(world: World) -> dict[str, str]:
    saved: tuple[SavedMeter, ...] = world.store.run(saved_by, world.customer())
    return {meter.reference: meter.nickname for meter in saved}


def test_a_number_is_kept_by_every_way_that_leads_to_a_holder() -> None:
    world = World("fr")
    world.say("garder ce compteur")
    assert "Je ne sais pas quel compteur garder" in text(world)
    world.hear(AWA, Tap("~.keep."))
    assert "Je ne sais pas quel compteur garder" in text(world)
    world.say("nouveau compteur")
    world.tap("💡 Woyofal")
    # An amount, a name or two numbers are no number to keep.
    for said in ("5000", "14123456789 14555666777"):
        world.say(said)
        assert "Je n’y ai pas trouvé de numéro" in text(world), said
    world.say("1412345678")
    assert "Il manque 1 chiffre" in text(world)
    world.next_answer = InquiryUnavailable("unreachable")
    world.tap("C’est bien celui-là")
    world.say("réessayer")
    assert "Quel nom donner au 1412345678" in text(world)
    # What means something here is nobody's name.
    for said in ("bonjour", "tout payer", "woyofal", "5000"):
        world.say(said)
        assert "veut déjà dire autre chose" in text(world), said
    world.say("Tonton")
    world.say("ajouter un compteur")
    world.tap("💡 Woyofal")
    assert "Tonton" not in "".join(buttons(world.last()))
    world.say("annuler")
    assert kept(world) == {"1412345678": "Tonton"}
    assert not world.orders
    # Where one is picked that was bought for lately, it is kept and not bought for.
    world.fund(20_000)
    world.say("14555666777 2000")
    world.say("oui")
    world.say("ajouter un compteur")
    world.tap("💡 Woyofal")
    world.tap("14555666777")
    world.tap("Boutique")
    assert kept(world) == {"1412345678": "Tonton", "14555666777": "Boutique"}
    assert len(world.orders) == 1
    world.hear(AWA, Tap("~.keep_number.nothing"))
    assert "Que voulez-vous faire" in text(world)


def test_the_meter_that_is_spoken_of_is_kept_not_another_one_that_was_looked_up() -> None:
    world = World("fr")
    world.fund(20_000)
    world.say("14555666777 2000")
    world.say("14123456789")
    world.say("menu")
    # The old Confirm offers its own meter anew.
    world.tap("✅ Confirmer", gone=True)
    assert "14555666777" in text(world)
    world.say("garder ce compteur")
    assert "Quel nom donner au 14555666777" in text(world)


def test_no_more_are_kept_than_can_be_shown() -> None:
    world = World("fr")
    world.say("/start")
    for number in range(MAX_METERS):
        world.save_meter(f"14{number:09}", "X", f"Maison {number}")
    world.say("ajouter un compteur")
    assert f"déjà {MAX_METERS} compteurs" in text(world)
    world.say("14123456789")
    world.say("garder ce compteur")
    assert f"déjà {MAX_METERS} compteurs" in text(world)
    assert len(kept(world)) == MAX_METERS


def test_where_a_number_is_written_is_said_of_meters_and_bills_alone() -> None:
    world = World("fr")
    paying_world.collects(world)
    world.say("14123456789 5000")
    world.say("où est le numéro ?")
    assert world.last().attachment is not None
    assert "confirm" not in "".join(buttons(world.last())), "the question stands, and is not put again"
    world.say("om")
    assert "Quel numéro" in text(world)
    world.say("où est le numéro ?")
    assert "Quel numéro" in text(world)
    assert world.last().attachment is None
