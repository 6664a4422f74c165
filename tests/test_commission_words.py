"""A commission as a shop-keeper says it: its parts, and what a sale earns by it."""

import pytest
from msgspec.structs import replace

from bot.dialogue.acts.terms import commission_words, fee_words
from bot.domain.catalog import WOYOFAL, Commission, FeeRule
from bot.i18n import NBSP
from tests.dialogue_world import WORDS


@pytest.mark.parametrize(
    ("rule", "french", "english"),
    [
        (
            "20% fee",
            "20 % des frais, soit 15 F CFA pour 5 000 F CFA",
            "20% of the fee, that is 15 F CFA for 5,000 F CFA",
        ),
        (
            "0.5%",
            "0,5 % du montant, soit 25 F CFA pour 5 000 F CFA",
            "0.5% of the amount, that is 25 F CFA for 5,000 F CFA",
        ),
        (
            "1% + 50% fee",
            "50 % des frais et 1 % du montant, soit 87 F CFA pour 5 000 F CFA",
            "50% of the fee and 1% of the amount, that is 87 F CFA for 5,000 F CFA",
        ),
        ("0", "aucune", "none"),
    ],
)
def test_a_commission_is_told_in_words_and_francs(rule: str, french: str, english: str) -> None:
    for language, expected in (("fr", french), ("en", english)):
        said = commission_words(WORDS[language], WOYOFAL, Commission.parse(rule))
        assert said.replace("\u00a0", " ") == expected


def test_the_sale_it_is_told_by_can_be_sold() -> None:
    small = replace(WOYOFAL, maximum_xof=2_000)
    assert "2 000 F CFA" in commission_words(WORDS["fr"], small, Commission.parse("20% fee")).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("2% + 50", "2 % + 50 F, soit 150 F pour 5 000 F"),
        ("1.5%, min 100, max 2000", "1,5 %, au moins 100 F, au plus 2 000 F, soit 100 F pour 5 000 F"),
        ("100", "100 F, soit 100 F pour 5 000 F"),
        ("0, min 75", "au moins 75 F, soit 75 F pour 5 000 F"),
        ("0", "aucuns frais"),
    ],
)
def test_a_fee_in_a_shop_keepers_words(rule: str, said: str) -> None:
    assert fee_words(WORDS["fr"], WOYOFAL, FeeRule.parse(rule)).replace(NBSP, " ") == said
