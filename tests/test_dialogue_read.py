"""What people type is understood as they meant it, and what they did not mean is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import languages
from bot.dialogue.parsing import vocabulary
from bot.dialogue.parsing.amounts import parse_amount
from bot.dialogue.parsing.figures import plain
from bot.dialogue.parsing.lines import Line, parse_line
from bot.dialogue.parsing.references import parse_order_id, parse_reference
from bot.dialogue.parsing.services import parse_service
from bot.dialogue.parsing.vocabulary import Act
from bot.domain.catalog import SENEAU, SENELEC, WOYOFAL, Catalog
from bot.domain.order import NoticeKind, confirm
from bot.domain.outbound import Choice
from bot.domain.quote import Quote
from bot.domain.text import fold
from bot.notices.order_news import notice
from tests.dialogue_world import ADMIN, START, WORDS

CATALOG = Catalog()


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("5000", 5_000),
        ("5 000", 5_000),
        ("5\u00a0000", 5_000),
        ("5.000 F", 5_000),
        ("5,000 FCFA", 5_000),
        ("5'000", 5_000),
        ("5k", 5_000),
        ("5 K", 5_000),
        ("5 mille", 5_000),
        ("1.5k", 1_500),
        ("2,5 mille", 2_500),
        ("5000.00", 5_000),
        ("5000 francs", 5_000),
        ("je veux 5000 svp", 5_000),
        ("5 OOO", 5_000),
        ("٥٠٠٠", 5_000),
        ("5\uff10\uff10\uff10", 5_000),
        ("0", 0),
        ("1000000000", 1_000_000_000),
        ("9" * 16, None),
        ("cinq mille", 5_000),
        ("cinq", None),
        ("-5000", None),
        ("10^9", None),
        ("5.5", None),
        ("2 maisons 5000", None),
        ("1 5000", None),
        ("10 000 000", 10_000_000),
        ("k", None),
        ("", None),
        ("😀", None),
        ("<b>5000</b>", None),
    ],
)
def test_amounts(text: str, amount: int | None) -> None:
    assert parse_amount(text) == amount


@given(st.integers(1, 999_999_999))
def test_an_amount_that_we_write_is_read_back(amount: int) -> None:
    for voice in WORDS.values():
        assert parse_amount(voice.money(amount)) == amount
        assert parse_amount(voice.short_money(amount)) == amount


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("14123456789", "14123456789"),
        ("14 1234 567 89", "14123456789"),
        ("14.1234-567/89", "14123456789"),
        ("compteur 14 1234 567 89", "14123456789"),
        ("c'est 14123456789 merci", "14123456789"),
        ("14 1234 567 8O", "14123456780"),
        ("١٤١٢٣٤٥٦٧٨٩", "14123456789"),
        ("14 12A4 567 89", None),
        ("mon 12", None),
        ("123", None),
        ("9" * 21, None),
        ("⚡", None),
        ("", None),
    ],
)
def test_references(text: str, reference: str | None) -> None:
    assert parse_reference(text) == reference


def test_order_ids_are_read_as_people_copy_them() -> None:
    assert parse_order_id("7KQ4-M2XR-9BTZ") == "7KQ4M2XR9BTZ"
    assert parse_order_id(" 7kq4 m2xr 9btz ") == "7KQ4M2XR9BTZ"
    assert parse_order_id("oil0-m2xr-9btz") == "0110M2XR9BTZ"
    assert parse_order_id("é") is None
    assert parse_order_id("") is None


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("Oui", Act("confirm")),
        ("d’accord", Act("confirm")),
        ("waaw", Act("confirm")),
        ("ANNULÉ", Act("cancel")),
        ("anuler", Act("cancel")),
        ("annulre", Act("cancel")),
        ("confrimer svp", Act("confirm")),
        ("cancle", Act("cancel")),
        ("où est mon code ?", Act("codes")),
        ("mes comptuers", Act("meters")),
        ("english", Act("language", "en")),
        ("Français svp", Act("language", "fr")),
        ("nanga def", Act("hello")),
        ("mm", None),
        ("noon", None),
        ("12345", None),
        ("peut-être", None),
        ("", None),
        ("😀", None),
    ],
)
def test_words(text: str, act: Act | None) -> None:
    assert vocabulary.word(text) == act


def test_every_word_is_folded_and_means_one_thing() -> None:
    assert all(fold(word) == word for word in vocabulary.VOCABULARY)
    every = [word for each in languages.LISTS.values() for words in each.acts.values() for word in words]
    assert sorted(every) == sorted(set(every))


def test_slips() -> None:
    assert vocabulary.alike("menu", "menu")
    for one in ("mneu", "meu", "mernu", "mebu"):
        assert vocabulary.alike(one, "menu"), one
    assert not vocabulary.alike("mneuu", "menu"), "two slips in a short word"
    for two in ("confrmer", "cofnirmre", "confmer", "conffirmerr"):
        assert vocabulary.alike(two, "confirmer"), two
    assert not vocabulary.alike("confm", "confirmer")
    assert not vocabulary.alike("", "abc")
    assert not vocabulary.alike("non", "nom")
    assert not vocabulary.alike("xenu", "menu")
    assert not vocabulary.alike("menuiserie", "menu")


@pytest.mark.parametrize(
    ("text", "service", "readings"),
    [
        ("woyofal 14 1234 567 89 5000", "woyofal", [Line("14123456789", 5_000)]),
        ("W 14123456789 5k", "woyofal", [Line("14123456789", 5_000)]),
        ("w 14123456789 5 mille", "woyofal", [Line("14123456789", 5_000)]),
        ("wayofal 14123456789 10 000 F CFA", "woyofal", [Line("14123456789", 10_000)]),
        ("woyofal 14123456789 5000f", "woyofal", [Line("14123456789", 5_000)]),
        ("woyofl 14123456789", "woyofal", [Line("14123456789")]),
        ("woyofal", "woyofal", []),
        ("woyofal 1412345678 5000", "woyofal", [Line("1412345678", 5_000)]),
        # A zero too many, and eleven digits in all with an amount that nobody sells.
        ("woyofal 14 1234 567 89 050", "woyofal", [Line("141234567", 89_050), Line("14123456789")]),
        ("woyofal 123456789 50", "woyofal", [Line("12345678950")]),
        ("woyofal maison 5000", "woyofal", [Line("", 5_000, "maison")]),
        ("woyofal maison", "woyofal", [Line("", None, "maison")]),
        ("woyofal 12", "woyofal", []),
        ("woyofal " + "9" * 40, "woyofal", []),
        ("woyofal " + "9" * 24, "woyofal", []),
        ("senelec 210278816", "senelec", [Line("210278816")]),
        ("senelec 210 278 816 15000", "senelec", [Line("210278816")]),
        ("sénélec 210278816123 15000", "senelec", [Line("210278816123")]),
        ("senelec 1234", "senelec", [Line("1234")]),
        ("sen'eau 450 123", "seneau", [Line("450123")]),
        ("sen eau 450123", "seneau", [Line("450123")]),
        ("e 450123", "seneau", [Line("450123")]),
    ],
)
def test_one_line_orders(text: str, service: str, readings: list[Line]) -> None:
    parsed = parse_service(CATALOG, text)
    assert parsed is not None
    assert parsed[0].name == service
    assert list(parse_line(parsed[1], parsed[0])) == readings


def test_what_names_no_service() -> None:
    assert parse_service(CATALOG, "bonjour 14123456789") is None
    assert parse_service(CATALOG, "14123456789 5000") is None
    assert parse_service(CATALOG, "") is None


def test_a_thousand_apart_needs_a_figure_before_it() -> None:
    assert parse_line("k 14123456789", WOYOFAL) == (Line("14123456789"),)
    assert parse_line("12 34 56", SENELEC) == (Line("123456"),)
    assert parse_line("", SENEAU) == ()


@given(st.text(max_size=400))
def test_nothing_that_is_typed_breaks_a_reader(text: str) -> None:
    parse_amount(text)
    vocabulary.word(text)
    parse_order_id(text)
    reference = parse_reference(text)
    assert reference is None or (reference.isascii() and reference.isdecimal() and len(reference) <= 20)
    for service in CATALOG:
        parse_line(fold(text), service)
    parse_service(CATALOG, text)


@pytest.mark.parametrize("kind", ["waiting", "processing", "delivered", "refused", "late", "unknown"])
def test_every_button_under_news_of_an_order_has_its_word(kind: NoticeKind) -> None:
    """Such a message is not part of the dialogue, so its buttons cannot be numbered: their labels must be words."""
    quote = Quote("7KQ4M2XR9BTZ", "woyofal", "14123456789", "Awa", 5_000, 75, START, START + 600_000)
    order, _ = confirm(quote, ADMIN, "someone", "fr", START)
    for language in WORDS:
        for outbound in notice(order, kind, WORDS, now=START, language=language):
            for button in (button for row in outbound.rows for button in row if isinstance(button, Choice)):
                act = button.data.split(".")[1]
                wanted = {
                    "order": "last",
                    "save": "save",
                    "again": "again",
                    "menu": "menu",
                    "recall": "recall",
                    "contact": "contact",
                    "refused": "refused",
                }[act]
                word = vocabulary.word(button.label)
                assert word is not None
                assert word.name == wanted or (word.name, wanted) == ("retry", "again"), button.label


@pytest.mark.parametrize(
    ("text", "read"), [("2,5k", "2500f"), ("1,5mille", "1500f"), ("5000,50", "5000 50"), ("5000,00", "5000f")]
)
def test_figures_with_a_comma_in_them(text: str, read: str) -> None:
    assert plain(text) == read
