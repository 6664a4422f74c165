"""An admin's yes does only what it was meant for: an act is left by any other command, and takes its own word."""

from collections.abc import Iterator

import pytest

from bot.dialogue.flows import REGISTRY
from bot.domain.acts import MoveMoney
from bot.domain.inbound import Tap
from bot.i18n import NBSP
from tests.dialogue_world import WORDS
from tests.trade_world import ADMIN, CUSTOMER, Town
from tests.units import NAMED_ACTS, WHOM, tag_of


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    town.fund(50_000, CUSTOMER)
    yield town
    town.store.close()


def last_text(town: Town) -> str:
    return town.last(ADMIN).text.replace(NBSP, " ")


def frozen(town: Town) -> bool:
    return bool(town.store.rows("SELECT * FROM frozen"))


@pytest.mark.parametrize(
    "read", ["/today", "/orders", "/float", "/log", "/user telegram:221780003344", "/xyzzy", "/menu"]
)
@pytest.mark.parametrize("yes", ["ok", "oui", "ok merci", "geler", "confirmer", "1"])
def test_an_ok_to_the_figures_freezes_nobody(town: Town, read: str, yes: str) -> None:
    town.say(f"/freeze {CUSTOMER} étrange", ADMIN)
    town.say(read, ADMIN)
    texts = [shown.outbound.text for shown in town.screen if shown.address == ADMIN]
    assert any(text.startswith(WORDS["fr"]("admin.left")) for text in texts)
    town.say(yes, ADMIN)
    assert not frozen(town)


def test_a_button_that_shows_something_else_leaves_the_act_too(town: Town) -> None:
    town.say(f"/freeze {CUSTOMER} étrange", ADMIN)
    town.hear(ADMIN, Tap("-.stuck."))
    assert "est laissé" in last_text(town)
    town.say("geler", ADMIN)
    assert not frozen(town)


def test_a_button_that_is_none_leaves_nothing(town: Town) -> None:
    town.say(f"/freeze {CUSTOMER} étrange", ADMIN)
    town.hear(ADMIN, Tap("-.xyzzy."))
    town.say("geler", ADMIN)
    assert frozen(town)


def test_cancelling_says_it_once(town: Town) -> None:
    town.say(f"/freeze {CUSTOMER} étrange", ADMIN)
    town.say("/cancel", ADMIN)
    assert WORDS["fr"]("admin.left") not in last_text(town)
    town.say("geler", ADMIN)
    assert not frozen(town)


@pytest.mark.parametrize(
    "word", ["geler", "Geler !", "oui geler", "ok, freeze", "FREEZE", "yes freeze", "confirmer", "1"]
)
def test_its_own_word_or_its_button(town: Town, word: str) -> None:
    town.say(f"/freeze {CUSTOMER} étrange", ADMIN)
    assert "écrivez <b>geler</b>" in last_text(town)
    town.say(word, ADMIN)
    assert frozen(town)


@pytest.mark.parametrize("word", ["ok", "oui", "Oui !", "waaw", "ok merci", "d'accord", "yes"])
def test_a_bare_yes_does_nothing_to_somebody_else_and_says_which_word_does(town: Town, word: str) -> None:
    town.say(f"/freeze {CUSTOMER} étrange", ADMIN)
    town.say(word, ADMIN)
    assert not frozen(town)
    assert "Rien n’a été fait" in last_text(town)
    assert "Motif : étrange" in last_text(town), "the question stands again, with its reason"
    town.say("geler", ADMIN)
    assert frozen(town)


@pytest.mark.parametrize("word", ["créditer", "oui dégeler", "freeze ?", "geler ?"])
def test_the_word_of_another_act_or_a_question_is_neither_a_yes_nor_a_reason(town: Town, word: str) -> None:
    town.say(f"/freeze {CUSTOMER} étrange", ADMIN)
    town.say(word, ADMIN)
    assert not frozen(town)
    assert "Motif : étrange" in last_text(town)


def test_a_shops_rule_takes_a_plain_yes_but_no_thanks(town: Town) -> None:
    town.say("/maintenance on seneau", ADMIN)
    town.say("ok merci", ADMIN)
    assert not town.store.rows("SELECT * FROM rule")
    town.say("ok", ADMIN)
    assert town.store.rows("SELECT * FROM rule")


def test_which_acts_take_their_own_word() -> None:
    words = {act: REGISTRY.acts[type(act)].word(act) for act, _ in NAMED_ACTS}
    plain = {tag_of(type(act)) for act, word in words.items() if word is None}
    assert plain == {"retry", "fee", "commission", "maintenance", "text", "broadcast"}
    move = REGISTRY.acts[MoveMoney].word
    assert move(MoveMoney("A", WHOM, 5)) == "word.credit"
    assert move(MoveMoney("A", WHOM, -5)) == "word.debit"
    assert move(MoveMoney("A", WHOM, -5, twin=True)) == "word.twice"


def test_a_paused_customer_is_not_asked_for_money(town: Town) -> None:
    """The text that tells how to pay is no contact, nor is the help, which may name it too."""
    town.under(pay_in={"fr": "Envoyez par Wave au 77 000 00 00."}, help_text={"fr": "Payez au 77."})
    town.say(f"/freeze {CUSTOMER} étrange", ADMIN)
    town.say("geler", ADMIN)
    for text in ("", "w 14123456789 5000"):
        town.say(text or "bonjour", CUSTOMER)
    text = town.last(CUSTOMER).text
    assert "77" not in text.replace(str(CUSTOMER), "")
    assert "écrivez au gérant" in text
    town.under(contact={"fr": "Écrivez à Modou."})
    town.say("w 14123456789 5000", CUSTOMER)
    assert "Écrivez à Modou." in town.last(CUSTOMER).text
