"""How people open a chat: verbs, greetings and fillers fall away, and what is left is read as if it stood alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.acts.sums import in_words
from bot.dialogue.parsing import openers, vocabulary
from bot.dialogue.parsing.amounts import parse_amount
from bot.dialogue.parsing.figures import figures_of
from bot.dialogue.parsing.number_words import in_figures
from bot.dialogue.parsing.services import service_called
from bot.dialogue.parsing.vocabulary import Act
from bot.domain.catalog import SENELEC, WOYOFAL, Catalog
from bot.i18n import LANGUAGES
from tests.dialogue_world import AWA, World

CATALOG = Catalog()


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("cinq mille", "5000f"),
        ("14123456799 cinq mille", "14123456799 5000f"),
        ("Deux-mille-cinq-cents francs", "2500 francs"),
        ("mille", "1000f"),
        ("vingt-cinq mille", "25000f"),
        ("quatre vingt dix mille", "90000f"),
        ("quatre-vingt-deux mille", "82000f"),
        ("soixante et onze mille", "71000f"),
        ("trente et un mille", "31000f"),
        ("dix sept mille", "17000f"),
        ("cinq cent mille", "500000f"),
        ("mille deux cent cinquante", "1250f"),
        ("un million", "1000000f"),
        ("five thousand five hundred", "5500f"),
        ("one hundred and twenty thousand", "120000f"),
        ("fifteen hundred", "1500f"),
        ("two thousand 5 hundred", "2500f"),
        ("5 mille 500", "5500f"),
        ("deux mille 500", "2500f"),
        ("500 mille cent", "500100f"),
        ("cinq mille, deux mille", "5000f, 2000f"),
        ("cinq mille et merci", "5000f et merci"),
        ("deux mille 14 1234 567 99", "2000f 14 1234 567 99"),
        ("14 1234 567 89 cinq mille", "14 1234 567 89 5000f"),
        # What is no sum in words stays as it is.
        ("5 mille", "5 mille"),
        ("2,5 mille", "2,5 mille"),
        ("5000 mille", "5000 mille"),
        ("14 1234 567 89 5 mille", "14 1234 567 89 5 mille"),
        ("deux mille 500 14123456789", "2000f 500 14123456789"),
        ("merci mille fois", "merci mille fois"),
        ("mille fois merci", "mille fois merci"),
        ("deux fois", "deux fois"),
        ("un compteur", "un compteur"),
        ("et mille", "et 1000f"),
        ("", ""),
        # Nobody guesses at what no grammar allows, or at "mille cinq", which may be 1,005 and 1,500.
        ("cinq vingt mille", "cinq vingt mille"),
        ("soixante vingt mille", "soixante vingt mille"),
        ("deux mille et trois mille", "deux mille et trois mille"),
        ("mille cinq", "mille cinq"),
        ("cent 500 mille", "cent 500 mille"),
        ("cent mille cent cent", "cent mille cent cent"),
    ],
)
def test_sums_in_words(text: str, figures: str) -> None:
    assert in_figures(text) == figures


@given(st.integers(100, 999_999).filter(lambda number: number % 1000 >= 10 or number % 1000 == 0))
def test_a_sum_as_it_stands_on_a_cheque_is_that_amount(amount_xof: int) -> None:
    for language in LANGUAGES:
        words = in_words(amount_xof, language)
        assert parse_amount(words.partition(" franc")[0].replace(" CFA", "")) == amount_xof, words


@pytest.mark.parametrize(
    ("text", "verb", "service", "rest"),
    [
        ("je voudrais recharger mon woyofal de 5000 svp", "top_up", "woyofal", "5000"),
        ("Bonjour, je voudrais recharger mon woyofal", "top_up", "woyofal", ""),
        ("acheter", "buy", None, ""),
        ("recharge 2000", "top_up", None, "2000"),
        ("payer facture senelec", "pay", "senelec", ""),
        ("facture", "pay", None, ""),
        ("buy 5000", "buy", None, "5000"),
        ("top up 14123456799 2000", "top_up", None, "14123456799 2000"),
        ("acheter une recharge, merci d'avance", "top_up", None, ""),
        ("je veux acheter 5000 de courant pour le 14123456799", "buy", "woyofal", "5000 de 14123456799"),
        ("vends 5000 à Fatou", "buy", None, "5000 fatou"),
        ("rechager woyofale 5000", "top_up", "woyofal", "5000"),
        ("payer sen eau 450123", "pay", "seneau", "450123"),
        # Electricity is a bill's where one is spoken of, else what is bought.
        ("facture de courant", "pay", "senelec", ""),
        ("buy electricity", "buy", "woyofal", ""),
        ("payer électricité", "pay", "senelec", ""),
        ("recharger woyofal senelec 2000", "top_up", "woyofal", "2000"),
        # Wolof.
        ("jënd naa kuraŋ 5000", "buy", "woyofal", "5000"),
        ("kaart bi 5000", "", "woyofal", "5000"),
        ("fey ndox", "pay", "seneau", ""),
        # Figures that a word parted are not joined when it falls away.
        ("14 1234 pour 567 89", "", None, "14 1234 pour 567 89"),
        ("je veux 5 pour 000", "", None, "5 pour 000"),
        # Names stay.
        ("recharge maison 5000", "top_up", None, "maison 5000"),
    ],
)
def test_what_is_asked_for(text: str, verb: str, service: str | None, rest: str) -> None:
    opening = openers.read(CATALOG, text)
    assert opening is not None or (verb, service, rest) == ("", None, text)
    if opening is not None:
        named = opening.service and opening.service.name
        assert (opening.verb, named, opening.rest) == (verb, service, rest)
        assert all(len(one) <= len(text) for one in figures_of(opening.rest).runs)


@pytest.mark.parametrize(
    "text",
    [
        *("maison 5000", "5000", "", "😀", "crédit bocar 3000"),
        *("je veux pas payer", "annule ma recharge", "coupure de courant", "j'ai déjà payé senelec", "I paid the bill"),
        *("bocar m'a payé 2000", "j'ai rechargé", "don't buy", "senelec et seneau"),
    ],
)
def test_what_asks_for_nothing(text: str) -> None:
    assert openers.read(CATALOG, text) is None


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("je voudrais voir mon solde svp", Act("balance")),
        ("bonjour, mon code svp", Act("codes")),
        ("i want to see my balance", Act("balance")),
        ("je veux annuler ma commande", Act("recall")),
        ("bonjour madame", Act("hello")),
        ("", None),
        ("madame", None),
        # Nothing that acts at once is read out of a sentence.
        ("je veux que je confirme", None),
        ("donc oui", None),
        ("vous pouvez payer", None),
        ("deux fois svp merci bien", None),
    ],
)
def test_a_word_with_fillers_around_it(text: str, act: Act | None) -> None:
    assert openers.word(text) == act


@given(st.lists(st.sampled_from(sorted(openers._DROPPED)), max_size=4), st.data())
def test_fillers_never_make_a_yes(around: list[str], data: st.DataObject) -> None:
    said = data.draw(st.sampled_from([word for word, act in vocabulary.VOCABULARY.items() if act.name == "confirm"]))
    at = data.draw(st.integers(0, len(around)))
    act = openers.word(" ".join([*around[:at], said, *around[at:]]))
    assert act is None or act.name not in ("confirm", "twice")


@pytest.mark.parametrize("text", ["14 1234 pour 567 89", "5 payer 000", "woyofal 5 payer 000", "w 12 pour 34 svp 56"])
def test_figures_that_a_word_parts_are_read_once(text: str) -> None:
    """The word that parts them stays with them, so that nothing falls away: read again and again, it never ended."""
    world = World()
    world.say("/start")
    world.say(text)
    assert world.sessions[AWA].quote is None


def test_a_service_by_a_slip_of_its_name() -> None:
    assert service_called(CATALOG, "woyoffl") is None
    assert service_called(CATALOG, "woyoffl", slip=True) == WOYOFAL
    assert service_called(CATALOG, "senelce", slip=True) == SENELEC
    assert service_called(CATALOG, "kuraŋ") == WOYOFAL


@pytest.mark.parametrize("text", ["bande de voleurs", "C'est NUL !", "this is a scam", "doff nga"])
def test_insults(text: str) -> None:
    assert vocabulary.is_insult(text)


def test_no_insult() -> None:
    assert not vocabulary.is_insult("contact")
    assert not vocabulary.is_insult("Conakry 5000")
