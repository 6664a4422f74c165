"""Where a channel shows few buttons they are those that matter; the rest is a button away, or typed."""

import json
import re

import pytest

from bot.channels.whatsapp.render import render
from bot.dialogue.parsing import vocabulary
from bot.domain.inbound import Tap
from bot.domain.outbound import Choice
from bot.domain.outcome import Delivered, ProviderDetails
from bot.domain.people import Language
from bot.domain.text import fold
from bot.notices.layout import spoken
from tests import paying_world
from tests.dialogue_world import AWA, buttons
from tests.narrow_world import NarrowTown, NarrowWorld
from tests.trade_world import CLIENT, RESELLER

CODE = "48213377901245560931"


def labels(world: NarrowWorld) -> list[str]:
    return [label.replace("\u00a0", " ") for label in buttons(world.last(AWA))]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("sells", [False, True])
def test_what_of_the_menu_has_no_button_is_named_and_what_is_typed_does_the_same(language: Language, sells: bool):
    town = NarrowTown(language=language)
    if sells:
        town.fund(0)
        town.store.connection.execute(
            "INSERT INTO reseller VALUES (?, 'Boutique', '{}', NULL, NULL, 0, 0, 0, ?)", (str(RESELLER), town.now)
        )
    town.say("menu", RESELLER)
    whole = [button for row in town.last(RESELLER).rows for button in row if isinstance(button, Choice)]
    town.say("blabla", RESELLER)
    near = [button for row in town.last(RESELLER).rows for button in row if isinstance(button, Choice)]
    assert len(whole) > 7
    assert [button.label for button in near] == [whole[0].label, whole[1].label, "☰ Menu"]
    for button in whole[2:]:
        town.say("menu", RESELLER)
        town.say("blabla", RESELLER)
        assert spoken(button.label) in town.last(RESELLER).text
        town.say(spoken(button.label), RESELLER)
        typed = town.last(RESELLER).text
        town.say("menu", RESELLER)
        town.hear(RESELLER, Tap(button.data))
        assert typed == town.last(RESELLER).text
        if button is whole[-1]:
            return
        town.say("annuler" if language == "fr" else "cancel", RESELLER)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_help_names_words_and_each_is_understood(language: Language):
    world = NarrowWorld(language=language)
    world.say("help")
    text = world.last(AWA).text
    assert "/history" not in text
    named = re.findall("<b>(.*?)</b>", str(world.shop.words[language]("help.words")))
    assert len(named) == 9
    for word in named:
        assert f"<b>{word}</b>" in text
        assert word == "/link" or vocabulary.exact(fold(word)) is not None
    # What already stands there is not said again.
    assert "Facture SenEau" not in text
    assert labels(world)[-1] == "🏠 Menu"


def test_the_amount_that_was_bought_last_comes_first_and_the_rest_is_typed():
    world = NarrowWorld()
    world.fund(50_000)
    world.say("woyofal 14123456789")
    assert labels(world) == ["2 000 F", "5 000 F", "10 000 F"]
    assert "<b>annuler</b>" in world.last(AWA).text
    world.say("autre compteur")
    assert labels(world)[-1] == "Annuler"
    world.say("14555666777")
    world.say("3")
    assert labels(world)[0] == "✅ Confirmer · 10 150 F"
    world.say("annuler")
    assert labels(world) == ["💡 Woyofal", "⚡ Facture Senelec", "☰ Menu"]
    # What did not succeed is no amount that was bought.
    world.say("14123456789 7000")
    world.say("oui")
    world.say("woyofal 14123456789")
    assert labels(world) == ["2 000 F", "5 000 F", "10 000 F"]


def test_another_meter_of_the_same_service_offers_the_amount_too():
    world = NarrowWorld()
    world.fund(50_000)
    for meter, amount in (("14123456789", 5_000), ("14555666777", 3_500)):
        world.say(f"{meter} {amount}")
        world.say("oui")
        world.change_order(world.newest().id, state="delivered", tokens=(CODE,))
        world.now += 700_000
    world.say("woyofal 14123456789")
    assert labels(world) == ["5 000 F", "2 000 F", "10 000 F"]
    world.say("annuler")
    world.say("woyofal 1412345678")
    world.say("oui")
    assert labels(world) == ["3 500 F", "2 000 F", "5 000 F"]


