"""Only a clear yes acts: thanks, questions and slips of the finger buy nothing, and a yes buys nothing twice."""

import pytest

from bot.dialogue.parsing import vocabulary
from bot.domain.inbound import Tap
from bot.domain.outbound import Choice
from bot.domain.people import Address
from bot.i18n import NBSP
from tests import test_trade_transcripts as trade
from tests.dialogue_world import AWA, OTHER, World, buttons
from tests.test_transcripts import outcome_of
from tests.trade_world import RESELLER, Town

METER = "14123456789"
PURCHASE = f"w {METER} 5000"


@pytest.fixture
def world() -> World:
    world = World()
    world.fund(50_000)
    return world


def last_text(world: World) -> str:
    return world.last().text.replace(NBSP, " ")


NO_YES = (
    *("ok merci", "Ok, merci beaucoup !", "oui merci", "d'accord merci", "ok thanks", "yes thank you", "merci ok"),
    *("payé ?", "paye", "payé", "payee", "payer ?", "ok ?", "oui ?", "Confirmer ?", "yep?", "sûr", "surr"),
    *("oui mais attends", "attends", "oui ou non", "okk", "vslider", "je paye", "combien ?", "？oui", "oui؟"),
)


@pytest.mark.parametrize("text", NO_YES)
@pytest.mark.parametrize("twin", [False, True])
def test_what_is_no_clear_yes_pays_nothing(world: World, text: str, twin: bool) -> None:
    if twin:
        world.say(PURCHASE)
        world.say("oui")
        world.outcome(outcome_of(["processing"]))
    world.say(PURCHASE)
    quote = world.sessions[AWA].quote
    world.say(text)
    assert len(world.orders) == twin
    if "annul" not in last_text(world):
        assert world.sessions[AWA].quote == quote, "the offer stands, and is shown"
        assert "pas encore payée" in last_text(world) or "payé" in last_text(world)


def test_a_number_with_a_question_mark_is_no_pick_of_it(world: World) -> None:
    world.say(PURCHASE)
    world.say("1 ?")
    assert not world.orders


@pytest.mark.parametrize(
    "text", ["oui", "ok", "Oui !", "oui svp", "d'accord", "payer", "confrimer", "confirmez", "1", "yes please"]
)
def test_a_clear_yes_pays(world: World, text: str) -> None:
    world.say(PURCHASE)
    world.say(text)
    assert len(world.orders) == 1


PLAIN = ("oui", "ok", "waaw", "yes", "payer", "je confirme", "confirmer", "ok merci", "d'accord", "go", "encore ?")


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_yes_buys_nothing_twice(world: World, text: str) -> None:
    world.say(PURCHASE)
    world.say("oui")
    world.outcome(outcome_of(["processing"]))
    world.say(PURCHASE)
    assert last_text(world).startswith("⚠️ <b>Cet achat est déjà en cours</b>")
    assert "ne payez pas une deuxième fois" in last_text(world)
    assert "écrivez <b>deux fois</b>" in last_text(world)
    world.say(text)
    assert len(world.orders) == 1
    assert "deux fois" in last_text(world)


@pytest.mark.parametrize(
    "text", ["deux fois", "2 fois", "Deux fois !", "twice", "payer une 2e fois", "2", "[Payer une 2e fois]"]
)
def test_its_own_word_or_the_button_buys_it_twice(world: World, text: str) -> None:
    world.say(PURCHASE)
    world.say("oui")
    world.outcome(outcome_of(["processing"]))
    world.say(PURCHASE)
    world.tap(text[1:-1]) if text.startswith("[") else world.say(text)
    assert len(world.orders) == 2


def test_that_word_is_nothing_where_nothing_is_under_way(world: World) -> None:
    world.say(PURCHASE)
    world.say("deux fois")
    assert not world.orders
    world.say("annuler")
    world.say("deux fois")
    assert not world.orders


def test_the_buttons_under_a_twin_fit_every_channel(world: World) -> None:
    for language in ("fr", "en"):
        world = World(language=language)
        world.fund(50_000)
        world.say(PURCHASE)
        world.say("oui")
        world.say(PURCHASE)
        labels = buttons(world.last())
        assert len(labels) == 3
        assert all(len(label) <= 20 for label in labels)


