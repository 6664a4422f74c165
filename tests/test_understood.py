"""What follows when somebody is not understood, says stop, or names a meter by a word that means something already."""

import pytest

from bot.dialogue.flows import REGISTRY
from bot.i18n import NBSP
from tests.dialogue_world import AWA, WORDS, World
from tests.test_trade_transcripts import happen
from tests.test_transcripts import outcome_of
from tests.trade_world import Town

METER = "14123456789"
CODE = "12345678901234567890"


@pytest.fixture
def world() -> World:
    world = World()
    world.fund(50_000)
    world.say("/start")
    return world


def last_text(world: World) -> str:
    return world.last().text.replace(NBSP, " ")


STUCK = "Je vois que ça coince"


def offers_a_person(world: World) -> bool:
    """Whether a person is offered, where there is anybody to talk to."""
    return STUCK in last_text(world) and ("contact" in last_text(world)) == ("contact" in REGISTRY.buttons)


@pytest.mark.parametrize("begun", ["", "woyofal", f"woyofal {METER}", f"woyofal {METER} 5000"])
def test_the_second_text_in_a_row_that_is_not_understood_leads_to_a_person(world: World, begun: str) -> None:
    if begun:
        world.say(begun)
    before = world.sessions[AWA]
    world.say("bla")
    assert "pas compris" in last_text(world) or "pas trouvé" in last_text(world)
    assert STUCK not in last_text(world)
    world.say("blabla")
    assert offers_a_person(world)
    # The question still stands, and one that is understood begins the count anew.
    after = world.sessions[AWA]
    assert (after.state, after.pending, after.quote) == (before.state, before.pending, before.quote)
    assert after.misunderstood == 2
    world.say("aide")
    assert world.sessions[AWA].misunderstood == 0
    world.say("bla")
    assert STUCK not in last_text(world)


def test_a_tap_between_two_such_texts_parts_them(world: World) -> None:
    world.say("bla")
    world.tap("💰 Mon solde")
    world.say("bla")
    assert STUCK not in last_text(world)


def test_an_insult_leads_to_a_person_at_once_and_pays_nothing(world: World) -> None:
    world.say(f"woyofal {METER} 5000")
    quote = world.sessions[AWA].quote
    for text in ("voleurs", "oui bande de voleurs", "c'est nul, ok"):
        world.say(text)
        assert offers_a_person(world), text
        assert world.sessions[AWA].quote == quote
    assert not world.orders


def test_stop_while_an_order_is_open_is_about_that_order(world: World) -> None:
    world.say(f"woyofal {METER} 5000")
    world.say("oui")
    world.say("stop")
    assert "Voulez-vous l’annuler" in last_text(world), "it has not left yet"
    world.outcome(outcome_of(["processing"]))
    world.say("stop")
    assert "Trop tard pour annuler" in last_text(world)
    assert "annonces" not in last_text(world)
    world.outcome(outcome_of(["delivered", CODE]), "look_up")
    world.say("stop")
    assert "plus d’annonces" in last_text(world), "nothing is open any more"


def test_the_lines_of_a_list_are_not_stopped_one_by_one() -> None:
    town = Town()
    happen(town, "reseller Chez Awa")
    town.fund(50_000)
    town.say("14700000101;1000;Une\n14700000102;1000;Deux")
    town.say("oui")
    town.say("/menu")
    orders = len(town.orders)
    town.say("stop")
    assert "Trop tard" not in town.last().text
    assert len(town.orders) == orders


TAKEN = ("oui", "OUI !", "woyofal", "Senelec", "sen eau", "w", "5000", "cinq mille", "batch", "mon code", "waaw")


@pytest.mark.parametrize("name", TAKEN)
@pytest.mark.parametrize("again", [False, True])
def test_a_meter_is_not_called_by_what_means_something_already(world: World, name: str, again: bool) -> None:
    if again:
        world.save_meter(METER, "Awa DIOP", "maison")
        world.say("mes compteurs")
        world.say("1")
        world.say("renommer")
    else:
        world.say(f"woyofal {METER} 5000")
        world.say("oui")
        world.outcome(outcome_of(["delivered", CODE]))
        world.say("garder ce compteur")
    state = world.sessions[AWA].state
    world.say(name)
    assert "autre chose ici" in last_text(world)
    assert world.sessions[AWA].state == state
    world.say("chez maman")
    assert "chez maman" in last_text(world)


def test_it_is_not_my_meter_asks_for_another_and_keeps_the_amount(world: World) -> None:
    world.say(f"woyofal {METER}")
    world.say("non c'est pas moi")
    assert world.sessions[AWA].state == "reference"
    world.say(METER)
    world.say("3000")
    world.say("ce n'est pas mon compteur")
    assert "3 000 F CFA" in last_text(world)
    world.say("14555666777")
    quote = world.sessions[AWA].quote
    assert quote is not None
    assert (quote.reference, quote.amount_xof) == ("14555666777", 3_000)
    # Of a bill, and of a number that has not been asked about.
    for begun in ("senelec 310000003", "woyofal 1412345678"):
        world.say(begun)
        world.say("mauvais numéro")
        assert world.sessions[AWA].state == "reference"


def test_thanks_in_the_middle_see_nobody_off(world: World) -> None:
    world.say("woyofal")
    world.say("merci")
    assert last_text(world).startswith("Avec plaisir.\n")
    assert "bientôt" not in last_text(world)
    world.say("annuler")
    world.say("merci")
    assert "bientôt" in last_text(world)


def test_wolof_is_answered_in_the_persons_language() -> None:
    for language, answer in (("fr", "Solde"), ("en", "Balance")):
        world = World(language=language)
        world.fund(50_000)
        world.say("/start")
        world.say("xaalis bi")
        assert answer in last_text(world)
        world.say(f"jënd kuraŋ {METER} 5000")
        assert world.sessions[AWA].quote is not None
        assert world.sessions[AWA].language == language
        world.say("baax na")
        assert len(world.orders) == 1


def test_of_many_by_one_name_those_whose_words_begin_so_come_first() -> None:
    town = Town()
    happen(town, "reseller Chez Modou")
    town.fund(50_000)
    for at in range(12):
        town.say(f"/addclient Fatou Ndiaye{at}; 147000001{at:02}")
    town.say("/addclient Fatou Diop; 14700000200")
    for at in range(9):
        town.say(f"/addclient Adja Fatou{at}; 147000003{at:02}")
    town.say("fatou d 3000")
    quote = next(iter(town.sessions.values())).quote
    assert quote is not None
    assert quote.reference == "14700000200"
    town.say("annuler")
    town.say("fatou 3000")
    assert WORDS["fr"]("sale.narrower") in town.last().text