def test_one_or_two_numbers_are_buttons_by_their_names_and_longer_names_a_list():
    world = NarrowWorld()
    world.save_meter("14123456789", "Awa DIOP", "Maison")
    world.save_meter("14555666777", "Ets NDIAYE", "Boutique")
    world.say("woyofal")
    assert labels(world) == ["⭐ Maison …6789", "⭐ Boutique …6777", "Annuler"]
    world.tap("⭐ Maison")
    assert "Awa DIOP" in world.last(AWA).text
    world.say("annuler")
    world.save_meter("14555666777", "Ets NDIAYE", "Chez ma grand-mère")
    world.say("woyofal")
    assert labels(world) == ["⭐ Maison · 14123456789", "⭐ Chez ma grand-mère · 14555666777", "Annuler"]


def test_what_fits_without_another_amount_has_no_button_for_it():
    world = NarrowWorld()
    paying_world.collects(world)
    world.say("14123456789 5000")
    assert labels(world) == ["Wave · 5 175 F", "Orange Money · 5 175 F", "Annuler"]
    assert "Un autre montant" in world.last(AWA).text
    world.say("3000")
    assert labels(world)[0] == "Wave · 3 150 F"
    world.say("changer")
    assert labels(world) == ["2 000 F", "5 000 F", "10 000 F"]


def test_a_client_s_page_is_for_selling():
    town = NarrowTown()
    town.fund(100_000)
    town.store.connection.execute(
        "INSERT INTO reseller VALUES (?, 'Boutique', '{}', NULL, NULL, 0, 0, 0, ?)", (str(RESELLER), town.now)
    )
    town.say("/addclient Bocar Sow", RESELLER)
    town.say("/client bocar", RESELLER)
    assert buttons(town.last(RESELLER)) == ["➕ Un compteur", "⚙️ Fiche"]
    town.say("/addclient Awa Diop; 14123456789", RESELLER)
    town.say("/client 14123456789", RESELLER)
    assert buttons(town.last(RESELLER)) == ["💵 Vendre", "🔢 Ses compteurs", "⚙️ Fiche"]
    town.say("5000", RESELLER)
    town.say("oui", RESELLER)
    town.outcome(Delivered((CODE,), ProviderDetails()))
    town.say("/client 14123456789", RESELLER)
    page = town.last(RESELLER)
    again, *others = buttons(page)
    assert (again.replace("\u00a0", " "), *others) == ("🔁 💡 5 000 F · …6789", "💵 Vendre", "⚙️ Fiche")
    town.tap("⚙️", RESELLER)
    whole = town.last(RESELLER)
    assert whole.text == page.text
    assert buttons(whole)[:3] == ["🔢 Ses compteurs", "🧾 Achats et codes", "Renommer"]
    assert len(buttons(whole)) < 10
    # To nobody else is it any client's.
    (card,) = page.rows[-1]
    assert isinstance(card, Choice)
    town.hear(CLIENT, Tap(card.data), "1")
    assert "Awa" not in town.last(CLIENT).text


def test_a_client_s_name_stays_whole_on_a_button():
    town = NarrowTown()
    town.fund(0)
    town.store.connection.execute(
        "INSERT INTO reseller VALUES (?, 'Boutique', '{}', NULL, NULL, 0, 0, 0, ?)", (str(RESELLER), town.now)
    )
    town.say("/addclient Fatou Ndiaye; 14123456789", RESELLER)
    town.say("/clients", RESELLER)
    (message,) = render("221770001122", town.last(RESELLER))
    interactive = json.loads(message.body)["interactive"]
    titles = [button["reply"]["title"] for button in interactive["action"]["buttons"]]
    assert titles[0] == "Fatou Ndiaye"
    assert "14123456789" in interactive["body"]["text"]