def test_a_bill_that_is_being_paid_is_not_paid_twice_either(world: World) -> None:
    world.say("senelec 210278816")
    world.say("oui")
    world.outcome(outcome_of(["processing"]))
    world.say("senelec 210278816")
    assert "ne la payez pas une deuxième fois" in last_text(world)
    world.say("oui")
    assert len(world.orders) == 1
    world.say("changer")
    assert len(world.orders) == 1


def test_what_was_begun_elsewhere_after_the_quote_was_shown_counts_too(world: World) -> None:
    """Two chats of one account, each with a quote for the same thing; the second Confirm meets a warning."""
    world.join(OTHER)
    world.say(PURCHASE, AWA)
    world.say(PURCHASE, OTHER)
    world.say("oui", AWA)
    world.say("oui", OTHER)
    assert len(world.orders) == 1
    assert "déjà en cours" in world.last(OTHER).text
    world.say("deux fois", OTHER)
    assert len(world.orders) == 2


def test_an_old_button_for_a_second_purchase_buys_nothing(world: World) -> None:
    world.say(PURCHASE)
    world.say("oui")
    world.say(PURCHASE)
    button = next(b for row in world.last().rows for b in row if isinstance(b, Choice) and ".twice." in b.data)
    world.say(PURCHASE)
    world.hear(AWA, Tap(button.data))
    assert len(world.orders) == 1


def test_a_code_is_asked_for_although_a_button_is_called_nearly_the_same(world: World) -> None:
    world.say("bonjour")
    assert "💰 Mon solde" in buttons(world.last())
    world.say("mon code")
    assert "code" in last_text(world)
    assert "Solde" not in last_text(world)


def test_a_person_is_not_money(world: World) -> None:
    world.say("bonjour")
    world.say("agent")
    assert "Solde" not in last_text(world)
    assert vocabulary.word("argnt") == vocabulary.Act("balance")


def test_the_amount_is_changed_where_it_is_asked_for(world: World) -> None:
    world.say(f"w {METER}")
    world.say("change le montant")
    assert world.sessions[AWA].state == "amount"
    world.say("5000")
    quote = world.sessions[AWA].quote
    assert quote is not None
    assert (quote.reference, quote.amount_xof) == (METER, 5_000)
    world.say("changer le montant")
    assert world.sessions[AWA].state == "amount"


def test_thanks_are_answered_where_nothing_is_offered(world: World) -> None:
    world.say("ok merci")
    assert "Avec plaisir" in last_text(world)


def test_a_list_is_not_bought_twice_by_a_plain_yes_either() -> None:
    town = Town()
    trade.happen(town, "reseller Chez Awa")
    town.fund(50_000)
    listed = "14700000101;1000;Une\n14700000102;1000;Deux"

    def bought() -> int:
        return int(town.store.one("SELECT count(*) FROM orders"))

    town.say(listed)
    town.say("oui")
    assert bought() == 2
    town.say("/menu")
    town.say(listed)
    assert "écrivez <b>deux fois</b>" in town.last().text
    for text in ("oui", "ok", "acheter", "deux fois ?", "ok merci"):
        town.say(text)
        assert bought() == 2
    town.say("deux fois")
    assert bought() == 4


def test_a_list_whose_lines_were_bought_after_it_was_put_is_put_again() -> None:
    town = Town()
    trade.happen(town, "reseller Chez Awa")
    town.fund(50_000)
    town.say("14700000101;1000;Une\n14700000102;1000;Deux")
    button = next(b for row in town.last().rows for b in row if isinstance(b, Choice) and ".do." in b.data)
    # In another chat of the same account, one of the lines is sold alone.
    town.store.connection.execute(
        "INSERT INTO session (address, customer, language, body, version, updated_at) VALUES (?, ?, 'fr', '{}', 1, 0)",
        ("whatsapp:221771234567", str(RESELLER)),
    )
    other = Address("whatsapp", "221771234567")
    town.say("w 14700000101 1000", other)
    town.say("oui", other)
    assert int(town.store.one("SELECT count(*) FROM orders")) == 1
    town.hear(RESELLER, Tap(button.data))
    assert int(town.store.one("SELECT count(*) FROM orders")) == 1
    assert "deux fois" in town.last().text
